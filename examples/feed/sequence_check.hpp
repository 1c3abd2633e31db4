// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Detects messages of a feed that are missing or come twice: each has a number, `"seq":N`, which is one more than that of the message before.
#pragma once

#include <charconv>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace example {

/// Finds the first member `"seq"` of a JSON text, at any depth. Nothing else in a JSON text looks like one: the quotation marks of a string
/// are escaped.
///
/// @param[out] number  its value
/// @return false if there is none that is an integer from 0 to 2^64 - 1; @p number is indeterminate then
[[nodiscard]] inline bool find_sequence_number(std::string_view json, std::uint64_t& number) noexcept
{
    constexpr std::string_view key = "\"seq\"";
    constexpr std::string_view space = " \t\r\n";
    // A rare letter is found faster than the key, which begins with a frequent character.
    for (std::size_t at = json.find('q'); at != json.npos; at = json.find('q', at + 1)) {
        if (at < 3 || json.substr(at - 3, key.size()) != key)
            continue;
        const std::size_t colon = json.find_first_not_of(space, at + 2);
        if (colon == json.npos || json[colon] != ':')
            continue; // it was a value
        const std::size_t value = json.find_first_not_of(space, colon + 1);
        if (value == json.npos)
            return false;
        const char* const last = json.data() + json.size();
        const auto [end, failure] = std::from_chars(json.data() + value, last, number);
        return failure == std::errc{} && end != last && (space.find(*end) != space.npos || *end == ',' || *end == '}');
    }
    return false;
}

/// Compares the numbers of messages with those that are expected, and reports a difference on standard error.
class sequence_check {
public:
    /// A new connection: if its first number is not the expected one, that is reported, and counting continues from there.
    void on_subscribed() noexcept { is_first_ = has_last_; }

    /// @return false for a message that came before: it is not to be processed again
    bool check(std::uint64_t number) noexcept
    {
        const std::uint64_t expected = last_ + 1;
        const bool is_repetition = has_last_ && number < expected;
        if (is_repetition) {
            ++repetitions_;
            std::fprintf(stderr, "REPETITION: message %" PRIu64 " after %" PRIu64 "%s\n", number, last_,
                         is_first_ ? ": the feed begins again there after the reconnection" : "");
        } else if (has_last_ && number > expected) {
            ++gaps_;
            std::fprintf(stderr, "GAP: %" PRIu64 " messages are missing: %" PRIu64 " to %" PRIu64 "%s\n",
                         number - expected, expected, number - 1, is_first_ ? ", during the reconnection" : "");
        }
        const bool is_new = !is_repetition || is_first_;
        if (is_new)
            last_ = number;
        has_last_ = true;
        is_first_ = false;
        return is_new;
    }

    [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
    [[nodiscard]] std::uint64_t repetitions() const noexcept { return repetitions_; }

private:
    std::uint64_t last_ = 0;
    std::uint64_t gaps_ = 0;
    std::uint64_t repetitions_ = 0;
    bool has_last_ = false;
    bool is_first_ = false; ///< the next number is the first one after a reconnection
};

} // namespace example
