// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/exact_block.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/frame/close_payload.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace sockless;
using support::byte_vector;
using support::bytes_of;
using support::close_body;
using support::to_hex;

constexpr close_code decoded_by_the_compiler()
{
    const std::array bytes{std::byte{0x03}, std::byte{0xE8}, std::byte{'o'}, std::byte{'k'}};
    close_payload out;
    return failed(decode_close(bytes, out)) || out.reason.size() != 2 ? close_code::abnormal : out.code;
}
static_assert(decoded_by_the_compiler() == close_code::normal);
static_assert(close_payload::max_reason == 123);

error decoded(std::span<const std::byte> payload, close_payload& out)
{
    return decode_close(support::exact_block{payload}.bytes(), out);
}

error error_of(std::span<const std::byte> payload)
{
    close_payload out;
    return decoded(payload, out);
}

TEST_CASE("6455 5.5.1: an empty payload is a close without a code, reported as 1005",
          "[6455-5.5.1-01][6455-7.1.5-02][6455-7.1.6-01]")
{
    close_payload out{close_code::normal, support::example_key.bytes};
    CHECK(decode_close({}, out) == error::none);
    CHECK(out.code == close_code::no_status);
    CHECK(out.reason.empty());
}

TEST_CASE("6455 5.5.1: the first two bytes are the code, the remaining ones are the reason",
          "[6455-5.5.1-02][6455-5.5.1-03][6455-7.1.6-01]")
{
    const byte_vector payload = close_body(1000, "bye");
    CHECK(to_hex(payload) == "03 e8 62 79 65");
    close_payload out;
    CHECK(decode_close(payload, out) == error::none);
    CHECK(out.code == close_code::normal);
    CHECK(as_text(out.reason) == "bye");
    CHECK(out.reason.data() == payload.data() + 2);
    CHECK(error_of(close_body(4999, std::string(123, 'x'))) == error::none);
}

TEST_CASE("6455 5.5.1: a payload of one byte fails with close_payload_truncated", "[6455-5.5.1-02][CLS-1]")
{
    for (unsigned byte = 0; byte < 256; ++byte)
        CHECK(error_of(byte_vector{static_cast<std::byte>(byte)}) == error::close_payload_truncated);
}

TEST_CASE("6455 7.4: a code that is not valid in a frame fails with close_code_not_on_wire",
          "[6455-7.4.1-05][6455-7.4.1-06][6455-7.4.1-07][6455-7.4.1-14][6455-7.4.2-01][6455-7.4.2-02][6455-7.4.2-05]"
          "[CLS-1]")
{
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        const bool good =
            (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
        close_payload out;
        const error e = decode_close(close_body(code), out);
        if (e != (good ? error::none : error::close_code_not_on_wire) ||
            (good && static_cast<unsigned>(out.code) != code))
            FAIL(code);
    }
}

TEST_CASE("6455 5.5.1, 8.1: a reason that is not UTF-8 fails with close_reason_not_utf8",
          "[6455-5.5.1-04][6455-8.1-01][UTF8-3]")
{
    for (const std::string_view hex : {"ff", "c3", "80", "ed a0 80", "c0 80", "f4 90 80 80", "41 e2 82"}) {
        INFO(hex);
        CHECK(error_of(support::join({close_body(1000), bytes_of(hex)})) == error::close_reason_not_utf8);
    }
    CHECK(error_of(close_body(1000, "\xC3\xA9")) == error::none);
}

TEST_CASE("6455 5.5.1: an error does not change the output")
{
    close_payload out{close_code::timeout, support::example_key.bytes};
    for (const byte_vector& payload : {bytes_of("03"), bytes_of("03 ec"), bytes_of("03 e8 ff")}) {
        CHECK(decode_close(payload, out) != error::none);
        CHECK(out.code == close_code::timeout);
        CHECK(out.reason.size() == 4);
    }
}

TEST_CASE("6455 5.5.1: a byte order mark at the start of a reason and a NUL at its end are kept",
          "[WHATWG-feedback-06]")
{
    close_payload out;
    const byte_vector payload = close_body(1000, std::string_view{"\xEF\xBB\xBFx\0", 5});
    CHECK(decode_close(payload, out) == error::none);
    CHECK(as_text(out.reason) == std::string_view{"\xEF\xBB\xBFx\0", 5});
}

