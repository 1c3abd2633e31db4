// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <sockless/http/head_stream.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace {

using sockless::detail::head_kind;
using sockless::detail::head_part;
using sockless::detail::head_stream;

TEST_CASE("A head ends with its empty line, and what follows is left alone")
{
    std::array<char, 16> room{};
    head_stream<head_kind::request> head{room};
    const std::vector<std::byte> text = support::text("GET / HTTP/1.1\r\n\r\nx");
    std::span<const std::byte> in{text};
    sockless::error failure{};
    for (const head_part part : {head_part::method, head_part::target, head_part::request_version, head_part::end})
        CHECK(head.next(in, failure) == part);
    CHECK(in.size() == 1);
    CHECK(head.next(in, failure) == head_part::end);
    CHECK(in.size() == 1);
}

} // namespace
