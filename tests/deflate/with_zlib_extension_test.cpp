// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate as one option of a `websocket`, over zlib: the presets, what they cost, and what they answer to real offers.
#include "deflate/counting_heap.hpp"
#include "support/random.hpp"
#include "websocket/ends.hpp"

#include <sockless/with_zlib.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace ends;
using options = zlib_deflate::options;
using client = end<role::client, zlib_deflate, 16384, 8192>;
using server = end<role::server, zlib_deflate, 16384, 8192>;

static_assert(negotiated_extension<zlib_deflate>);

using support::counting_heap;

/// An open compressor for connections of one thread.
struct compressor : zlib_deflater {
    compressor() { promised(open(15), "memory is available"); }
};

/// Returns the field of a request or response.
std::string extensions_in(std::string_view head)
{
    constexpr std::string_view name = "\r\nSec-WebSocket-Extensions: ";
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos)
        return "";
    const std::size_t begin = at + name.size();
    return std::string{head.substr(begin, head.find("\r\n", begin) - begin)};
}

/// Returns whether an end has logged this line.
bool has(const strings& log, std::string_view line)
{
    return std::ranges::find(log, line) != log.end();
}

/// A server that has received a request with these offers.
void offer(server& other, std::string_view offers)
{
    const auto plain = heads::rfc_request.without("Sec-WebSocket-Protocol");
    other.take((offers.empty() ? plain : plain.with("Sec-WebSocket-Extensions", offers)).text());
}
/// A client that has received this answer.
void answer(client& one, std::string_view extensions)
{
    connect(one, "ws://server.example.com/chat");
    one.leave();
    const auto plain = heads::rfc_response.without("Sec-WebSocket-Protocol");
    one.take((extensions.empty() ? plain : plain.with("Sec-WebSocket-Extensions", extensions)).text());
}

template <class End>
std::string first_frame(End& end, std::string_view message)
{
    REQUIRE(end.ws().send(message) == error::none);
    return support::to_hex(end.leave());
}

constexpr std::string_view of_chromium = "permessage-deflate; client_max_window_bits";
constexpr std::string_view of_firefox = "permessage-deflate";
const std::string text(300, 'a');

/// Short, long, empty, similar and random messages.
std::vector<std::string> messages()
{
    std::vector<std::string> result{"", "Hello", text, text, std::string(5000, 'z')};
    for (int i = 0; i < 4; ++i)
        result.push_back(R"({"type":"trade","channel":"market.17","sequence":)" + std::to_string(i) +
                         R"(,"price":"30000.17","size":"1.2345","side":"buy","flags":["post_only","reduce_only"]})");
    support::random_numbers random{7};
    std::string noise(3000, ' '); // farther back than the smallest windows reach, and incompressible
    for (char& c : noise)
        c = static_cast<char>('0' + random.below(43)); // no quotes or backslashes
    result.push_back(noise);
    result.push_back(noise);
    return result;
}

// --- negotiation -------------------------------------------------------------------------------------------------------------

