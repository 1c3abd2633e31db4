// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Inflating has linear cost in input and output, including zlib's copies.
#include "../deflate/deflate_subject.hpp"
#include "../deflate/zlib_backend.hpp"
#include "count.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <span>

namespace {

using namespace sockless;
using namespace support;

/// Reads one message, in frames of one deflated payload each.
void inflate(byte_vector bytes, std::size_t output)
{
    deflate_test::end_point<deflate_test::zlib_backend, role::server> end{
        deflate_test::agreed(), {.fragments = 1000000}, output};
    static_byte_queue<300> tx;
    std::span<std::byte> in{bytes};
    bool last = false;
    for (event e = end.ws().poll(in, tx); e.kind() != event_kind::need_input; e = end.ws().poll(in, tx)) {
        REQUIRE(e.kind() == event_kind::message);
        last = e.last();
    }
    REQUIRE(last);
}

TEST_CASE("7692 7.2.2: tiny blocks and final blocks have linear cost", "[PMD-8][PMD-13][CPU-1]")
{
    for (const char* const block : {
             "00 00 00 ff ff",    // empty and stored
             "03 00",             // final
             "00 01 00 fe ff 61", // one byte, stored
             "01 01 00 fe ff 61", // and final
         }) {
        INFO(block);
        const auto message = [block](std::size_t size) {
            byte_vector payload;
            while (payload.size() < size)
                payload = join({payload, bytes_of(block)});
            return masked_frame(0xC2, join({payload, bytes_of("00")}));
        };
        for (const std::size_t output : {64U, 16384U})
            steps::check_linear(4000, message, [output](const byte_vector& bytes) { inflate(bytes, output); });
    }
}

} // namespace