TEST_CASE("6455 5.5.1: a close is written as its code, then its reason", "[6455-7.1.2-01][WHATWG-close-06]")
{
    byte_vector out(6, std::byte{0xEE});
    CHECK(encode_close(role::server, close_code::normal, "bye", out) == error::none);
    CHECK(to_hex(out) == "03 e8 62 79 65 ee");
    const support::exact_block exact{byte_vector(125)};
    const std::string longest(123, 'r');
    CHECK(encode_close(role::client, static_cast<close_code>(4999), longest, exact.bytes()) == error::none);
    CHECK(to_hex(exact.bytes().first(3)) == "13 87 72");
}

TEST_CASE(
    "6455 7.4: a code that this endpoint may not send is rejected with close_code_not_sendable, and nothing is written",
    "[6455-7.4.1-05][6455-7.4.1-06][6455-7.4.1-07][6455-7.4.1-12][6455-7.4.1-14][6455-7.4.2-01][6455-7.4.2-02]"
    "[6455-7.4.2-05][CLS-3]")
{
    byte_vector out(2, std::byte{0xEE});
    for (unsigned code = 0; code <= 0xFFFF; ++code) {
        for (const role self : support::both_roles) {
            const auto value = static_cast<close_code>(code);
            const error e = encode_close(self, value, "", out);
            const bool good = detail::may_send(self, value);
            if (e != (good ? error::none : error::close_code_not_sendable) ||
                to_hex(out) != (good ? to_hex(close_body(code)) : "ee ee"))
                FAIL(code);
            out.assign(2, std::byte{0xEE});
        }
    }
}

TEST_CASE(
    "6455 5.5.1: a reason of 123 bytes is accepted, one of 124 is rejected with reason_too_long: bytes, not characters",
    "[6455-5.5.1-03][6455-5.5-03][WHATWG-close-02][CLS-3]")
{
    byte_vector out(200, std::byte{0xEE});
    CHECK(encode_close(role::client, close_code::normal, std::string(123, 'a'), out) == error::none);
    out.assign(200, std::byte{0xEE});
    CHECK(encode_close(role::client, close_code::normal, std::string(124, 'a'), out) == error::reason_too_long);
    std::string characters;
    while (characters.size() < 124)
        characters += "\xC3\xA9";
    CHECK(encode_close(role::client, close_code::normal, characters, out) == error::reason_too_long);
    CHECK(out == byte_vector(200, std::byte{0xEE}));
}

TEST_CASE("6455 5.5.1: a reason that is not UTF-8 is rejected with reason_not_utf8", "[6455-5.5.1-04][CLS-3]")
{
    byte_vector out(10, std::byte{0xEE});
    CHECK(encode_close(role::server, close_code::normal, "\xC3", out) == error::reason_not_utf8);
    CHECK(encode_close(role::server, close_code::normal, "a\xFF", out) == error::reason_not_utf8);
    CHECK(out == byte_vector(10, std::byte{0xEE}));
}

TEST_CASE("6455 5.5.1: there is no reason without a code", "[6455-5.5.1-05][WHATWG-close-08]")
{
    byte_vector out(10, std::byte{0xEE});
    for (const role self : support::both_roles)
        CHECK(encode_close(self, close_code::no_status, "why", out) == error::close_code_not_sendable);
    CHECK(out == byte_vector(10, std::byte{0xEE}));
}

TEST_CASE("A20: a reason is cut to 123 bytes, between two characters", "[6455-5.5-03]")
{
    constexpr auto truncated_reason = [](std::string_view text) { return close_payload::truncated_reason(text); };
    static_assert(truncated_reason("bye") == "bye");
    for (const std::string_view character : {"x", "\u00e4", "\u20ac", "\U0001F600"})
        for (std::size_t before = 115; before < 130; ++before) {
            const std::string text = std::string(before, 'x') + std::string{character} + "end";
            const std::string_view cut = truncated_reason(text);
            CHECK(cut.data() == text.data());
            CHECK(cut.size() <= 123);
            CHECK(sockless::is_utf8(as_bytes(cut)));
            CHECK((cut.size() == text.size() || cut.size() + character.size() > 123));
            std::array<std::byte, 125> buffer{};
            CHECK(encode_close(role::server, close_code::normal, cut, buffer) == error::none);
        }
    CHECK(truncated_reason(std::string(200, '\x80')).size() == 120); // not UTF-8, which `encode_close` reports
}

} // namespace
