// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The opening handshake of a client's `websocket`: it requests, over HTTP/1.1, HTTP/2 or HTTP/3.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../handshake/client_handshake.hpp"
#include "../handshake/client_request.hpp"
#include "../handshake/extended_connect.hpp"
#include "../handshake/negotiation.hpp"
#include "../http/body_reader.hpp"
#include "../http/head.hpp"
#include "../http/head_storage.hpp"
#include "../http/uri.hpp"
#include "../message/event.hpp"
#include "../message/message_extension.hpp"
#include "head_memory.hpp"
#include "websocket_options.hpp"
#include "websocket_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The text of a client's offer, which is needed until the response has been checked; nothing without an extension.
template <class Extension>
struct offer_text {
    using type = decltype(std::declval<const Extension&>().offer());
};
template <>
struct offer_text<no_extension> {
    struct type {};
};

/// Writes to the queue of an `open_session`, and begins that session when both ends have agreed.
template <class Extension, class Sha1, class Head>
class client_phase {
    static constexpr bool has_extension = !std::is_same_v<Extension, no_extension>;
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;
    static_assert(!has_extension || response_sink<Head>::keeps_extensions,
                  "a streamed head has to name Sec-WebSocket-Extensions for a client with an extension");
    using memory = typename Head::memory;
    static_assert(!has_extension || negotiated_extension<Extension>,
                  "the extension of a websocket is a negotiated_extension, such as zlib_deflate");

public:
    client_phase(websocket_storage& storage, const typename Extension::options& extension,
                 std::uint32_t body_bytes) noexcept
        : memory_{storage}, extension_{extension}, body_bytes_{body_bytes}
    {
    }

    template <class Session, class Source>
    [[nodiscard]] error start(Session& session, const connect_options& request, Source& random) noexcept
    {
        return send(request, [&](const connect_options& with_offer, const memory& head) {
            handshake_.use(head);
            return handshake_.template start<Sha1>(session.output(), with_offer, random);
        });
    }
    /// Lists the fields of a request over HTTP/2 or HTTP/3, in the memory of the head.
    [[nodiscard]] error write_fields(std::span<const field>& out, const connect_options& request) noexcept
        requires is_whole
    {
        return send(request, [&](const connect_options& with_offer, const head_buffers& head) {
            std::span<field> fields = head.fields;
            if (const error e = write_connect_fields(fields, head.characters, with_offer); failed(e))
                return e;
            out = fields;
            handshake_.use(head);
            handshake_.expected() = {
                {}, with_offer.subprotocols, with_offer.extensions, with_offer.subprotocol_required};
            over_stream_ = true;
            return error::none;
        });
    }
    /// Checks the response to that request, and begins @p session.
    template <class Session>
    [[nodiscard]] error check_fields(Session& session, std::span<const field> fields) noexcept
        requires is_whole
    {
        upgrade_response response;
        const error e = check_connect_response(fields, handshake_.expected(), response);
        return failed(e) ? e : agree(session, response.subprotocol, response.extensions());
    }
    /// Returns whether the request is one of HTTP/2 or HTTP/3.
    [[nodiscard]] bool over_stream() const noexcept { return over_stream_; }

    /// Consumes the response.
    ///
    /// @return `need_input`, with an empty @p in; `open`, when @p session has begun; `error`
    template <class Session>
    event poll(std::span<std::byte>& in, Session& session) noexcept
    {
        SOCKLESS_ASSERT(!over_stream_ || in.empty()); // DATA follows the response
        const client_handshake_result result =
            request_sent_ && !over_stream_ ? handshake_.poll(in) : client_handshake_result::need_input;
        if (result == client_handshake_result::need_input) {
            in = in.last(0);
            return {};
        }
        if constexpr (is_whole)
            if (result == client_handshake_result::refused)
                body_ = body_reader{response(), body_bytes_};
        const error e = result == client_handshake_result::open
                            ? agree(session, agreed_subprotocol(), agreed_extensions())
                            : handshake_.failure();
        if (!failed(e))
            return event_access::of(event_kind::open);
        session.output().discard(); // the remaining part of a request that has been answered already
        return event_access::error(e);
    }

    void flush(byte_queue&) noexcept {}

    /// Returns whether nothing more is to be reported of the body of a refusal.
    [[nodiscard]] bool body_finished() const noexcept
        requires is_whole
    {
        return body_.finished() && !failed(body_.failure());
    }
    /// Consumes the body of a refusal.
    ///
    /// @return `body`, `need_input`, or the `error` that ends the body
    event poll_body(std::span<std::byte>& in) noexcept
        requires is_whole
    {
        const std::span<const std::byte> piece = body_.poll(in);
        if (!piece.empty())
            return event_access::of(event_kind::body, piece);
        return failed(body_.failure()) ? event_access::error(body_.failure()) : event{};
    }
    /// Handles the end of the transport.
    error end_of_body() noexcept
        requires is_whole
    {
        return body_.end_of_input();
    }

