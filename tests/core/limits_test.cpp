// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/print.hpp"

#include <sockless/core/limits.hpp>

namespace {

TEST_CASE("6455 10.4: every limit has a finite default", "[6455-10.4-01][6455-10.4-02][6455-10.4-03]")
{
    const sockless::limits defaults;
    CHECK(defaults.frame_bytes == 16U * 1024 * 1024);
    CHECK(defaults.message_bytes == 16U * 1024 * 1024);
    CHECK(defaults.fragments == 131072);
    CHECK(sockless::limits::head_bytes == 8192);
    CHECK(sockless::limits::head_fields == 100);
}

} // namespace
