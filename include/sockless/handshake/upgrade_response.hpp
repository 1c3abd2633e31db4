// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates a response: does it open the WebSocket that the client asked for (RFC 6455 4.1)? The head can come from any
/// HTTP parser.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/character_class.hpp"
#include "../http/field_dictionary.hpp"
#include "../http/head.hpp"
#include "../http/list.hpp"
#include "../http/value_grammar.hpp"
#include "accept_key.hpp"
#include "extension.hpp"
#include "field_validator.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// What the client has asked for, as far as the response depends on it. The lists belong to the caller.
struct expected_response {
    accept_value accept = {}; ///< of `make_accept`
    std::span<const std::string_view> subprotocols = {};
    std::string_view extensions = {}; ///< as offered; empty: none
    bool subprotocol_required = false;
};

/// What the server has agreed to. All views point into the head that was validated.
struct upgrade_response {
    std::string_view subprotocol = {};  ///< empty: none
    std::span<const field> fields = {}; ///< all fields, Set-Cookie lines included

    /// Returns the extensions in the order in which they transform what is sent. Their parameters are for the extensions to check.
    [[nodiscard]] constexpr extension_cursor extensions() const noexcept { return extension_cursor{fields}; }
};

namespace detail {

/// In the order of `field_id`.
inline constexpr field_rules response_rules = [] {
    using enum error;
    constexpr std::uint8_t token = start_of(value_state::token);
    return field_rules{{
        connection_rule,
        content_length_rule,
        {}, // Expect
        {}, // Host
        {}, // Origin
        transfer_encoding_rule,
        // RFC 6455 4.1: the value as a whole, although Upgrade is a list
        {token, upgrade_not_websocket, upgrade_not_websocket, upgrade_missing, upgrade_not_websocket},
        {.repeated = accept_repeated, .missing = accept_missing},
        extensions_rule,
        {}, // Sec-WebSocket-Key
        {token, subprotocol_invalid, subprotocol_repeated},
        {}, // Sec-WebSocket-Version
    }};
}();

/// The rules of RFC 6455 4.1.
class response_validator : public field_validator {
public:
    constexpr response_validator() noexcept = default;
    explicit constexpr response_validator(const expected_response& expected) noexcept : expected_{expected} {}

    constexpr void on_status(std::uint16_t status) noexcept { status_ = status; }

    SOCKLESS_INLINE constexpr void on_field(const known_field& known, std::string_view value) noexcept
    {
        check_value(response_rules, known, value);
        // The accept value is no secret, so that the time of the comparison can depend on it; nothing that the handshake compares
        // is one.
        if (known.id == field_id::websocket_accept && !equal(value, expected_.accept.view()))
            record(error::accept_mismatch);
        if (known.id == field_id::websocket_protocol)
            check_subprotocol(value);
        // erratum 3433: any number of lines
        if (known.id == field_id::websocket_extensions &&
            !contains_all_extensions(element_cursor{expected_.extensions}, value))
            record(error::extension_not_offered);
    }

    /// Checks what can only be said at the end of the head. Any status but 101 is an error before all others.
    constexpr void on_end() noexcept
    {
        if (status_ != 101) {
            failure_ = error::status_not_101;
            subprotocol_ = {};
            return;
        }
        if (expected_.subprotocol_required && !expected_.subprotocols.empty() &&
            !has(seen_, field_id::websocket_protocol))
            record(error::subprotocol_missing);
        check_required<response_rules>();
    }

    [[nodiscard]] constexpr std::uint16_t status() const noexcept { return status_; }
    /// Returns the subprotocol in the client's spelling, which is the server's.
    [[nodiscard]] constexpr std::string_view subprotocol() const noexcept { return subprotocol_; }

protected:
    /// Forgets the head that has ended.
    constexpr void reset() noexcept
    {
        field_validator::reset();
        subprotocol_ = {};
    }

    expected_response expected_;
    std::string_view subprotocol_{};
    std::uint16_t status_ = 0;

private:
    /// RFC 6455 4.1, 11.3.4: one of those that were offered
    SOCKLESS_INLINE constexpr void check_subprotocol(std::string_view value) noexcept
    {
        subprotocol_ = {};
        for (const std::string_view& name : expected_.subprotocols)
            if (equal(name, value))
                subprotocol_ = name;
        if (subprotocol_.empty())
            record(error::subprotocol_not_offered);
    }
};

} // namespace detail

/// Validates a response by all rules of RFC 6455 4.1.
///
/// Interim responses (RFC 9110 15.2) are for the caller to skip. A Content-Length other than 0 and any Transfer-Encoding in a 101
/// are rejected: a 101 must not have them, and a server that means them would send a body where frames belong.
///
/// @param head      of any parser; field values have no white space around them; outlives `out`
/// @param expected  read during the call only
/// @param[out] out  `fields` always; the subprotocol if there is no error
/// @return `error::none`, or the first error in the order of `error`, but `status_not_101` before all
/// @par Errors      status_not_101, body_announced, http_version_unsupported, upgrade_missing, upgrade_not_websocket,
///                  connection_not_upgrade, subprotocol_invalid, extensions_invalid, accept_missing, accept_repeated,
///                  accept_mismatch, subprotocol_repeated, subprotocol_not_offered, subprotocol_missing, extension_not_offered
/// @par Source      RFC 6455 4.1, 11.3; RFC 9110 8.6; RFC 9112 6.1
/// @par Complexity  O(size of the head), times the number of subprotocols and extensions that the client has offered
[[nodiscard]] constexpr error check_response(const response_head& head, const expected_response& expected,
                                             upgrade_response& out) noexcept
{
    detail::response_validator validator{expected};
    validator.check_version(static_cast<char>('0' + head.version.major_digit),
                            static_cast<char>('0' + head.version.minor_digit));
    validator.on_status(head.status);
    for (const field& each : head.fields)
        if (const detail::known_field known = detail::find_known_field(each.name); known.id != detail::field_id::other)
            validator.on_field(known, each.value);
    validator.on_end();
    out = {failed(validator.failure()) ? std::string_view{}
                                       : find_field(head.fields, detail::field_name::websocket_protocol),
           head.fields};
    return validator.failure();
}

} // namespace sockless::inline SOCKLESS_ABI
