// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/print.hpp"

#include <sockless/core/role.hpp>

namespace {

using namespace sockless;

static_assert(detail::peer_of(role::client) == role::server);
static_assert(detail::peer_of(role::server) == role::client);

TEST_CASE("core: each role has the other one as its peer")
{
    for (const role self : {role::client, role::server}) {
        CHECK(detail::peer_of(self) != self);
        CHECK(detail::peer_of(detail::peer_of(self)) == self);
    }
}

} // namespace
