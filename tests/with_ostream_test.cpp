// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/with_ostream.hpp>

#include <iomanip>
#include <sstream>
#include <string>

namespace {

using sockless::error;

template <class T>
std::string printed(T value)
{
    std::ostringstream out;
    out << std::left << std::setw(0) << value;
    return out.str();
}

TEST_CASE("A27: errors, codes and states are printed as their text")
{
    CHECK(printed(error::mask_missing) == to_string(error::mask_missing));
    CHECK(printed(sockless::condition::misuse) == to_string(sockless::condition::misuse));
    CHECK(printed(sockless::close_code::normal) == to_string(sockless::close_code::normal));
    CHECK(printed(sockless::opcode::text) == to_string(sockless::opcode::text));
    CHECK(printed(sockless::closing_state::open) == to_string(sockless::closing_state::open));
#if SOCKLESS_HAS_FORMAT
    CHECK(std::format("{}", error::mask_missing) == to_string(error::mask_missing));
    CHECK(std::format("{:>3}", sockless::opcode::text).ends_with(to_string(sockless::opcode::text)));
#endif
}

} // namespace