TEST_CASE("7692 7.1: a server answers the offers of browsers and of the RFC as its options say",
          "[WHATWG-handshake-04][7692-5-16]")
{
    compressor shared;
    const options usual = zlib_deflate::browser_default();
    const options low = zlib_deflate::low_memory();
    const options one_for_all = zlib_deflate::shared_compressor(shared);
    options tolerant = low;
    tolerant.receive_window_required = false;
    constexpr std::string_view rfc_offers = "permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
                                            "permessage-deflate; client_max_window_bits";
    for (const auto& [choice, offers, expected] : {
             std::tuple<options, std::string_view, std::string_view>{usual, of_chromium, "permessage-deflate"},
             {usual, of_firefox, "permessage-deflate"},
             {usual, "", ""},
             {usual, "mystery", ""},
             {usual, "permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"},
             {usual, rfc_offers, "permessage-deflate; server_max_window_bits=10"},
             {usual, "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
             {usual, "permessage-deflate; server_max_window_bits=8", ""}, // zlib does not compress with it
             {usual, "permessage-deflate; mystery, mystery, permessage-deflate", "permessage-deflate"},
             {low, of_chromium, "permessage-deflate; client_max_window_bits=11"},
             {low, "permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10"},
             {low, of_firefox, ""},
             {low, rfc_offers, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11"},
             {low, "permessage-deflate; server_max_window_bits=12, permessage-deflate; client_max_window_bits",
              "permessage-deflate; client_max_window_bits=11"},
             {low, "permessage-deflate; server_max_window_bits=12; client_max_window_bits=15",
              "permessage-deflate; server_max_window_bits=11; client_max_window_bits=11"},
             {tolerant, of_firefox, "permessage-deflate"},
             {tolerant, of_chromium, "permessage-deflate; client_max_window_bits=11"},
             {one_for_all, of_chromium, "permessage-deflate; client_max_window_bits=11"},
             {one_for_all, of_firefox, ""},
             {{.send_context_takeover = false}, of_chromium, "permessage-deflate"}, // kept without an announcement
             {{.receive_context_takeover = false}, of_chromium, "permessage-deflate; client_no_context_takeover"},
             {{.enabled = false}, of_chromium, ""},
         }) {
        server other{{.deflate = choice}};
        offer(other, offers);
        CAPTURE(std::string{offers});
        CHECK(extensions_in(support::to_string(other.leave())) == expected);
        CHECK(first_frame(other, text).starts_with(expected.empty() ? "81 " : "c1 "));
        other.take(
            support::frame_to(role::server, 0xC1,
                              support::to_string(support::bytes_of("f2 48 cd c9 c9 07 00")))); // RFC 7692 7.2.3.1
        CHECK(has(other.log(), expected.empty() ? "error reserved_bit_set" : "text \"Hello\""));
    }
}

TEST_CASE("7692 7.1: the presets of a client offer what they keep to")
{
    compressor shared;
    for (const auto& [choice, expected] : {
             std::pair<options, std::string_view>{zlib_deflate::browser_default(), of_chromium},
             {zlib_deflate::low_memory(), "permessage-deflate; server_max_window_bits=11; client_max_window_bits=11"},
             {zlib_deflate::shared_compressor(shared),
              "permessage-deflate; client_no_context_takeover; server_max_window_bits=11, "
              "permessage-deflate; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits"},
         }) {
        client one{{.deflate = choice}};
        connect(one);
        CHECK(extensions_in(support::to_string(one.leave())) == expected);
    }
}

TEST_CASE("7692 7.2.3: both roles decompress the messages of the RFC, in any pieces", "[7692-7.2.3.2-01]")
{
    const auto play = [](auto& self, role receiver) {
        for (const std::string_view frame : {
                 "f2 48 cd c9 c9 07 00",                   // 7.2.3.1
                 "f2 00 11 00 00",                         // 7.2.3.2, refers to the first
                 "00 05 00 fa ff 48 65 6c 6c 6f 00",       // 7.2.3.3
                 "f3 48 cd c9 c9 07 00 00",                // 7.2.3.4
                 "f2 48 05 00 00 00 ff ff ca c9 c9 07 00", // 7.2.3.5
             })
            for (const std::byte each : support::frame_to(receiver, 0xC1, support::to_string(support::bytes_of(frame))))
                self.take(std::span{&each, 1});
    };
    const strings expected{"open \"\"",      "text \"Hello\"", "text \"Hello\"",
                           "text \"Hello\"", "text \"Hello\"", "text \"Hello\""};
    for (const options& choice : {zlib_deflate::browser_default(), zlib_deflate::low_memory()}) {
        server other{{.deflate = choice}};
        offer(other, of_chromium);
        play(other, role::server);
        strings with_request = expected;
        with_request.insert(with_request.begin(), "request /chat");
        CHECK(other.log() == with_request);

        client one{{.deflate = choice}};
        answer(one,
               choice.receive_window_required ? "permessage-deflate; server_max_window_bits=11" : "permessage-deflate");
        play(one, role::client);
        CHECK(one.log() == expected);
    }
}

TEST_CASE("7692 7.1.2.2: a client's deflater uses the window that the server requires",
          "[7692-7.1.2.2-05][7692-7.2.1-10]")
{
    options choice = zlib_deflate::browser_default();
    choice.memory_level = 1;
    counting_heap small;
    counting_heap large;
    client one{{.deflate = small.with(choice)}};
    answer(one, "permessage-deflate; client_max_window_bits=10; server_max_window_bits=11");
    client other{{.deflate = large.with(choice)}};
    answer(other, "permessage-deflate");
    CHECK(first_frame(one, text).starts_with("c1 "));
    CHECK(small.bytes < 40000);
    CHECK(large.bytes > 150000);
    one.take(support::frame_to(role::client, 0xC1, support::to_string(support::bytes_of("f2 48 cd c9 c9 07 00"))));
    CHECK(one.log() == strings{"open \"\"", "text \"Hello\""});

    counting_heap inflating;
    client without{{.deflate = inflating.with(choice)}}; // no deflater of zlib has a window of 256 bytes
    answer(without, "permessage-deflate; client_max_window_bits=8");
    CHECK(inflating.bytes < 50000); // nor is one allocated
    CHECK(first_frame(without, text).starts_with("81 "));
}

// --- messages ----------------------------------------------------------------------------------------------------------------

/// Sends `messages()` from the client to the server and back, in pieces of up to `max_size` bytes.
///
/// @return whether the client compressed, and whether the server did
std::pair<bool, bool> round_trip(const options& of_client, const options& of_server, std::size_t max_size)
{
    static const std::vector<std::string> all = messages();
    client one{{.deflate = of_client}};
    server other{{.deflate = of_server}};
    other.on_event = [](auto& ws, const event& e) {
        if (e.kind() == event_kind::request)
            REQUIRE(ws.accept() == error::none);
        if (e.kind() == event_kind::message)
            REQUIRE(ws.send(e.text()) == error::none);
    };
    connect(one);
    const auto at_most = [max_size](std::size_t) { return max_size; };
    carry(one, other, at_most, at_most);
    strings expected{"open \"\""};
    for (const std::string& message : all) {
        REQUIRE(one.ws().send(message) == error::none);
        carry(one, other, at_most, at_most);
        REQUIRE(one.ws().begin_message(opcode::text) == error::none); // and in fragments
        REQUIRE(one.ws().send_fragment(message.substr(0, message.size() / 2)) == error::none);
        REQUIRE(one.ws().ping("between") == error::none);
        REQUIRE(one.ws().end_message(message.substr(message.size() / 2)) == error::none);
        carry(one, other, at_most, at_most);
        expected.push_back("text " + support::quoted(message));
        expected.push_back("pong 62 65 74 77 65 65 6e"); // "between"
        expected.push_back("text " + support::quoted(message));
    }
    REQUIRE((one.log() == expected));
    return {one.sent().size() < 20000, other.sent().size() < 20000};
}

TEST_CASE("7692 5: each preset at one end works with each at the other, in any pieces", "[7692-5-16]")
{
    compressor of_clients;
    compressor of_servers;
    std::vector<options> of_client{zlib_deflate::browser_default(),
                                   zlib_deflate::low_memory(),
                                   zlib_deflate::shared_compressor(of_clients),
                                   {.enabled = false},
                                   {.send_window_bits = 9, .receive_window_bits = 9},
                                   {.send_context_takeover = false, .receive_context_takeover = false}};
    std::vector<options> of_server = of_client;
    of_server[2] = zlib_deflate::shared_compressor(of_servers);
    for (std::size_t i = 0; i < of_client.size(); ++i) {
        for (std::size_t j = 0; j < of_server.size(); ++j) {
            const bool negotiated = i != 3 && j != 3;
            // A shared compressor has a larger window than these permit to the peer. The last prefers a limit and does not require it.
            const bool limits_client = j == 1 || j == 2;
            const bool limits_server = i == 1 || i == 2 || i == 4;
            const std::pair expected{negotiated && !(i == 2 && limits_client),
                                     negotiated && !(j == 2 && limits_server)};
            for (const std::size_t max_size : {1U, 2U, 3U, 7U, 100U, 100000U}) {
                CAPTURE(i, j, max_size);
                CHECK(round_trip(of_client[i], of_server[j], max_size) == expected);
            }
        }
    }
}

TEST_CASE("7692 5: the messages are the same whatever the threshold and the size of the buffer for output")
{
    for (const std::size_t output_size : {1U, 2U, 7U, 1000U, 10000U})
        CHECK(round_trip({.output_size = output_size}, {.threshold = 0, .output_size = output_size}, 100000) ==
              std::pair{true, true});
}

TEST_CASE("7692 8: connections with one compressor do not refer to each other's messages")
{
    compressor shared;
    const std::string secret = "a secret of 64 bytes, which a second connection must not find: 1";
    std::array<std::string, 2> frames;
    std::array<server, 2> others{{server{{.deflate = zlib_deflate::shared_compressor(shared)}},
                                  server{{.deflate = zlib_deflate::shared_compressor(shared)}}}};
    std::array<client, 2> ones{
        {client{{.deflate = zlib_deflate::browser_default()}}, client{{.deflate = zlib_deflate::browser_default()}}}};
    for (std::size_t i = 0; i < 2; ++i) {
        connect(ones[i]);
        carry(ones[i], others[i]);
    }
    // Fragments of one connection between those of the other.
    for (auto& other : others)
        REQUIRE(other.ws().begin_message(opcode::text) == error::none);
    for (std::size_t i = 0; i < 2; ++i) {
        REQUIRE(others[i].ws().send_fragment(secret) == error::none);
        const auto sent = others[i].leave();
        frames[i] = support::to_hex(sent);
        ones[i].take(sent);
    }
    CHECK(frames[0] == frames[1]);
    for (std::size_t i = 0; i < 2; ++i) {
        REQUIRE(others[i].ws().end_message(secret) == error::none);
        const auto sent = others[i].leave();
        CHECK(sent.size() > 50);
        ones[i].take(sent);
        CHECK(ones[i].log() == strings{"open \"\"", "text " + support::quoted(secret + secret)});
        CHECK(first_frame(others[i], secret).starts_with("c1 "));
    }

    zlib_deflater never_opened;
    server plain{{.deflate = zlib_deflate::shared_compressor(never_opened)}};
    offer(plain, of_chromium);
    plain.leave();
    CHECK(first_frame(plain, text).starts_with("81 "));
    server narrow{
        {.deflate = zlib_deflate::shared_compressor(shared)}}; // the peer's window is smaller than the compressor's
    offer(narrow, "permessage-deflate; server_max_window_bits=14; client_max_window_bits");
    narrow.leave();
    CHECK(first_frame(narrow, text).starts_with("81 "));
}

TEST_CASE("7692 8.1: the limit for messages applies to the decompressed size")
{
    server other{{.limits = {.message_bytes = 1000}, .deflate = zlib_deflate::browser_default()}};
    offer(other, of_chromium);
    client one{{.deflate = zlib_deflate::browser_default()}};
    answer(one, "permessage-deflate");
    other.leave();
    REQUIRE(one.ws().send(std::string(1000, 'a')) == error::none);
    REQUIRE(one.ws().send(std::string(1001, 'a')) == error::none);
    other.take(one.leave());
    CHECK(other.log() == strings{"request /chat", "open \"\"", "text " + support::quoted(std::string(1000, 'a')),
                                 "error message_too_large"});
}

// --- memory ------------------------------------------------------------------------------------------------------------------

TEST_CASE("zlib: nothing is allocated before the extension is negotiated, and nothing if it is declined")
{
    counting_heap heap;
    {
        server idle{{.deflate = heap.with({})}};
        server declined{{.deflate = heap.with(zlib_deflate::low_memory())}};
        offer(declined, of_firefox);
        CHECK(first_frame(declined, text).size() > 900);
        server off{{.deflate = heap.with({.enabled = false})}};
        offer(off, of_chromium);
        server refusing{{.deflate = heap.with({})}};
        refusing.on_event = [](auto& ws, const event&) { REQUIRE(ws.reject(403) == error::none); };
        offer(refusing, of_chromium);
        client offered{{.deflate = heap.with({})}};
        connect(offered);
        client unanswered{{.deflate = heap.with({})}};
        answer(unanswered, "");
        client invalid{{.deflate = heap.with({})}};
        answer(invalid, "permessage-deflate; client_max_window_bits=7");
        CHECK(has(invalid.log(), "error extension_parameters_invalid"));
        CHECK(heap.allocations == 0);
    }
    {
        server failing{{.deflate = heap.with({})}};
        failing.on_event = [&heap](auto& ws, const event&) {
            REQUIRE(ws.accept({.subprotocol = "not a token"}) == error::subprotocol_not_sendable);
            CHECK(heap.allocations > 0);
            CHECK(heap.releases == heap.allocations);
            REQUIRE(ws.reject(403) == error::none);
        };
        offer(failing, of_chromium);
        heap = {};
    }
    {
        server used{{.deflate = heap.with({})}};
        offer(used, of_chromium);
        CHECK(heap.allocations > 0);
        CHECK(heap.releases == 0);
        const std::size_t opened = heap.allocations;
        for (int i = 0; i < 10; ++i)
            CHECK(first_frame(used, text).find("c1 ") != std::string::npos);
        CHECK(heap.allocations == opened); // everything at once
    }
    CHECK(heap.releases == heap.allocations);
}

TEST_CASE("7692 6: whichever allocation fails, a server declines or does not compress, and a client fails or does not")
{
    for (const bool is_client : {true, false}) {
        int declined = 0;
        int plain = 0;
        bool complete = false;
        for (std::size_t fail_at = 0; !complete; ++fail_at) {
            counting_heap heap{.fail_at = fail_at};
            if (is_client) {
                client one{{.deflate = heap.with({})}};
                answer(one, "permessage-deflate");
                if (has(one.log(), "error no_memory")) {
                    CHECK(heap.releases == heap.allocations);
                    ++declined;
                } else {
                    CHECK(one.log() == strings{"open \"\""});
                    complete = first_frame(one, text).starts_with("c1 ");
                    plain += complete ? 0 : 1;
                }
            } else {
                server other{{.deflate = heap.with({})}};
                offer(other, of_chromium);
                CHECK(other.log() == strings{"request /chat", "open \"\""});
                const bool accepted = !extensions_in(support::to_string(other.leave())).empty();
                complete = first_frame(other, text).starts_with("c1 ");
                declined += accepted ? 0 : 1;
                plain += accepted && !complete ? 1 : 0;
                CHECK((accepted || heap.releases == heap.allocations));
            }
            CHECK((complete || heap.allocations >= fail_at));
            REQUIRE(fail_at < 20);
        }
        CHECK(declined == 3); // the block of the codec, and two of zlib's inflater
        CHECK(plain >= 4);
    }
}

TEST_CASE("zlib: a preset needs the memory that it says, and less than it")
{
    compressor shared;
    std::size_t previous = ~std::size_t{0};
    for (const options& choice :
         {zlib_deflate::browser_default(), zlib_deflate::low_memory(), zlib_deflate::shared_compressor(shared)}) {
        const std::size_t needed = zlib_deflate::memory_needed(choice);
        CHECK(needed < previous / 3);
        previous = needed;
        counting_heap heap;
        server counted{{.deflate = heap.with(choice)}};
        offer(counted, of_chromium);
        CHECK(heap.bytes <= needed);
        CHECK(heap.bytes + 20000 >= needed);

        for (const bool is_client : {true, false}) {
            std::vector<std::byte> block(needed);
            zlib_arena arena{block};
            options in_arena = choice;
            in_arena.memory = arena.memory();
            {
                client one{{.deflate = in_arena}};
                server other{{.deflate = in_arena}};
                if (is_client)
                    answer(one, choice.receive_window_required ? "permessage-deflate; server_max_window_bits=11"
                                                               : "permessage-deflate");
                else
                    offer(other, of_chromium);
                CHECK(arena.used() > 0);
                if (!is_client)
                    other.leave();
                CHECK((is_client ? first_frame(one, text) : first_frame(other, text)).starts_with("c1 "));
            }
            CHECK(arena.used() == 0);
        }
    }
    options required = zlib_deflate::low_memory();
    required.receive_window_required = false; // the peer decides
    CHECK(zlib_deflate::memory_needed(required) > zlib_deflate::memory_needed(zlib_deflate::low_memory()) + 30000);
}

TEST_CASE("zlib: a buffer that its hooks cannot count is not allocated")
{
    counting_heap heap;
    const zlib_memory hooks = heap.with({}).memory;
    if constexpr (sizeof(std::size_t) > sizeof(unsigned)) {
        CHECK(zlib_library::allocate(hooks, std::size_t{1} << 32U) == nullptr);
        CHECK(heap.allocations == 0);
    }
    void* const some = zlib_library::allocate(hooks, 17);
    CHECK(heap.bytes == 17);
    zlib_library::release(hooks, some);
    CHECK(heap.releases == 1);
    void* const other = zlib_library::allocate({}, 17);
    REQUIRE(other != nullptr);
    zlib_library::release({}, other);
}

TEST_CASE("W7: reset releases the memory of the extension, and the next connection negotiates again")
{
    client one;
    server other;
    connect(one, "ws://server.example.com/chat");
    carry(one, other);
    REQUIRE(one.ws().ready_state() == ready_state::open);
    one.ws().reset();
    other.ws().reset();
    CHECK(one.ws().ready_state() == ready_state::connecting);
    CHECK(other.ws().ready_state() == ready_state::connecting);
    connect(one, "ws://server.example.com/chat");
    CHECK(support::to_string(one.ws().write_buffer()).find("permessage-deflate") != std::string::npos);
}

} // namespace
