// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate over zlib: messages between two ends with any negotiated parameters, in both directions, whole and in fragments; or any
/// bytes as compressed payload, with the same result as a slow inflater, however they are cut.
#include "cuts.hpp"
#include "target.hpp"

#include "deflate/deflate_round_trip.hpp"
#include "deflate/reference_backend.hpp"
#include "deflate/zlib_backend.hpp"

#include <cstddef>
#include <span>

namespace {

using namespace deflate_test;

void hostile(std::span<const std::byte> input)
{
    const hostile_input attack{input};
    same_verdict<zlib_backend, reference_backend>(attack);
    static_cast<void>(
        fuzz::same_log_in_every_way(attack.bytes, [&attack] { return attack.make_subject<zlib_backend>(); }));
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    switch (in.byte() % 4) {
    case 0: return round_trip<zlib_backend>(in.rest());
    case 1: return round_trip<two_backends<reference_backend, zlib_backend>>(in.rest());
    case 2: return round_trip<two_backends<zlib_backend, reference_backend>>(in.rest());
    default: return hostile(in.rest());
    }
}

const fuzz::target here{"deflate", body};

} // namespace
