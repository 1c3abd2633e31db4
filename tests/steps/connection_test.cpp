// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Endless input has linear cost, whole and byte by byte.
#include "count.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/connection.hpp>

#include <algorithm>
#include <memory>
#include <span>

namespace {

using namespace sockless;
using namespace support;

constexpr std::size_t many = 10000;

/// Returns `begin` followed by frames like `unit`.
auto repeated(const byte_vector& unit, const byte_vector& begin = {})
{
    return [unit, begin](std::size_t size) {
        byte_vector bytes = begin;
        while (bytes.size() < size)
            bytes.insert(bytes.end(), unit.begin(), unit.end());
        return bytes;
    };
}

/// Reads `bytes` in chunks of `chunk`, with and without an assembler.
void read(byte_vector bytes, std::size_t chunk, bool whole)
{
    server_connection connection{limits{.fragments = 1000000}};
    static_byte_queue<200> tx;
    const auto storage = std::make_unique<static_byte_queue<4 * many>>();
    message_assembler messages{*storage};
    for (std::span<std::byte> rest{bytes}; !rest.empty();) {
        std::span<std::byte> in = rest.first(std::min(chunk, rest.size()));
        rest = rest.subspan(in.size());
        while ((whole ? connection.poll(in, tx, messages) : connection.poll(in, tx)).kind() != event_kind::need_input)
            tx.clear();
    }
    REQUIRE(connection.failure() == error::none);
}

TEST_CASE("CVE-2026-65623: fragments, frames and floods have linear cost, however they are cut",
          "[LIM-3][LIM-5][CTL-1][ZERO-1][CPU-1]")
{
    const byte_vector first = masked_frame(0x01, text("a"));
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, 4 * many})
        for (const bool whole : {false, true}) {
            INFO("chunks of " << chunk << (whole ? ", whole messages" : ", pieces"));
            const auto cost = [&](const auto& make) {
                steps::check_linear(many, make, [&](const byte_vector& bytes) { read(bytes, chunk, whole); });
            };
            cost(repeated(masked_frame(0x00, text("a")), first)); // a message of tiny fragments
            cost(repeated(masked_frame(0x00, {}), first));        // of empty ones
            cost(repeated(masked_frame(0x81, text("a"))));        // tiny messages
            cost(repeated(masked_frame(0x82, {})));               // empty ones
            cost(repeated(masked_frame(0x89, text("ping"))));
            cost(repeated(masked_frame(0x8A, {})));
            cost([&](std::size_t size) { return masked_frame(0x81, byte_vector(size, std::byte{'a'})); });
        }
}

} // namespace
