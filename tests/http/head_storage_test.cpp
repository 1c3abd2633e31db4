// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/http/head_storage.hpp>

#include <type_traits>

namespace {

using sockless::head_buffers;
using sockless::head_storage;

static_assert(!std::is_copy_constructible_v<head_storage<>> && !std::is_copy_assignable_v<head_storage<>>);
static_assert(std::is_convertible_v<head_storage<>&, head_buffers>);
static_assert(!std::is_convertible_v<head_storage<>, head_buffers>); // a temporary would be gone before the reader

TEST_CASE("6455 10.4: the size of the storage is the limit of the head", "[6455-10.4-03]")
{
    head_storage<> usual;
    CHECK(usual.space().characters.size() == sockless::limits::head_bytes);
    CHECK(usual.space().fields.size() == sockless::limits::head_fields);
    head_storage<100, 3> small;
    const head_buffers space = small;
    CHECK(space.characters.size() == 100);
    CHECK(space.fields.size() == 3);
}

} // namespace
