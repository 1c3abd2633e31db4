// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The functions of the C interface, which sockless.h includes in one file of the program. They are documented there.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/error_string.hpp"
#include "../handshake/upgrade_request.hpp"
#include "../http/character_class.hpp"
#include "../http/uri.hpp"
#include "../message/event.hpp"
#include "../sockless.h"
#include "../websocket/websocket_needs.hpp"
#include "conversions.hpp"
#include "endpoint.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// NOLINTBEGIN(misc-definitions-in-headers): in one file of the program
extern "C" {

// --- memory and types

size_t sockless_memory_size(const sockless_sizes* sizes)
{
    using namespace sockless::detail::c;
    return memory_for(with_defaults(sizes != nullptr ? *sizes : sockless_sizes{}));
}

sockless_options sockless_default_options(void)
{
    const sockless::websocket_options<> usual;
    sockless_options result{};
    result.frame_bytes = usual.limits.frame_bytes;
    result.message_bytes = usual.limits.message_bytes;
    result.fragments = usual.limits.fragments;
    result.body_bytes = usual.body_bytes;
    result.handshake_timeout = usual.handshake_timeout;
    result.answer_timeout = usual.answer_timeout;
    result.ping_interval = usual.ping_interval;
    result.pong_timeout = usual.pong_timeout;
    result.closing_timeout = usual.closing_timeout;
    result.high_water = usual.high_water;
    result.low_water = usual.low_water;
    result.read_size = usual.read_size;
    result.whole_messages = usual.whole_messages;
    result.receive_while_closing = usual.receive_while_closing;
    result.browser_close_codes = usual.browser_close_codes;
    result.fail_when_full = usual.fail_when_full;
    return result;
}

int sockless_poll_timeout(const sockless_needs* needs)
{
    SOCKLESS_ASSERT(needs != nullptr);
    sockless::websocket_needs result;
    result.wake_after = needs != nullptr ? needs->wake_after : 0;
    return result.poll_timeout();
}

const char* sockless_error_string(sockless_error error)
{
    return sockless::to_string(sockless::detail::c::from_c(error)).data(); // a literal, which ends with a NUL
}

sockless_text sockless_error_name(sockless_error error)
{
    return sockless::detail::c::to_c(sockless::name_of(sockless::detail::c::from_c(error)));
}

// --- life

sockless_error sockless_client_init(sockless_websocket** ws, void* memory, size_t size, const sockless_options* options,
                                    sockless_random random)
{
    return sockless::detail::c::make<sockless::role::client>(ws, memory, size, options, {random});
}

sockless_error sockless_server_init(sockless_websocket** ws, void* memory, size_t size, const sockless_options* options)
{
    return sockless::detail::c::make<sockless::role::server>(ws, memory, size, options, {});
}

void sockless_destroy(sockless_websocket* ws)
{
    if (ws != nullptr)
        sockless::detail::c::notify(ws, sockless::detail::c::signal::destroy);
}

void sockless_reset(sockless_websocket* ws)
{
    sockless::detail::c::notify(ws, sockless::detail::c::signal::reset);
}

// --- the opening handshake of a client

sockless_error sockless_parse_url(const char* text, sockless_url* url)
{
    if (text == nullptr || url == nullptr)
        return SOCKLESS_ERROR_COUNT_INVALID;
    sockless::uri where;
    const std::string_view view{text};
    if (const sockless::error e = sockless::parse_uri(view, where, sockless::uri::schemes::websocket_or_http);
        failed(e))
        return sockless::detail::c::to_c(e);
    std::string_view host = where.host;
    if (host.starts_with('['))
        host = {host.data() + 1, host.size() - 2};
    *url = {sockless::detail::c::to_c(host), where.port, where.secure};
    return SOCKLESS_ERROR_NONE;
}

sockless_error sockless_connect(sockless_websocket* ws, const char* url, const sockless_connect_options* offer)
{
    using namespace sockless::detail::c;
    if (!is_alive(ws))
        return SOCKLESS_ERROR_NOT_OPEN;
    const sockless_connect_options choice = offer != nullptr ? *offer : sockless_connect_options{};
    std::array<std::string_view, SOCKLESS_MAX_SUBPROTOCOLS> names;
    if (choice.subprotocol_count > names.size())
        return SOCKLESS_ERROR_TOO_MANY_FIELDS;
    if (url == nullptr || has_null(choice.subprotocols, choice.subprotocol_count))
        return SOCKLESS_ERROR_COUNT_INVALID;
    for (std::size_t i = 0; i < choice.subprotocol_count; ++i)
        names[i] = choice.subprotocols[i];
    const field_list fields{choice.fields, choice.field_count};
    if (failed(fields.failure()))
        return to_c(fields.failure());
    const auto offered = std::span<const std::string_view>{names}.first(choice.subprotocol_count);
    sockless::connect_options request{.subprotocols = offered,
                                      .origin = text_of(choice.origin),
                                      .fields = fields.view(),
                                      .subprotocol_required = choice.subprotocol_required};
    return to_c(ws->functions->connect(*ws, {url, &request}));
}

uint16_t sockless_response_status(const sockless_websocket* ws)
{
    const sockless::response_head* const response = sockless::detail::c::look(ws).response;
    return response != nullptr ? response->status : std::uint16_t{0};
}

sockless_text sockless_response_reason(const sockless_websocket* ws)
{
    const sockless::response_head* const response = sockless::detail::c::look(ws).response;
    return response != nullptr ? sockless::detail::c::to_c(response->reason) : sockless_text{};
}

// --- the opening handshake of a server

bool sockless_request_of(const sockless_websocket* ws, sockless_request* request)
{
    using sockless::detail::c::to_c;
    SOCKLESS_ASSERT(request != nullptr);
    const sockless::upgrade_request* const from = sockless::detail::c::look(ws).request;
    if (request == nullptr)
        return false;
    *request = {};
    if (from == nullptr)
        return false;
    *request = {to_c(from->method), to_c(from->target), to_c(from->path), to_c(from->query),
                to_c(from->host),   to_c(from->origin), from->port,       from->has_origin};
    return true;
}

bool sockless_request_pending(const sockless_websocket* ws)
{
    return sockless::detail::c::look(ws).request_pending;
}

const char* sockless_choose_subprotocol(const sockless_websocket* ws, const char* const* supported, size_t count)
{
    const bool valid = !sockless::detail::c::has_null(supported, count);
    SOCKLESS_ASSERT(valid);
    const sockless::upgrade_request* const request = sockless::detail::c::look(ws).request;
    if (request == nullptr || !valid)
        return nullptr;
    sockless::list_cursor offered = request->subprotocols();
    std::string_view name;
    while (offered.next(name))
        for (std::size_t i = 0; i < count; ++i)
            if (supported[i] == name)
                return supported[i];
    return nullptr;
}

sockless_error sockless_accept(sockless_websocket* ws, const char* subprotocol, const sockless_field* fields,
                               size_t count)
{
    using namespace sockless::detail::c;
    return answer(ws, 101, text_of(subprotocol), {fields, count}, {});
}

sockless_error sockless_reject(sockless_websocket* ws, uint16_t status, const sockless_field* fields, size_t count,
                               const void* body, size_t size)
{
    using namespace sockless::detail::c;
    if (status < 200)
        return SOCKLESS_ERROR_STATUS_NOT_SENDABLE;
    if (is_null(body, size))
        return SOCKLESS_ERROR_COUNT_INVALID;
    return answer(ws, status, {}, {fields, count}, view(body, size));
}

sockless_error sockless_refuse(sockless_websocket* ws)
{
    return sockless::detail::c::answer(ws, 0, {}, {nullptr, 0}, {});
}

// --- the peer's head, and another handshake

size_t sockless_field_count(const sockless_websocket* ws)
{
    return sockless::detail::c::look(ws).fields.size();
}

sockless_text sockless_field_name(const sockless_websocket* ws, size_t index)
{
    const std::span<const sockless::field> fields = sockless::detail::c::look(ws).fields;
    return index < fields.size() ? sockless::detail::c::to_c(fields[index].name) : sockless_text{};
}

sockless_text sockless_field_value(const sockless_websocket* ws, size_t index)
{
    const std::span<const sockless::field> fields = sockless::detail::c::look(ws).fields;
    return index < fields.size() ? sockless::detail::c::to_c(fields[index].value) : sockless_text{};
}

bool sockless_find_field(const sockless_websocket* ws, const char* name, sockless_text* value)
{
    SOCKLESS_ASSERT(name != nullptr && value != nullptr);
    if (name == nullptr || value == nullptr)
        return false;
    sockless::field_cursor lines{sockless::detail::c::look(ws).fields, name};
    std::string_view found;
    if (!lines.next(found))
        return false;
    *value = sockless::detail::c::to_c(found);
    return true;
}

sockless_error sockless_start_open(sockless_websocket* ws, const char* subprotocol, const void* response, size_t size)
{
    using namespace sockless::detail::c;
    if (!is_alive(ws))
        return SOCKLESS_ERROR_NOT_OPEN;
    if (is_null(response, size))
        return SOCKLESS_ERROR_COUNT_INVALID;
    return to_c(ws->functions->start_open(*ws, {text_of(subprotocol), view(response, size)}));
}

// --- receiving

void sockless_receive(sockless_websocket* ws, void* bytes, size_t size, uint64_t now)
{
    SOCKLESS_ASSERT(!sockless::detail::c::is_null(bytes, size));
    if (sockless::detail::c::check_alive(ws) && !sockless::detail::c::is_null(bytes, size))
        ws->functions->receive(*ws, {{static_cast<std::byte*>(bytes), size}, now});
}

void* sockless_read_buffer(sockless_websocket* ws, size_t* size)
{
    SOCKLESS_ASSERT(size != nullptr);
    std::span<std::byte> room;
    if (sockless::detail::c::check_alive(ws) && size != nullptr)
        room = ws->functions->read_buffer(*ws);
    if (size != nullptr)
        *size = room.size();
    return room.empty() ? nullptr : room.data();
}

void sockless_received(sockless_websocket* ws, size_t count, uint64_t now)
{
    if (sockless::detail::c::check_alive(ws))
        ws->functions->received(*ws, {count, now});
}

void sockless_input_ended(sockless_websocket* ws, uint64_t now)
{
    sockless::detail::c::notify(ws, sockless::detail::c::signal::input_ended, now);
}

void sockless_transport_failed(sockless_websocket* ws, uint64_t now)
{
    sockless::detail::c::notify(ws, sockless::detail::c::signal::transport_failed, now);
}

bool sockless_poll(sockless_websocket* ws, uint64_t now, sockless_event* event, sockless_needs* needs)
{
    using sockless::event_kind;
    SOCKLESS_ASSERT(event != nullptr && needs != nullptr);
    if (!sockless::detail::c::check_alive(ws) || event == nullptr || needs == nullptr)
        return false;
    sockless::event one;
    sockless::websocket_needs next;
    *event = {};
    if (!ws->functions->poll(*ws, {now, &one, &next})) {
        *needs = {next.read, next.write, next.shut_down_write, next.close, next.wake_after};
        return false;
    }
    event->kind = static_cast<sockless_event_kind>(one.kind());
    event->size = one.payload().size();
    event->data = reinterpret_cast<const unsigned char*>(one.payload().data());
    if (one.kind() == event_kind::message) {
        event->text = one.is_text();
        event->first = one.first();
        event->last = one.last();
    }
    if (one.kind() == event_kind::close || one.kind() == event_kind::error)
        event->code = static_cast<std::uint16_t>(one.code());
    if (one.kind() == event_kind::close)
        event->clean = one.was_clean();
    if (one.kind() == event_kind::error)
        event->error = sockless::detail::c::to_c(one.failure());
    return true;
}

void sockless_keep_input(sockless_websocket* ws)
{
    sockless::detail::c::notify(ws, sockless::detail::c::signal::keep_input);
}

void sockless_pause(sockless_websocket* ws)
{
    sockless::detail::c::notify(ws, sockless::detail::c::signal::pause);
}

void sockless_resume(sockless_websocket* ws)
{
    sockless::detail::c::notify(ws, sockless::detail::c::signal::resume);
}

} // extern "C"
// NOLINTEND(misc-definitions-in-headers)

#include "sending.hpp"
