// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The inspector's C++ part without a browser, with zlib in place of the page's inflater.
#include "inspector/inspect.hpp"
#include "inspector/json.hpp"
#include "support/catch.hpp"
#include "support/describe_deflate.hpp"
#include "support/event_lines.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"
#include "support/vectors.hpp"

#include <sockless/with_zlib.hpp>

#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using inspector::head_result;
using inspector::item;
using inspector::item_kind;
using inspector::options;
using inspector::report;
using inspector::stream;
using sockless::error;
using sockless::role;
using support::byte_vector;
using support::bytes_of;
using support::vector_case;
using strings = std::vector<std::string>;

constexpr std::string_view deflate = "permessage-deflate";

report inspect(const byte_vector& client, const byte_vector& server, const options& wanted = {})
{
    return inspector::inspect<sockless::zlib_inflater>(client, server, wanted);
}
stream from(role sender, const byte_vector& bytes, const options& wanted = {})
{
    return sender == role::client ? inspect(bytes, {}, wanted).from_client : inspect({}, bytes, wanted).from_server;
}

std::string line_of(const item& one)
{
    const std::span<const std::byte> payload = sockless::as_bytes(one.payload);
    switch (one.kind) {
    case item_kind::text: return support::text_line(payload);
    case item_kind::binary: return support::binary_line(payload);
    case item_kind::ping: return support::ping_line(payload);
    case item_kind::pong: return support::pong_line(payload);
    case item_kind::close: break;
    }
    return support::close_line(one.code, one.payload);
}
strings lines_of(const stream& one)
{
    strings result;
    for (const item& each : one.items)
        result.push_back(line_of(each));
    if (failed(one.broken.rule))
        result.push_back(support::error_line(one.broken.rule));
    return result;
}

/// Everything, and no guess.
options all_of(inspector::beginning begins_with)
{
    options result;
    result.begins_with = begins_with;
    result.max_blocks = result.max_preview = 1U << 20U;
    return result;
}

TEST_CASE("inspector: every vector of frames gives its events and its error")
{
    std::size_t cases = 0;
    for (const std::string& file : support::vector_files("frames")) {
        for (const vector_case& one : support::load_vectors(file)) {
            INFO(one.where << ": " << one.name);
            options wanted = all_of(inspector::beginning::frame);
            wanted.limits = one.limits;
            wanted.client_ended = wanted.server_ended = one.transport_ends;
            const stream found = from(one.role == role::server ? role::client : role::server, one.in, wanted);
            CHECK(lines_of(found) == one.events);
            if (failed(found.broken.rule) && found.broken.rule != error::connection_lost) {
                CHECK(found.broken.where.begin < found.broken.where.end);
                CHECK(found.broken.where.end <= one.in.size());
                CHECK(!inspector::clause_of(to_string(found.broken.rule)).empty());
            }
            ++cases;
        }
    }
    CHECK(cases > 100);
}

std::string joined(const strings& names)
{
    std::string result;
    for (const std::string& each : names)
        (result += result.empty() ? "" : ", ") += each;
    return result;
}

/// The request to which a vector's response is an answer.
byte_vector request_of(const vector_case& one)
{
    std::string request =
        "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    if (!one.subprotocols.empty())
        request += "Sec-WebSocket-Protocol: " + joined(one.subprotocols) + "\r\n";
    if (!one.extensions.empty())
        request += "Sec-WebSocket-Extensions: " + one.extensions + "\r\n";
    return support::text(request + "\r\n");
}

strings head_lines(const stream& one)
{
    switch (one.head) {
    case head_result::request: return {"request"};
    case head_result::plain_request: return {"plain"};
    case head_result::open: return {one.subprotocol.empty() ? "open" : "open " + one.subprotocol};
    case head_result::refused: return {"refused " + std::to_string(one.status)};
    case head_result::failed: return {support::error_line(one.broken.rule)};
    case head_result::none:
    case head_result::incomplete: break;
    }
    return {};
}

