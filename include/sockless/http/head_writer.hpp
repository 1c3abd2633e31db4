// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file writes an HTTP/1.1 head to a queue, whole or not at all, and rejects fields that would end a line early. In small builds
/// the compiler packs the literals: two octets replace each line of a known field and the word that it begins with.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "head.hpp"
#include "value_grammar.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// Checks the fields that a program adds to a head of the handshake.
///
/// @return `error::none`, or the reason to reject them
/// @par Errors      field_not_sendable: a name that is not a token, or a value with a control character or with white space around
///                  it; field_reserved: a field that the handshake writes itself, or that frames a body
/// @par Source      RFC 9110 5.1, 5.5; RFC 9112 5.2, 6.1, 11.1
/// @par Complexity  O(size of the fields)
[[nodiscard]] constexpr error check_outgoing(std::span<const field> fields) noexcept
{
    for (const field& each : fields) {
        if (!matches(start_of("token"), each.name) || !is_valid_to_send(start_of("outgoing"), each.value))
            return error::field_not_sendable;
        const field_id id = find_known_field(each.name).id;
        if (id != field_id::other && id != field_id::expect)
            return error::field_reserved;
    }
    return error::none;
}

/// The first of the two octets that replace a line; the second one is the offset of its name in `field_dictionary`.
inline constexpr char packed_line = '\x01';

/// Returns the length of the packable begin of a line: its name, ": ", and the word of the dictionary; 0 if `text` begins otherwise.
[[nodiscard]] constexpr std::size_t packable_size(std::string_view text, std::size_t name) noexcept
{
    std::size_t size = 0;
    const auto continues = [&](std::string_view with) {
        const bool good = subview(text, size).starts_with(with);
        size += with.size();
        return good;
    };
    const std::string_view word{field_dictionary + name};
    return continues("\r\n") && (name < prefixed_names || continues(field_dictionary)) && continues(word) &&
                   continues(": ") && continues(field_dictionary + name + word.size() + 1)
               ? size
               : 0;
}

/// Writes the packed form of `text`.
///
/// @param[out] out  may be a null pointer
/// @return the size of the packed form
constexpr std::size_t pack(std::string_view text, char* out) noexcept
{
    std::size_t size = 0;
    const auto put = [&](char c) {
        if (out != nullptr)
            out[size] = c;
        ++size;
    };
    while (!text.empty()) {
        std::size_t taken = 0;
        for (std::size_t name = 1; text.front() == '\r' && taken == 0 && name < sizeof field_dictionary; ++name) {
            taken = field_dictionary[name - 1] != '\0' ? 0 : packable_size(text, name);
            if (taken != 0) {
                put(packed_line);
                put(static_cast<char>(name));
            }
        }
        if (taken == 0)
            put(text.front());
        text.remove_prefix(taken == 0 ? 1 : taken);
    }
    put('\0');
    return size;
}

/// The packed form.
template <literal Text>
inline constexpr auto packed = [] {
    std::array<char, pack(Text.view(), nullptr)> result{};
    pack(Text.view(), result.data());
    return result;
}();

/// How the program stores a literal: packed, or as it is.
using literal_pointer = std::conditional_t<optimize_size, const char*, std::string_view>;

template <literal Text>
[[nodiscard]] constexpr literal_pointer stored_literal() noexcept
{
    if constexpr (std::is_same_v<literal_pointer, const char*>)
        return packed<Text>.data();
    else
        return Text.view();
}

/// Appends pieces to a queue; if one of them does not fit, `finish` removes all others. Nothing is checked here.
class head_writer {
public:
    explicit head_writer(byte_queue& tx) noexcept : tx_{tx}, begin_{tx.size()} {}
    head_writer(const head_writer&) = delete;
    head_writer& operator=(const head_writer&) = delete;

    template <literal Text>
    SOCKLESS_INLINE head_writer& append_literal() noexcept
    {
        return append(stored_literal<Text>());
    }
    head_writer& append(std::string_view piece) noexcept { return text(piece); }
    /// Appends a packed literal.
    SOCKLESS_NOINLINE head_writer& append(const char* piece) noexcept
    {
        for (piece = append_run(piece); *piece != '\0'; piece = append_run(piece)) {
            const std::size_t name = static_cast<unsigned char>(piece[1]);
            piece += 2;
            append_run("\r\n");
            if (name >= prefixed_names)
                append_run(field_dictionary);
            const char* const end = append_run(field_dictionary + name);
            append_run(": ");
            append_run(end + 1);
        }
        return *this;
    }
    head_writer& text(std::string_view piece) noexcept { return text(piece.data(), piece.size()); }
    /// Not a view: two numbers cost each caller less code.
    SOCKLESS_NOINLINE head_writer& text(const char* piece, std::size_t size) noexcept
    {
        full_ = full_ || !tx_.append(std::string_view{piece, size});
        return *this;
    }
    head_writer& number(std::unsigned_integral auto value) noexcept
    {
        std::array<char, 20> digits; // NOLINT: written from the end, and read from where that begins
        return text(format_number(value, digits));
    }
    /// Appends lines, each after the end of the line before.
    head_writer& fields(std::span<const field> lines) noexcept
    {
        for (const field& each : lines)
            append_literal<"\r\n">().text(each.name).append_literal<": ">().text(each.value);
        return *this;
    }

    /// Ends the head.
    ///
    /// @param failure  the reason if the head must not be sent
    /// @return `failure`, or `no_space` if a piece did not fit: the queue is as it was before
    [[nodiscard]] error finish(error failure = error::none) noexcept
    {
        if (!failed(failure) && full_)
            failure = error::no_space;
        if (failed(failure))
            tx_.rollback(tx_.size() - begin_);
        return failure;
    }

private:
    /// Appends what comes before a packed line or the end.
    ///
    /// @return the position of that
    SOCKLESS_NOINLINE const char* append_run(const char* begin) noexcept
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
