// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The encoder over a backend that stores and supports only one reference.
#include "deflate_subject.hpp"
#include "reference_backend.hpp"
#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/deflate/encoder.hpp>

#include <type_traits>

namespace {

using namespace deflate_test;
using sockless::deflate_when;
using sockless::error;
using sockless::opcode;
using support::bytes_of;
using support::to_hex;

using encoder = sockless::deflate_encoder<reference::deflater>;
static_assert(sockless::message_encoder<encoder>);
static_assert(std::is_trivially_copyable_v<encoder>);
static_assert(sizeof(encoder) <= 32);

template <role Self = role::server>
using end = end_point<reference_backend, Self>;

std::string hello_from(auto& ws)
{
    return to_hex(written_by(ws, [](auto& w, auto& tx) { return w.send_text(tx, "Hello"); }));
}

constexpr const char* stored = "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00";
constexpr const char* repeated = "c1 04 02 13 00 00"; // refers to the five bytes before

} // namespace

TEST_CASE("7692 7.2.3.3, 6.1: a compressed message has RSV1 and its opcode, and no tail",
          "[7692-5-16][7692-6.1-01][7692-6.1-05][7692-7.2.1-01][7692-7.2.3.3-01]")
{
    end<> server{agreed()};
    CHECK(hello_from(server.ws()) == stored);
    end<> another{agreed()};
    CHECK(to_hex(written_by(another.ws(), [](auto& ws, auto& tx) {
              return ws.send_binary(tx, support::text("Hi"));
          })) == "c2 08 00 02 00 fd ff 48 69 00");
    end<role::client> client{agreed()};
    CHECK(hello_from(client.ws()) == "c1 8b 00 00 00 00 00 05 00 fa ff 48 65 6c 6c 6f 00");
}

TEST_CASE("7692 7.2.1, 7.2.3.6: only the last piece of a message loses its tail",
          "[7692-6.1-01][7692-7.2.1-04][zlib-flush-01]")
{
    end<> server{agreed()};
    const byte_vector bytes = written_by(server.ws(), [](auto& ws, auto& tx) {
        CHECK(ws.begin_message(opcode::text) == error::none);
        CHECK(ws.send_fragment(tx, support::text("He")) == error::none);
        CHECK(ws.send_fragment(tx, {}) == error::none);
        CHECK(ws.ping(tx) == error::none); // RFC 7692 6.1: never compressed
        return ws.end_message(tx, support::text("llo"));
    });
    CHECK(to_hex(bytes) == to_hex(bytes_of("41 0c 00 02 00 fd ff 48 65 00 00 00 ff ff | 00 00 | 89 00 |"
                                           "80 09 00 03 00 fc ff 6c 6c 6f 00")));
    const byte_vector open_end = written_by(server.ws(), [](auto& ws, auto& tx) {
        CHECK(ws.begin_message(opcode::binary) == error::none);
        CHECK(ws.send_fragment(tx, support::text("Hi")) == error::none);
        return ws.end_message(tx);
    });
    CHECK(to_hex(open_end) == to_hex(bytes_of("42 0c 00 02 00 fd ff 48 69 00 00 00 ff ff | 80 01 00")));
}

TEST_CASE("7692 7.2.3.6: an empty message is one byte", "[7692-7.2.3.6-01][zlib-flush-01]")
{
    end<> server{agreed()};
    CHECK(to_hex(written_by(server.ws(), [](auto& ws, auto& tx) { return ws.send_text(tx, ""); })) == "c1 01 00");
}

TEST_CASE("7692 7.2.1: the window is kept, unless no context takeover was negotiated",
          "[7692-7.2.1-06][7692-7.2.1-07][7692-7.2.1-08][7692-7.2.1-09][7692-7.1.1.2-03]")
{
    end<> keeps{agreed(0, 0, false, true)}; // the client's parameter does not apply to the server
    CHECK(hello_from(keeps.ws()) == stored);
    CHECK(hello_from(keeps.ws()) == repeated);
    end<> forgets{agreed(0, 0, true, false)};
    CHECK(hello_from(forgets.ws()) == stored);
    CHECK(hello_from(forgets.ws()) == stored);
    end<role::client> client{agreed(0, 0, false, true)};
    const std::string first = hello_from(client.ws());
    CHECK(hello_from(client.ws()) == first);
}