    [[nodiscard]] const uri& url() const noexcept { return url_; }
    [[nodiscard]] const response_head& response() const noexcept
        requires is_whole
    {
        return released_ ? no_response : handshake_.head();
    }
    [[nodiscard]] std::uint16_t status() const noexcept
        requires(!is_whole)
    {
        return released_ ? std::uint16_t{0} : handshake_.status();
    }
    [[nodiscard]] std::span<const field> fields() const noexcept
        requires Head::has_names
    {
        return released_ ? std::span<const field>{} : handshake_.fields();
    }
    [[nodiscard]] extension_cursor extensions() const noexcept
    {
        return released_ ? extension_cursor{} : agreed_extensions();
    }
    [[nodiscard]] std::string_view subprotocol() const noexcept { return subprotocol_; }
    [[nodiscard]] static bool fits(std::string_view) noexcept { return true; }
    void set_subprotocol(std::string_view name) noexcept { subprotocol_ = name; }
    [[nodiscard]] bool begun() const noexcept { return request_sent_; }
    /// Releases the memory of the head.
    void release() noexcept
    {
        released_ = true;
        memory_.release();
    }
    [[nodiscard]] bool released() const noexcept { return released_; }
    /// Begins again.
    void reset() noexcept
    {
        if constexpr (has_extension)
            extension_.reset();
        handshake_ = kept_handshake{memory{}};
        subprotocol_ = {};
        if constexpr (is_whole)
            body_ = {};
        request_sent_ = over_stream_ = released_ = false;
    }

private:
    /// What is expected of a response, also over a stream.
    struct kept_handshake : basic_client_handshake<Head> {
        using basic_client_handshake<Head>::basic_client_handshake;
        void use(const memory& head) noexcept { this->restart(head); }
        [[nodiscard]] expected_response& expected() noexcept { return this->sink_.expected; }
    };

    [[nodiscard]] std::string_view agreed_subprotocol() const noexcept
    {
        if constexpr (is_whole)
            return handshake_.response().subprotocol;
        else
            return handshake_.subprotocol();
    }
    [[nodiscard]] extension_cursor agreed_extensions() const noexcept
    {
        if constexpr (is_whole)
            return handshake_.response().extensions();
        else if constexpr (Head::has_names)
            return extension_cursor{handshake_.fields()};
        else
            return {};
    }

    /// Adds the offer of the extension, and calls @p write with the memory of the head.
    template <class Write>
    error send(const connect_options& request, const Write& write) noexcept
    {
        if (request_sent_)
            return error::not_open;
        if (has_extension && !request.extensions.empty())
            return error::extensions_not_sendable;
        const memory head = memory_.allocate();
        if (characters_of(head).empty())
            return error::no_memory;
        error e{};
        if constexpr (has_extension) {
            offer_ = extension_.offer();
            connect_options with_offer = request;
            with_offer.extensions = offer_.view();
            e = write(with_offer, head);
        } else {
            e = write(request, head);
        }
        if (!failed(e)) {
            url_ = request.where;
            if constexpr (is_whole)
                subprotocols_ = request.subprotocols;
            request_sent_ = true;
        }
        return e;
    }
    template <class Session>
    error agree(Session& session, std::string_view subprotocol, [[maybe_unused]] extension_cursor extensions) noexcept
    {
        typename Extension::decoder in{};
        typename Extension::encoder out{};
        if constexpr (has_extension) {
            if (const error e = extension_.check_answer(extensions, in, out); failed(e))
                return e;
        }
        if constexpr (is_whole) {
            // In the client's list, which outlives the head.
            for (const std::string_view& name : subprotocols_)
                if (equal(name, subprotocol))
                    subprotocol_ = name;
        } else {
            subprotocol_ = subprotocol;
        }
        session.begin(in, out);
        return error::none;
    }

    /// What a streamed head does not have.
    template <int>
    struct nothing {};

    head_memory<Head> memory_;
    kept_handshake handshake_{memory{}};
    uri url_{};
    [[no_unique_address]] std::conditional_t<is_whole, std::span<const std::string_view>, nothing<0>> subprotocols_{};
    std::string_view subprotocol_{};
    [[no_unique_address]] Extension extension_;
    [[no_unique_address]] typename offer_text<Extension>::type offer_{};
    [[no_unique_address]] std::conditional_t<is_whole, body_reader, nothing<1>> body_{};
    std::uint32_t body_bytes_;
    bool over_stream_ = false; ///< the request is one of HTTP/2 or HTTP/3
    bool request_sent_ = false;
    bool released_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
