// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The opening handshake of a server's `websocket`: it answers, over HTTP/1.1, HTTP/2 or HTTP/3.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/byte_view.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../handshake/extended_connect.hpp"
#include "../handshake/server_handshake.hpp"
#include "../handshake/server_response.hpp"
#include "../handshake/upgrade_request.hpp"
#include "../http/head.hpp"
#include "../http/head_storage.hpp"
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

namespace sockless::inline SOCKLESS_ABI::detail {

/// Writes to the queue of an `open_session`, and begins that session when both ends have agreed.
template <class Extension, class Sha1, class Head>
class server_phase {
    static constexpr bool has_extension = !std::is_same_v<Extension, no_extension>;
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;
    static_assert(is_whole || !has_extension, "a server with an extension keeps the whole head");
    using handshake_type = basic_server_handshake<Head>;
    using memory = typename Head::memory;
    static_assert(!has_extension || negotiated_extension<Extension>,
                  "the extension of a websocket is a negotiated_extension, such as zlib_deflate");

public:
    server_phase(websocket_storage& storage, const typename Extension::options& extension, std::uint32_t) noexcept
        : memory_{storage}, extension_{extension}
    {
    }

    /// Consumes the request, unless one is pending. Answers an invalid one.
    ///
    /// @return `need_input`, `request`, `plain_request`, or `error` for an invalid request
    template <class Session>
    event poll(std::span<std::byte>& in, Session& session) noexcept
    {
        if (request_seen_ || in.empty())
            return {};
        if (!has_memory_) {
            const memory head = memory_.allocate();
            has_memory_ = !characters_of(head).empty();
            if (!has_memory_) {
                in = {};
                static_cast<void>(handshake_.respond(session.output(), 503));
                return event_access::error(error::no_memory);
            }
            handshake_.restart(head);
        }
        switch (handshake_.poll(in, session.output())) {
        case server_handshake_result::need_input:
        case server_handshake_result::open: break; // `accept` has ended this phase
        case server_handshake_result::request: return seen(event_kind::request);
        case server_handshake_result::plain_request: return seen(event_kind::plain_request);
        case server_handshake_result::rejected: return event_access::error(handshake_.failure());
        }
        return {};
    }

    template <class Session>
    [[nodiscard]] error accept(Session& session, const accept_options& options) noexcept
        requires is_whole
    {
        return agree(session, request(), options, [&](const accept_options& with_answer) {
            return handshake_.template accept<Sha1>(session.output(), with_answer);
        });
    }
    template <class Session>
    [[nodiscard]] error accept(Session& session, std::string_view subprotocol) noexcept
        requires(!is_whole)
    {
        if (!fits(subprotocol))
            return error::subprotocol_too_long;
        const error e = handshake_.template accept<Sha1>(session.output(), subprotocol);
        if (!failed(e)) {
            session.begin({}, {});
            subprotocol_.assign(subprotocol);
        }
        return e;
    }
    /// Lists the fields of the response to a request over HTTP/2 or HTTP/3, in the memory of the head.
    template <class Session>
    [[nodiscard]] error accept_fields(Session& session, std::span<const field>& out, const upgrade_request& request,
                                      const accept_options& options) noexcept
        requires is_whole
    {
        return agree(session, request, options, [&](const accept_options& with_answer) {
            const memory head = memory_.allocate();
            if (with_answer.extensions.size() > head.characters.size())
                return error::no_space;
            accept_options kept = with_answer;
            copy_bytes(as_bytes(with_answer.extensions), std::as_writable_bytes(head.characters));
            kept.extensions = {head.characters.data(), with_answer.extensions.size()};
            std::span<field> fields = head.fields;
            if (const error e = write_accept_fields(fields, request, kept); failed(e))
                return e;
            out = fields;
            has_memory_ = true;
            return error::none;
        });
    }

    [[nodiscard]] error reject(byte_queue& output, std::uint16_t status, std::span<const field> fields,
                               std::span<const std::byte> body) noexcept
        requires is_whole
    {
        return handshake_.respond(output, status, fields, body);
    }
    [[nodiscard]] error reject(byte_queue& output, std::uint16_t status) noexcept
    {
        return handshake_.respond(output, status);
    }

    [[nodiscard]] error refuse(byte_queue& output) noexcept { return handshake_.refuse(output); }

    /// Writes a rejection for which there was no room before.
    void flush(byte_queue& output) noexcept
    {
        std::span<std::byte> nothing;
        if (handshake_.rejection_pending())
            static_cast<void>(handshake_.poll(nothing, output));
    }

    [[nodiscard]] const handshake_type& handshake() const noexcept { return handshake_; }
    [[nodiscard]] const upgrade_request& request() const noexcept
        requires is_whole
    {
        return handshake_.request();
    }
    [[nodiscard]] bool request_seen() const noexcept { return request_seen_; }
    [[nodiscard]] std::string_view subprotocol() const noexcept { return subprotocol_.view(); }
    [[nodiscard]] static bool fits(std::string_view name) noexcept { return subprotocol_name::fits(name); }
    void set_subprotocol(std::string_view name) noexcept { subprotocol_.assign(name); }
    [[nodiscard]] bool begun() const noexcept { return has_memory_; }
    /// Releases the memory of the head.
    void release() noexcept
    {
        released_ = true;
        handshake_.restart({});
        memory_.release();
    }
    [[nodiscard]] bool released() const noexcept { return released_; }
    /// Begins again.
    void reset() noexcept
    {
        if constexpr (has_extension)
            extension_.reset();
        handshake_.restart({});
        subprotocol_ = {};
        has_memory_ = request_seen_ = released_ = false;
    }

private:
    /// Lets the extension answer, and calls @p write, which writes the response.
    template <class Session, class Write>
    error agree(Session& session, const upgrade_request& request, const accept_options& options,
                const Write& write) noexcept
        requires is_whole
    {
        if (!subprotocol_name::fits(options.subprotocol))
            return error::subprotocol_too_long;
        typename Extension::decoder in{};
        typename Extension::encoder out{};
        if constexpr (has_extension) {
            if (!options.extensions.empty())
                return error::extensions_not_sendable;
            const auto answer = extension_.accept_offer(request.extensions(), in, out);
            accept_options with_answer = options;
            with_answer.extensions = answer.view();
            if (const error e = write(with_answer); failed(e)) {
                extension_.reset();
                return e;
            }
        } else if (const error e = write(options); failed(e)) {
            return e;
        }
        session.begin(in, out);
        subprotocol_.assign(options.subprotocol);
        return error::none;
    }
    event seen(event_kind kind) noexcept
    {
        request_seen_ = true;
        return event_access::of(kind);
    }

    head_memory<Head> memory_;
    handshake_type handshake_{memory{}};
    subprotocol_name subprotocol_;
    bool has_memory_ = false;
    [[no_unique_address]] Extension extension_;
    bool request_seen_ = false; ///< by the program
    bool released_ = false;     ///< the head
};

} // namespace sockless::inline SOCKLESS_ABI::detail
