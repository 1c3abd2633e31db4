// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random_source_checks.hpp"

#include <sockless/handshake/accept_key.hpp>
#include <sockless/with_os_random.hpp>

#include <cstddef>
#include <span>
#include <sys/mman.h>

namespace {

using sockless::os_random;

static_assert(sockless::random_source<os_random> && sockless::mask_key_source<sockless::os_mask_keys>);

TEST_CASE("6455 10.3: the kernel fills all bytes, differently each time", "[6455-5.3-03][6455-4.1-18][MASK-3]")
{
    os_random random;
    // The kernel returns at most 32 MiB - 1 at a time: the remainder needs further calls.
    support::check_random_source<sockless::os_mask_keys>(random, (std::size_t{1} << 25) + 4096);
}

TEST_CASE("6455 10.3: a failure of the kernel is reported", "[MASK-3]")
{
    // Memory that it may not write to.
    void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    os_random random;
    CHECK_FALSE(random.fill(std::span{static_cast<std::byte*>(page), 16}));
    ::munmap(page, 4096);
}

} // namespace
