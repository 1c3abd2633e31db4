// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Tests the support code: a feeder that detects nothing would make every other test useless.
#include "support/catch.hpp"
#include "support/event_lines.hpp"
#include "support/feed.hpp"
#include "support/guard_page.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"
#include "support/vectors.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#if SOCKLESS_TEST_GUARD_PAGES
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

using support::byte_vector;
using support::bytes_of;
using strings = std::vector<std::string>;

/// Logs its whole input as one line, which does not depend on the cuts.
struct honest {
    byte_vector seen;
    void feed(std::span<std::byte> chunk)
    {
        seen.insert(seen.end(), chunk.begin(), chunk.end());
        // Each run has a copy of its own, or the next one sees this.
        std::fill(chunk.begin(), chunk.end(), std::byte{0xEE});
    }
    [[nodiscard]] strings log() const { return {support::binary_line(seen)}; }
};

/// Finds the two bytes 0d 0a only where they arrive together, as a careless parser does.
struct careless {
    strings lines;
    void feed(std::span<std::byte> chunk)
    {
        for (std::size_t i = 0; i + 1 < chunk.size(); ++i)
            if (chunk[i] == std::byte{0x0D} && chunk[i + 1] == std::byte{0x0A})
                lines.push_back("line end");
    }
    [[nodiscard]] strings log() const { return lines; }
};

/// Treats an empty piece as the end of the input.
struct stops_at_nothing {
    bool stopped = false;
    std::size_t count = 0;
    void feed(std::span<std::byte> chunk)
    {
        stopped = stopped || chunk.empty();
        count += stopped ? 0 : chunk.size();
    }
    [[nodiscard]] strings log() const { return {std::to_string(count)}; }
};

/// Reports an error with an exception.
struct throws_at_three {
    void feed(std::span<std::byte> chunk)
    {
        if (chunk.size() == 3)
            throw std::runtime_error("three!");
    }
    [[nodiscard]] strings log() const { return {}; }
};

std::string message_of(std::string_view vectors)
{
    try {
        static_cast<void>(support::parse_vectors(vectors, "test.txt"));
    } catch (const std::exception& problem) {
        return problem.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("support: hex is converted to bytes and back")
{
    CHECK(support::to_hex(bytes_of("81 05|48 656C6c 6f")) == "81 05 48 65 6c 6c 6f");
    CHECK(bytes_of("").empty());
    CHECK_THROWS(bytes_of("8"));
    CHECK_THROWS(bytes_of("8 1"));
    CHECK_THROWS(bytes_of("8g"));
    CHECK(support::join({support::text("ab"), support::repeat(2, 'c')}) == bytes_of("61 62 63 63"));
    CHECK(support::to_string(bytes_of("48 65")) == "He");
}

TEST_CASE("support: random numbers are the same in every run and differ by seed")
{
    support::random_numbers numbers{0};
    CHECK(numbers.next() == 0xE220A8397B1DCDAFU); // the published first output for seed 0
    CHECK(support::random_numbers{7}.bytes(40) == support::random_numbers{7}.bytes(40));
    CHECK(support::random_numbers{7}.bytes(40) != support::random_numbers{8}.bytes(40));
    CHECK(support::random_numbers{7}.below(0) == 0);
}

TEST_CASE("support: a guarded copy contains the bytes, on both sides and at sizes around a page")
{
    for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U}) {
        const byte_vector bytes = support::random_numbers{size}.bytes(size);
        for (const support::guard side : {support::guard::after, support::guard::before}) {
            const support::guard_page page{bytes, side};
            CHECK(std::equal(page.bytes().begin(), page.bytes().end(), bytes.begin(), bytes.end()));
            std::fill(page.bytes().begin(), page.bytes().end(), std::byte{1}); // may be written to
        }
    }
}

#if SOCKLESS_TEST_GUARD_PAGES

TEST_CASE("support: the byte next to a guarded copy cannot be read")
{
    const byte_vector bytes = support::text("Hello");
    for (const support::guard side : {support::guard::after, support::guard::before}) {
        const support::guard_page page{bytes, side};
        const bool after = side == support::guard::after;
        const volatile std::byte* const inside = after ? &page.bytes().back() : &page.bytes().front();
        const volatile std::byte* const outside = after ? inside + 1 : inside - 1;
        for (const bool trespass : {false, true}) {
            const ::pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                std::signal(SIGSEGV, SIG_DFL);
                std::signal(SIGBUS, SIG_DFL);
                static_cast<void>(trespass ? *outside : *inside);
                ::_exit(0);
            }
            int status = 0;
            REQUIRE(::waitpid(child, &status, 0) == child);
            CHECK(WIFSIGNALED(status) == trespass);
        }
    }
}

