// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Parses and formats the four parameters of a permessage-deflate element in Sec-WebSocket-Extensions (RFC 7692 5, 7.1), and
/// describes what two ends have negotiated. It needs no compressor.
#pragma once

#include "../config.hpp"
#include "../core/role.hpp"
#include "../handshake/negotiation.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The name of the extension (RFC 7692 7).
inline constexpr std::string_view permessage_deflate_name = "permessage-deflate";

/// A window has 2^8 to 2^15 bytes (RFC 7692 7.1.2).
inline constexpr std::uint8_t min_window_bits = 8;
/// RFC 7692 7.1.2: the largest window, as a power of two.
inline constexpr std::uint8_t max_window_bits = 15;

/// The parameters of one element, in an offer or in an answer.
///
/// The defaults are the offer of every browser: `permessage-deflate; client_max_window_bits`.
struct deflate_parameters {
    /// 8..15; 0: absent. 15 in an offer requires nothing, and is not written: Boost.Beast (1.74) omits it from its answer.
    std::uint8_t server_max_window_bits = 0;
    /// 8..15; 0: absent. 15 in an offer is written without its value: the answer may limit the client's window.
    std::uint8_t client_max_window_bits = max_window_bits;
    bool server_no_context_takeover = false; ///< RFC 7692 7.1.1.1
    bool client_no_context_takeover = false; ///< RFC 7692 7.1.1.2

    friend constexpr bool operator==(const deflate_parameters&, const deflate_parameters&) = default;
};

/// How the messages of one direction are compressed.
struct deflate_direction {
    std::uint8_t window_bits = max_window_bits; ///< no reference reaches back further than 2^window_bits bytes
    bool context_takeover = true;               ///< a message may refer to earlier ones
    bool in_use = false;                        ///< permessage-deflate was negotiated

    friend constexpr bool operator==(const deflate_direction&, const deflate_direction&) = default;
};

/// What both ends have negotiated: everything that a codec depends on (RFC 7692 5).
struct negotiated_deflate {
    deflate_direction from_server{}; ///< of the messages of the server
    deflate_direction from_client{}; ///< of the messages of the client

    /// Returns whether messages may be compressed.
    [[nodiscard]] constexpr bool in_use() const noexcept { return from_server.in_use; }
    /// Returns the direction for the encoder of @p end.
    ///
    /// @par Source RFC 7692 7: the server_* parameters describe what the server compresses, the client_* parameters what the
    ///             client compresses
    [[nodiscard]] constexpr deflate_direction sent_by(role end) const noexcept
    {
        return end == role::server ? from_server : from_client;
    }
    /// Returns the direction for the decoder of @p end.
    [[nodiscard]] constexpr deflate_direction received_by(role end) const noexcept
    {
        return end == role::server ? from_client : from_server;
    }

    friend constexpr bool operator==(const negotiated_deflate&, const negotiated_deflate&) = default;
};

/// Parses the parameters of one permessage-deflate element.
///
/// @param element  from an `extension_cursor`; its name is not checked
/// @param sender   the end that sent the element: a client's is an offer, a server's an answer
/// @param[out] out the parameters; indeterminate if the result is false
/// @return         false if a parameter is unknown, occurs twice, or has a value that it must not have
/// @par Source     RFC 7692 7, 7.1
/// @par Complexity O(size of the element)
[[nodiscard]] constexpr bool parse_deflate_parameters(const extension& element, role sender,
                                                      deflate_parameters& out) noexcept;

/// Formats up to `Elements` elements for Sec-WebSocket-Extensions. Owns its text.
template <std::size_t Elements = 1>
class deflate_text {
public:
    /// Constructs an empty text.
    constexpr deflate_text() noexcept = default;

    /// Appends one element: the offer of a client, or the answer of a server.
    ///
    /// @param parameters  windows of 8..15 bits, or 0
    /// @param sender      the end that sends the text
    /// @pre fewer than `Elements` elements have been added
    /// @par Source RFC 7692 5, 7.1
    constexpr void add(const deflate_parameters& parameters, role sender) noexcept
    {
        if (size_ != 0)
            append(", ");
        append(permessage_deflate_name);
        if (parameters.server_no_context_takeover)
            append("; server_no_context_takeover");
        if (parameters.client_no_context_takeover)
            append("; client_no_context_takeover");
        if (parameters.server_max_window_bits != 0 &&
            (sender == role::server || parameters.server_max_window_bits != max_window_bits)) {
            append("; server_max_window_bits=");
            append_window_bits(parameters.server_max_window_bits);
        }
        if (parameters.client_max_window_bits != 0) {
            append("; client_max_window_bits");
            if (sender == role::server || parameters.client_max_window_bits != max_window_bits) {
                append("=");
                append_window_bits(parameters.client_max_window_bits);
            }
        }
    }

