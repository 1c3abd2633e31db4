// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One of two units of a program that differ only in the optimisation level. ANSWER is the name of its function.
#include <sockless/sockless.hpp>

#include <cstddef>
#include <span>

/// Polls `server` with `in` and appends its replies to `tx`. Returns whether the client's text was "hi".
bool ANSWER(sockless::server_connection& server, std::span<std::byte>& in, sockless::byte_queue& tx) noexcept;

bool ANSWER(sockless::server_connection& server, std::span<std::byte>& in, sockless::byte_queue& tx) noexcept
{
    const sockless::event first = server.poll(in, tx);
    const bool good = first.kind() == sockless::event_kind::message && first.text() == "hi";
    return good && !failed(server.send_text(tx, first.text()));
}
