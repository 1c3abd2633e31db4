// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/bytes/byte_queue.hpp>
#include <sockless/http/head_writer.hpp>
#include <sockless/with_heap.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace {

using sockless::error;
using sockless::field;
using sockless::static_byte_queue;
using sockless::detail::check_outgoing;
using sockless::detail::head_writer;

error verdict(std::string_view name, std::string_view value)
{
    const field one{name, value};
    return check_outgoing({&one, 1});
}

TEST_CASE("9110 5.5: a value that would end its line and a name that is not a token are rejected",
          "[HS-12][9112-2.2-04][9112-11.1-01][9110-5.5-02][9112-5.2-01][9112-2.2-06]")
{
    CHECK(verdict("X-Name", "value") == error::none);
    CHECK(verdict("X-Name", "") == error::none);
    CHECK(verdict("X-Name", "a\tb \x80\xFF\"") == error::none);
    for (const std::string_view bad : {"", "a b", "a:", "a\r", "a\n", "\r\n", "a(b", "caf\xC3\xA9", " a", "a "})
        CHECK(verdict(bad, "value") == error::field_not_sendable);
    CHECK(verdict(std::string_view{"a\0b", 3}, "value") == error::field_not_sendable);
    for (const std::string_view bad :
         {"a\r\nX: y", "a\rb", "a\nb", "a\r\n b", "\r\n\r\n", " a", "a ", "\ta", "a\t", " ", "\x7F", "\x1B[0m"})
        CHECK(verdict("X-Name", bad) == error::field_not_sendable);
    CHECK(verdict("X-Name", std::string_view{"a\0b", 3}) == error::field_not_sendable);
}

TEST_CASE("6455 4.1: fields of the handshake and fields that frame a body cannot be added",
          "[6455-4.1-27][9110-5.3-01][9112-6.1-01]")
{
    for (const std::string_view name :
         {"Host", "host", "Upgrade", "CONNECTION", "Content-Length", "Transfer-Encoding", "Origin", "Sec-WebSocket-Key",
          "sec-websocket-accept", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"})
        CHECK(verdict(name, "x") == error::field_reserved);
    for (const std::string_view name :
         {"Cookie", "Set-Cookie", "Authorization", "Expect", "Server", "Sec-WebSocket-Location", "Location"})
        CHECK(verdict(name, "x") == error::none);
    const std::array<field, 3> last_is_bad{{{"A", "b"}, {"C", "d"}, {"Host", "x"}}};
    CHECK(check_outgoing(last_is_bad) == error::field_reserved);
    CHECK(check_outgoing({}) == error::none);
}

TEST_CASE("A head is written whole or not at all")
{
    const auto write = [](sockless::byte_queue& tx) {
        const std::array<field, 2> fields{{{"A", "b"}, {"C", ""}}};
        head_writer out{tx};
        out.text("x").number(0U).number(std::numeric_limits<std::uint64_t>::max()).fields(fields).text("\r\n");
        return out.finish();
    };
    const std::string expected = "x018446744073709551615\r\nA: b\r\nC: \r\n";
    static_byte_queue<200> wide;
    REQUIRE(write(wide) == error::none);
    CHECK(support::to_string(wide.data()) == expected);

    for (std::size_t room = 0; room <= expected.size(); ++room) {
        static_byte_queue<200> tx;
        REQUIRE(tx.append(std::string(200 - room, 'q')));
        CAPTURE(room);
        CHECK(write(tx) == (room < expected.size() ? error::no_space : error::none));
        CHECK(tx.size() == (room < expected.size() ? 200 - room : 200));
        CHECK(support::to_string(tx.data()).substr(0, 200 - room) == std::string(200 - room, 'q'));
    }
    for (std::size_t limit = 0; limit <= expected.size(); ++limit) {
        sockless::growing_byte_queue tx{limit};
        CHECK(write(tx) == (limit < expected.size() ? error::no_space : error::none));
        CHECK(tx.size() == (limit < expected.size() ? 0 : limit));
    }
}

TEST_CASE("A packed literal is shorter than its text")
{
    static_byte_queue<200> tx;
    head_writer out{tx};
    out.append_literal<"a\r\nHost: ">()
        .append_literal<"\r\nUpgrade: websocket\r\nConnection: Upgrade, b\r\nConnection: c">();
    out.append_literal<"\r\nExpect: 100-continue\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \r\n\r\n">();
    REQUIRE(out.finish() == error::none);
    CHECK(support::to_string(tx.data()) ==
          "a\r\nHost: \r\nUpgrade: websocket\r\nConnection: Upgrade, b\r\nConnection: c"
          "\r\nExpect: 100-continue\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \r\n\r\n");
    static_assert(sockless::detail::packed<"\r\nUpgrade: websocket\r\n">.size() == 5);
    static_assert(sockless::detail::packed<"\r\nUpgrade: other">.size() == 17);
}

TEST_CASE("An invalid head is reported before missing space")
{
    static_byte_queue<4> tx;
    head_writer out{tx};
    CHECK(out.text("12345").finish(error::host_not_sendable) == error::host_not_sendable);
    head_writer other{tx};
    CHECK(other.text("1234").finish(error::host_not_sendable) == error::host_not_sendable);
    CHECK(tx.empty());
}

std::string packed_at_run_time(std::string_view text)
{
    std::string packed(sockless::detail::pack(text, nullptr), '?');
    CHECK(sockless::detail::pack(text, packed.data()) == packed.size());
    return packed;
}

std::string unpacked(const std::string& packed)
{
    std::array<std::byte, 256> room{};
    sockless::byte_queue queue{room};
    head_writer writer{queue};
    CHECK(writer.append(packed.c_str()).finish() == error::none);
    const std::span<const std::byte> data = queue.data();
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

TEST_CASE("unpacking restores a packed text")
{
    for (const std::string_view text :
         {"", "GET ", "\r", "\r\n", "\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade",
          "\r\nSec-WebSocket-Version: 13\r\n", "\r\nSec-WebSocket-Accept: ", "\r\nHost: a\r\nX: y",
          "\r\nupgrade: websocket", "\r\nUpgrad", "\r\nSec-WebSocket-", "\r\nSec-WebSocket-Versio"}) {
        INFO(text);
        CHECK(unpacked(packed_at_run_time(text)) == text);
    }
}

TEST_CASE("two octets replace the line of a known field, wherever it is")
{
    constexpr std::string_view text = "\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    const std::string packed = packed_at_run_time(text);
    CHECK(packed.size() == 7); // two lines, CR, LF, and the end
    CHECK(packed[0] == sockless::detail::packed_line);
    CHECK(packed[2] == sockless::detail::packed_line);
    constexpr auto& compiled = sockless::detail::packed<"\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n">;
    CHECK(std::string(compiled.data(), compiled.size()) == packed);
}

} // namespace
