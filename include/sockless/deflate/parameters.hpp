// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns one permessage-deflate element of Sec-WebSocket-Extensions into its four parameters and back
/// (RFC 7692 5, 7.1), and says what two ends have agreed on. It needs no compressor.
#pragma once

#include "../config.hpp"
#include "../core/role.hpp"
#include "../handshake/extension.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

inline constexpr std::string_view permessage_deflate_name = "permessage-deflate";

/// RFC 7692 7.1.2: a window has 2^8 to 2^15 bytes.
inline constexpr std::uint8_t min_window_bits = 8;
inline constexpr std::uint8_t max_window_bits = 15;

/// The parameters of one element, in an offer or in an answer.
///
/// The defaults are the offer of every browser: `permessage-deflate; client_max_window_bits`.
struct deflate_parameters {
    /// 8..15; 0: not there. 15 in an offer asks for nothing, and is not written: Boost.Beast (1.74) leaves it out of its answer.
    std::uint8_t server_max_window_bits = 0;
    /// 8..15; 0: not there. 15 in an offer is written without its value: the answer may limit the client's window.
    std::uint8_t client_max_window_bits = max_window_bits;
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;

    friend constexpr bool operator==(const deflate_parameters&, const deflate_parameters&) = default;
};

/// How the messages of one direction are compressed.
struct deflate_direction {
    std::uint8_t window_bits = max_window_bits; ///< no reference reaches further back than 2^window_bits bytes
    bool context_takeover = true;               ///< a message may refer to the ones before it
    bool in_use = false;                        ///< permessage-deflate was negotiated

    friend constexpr bool operator==(const deflate_direction&, const deflate_direction&) = default;
};

/// What both ends have agreed on: all that a codec has to know (RFC 7692 5).
struct negotiated_deflate {
    deflate_direction from_server{};
    deflate_direction from_client{};

    [[nodiscard]] constexpr bool in_use() const noexcept { return from_server.in_use; }
    /// RFC 7692 7: server_* is about what the server compresses and the client inflates, client_* about the rest.
    [[nodiscard]] constexpr deflate_direction sent_by(role end) const noexcept
    {
        return end == role::server ? from_server : from_client;
    }
    [[nodiscard]] constexpr deflate_direction received_by(role end) const noexcept
    {
        return end == role::server ? from_client : from_server;
    }

    friend constexpr bool operator==(const negotiated_deflate&, const negotiated_deflate&) = default;
};

/// What an answer means. RFC 7692 7.1.2: without a limit the window has 2^15 bytes.
[[nodiscard]] constexpr negotiated_deflate deflate_agreement(const deflate_parameters& answer) noexcept
{
    const auto direction = [](std::uint8_t bits, bool no_takeover) {
        const std::uint8_t window_bits = bits == 0 ? max_window_bits : bits;
        return deflate_direction{window_bits, !no_takeover, true};
    };
    return {direction(answer.server_max_window_bits, answer.server_no_context_takeover),
            direction(answer.client_max_window_bits, answer.client_no_context_takeover)};
}

namespace detail {

/// 8..15 in decimal without leading zeros, possibly quoted (RFC 7692 5.2, 7.1.2); 0 if it is anything else.
[[nodiscard]] constexpr std::uint8_t parse_window_bits(std::string_view value) noexcept
{
    std::array<char, 2> room{};
    const std::string_view digits = unquote(value, room);
    if (digits.size() == 1 && (digits[0] == '8' || digits[0] == '9'))
        return static_cast<std::uint8_t>(digits[0] - '0');
    if (digits.size() == 2 && digits[0] == '1' && digits[1] >= '0' && digits[1] <= '5')
        return static_cast<std::uint8_t>(10 + (digits[1] - '0'));
    return 0;
}

/// A parameter without a value that was not there before.
[[nodiscard]] constexpr bool take_flag(const extension_parameter& parameter, bool& flag) noexcept
{
    if (flag || parameter.has_value)
        return false;
    flag = true;
    return true;
}

/// A parameter with a window size that was not there before.
[[nodiscard]] constexpr bool take_window_bits(const extension_parameter& parameter, bool value_optional,
                                              std::uint8_t& bits) noexcept
{
    if (bits != 0)
        return false;
    bits = parameter.has_value ? parse_window_bits(parameter.value)
           : value_optional    ? max_window_bits
                               : std::uint8_t{0};
    return bits != 0;
}

} // namespace detail

