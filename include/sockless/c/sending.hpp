// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The functions of the C interface that send, close and say how things are; see implementation.hpp. They are documented in sockless.h.
#pragma once

#include "../config.hpp"
#include "../sockless.h"
#include "conversions.hpp"
#include "endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

// NOLINTBEGIN(misc-definitions-in-headers): in one file of the program
extern "C" {

// --- sending

const void* sockless_write_buffer(sockless_websocket* ws, size_t* size)
{
    SOCKLESS_ASSERT(size != nullptr);
    std::span<const std::byte> bytes;
    if (sockless::detail::c::check_alive(ws) && size != nullptr)
        bytes = ws->functions->write_buffer(*ws);
    if (size != nullptr)
        *size = bytes.size();
    return bytes.empty() ? nullptr : bytes.data();
}

void sockless_written(sockless_websocket* ws, size_t count, uint64_t now)
{
    if (sockless::detail::c::check_alive(ws))
        ws->functions->written(*ws, {count, now});
}

size_t sockless_unwritten(const sockless_websocket* ws)
{
    return sockless::detail::c::look(ws).unwritten;
}

bool sockless_has_room(const sockless_websocket* ws, size_t payload)
{
    return sockless::detail::c::check_alive(ws) && ws->functions->has_room(*ws, payload);
}

sockless_error sockless_send_text(sockless_websocket* ws, const char* text, size_t size)
{
    return sockless::detail::c::send(ws, sockless::detail::c::part::text, text, size);
}

sockless_error sockless_send_binary(sockless_websocket* ws, const void* bytes, size_t size)
{
    return sockless::detail::c::send(ws, sockless::detail::c::part::binary, bytes, size);
}

sockless_error sockless_begin_message(sockless_websocket* ws, bool text)
{
    using namespace sockless::detail::c;
    return is_alive(ws) ? to_c(ws->functions->begin_message(*ws, text)) : SOCKLESS_ERROR_NOT_OPEN;
}

sockless_error sockless_send_fragment(sockless_websocket* ws, const void* bytes, size_t size)
{
    return sockless::detail::c::send(ws, sockless::detail::c::part::fragment, bytes, size);
}

sockless_error sockless_end_message(sockless_websocket* ws, const void* bytes, size_t size)
{
    return sockless::detail::c::send(ws, sockless::detail::c::part::last, bytes, size);
}

sockless_error sockless_ping(sockless_websocket* ws, const void* bytes, size_t size)
{
    return sockless::detail::c::send(ws, sockless::detail::c::part::ping, bytes, size);
}

sockless_error sockless_close(sockless_websocket* ws, uint16_t code, const char* reason)
{
    using namespace sockless::detail::c;
    return is_alive(ws) ? to_c(ws->functions->close(*ws, {code, text_of(reason)})) : SOCKLESS_ERROR_NOT_OPEN;
}

// --- state

sockless_ready_state sockless_state(const sockless_websocket* ws)
{
    return static_cast<sockless_ready_state>(sockless::detail::c::look(ws).ready);
}

sockless_text sockless_subprotocol(const sockless_websocket* ws)
{
    return sockless::detail::c::to_c(sockless::detail::c::look(ws).subprotocol);
}

uint64_t sockless_buffered_amount(const sockless_websocket* ws)
{
    return sockless::detail::c::look(ws).buffered;
}

bool sockless_finished(const sockless_websocket* ws)
{
    return sockless::detail::c::look(ws).finished;
}

bool sockless_close_expected(const sockless_websocket* ws)
{
    return sockless::detail::c::look(ws).close_expected;
}

sockless_error sockless_failure(const sockless_websocket* ws)
{
    return sockless::detail::c::to_c(sockless::detail::c::look(ws).failure);
}

} // extern "C"
// NOLINTEND(misc-definitions-in-headers)
