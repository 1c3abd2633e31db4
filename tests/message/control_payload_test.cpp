// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// That a program which keeps a view too long is stopped by AddressSanitizer is shown in lifetime_test.cpp.
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <sockless/bytes/copy.hpp>
#include <sockless/message/control_payload.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace {

using sockless::detail::control_payload;
using sockless::detail::payload_buffer;
using sockless::detail::poisoned_payload_buffer;
using support::bytes_of;
using support::to_hex;

static_assert(std::is_trivially_copyable_v<control_payload>);
static_assert(sizeof(control_payload) == 126);

TEST_CASE("6455 5.5: the payload of a control frame is kept whole, at most 125 bytes")
{
    control_payload payload;
    CHECK(payload.view().empty());
    payload.assign(bytes_of("01 02 03"));
    CHECK(to_hex(payload.view()) == "01 02 03");
    const std::vector<std::byte> longest(125, std::byte{7});
    payload.assign(longest);
    CHECK(to_hex(payload.view()) == to_hex(longest));
    payload.assign({});
    CHECK(payload.view().empty());
}

TEMPLATE_TEST_CASE("R2: a stale payload buffer can be copied, destroyed and used again", "[LIFE-2]",
                   payload_buffer<128>, poisoned_payload_buffer<128>)
{
    TestType scratch;
    sockless::detail::copy_bytes(bytes_of("01 02"), scratch.bytes());
    TestType fresh{scratch};
    CHECK(to_hex(std::span{fresh.bytes()}.first(2)) == "01 02");
    scratch.expire();
    scratch.expire();
    TestType stale{scratch};
    fresh = scratch;
    fresh = stale;
    const TestType& itself = stale;
    stale = itself;
    stale.renew();
    sockless::detail::copy_bytes(bytes_of("04"), stale.bytes());
    CHECK(to_hex(std::span{stale.bytes()}.first(1)) == "04");
    fresh = stale;
    CHECK(to_hex(std::span{fresh.bytes()}.first(1)) == "04");
}

} // namespace
