// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opens a WebSocket after a request that llhttp has parsed, or answers another request, on a socket that one thread serves.
#pragma once

#include "../support/socket.hpp"
#include "llhttp_request.hpp"

#include <sockless/handshake/server_response.hpp>
#include <sockless/handshake/upgrade_request.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_poll.hpp>

#include <optional>
#include <sys/socket.h>

namespace example {

/// Reads a request and writes a response.
///
/// @param ws      is opened after a response 101, and receives the bytes after the request
/// @param stop    a descriptor; when it is readable the program ends
/// @param limit   for all of it, in milliseconds
/// @param answer  is called with the request, with the result of `check_upgrade` and with the queue for the response; returns the
///                subprotocol, maybe empty, if it has accepted the request
/// @return whether the WebSocket is open
template <class Websocket, class Answer>
bool open(Websocket& ws, int socket, int stop, std::uint32_t limit, const Answer& answer)
{
    const std::uint64_t until = sockless::steady_milliseconds() + limit;
    const auto wait = [&](short event) {
        const std::uint64_t time = sockless::steady_milliseconds();
        pollfd ready[] = {{socket, event, 0}, {stop, POLLIN, 0}};
        return time < until && ::poll(ready, 2, static_cast<int>(until - time)) > 0 && ready[1].revents == 0;
    };
    std::byte buffer[16384];
    std::span<std::byte> in;
    llhttp_request parsed;
    auto state = llhttp_request::state::incomplete;
    while (state == llhttp_request::state::incomplete) {
        const auto count = wait(POLLIN) ? ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT) : 0;
        if (count <= 0)
            return false;
        in = {buffer, static_cast<std::size_t>(count)};
        state = parsed.parse(in);
    }
    sockless::growing_byte_queue response{65536};
    std::optional<std::string_view> subprotocol;
    const sockless::request_head head = parsed.head();
    sockless::upgrade_request request;
    if (state == llhttp_request::state::complete) {
        const sockless::error why = check_upgrade(head, request);
        subprotocol = answer(request, why, response);
    } else {
        static_cast<void>(write_response(response, state == llhttp_request::state::malformed ? 400 : 431));
    }
    while (!response.empty()) {
        const auto bytes = response.data();
        const auto count = wait(POLLOUT) ? ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
        if (count <= 0)
            return false;
        response.consume(static_cast<std::size_t>(count));
    }
    if (subprotocol && !failed(ws.start_open(*subprotocol))) {
        ws.receive(in, sockless::steady_milliseconds());
        ws.keep_input(); // they are in a buffer of this function
        return true;
    }
    // Reads until the client closes: closing a socket with unread bytes resets it, and the client might not see the response.
    static_cast<void>(::shutdown(socket, SHUT_WR));
    while (wait(POLLIN) && ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT) > 0) {
    }
    return false;
}

} // namespace example
