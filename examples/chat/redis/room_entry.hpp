// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The form in which a message of a room is stored in Redis, and what a node keeps of a room: enough to give new members the history,
/// and to restore what Redis has lost.
///
///     NODE COUNT KIND ID NAME-SIZE NAMECONTENT
///
/// NODE and COUNT identify the message: COUNT increases with every message of its node.
#pragma once

#include "../../support/memory_budget.hpp"
#include "../backplane.hpp"

#include <sockless/bytes/utf8_stream.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace example {

/// Limits of a name and of a room's name.
inline constexpr std::size_t max_shared_name = 64;
/// Bytes of an encoded message without its content.
inline constexpr std::size_t max_entry_front = 256;

struct room_entry {
    std::string_view node;
    std::uint64_t count = 0;
    room_message message;
};

[[nodiscard]] inline std::string encode_entry(const room_entry& entry)
{
    std::string text{entry.node};
    text.append(" ").append(std::to_string(entry.count)).append(" ").append(1, static_cast<char>(entry.message.type));
    text.append(" ")
        .append(std::to_string(entry.message.id))
        .append(" ")
        .append(std::to_string(entry.message.name.size()));
    return text.append(" ").append(entry.message.name).append(entry.message.content);
}

/// @return the text before the next space, which is removed from @p text with it; @p text itself if there is no space
[[nodiscard]] inline std::string_view next_word(std::string_view& text) noexcept
{
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

/// @return nothing if @p word is not a decimal number below 2^53, the limit of numbers in JavaScript and Lua
[[nodiscard]] inline std::optional<std::uint64_t> number_in(std::string_view word) noexcept
{
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (failure != std::errc{} || end != word.data() + word.size() || value >= std::uint64_t{1} << 53U)
        return {};
    return value;
}

[[nodiscard]] inline bool is_node_name(std::string_view text) noexcept
{
    return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

[[nodiscard]] inline bool is_shared_name(std::string_view text) noexcept
{
    return text.size() <= max_shared_name && sockless::is_utf8(sockless::as_bytes(text));
}

/// @param text  from Redis, which other programs may have written
/// @return nothing if it is malformed or too large
[[nodiscard]] inline std::optional<room_entry> decode_entry(std::string_view text, std::size_t max_content)
{
    room_entry entry;
    entry.node = next_word(text);
    const auto count = number_in(next_word(text));
    const std::string_view kind = next_word(text);
    const auto id = number_in(next_word(text));
    const auto name_size = number_in(next_word(text));
    if (!is_node_name(entry.node) || !count || !id || !name_size || *name_size > text.size() || kind.size() != 1)
        return {};
    using message_kind = room_message::kind;
    entry.count = *count;
    entry.message = {static_cast<message_kind>(kind.front()), *id, text.substr(0, *name_size), text.substr(*name_size)};
    const room_message& message = entry.message;
    const bool is_text = message.type == message_kind::text;
    if ((!is_text && message.type != message_kind::picture) || message.content.size() > max_content ||
        !is_shared_name(message.name) || (is_text && !sockless::is_utf8(sockless::as_bytes(message.content))))
        return {};
    return entry;
}

/// The newest messages of a room on one node, encoded.
class room_log {
public:
    struct line {
        std::uint64_t number;
        std::string text;
    };
    static constexpr std::size_t max_lines = 1'000;
    static constexpr std::size_t max_bytes = std::size_t{1} << 20;
    static constexpr std::size_t max_bytes_low = std::size_t{64} << 10; ///< when the memory of the process is low

    explicit room_log(memory_budget& budget) noexcept : budget_{&budget} {}
    ~room_log() { clear(); }
    room_log(const room_log&) = delete;
    room_log& operator=(const room_log&) = delete;

    void append(std::uint64_t number, std::string_view text)
    {
        lines_.push_back({number, std::string{text}});
        add(text.size());
        trim();
    }
    /// Removes the oldest lines beyond the limits.
    void trim() noexcept
    {
        const std::size_t limit = budget_->is_low() ? max_bytes_low : max_bytes;
        while (lines_.size() > 1 && (lines_.size() > max_lines || bytes_ > limit))
            remove_oldest();
    }
    void clear() noexcept
    {
        while (!lines_.empty())
            remove_oldest();
    }
    [[nodiscard]] const std::deque<line>& lines() const noexcept { return lines_; }
    /// @return the index of the first line with a number above @p number
    [[nodiscard]] std::size_t after(std::uint64_t number) const noexcept
    {
        const auto first = std::upper_bound(lines_.begin(), lines_.end(), number,
                                            [](std::uint64_t n, const line& one) { return n < one.number; });
        return static_cast<std::size_t>(first - lines_.begin());
    }
    /// @return node and count of the newest message
    [[nodiscard]] std::string identity() const
    {
        if (lines_.empty())
            return {};
        const std::string& text = lines_.back().text;
        return text.substr(0, text.find(' ', text.find(' ') + 1) + 1);
    }

private:
    static constexpr std::size_t line_memory = sizeof(line) + 16;

    void add(std::size_t size) noexcept
    {
        bytes_ += size;
        budget_->add(size + line_memory);
    }
    void remove_oldest() noexcept
    {
        bytes_ -= lines_.front().text.size();
        budget_->remove(lines_.front().text.size() + line_memory);
        lines_.pop_front();
    }

    memory_budget* budget_;
    std::deque<line> lines_;
    std::size_t bytes_ = 0;
};

} // namespace example
