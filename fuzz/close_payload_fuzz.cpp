// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Parses any bytes as the payload of a close frame, and formats any code and reason as one.
#include "watch.hpp"

#include "reference/utf8.hpp"
#include "support/exact_block.hpp"

#include <sockless/frame/close_payload.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using fuzz::require;
using sockless::close_code;
using sockless::error;
using sockless::role;

bool is_text(std::span<const std::byte> bytes)
{
    const reference::utf8_prefix text = reference::longest_utf8_prefix(bytes);
    return text.size == bytes.size() && text.complete;
}

/// RFC 6455 7.4 and the registry.
bool is_assigned(unsigned code)
{
    constexpr std::array named{1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U, 1014U};
    return std::find(named.begin(), named.end(), code) != named.end() || code / 1000 == 3 || code / 1000 == 4;
}

void decode(std::span<const std::byte> payload)
{
    const support::exact_block block{payload};
    sockless::close_payload out{close_code::going_away, {}};
    const error e = fuzz::core([&] { return decode_close(block.bytes(), out); });
    if (payload.empty()) {
        require(e == error::none && out.code == close_code::no_status && out.reason.empty(),
                "an empty payload means 1005");
        return;
    }
    if (payload.size() == 1) {
        require(e == error::close_payload_truncated, "one byte is half a code");
        return;
    }
    const unsigned code = std::to_integer<unsigned>(payload[0]) << 8U | std::to_integer<unsigned>(payload[1]);
    const error wanted = !is_assigned(code)             ? error::close_code_not_on_wire
                         : !is_text(payload.subspan(2)) ? error::close_reason_not_utf8
                                                        : error::none;
    require(e == wanted, "the code is checked before the reason");
    if (failed(e)) {
        require(out.code == close_code::going_away && out.reason.empty(), "an error changes nothing");
        return;
    }
    require(static_cast<unsigned>(out.code) == code, "the code is in network order");
    require(out.reason.size() == payload.size() - 2 &&
                (out.reason.empty() || out.reason.data() == block.bytes().data() + 2),
            "the reason follows the code");
    fuzz::touch(out.reason);
}

void encode(role sender, unsigned code, std::span<const std::byte> reason)
{
    const std::array<std::byte, sockless::frame_header::max_control_payload> untouched{std::byte{0x5A}};
    std::array<std::byte, sockless::frame_header::max_control_payload> out = untouched;
    const support::exact_block block{reason};
    const auto value = static_cast<close_code>(static_cast<std::uint16_t>(code));
    const error e = fuzz::core([&] { return encode_close(sender, value, sockless::as_text(block.bytes()), out); });
    const bool sendable = is_assigned(code) && !(sender == role::server && code == 1010);
    const error wanted = !sendable             ? error::close_code_not_sendable
                         : reason.size() > 123 ? error::reason_too_long
                         : !is_text(reason)    ? error::reason_not_utf8
                                               : error::none;
    require(e == wanted, "a valid close frame is written");
    if (failed(e)) {
        require(out == untouched, "an error writes nothing");
        return;
    }
    sockless::close_payload read;
    const std::span<const std::byte> written = std::span{out}.first(2 + reason.size());
    require(decode_close(written, read) == error::none && read.code == value, "a written payload can be parsed");
    require(std::equal(read.reason.begin(), read.reason.end(), reason.begin(), reason.end()),
            "the parsed reason is the written one");
}

void body(std::span<const std::byte> input)
{
    decode(input.first(std::min(input.size(), sockless::frame_header::max_control_payload)));
    fuzz::decisions in{input};
    const unsigned high = in.byte();
    const unsigned code = high << 8U | in.byte();
    encode(role::server, code, in.rest());
    encode(role::client, code, in.rest());
}

const fuzz::target here{"close_payload", body};

} // namespace
