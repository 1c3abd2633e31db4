// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Any bytes, to a connection of either role, cut in many ways: no way of cutting may change what happens, and no promise
/// of the connection may be broken. The first byte chooses the role, the second seeds the cuts.
#include "support/connection_subject.hpp"
#include "support/feed_ways.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

namespace {

template <class Connection>
std::string finding(std::span<const std::byte> input, std::uint64_t seed)
{
    const support::feed_options options{
        .every_cut_up_to = 32, .random_cuts = 2, .random_ways = 3, .bytewise_up_to = 1024, .seed = seed};
    const sockless::limits small{.frame_bytes = 1024, .message_bytes = 2048, .fragments = 8};
    return support::try_every_way(
               input, [&] { return support::connection_subject<Connection>{Connection{small}}; }, options)
        .difference;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const auto input = std::as_bytes(std::span{data, size}.subspan(2));
    const std::string found = data[0] % 2 == 0
                                  ? finding<sockless::server_connection>(input, data[1])
                                  : finding<sockless::client_connection<support::zero_keys>>(input, data[1]);
    if (!found.empty()) {
        std::fprintf(stderr, "%s\n", found.c_str());
        std::abort();
    }
    return 0;
}
