// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// That a program which keeps a view too long is stopped by AddressSanitizer is shown in lifetime_test.cpp.
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <sockless/bytes/copy.hpp>
#include <sockless/message/control_payload.hpp>

#include <cstddef>
#include <type_traits>

namespace {

using sockless::detail::control_payload;
using sockless::detail::poisoned_control_payload;
using support::bytes_of;
using support::to_hex;

static_assert(std::is_trivially_copyable_v<control_payload>);
static_assert(sizeof(control_payload) == 126);

TEMPLATE_TEST_CASE("6455 5.5: the payload of a control frame is put together from parts, 125 bytes at most", "",
                   control_payload, poisoned_control_payload)
{
    TestType payload;
    CHECK(payload.view().empty());
    sockless::copy_bytes(bytes_of("01 02"), payload.extend(2));
    CHECK(payload.extend(0).empty());
    sockless::copy_bytes(bytes_of("03"), payload.extend(1));
    CHECK(to_hex(payload.view()) == "01 02 03");
    payload.clear();
    CHECK(payload.view().empty());
    CHECK(payload.extend(125).size() == 125);
    CHECK(payload.view().size() == 125);
}

TEMPLATE_TEST_CASE("6455 5.5: a payload that is stale can be copied, destroyed and used again", "[LIFE-2]",
                   control_payload, poisoned_control_payload)
{
    TestType payload;
    sockless::copy_bytes(bytes_of("01 02"), payload.extend(2));
    TestType fresh{payload};
    CHECK(to_hex(fresh.view()) == "01 02");
    payload.expire();
    payload.expire();
    TestType stale{payload};
    fresh = payload;
    fresh = stale;
    const TestType& itself = stale;
    stale = itself;
    stale.clear();
    sockless::copy_bytes(bytes_of("04"), stale.extend(1));
    CHECK(to_hex(stale.view()) == "04");
    fresh = stale;
    CHECK(to_hex(fresh.view()) == "04");
}

} // namespace
