// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file takes an HTTP/1.1 head apart while it streams by (RFC 9112), and keeps of it only what it is told to keep. For the
/// small handshakes; head_reader.hpp is the one that keeps everything.
#pragma once

#include "../config.hpp"
#include "../words/error.hpp"
#include "../words/limits.hpp"
#include "field_grammar.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// What a head consists of: runs of octets of one class, each ended by one other octet. And what else may be met.
enum class head_part : std::uint8_t {
    method, // RFC 9112 3: a request begins with these three
    target,
    request_version,
    response_version, // RFC 9112 4: a response begins with these three
    status,
    reason,
    name, // RFC 9112 5
    value,
    nothing, // all input was eaten, the head goes on
    end,     // the empty line was eaten
    failure,
};

struct head_rule {
    character_class octets;
    char end;
    std::uint8_t least; // octets
    std::uint8_t most;  // 0: any number
    error broken;       // by an octet that is neither
};

/// RFC 9112 2.3: in upper case, with a digit for each 0
inline constexpr std::string_view version_pattern = "HTTP/0.0";

/// In the order of `head_part`.
inline constexpr std::array<head_rule, 8> head_rules{{
    {token_character, ' ', 1, 0, error::request_line_invalid},
    {visible_character, ' ', 1, 0, error::request_target_invalid},
    {visible_character, '\r', 8, 8, error::http_version_invalid},
    {visible_character, ' ', 8, 8, error::http_version_invalid},
    {decimal_digit, ' ', 3, 3, error::status_line_invalid},
    {value_character, '\r', 0, 0, error::status_line_invalid},
    {token_character, ':', 1, 0, error::field_name_invalid},
    {value_character, '\r', 0, 0, error::field_value_invalid},
}};

/// Whether a version is 1.1 or a later 1.x (RFC 9110 2.5, 15.2).
[[nodiscard]] constexpr bool is_supported_version(std::string_view version) noexcept
{
    return version[5] == '1' && version[7] != '0';
}

/// Reads one head, at any split, each octet once, and not one more than it has.
class head_stream {
public:
    /// `room`    the caller's: one part at a time lies in it, behind what is kept
    /// `first`   `method` or `response_version`
    constexpr head_stream(std::span<char> room, head_part first) noexcept
        : room_{room}, part_{first}, is_response_{first == head_part::response_version}
    {
    }

    /// Eats from the front of `in` up to the end of a part, which `text` shows until the next call.
    ///
    /// errors    those of `head_reader`, of which the limits are `limits::head_bytes` and `limits::head_fields`. It is not called
    ///           again after a failure; after the end it eats nothing and tells the end.
    /// cost      O(bytes eaten)
    constexpr head_part next(std::span<const std::byte>& in) noexcept
    {
        while (!in.empty()) {
            const auto c = static_cast<char>(in.front());
            bool eats = true;
            head_part told = head_part::nothing;
            switch (state_) {
            case state::want_start: // RFC 9112 2.2: one empty line before a request line is skipped
                eats = part_ == head_part::method && c == '\r';
                state_ = eats ? state::want_leading_line_feed : state::want_octet;
                break;
            case state::want_leading_line_feed:
            case state::want_line_feed:
            case state::want_last_line_feed:
                if (c != '\n')
                    return fail(error::line_end_invalid);
                state_ = static_cast<state>(static_cast<unsigned>(state_) + 1);
                told = state_ == state::ended ? head_part::end : told;
                break;
            case state::want_line:
                if (part_ == head_part::value) {             // a value ends where the next line does not continue it
                    if (is_response_ && is_white_space(c)) { // RFC 9112 5.2: only a response may be folded
                        state_ = state::want_octet;
                        continue;
                    }
                    part_ = head_part::name;
                    if (!skipped_)
                        return head_part::value;
                }
                if (is_white_space(c))
                    return fail(error::field_folded);
                eats = c == '\r';
                state_ = eats ? state::want_last_line_feed : state::want_octet;
                if (!eats && fields_++ == limits::head_fields)
                    return fail(error::too_many_fields);
                part_ = head_part::name;
                size_ = 0;
                skipped_ = false;
                break;
            case state::want_part:
                part_ = static_cast<head_part>(static_cast<unsigned>(part_) + 1);
                state_ = state::want_octet;
                size_ = 0;
                eats = false;
                break;
            case state::want_octet: {
                const head_rule& rule = head_rules[static_cast<std::size_t>(part_)];
                if (fits(c, rule)) {
                    const bool leading = part_ == head_part::value && size_ == 0 && is_white_space(c);
                    if (skipped_ || leading)
                        break;
                    if (size_ == room_.size())
                        return fail(too_long());
                    room_[size_++] = c;
                    break;
                }
                if (c != rule.end || size_ < rule.least)
                    return fail(broken(c));
                state_ = c == '\r' ? state::want_line_feed : state::want_part;
                told = part_ == head_part::value ? told : part_;
                break;
            }
            case state::ended: return head_part::end;
            }
            if (eats) {
                if (eaten_ == limits::head_bytes)
                    return fail(too_long());
                in = in.subspan(1);
                ++eaten_;
            }
            if (told != head_part::nothing)
                return told;
        }
        return head_part::nothing;
    }

