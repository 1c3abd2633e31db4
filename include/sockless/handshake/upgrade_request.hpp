// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates a request: does it ask for a WebSocket, and can it have one (RFC 6455 4.2.1)? The head can come from any HTTP
/// parser.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/authority.hpp"
#include "../http/character_class.hpp"
#include "../http/field_dictionary.hpp"
#include "../http/head.hpp"
#include "../http/list.hpp"
#include "../http/uri.hpp"
#include "../http/value_grammar.hpp"
#include "accept_key.hpp"
#include "extension.hpp"
#include "field_validator.hpp"
#include "negotiation.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// What the client asks for. All views point into the head that was validated.
///
/// The resource name of RFC 6455 is `path`, followed by "?" and `query` if that is not empty; both are as received, still
/// percent-encoded. They are visible ASCII, but no stricter than that: browsers leave characters like "|" as they are.
struct upgrade_request {
    std::string_view target; ///< as in the request line
    std::string_view path = "/";
    std::string_view query;
    std::string_view host;  ///< of the Host field, or of an absolute target, which overrides it (RFC 9112 3.2.2)
    std::uint16_t port = 0; ///< 0 if there was none
    std::string_view key;
    std::string_view origin;       ///< for `is_origin_allowed`
    bool has_origin = false;       ///< RFC 6455 4.2.1: no Origin field is not the same as "null" or an empty one
    bool expects_continue = false; ///< RFC 9110 7.8: a 100 has to precede the 101; `write_accept` writes it
    std::span<const field> fields; ///< all fields, such as cookies and credentials

    /// Returns the client's list, in order of preference.
    [[nodiscard]] constexpr list_cursor subprotocols() const noexcept
    {
        return {fields, detail::field_name::websocket_protocol};
    }
    /// Returns the client's list, in order of preference. One name can occur several times, as alternatives.
    [[nodiscard]] constexpr extension_cursor extensions() const noexcept { return extension_cursor{fields}; }
};

/// Returns whether a request that failed with `reason` asks for something else than a WebSocket, such as a page.
[[nodiscard]] constexpr bool is_plain_request(error reason) noexcept
{
    return reason == error::upgrade_missing || reason == error::upgrade_not_websocket;
}

namespace detail {

/// In the order of `field_id`.
inline constexpr field_rules request_rules = [] {
    using enum error;
    return field_rules{{
        connection_rule,
        content_length_rule,
        {}, // Expect
        {start_of(value_state::host), host_invalid, host_repeated, host_missing},
        {.repeated = origin_repeated},
        transfer_encoding_rule,
        {start_of(value_state::protocols), upgrade_not_websocket, none, upgrade_missing, upgrade_not_websocket},
        {}, // Sec-WebSocket-Accept
        extensions_rule,
        {.repeated = key_repeated, .missing = key_missing},
        {.missing_token = subprotocol_invalid},
        {start_of(value_state::octet), version_invalid, version_repeated, version_missing, version_unsupported},
    }};
}();

/// The rules of RFC 6455 4.2.1.
class request_validator : public field_validator {
public:
    SOCKLESS_INLINE constexpr void check_method(std::string_view method) noexcept
    {
        if (method.size() != 3 || !starts_with(method, "GET"))
            record(error::method_not_get);
    }

protected:
    /// RFC 9112 3.2: a path with an optional query, or an http URI that has a host, a port, a path and a query
    ///
    /// @param[out] authority  the offset of the authority, if there is one
    /// @return the offset of the path or the query; npos if the target is invalid
    [[nodiscard]] SOCKLESS_INLINE static constexpr std::size_t find_path(std::string_view target,
                                                                         std::size_t& authority) noexcept
    {
        unsigned grammar = start_of(value_state::origin_form);
        std::size_t path = 0;
        if (!target.starts_with('/')) {
            authority = match_prefix(start_of(value_state::http), target.data(), target.size());
            path = match_prefix(start_of(value_state::host), target.data(), target.size(), authority);
            grammar = start_of(value_state::resource);
        }
        return match_prefix(grammar, target.data(), target.size(), path) == target.size() ? path
                                                                                          : std::string_view::npos;
    }

    /// Checks one line.
    ///
    /// @return false if it is a malformed key
    SOCKLESS_INLINE constexpr bool check_field(const known_field& known, std::string_view value) noexcept
    {
        check_value(request_rules, known, value);
        if (known.id != field_id::websocket_key || is_key(value))
            return true;
        record(error::key_invalid);
        return false;
    }

    /// Checks what can only be said at the end of the head.
    ///
    /// @param subprotocols  a cursor over all names
    template <class Cursor>
    SOCKLESS_INLINE constexpr void check_end(bool has_target, const Cursor& subprotocols) noexcept
    {
        if (!has_target && (!failed(failure_) || failure_ > error::http_version_unsupported))
            failure_ = error::request_target_invalid; // which does not matter for another method or version
        if (has(seen_, field_id::websocket_protocol))
            check_subprotocols(subprotocols);
        check_required<request_rules>();
    }

