// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The objects of the C interface: a `websocket` of either role with its storage, and the table through which a role is called. A program that
/// makes no server does not link one.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/byte_view.hpp"
#include "../bytes/mask.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "../handshake/client_request.hpp"
#include "../handshake/server_response.hpp"
#include "../handshake/upgrade_request.hpp"
#include "../http/head.hpp"
#include "../message/event.hpp"
#include "../sockless.h"
#include "../websocket.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail::c {

/// What a call gives or takes besides the object: the table has one function for each kind of call, and each has one parameter.
struct receive_call {
    std::span<std::byte> bytes;
    std::uint64_t now;
};
struct count_call {
    std::size_t count;
    std::uint64_t now;
};
struct poll_call {
    std::uint64_t now;
    event* out;
    websocket_needs* needs;
};
/// The kinds of message and fragment.
enum class part : std::uint8_t { text, binary, fragment, last, ping };
struct send_call {
    part kind;
    std::span<const std::byte> bytes;
};
struct close_call {
    std::uint16_t code;
    std::string_view reason;
};
struct connect_call {
    std::string_view url;
    connect_options* offer;
};
struct answer_call {
    std::uint16_t status; ///< 101: accept; 0: the library's refusal
    std::string_view subprotocol;
    std::span<const field> fields;
    std::span<const std::byte> body;
};
struct open_call {
    std::string_view subprotocol;
    std::span<const std::byte> response;
};
/// Events of the transport and of the program that have no result.
enum class signal : std::uint8_t { input_ended, transport_failed, keep_input, pause, resume, reset, destroy };
struct state {
    ready_state ready;
    bool finished;
    bool close_expected;
    bool request_pending;
    error failure;
    std::size_t unwritten;
    std::uint64_t buffered;
    std::string_view subprotocol;
    std::span<const field> fields;
    const upgrade_request* request; ///< null if there is none
    const response_head* response;  ///< null if there is none
};

/// The functions of a role.
struct functions {
    error (*connect)(sockless_websocket&, const connect_call&) noexcept;
    error (*answer)(sockless_websocket&, const answer_call&) noexcept;
    error (*start_open)(sockless_websocket&, const open_call&) noexcept;
    void (*receive)(sockless_websocket&, const receive_call&) noexcept;
    std::span<std::byte> (*read_buffer)(sockless_websocket&) noexcept;
    void (*received)(sockless_websocket&, const count_call&) noexcept;
    bool (*poll)(sockless_websocket&, const poll_call&) noexcept;
    std::span<const std::byte> (*write_buffer)(sockless_websocket&) noexcept;
    void (*written)(sockless_websocket&, const count_call&) noexcept;
    bool (*has_room)(const sockless_websocket&, std::size_t) noexcept;
    error (*send)(sockless_websocket&, const send_call&) noexcept;
    error (*begin_message)(sockless_websocket&, bool) noexcept;
    error (*close)(sockless_websocket&, const close_call&) noexcept;
    void (*notify)(sockless_websocket&, signal, std::uint64_t) noexcept;
    state (*look)(const sockless_websocket&) noexcept;
};

} // namespace sockless::inline SOCKLESS_ABI::detail::c

/// What the C interface calls an object: the base of both roles.
struct sockless_websocket {
    const sockless::detail::c::functions* functions; ///< null when it has been destroyed
};

namespace sockless::inline SOCKLESS_ABI::detail::c {

/// The program's source of random bytes, also as a source of masking keys.
struct random_calls {
    sockless_random source{};

    [[nodiscard]] bool fill(std::span<std::byte> out) const noexcept
    {
        return source.fill(source.context, out.data(), out.size());
    }
    [[nodiscard]] bool next(mask_key& key) const noexcept { return fill(key.bytes); }
};

/// The parts of the memory of an object, in the order of the memory.
struct memory_parts {
    std::span<std::byte> input;
    std::span<std::byte> output;
    std::span<std::byte> message;
    websocket_sizes sizes;
};

/// An object of one role.
template <role Role>
class endpoint : public sockless_websocket {
    using keys = std::conditional_t<Role == role::client, random_calls, no_mask_keys>;
    using websocket_type = websocket<Role, keys>;

public:
    using options = typename websocket_type::options;

    endpoint(const memory_parts& memory, const options& chosen, const random_calls& random) noexcept
        : sockless_websocket{&table},
          input_{memory.input},
          output_{memory.output},
          message_{memory.message},
          storage_{input_, output_, message_, memory.sizes},
          random_{random},
          ws_{storage_, chosen}
    {
    }

private:
    static endpoint& self(sockless_websocket& ws) noexcept { return static_cast<endpoint&>(ws); }
    static const endpoint& self(const sockless_websocket& ws) noexcept { return static_cast<const endpoint&>(ws); }

