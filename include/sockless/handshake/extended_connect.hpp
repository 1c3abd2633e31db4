// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the opening handshake over HTTP/2 (RFC 8441) and HTTP/3 (RFC 9220): an extended CONNECT and its response, as lists of
/// fields for any HTTP/2 or HTTP/3 library. A `websocket` has members of the same names, which keep the fields in its storage, negotiate
/// its extension, and open it on the stream.
///
/// @code
/// // A server: `received` has the fields of a HEADERS frame, `:method` and the like first.
/// sockless::upgrade_request request;
/// std::array<sockless::field, 8> room;
/// std::span<sockless::field> answer{room};
/// e = check_extended_connect(sockless::connect_head::from(received), request);
/// if (failed(e))
///     e = write_error_fields(answer, e); // or a page: is_plain_request(e)
/// else
///     e = write_accept_fields(answer, request, {.subprotocol = "chat"});
/// @endcode
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/head_storage.hpp"
#include "../http/head_writer.hpp"
#include "../http/kept_head.hpp"
#include "../http/uri.hpp"
#include "../http/value_grammar.hpp"
#include "client_handshake.hpp"
#include "client_request.hpp"
#include "field_list.hpp"
#include "field_validator.hpp"
#include "server_response.hpp"
#include "upgrade_request.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// A request of HTTP/2 or HTTP/3 without its body: the pseudo-header fields, and all others. The views belong to whoever decoded it.
struct connect_head {
    std::string_view method = {};       ///< `:method`
    std::string_view protocol = {};     ///< empty: no `:protocol`
    std::string_view scheme = {};       ///< `:scheme`
    std::string_view authority = {};    ///< `:authority`
    std::string_view path = {};         ///< `:path`
    std::span<const field> fields = {}; ///< without pseudo-header fields

    /// Returns the head that a list of fields describes. It ends the pseudo-header fields at the first one that is unknown, empty or
    /// repeated; `check_extended_connect` reports that one.
    ///
    /// @param all  of one field section, in order; outlives the result
    /// @par Source      RFC 9113 8.3; RFC 9114 4.3
    [[nodiscard]] static constexpr connect_head from(std::span<const field> all) noexcept
    {
        connect_head head;
        for (; !all.empty(); all = all.subspan(1)) {
            std::string_view* const member = head.find(all.front().name);
            if (member == nullptr || !member->empty() || all.front().value.empty())
                break;
            *member = all.front().value;
        }
        head.fields = all;
        return head;
    }

private:
    [[nodiscard]] constexpr std::string_view* find(std::string_view name) noexcept
    {
        return name == ":method"      ? &method
               : name == ":protocol"  ? &protocol
               : name == ":scheme"    ? &scheme
               : name == ":authority" ? &authority
               : name == ":path"      ? &path
                                      : nullptr;
    }
};

