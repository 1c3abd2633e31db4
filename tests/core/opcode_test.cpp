// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/print.hpp"

#include <sockless/core/opcode.hpp>

#include <set>

namespace {

using namespace sockless;

static_assert(sizeof(opcode) == 1);

TEST_CASE("6455 11.8: the opcodes have the values of the registry, and no other is known", "[6455-11.8-01]")
{
    CHECK(static_cast<unsigned>(opcode::continuation) == 0);
    CHECK(static_cast<unsigned>(opcode::text) == 1);
    CHECK(static_cast<unsigned>(opcode::binary) == 2);
    CHECK(static_cast<unsigned>(opcode::close) == 8);
    CHECK(static_cast<unsigned>(opcode::ping) == 9);
    CHECK(static_cast<unsigned>(opcode::pong) == 10);
    const std::set<unsigned> assigned{0, 1, 2, 8, 9, 10};
    for (unsigned value = 0; value < 16; ++value) {
        CHECK(detail::is_known(static_cast<opcode>(value)) == assigned.contains(value));
        CHECK((to_string(static_cast<opcode>(value)) != "reserved") == assigned.contains(value));
    }
}

TEST_CASE("6455 5.5: control opcodes have bit 0x8, and a continuation is data", "[6455-5.5-01][6455e-4672-01]")
{
    for (unsigned value = 0; value < 16; ++value)
        CHECK(is_control(static_cast<opcode>(value)) == (value >= 8));
    CHECK_FALSE(is_control(opcode::continuation));
}

} // namespace