#endif

TEST_CASE("support: the feeder cuts at every position, also at the ends, and first feeds the whole")
{
    const std::vector<support::feed_way> ways = support::feed_ways(100);
    CHECK(ways.front().cuts.empty());
    std::set<std::size_t> cut_in_two;
    std::size_t bytewise = 0;
    std::set<support::feed_way::place> places;
    for (const support::feed_way& way : ways) {
        CHECK(std::is_sorted(way.cuts.begin(), way.cuts.end()));
        CHECK((way.cuts.empty() || way.cuts.back() <= 100));
        places.insert(way.where);
        if (way.cuts.size() == 1)
            cut_in_two.insert(way.cuts.front());
        bytewise += way.cuts.size() == 99 ? 1U : 0U;
    }
    CHECK(cut_in_two.size() == 101);
    CHECK(bytewise >= 1);
    CHECK(places.size() == 4);
    CHECK(support::feed_ways(100'000).size() < 200);
    for (const support::feed_way& way : support::feed_ways(0))
        CHECK(std::count(way.cuts.begin(), way.cuts.end(), std::size_t{0}) == std::ptrdiff_t(way.cuts.size()));
}

TEST_CASE("support: a receiver that does not depend on the cuts passes, at every size")
{
    for (const std::size_t size : {0U, 1U, 2U, 130U, 5000U}) {
        const byte_vector bytes = support::random_numbers{size}.bytes(size);
        const strings log = support::feed_every_way(bytes, [] { return honest{}; });
        CHECK(log == strings{support::binary_line(bytes)});
    }
}

TEST_CASE("support: a receiver that depends on the cuts is detected, and the message has the position")
{
    const byte_vector bytes = support::text("GET /\r\n");
    const support::feed_result result = support::try_every_way(bytes, [] { return careless{}; });
    CHECK(result.log == strings{"line end"});
    CHECK_THAT(result.difference, Catch::Matchers::StartsWith("input one byte at a time"));

    // The one cut that matters in an input of 4000 bytes.
    byte_vector long_input = support::repeat(4000, 'x');
    long_input[3000] = std::byte{0x0D};
    long_input[3001] = std::byte{0x0A};
    const support::feed_options only_two{.random_ways = 0, .bytewise_up_to = 0};
    const auto make = [] { return careless{}; };
    CHECK_THAT(support::try_every_way(long_input, make, only_two).difference,
               Catch::Matchers::StartsWith("input cut in two at byte 3001:"));
}

TEST_CASE("support: a receiver that fails on an empty piece is detected")
{
    CHECK(!support::try_every_way(support::text("abc"), [] { return stops_at_nothing{}; }).difference.empty());
}

TEST_CASE("support: a receiver that throws is reported with the way in which it was fed")
{
    CHECK(support::try_every_way(support::text("abcdef"), [] { return throws_at_three{}; }).difference ==
          "input cut in two at byte 3: three!");
}

TEST_CASE("support: event lines escape characters that cannot be printed")
{
    CHECK(support::text_line(bytes_of("48 22 5c 0a c3 a9")) == R"(text "H\"\\\n\xc3\xa9")");
    CHECK(support::binary_line({}) == "binary");
    CHECK(support::close_line(1000, "bye") == R"(close 1000 "bye")");
    CHECK(support::close_line(1005) == "close 1005");
    CHECK(support::error_line(sockless::error::text_not_utf8) == "error text_not_utf8");
    CHECK(support::spelling_of(sockless::error::extension_not_requested) == "extension_not_requested");
}

TEST_CASE("support: a vector file has the input and the expected events")
{
    const auto cases = support::parse_vectors(R"(
# a comment
name: 6455 5.7 two things [6455-5.7-01] [6455-5.2-12]
role: server
limits: message=1000 fragments=3
in: 81 | 85 "He"*2
in: 00 * 3
event: text "He" 21*2
event: close 1000 "b\x79e"
out: 88 00

name: nothing
role: client
then: the transport ends
event: error connection_lost
)",
                                              "test.txt");
    REQUIRE(cases.size() == 2);
    CHECK(cases[0].name == "6455 5.7 two things");
    CHECK(cases[0].tags == strings{"6455-5.7-01", "6455-5.2-12"});
    CHECK(cases[0].where == "test.txt:3");
    CHECK(cases[0].role == sockless::role::server);
    CHECK(cases[0].limits.message_bytes == 1000);
    CHECK(cases[0].limits.frame_bytes == sockless::limits{}.frame_bytes);
    CHECK(cases[0].limits.fragments == 3);
    CHECK(support::to_hex(cases[0].in) == "81 85 48 65 48 65 00 00 00");
    CHECK(cases[0].events == strings{R"(text "He!!")", R"(close 1000 "bye")"});
    CHECK(support::to_hex(cases[0].out) == "88 00");
    CHECK(!cases[0].transport_ends);
    CHECK(cases[1].transport_ends);
    CHECK(cases[1].events == strings{"error connection_lost"});
}

TEST_CASE("support: a vector of a handshake has what was offered, and the rest")
{
    const auto cases = support::parse_vectors(R"(
name: an answer
role: client
subprotocols: chat  superchat
extensions: permessage-deflate; client_max_window_bits
in: "HTTP\r\n"
event: open chat
rest: 81 00

name: an offer
role: server
deflate: accepted
event: request
)",
                                              "test.txt");
    REQUIRE(cases.size() == 2);
    CHECK(cases[0].subprotocols == strings{"chat", "superchat"});
    CHECK(cases[0].extensions == "permessage-deflate; client_max_window_bits");
    CHECK(support::to_string(cases[0].in) == "HTTP\r\n");
    CHECK(cases[0].events == strings{"open chat"});
    CHECK(support::to_hex(cases[0].rest) == "81 00");
    CHECK(!cases[0].accepts_deflate);
    CHECK(cases[1].accepts_deflate);
    CHECK(message_of("name: a\ndeflate: yes\n") == "test.txt:2: a server's deflate is: accepted");
}