namespace detail {

/// Returns the rules of HTTP/1.1 without those for some fields.
template <std::size_t Count>
[[nodiscard]] consteval field_rules rules_without(field_rules rules, const field_id (&ids)[Count]) noexcept
{
    for (const field_id id : ids)
        rules[static_cast<std::size_t>(id)] = {};
    return rules;
}

// In the order of `field_id`. Fields of a connection are rejected before; key and accept value do not exist (RFC 8441 5).
inline constexpr field_rules connect_rules = rules_without(
    request_rules, {field_id::connection, field_id::transfer_encoding, field_id::upgrade, field_id::websocket_key});
inline constexpr field_rules connect_response_rules =
    rules_without(response_rules, {field_id::connection, field_id::upgrade, field_id::websocket_accept});

/// Validates a request by the rules of RFC 8441 for its pseudo-header fields, and by those of HTTP/1.1 for all others.
class connect_sink : public request_sink<whole_head, connect_rules> {
    using base = request_sink<whole_head, connect_rules>;

public:
    constexpr void on_pseudo_fields(const connect_head& head) noexcept
    {
        const bool is_extended = !head.protocol.empty();
        const bool is_websocket = equals_ignoring_case(head.protocol, "websocket");
        const bool is_connect = equal(head.method, "CONNECT");
        request_.method = head.method;
        if (!is_token(head.method) || !is_protocol(head.protocol))
            record(error::pseudo_field_invalid);
        if (!is_extended)
            record(error::protocol_missing);
        else if (!is_websocket)
            record(error::protocol_unsupported);
        if (is_extended && !is_connect)
            record(error::method_not_connect);
        if (!is_extended && is_connect) { // RFC 9113 8.5: a tunnel has neither scheme nor path
            if (!head.scheme.empty() || !head.path.empty())
                record(error::pseudo_field_invalid);
            on_path(head.authority, names_port(head.authority));
        } else {
            const bool is_http = parse_scheme(head.scheme, uri::schemes::http, secure_);
            if (is_websocket ? !is_http : !is_token(head.scheme)) // other requests may be for a gateway
                record(error::scheme_invalid);
            on_path(head.path, head.path.starts_with('/') || (equal(head.path, "*") && equal(head.method, "OPTIONS")));
        }
        on_authority(head.authority);
    }
    constexpr void on_field(const known_field& known, std::string_view value, head_store<whole_head>& none) noexcept
    {
        if (known.id == field_id::host && differs(value))
            record(error::host_not_authority);
        base::on_field(known, value, none);
    }

private:
    /// RFC 9110 7.8: a token, and possibly a version after a slash.
    [[nodiscard]] static constexpr bool is_protocol(std::string_view text) noexcept
    {
        for (const char c : text)
            if (c != '/' && !has_class(c, token_character))
                return false;
        return true;
    }
    /// RFC 9110 9.3.6: a tunnel needs a port.
    [[nodiscard]] static constexpr bool names_port(std::string_view text) noexcept
    {
        authority parsed;
        return !failed(parse_authority(text, parsed)) && parsed.has_port && parsed.port != 0;
    }
    constexpr void on_path(std::string_view path, bool has_form) noexcept
    {
        head_store<whole_head> none{{}};
        if (has_form)
            on_target(path, none);
        else
            record(error::request_target_invalid);
    }
    /// RFC 9113 8.3.1: it replaces Host, which may be the only one (RFC 9114 4.3.1).
    constexpr void on_authority(std::string_view text) noexcept
    {
        authority_ = text;
        if (text.empty())
            return;
        add(matched, field_id::host);
        set_host(text, 0);
        if (!matches(start_of("host"), text))
            record(error::host_invalid);
    }
    /// Returns whether a well-formed Host field names another host or port.
    [[nodiscard]] constexpr bool differs(std::string_view host) const noexcept
    {
        authority here;
        authority there;
        if (authority_.empty() || failed(parse_authority(authority_, here)) || failed(parse_authority(host, there)))
            return false;
        const auto port = [&](const authority& each) { return each.has_port ? each.port : default_port(secure_); };
        return !equals_ignoring_case(here.host, there.host) || port(here) != port(there);
    }

    std::string_view authority_;
    bool secure_ = false;
};

} // namespace detail