TEST_CASE("7692 7.3: small messages are sent uncompressed, and so are those that the program selects",
          "[7692-6-01][7692-6.1-02][7692-7.3-02][7692-8-01]")
{
    end<> server{agreed(), {}, 16, {.threshold = 6}};
    auto& ws = server.ws();
    CHECK(hello_from(ws) == "81 05 48 65 6c 6c 6f");
    ws.extension_encoder().compress(deflate_when::always);
    CHECK(hello_from(ws) == stored);
    ws.extension_encoder().compress(deflate_when::never);
    CHECK(hello_from(ws) == "81 05 48 65 6c 6c 6f");
    ws.extension_encoder().compress(deflate_when::always);
    CHECK(hello_from(ws) == repeated); // what went out plain is not in the window
    ws.extension_encoder().compress(deflate_when::large_enough);
    CHECK(to_hex(written_by(ws, [](auto& w, auto& tx) { return w.send_text(tx, "Hello!"); })).starts_with("c1"));
}

TEST_CASE("7692 6: an endpoint without negotiated parameters does not compress", "[7692-5-14]")
{
    reference::deflater deflater;
    const sockless::deflate_send_options always{.when = deflate_when::always};
    CHECK(encoder{}.reserved_bits() == 0);
    CHECK(encoder{deflater, sockless::negotiated_deflate{}.sent_by(role::server), always}.reserved_bits() == 0);
    end<> server{sockless::negotiated_deflate{}};
    CHECK(hello_from(server.ws()) == "81 05 48 65 6c 6c 6f");
}

TEST_CASE("7692 7.2.1: a window larger than negotiated is not used: messages are sent uncompressed",
          "[7692-7.2.1-10][7692-7.2.1-11]")
{
    reference::deflater deflater; // 15 bits
    CHECK(encoder{deflater, agreed(14).sent_by(role::server)}.reserved_bits() == 0);
    CHECK(encoder{deflater, agreed(15).sent_by(role::server)}.reserved_bits() == sockless::frame_header::rsv1);
    CHECK(encoder{deflater, agreed(8).sent_by(role::client)}.reserved_bits() == sockless::frame_header::rsv1);
}

TEST_CASE("deflate: connections that share a deflater do not see each other's data", "[7692-7.2.1-09]")
{
    reference::deflater deflater;
    using connection = sockless::connection<role::server, sockless::no_mask_keys,
                                            sockless::permessage_deflate<reference::inflater, reference::deflater>>;
    const encoder shared{deflater, agreed().from_server, {.when = deflate_when::always, .shared = true}};
    connection one{{.encoder = shared}};
    connection other{{.encoder = shared}};
    CHECK(hello_from(one) == stored);
    CHECK(hello_from(other) == stored);
    sockless::static_byte_queue<100> tx;
    REQUIRE(one.begin_message(opcode::text) == error::none);
    REQUIRE(one.send_fragment(tx, support::text("Hello")) == error::none);
    CHECK(hello_from(other) == stored);
    tx.clear();
    REQUIRE(one.end_message(tx, support::text("Hello")) == error::none);
    CHECK(to_hex(tx.data()) == "80 0b 00 05 00 fa ff 48 65 6c 6c 6f 00");
}

TEST_CASE("6455 5.1: a compressed message that does not fit changes nothing", "[7692-6.1-01]")
{
    end<> server{agreed()};
    sockless::static_byte_queue<16> small;
    CHECK(server.ws().send_text(small, "Hello") == error::no_space);
    CHECK(small.empty());
    CHECK(hello_from(server.ws()) == stored);
}

TEST_CASE("A9: a deflater and an inflater that served another connection refer to nothing of it")
{
    reference::deflater deflater;
    std::array<std::byte, 100> output{};
    const auto hello = support::text("Hello");
    const auto first_message = [&] {
        encoder one{deflater, agreed().sent_by(role::server)};
        one.begin();
        const std::size_t size = one.encode(hello, true, output);
        return to_hex(std::span{output}.first(size));
    };
    const std::string first = first_message();
    CHECK(first_message() == first);

    reference::inflater inflater;
    std::array<std::byte, 100> room{};
    sockless::deflate_decoder<reference::inflater> before{inflater, room, agreed().received_by(role::server)};
    before.begin();
    const auto stored_hello = bytes_of("00 05 00 fa ff 48 65 6c 6c 6f 00");
    REQUIRE(before.decode(stored_hello, true, 100).out.size() == 5);
    sockless::deflate_decoder<reference::inflater> after{inflater, room, agreed().received_by(role::server)};
    after.begin();
    CHECK(after.decode(bytes_of("02 13 00 00"), true, 100).failure == error::extension_data_invalid);
}