    [[nodiscard]] constexpr bool expects_continue() const noexcept { return has(matched_, field_id::expect); }

private:
    /// RFC 6455 4.1, 4.3, 11.3.4: tokens, all different, over any number of lines
    ///
    /// A name is compared with the first 32 only, so that the work for a long list is linear. A repetition after them does no harm.
    template <class Cursor>
    SOCKLESS_INLINE constexpr void check_subprotocols(Cursor list) noexcept
    {
        constexpr int max_compared = 32;
        const Cursor all = list;
        std::string_view name;
        while (list.next(name)) {
            if (!matches<value_state::token>(name))
                return record(error::subprotocol_invalid);
            Cursor earlier = all;
            std::string_view other;
            for (int i = 0; i < max_compared && earlier.next(other) && other.data() != name.data(); ++i)
                if (equal(other, name))
                    return record(error::subprotocol_repeated_name);
        }
    }
};

/// Validates a request and fills in an `upgrade_request`.
class whole_request : public request_validator {
public:
    constexpr void on_target(std::string_view target, upgrade_request& out) noexcept
    {
        out.target = target;
        std::size_t begin = 0;
        const std::size_t path = find_path(target, begin);
        if (path > target.size())
            return;
        has_target_ = true;
        if (begin != 0)
            set_host(subview(target, begin, path - begin), default_port(begin == std::string_view{"https://"}.size()),
                     out);
        const std::string_view resource = subview(target, path);
        const std::size_t query = resource.find('?');
        if (query != 0 && !resource.empty())
            out.path = subview(resource, 0, query);
        if (query < resource.size())
            out.query = subview(resource, query + 1);
    }

    SOCKLESS_INLINE constexpr void on_field(const known_field& known, std::string_view value,
                                            upgrade_request& out) noexcept
    {
        static_cast<void>(check_field(known, value));
        switch (known.id) {
        case field_id::host:
            if (out.host.empty())
                set_host(value, 0, out);
            break;
        case field_id::origin:
            if (!out.has_origin)
                out.origin = value;
            out.has_origin = true;
            break;
        case field_id::websocket_key: out.key = value; break;
        default: break;
        }
    }

    constexpr void on_end(std::span<const field> fields, upgrade_request& out) noexcept
    {
        out.fields = fields;
        check_end(has_target_, out.subprotocols());
        out.expects_continue = expects_continue();
    }

private:
    static constexpr void set_host(std::string_view text, std::uint16_t default_port, upgrade_request& out) noexcept
    {
        authority where{.host = text};
        if (text.find(':') != std::string_view::npos)
            static_cast<void>(parse_authority(text, where));
        out.host = where.host;
        out.port = where.has_port ? where.port : default_port;
    }

    bool has_target_ = false;
};

} // namespace detail

/// Validates a request by all rules of RFC 6455 4.2.1, before anything else of the connection is read.
///
/// @param head      of any parser; field values have no white space around them; outlives `out`
/// @param[out] out  complete for a valid request; for a plain one (`is_plain_request`) it has target, path, query, host, port,
///                  origin and fields
/// @return `error::none`, or the first error in the order of `error`; `http_status_for` gives the status of the response
/// @par Errors      body_announced, method_not_get, http_version_unsupported, request_target_invalid (all in this order);
///                  host_missing, host_repeated, host_invalid, upgrade_missing, upgrade_not_websocket, connection_not_upgrade,
///                  key_missing, key_repeated, key_invalid, version_missing, version_repeated, version_invalid,
///                  version_unsupported, subprotocol_invalid, subprotocol_repeated_name, extensions_invalid, origin_repeated
/// @par Source      RFC 6455 4.2.1, 4.3, 11.3; RFC 9110 7.6.1, 7.8; RFC 9112 3.2, 6
/// @par Complexity  O(size of the head)
[[nodiscard]] constexpr error check_upgrade(const request_head& head, upgrade_request& out) noexcept
{
    detail::whole_request validator;
    validator.check_method(head.method);
    validator.check_version(static_cast<char>('0' + head.version.major_digit),
                            static_cast<char>('0' + head.version.minor_digit));
    out.path = "/";
    out.query = out.host = out.key = out.origin = {};
    out.port = 0;
    out.has_origin = false;
    validator.on_target(head.target, out);
    for (const field& each : head.fields)
        if (const detail::known_field known = detail::find_known_field(each.name); known.id != detail::field_id::other)
            validator.on_field(known, each.value, out);
    validator.on_end(head.fields, out);
    return validator.failure();
}

} // namespace sockless::inline SOCKLESS_ABI