/// Validates an extended CONNECT by all rules for a WebSocket. Whether the connection has announced SETTINGS_ENABLE_CONNECT_PROTOCOL, and
/// whether the stream has ended, is for the HTTP/2 or HTTP/3 library.
///
/// Other requests of the connection are plain ones, as over HTTP/1.1: a page, or a CONNECT for a tunnel. Sec-WebSocket-Key is ignored.
///
/// @param head      outlives `out`
/// @param[out] out  complete for a valid request, without a key; for a plain one (`is_plain_request`) it has method, target, path,
///                  query, host, port, origin and fields
/// @return `error::none`, or the first error in the order of `error`; `write_error_fields` writes the response to it
/// @par Errors      pseudo_field_invalid, request_target_invalid, field_name_invalid, field_value_invalid, body_length_invalid,
///                  field_name_upper_case, field_value_space, connection_field, scheme_invalid, host_not_authority,
///                  method_not_connect: the request is malformed; host_missing: neither `:authority` nor Host; host_repeated,
///                  host_invalid; protocol_missing: a plain request; protocol_unsupported, body_announced, version_missing,
///                  version_repeated, version_invalid, version_unsupported, subprotocol_invalid, subprotocol_repeated_name,
///                  extensions_invalid, origin_repeated
/// @par Source      RFC 8441 4, 5; RFC 9220 3; RFC 9113 8.2, 8.3, 8.5; RFC 9114 4.2-4.4; RFC 6455 4.2.1
/// @par Complexity  O(size of the head)
[[nodiscard]] constexpr error check_extended_connect(const connect_head& head, upgrade_request& out) noexcept
{
    detail::connect_sink sink;
    sink.on_pseudo_fields(head);
    detail::check_lines(head.fields, sink);
    sink.check_end(head.fields);
    out = sink.request();
    return sink.failure;
}

/// Writes the response that opens the connection: 200 and what the server agrees to, with names in lower case. DATA frames of the
/// stream can follow at once; it does not end.
///
/// @param[in,out] out  storage for 3 fields and those of `options`; afterwards the part that was written, with views of `options` and of
///                     constants. Unchanged on error, but its fields are not
/// @param request      one that `check_extended_connect` found valid
/// @param options      its texts outlive the fields
/// @return `error::none`, or why there is no response
/// @par Errors      those of `write_accept` but no_sha1; no_space: `out` is too small; field_not_sendable: a name with an upper-case
///                  letter as well; field_reserved: a field of a connection of HTTP/1.1 as well
/// @par Source      RFC 8441 5; RFC 9113 8.2, 8.3.2
[[nodiscard]] constexpr error write_accept_fields(std::span<field>& out, const upgrade_request& request,
                                                  const accept_options& options = {}) noexcept
{
    error e = detail::check_accept_options(request, options);
    if (!failed(e))
        e = detail::check_outgoing_lines(options.fields);
    if (failed(e))
        return e;
    return detail::field_list_writer{out}
        .put(":status", "200")
        .put_if_any("sec-websocket-protocol", options.subprotocol)
        .put_if_any("sec-websocket-extensions", options.extensions)
        .finish(options.fields, out);
}

/// Writes the response to a request that cannot be accepted, without a body. Its status is that of `http_status_for`, but 400 instead of
/// 426, which requires an Upgrade field. To a request for another version than 13 it has the version of this library.
///
/// @param[in,out] out  storage for 2 fields; afterwards the part that was written, with views of constants. Unchanged on error
/// @param reason       an error of `check_extended_connect`, or another one with an HTTP status
/// @pre `http_status_for(reason)` is not 0
/// @par Errors      no_space: `out` is too small
/// @par Source      RFC 9220 3; RFC 6455 4.4; RFC 9113 8.1.1, 8.2.2; RFC 9110 15.5.22
[[nodiscard]] constexpr error write_error_fields(std::span<field>& out, error reason) noexcept
{
    const std::uint16_t status = http_status_for(reason);
    SOCKLESS_ASSERT(status != 0);
    return detail::field_list_writer{out}
        .put(":status", detail::digits_of(status == 426 ? 400 : status))
        .put_if_any("sec-websocket-version", reason == error::version_unsupported ? "13" : "")
        .finish({}, out);
}

