// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/print.hpp"

#include <sockless/core/role.hpp>

namespace {

using namespace sockless;

static_assert(peer_of(role::client) == role::server);
static_assert(peer_of(role::server) == role::client);

TEST_CASE("core: each role has the other one as its peer")
{
    for (const role self : {role::client, role::server}) {
        CHECK(peer_of(self) != self);
        CHECK(peer_of(peer_of(self)) == self);
    }
}

} // namespace