    /// Returns the text, empty if nothing was added. The view is valid as long as this object.
    [[nodiscard]] constexpr std::string_view view() const& noexcept { return {text_.data(), size_}; }
    /// Not available: a handshake needs the text until the answer is there.
    std::string_view view() const&& = delete;

private:
    constexpr void append(std::string_view text) noexcept
    {
        SOCKLESS_ASSERT(text.size() <= text_.size() - size_);
        for (const char c : text)
            text_[size_++] = c;
    }

    constexpr void append_window_bits(std::uint8_t bits) noexcept
    {
        SOCKLESS_ASSERT(bits >= min_window_bits && bits <= max_window_bits);
        if (bits >= 10)
            append("1");
        text_[size_++] = static_cast<char>('0' + bits % 10);
    }

    static constexpr std::size_t max_element = 130; ///< an element with all four parameters, and a separator
    std::array<char, Elements * max_element> text_{};
    std::size_t size_ = 0;
};

namespace detail {

/// Returns the meaning of an answer. RFC 7692 7.1.2: without a limit the window has 2^15 bytes.
[[nodiscard]] constexpr negotiated_deflate negotiated_from(const deflate_parameters& answer) noexcept
{
    const auto direction = [](std::uint8_t bits, bool no_takeover) {
        const std::uint8_t window_bits = bits == 0 ? max_window_bits : bits;
        return deflate_direction{window_bits, !no_takeover, true};
    };
    return {direction(answer.server_max_window_bits, answer.server_no_context_takeover),
            direction(answer.client_max_window_bits, answer.client_no_context_takeover)};
}

/// 8..15 in decimal without leading zeros, possibly quoted (RFC 7692 5.2, 7.1.2); 0 for any other value.
[[nodiscard]] constexpr std::uint8_t parse_window_bits(const extension::parameter& parameter) noexcept
{
    std::array<char, 2> room{};
    const std::string_view digits = parameter.unquote(room);
    if (digits.size() == 1 && (digits[0] == '8' || digits[0] == '9'))
        return static_cast<std::uint8_t>(digits[0] - '0');
    if (digits.size() == 2 && digits[0] == '1' && digits[1] >= '0' && digits[1] <= '5')
        return static_cast<std::uint8_t>(10 + (digits[1] - '0'));
    return 0;
}

/// Sets @p flag for a parameter without a value that is the first of its name.
[[nodiscard]] constexpr bool parse_flag(const extension::parameter& parameter, bool& flag) noexcept
{
    if (flag || parameter.has_value)
        return false;
    flag = true;
    return true;
}

/// Sets @p bits from a parameter with a window size that is the first of its name.
[[nodiscard]] constexpr bool parse_window(const extension::parameter& parameter, bool value_optional,
                                          std::uint8_t& bits) noexcept
{
    if (bits != 0)
        return false;
    bits = parameter.has_value ? parse_window_bits(parameter) : value_optional ? max_window_bits : std::uint8_t{0};
    return bits != 0;
}

} // namespace detail

constexpr bool parse_deflate_parameters(const extension& element, role sender, deflate_parameters& out) noexcept
{
    out = {.client_max_window_bits = 0};
    extension::parameter_cursor parameters = element.parameters();
    extension::parameter parameter;
    while (parameters.next(parameter)) {
        bool good = false;
        if (parameter.name == "server_no_context_takeover")
            good = detail::parse_flag(parameter, out.server_no_context_takeover);
        else if (parameter.name == "client_no_context_takeover")
            good = detail::parse_flag(parameter, out.client_no_context_takeover);
        else if (parameter.name == "server_max_window_bits")
            good = detail::parse_window(parameter, false, out.server_max_window_bits);
        else if (parameter.name == "client_max_window_bits")
            good = detail::parse_window(parameter, sender == role::client, out.client_max_window_bits);
        if (!good)
            return false;
    }
    return true;
}

} // namespace sockless::inline SOCKLESS_ABI
