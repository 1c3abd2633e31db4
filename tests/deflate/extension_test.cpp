// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate as one option of a `websocket`, over a compression library of the tests: offers, answers, both halves.
#include "deflate/reference_backend.hpp"
#include "websocket/ends.hpp"

#include <sockless/deflate/extension.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace ends;

/// The reference implementations as a library whose memory can be used up.
struct reference_library {
    struct memory {
        std::size_t* blocks = nullptr; ///< how many there are; null: any number
        bool inflates = true;
    };
    struct inflater : reference::inflater {
        explicit inflater(const memory& from) : inflates{from.inflates} {}
        [[nodiscard]] bool open(std::uint8_t window_bits) noexcept
        {
            static_cast<reference::inflater&>(*this) = reference::inflater{window_bits};
            return inflates;
        }
        static constexpr std::size_t memory_needed(std::uint8_t window_bits) noexcept { return 1000U * window_bits; }
        bool inflates;
    };
    struct settings {
        int level;
        int memory_level;
    };
    struct deflater : reference::deflater {
        static constexpr std::uint8_t min_window_bits = 9;
        deflater(const settings&, const memory&) {}
        static constexpr std::size_t memory_needed(std::uint8_t window_bits, int memory_level) noexcept
        {
            return 100000U * window_bits + static_cast<unsigned>(memory_level);
        }
        [[nodiscard]] bool open(std::uint8_t) noexcept { return true; }
    };
    static void* allocate(const memory& from, std::size_t size) noexcept
    {
        if (from.blocks != nullptr && (*from.blocks)-- == 0)
            return nullptr;
        return std::malloc(size);
    }
    static void release(const memory&, void* address) noexcept { std::free(address); }
};
using reference_deflate = deflate_extension<reference_library>;

static_assert(deflate_library<reference_library>);
static_assert(negotiated_extension<reference_deflate> && !negotiated_extension<no_extension>);
static_assert(!std::is_copy_constructible_v<reference_deflate> && !std::is_move_constructible_v<reference_deflate>);

using client = end<role::client, reference_deflate>;
using server = end<role::server, reference_deflate>;
constexpr reference_deflate::options always{.when = deflate_when::always};
constexpr reference_deflate::options off{.enabled = false};
const std::string text(300, 'a');

TEST_CASE("7692 5: a client and a server negotiate and compress the first message", "[7692-5-16][WHATWG-handshake-04]")
{
    for (const bool accepted : {true, false}) {
        for (const std::size_t max_size : {std::size_t{1}, std::size_t{7}, ~std::size_t{0}}) {
            client one{{.deflate = always}};
            server other{{.deflate = accepted ? always : off}};
            other.on_event = [](auto& ws, const event& e) {
                if (e.kind() == event_kind::request)
                    REQUIRE(ws.accept() == error::none);
                if (e.kind() == event_kind::message)
                    REQUIRE(ws.send(e.text()) == error::none);
            };
            one.on_event = [accepted](auto& ws, const event& e) {
                if (e.kind() == event_kind::open) {
                    CHECK(ws.extensions().contains("permessage-deflate") == accepted);
                    REQUIRE(ws.send(text) == error::none);
                }
                if (e.kind() == event_kind::message)
                    ws.close();
            };
            connect(one, "ws://h/");
            const auto at_most = [max_size](std::size_t) { return max_size; };
            carry(one, other, at_most, at_most);
            one.end_of_input();
            other.end_of_input();
            CHECK(one.log() == strings{"open \"\"", "text \"" + text + '"', "close 1005 clean"});
            CHECK(other.log() == strings{"request /", "open \"\"", "text \"" + text + '"', "close 1005 clean"});
            CHECK(frames_in(one.sent()).starts_with(accepted ? "c1 " : "81 "));
            CHECK(frames_in(other.sent()).starts_with(accepted ? "c1 " : "81 "));
        }
    }
}