    /// The part that was told last. A value has no white space around it.
    [[nodiscard]] constexpr std::string_view text() const noexcept
    {
        return {room_.data(), trimmed_size(room_.data(), size_)};
    }
    /// After a name or a status: what follows is checked, but not stored, and a value is not told.
    constexpr void skip() noexcept { skipped_ = true; }
    /// Puts a part of what `text` showed, or one octet more, where it stays, and what comes later behind it.
    ///
    /// returns   where it stays
    SOCKLESS_NOINLINE constexpr const char* keep(const char* part, std::size_t size) noexcept
    {
        char* const kept = room_.data();
        for (std::size_t i = 0; i < size; ++i)
            room_[i] = part[i];
        room_ = room_.subspan(size);
        size_ = 0;
        return kept;
    }
    /// Whether there is no room for one octet more.
    [[nodiscard]] constexpr bool is_full() const noexcept { return room_.empty(); }

    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }
    /// Nothing has been eaten.
    constexpr void count_anew() noexcept { eaten_ = 0; }
    /// Reads another head behind the one that has ended. What was eaten counts on.
    constexpr void restart(head_part first) noexcept
    {
        part_ = first;
        state_ = state::want_start;
        fields_ = 0;
        size_ = 0;
        skipped_ = false;
    }

private:
    /// What the next octet has to be. Behind a line feed stands what comes after it.
    enum class state : std::uint8_t {
        want_start,
        want_leading_line_feed,
        want_octet, // of `part_`, or its end
        want_part,
        want_line_feed,
        want_line,
        want_last_line_feed,
        ended,
    };

    constexpr head_part fail(error reason) noexcept
    {
        failure_ = reason;
        return head_part::failure;
    }

    [[nodiscard]] constexpr error too_long() const noexcept
    {
        return part_ <= head_part::request_version ? error::request_target_too_long : error::head_too_large;
    }

    /// What the next octet of a version is, which is not whole yet.
    [[nodiscard]] constexpr char wanted() const noexcept { return version_pattern[size_]; }
    [[nodiscard]] constexpr bool is_version() const noexcept
    {
        return part_ == head_part::request_version || part_ == head_part::response_version;
    }

    /// Whether `c` is the next octet of the part.
    [[nodiscard]] constexpr bool fits(char c, const head_rule& rule) const noexcept
    {
        if (!is(c, rule.octets) || (rule.most != 0 && size_ == rule.most))
            return false;
        if (part_ == head_part::status) // RFC 9110 15: none of the classes begins with 0
            return size_ != 0 || c != '0';
        return !is_version() || (wanted() == '0' ? is(c, decimal_digit) : c == wanted());
    }

    /// Why `c` may not stand where it does.
    [[nodiscard]] constexpr error broken(char c) const noexcept
    {
        if (c == '\n')
            return error::line_end_invalid; // RFC 9112 2.2: a bare LF may stand nowhere
        if (part_ == head_part::target && (c == '\r' || (size_ == 0 && is_white_space(c))))
            return error::request_line_invalid;
        if (part_ == head_part::name && is_white_space(c))
            return error::field_name_space;
        if (is_version() && size_ < 5 && to_lower(c) != to_lower(wanted())) // it was not meant to be one
            return part_ == head_part::request_version ? error::request_line_invalid : error::status_line_invalid;
        return head_rules[static_cast<std::size_t>(part_)].broken;
    }

    std::span<char> room_;
    std::size_t size_ = 0; // of the part so far
    std::uint16_t eaten_ = 0;
    std::uint8_t fields_ = 0;
    head_part part_;
    state state_ = state::want_start;
    bool skipped_ = false;
    bool is_response_;
    error failure_ = error::none;
};

static_assert(std::is_trivially_copyable_v<head_stream>);

} // namespace sockless::inline SOCKLESS_ABI::detail
