// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The other of two translation units that include every header.
#include "every_header.hpp"

#include <cstddef>
#include <span>
#include <string_view>

std::string_view answer_in_second_unit(std::span<std::byte> ping) noexcept;

std::string_view answer_in_second_unit(std::span<std::byte> ping) noexcept
{
    static sockless::static_byte_queue<64> tx;
    sockless::connection<sockless::role::server> server;
    while (server.poll(ping, tx).kind() != sockless::event_kind::need_input)
        continue;
    return sockless::as_text(tx.data());
}
