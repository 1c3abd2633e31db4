// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is what a `websocket` has of one role only: how a client asks for the connection, and how a server answers.
#pragma once

#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "../core/role.hpp"
#include "../handshake/client_handshake.hpp"
#include "../handshake/client_request.hpp"
#include "../handshake/extension.hpp"
#include "../handshake/server_handshake.hpp"
#include "../handshake/server_response.hpp"
#include "../handshake/upgrade_request.hpp"
#include "../http/head.hpp"
#include "../http/uri.hpp"
#include "../message/message_extension.hpp"
#include "open_session.hpp"
#include "websocket_event.hpp"
#include "websocket_storage.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

enum class websocket_phase : std::uint8_t {
    opening,
    opened, ///< open, but the program does not know yet
    connected,
    given_up, ///< before it was open; the program does not know yet
    ending,   ///< it did not open: the transport has to end
    closed,
};

} // namespace detail

/// What a client's extension has besides its two halves: `agree` makes them of the server's answer, before the first frame is
/// read. An error fails the connection, which never opens then. What it offers stands in `connect_options::extensions`.
template <class Extension>
concept negotiated_extension = requires(Extension& extension, extension_cursor answer, typename Extension::decoder& in,
                                        typename Extension::encoder& out) {
    { extension.agree(answer, in, out) } noexcept -> std::same_as<error>;
};

template <role Role, class MaskKeys, class Extension>
class handshake_phase;

/// A client's part.
template <class MaskKeys, class Extension>
class handshake_phase<role::client, MaskKeys, Extension> {
    static constexpr bool has_extension = !std::is_same_v<Extension, no_extension>;
    static_assert(!has_extension || negotiated_extension<Extension>, "a client's extension has to have `agree`");

public:
    /// Writes the request. Call it once, when the transport is there or before.
    ///
    /// `request` its URI, subprotocols and extensions belong to the caller for the life of this object; see connect_options
    /// `random`  gives the key of the handshake
    /// errors    those of client_handshake::start; `not_open` after the first success and after `close`. Nothing is written then
    /// source    RFC 6455 4.1
    template <random_source Source>
    [[nodiscard]] constexpr error connect(const connect_options& request, Source& random) noexcept
    {
        if (asked_ || phase_ != phase::opening)
            return error::not_open;
        const error e = handshake_.start(session_.output(), request, random);
        if (!failed(e)) {
            url_ = request.where;
            asked_ = true;
        }
        return e;
    }
    /// The same from a URL, as a browser takes it: http is taken for ws, https for wss.
    template <random_source Source>
    [[nodiscard]] constexpr error connect(std::string_view url, connect_options request, Source& random) noexcept
    {
        const error e = parse_uri(url, request.where, uri_schemes::websocket_or_http);
        return failed(e) ? e : connect(request, random);
    }

    /// Where it leads to; see `format_uri`.
    [[nodiscard]] constexpr const uri& url() const noexcept { return url_; }
    /// The extensions in use; none before the connection is open.
    [[nodiscard]] constexpr extension_cursor extensions() const noexcept
    {
        return session_.begun() ? handshake_.response().extensions() : extension_cursor{};
    }
    /// Status, reason and fields of the response, from `open` or from an `error` with status_not_101 on.
    [[nodiscard]] constexpr const response_head& response() const noexcept { return handshake_.head(); }

protected:
    using phase = detail::websocket_phase;

    constexpr handshake_phase(const websocket_storage& storage, const limits& bounds, const MaskKeys& keys,
                              bool whole_messages, const Extension& extension) noexcept
        : session_{storage, bounds, keys, whole_messages}, handshake_{storage.head}, extension_{extension}
    {
    }

    /// Eats the response. Goes on to `opened` or to `ending`.
    ///
    /// returns   `need_input` or `error`
    constexpr websocket_event poll_opening(std::span<std::byte>& in) noexcept
    {
        const client_handshake_result outcome = asked_ ? handshake_.poll(in) : client_handshake_result::need_input;
        if (outcome == client_handshake_result::need_input) {
            in = in.last(0);
            return {};
        }
        failure_ = outcome == client_handshake_result::open ? agree() : handshake_.failure();
        if (!failed(failure_)) {
            phase_ = phase::opened;
            return {};
        }
        session_.output().clear(); // the rest of a request that is answered already
        phase_ = phase::ending;
        return websocket_event::failed_with(failure_);
    }
    constexpr void flush_opening() noexcept {}
    [[nodiscard]] constexpr std::string_view subprotocol() const noexcept { return handshake_.response().subprotocol; }

    detail::open_session<role::client, MaskKeys, Extension> session_;
    phase phase_ = phase::opening;
    error failure_ = error::none; ///< of the opening

private:
    constexpr error agree() noexcept
    {
        typename Extension::decoder in{};
        typename Extension::encoder out{};
        if constexpr (has_extension) {
            if (const error e = extension_.agree(handshake_.response().extensions(), in, out); failed(e))
                return e;
        }
        session_.begin(in, out);
        return error::none;
    }

