// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The decoder over a backend that needs no library. tests/deflate/with_zlib_threats_test.cpp has further tests with zlib.
#include "received.hpp"
#include "reference_backend.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"

#include <sockless/deflate/decoder.hpp>

#include <array>
#include <type_traits>

namespace {

using namespace deflate_test;
using sockless::error;
using support::bytes_of;

using decoder = sockless::deflate_decoder<reference::inflater>;
static_assert(sockless::message_decoder<decoder>);
static_assert(std::is_trivially_copyable_v<decoder>);
static_assert(sizeof(decoder) <= 48);

} // namespace

TEST_CASE(
    "7692 7.2.3: the RFC's examples inflate to Hello, however they are cut",
    "[7692-6-02][7692-6.2-01][7692-7.2.1-02][7692-7.2.2-01][7692-7.2.3.2-01][7692-7.2.3.3-01][7692-7.2.3.4-01][7692-7.2.3.5-01]"
    "[7692-7.2.3.6-01]")
{
    valid_messages<reference_backend>(4096);
    valid_messages<reference_backend>(5);
    valid_messages<reference_backend>(1);
}

TEST_CASE("7692 7.2.3.6: a message that ends at the end of a block is complete", "[7692-7.2.3.6-02][PMD-11]")
{
    messages_without_the_last_block<reference_backend>(4096);
    messages_without_the_last_block<reference_backend>(1);
}

TEST_CASE("7692 7.2.2: data that does not inflate fails with extension_data_invalid and close 1007",
          "[7692-7.2.2-10][7692-7.2.2-11][PMD-7]")
{
    invalid_messages<reference_backend>(4096);
    invalid_messages<reference_backend>(1);
    first_failure_counts<reference_backend>();
}

TEST_CASE("7692 6: a decoder that has negotiated nothing fails RSV1", "[7692-5-14][7692-9.2-01][PMD-3]")
{
    CHECK(decoder{}.reserved_bits() == 0);
    reference::inflater inflater;
    std::array<std::byte, 8> output{};
    CHECK(decoder{inflater, output, sockless::negotiated_deflate{}.received_by(role::server)}.reserved_bits() == 0);
    CHECK(decoder{inflater, output, agreed().received_by(role::server)}.reserved_bits() ==
          sockless::frame_header::rsv1);
}

TEST_CASE("7692 7.2.2: at most one byte beyond the limit is produced", "[PMD-1][PMD-2]")
{
    for (const std::uint64_t max_size : {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{5}, ~std::uint64_t{0}}) {
        reference::inflater inflater;
        std::array<std::byte, 64> output{};
        decoder subject{inflater, output, agreed().received_by(role::client)};
        subject.begin();
        const sockless::decoded_payload result = subject.decode(bytes_of("f2 48 cd c9 c9 07 00"), true, max_size);
        CHECK(result.failure == error::none);
        CHECK(result.out.size() == std::min<std::uint64_t>(5, max_size == ~std::uint64_t{0} ? 5 : max_size + 1));
        CHECK(result.out.data() == output.data());
    }
}

TEST_CASE("7692 7.2.2: without context takeover a message cannot refer to the previous one",
          "[7692-7.2.2-02][7692-7.2.2-04][PMD-9]")
{
    CHECK(received<reference_backend>({{0xC1, bytes_of("f2 48 cd c9 c9 07 00")}, {0xC1, bytes_of("f2 00 11 00 00")}},
                                      {.parameters = agreed(0, 0, true, true)}) == invalid({R"(text "Hello")"}));
}
