// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file has the rules of HTTP/2 and HTTP/3 for fields, and writes a list of fields into the storage of a program.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/head_storage.hpp"
#include "../http/kept_head.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Returns whether a field has a meaning for one connection of HTTP/1.1 only. Its name is in lower case.
///
/// @par Source      RFC 9113 8.2.2; RFC 9114 4.2
[[nodiscard]] constexpr bool is_connection_field(const field& line) noexcept
{
    for (const std::string_view name : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
        if (equal(line.name, name))
            return true;
    return equal(line.name, "te") && !equals_ignoring_case(line.value, "trailers");
}

/// Checks a field that is no pseudo-header field.
///
/// @par Source      RFC 9113 8.2, 8.3; RFC 9114 4.2, 4.3
[[nodiscard]] constexpr error check_line(const field& line) noexcept
{
    if (line.name.starts_with(':'))
        return error::pseudo_field_invalid;
    if (!is_token(line.name))
        return error::field_name_invalid;
    for (const char c : line.name)
        if (to_lower(c) != c)
            return error::field_name_upper_case;
    if (!all_of<value_character>(line.value))
        return error::field_value_invalid;
    if (trimmed(line.value).size() != line.value.size())
        return error::field_value_space;
    return is_connection_field(line) ? error::connection_field : error::none;
}

/// Passes all fields to a sink, and records which are malformed.
template <class Sink>
constexpr void check_lines(std::span<const field> lines, Sink& sink) noexcept
{
    head_store<whole_head> none{{}};
    for (const field& line : lines) {
        const error e = check_line(line);
        sink.record(e);
        const known_field known = failed(e) ? known_field{} : find_known_field(line.name);
        if (known.id != field_id::websocket_key && known.id != field_id::websocket_accept &&
            known.id != field_id::other)
            sink.on_field(known, line.value, none);
    }
}

/// Lists fields in the storage of a program.
class field_list_writer {
public:
    explicit constexpr field_list_writer(std::span<field> room) noexcept : room_{room} {}

    constexpr field_list_writer& put(std::string_view name, std::string_view value) noexcept
    {
        full_ = full_ || size_ == room_.size();
        if (!full_)
            room_[size_++] = {name, value};
        return *this;
    }
    /// Adds a field that is left out if it has no value.
    constexpr field_list_writer& put_if_any(std::string_view name, std::string_view value) noexcept
    {
        return value.empty() ? *this : put(name, value);
    }
    /// Adds the fields of the program, which have been checked, and ends the list.
    ///
    /// @param[out] out  the list; unchanged on error
    [[nodiscard]] constexpr error finish(std::span<const field> more, std::span<field>& out) noexcept
    {
        for (const field& each : more)
            put(each.name, each.value);
        if (full_)
            return error::no_space;
        out = room_.first(size_);
        return error::none;
    }

private:
    std::span<field> room_;
    std::size_t size_ = 0;
    bool full_ = false;
};

/// Checks what HTTP/2 and HTTP/3 add to `check_outgoing`.
[[nodiscard]] constexpr error check_outgoing_lines(std::span<const field> fields) noexcept
{
    for (const field& each : fields)
        if (const error e = check_line(each); failed(e))
            return e == error::connection_field ? error::field_reserved : error::field_not_sendable;
    return error::none;
}

/// The digits of a status.
struct status_digits {
    std::uint16_t status = 0;
    std::array<char, 3> digits{};
};
/// The statuses of error responses.
inline constexpr auto error_digits = [] {
    std::array<status_digits, std::size(error_statuses) + 2> table{};
    const auto set = [](status_digits& entry, unsigned status) {
        entry.status = static_cast<std::uint16_t>(status);
        for (std::size_t i = 3; i-- != 0; status /= 10)
            entry.digits[i] = static_cast<char>('0' + status % 10);
    };
    for (std::size_t i = 0; i < std::size(error_statuses); ++i)
        set(table[i], error_statuses[i].status);
    set(table[table.size() - 2], 501);
    set(table.back(), 400);
    return table;
}();
/// Returns the digits of the status of an error response.
[[nodiscard]] constexpr std::string_view digits_of(std::uint16_t status) noexcept
{
    std::size_t i = 0;
    while (i + 1 < error_digits.size() && error_digits[i].status != status)
        ++i;
    return {error_digits[i].digits.data(), error_digits[i].digits.size()};
}

} // namespace sockless::inline SOCKLESS_ABI::detail