    client_handshake handshake_;
    uri url_{};
    [[no_unique_address]] Extension extension_;
    bool asked_ = false;
};

/// A server's part.
template <class MaskKeys, class Extension>
class handshake_phase<role::server, MaskKeys, Extension> {
public:
    using decoder = typename Extension::decoder;
    using encoder = typename Extension::encoder;

    /// What the client asks for, from `request` and `plain_request` on.
    [[nodiscard]] constexpr const upgrade_request& request() const noexcept { return handshake_.request(); }
    /// Whether a request waits for `accept` or `reject`. `poll` eats nothing until then.
    [[nodiscard]] constexpr bool request_waits() const noexcept { return phase_ == phase::opening && asked_; }

    /// Opens the connection, so that messages may be sent at once. The `open` event follows.
    ///
    /// `choice`  looked at during the call only
    /// `in`, `out` the extension's halves, made of what `choice` agrees to
    /// errors    those of server_handshake::accept; `not_open` unless a request waits. Nothing is changed then
    /// source    RFC 6455 4.2.2
    [[nodiscard]] constexpr error accept(const accept_options& choice = {}, const decoder& in = decoder{},
                                         const encoder& out = encoder{}) noexcept
    {
        const error e = phase_ == phase::opening ? handshake_.accept(session_.output(), choice) : error::not_open;
        if (failed(e))
            return e;
        phase_ = phase::opened;
        session_.begin(in, out);
        // A view that lives as long as the storage: the request's own spelling of the choice.
        field_list_cursor list = request().subprotocols();
        std::string_view name;
        while (list.next(name))
            if (name == choice.subprotocol)
                subprotocol_ = name;
        return e;
    }

    /// Answers without a WebSocket: 401, 403, 404, a redirect, or a page. Send `output()`, then close the transport.
    /// May be called before there is a request as well, for 408 or 503. There is no error event, for nothing has failed.
    ///
    /// `fields`, `body`  looked at during the call only
    /// errors    those of server_handshake::respond; `not_open` after another answer. Nothing is changed then
    /// source    RFC 6455 4.2.2, 7.2.2
    [[nodiscard]] constexpr error reject(std::uint16_t status, std::span<const field> fields = {},
                                         std::string_view body = {}) noexcept
    {
        return reject_with(status, fields, body);
    }
    [[nodiscard]] constexpr error reject(std::uint16_t status, std::span<const field> fields,
                                         std::span<const std::byte> body) noexcept
    {
        return reject_with(status, fields, body);
    }

protected:
    using phase = detail::websocket_phase;

    constexpr handshake_phase(const websocket_storage& storage, const limits& bounds, const MaskKeys& keys,
                              bool whole_messages, const Extension&) noexcept
        : session_{storage, bounds, keys, whole_messages}, handshake_{storage.head}
    {
    }

    /// Eats the request, unless one waits. Refuses what is wrong and goes on to `ending` then.
    ///
    /// returns   `need_input`, `request`, `plain_request` or `error`
    constexpr websocket_event poll_opening(std::span<std::byte>& in) noexcept
    {
        if (asked_)
            return {};
        switch (handshake_.poll(in, session_.output())) {
        case server_handshake_result::need_input:
        case server_handshake_result::open: break; // `accept` has ended this phase
        case server_handshake_result::request: asked_ = true; return websocket_event{websocket_event_kind::request};
        case server_handshake_result::plain_request:
            asked_ = true;
            return websocket_event{websocket_event_kind::plain_request};
        case server_handshake_result::rejected:
            failure_ = handshake_.failure();
            phase_ = phase::ending;
            return websocket_event::failed_with(failure_);
        }
        return {};
    }
    /// Tries again to write a refusal that found no room.
    constexpr void flush_opening() noexcept
    {
        std::span<std::byte> nothing;
        if (handshake_.rejection_pending())
            static_cast<void>(handshake_.poll(nothing, session_.output()));
    }
    [[nodiscard]] constexpr std::string_view subprotocol() const noexcept { return subprotocol_; }

    detail::open_session<role::server, MaskKeys, Extension> session_;
    phase phase_ = phase::opening;
    error failure_ = error::none; ///< of the opening

private:
    template <class Body>
    constexpr error reject_with(std::uint16_t status, std::span<const field> fields, const Body& body) noexcept
    {
        const error e =
            phase_ == phase::opening ? handshake_.respond(session_.output(), status, fields, body) : error::not_open;
        if (!failed(e))
            phase_ = phase::ending;
        return e;
    }

    server_handshake handshake_;
    std::string_view subprotocol_{};
    bool asked_ = false; ///< the program, which has not answered yet
};

} // namespace sockless::inline SOCKLESS_ABI
