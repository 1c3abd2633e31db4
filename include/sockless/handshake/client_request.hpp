// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file writes the request of a client for a WebSocket (RFC 6455 4.1).
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/head_writer.hpp"
#include "../http/uri.hpp"
#include "../http/value_grammar.hpp"
#include "accept_key.hpp"
#include "negotiation.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// What a client asks for. All views belong to the caller.
struct connect_options {
    /// How the request line names the resource.
    enum class target_form : std::uint8_t {
        origin,   ///< "/chat": to the server itself, directly, through TLS or through a tunnel
        absolute, ///< "http://example.com/chat": to a proxy without a tunnel (RFC 9112 3.2.2)
    };
    /// Views a contiguous range of names that is no temporary: the response is compared with them.
    class names : public std::span<const std::string_view> {
    public:
        constexpr names() noexcept = default;
        /// Views the names of a range.
        template <class Range>
            requires(std::convertible_to<Range&, std::span<const std::string_view>> &&
                     !detail::temporary_range<Range, std::string_view>)
        constexpr names(Range&& range) noexcept : span{range} // NOLINT: only views and lvalues
        {
        }
    };

    uri where = {};                         ///< the host, port, path and query of the server
    names subprotocols = {};                ///< in order of preference, all different
    std::string_view extensions = {};       ///< the field value; empty: none
    std::string_view origin = {};           ///< of the page that asks (RFC 6454 6.2); empty: no Origin field
    std::span<const field> fields = {};     ///< further fields, such as Cookie or Authorization
    target_form form = target_form::origin; ///< of the request target
    /// The WHATWG's rule: a server that chooses none of `subprotocols` fails the connection. RFC 6455 4.1 lets it pass.
    bool subprotocol_required = false;
};

namespace detail {

/// Checks what a client sends, whatever carries it.
///
/// @par Errors      host_not_sendable, target_not_sendable, subprotocol_not_sendable, extensions_not_sendable, field_not_sendable,
///                  field_reserved: the first of them
/// @par Source      RFC 6455 4.1, 4.3, 9.1; RFC 9110 5.5
/// @par Complexity  O(size of the options), and the square of the number of subprotocols
[[nodiscard]] SOCKLESS_INLINE constexpr error check_connect_options(const connect_options& options) noexcept
{
    const uri& where = options.where;
    if (!is_valid_to_send(start_of("host"), where.host) || has_port_part(where.host))
        return error::host_not_sendable;
    if (!is_valid_to_send(start_of("path"), where.path) || !is_valid_to_send(start_of("resource"), where.query))
        return error::target_not_sendable;
    for (std::size_t i = 0; i < options.subprotocols.size(); ++i) {
        if (!is_valid_to_send(start_of("token"), options.subprotocols[i]))
            return error::subprotocol_not_sendable;
        for (std::size_t earlier = 0; earlier < i; ++earlier)
            if (equal(options.subprotocols[earlier], options.subprotocols[i]))
                return error::subprotocol_not_sendable;
    }
    if (!options.extensions.empty() && !is_extension_list_valid_to_send(options.extensions))
        return error::extensions_not_sendable;
    if (!is_valid_to_send(start_of("outgoing"), options.origin))
        return error::field_not_sendable;
    return check_outgoing(options.fields);
}

/// Writes a request. What must not be sent is found before.
class request_writer {
public:
    explicit request_writer(byte_queue& tx) noexcept : out_{tx} {}

    /// Writes the request. The key is its last field, so that an invalid request draws no random bytes.
    ///
    /// @param make_key  called with `key` for a valid request; sets it or returns an error
    /// @param[out] key  the key of the request, unless an error is returned
    template <class MakeKey>
    [[nodiscard]] error write(const connect_options& options, const MakeKey& make_key, key_value& key) noexcept
    {
        if (const error e = check_connect_options(options); failed(e))
            return e;
        if (const error e = make_key(key); failed(e))
            return e;
        const uri& where = options.where;
        literal_pointer before = stored_literal<"GET ">();
        if (options.form == connect_options::target_form::absolute) {
            put_authority(where.secure ? stored_literal<"GET https://">() : stored_literal<"GET http://">(), where);
            before = stored_literal<"">();
        }
        put(before, where.path);
        put(stored_literal<"?">(), where.query);
        put_authority(stored_literal<" HTTP/1.1\r\nHost: ">(), where);
        out_.append_literal<"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13">();
        put(stored_literal<"\r\nOrigin: ">(), options.origin);
        before = stored_literal<"\r\nSec-WebSocket-Protocol: ">();
        for (const std::string_view& name : options.subprotocols) {
            put(before, name);
            before = stored_literal<", ">();
        }
        put(stored_literal<"\r\nSec-WebSocket-Extensions: ">(), options.extensions);
        out_.fields(options.fields).append_literal<"\r\nSec-WebSocket-Key: ">();
        return out_.text(key.view()).append_literal<"\r\n\r\n">().finish();
    }

private:
    /// Writes a piece with a literal before it. If the piece is empty, neither is written.
    void put(literal_pointer before, const std::string_view& text) noexcept
    {
        if (!text.empty())
            out_.append(before).text(text);
    }
    void put_authority(literal_pointer before, const uri& where) noexcept
    {
        put(before, where.host);
        if (!where.has_default_port())
            out_.append_literal<":">().number(where.port);
    }

    head_writer out_;
};

} // namespace detail

/// Writes the request: a GET without a body. Nothing can follow it before the response has been validated.
///
/// @param[in,out] tx  the whole request is appended, or nothing
/// @param options     read during the call only
/// @param key         of `make_key`, fresh for every attempt
/// @return `error::none`, or why nothing was written
/// @par Errors      host_not_sendable, target_not_sendable, subprotocol_not_sendable: not a token, or listed twice;
///                  extensions_not_sendable; field_not_sendable: the origin as well; field_reserved; no_space
/// @par Source      RFC 6455 4.1, 4.3, 9.1; RFC 9112 3.2
/// @par Complexity  O(size of the request), and the square of the number of subprotocols
[[nodiscard]] inline error write_request(byte_queue& tx, const connect_options& options, const key_value& key) noexcept
{
    key_value copy = key;
    return detail::request_writer{tx}.write(options, [](key_value&) { return error::none; }, copy);
}

} // namespace sockless::inline SOCKLESS_ABI
