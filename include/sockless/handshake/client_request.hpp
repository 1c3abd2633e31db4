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
        template <class Range>
            requires(std::convertible_to<Range&, std::span<const std::string_view>> &&
                     !detail::temporary_range<Range, std::string_view>)
        constexpr names(Range&& range) noexcept : span{range} // NOLINT: only views and lvalues
        {
        }
    };

    uri where = {};
    names subprotocols = {};            ///< in order of preference, all different
    std::string_view extensions = {};   ///< the field value; empty: none
    std::string_view origin = {};       ///< of the page that asks (RFC 6454 6.2); empty: no Origin field
    std::span<const field> fields = {}; ///< further fields, such as Cookie or Authorization
    target_form form = target_form::origin;
    /// The WHATWG's rule: a server that chooses none of `subprotocols` fails the connection. RFC 6455 4.1 lets it pass.
    bool subprotocol_required = false;
};

namespace detail {

/// Packs a grammar, and the error if a piece of a request does not match it.
[[nodiscard]] consteval unsigned piece_check(std::string_view grammar, error wrong) noexcept
{
    return start_of(grammar) | static_cast<unsigned>(wrong) << 8U;
}

/// Writes a request. What must not be sent is found while it is written; then all of it is removed again.
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
        const uri& where = options.where;
        literal_pointer before = stored_literal<"GET ">();
        if (options.form == connect_options::target_form::absolute) {
            put_authority(where.secure ? stored_literal<"GET https://">() : stored_literal<"GET http://">(), where);
            before = stored_literal<"">();
        }
        put(before, where.path, piece_check("path", error::target_not_sendable));
        put(stored_literal<"?">(), where.query, piece_check("resource", error::target_not_sendable));
        put_authority(stored_literal<" HTTP/1.1\r\nHost: ">(), where);
        out_.append_literal<"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13">();
        put(stored_literal<"\r\nOrigin: ">(), options.origin, piece_check("outgoing", error::field_not_sendable));
        before = stored_literal<"\r\nSec-WebSocket-Protocol: ">();
        for (std::size_t i = 0; i < options.subprotocols.size(); ++i) {
            put(before, options.subprotocols[i], piece_check("token", error::subprotocol_not_sendable));
            before = stored_literal<", ">();
            for (std::size_t earlier = 0; earlier < i; ++earlier)
                if (equal(options.subprotocols[earlier], options.subprotocols[i]))
                    record(error::subprotocol_not_sendable);
        }
        if (!options.extensions.empty())
            put(stored_literal<"\r\nSec-WebSocket-Extensions: ">(), options.extensions,
                piece_check("outgoing_list", error::extensions_not_sendable));
        if (!options.extensions.empty() && !matches(start_of("extensions"), options.extensions))
            record(error::extensions_not_sendable);
        out_.fields(options.fields).append_literal<"\r\nSec-WebSocket-Key: ">();
        if (!failed(failure_))
            failure_ = check_outgoing(options.fields);
        if (!failed(failure_))
            failure_ = make_key(key);
        if (!failed(failure_))
            out_.text(key.view()).append_literal<"\r\n\r\n">();
        return out_.finish(failure_);
    }

private:
    /// Records an error; the one with the lowest rank remains. Those before `host_not_sendable` have the highest ranks.
    void record(error e) noexcept
    {
        constexpr int first = static_cast<int>(error::host_not_sendable);
        const auto rank = [](error each) { return static_cast<std::uint8_t>(static_cast<int>(each) - first); };
        if (!failed(failure_) || rank(e) < rank(failure_))
            failure_ = e;
    }

    /// Writes a piece with a literal before it. If the piece is empty, neither is written.
    SOCKLESS_NOINLINE void put(literal_pointer before, const std::string_view& text, unsigned check) noexcept
    {
        if (!is_valid_to_send(check & 0xFFU, text))
            record(static_cast<error>(check >> 8U));
        if (!text.empty())
            out_.append(before).text(text);
    }
    SOCKLESS_NOINLINE void put_authority(literal_pointer before, const uri& where) noexcept
    {
        put(before, where.host, piece_check("host", error::host_not_sendable));
        if (has_port_part(where.host))
            record(error::host_not_sendable);
        if (!where.has_default_port())
            out_.append_literal<":">().number(where.port);
    }

    head_writer out_;
    error failure_ = error::none;
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
