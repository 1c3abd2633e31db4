// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file writes the request with which a client asks for a WebSocket (RFC 6455 4.1).
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/authority.hpp"
#include "../http/field_grammar.hpp"
#include "../http/head.hpp"
#include "../http/head_writer.hpp"
#include "../http/uri.hpp"
#include "../http/value_grammar.hpp"
#include "accept_key.hpp"
#include "extension.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// How the request line names the resource.
enum class target_form : std::uint8_t {
    origin,   ///< "/chat": to the server itself, directly, through TLS or through a tunnel
    absolute, ///< "http://example.com/chat": to a proxy without a tunnel (RFC 9112 3.2.2)
};

/// What a client asks for. All views belong to the caller.
struct connect_options {
    uri where = {};
    std::span<const std::string_view> subprotocols = {}; ///< in order of preference, all different
    std::string_view extensions = {};                    ///< the field value; empty: none
    std::string_view origin = {};       ///< of the page that asks (RFC 6454 6.2); empty: no Origin field
    std::span<const field> fields = {}; ///< further fields, such as Cookie or Authorization
    target_form form = target_form::origin;
    /// The WHATWG's rule: a server that chooses none of `subprotocols` fails the connection. RFC 6455 4.1 lets it pass.
    bool subprotocol_required = false;
};

/// Whether a request can be written.
///
/// errors    `host_not_sendable`, `target_not_sendable`, `subprotocol_not_sendable`: not a token, or listed twice;
///           `extensions_not_sendable`, `field_not_sendable`: the origin as well; `field_reserved`
/// source    RFC 6455 4.1, 4.3, 9.1; RFC 9112 3.2
/// cost      O(size of the request), and the square of the number of subprotocols
[[nodiscard]] constexpr error check_request(const connect_options& request) noexcept
{
    if (!is_host(request.where.host))
        return error::host_not_sendable;
    if (!is_resource_name(request.where.path, request.where.query))
        return error::target_not_sendable;
    for (std::size_t i = 0; i < request.subprotocols.size(); ++i) {
        if (!detail::is_sendable_token(request.subprotocols[i]))
            return error::subprotocol_not_sendable;
        for (std::size_t earlier = 0; earlier < i; ++earlier)
            if (detail::same(request.subprotocols[earlier], request.subprotocols[i]))
                return error::subprotocol_not_sendable;
    }
    if (!request.extensions.empty() && !is_sendable_extension_list(request.extensions))
        return error::extensions_not_sendable;
    if (!detail::is_sendable_value(request.origin))
        return error::field_not_sendable;
    return check_outgoing(request.fields);
}

namespace detail {

/// `write_request` in less code: what may not be sent is found while it is written, and then all of it is taken back.
class small_request_writer {
public:
    explicit constexpr small_request_writer(byte_queue& tx) noexcept : out_{tx} {}

    [[nodiscard]] constexpr error write(const connect_options& request, const key_value& key) noexcept
    {
        using enum value_state;
        const uri& where = request.where;
        const char* before = packed<"GET ">.data();
        if (request.form == target_form::absolute) {
            put_authority(where.secure ? packed<"GET https://">.data() : packed<"GET http://">.data(), where);
            before = "";
        }
        put<path>(before, where.path, error::target_not_sendable);
        put<resource>("?", where.query, error::target_not_sendable);
        put_authority(packed<" HTTP/1.1\r\nHost: ">.data(), where);
        out_.packed<"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ">().text(key.view());
        out_.packed<"\r\nSec-WebSocket-Version: 13">();
        put<sendable>(packed<"\r\nOrigin: ">.data(), request.origin, error::field_not_sendable);
        before = packed<"\r\nSec-WebSocket-Protocol: ">.data();
        for (std::size_t i = 0; i < request.subprotocols.size(); ++i) {
            put<token>(before, request.subprotocols[i], error::subprotocol_not_sendable);
            before = ", ";
            for (std::size_t earlier = 0; earlier < i; ++earlier)
                if (same(request.subprotocols[earlier], request.subprotocols[i]))
                    note(error::subprotocol_not_sendable);
        }
        if (!request.extensions.empty())
            put<sendable_list>(packed<"\r\nSec-WebSocket-Extensions: ">.data(), request.extensions,
                               error::extensions_not_sendable);
        if (!request.extensions.empty() && !agrees<extensions>(request.extensions))
            note(error::extensions_not_sendable);
        for (const field& each : request.fields)
            out_.packed<"\r\n">().text(each.name).packed<": ">().text(each.value);
        out_.packed<"\r\n\r\n">();
        if (!failed(failure_))
            failure_ = check_outgoing(request.fields);
        return out_.finish(failure_);
    }

private:
    /// Of several failures the one that `check_request` finds first.
    constexpr void note(error e) noexcept
    {
        constexpr int first =
            static_cast<int>(error::host_not_sendable); // and those in front of it come behind the others
        const auto rank = [](error each) { return static_cast<std::uint8_t>(static_cast<int>(each) - first); };
        if (!failed(failure_) || rank(e) < rank(failure_))
            failure_ = e;
    }