TEST_CASE("inspector: every vector of a handshake gives its events and its error")
{
    std::size_t cases = 0;
    for (const std::string& file : support::vector_files("handshakes")) {
        for (const vector_case& one : support::load_vectors(file)) {
            INFO(one.where << ": " << one.name);
            const bool server = one.role == role::server;
            const options wanted = all_of(inspector::beginning::head);
            const report found = server ? inspect(one.in, {}, wanted) : inspect(request_of(one), one.in, wanted);
            const stream& direction = server ? found.from_client : found.from_server;
            strings lines = head_lines(direction);
            if (direction.head == head_result::request && one.accepts_deflate)
                lines.push_back(support::describe(found.offered, role::server));
            if (direction.head == head_result::open && one.extensions.find(deflate) != std::string::npos)
                lines.push_back(support::describe(found.deflate, role::client));
            // The rules of permessage-deflate are checked after the connection is open.
            strings expected = one.events;
            if (expected.size() == 2 && expected[1].starts_with("error "))
                expected.erase(expected.begin());
            CHECK(lines == expected);
            if (direction.head != head_result::failed && !one.events.empty())
                CHECK(direction.blocks.at(0).where.end + one.rest.size() == one.in.size());
            else
                CHECK(direction.broken.where.begin < direction.broken.where.end);
            ++cases;
        }
    }
    CHECK(cases > 20);
}

struct example {
    const char* name;
    const char* bytes;
    role sender;
    const char* event;
};

TEST_CASE("inspector: the examples of RFC 6455 5.7 and RFC 7692 7.2.3")
{
    const example one = GENERATE(values<example>({
        {"5.7 unmasked text", "81 05 48 65 6c 6c 6f", role::server, R"(text "Hello")"},
        {"5.7 masked text", "81 85 37 fa 21 3d 7f 9f 4d 51 58", role::client, R"(text "Hello")"},
        {"5.7 two frames", "01 03 48 65 6c 80 02 6c 6f", role::server, R"(text "Hello")"},
        {"5.7 ping", "89 05 48 65 6c 6c 6f", role::server, "ping 48 65 6c 6c 6f"},
        {"5.7 pong", "8a 85 37 fa 21 3d 7f 9f 4d 51 58", role::client, "pong 48 65 6c 6c 6f"},
        {"7.2.3.1 one frame", "c1 07 f2 48 cd c9 c9 07 00", role::server, R"(text "Hello")"},
        {"7.2.3.1 two frames", "41 03 f2 48 cd 80 04 c9 c9 07 00", role::server, R"(text "Hello")"},
        {"7.2.3.2 the window", "c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00", role::server, R"(text "Hello")"},
        {"7.2.3.3 no compression", "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00", role::server, R"(text "Hello")"},
        {"7.2.3.4 a final block", "c1 08 f3 48 cd c9 c9 07 00 00", role::server, R"(text "Hello")"},
        {"7.2.3.5 two blocks", "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00", role::server, R"(text "Hello")"},
        {"7.2.3.6 an empty message", "c1 01 00", role::server, R"(text "")"},
    }));
    INFO(one.name);
    options wanted;
    wanted.extensions = deflate;
    const stream found = from(one.sender, bytes_of(one.bytes), wanted);
    CHECK(found.broken.rule == error::none);
    REQUIRE(!found.items.empty());
    for (const item& each : found.items)
        CHECK(line_of(each) == one.event);
    CHECK(found.items.at(0).compressed == (one.name[0] == '7'));
}

TEST_CASE("inspector: 256 and 65536 bytes, in the other forms of the length")
{
    for (const std::size_t size : {std::size_t{256}, std::size_t{65536}}) {
        const byte_vector header = bytes_of(size == 256 ? "82 7e 01 00" : "82 7f 00 00 00 00 00 01 00 00");
        const stream found = from(role::server, support::join({header, support::repeat(size, 'Z')}));
        CHECK(found.broken.rule == error::none);
        CHECK(found.items.at(0).size == size);
        CHECK(found.items.at(0).payload.size() == (size < 4096 ? size : 4096));
        const inspector::field& length = found.blocks.at(0).fields.at(4);
        CHECK(length.name == "payload length");
        CHECK(length.value == std::to_string(size));
        CHECK(length.where.end == header.size());
    }
}

