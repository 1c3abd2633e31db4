// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file splits whole lines of an HTTP/1.1 head in their common form, fast. It rejects all other lines and says nothing about
/// them: head_parser.hpp reads those octet by octet.
#pragma once

#include "../bytes/ascii_scan.hpp"
#include "../config.hpp"
#include "character_class.hpp"
#include "field_dictionary.hpp"
#include "head.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Whether common forms have a way of their own beside the tables.
inline constexpr bool has_fast_lines = !optimize_size;

/// Iterates over the lines of a text that end with CR LF and have no control characters but HTAB.
///
/// The end of a line is found before all else, in bitmaps of control characters, so that the processor can work at several lines
/// at once.
class line_cursor {
public:
    explicit line_cursor(std::string_view text) noexcept : text_{text} {}

    /// @return false if the next line is not complete or is another kind of line; it is not called again then
    /// @par Complexity  O(line.size())
    SOCKLESS_INLINE bool next(std::string_view& line) noexcept
    {
        for (;;) {
            while (bitmap_ == 0) {
                if (scanned_ == text_.size())
                    return false;
                base_ = scanned_;
                bitmap_ = next_bitmap();
            }
            const std::size_t at = base_ + static_cast<std::size_t>(std::countr_zero(bitmap_));
            bitmap_ &= bitmap_ - 1;
            if (at < end_ || text_[at] == '\t')
                continue; // the line feed of the line before, or a character of this one
            if (text_.size() - at < 2 || text_[at] != '\r' || text_[at + 1] != '\n')
                return false;
            bitmap_ &= bitmap_ - 1; // the line feed, if its bit is in the same word
            line = {text_.data() + end_, at - end_};
            end_ = at + 2;
            return true;
        }
    }

    /// Returns the offset after the line feed of the last line.
    [[nodiscard]] std::size_t end() const noexcept { return end_; }

private:
    SOCKLESS_INLINE std::uint64_t next_bitmap() noexcept
    {
        const std::size_t rest = text_.size() - scanned_;
        if (rest >= simd::bitmap_width) {
            scanned_ += simd::bitmap_width;
            return simd::control_bitmap(text_.data() + base_, simd::bitmap_width);
        }
        scanned_ = text_.size();
        if (text_.size() < simd::bitmap_width)
            return simd::control_bitmap(text_.data(), text_.size());
        const std::size_t again = simd::bitmap_width - rest; // so that no size but one is common
        return simd::control_bitmap(text_.data() + base_ - again, simd::bitmap_width) >> again;
    }

    std::string_view text_;
    std::size_t end_ = 0;
    std::size_t base_ = 0; // the offset that the lowest bit of `bitmap_` belongs to
    std::size_t scanned_ = 0;
    std::uint64_t bitmap_ = 0; // of control characters
};

inline constexpr std::string_view version_1_1 = "HTTP/1.1";

[[nodiscard]] SOCKLESS_INLINE bool is_version_1_1(const char* text) noexcept
{
    std::uint64_t found = 0;
    std::uint64_t wanted = 0;
    static_assert(version_1_1.size() == sizeof found);
    std::memcpy(&found, text, sizeof found);
    std::memcpy(&wanted, version_1_1.data(), sizeof wanted);
    return found == wanted;
}

/// Splits `GET /chat HTTP/1.1`.
///
/// @return false for another kind of line
[[nodiscard]] inline bool split_request_line_fast(std::string_view line, std::string_view& method,
                                                  std::string_view& target) noexcept
{
    constexpr std::size_t end = 1 + version_1_1.size();
    std::size_t space = 0;
    while (space < line.size() && has_class(line[space], token_character))
        ++space;
    if (space == 0 || line.size() < space + 2 + end || line[space] != ' ' || line[line.size() - end] != ' ' ||
        !is_version_1_1(line.data() + line.size() - version_1_1.size()))
        return false;
    method = {line.data(), space};
    target = {line.data() + space + 1, line.size() - end - space - 1};
    return all_of<visible_character>(target);
}

/// Splits `HTTP/1.1 101 Switching Protocols`.
///
/// @return false for another kind of line
[[nodiscard]] inline bool split_status_line_fast(std::string_view line, std::string_view& status,
                                                 std::string_view& reason) noexcept
{
    constexpr std::size_t begin = version_1_1.size() + 1;
    if (line.size() < begin + 4 || !is_version_1_1(line.data()) || line[begin - 1] != ' ' || line[begin + 3] != ' ')
        return false;
    status = {line.data() + begin, 3};
    reason = subview(line, begin + 4);
    return status[0] != '0' && all_of<decimal_digit>(status);
}

/// Splits `name: value`, without white space around the value.
///
/// @param[out] known  the field of the dictionary
/// @return false for another kind of line; `out` is unchanged then
[[nodiscard]] SOCKLESS_INLINE bool split_field_line_fast(std::string_view line, field& out, known_field& known) noexcept
{
    const std::size_t colon = simd::find(line.data(), line.size(), ':');
    const std::size_t value = colon + 2;
    const auto is_visible = [](char c) { return static_cast<unsigned char>(c) > ' '; }; // of the characters of a line
    if (line.size() <= value || line[colon + 1] != ' ' || !is_visible(line[value]) || !is_visible(line.back()))
        return false;
    const std::string_view name{line.data(), colon};
    known = find_known_field(name);
    if (known.id == field_id::other && (name.empty() || span_of<token_character>(line) != colon))
        return false;
    out = {name, {line.data() + value, line.size() - value}};
    return true;
}

/// Returns whether a value has the form that nearly all peers send, which needs no grammar.
[[nodiscard]] SOCKLESS_INLINE constexpr bool is_common_value(field_id id, std::string_view value) noexcept
{
    switch (id) {
    case field_id::upgrade: return iequal(value, "websocket");
    case field_id::connection: return iequal(value, "upgrade");
    case field_id::websocket_version: return value.size() == 2 && value[0] == '1' && value[1] == '3';
    case field_id::host: return !value.empty() && all_of<reg_name_character>(value);
    case field_id::websocket_extensions: return value == "permessage-deflate; client_max_window_bits";
    case field_id::origin:
    case field_id::websocket_key:
    case field_id::websocket_accept: return true; // whose rules are not about the grammar
    default: return false;
    }
}

} // namespace sockless::inline SOCKLESS_ABI::detail