TEST_CASE("support: a mistake in a vector file is reported with its line")
{
    CHECK(message_of("name: a\nrole: both\n") == "test.txt:2: a role is client or server");
    CHECK(message_of("\n\nname: a\nin: 81\n") == "test.txt:3: this case has no role");
    CHECK(message_of("role: client\n") == "test.txt:1: a case begins with its name");
    CHECK(message_of("name: a\nrole: client\n\nname: a\nrole: client\n") ==
          "test.txt:4: another case has this name: a");
    CHECK(message_of("name: a\nname: b\n") == "test.txt:2: a second name; cases are separated by an empty line");
    CHECK(message_of("name: [x]\n") == "test.txt:1: a case needs a name");
    CHECK(message_of("name: a\nin: 8\n") == "test.txt:2: half a byte at the end of: 8");
    CHECK(message_of("name: a\nin: \"x\n") == "test.txt:2: a string without its closing quote");
    CHECK(message_of("name: a\nin: 00*x\n") == "test.txt:2: not a number: 'x'");
    CHECK(message_of("name: a\nevent: error no_such_error\n") == "test.txt:2: no such error: 'no_such_error'");
    CHECK(message_of("name: a\nevent: applause\n") == "test.txt:2: unknown event 'applause'");
    CHECK(message_of("name: a\nlimits: size=3\n") == "test.txt:2: unknown limit 'size'");
    CHECK(message_of("name: a\nin 00\n") == "test.txt:2: expected 'key: value'");
    CHECK(message_of("name: a\nouch: 00\n") == "test.txt:2: unknown key 'ouch'");
}

TEST_CASE("support: every file of vectors can be read")
{
    const strings files = support::vector_files("");
    CHECK(files == strings{"frames.txt", "handshakes.txt"});
    for (const std::string& file : files) {
        const auto cases = support::load_vectors(file);
        CHECK(cases.size() > 20);
        for (const support::vector_case& c : cases) {
            INFO(c.where << ": " << c.name);
            CHECK((!c.in.empty() || c.transport_ends));
            CHECK(!c.events.empty());
        }
    }
}