    template <value_state Grammar>
    constexpr void put(const char* before, const std::string_view& text, error wrong) noexcept
    {
        put(before, text, first_row_of(Grammar) | static_cast<unsigned>(wrong) << 8U);
    }
    /// A piece that may be empty: then what stands before it is left out.
    SOCKLESS_NOINLINE constexpr void put(const char* before, const std::string_view& text, unsigned check) noexcept
    {
        if (agreeing(check & 0xFFU, text) != text.size())
            note(static_cast<error>(check >> 8U));
        if (!text.empty())
            out_.unpacked(before).text(text);
    }
    SOCKLESS_NOINLINE constexpr void put_authority(const char* before, const uri& where) noexcept
    {
        put<value_state::host>(before, where.host, error::host_not_sendable);
        if (brings_port(where.host))
            note(error::host_not_sendable);
        if (!where.has_default_port())
            out_.unpacked(":").number(where.port);
    }

    head_writer out_;
    error failure_ = error::none;
};

} // namespace detail

/// Writes the request: a GET without a body. Nothing may follow it until the response has been judged.
///
/// `tx`      the whole request is appended, or nothing
/// `request` looked at during the call only
/// `key`     of `make_key`, fresh for every attempt
/// errors    `no_space`, and those of `check_request`; nothing is written then
/// source    RFC 6455 4.1; RFC 9112 3.2
/// cost      O(size of the request)
[[nodiscard]] constexpr error write_request(byte_queue& tx, const connect_options& request,
                                            const key_value& key) noexcept
{
    if constexpr (detail::optimize_size)
        return detail::small_request_writer{tx}.write(request, key);
    if (const error e = check_request(request); failed(e))
        return e;
    const uri& where = request.where;
    detail::head_writer out{tx};
    const auto authority = [&out, &where] {
        out.text(where.host);
        if (!where.has_default_port())
            out.text(":").number(where.port);
    };
    out.text("GET ");
    if (request.form == target_form::absolute) {
        out.text(where.secure ? std::string_view{"https://"} : std::string_view{"http://"});
        authority();
    }
    out.text(where.path);
    if (!where.query.empty())
        out.text("?").text(where.query);
    out.text(" HTTP/1.1\r\nHost: ");
    authority();
    out.text("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ").text(key.view());
    out.text("\r\nSec-WebSocket-Version: 13\r\n");
    if (!request.origin.empty())
        out.line(field_name::origin, request.origin);
    if (!request.subprotocols.empty()) {
        out.text(field_name::websocket_protocol).text(": ").text(request.subprotocols.front());
        for (const std::string_view name : request.subprotocols.subspan(1))
            out.text(", ").text(name);
        out.text(detail::line_end);
    }
    if (!request.extensions.empty())
        out.line(field_name::websocket_extensions, request.extensions);
    out.lines(request.fields).text(detail::line_end);
    return out.finish();
}

} // namespace sockless::inline SOCKLESS_ABI