TEST_CASE("7692 7.1: a client offers what its options say")
{
    using options = reference_deflate::options;
    reference_library::deflater shared{{}, {}};
    for (const auto& [choice, expected] : {
             std::pair<options, std::string_view>{{}, "permessage-deflate; client_max_window_bits"},
             {{.enabled = false}, ""},
             {{.enabled = false, .receive_window_bits = 9}, ""},
             {{.receive_window_bits = 10},
              "permessage-deflate; server_max_window_bits=10; client_max_window_bits, "
              "permessage-deflate; client_max_window_bits"},
             {{.receive_window_bits = 10, .receive_window_required = true},
              "permessage-deflate; server_max_window_bits=10; client_max_window_bits"},
             {{.receive_window_required = true}, "permessage-deflate; client_max_window_bits"},
             {{.send_context_takeover = false},
              "permessage-deflate; client_no_context_takeover; client_max_window_bits"},
             {{.receive_context_takeover = false},
              "permessage-deflate; server_no_context_takeover; client_max_window_bits"},
             {{.receive_window_bits = 8, .send_context_takeover = false, .receive_context_takeover = false},
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; "
              "client_max_window_bits, "
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"},
             {{.send_window_bits = 10}, "permessage-deflate; client_max_window_bits=10"},
             {{.shared = &shared}, "permessage-deflate, permessage-deflate; client_max_window_bits"},
             {{.receive_window_bits = 10, .receive_window_required = true, .shared = &shared},
              "permessage-deflate; server_max_window_bits=10, "
              "permessage-deflate; server_max_window_bits=10; client_max_window_bits"},
         }) {
        const reference_deflate extension{choice};
        const auto offer = extension.offer();
        CHECK(offer.view() == expected);
        client one{{.deflate = choice}};
        connect(one);
        const std::string request = support::to_string(one.leave());
        CHECK((request.find("Sec-WebSocket-Extensions") == std::string::npos) == expected.empty());
        if (!expected.empty())
            CHECK(request.find("\r\nSec-WebSocket-Extensions: " + std::string{expected} + "\r\n") != std::string::npos);
    }
}

TEST_CASE("7692 7: an answer that was not offered fails the client before it is open",
          "[7692-5-15][7692-7-08][7692-7-11]")
{
    using options = reference_deflate::options;
    for (const auto& [choice, answer, why] : {
             std::tuple<options, std::string_view, std::string_view>{
                 {}, "permessage-deflate; server_max_window_bits=7", "extension_parameters_invalid"},
             {{}, "permessage-deflate, permessage-deflate", "extension_repeated"},
             {{}, "permessage-deflate; mystery", "extension_parameters_invalid"},
             {{.send_window_bits = 10},
              "permessage-deflate; client_max_window_bits=11",
              "extension_parameters_invalid"},
             {{.receive_window_bits = 10, .receive_window_required = true},
              "permessage-deflate",
              "extension_parameters_invalid"},
             {{.receive_window_bits = 10, .receive_window_required = true},
              "permessage-deflate; server_max_window_bits=11",
              "extension_parameters_invalid"},
             {{.receive_context_takeover = false}, "permessage-deflate", "extension_parameters_invalid"},
             {{}, "permessage-deflate; client_max_window_bits", "extension_parameters_invalid"},
             {{}, "mystery", "extension_not_offered"},
             {off, "permessage-deflate", "extension_not_offered"},
         }) {
        client one{{.deflate = choice}};
        connect(one, "ws://server.example.com/chat");
        one.leave();
        one.take(heads::rfc_response.without("Sec-WebSocket-Protocol").with("Sec-WebSocket-Extensions", answer).text());
        one.end_of_input();
        CHECK(one.log() == strings{"error " + std::string{why}, "close 1006 broken"});
        CHECK(one.ws().write_buffer().empty());
    }
}

TEST_CASE("7692 5: an end that has negotiated nothing has a codec without effect")
{
    client one{{.deflate = always}};
    open(one);
    CHECK(one.ws().send(text) == error::none);
    one.take(support::frame_to(role::client, 0xC1, "\x02\x03"));
    CHECK(one.log() == strings{"open \"\"", "error reserved_bit_set"});
    CHECK(support::to_hex(one.leave()).starts_with("81 "));

    server other{{.deflate = always}}; // the request offers nothing
    other.take(request);
    CHECK(support::to_string(other.leave()).find("Extensions") == std::string::npos);
    CHECK(other.ws().send(text) == error::none);
    other.take(support::frame_to(role::server, 0xC1, "\x02\x03"));
    CHECK(other.log() == strings{"request /chat", "open \"\"", "error reserved_bit_set"});
    CHECK(support::to_hex(other.leave()).starts_with("81 "));
}

const std::string browser_request = heads::rfc_request.without("Sec-WebSocket-Protocol")
                                        .with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
                                        .text();

TEST_CASE("7692 5: without memory to decompress a server declines, and a client fails")
{
    for (const bool inflates : {true, false}) {
        std::size_t blocks = inflates ? 0 : 9;
        const reference_deflate::options choice{.when = deflate_when::always, .memory = {&blocks, inflates}};
        server other{{.deflate = choice}};
        other.take(browser_request);
        CHECK(other.log() == strings{"request /chat", "open \"\""});
        CHECK(support::to_string(other.leave()).find("Extensions") == std::string::npos);
        CHECK(other.ws().send(text) == error::none);
        CHECK(support::to_hex(other.leave()).starts_with("81 "));

        blocks = inflates ? 0 : 9;
        client one{{.deflate = choice}};
        connect(one);
        one.leave();
        one.take(heads::rfc_response.without("Sec-WebSocket-Protocol")
                     .with("Sec-WebSocket-Extensions", "permessage-deflate")
                     .text());
        one.end_of_input();
        CHECK(one.log() == strings{"error no_memory", "close 1006 broken"});
    }
}

TEST_CASE("7692 7.1.2.1: a compressor that does not support the window of the agreement is not used",
          "[7692-7.1.2.2-05]")
{
    client one{{.deflate = always}}; // the deflater of the tests has 15 bits
    connect(one);
    one.leave();
    one.take(heads::rfc_response.without("Sec-WebSocket-Protocol")
                 .with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=14")
                 .text());
    CHECK(one.ws().send(text) == error::none);
    CHECK(support::to_hex(one.leave()).starts_with("81 "));
    one.take(support::frame_to(role::client, 0xC1, support::to_string(support::bytes_of("f2 48 cd c9 c9 07 00"))));
    CHECK(one.log() == strings{"open \"\"", "text \"Hello\""});
}

TEST_CASE("websocket: extensions of the program are refused where an extension negotiates by itself")
{
    client one{{.deflate = always}};
    heads::fixed_random random;
    CHECK(one.ws().connect("ws://h/", {.extensions = "permessage-deflate"}, random) == error::extensions_not_sendable);
    CHECK(one.ws().write_buffer().empty());
    CHECK(one.ws().connect("ws://h/", {}, random) == error::none);

    std::size_t blocks = 1;
    server other{{.deflate = {.when = deflate_when::always, .memory = {&blocks}}}};
    other.on_event = [&blocks](auto& ws, const event& e) {
        if (e.kind() != event_kind::request)
            return;
        CHECK(ws.accept({.extensions = "permessage-deflate"}) == error::extensions_not_sendable);
        CHECK(blocks == 1);
        CHECK(ws.accept({.subprotocol = "never requested"}) == error::subprotocol_not_sendable);
        blocks = 1; // the memory of an answer that was not sent is released
        CHECK(ws.accept() == error::none);
        CHECK(ws.send(text) == error::none);
    };
    other.take(browser_request);
    CHECK(other.log() == strings{"request /chat", "open \"\""});
    const auto sent = other.leave();
    CHECK(support::to_string(sent).find("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n") != std::string::npos);
    CHECK(frames_in(sent).starts_with("c1 "));
}

TEST_CASE("7692 8: a program chooses for each message whether it is compressed")
{
    server other{{.deflate = always}};
    other.take(browser_request);
    other.leave();
    CHECK(other.ws().send(text) == error::none);
    CHECK(support::to_hex(other.leave()).starts_with("c1 "));
    other.ws().extension_encoder().compress(deflate_when::never);
    CHECK(other.ws().send(text) == error::none);
    CHECK(support::to_hex(other.leave()).starts_with("81 "));
    other.ws().extension_encoder().compress(deflate_when::large_enough); // 64 bytes
    CHECK(other.ws().send(std::string(63, 'a')) == error::none);
    CHECK(support::to_hex(other.leave()).starts_with("81 "));
    CHECK(other.ws().send(std::string(64, 'a')) == error::none);
    CHECK(support::to_hex(other.leave()).starts_with("c1 "));
}

TEST_CASE("deflate_extension: the memory that it needs is that of the library, of the codec and of the buffer")
{
    using options = reference_deflate::options;
    reference_library::deflater shared{{}, {}};
    constexpr std::size_t codec = sizeof(reference_library::inflater) + sizeof(reference_library::deflater);
    for (const auto& [choice, of_library] : {
             std::pair<options, std::size_t>{{.memory_level = 3, .output_size = 17}, 1515003},
             {{.send_window_bits = 10, .receive_window_bits = 9, .memory_level = 3, .output_size = 17}, 1015003},
             {{.receive_window_bits = 9, .receive_window_required = true, .memory_level = 3, .output_size = 17},
              1509003},
             {{.receive_window_bits = 9, .receive_window_required = true, .output_size = 17, .shared = &shared}, 9000},
         }) {
        const std::size_t rest = reference_deflate::memory_needed(choice) - of_library;
        CHECK(rest >= codec + 17);
        CHECK(rest < codec + 17 + 4 * alignof(std::max_align_t));
    }
}

TEST_CASE("deflate_extension: works without a websocket, and begins anew each time")
{
    reference_deflate of_server{always};
    reference_deflate::decoder in;
    reference_deflate::encoder out;
    const auto answer_to = [&](std::string_view offers) {
        const auto answer = of_server.accept_offer(extension_cursor{offers}, in, out);
        return std::string{answer.view()};
    };
    CHECK(answer_to("mystery, permessage-deflate") == "permessage-deflate");
    CHECK((in.reserved_bits() == frame_header::rsv1 && out.reserved_bits() == frame_header::rsv1));
    for (const std::string_view offers : {"", "mystery", "permessage-deflate; mystery", "permessage-deflate, ;"}) {
        in = {};
        out = {};
        CHECK(answer_to(offers).empty());
        CHECK((in.reserved_bits() == 0 && out.reserved_bits() == 0));
    }
    CHECK(answer_to("permessage-deflate") == "permessage-deflate");

    reference_deflate of_client{always};
    CHECK(of_client.check_answer(extension_cursor{"permessage-deflate"}, in, out) == error::none);
    CHECK((in.reserved_bits() == frame_header::rsv1 && out.reserved_bits() == frame_header::rsv1));
    in = {};
    out = {};
    CHECK(of_client.check_answer(extension_cursor{"permessage-deflate, ;"}, in, out) == error::extensions_invalid);
    CHECK(of_client.check_answer(extension_cursor{""}, in, out) == error::none);
    CHECK((in.reserved_bits() == 0 && out.reserved_bits() == 0));
    of_client.reset();
    of_client.reset();
}

/// Offers no parameter, which no options of `deflate_extension` do, and answers with one that was not offered.
struct own_deflate : reference_deflate {
    using reference_deflate::reference_deflate;
    static constexpr deflate_parameters offered{.client_max_window_bits = 0};

    [[nodiscard]] static deflate_text<1> offer() noexcept { return offer_deflate({offered}); }
    [[nodiscard]] error check_answer(extension_cursor answer, decoder& in, encoder& out) noexcept
    {
        reset();
        negotiated_deflate negotiated;
        if (const error e = check_deflate_answer(answer, std::span{&offered, 1}, negotiated); failed(e))
            return e;
        return open(negotiated, role::client, in, out) ? error::none : error::no_memory;
    }
    [[nodiscard]] deflate_text<1> accept_offer(extension_cursor offers, decoder& in, encoder& out) noexcept
    {
        using policy = deflate_accept_options;
        reset();
        deflate_text<1> answer;
        negotiated_deflate negotiated;
        REQUIRE(accept_deflate_offer(
                    offers, {.server_no_context_takeover = true, .server_parameters = policy::announcement::always},
                    answer, negotiated) == error::none);
        REQUIRE(open(negotiated, role::server, in, out));
        return answer;
    }
};

TEST_CASE("deflate_extension: a derived one negotiates in its own way, with the same codec")
{
    end<role::client, own_deflate> one{{.deflate = always}};
    end<role::server, own_deflate> other{{.deflate = always}};
    other.on_event = [](auto& ws, const event& e) {
        if (e.kind() == event_kind::request)
            REQUIRE(ws.accept() == error::none);
        if (e.kind() == event_kind::message)
            REQUIRE(ws.send(e.text()) == error::none);
    };
    one.on_event = [](auto& ws, const event& e) {
        if (e.kind() == event_kind::open) {
            CHECK(find_field(ws.response().fields, "Sec-WebSocket-Extensions") ==
                  "permessage-deflate; server_no_context_takeover");
            REQUIRE(ws.send(text) == error::none);
        }
        if (e.kind() == event_kind::message)
            ws.close();
    };
    connect(one, "ws://h/");
    const auto all = [](std::size_t) { return ~std::size_t{0}; };
    carry(one, other, all, all);
    one.end_of_input();
    CHECK(one.log() == strings{"open \"\"", "text \"" + text + '"', "close 1005 clean"});
    CHECK(frames_in(one.sent()).starts_with("c1 "));
    CHECK(frames_in(other.sent()).starts_with("c1 "));
}

} // namespace
