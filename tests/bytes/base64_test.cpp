// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"

#include <sockless/bytes/base64.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using sockless::base64_decode;
using sockless::base64_encode;
using sockless::base64_size;

std::string encoded(std::span<const std::byte> bytes)
{
    std::string text(base64_size(bytes.size()), '\0');
    base64_encode(bytes, text);
    return text;
}

bool decodes(std::string_view text, std::size_t count)
{
    std::vector<std::byte> out(count);
    return base64_decode(text, out);
}

constexpr std::string_view key_of_the_rfc = "dGhlIHNhbXBsZSBub25jZQ==";

constexpr bool used_by_the_compiler()
{
    std::array<std::byte, 16> bytes{};
    sockless::base64_text<16> text;
    const bool good = base64_decode(key_of_the_rfc, bytes);
    base64_encode(bytes, text.characters);
    return good && bytes[0] == std::byte{'t'} && bytes[15] == std::byte{'e'} && text.view() == key_of_the_rfc;
}
static_assert(used_by_the_compiler());
static_assert(base64_size(0) == 0 && base64_size(1) == 4 && base64_size(3) == 4 && base64_size(16) == 24 &&
              base64_size(20) == 28);

TEST_CASE("4648 10: the test vectors of the RFC, in both directions", "[6455-4.1-17]")
{
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        CAPTURE(plain);
        CHECK(encoded(support::text(plain)) == text);
        std::vector<std::byte> out(plain.size());
        REQUIRE(base64_decode(text, out));
        CHECK(support::to_string(out) == plain);
    }
}

TEST_CASE("4648 4: every length and every octet is restored by decoding")
{
    support::random_numbers numbers{4};
    for (std::size_t size = 0; size < 70; ++size) {
        const std::vector<std::byte> bytes = numbers.bytes(size);
        std::vector<std::byte> out(size);
        REQUIRE(base64_decode(encoded(bytes), out));
        CHECK(out == bytes);
    }
}

TEST_CASE("4648 3.3: a character outside the alphabet is rejected at every position", "[4648-3.3-01][6455-4.3-05]")
{
    for (std::size_t place = 0; place < 22; ++place) {
        for (unsigned value = 0; value < 256; ++value) {
            std::string text{key_of_the_rfc};
            text[place] = static_cast<char>(value);
            const bool letter =
                std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"}.find(
                    text[place]) != std::string_view::npos;
            if (decodes(text, 16) != letter || sockless::detail::fast::all_base64(text.data(), 22) != letter ||
                sockless::detail::compact::all_base64(text.data(), 22) != letter)
                FAIL("octet " << value << " at " << place);
        }
    }
    for (const std::string_view text :
         {"dGhlIHNhbXBsZSBub25jZQ=A", "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub25jZ===",
          "dGhlIHNhbXBsZS==ub25jZQ=", "dGhlIHNhbXBs\r\nBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ_=="})
        CHECK_FALSE(decodes(text, 16));
}

TEST_CASE("6455 4.3: the length has to be exact", "[6455-4.3-05][HS-8]")
{
    for (std::size_t size = 0; size < 70; ++size) {
        const std::string text(size, 'A');
        CHECK(decodes(text, 18) == (size == 24));
        CHECK_FALSE(decodes(text, 16)); // without pads
    }
    CHECK_FALSE(decodes(key_of_the_rfc, 15));
    CHECK_FALSE(decodes(key_of_the_rfc, 17));
    CHECK(decodes(key_of_the_rfc, 16));
    CHECK_FALSE(decodes(std::string(4096, 'A'), 16));
}

TEST_CASE("6455 erratum 3150: pad bits may have any value and are ignored",
          "[6455e-3150-01][6455e-3150-02][4648-3.5-01]")
{
    for (const std::string_view text :
         {"AQIDBAUGBwgJCgsMDQ4PEA==", "AQIDBAUGBwgJCgsMDQ4PEC==", "AQIDBAUGBwgJCgsMDQ4PEP=="}) {
        std::array<std::byte, 16> out{};
        REQUIRE(base64_decode(text, out));
        CHECK(support::to_hex(out) == "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10");
    }
    CHECK(encoded(support::bytes_of("0102030405060708090a0b0c0d0e0f10")) == "AQIDBAUGBwgJCgsMDQ4PEA==");
}

} // namespace