    static error connect(sockless_websocket& ws, const connect_call& call) noexcept
    {
        if constexpr (Role == role::client) {
            endpoint& one = self(ws);
            if (one.connected_)
                return error::not_open;
            if (const error e = parse_uri(call.url, call.offer->where, uri::schemes::websocket_or_http); failed(e))
                return e;
            // The response is compared with the names, in the program's strings: the array is copied.
            const std::span<const std::string_view> names = call.offer->subprotocols;
            for (std::size_t i = 0; i < names.size(); ++i)
                one.subprotocols_[i] = names[i];
            const auto kept = std::span<const std::string_view>{one.subprotocols_}.first(names.size());
            call.offer->subprotocols = kept;
            const error e = one.ws_.connect(*call.offer, one.random_);
            one.connected_ = !failed(e);
            return e;
        } else {
            return error::not_open;
        }
    }
    static error answer(sockless_websocket& ws, const answer_call& call) noexcept
    {
        if constexpr (Role == role::server) {
            websocket_type& one = self(ws).ws_;
            if (call.status == 101)
                return one.accept({.subprotocol = call.subprotocol, .fields = call.fields});
            return call.status == 0 ? one.refuse() : one.reject(call.status, call.fields, call.body);
        } else {
            return error::not_open;
        }
    }
    static error start_open(sockless_websocket& ws, const open_call& call) noexcept
    {
        return self(ws).ws_.start_open(call.subprotocol, call.response);
    }
    static void receive(sockless_websocket& ws, const receive_call& call) noexcept
    {
        self(ws).ws_.receive(call.bytes, call.now);
    }
    static std::span<std::byte> read_buffer(sockless_websocket& ws) noexcept { return self(ws).ws_.read_buffer(); }
    static void received(sockless_websocket& ws, const count_call& call) noexcept
    {
        self(ws).ws_.received(call.count, call.now);
    }
    /// As `websocket::poll` with a handler.
    static bool poll(sockless_websocket& ws, const poll_call& call) noexcept
    {
        websocket_type& one = self(ws).ws_;
        do {
            *call.out = one.poll();
            if (call.out->kind() != event_kind::need_input) {
                self(ws).note(*call.out);
                return true;
            }
            *call.needs = one.needs(call.now);
        } while (call.needs->wake_after == 0);
        return false;
    }
    /// Until then a head is incomplete.
    void note(const event& e) noexcept
    {
        if (e.kind() < event_kind::message || (e.kind() == event_kind::error && e.failure() == error::status_not_101))
            has_head_ = true;
    }
    static std::span<const std::byte> write_buffer(sockless_websocket& ws) noexcept
    {
        return self(ws).ws_.write_buffer();
    }
    static void written(sockless_websocket& ws, const count_call& call) noexcept
    {
        self(ws).ws_.written(call.count, call.now);
    }
    static bool has_room(const sockless_websocket& ws, std::size_t payload) noexcept
    {
        return self(ws).ws_.has_room(payload);
    }
    static error send(sockless_websocket& ws, const send_call& call) noexcept
    {
        websocket_type& one = self(ws).ws_;
        switch (call.kind) {
        case part::text: return one.send(as_text(call.bytes));
        case part::binary: return one.send(call.bytes);
        case part::fragment: return one.send_fragment(call.bytes);
        case part::last: return one.end_message(call.bytes);
        case part::ping: break;
        }
        return one.ping(call.bytes);
    }
    static error begin_message(sockless_websocket& ws, bool text) noexcept
    {
        return self(ws).ws_.begin_message(text ? opcode::text : opcode::binary);
    }
    static error close(sockless_websocket& ws, const close_call& call) noexcept
    {
        websocket_type& one = self(ws).ws_;
        if (call.code != 0)
            return one.close(static_cast<close_code>(call.code), call.reason);
        if (!call.reason.empty())
            return error::close_code_not_sendable;
        one.close();
        return error::none;
    }
    static void notify(sockless_websocket& ws, signal what, std::uint64_t now) noexcept
    {
        endpoint& one = self(ws);
        switch (what) {
        case signal::input_ended: return one.ws_.input_ended(now);
        case signal::transport_failed: return one.ws_.transport_failed(now);
        case signal::keep_input: return one.ws_.keep_input();
        case signal::pause: return one.ws_.pause();
        case signal::resume: return one.ws_.resume();
        case signal::reset: one.connected_ = one.has_head_ = false; return one.ws_.reset();
        case signal::destroy: break;
        }
        one.~endpoint();
        one.functions = nullptr; // after the destructor: the memory is the program's, which may still have the pointer
    }
    static state look(const sockless_websocket& ws) noexcept
    {
        const websocket_type& one = self(ws).ws_;
        state result{.ready = one.ready_state(),
                     .finished = one.finished(),
                     .close_expected = one.close_expected(),
                     .request_pending = false,
                     .failure = one.failure(),
                     .unwritten = one.unwritten(),
                     .buffered = one.buffered_amount(),
                     .subprotocol = one.protocol(),
                     .fields = {},
                     .request = nullptr,
                     .response = nullptr};
        if constexpr (Role == role::server) {
            result.request_pending = one.request_pending();
            if (self(ws).has_head_ && !one.request().method.empty()) {
                result.request = &one.request();
                result.fields = one.request().fields;
            }
        } else if (self(ws).has_head_ && one.response().status != 0) {
            result.response = &one.response();
            result.fields = one.response().fields;
        }
        return result;
    }

    static constexpr c::functions table{connect,  answer,        start_open,   receive, read_buffer,
                                        received, poll,          write_buffer, written, has_room,
                                        send,     begin_message, close,        notify,  look};

    byte_queue input_;
    output_queue output_;
    byte_queue message_;
    websocket_storage storage_;
    [[no_unique_address]] random_calls random_;
    std::array<std::string_view, Role == role::client ? SOCKLESS_MAX_SUBPROTOCOLS : 0> subprotocols_{};
    bool connected_ = false; ///< of a client: the request was written
    bool has_head_ = false;  ///< an event with it has been returned
    websocket_type ws_;
};

} // namespace sockless::inline SOCKLESS_ABI::detail::c
