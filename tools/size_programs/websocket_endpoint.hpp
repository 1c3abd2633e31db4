// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A `websocket` with keep-alive, time-outs and back-pressure in static memory, which echoes messages.
#pragma once

#include "program.hpp"

#include <cstdint>
#include <new>

inline constexpr sockless::websocket_sizes sizes{.message = 256, .output = 512, .input = 256, .head = 256, .fields = 8};
inline std::byte caller_input[sizes.input];
inline std::byte caller_output[sizes.output];
inline std::byte caller_message[sizes.message_memory()];

template <class Websocket>
struct endpoint {
    sockless::byte_queue input{caller_input};
    sockless::output_queue output{caller_output};
    sockless::byte_queue message{caller_message};
    sockless::websocket_storage storage{input, output, message, sizes};
    Websocket ws{storage};
};

// What is never destroyed needs no atexit.
template <class Websocket>
alignas(endpoint<Websocket>) inline std::byte memory[sizeof(endpoint<Websocket>)];

struct echo {
    template <class Websocket>
    static void on_message(Websocket& to, const sockless::event& message) noexcept
    {
        if (failed(message.is_text() ? to.send(message.text()) : to.send(message.payload())))
            to.close();
    }
};

template <class Websocket>
inline int run(Websocket& ws) noexcept
{
    for (std::uint32_t now = 0;; now += 10) {
        const sockless::websocket_needs needs = ws.poll(echo{}, now);
        if (needs.close)
            return static_cast<int>(ws.failure());
        if (needs.write) {
            const std::span<const std::byte> out = ws.write_buffer();
            ws.written(transmit(out.data(), out.size()), now);
        }
        if (needs.read) {
            const std::span<std::byte> room = ws.read_buffer();
            ws.received(receive(room.data(), room.size()), now);
        }
    }
}
