// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/handshake/accept_key.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace {

using sockless::error;
using sockless::key_value;
using sockless::make_accept;
using sockless::make_key;
using sockless::detail::is_key;

// RFC 6455 1.3
static_assert(make_accept("dGhlIHNhbXBsZSBub25jZQ==").view() == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
static_assert(is_key("dGhlIHNhbXBsZSBub25jZQ=="));

TEST_CASE("6455 4.2.2: the accept value is the digest of the key as text and the GUID",
          "[6455-4.2.2-16][6455-4.2.2-17][6455-4.1-33][6455-4.1-34][6455-4.2.2-06]")
{
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
        {"x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="},
        {"AQIDBAUGBwgJCgsMDQ4PEA==", "C/0nmHhBztSRGR1CwL6Tf4ZjwpY="},
        {"AQIDBAUGBwgJCgsMDQ4PEC==", "OfS0wDaT5NoxF2gqm7Zj2YtetzM="}, // the same bytes, other text, another answer
    };
    for (const auto& [key, accept] : vectors) {
        CHECK(make_accept(key).view() == accept);
        CHECK(make_accept(key).view().size() == 28);
        CHECK(is_key(key));
    }
}

TEST_CASE("6455 4.2.1, CVE-2026-5067: a key is the base64 form of 16 bytes, no more and no less",
          "[6455-4.2.1-08][6455-4.3-05][4648-3.3-01][HS-8]")
{
    for (const std::string& bad :
         {std::string{}, std::string{"dGhlIHNhbXBsZSBub25jZQ="}, std::string{"dGhlIHNhbXBsZSBub25jZQ==="},
          std::string{"AAAAAAAAAAAAAAAAAAAA"}, std::string{"AAAAAAAAAAAAAAAAAAAAAAA="},
          std::string{"AAAAAAAAAAAAAAAAAAAAAAAA"}, std::string{"dGhlIHNhbXBsZSBu b25jZQ=="},
          std::string{"dGhlIHNhbXBsZSBub25jZ-=="}, std::string(64, 'A'), std::string(4096, 'A'), std::string(24, '=')})
        CHECK_FALSE(is_key(bad));
    CHECK(make_accept(std::string(4096, 'A')).view().size() == 28); // the size does not depend on the key
}

TEST_CASE("6455 4.1: a key is made of 16 new random bytes", "[6455-4.1-17][6455-4.1-18][MASK-3]")
{
    heads::fixed_random random;
    key_value key;
    REQUIRE(make_key(random, key) == error::none);
    CHECK(key.view() == "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(random.calls == 1);
    random.bytes = "0123456789abcdef";
    REQUIRE(make_key(random, key) == error::none);
    CHECK(random.calls == 2);
    CHECK(key.view() == "MDEyMzQ1Njc4OWFiY2RlZg==");
    random.works = false;
    CHECK(make_key(random, key) == error::no_random);
    CHECK(key.view() == "MDEyMzQ1Njc4OWFiY2RlZg==");
}

} // namespace