TEST_CASE("inspector: the fields of a masked frame")
{
    const stream found = from(role::client, bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
    REQUIRE(found.blocks.size() == 1);
    strings lines;
    for (const inspector::field& each : found.blocks[0].fields)
        lines.push_back(each.name + " " + std::to_string(each.where.begin) + "-" + std::to_string(each.where.end) +
                        " " + each.value);
    CHECK(lines == strings{"FIN 0-1 1", "RSV1, RSV2, RSV3 0-1 000", "opcode 0-1 1", "MASK 1-2 1",
                           "payload length 1-2 5", "masking key 2-6 37 fa 21 3d", R"(payload 6-11 "Hello")"});
    CHECK(found.blocks[0].title == "text, FIN, masked, 5 bytes");
}

struct fault {
    const char* bytes;
    role sender;
    error rule;
    std::size_t begin;
    std::size_t end;
};

TEST_CASE("inspector: a malformed frame gives the rule and the position")
{
    const fault one = GENERATE(values<fault>({
        {"c1 00", role::server, error::reserved_bit_set, 0, 1},
        {"83 00", role::server, error::reserved_opcode, 0, 1},
        {"81 00 80 00", role::server, error::unexpected_continuation, 2, 3},
        {"81 05 48", role::client, error::mask_missing, 1, 2},
        {"81 85 00", role::server, error::mask_unexpected, 1, 2},
        {"82 7e 00 7d", role::server, error::length_not_minimal, 1, 4},
        {"82 7f 80 00 00 00 00 00 00 00", role::server, error::length_out_of_range, 1, 10},
        {"82 7f 00 00 00 00 7f ff ff ff", role::server, error::frame_too_large, 1, 10},
        {"89 7e 00 7e", role::server, error::control_frame_too_long, 1, 2},
        {"09 00", role::server, error::control_frame_fragmented, 0, 1},
        {"88 01 03", role::server, error::close_payload_truncated, 2, 3},
        {"88 02 03 ed", role::server, error::close_code_not_on_wire, 2, 4},
        {"88 04 03 e8 41 ff", role::server, error::close_reason_not_utf8, 5, 6},
        {"88 84 01 02 03 04 02 ea 42 fb", role::client, error::close_reason_not_utf8, 9, 10},
        {"88 04 03 e8 41 c3", role::server, error::close_reason_not_utf8, 5, 6},
        {"81 03 41 c3 41", role::server, error::text_not_utf8, 4, 5},
        {"01 02 41 c3 80 00", role::server, error::text_not_utf8, 5, 6},
        {"81 83 01 02 03 04 40 fd 40", role::client, error::text_not_utf8, 7, 8},
    }));
    INFO(one.bytes);
    const stream found = from(one.sender, bytes_of(one.bytes));
    CHECK(found.broken.rule == one.rule);
    CHECK(found.broken.where.begin == one.begin);
    CHECK(found.broken.where.end == one.end);
}

TEST_CASE("inspector: the position in a text is that in the message, fragments and inflated bytes included")
{
    CHECK(from(role::server, bytes_of("01 03 41 42 c3 80 01 41")).broken.detail ==
          "the byte at offset 3 of the message cannot follow the bytes before it");
    CHECK(from(role::server, bytes_of("81 02 41 c3")).broken.detail == "the end of the message is inside a character");
    options wanted;
    wanted.extensions = deflate;
    const stream inflated = from(role::server, bytes_of("c1 08 00 02 00 fd ff 41 ff 00"), wanted);
    CHECK(inflated.broken.rule == error::text_not_utf8);
    CHECK(inflated.broken.detail == "the byte at offset 1 of the inflated message cannot follow the bytes before it");
    const stream invalid = from(role::server, bytes_of("c1 02 07 00"), wanted);
    CHECK(invalid.broken.rule == error::extension_data_invalid);
    CHECK(invalid.broken.where.begin == 2);
}

byte_vector request_with(std::string_view lines)
{
    return support::text("GET / HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n");
}

TEST_CASE("inspector: a malformed head gives the rule and the position")
{
    const stream space = from(role::client, request_with("Upgrade : websocket\r\n"));
    CHECK(space.broken.rule == error::field_name_space);
    CHECK(space.broken.where.begin == 32);
    CHECK(space.answer == "HTTP/1.1 400 Bad Request");

    const std::string_view rest = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    const stream key = from(role::client, request_with(std::string{rest} + "Sec-WebSocket-Key: short\r\n"));
    CHECK(key.broken.rule == error::key_invalid);
    CHECK(key.broken.where.begin == 25 + rest.size());

    const report response =
        inspect(request_of({}), support::text("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                              "Sec-WebSocket-Accept: AAAALMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
    CHECK(response.from_server.broken.rule == error::accept_mismatch);
    CHECK(response.from_server.broken.where.begin == 57);
    CHECK(response.from_server.broken.detail == "the key requires s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("inspector: a compressed conversation, negotiated by its handshake")
{
    vector_case offer;
    offer.extensions = "permessage-deflate; client_max_window_bits";
    const byte_vector request = support::join({request_of(offer), bytes_of("c1 87 00 00 00 00 f2 48 cd c9 c9 07 00")});
    const byte_vector response =
        support::join({support::text("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                     "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9\r\n\r\n"),
                       bytes_of("c1 05 f2 00 11 00 00")}); // refers to a message that was not sent
    const report found = inspect(request, response);
    CHECK(lines_of(found.from_client) == strings{R"(text "Hello")"});
    CHECK(found.deflate.from_client.window_bits == 9);
    CHECK(lines_of(found.from_server) == strings{"error extension_data_invalid"});
}

TEST_CASE("inspector: what is inflated is bounded")
{
    options wanted;
    wanted.extensions = deflate;
    wanted.max_inflated = 1000;
    // A stored block of 600 bytes, twice.
    const byte_vector block =
        support::join({bytes_of("c2 7e 02 5e 00 58 02 a7 fd"), support::repeat(600, 'x'), bytes_of("00")});
    const stream found = from(role::server, support::join({block, block}), wanted);
    CHECK(found.items.size() == 1);
    REQUIRE(found.notes.size() == 1);
    CHECK(found.unread > 0);
    wanted.limits.message_bytes = 500;
    CHECK(from(role::server, block, wanted).broken.rule == error::message_too_large);
}

/// One input: bytes of all kinds, or a mutation of a valid beginning.
byte_vector random_input(support::random_numbers& random)
{
    static const std::vector<byte_vector> seeds{
        request_of({}),
        support::text(
            "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate; a=\"b\"\r\n\r\n"),
        bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58 88 82 00 00 00 00 03 e8"),
        bytes_of("01 03 48 65 6c 89 00 80 02 6c 6f 88 02 03 e8"),
        bytes_of("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00"),
        bytes_of("c1 87 00 00 00 00 f2 48 cd c9 c9 07 00")};
    byte_vector result;
    for (std::size_t parts = 1 + random.below(3); parts > 0; --parts) {
        byte_vector part = random.below(4) == 0 ? random.bytes(random.below(64)) : seeds[random.below(seeds.size())];
        for (std::size_t changes = random.below(4); changes > 0 && !part.empty(); --changes)
            part[random.below(part.size())] = random.bytes(1)[0];
        part.resize(random.below(3) == 0 ? random.below(part.size() + 1) : part.size());
        result.insert(result.end(), part.begin(), part.end());
    }
    return result;
}

TEST_CASE("inspector: random input gives a bounded report with ranges inside of the input")
{
    const char* const setting = std::getenv("SOCKLESS_INSPECTOR_ROUNDS");
    const unsigned long rounds = setting != nullptr ? std::strtoul(setting, nullptr, 10) : 4000;
    support::random_numbers random{rounds};
    for (unsigned long i = 0; i < rounds; ++i) {
        const byte_vector client = random_input(random);
        const byte_vector server = random_input(random);
        options wanted;
        wanted.begins_with = static_cast<inspector::beginning>(random.below(3));
        wanted.client_ended = random.below(2) == 0;
        wanted.max_blocks = 1 + random.below(20);
        if (random.below(2) == 0)
            wanted.extensions = deflate;
        const report found = inspect(client, server, wanted);
        bool inside = true;
        for (const stream* one : {&found.from_client, &found.from_server}) {
            inside = inside && one->blocks.size() <= wanted.max_blocks && one->items.size() <= wanted.max_blocks;
            inside = inside && one->broken.where.begin <= one->broken.where.end && one->broken.where.end <= one->size;
            for (const inspector::block& block : one->blocks)
                for (const inspector::field& each : block.fields)
                    inside = inside && each.where.begin >= block.where.begin && each.where.begin <= each.where.end &&
                             each.where.end <= block.where.end;
        }
        const std::string json = inspector::json_writer{}.write(found);
        INFO(support::to_hex(client) << " / " << support::to_hex(server));
        REQUIRE(inside);
        REQUIRE(sockless::is_utf8(json));
        REQUIRE(json.size() < 64 * (client.size() + server.size()) + 100'000);
    }
}

} // namespace
