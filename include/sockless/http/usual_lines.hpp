// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file takes lines of an HTTP/1.1 head apart that lie there whole and are written as nearly all are: fast, and with no opinion
/// on any other. For head_scanner.hpp only, which judges those.
#pragma once

#include "../bytes/ascii_scan.hpp"
#include "../config.hpp"
#include "field_grammar.hpp"
#include "field_index.hpp"
#include "head.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Walks the lines of a text that end with CR LF and have no control characters but HTAB.
///
/// Where a line ends is known before anything else of it, from marks: the processor may work at several lines at once.
class line_cursor {
public:
    explicit line_cursor(std::string_view text) noexcept : text_{text} {}

    /// returns   false if the next line is not there as a whole or is another kind of line; not called again then
    /// cost      O(line.size())
    SOCKLESS_INLINE bool next(std::string_view& line) noexcept
    {
        for (;;) {
            while (marks_ == 0) {
                if (marked_ == text_.size())
                    return false;
                base_ = marked_;
                marks_ = next_marks();
            }
            const std::size_t at = base_ + static_cast<std::size_t>(std::countr_zero(marks_));
            marks_ &= marks_ - 1;
            if (at < end_ || text_[at] == '\t')
                continue; // the line feed of the line before, or a part of this one
            if (text_.size() - at < 2 || !same({text_.data() + at, 2}, {"\r\n", 2}))
                return false;
            marks_ &= marks_ - 1; // the line feed, if its mark is in the same word
            line = {text_.data() + end_, at - end_};
            end_ = at + 2;
            return true;
        }
    }

    /// Where the last line ends: behind its line feed.
    [[nodiscard]] std::size_t end() const noexcept { return end_; }

private:
    SOCKLESS_INLINE std::uint64_t next_marks() noexcept
    {
        const std::size_t rest = text_.size() - marked_;
        if (rest >= simd::bitmap_width) {
            marked_ += simd::bitmap_width;
            return simd::control_bitmap(text_.data() + base_, simd::bitmap_width);
        }
        marked_ = text_.size();
        if (text_.size() < simd::bitmap_width)
            return simd::control_bitmap(text_.data(), text_.size());
        const std::size_t again = simd::bitmap_width - rest; // so that no size but one is common
        return simd::control_bitmap(text_.data() + base_ - again, simd::bitmap_width) >> again;
    }

    std::string_view text_;
    std::size_t end_ = 0;
    std::size_t base_ = 0;   // what the lowest bit of `marks_` is about
    std::size_t marked_ = 0; // how much of the text has been looked at
    std::uint64_t marks_ = 0;
};

/// Takes `GET /chat HTTP/1.1` apart.
///
/// returns   false for another kind of line
[[nodiscard]] inline bool split_usual_request_line(std::string_view line, std::string_view& method,
                                                   std::string_view& target) noexcept
{
    constexpr std::string_view end = " HTTP/1.1";
    std::size_t space = 0;
    while (space < line.size() && is(line[space], token_character))
        ++space;
    if (space == 0 || line.size() < space + 2 + end.size() || line[space] != ' ' ||
        !same(part(line, line.size() - end.size()), end))
        return false;
    method = part(line, 0, space);
    target = part(line, space + 1, line.size() - end.size() - space - 1);
    return all_are<visible_character>(target);
}

/// Takes `name: value` apart, without white space around the value.
///
/// `known`   what the name means
/// returns   false for another kind of line; `out` is unchanged then
[[nodiscard]] SOCKLESS_INLINE bool split_usual_field_line(std::string_view line, field& out,
                                                          known_field& known) noexcept
{
    const std::size_t colon = simd::find(line.data(), line.size(), ':');
    const std::size_t value = colon + 2;
    const auto is_visible = [](char c) { return static_cast<unsigned char>(c) > ' '; }; // of what a line may have
    if (line.size() <= value || line[colon + 1] != ' ' || !is_visible(line[value]) || !is_visible(line.back()))
        return false;
    const std::string_view name{line.data(), colon};
    known = recognise(name);
    if (known == known_field::other && (name.empty() || span_of<token_character>(line) != colon))
        return false;
    out = {name, {line.data() + value, line.size() - value}};
    return true;
}

} // namespace sockless::inline SOCKLESS_ABI::detail
