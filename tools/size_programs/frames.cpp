// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The frame codec alone, in the server's role: frames are read, checked and unmasked, and each chunk is sent back as a frame.
#include "program.hpp"

using namespace sockless;

std::byte caller_input[caller_bytes];
frame_reader<role::server> reader{65536};

int main()
{
    for (;;) {
        std::span<std::byte> in{caller_input, receive(caller_input, sizeof caller_input)};
        while (!in.empty()) {
            const frame_chunk piece = reader.poll(in);
            if (piece.kind == frame_chunk_kind::error)
                return static_cast<int>(piece.failure);
            std::byte header[frame_header::max_size];
            transmit(
                header,
                encode_header({.payload_length = piece.payload.size(), .op = reader.op(), .fin = piece.last}, header));
            transmit(piece.payload.data(), piece.payload.size());
        }
    }
}
