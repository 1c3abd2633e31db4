// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file judges a head line by line while it streams by: what requests and responses have in common. For the small handshakes
/// only; the pure functions check_upgrade and check_response judge a head that lies in memory.
#pragma once

#include "../config.hpp"
#include "../words/error.hpp"
#include "field_grammar.hpp"
#include "field_index.hpp"
#include "head.hpp"
#include "head_stream.hpp"
#include "negotiation.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Which known fields there were, and the worst of what was wrong with them.
class head_judge {
public:
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }

protected:
    constexpr head_judge(std::span<char> room, head_part first) noexcept : head_{room, first} {}

    /// For a head behind the one that has ended.
    constexpr void restart(head_part first) noexcept
    {
        head_.restart(first);
        failure_ = error::none;
        seen_ = 0;
        upgrades_ = to_websocket_ = has_extension_ = false;
    }

    /// Of several failures the first in the order of `error` counts.
    SOCKLESS_NOINLINE constexpr void note_if(bool wrong, error e) noexcept
    {
        if (wrong && (!failed(failure_) || e < failure_))
            failure_ = e;
    }

    /// Whether the head is malformed so that its end is not worth waiting for.
    [[nodiscard]] constexpr bool is_broken() const noexcept
    {
        return failed(failure_) && failure_ <= error::http_version_invalid;
    }

    /// A name: only the values of known fields are told.
    constexpr void take_name(std::string_view name) noexcept
    {
        name_ = recognise(name);
        if (name_ == known_field::other)
            head_.skip();
        const unsigned bit = 1U << static_cast<unsigned>(name_);
        repeated_ = (seen_ & bit) != 0;
        seen_ = static_cast<std::uint16_t>(seen_ | bit);
    }
    [[nodiscard]] constexpr bool has(known_field name) const noexcept
    {
        return (seen_ >> static_cast<unsigned>(name) & 1U) != 0;
    }

    /// The fields that mean the same both ways.
    constexpr void take_common(std::string_view value) noexcept
    {
        if (name_ == known_field::connection)
            note_if(!check_options(list_cursor{value}, upgrade_option, upgrades_), error::connection_not_upgrade);
        else if (name_ == known_field::transfer_encoding)
            note_if(true, error::body_announced);
        else // Content-Length
            note_if(!is_no_length(value), error::body_announced);
    }
    /// What can be said at the end of the head only.
    constexpr void judge_common() noexcept
    {
        note_if(!has(known_field::upgrade), error::upgrade_missing);
        note_if(!to_websocket_, error::upgrade_not_websocket);
        note_if(!upgrades_, error::connection_not_upgrade);
        note_if(has(known_field::websocket_extensions) && !has_extension_, error::extensions_invalid);
    }

    head_stream head_;
    error failure_ = error::none;
    known_field name_ = known_field::other; ///< of the field whose value comes next
    std::uint16_t seen_ = 0;                ///< one bit for each `known_field`
    bool repeated_ = false;                 ///< `name_` stood in an earlier line too
    bool upgrades_ = false;
    bool to_websocket_ = false;
    bool has_extension_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