/// Writes the request of a client, which has to have received SETTINGS_ENABLE_CONNECT_PROTOCOL with 1 (RFC 8441 3). The stream does not
/// end with it. To a proxy the client sends a plain CONNECT before, and this request through the tunnel.
///
/// @param[in,out] out  storage for 9 fields and those of `options`; afterwards the part that was written, with views of `text`, `options`
///                     and constants. Unchanged on error, but its fields are not
/// @param text         storage for host, port, path and query with their separators, and for the subprotocols with two characters for
///                     each; outlives the fields
/// @param options      its texts outlive the fields; `form` is not used
/// @return `error::none`, or why there is no request
/// @par Errors      those of `write_request`; no_space: `out` or `text` is too small; field_not_sendable: a name with an upper-case letter
///                  as well; field_reserved: a field of a connection of HTTP/1.1 as well
/// @par Source      RFC 8441 4, 5; RFC 9113 8.2, 8.3.1
/// @par Complexity  O(size of the request), and the square of the number of subprotocols
[[nodiscard]] constexpr error write_connect_fields(std::span<field>& out, std::span<char> text,
                                                   const connect_options& options) noexcept
{
    error e = detail::check_connect_options(options);
    if (!failed(e))
        e = detail::check_outgoing_lines(options.fields);
    if (failed(e))
        return e;
    detail::uri_writer characters{text};
    detail::put_authority(characters, options.where);
    const std::string_view authority = characters.take();
    detail::put_resource_name(characters, options.where);
    const std::string_view path = characters.take();
    for (const std::string_view name : options.subprotocols) {
        if (!characters.current().empty())
            characters.put(", ");
        characters.put(name);
    }
    if (characters.full())
        return error::no_space;
    return detail::field_list_writer{out}
        .put(":method", "CONNECT")
        .put(":protocol", "websocket")
        .put(":scheme", options.where.secure ? "https" : "http")
        .put(":path", path)
        .put(":authority", authority)
        .put_if_any("sec-websocket-protocol", characters.take())
        .put_if_any("sec-websocket-extensions", options.extensions)
        .put("sec-websocket-version", "13")
        .put_if_any("origin", options.origin)
        .finish(options.fields, out);
}

/// Validates the response to an extended CONNECT by all rules for a WebSocket.
///
/// Interim responses (RFC 9110 15.2) are for the caller to skip. Content-Length is ignored (RFC 9110 9.3.6), and so is
/// Sec-WebSocket-Accept.
///
/// @param fields    of one field section, `:status` first; outlives `out`
/// @param expected  its `accept` is not used; read during the call only
/// @param[out] out  `fields` without `:status` always; the subprotocol if there is no error
/// @return `error::none`, or the first error in the order of `error`, but `status_not_2xx` before all other errors of a response with a status
/// @par Errors      pseudo_field_invalid: no `:status`, or another pseudo-header field; status_not_2xx, 101 as well;
///                  field_name_invalid, field_name_upper_case, field_value_invalid, field_value_space, connection_field,
///                  subprotocol_invalid, subprotocol_repeated, subprotocol_not_offered, subprotocol_missing, extensions_invalid,
///                  extension_not_offered
/// @par Source      RFC 8441 5; RFC 9113 8.2, 8.3.2, 8.6; RFC 9114 4.2, 4.3.2; RFC 6455 4.1
/// @par Complexity  O(size of the head), times the number of subprotocols and extensions that the client has offered
[[nodiscard]] constexpr error check_connect_response(std::span<const field> fields, const expected_response& expected,
                                                     upgrade_response& out) noexcept
{
    const bool has_status = !fields.empty() && detail::equal(fields.front().name, ":status");
    const std::string_view status = has_status ? fields.front().value : std::string_view{};
    const std::span<const field> lines = fields.subspan(has_status ? 1 : 0);
    out = {{}, lines};
    if (status.size() != 3 || !detail::all_of<detail::decimal_digit>(status))
        return error::pseudo_field_invalid;
    if (status.front() != '2')
        return error::status_not_2xx;
    detail::response_sink<whole_head, detail::connect_response_rules> sink{expected, {.fields = lines}};
    detail::check_lines(lines, sink);
    sink.check_agreement();
    out = sink.response();
    return sink.failure;
}

} // namespace sockless::inline SOCKLESS_ABI
