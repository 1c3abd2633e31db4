// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file writes an HTTP/1.1 head to a queue, whole or not at all, and keeps out of it what would end a line early.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "field_grammar.hpp"
#include "field_index.hpp"
#include "head.hpp"
#include "packed_text.hpp"
#include "value_grammar.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// Whether a program may add these fields to a head that the handshake writes.
///
/// errors    `field_not_sendable`: a name that is not a token, or a value with a control character, a CR or LF above all, or
///           with white space around it; `field_reserved`: a field that the handshake writes itself, or that frames a body
/// source    RFC 9110 5.1, 5.5; RFC 9112 5.2, 6.1, 11.1
/// cost      O(size of the fields)
[[nodiscard]] constexpr error check_outgoing(std::span<const field> fields) noexcept
{
    for (const field& line : fields) {
        if (!detail::is_sendable_token(line.name) || !detail::is_sendable_value(line.value))
            return error::field_not_sendable;
        const detail::known_field known = detail::recognise(line.name);
        if (known != detail::known_field::other && known != detail::known_field::expect)
            return error::field_reserved;
    }
    return error::none;
}

namespace detail {

inline constexpr std::string_view line_end{"\r\n", 2};

/// Appends pieces; what does not fit takes all the others back. Nothing is checked here.
class head_writer {
public:
    explicit constexpr head_writer(byte_queue& tx) noexcept : tx_{tx}, begin_{tx.size()} {}
    head_writer(const head_writer&) = delete;
    head_writer& operator=(const head_writer&) = delete;

    /// A literal, whose length the compiler knows without strlen.
    template <std::size_t Size>
    constexpr head_writer& text(const char (&literal)[Size]) noexcept
    {
        return text(literal, Size - 1);
    }
    constexpr head_writer& text(std::string_view piece) noexcept { return text(piece.data(), piece.size()); }
    constexpr head_writer& text(std::span<const std::byte> piece) noexcept
    {
        full_ = full_ || !tx_.append(piece);
        return *this;
    }
    /// Not a view: two numbers cost a call less code.
    SOCKLESS_NOINLINE constexpr head_writer& text(const char* piece, std::size_t size) noexcept
    {
        full_ = full_ || !tx_.append(std::string_view{piece, size});
        return *this;
    }
    /// A text that packed_text.hpp has packed.
    SOCKLESS_NOINLINE constexpr head_writer& unpacked(const char* piece) noexcept
    {
        for (piece = plain(piece); *piece != '\0'; piece = plain(piece)) {
            const std::size_t name = static_cast<unsigned char>(piece[1]);
            piece += 2;
            plain("\r\n");
            if (name >= prefixed_names)
                plain(known_field_words);
            const char* const behind = plain(known_field_words + name);
            plain(": ");
            plain(behind + 1);
        }
        return *this;
    }
    template <literal Text>
    constexpr head_writer& packed() noexcept
    {
        return unpacked(detail::packed<Text>.data());
    }
    constexpr head_writer& number(std::integral auto value) noexcept
    {
        constexpr std::size_t most = 20;
        std::array<char, most> digits; // NOLINT: written from the back, and read from where that ends
        std::size_t begin = most;
        do {
            digits[--begin] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0);
        return text(std::string_view{digits.data() + begin, most - begin});
    }
    constexpr head_writer& line(std::string_view name, std::string_view value) noexcept
    {
        return text(name).text(": ").text(value).text(line_end);
    }
    constexpr head_writer& lines(std::span<const field> fields) noexcept
    {
        for (const field& each : fields)
            line(each.name, each.value);
        return *this;
    }

    /// `failure` why nothing may be sent after all, if so
    /// returns   that, or `no_space` if anything did not fit: the queue is as it was then
    [[nodiscard]] constexpr error finish(error failure = error::none) noexcept
    {
        if (!failed(failure) && full_)
            failure = error::no_space;
        if (failed(failure))
            tx_.rollback(tx_.size() - begin_);
        return failure;
    }

private:
    /// What stands before a packed line or the end.
    ///
    /// returns   where that is
    SOCKLESS_NOINLINE constexpr const char* plain(const char* begin) noexcept
    {
        const char* end = begin;
        while (*end != packed_line && *end != '\0')
            ++end;
        text(begin, static_cast<std::size_t>(end - begin));
        return end;
    }

    byte_queue& tx_;
    std::size_t begin_;
    bool full_ = false;
};

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
