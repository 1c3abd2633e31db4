// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file applies rules to the fields of a head, one line after the other: what requests and responses have in common.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/head_lines.hpp"
#include "../http/value_grammar.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The rules for one field. `none`: there is no such rule.
struct field_rule {
    std::uint8_t grammar = start_of("anything"); ///< of the value of each line
    error malformed = error::none;               ///< a line breaks the grammar
    error repeated = error::none;                ///< there is more than one line
    error missing = error::none;                 ///< there is no line
    /// No line contains the word of the dictionary; or any element, if that is empty.
    error missing_token = error::none;
};

using field_rules = std::array<field_rule, known_fields>;

// The rules that requests and responses share.
inline constexpr field_rule connection_rule{start_of("tokens"), error::connection_not_upgrade, error::none,
                                            error::connection_not_upgrade, error::connection_not_upgrade};
inline constexpr field_rule extensions_rule{start_of("extensions"), error::extensions_invalid, error::none, error::none,
                                            error::extensions_invalid};

/// Records which fields there are, and the first error in the order of `error`.
struct field_validator {
    /// Records an error. `none` has the last rank.
    SOCKLESS_NOINLINE constexpr void record(error e) noexcept
    {
        const auto rank = [](error each) { return static_cast<std::uint8_t>(static_cast<unsigned>(each) - 1); };
        if (rank(e) < rank(failure))
            failure = e;
    }

    /// RFC 9110 2.5, 15.2: 1.1 or a later 1.x
    SOCKLESS_INLINE constexpr void check_version(char major_digit, char minor_digit) noexcept
    {
        if (major_digit != '1' || minor_digit == '0')
            record(error::http_version_unsupported);
    }
    constexpr void check_version(http_version version) noexcept
    {
        check_version(static_cast<char>('0' + version.major_digit), static_cast<char>('0' + version.minor_digit));
    }

    /// Checks one line.
    SOCKLESS_INLINE constexpr void check_value(const field_rules& rules, const known_field& known,
                                               std::string_view value) noexcept
    {
        const field_rule& rule = rules[static_cast<std::size_t>(known.id)];
        if (has(seen, known.id))
            record(rule.repeated);
        add(seen, known.id);
        if (has_fast_lines && is_common_value(known.id, value))
            return add(matched, known.id);
        if (!matches(rule.grammar, value))
            record(rule.malformed);
        element_cursor list{value};
        std::string_view element;
        while (list.next(element))
            if (*known.word() == '\0' || iequal_word(element.data(), element.size(), known.word()))
                add(matched, known.id);
    }

    /// Checks what can only be said at the end of the head.
    template <const field_rules& Rules>
    constexpr void check_required() noexcept
    {
        if (has_fast_lines && (fields_with<Rules>(&field_rule::missing) & ~(unsigned{seen} | matched)) == 0 &&
            (fields_with<Rules>(&field_rule::missing_token) & seen & ~unsigned{matched}) == 0)
            return;
        for (std::size_t i = 0; i < Rules.size(); ++i) {
            const auto id = static_cast<field_id>(i);
            if (!has(matched, id))
                record(has(seen, id) ? Rules[i].missing_token : Rules[i].missing);
        }
    }

    [[nodiscard]] static constexpr bool has(unsigned fields, field_id id) noexcept
    {
        return (fields >> static_cast<unsigned>(id) & 1U) != 0;
    }

    /// Returns a set of the fields that have a rule of one kind.
    template <const field_rules& Rules>
    [[nodiscard]] static consteval unsigned fields_with(error field_rule::* kind) noexcept
    {
        unsigned result = 0;
        for (std::size_t i = 0; i < Rules.size(); ++i)
            result |= (failed(Rules[i].*kind) ? 1U : 0U) << i;
        return result;
    }

    static constexpr void add(std::uint16_t& fields, field_id id) noexcept
    {
        fields = static_cast<std::uint16_t>(fields | 1U << static_cast<unsigned>(id));
    }

    std::uint16_t seen = 0;      ///< one bit for each `field_id`
    std::uint16_t matched = 0;   ///< the same: `missing_token` does not apply
    error failure = error::none; ///< after the sets, which results in the smallest code
};

/// Passes the fields of a head that another parser has read to a sink as the parser of this library does.
template <class Sink>
constexpr void check_fields(std::span<const field> fields, Sink& sink) noexcept
{
    typename Sink::store none{{}};
    for (const field& each : fields)
        if (const known_field known = find_known_field(each.name); known.id != field_id::other)
            sink.on_field(known, each.value, none);
}

} // namespace sockless::inline SOCKLESS_ABI::detail
