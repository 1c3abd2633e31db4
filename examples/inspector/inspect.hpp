// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Takes a connection apart: both directions, opening handshake and frames.
#pragma once

#include "frames.hpp"
#include "heads.hpp"
#include "report.hpp"

#include <sockless/deflate/negotiation.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace inspector {

/// Returns whether the bytes of one end begin with a head: with a character of a start line, or white space, and no control character soon after it.
[[nodiscard]] inline bool begins_with_head(std::span<const std::byte> bytes, const options& wanted)
{
    if (wanted.begins_with != beginning::detect)
        return wanted.begins_with == beginning::head && !bytes.empty();
    if (bytes.empty())
        return false;
    for (const std::byte each : bytes.first(bytes.size() < 4 ? bytes.size() : 4)) {
        const auto c = std::to_integer<unsigned>(each);
        if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c > 0x7E)
            return false;
    }
    return true;
}

template <sockless::role Receiver, class Inflater>
void inspect_frames(std::span<const std::byte> bytes, std::size_t at, const options& wanted, bool ended,
                    const sockless::negotiated_deflate& deflate, stream& out)
{
    const sockless::deflate_direction direction = deflate.received_by(Receiver);
    Inflater inflater;
    if (direction.in_use && !inflater.open(direction.window_bits)) {
        out.broken = {sockless::error::no_memory, {at, at}, {}, 0};
        return;
    }
    frame_inspector<Receiver, Inflater>{bytes, wanted, direction, inflater, out}.run(at, ended);
}

/// Inspects a connection.
///
/// @tparam Inflater  an `opened_backend`
template <class Inflater>
[[nodiscard]] report inspect(std::span<const std::byte> from_client, std::span<const std::byte> from_server,
                             const options& wanted)
{
    report result;
    result.from_server.sender = sockless::role::server;
    result.from_client.size = from_client.size();
    result.from_server.size = from_server.size();
    request_summary request;
    std::size_t client_frames = 0;
    std::size_t server_frames = 0;
    if (begins_with_head(from_client, wanted))
        client_frames = inspect_request(from_client, result.from_client, request, result.offered);
    if (begins_with_head(from_server, wanted))
        server_frames = inspect_response(from_server, request, result.from_server, result.deflate);
    if (result.from_server.head == head_result::none && !wanted.extensions.empty()) {
        const sockless::deflate_parameters offer;
        const sockless::error e =
            check_deflate_answer(sockless::extension_cursor{wanted.extensions}, {&offer, 1}, result.deflate);
        if (failed(e))
            result.from_server.notes.push_back("The extensions that were entered are not in use: " +
                                               std::string{to_string(e)});
    }
    if (client_frames < from_client.size() || (result.from_client.head != head_result::failed && wanted.client_ended))
        inspect_frames<sockless::role::server, Inflater>(from_client, client_frames, wanted, wanted.client_ended,
                                                         result.deflate, result.from_client);
    if (server_frames < from_server.size() || (result.from_server.head != head_result::failed && wanted.server_ended))
        inspect_frames<sockless::role::client, Inflater>(from_server, server_frames, wanted, wanted.server_ended,
                                                         result.deflate, result.from_server);
    return result;
}

} // namespace inspector