/// Takes the parameters of one permessage-deflate element apart.
///
/// `element` one that `extension_cursor` gave out; its name is not looked at
/// `sender`  whose element it is: a client's is an offer, a server's an answer
/// `out`     the parameters; indeterminate when the answer is false
/// returns   false if one is unknown, stands there twice, or has a value that it may not have
/// source    RFC 7692 7, 7.1
/// cost      O(size of the element)
[[nodiscard]] constexpr bool parse_deflate_terms(const extension& element, role sender,
                                                 deflate_parameters& out) noexcept
{
    out = {.client_max_window_bits = 0};
    parameter_cursor parameters = element.parameters();
    extension_parameter parameter;
    while (parameters.next(parameter)) {
        bool good = false;
        if (parameter.name == "server_no_context_takeover")
            good = detail::take_flag(parameter, out.server_no_context_takeover);
        else if (parameter.name == "client_no_context_takeover")
            good = detail::take_flag(parameter, out.client_no_context_takeover);
        else if (parameter.name == "server_max_window_bits")
            good = detail::take_window_bits(parameter, false, out.server_max_window_bits);
        else if (parameter.name == "client_max_window_bits")
            good = detail::take_window_bits(parameter, sender == role::client, out.client_max_window_bits);
        if (!good)
            return false;
    }
    return true;
}

/// Up to `Elements` elements as they stand in Sec-WebSocket-Extensions. Owns its text.
template <std::size_t Elements = 1>
class deflate_text {
public:
    constexpr deflate_text() noexcept = default;

    /// Adds one element: the offer of a client, or the answer of a server.
    ///
    /// `terms`   windows of 8..15 bits, or 0; at most `Elements` are added in all
    /// source    RFC 7692 5, 7.1
    constexpr void add(const deflate_parameters& terms, role sender) noexcept
    {
        if (size_ != 0)
            append(", ");
        append(permessage_deflate_name);
        if (terms.server_no_context_takeover)
            append("; server_no_context_takeover");
        if (terms.client_no_context_takeover)
            append("; client_no_context_takeover");
        if (terms.server_max_window_bits != 0 &&
            (sender == role::server || terms.server_max_window_bits != max_window_bits)) {
            append("; server_max_window_bits=");
            append_window_bits(terms.server_max_window_bits);
        }
        if (terms.client_max_window_bits != 0) {
            append("; client_max_window_bits");
            if (sender == role::server || terms.client_max_window_bits != max_window_bits) {
                append("=");
                append_window_bits(terms.client_max_window_bits);
            }
        }
    }

    /// The text, empty if nothing was added. Valid while this object is.
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    constexpr void append(std::string_view piece) noexcept
    {
        SOCKLESS_ASSERT(piece.size() <= text_.size() - size_);
        for (const char c : piece)
            text_[size_++] = c;
    }

    constexpr void append_window_bits(std::uint8_t bits) noexcept
    {
        SOCKLESS_ASSERT(bits >= min_window_bits && bits <= max_window_bits);
        if (bits >= 10)
            append("1");
        text_[size_++] = static_cast<char>('0' + bits % 10);
    }

    static constexpr std::size_t longest = 130; ///< an element with all four parameters, and what separates two
    std::array<char, Elements * longest> text_{};
    std::size_t size_ = 0;
};

} // namespace sockless::inline SOCKLESS_ABI
