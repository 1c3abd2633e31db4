// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"

#include <sockless/bytes/base64.hpp>
#include <sockless/bytes/copy.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using sockless::detail::base64_encode;
using sockless::detail::base64_size;
using sockless::detail::is_base64;

std::string encoded(std::span<const std::byte> bytes)
{
    std::string text(base64_size(bytes.size()), '\0');
    base64_encode(bytes, text);
    return text;
}

/// The bytes that a text without faults represents, character by character.
std::vector<std::byte> decoded(std::string_view text)
{
    std::vector<std::byte> out;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text.substr(0, text.find('='))) {
        bits = bits << 6U | static_cast<std::uint32_t>(sockless::detail::fast::base64_alphabet.find(c));
        count += 6;
        if (count >= 8)
            out.push_back(static_cast<std::byte>(bits >> (count -= 8)));
    }
    return out;
}

constexpr std::string_view key_of_the_rfc = "dGhlIHNhbXBsZSBub25jZQ==";

constexpr bool used_by_the_compiler()
{
    sockless::detail::base64_text<16> text;
    std::array<std::byte, 16> bytes{};
    sockless::detail::copy_bytes(std::string_view{"the sample nonce"}, bytes);
    base64_encode(bytes, text.characters);
    return text.view() == key_of_the_rfc && is_base64(key_of_the_rfc, 16);
}
static_assert(used_by_the_compiler());
static_assert(base64_size(0) == 0 && base64_size(1) == 4 && base64_size(3) == 4 && base64_size(16) == 24 &&
              base64_size(20) == 28);

TEST_CASE("4648 10: the test vectors of the RFC", "[6455-4.1-17]")
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
        CHECK(is_base64(text, plain.size()));
    }
}

TEST_CASE("4648 4: every length and every octet is restored by decoding")
{
    support::random_numbers numbers{4};
    for (std::size_t size = 0; size < 70; ++size) {
        const std::vector<std::byte> bytes = numbers.bytes(size);
        CHECK(is_base64(encoded(bytes), size));
        CHECK(decoded(encoded(bytes)) == bytes);
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
            if (is_base64(text, 16) != letter || sockless::detail::fast::all_base64(text.data(), 22) != letter ||
                sockless::detail::compact::all_base64(text.data(), 22) != letter)
                FAIL("octet " << value << " at " << place);
        }
    }
    for (const std::string_view text :
         {"dGhlIHNhbXBsZSBub25jZQ=A", "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub25jZ===",
          "dGhlIHNhbXBsZS==ub25jZQ=", "dGhlIHNhbXBs\r\nBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ_=="})
        CHECK_FALSE(is_base64(text, 16));
}

TEST_CASE("6455 4.3: the length has to be exact", "[6455-4.3-05][HS-8]")
{
    for (std::size_t size = 0; size < 70; ++size) {
        const std::string text(size, 'A');
        CHECK(is_base64(text, 18) == (size == 24));
        CHECK_FALSE(is_base64(text, 16)); // without pads
    }
    CHECK_FALSE(is_base64(key_of_the_rfc, 15));
    CHECK_FALSE(is_base64(key_of_the_rfc, 17));
    CHECK(is_base64(key_of_the_rfc, 16));
    CHECK_FALSE(is_base64(std::string(4096, 'A'), 16));
}

TEST_CASE("6455 erratum 3150: pad bits may have any value", "[6455e-3150-01][6455e-3150-02][4648-3.5-01]")
{
    for (const std::string_view text :
         {"AQIDBAUGBwgJCgsMDQ4PEA==", "AQIDBAUGBwgJCgsMDQ4PEC==", "AQIDBAUGBwgJCgsMDQ4PEP=="}) {
        CHECK(is_base64(text, 16));
    }
    CHECK(encoded(support::bytes_of("0102030405060708090a0b0c0d0e0f10")) == "AQIDBAUGBwgJCgsMDQ4PEA==");
}

} // namespace
