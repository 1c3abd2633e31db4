// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a connection and to wslay's event interface, and compares. wslay gets the whole input at once: it does not validate a close
/// frame's reason that arrives in parts of one or two bytes.
#include "peers.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <sys/types.h>
#include <vector>

namespace {

using fuzz::our_outcome;
using fuzz::outcome;
using sockless::error;

/// Differences of version 1.1.1.
constexpr std::array known{
    fuzz::difference{"RFC 6455 7.4.1: 1002 for a protocol error",
                     "a malformed frame is answered by a close frame without a code", "01 827E0001",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.verdict() == "failed, close 1002" && theirs.verdict() == "failed, close 1005" &&
                                ours.events == theirs.events;
                     }},
    fuzz::difference{"RFC 6455 5.5.1: a body has at least the two bytes of a code",
                     "a close frame with one byte is treated as an empty one", "01 880103",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.reason == error::close_payload_truncated &&
                                theirs.verdict() == "closed, close 1005" &&
                                fuzz::same_beginning(ours.events, theirs.events);
                     }},
    fuzz::difference{"RFC 6455 11.7: the registry has 1012 to 1014",
                     "codes that were registered after the RFC are rejected", "01 880203F4",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return (ours.verdict() == "closed, close 1012" || ours.verdict() == "closed, close 1013" ||
                                 ours.verdict() == "closed, close 1014") &&
                                theirs.verdict() == "failed, close 1002" &&
                                fuzz::same_beginning(ours.events, theirs.events);
                     }},
    fuzz::difference{"RFC 6455 7.4, 8.1: both are violated",
                     "of an invalid code and an invalid reason, the reason is reported", "01 880303E7FF",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return (ours.reason == error::close_code_not_on_wire ||
                                 ours.reason == error::close_payload_truncated) &&
                                theirs.verdict() == "failed, close 1007" && ours.events == theirs.events;
                     }},
    fuzz::difference{"RFC 6455 5.5.2: as soon as is practical", "pending pongs are discarded when the connection ends",
                     "01 8900 8800",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.over && ours.verdict() == theirs.verdict() && ours.events == theirs.events &&
                                theirs.answers.size() < ours.answers.size();
                     }},
    fuzz::difference{"RFC 6455 7.4.1: servers do not send 1010", "a server's answer to 1010 is 1010",
                     "00 888200000000 03F2",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.verdict() == "closed, close 1000" && theirs.verdict() == "closed, close 1010" &&
                                ours.events == theirs.events;
                     }},
};

/// The input, output and log of wslay.
struct conversation {
    std::span<const std::byte> in;
    std::vector<std::byte> out;
    fuzz::outcome result;
};

ssize_t receive(wslay_event_context_ptr context, std::uint8_t* to, std::size_t room, int, void* user)
{
    auto& here = *static_cast<conversation*>(user);
    const std::size_t size = std::min(room, here.in.size());
    if (size == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    std::transform(here.in.begin(), here.in.begin() + static_cast<std::ptrdiff_t>(size), to,
                   [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    here.in = here.in.subspan(size);
    return static_cast<ssize_t>(size);
}

ssize_t send(wslay_event_context_ptr, const std::uint8_t* from, std::size_t size, int, void* user)
{
    const auto bytes = std::as_bytes(std::span{from, size});
    auto& out = static_cast<conversation*>(user)->out;
    out.insert(out.end(), bytes.begin(), bytes.end());
    return static_cast<ssize_t>(size);
}

int zero_key(wslay_event_context_ptr, std::uint8_t* to, std::size_t size, void*)
{
    std::fill_n(to, size, std::uint8_t{0});
    return 0;
}

void report(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message, void* user)
{
    auto& result = static_cast<conversation*>(user)->result;
    const auto payload = std::as_bytes(std::span{message->msg, message->msg_length});
    switch (message->opcode) {
    case WSLAY_TEXT_FRAME: result.events.push_back(support::text_line(payload)); break;
    case WSLAY_BINARY_FRAME: result.events.push_back(support::binary_line(payload)); break;
    case WSLAY_PING: result.events.push_back(support::ping_line(payload)); break;
    case WSLAY_PONG: result.events.push_back(support::pong_line(payload)); break;
    case WSLAY_CONNECTION_CLOSE:
        result.over = true;
        result.events.push_back(
            payload.size() < 2 ? support::close_line(1005)
                               : support::close_line(message->status_code, support::to_string(payload.subspan(2))));
        break;
    default: result.events.push_back("opcode " + std::to_string(message->opcode)); break;
    }
}

fuzz::outcome hear(fuzz::role self, std::span<const std::byte> bytes)
{
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = receive;
    callbacks.send_callback = send;
    callbacks.genmask_callback = zero_key;
    callbacks.on_msg_recv_callback = report;
    conversation here{bytes, {}, {}};
    wslay_event_context_ptr made = nullptr;
    const int status = self == fuzz::role::server ? wslay_event_context_server_init(&made, &callbacks, &here)
                                                  : wslay_event_context_client_init(&made, &callbacks, &here);
    fuzz::require(status == 0, "wslay has a context");
    const std::unique_ptr<wslay_event_context, void (*)(wslay_event_context_ptr)> context{made,
                                                                                          wslay_event_context_free};
    wslay_event_config_set_max_recv_msg_length(made, fuzz::peer_limits.message_bytes);
    const bool broken = wslay_event_recv(made) != 0;
    const bool stopped = wslay_event_want_read(made) == 0;
    fuzz::require(wslay_event_send(made) == 0, "wslay sends");
    here.result.failed = !here.result.over && (broken || stopped);
    here.result.over = here.result.over || broken || stopped;
    here.result.read_answers(here.out);
    return here.result;
}

void body(std::span<const std::byte> input)
{
    fuzz::compare(input, known, hear);
}

const fuzz::target here{"wslay", body};

} // namespace
