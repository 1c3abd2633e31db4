// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file judges a head line by line while it streams by: what requests and responses have in common. For the small handshakes
/// only; the pure functions check_upgrade and check_response judge a head that lies in memory.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/field_grammar.hpp"
#include "../http/field_index.hpp"
#include "../http/head.hpp"
#include "../http/head_stream.hpp"
#include "../http/value_grammar.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// What one end holds against a known field. `none`: nothing.
struct field_rule {
    std::uint8_t grammar = first_row_of(value_state::anything); ///< of each line's value
    error malformed = error::none;                              ///< a line of another grammar
    error repeated = error::none;                               ///< more than one line
    error missing = error::none;                                ///< no line
    error unlisted = error::none; ///< no line lists the word of `known_field_words`; or anything, if there is none
};

using field_rules = std::array<field_rule, known_field_names.size()>;

/// What requests and responses have in common.
inline constexpr field_rule connection_rule{first_row_of(value_state::tokens), error::connection_not_upgrade,
                                            error::none, error::connection_not_upgrade, error::connection_not_upgrade};
inline constexpr field_rule content_length_rule{first_row_of(value_state::zeros), error::body_announced};
inline constexpr field_rule transfer_encoding_rule{first_row_of(value_state::nothing), error::body_announced};
inline constexpr field_rule extensions_rule{first_row_of(value_state::extensions), error::extensions_invalid,
                                            error::none, error::none, error::extensions_invalid};

/// Which known fields there were, and the worst of what was wrong with them.
template <head_kind Kind>
class head_judge {
public:
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }

protected:
    explicit constexpr head_judge(std::span<char> room) noexcept : head_{room} {}

    /// For a head behind the one that has ended.
    SOCKLESS_NOINLINE constexpr void restart() noexcept
    {
        head_.restart();
        failure_ = error::none;
        seen_ = listed_ = 0;
    }

    /// Of several failures the first in the order of `error` counts. `none`, which is 0, comes last.
    SOCKLESS_NOINLINE constexpr void note(error e) noexcept
    {
        const auto rank = [](error each) { return static_cast<std::uint8_t>(static_cast<unsigned>(each) - 1); };
        if (rank(e) < rank(failure_))
            failure_ = e;
    }

    /// Whether the head is malformed so that its end is not worth waiting for.
    [[nodiscard]] constexpr bool is_broken() const noexcept
    {
        return failed(failure_) && failure_ <= error::http_version_invalid;
    }

    /// A name: only the values of known fields are told.
    SOCKLESS_INLINE constexpr void take_name() noexcept
    {
        const std::string_view name = head_.text();
        name_ = recognise(name.data(), name.size(), word_);
        if (name_ == known_field::other)
            head_.skip();
    }

    /// One line of a known field.
    SOCKLESS_INLINE constexpr void take_value(const field_rules& rules) noexcept
    {
        const std::string_view value = head_.text();
        const field_rule& rule = rules[static_cast<std::size_t>(name_)];
        if (has(seen_, name_))
            note(rule.repeated);
        add(seen_, name_);
        if (agreeing(rule.grammar, value) != value.size())
            note(rule.malformed);
        list_cursor list{value};
        std::string_view element;
        while (list.next(element))
            if (*word_ == '\0' || is_word(element.data(), element.size(), word_))
                add(listed_, name_);
    }

    /// What can be said at the end of the head only.
    constexpr void judge_fields(const field_rules& rules) noexcept
    {
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const auto name = static_cast<known_field>(i);
            if (!has(listed_, name))
                note(has(seen_, name) ? rules[i].unlisted : rules[i].missing);
        }
    }

    [[nodiscard]] static constexpr bool has(unsigned fields, known_field name) noexcept
    {
        return (fields >> static_cast<unsigned>(name) & 1U) != 0;
    }

    head_stream<Kind> head_;
    const char* word_ = nullptr; ///< of the field whose value comes next: see `known_field_words`
    std::uint16_t seen_ = 0;     ///< one bit for each `known_field`
    std::uint16_t listed_ = 0;   ///< the same: its word was found
    error failure_ = error::none;
    known_field name_ = known_field::other; ///< of the field whose value comes next

private:
    static constexpr void add(std::uint16_t& fields, known_field name) noexcept
    {
        fields = static_cast<std::uint16_t>(fields | 1U << static_cast<unsigned>(name));
    }
};

} // namespace sockless::inline SOCKLESS_ABI::detail
