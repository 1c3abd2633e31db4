// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Every instruction set that this processor has, against the twins that every processor has: all lengths, alignments and tails, at
/// guard pages.
#include "support/catch.hpp"
#include "support/guard_page.hpp"
#include "support/hex.hpp"
#include "support/kernels.hpp"
#include "support/random.hpp"

#include <sockless/bytes/mask.hpp>
#include <sockless/bytes/sha1.hpp>
#include <sockless/bytes/utf8.hpp>
#include <sockless/bytes/utf8_stream.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace {

namespace detail = sockless::detail;
using support::byte_vector;
using support::guard;
using support::guard_page;
using support::kernels;
using support::random_numbers;

std::vector<kernels> kernels_here()
{
    std::vector<kernels> result = support::all_kernels();
    std::erase_if(result, [](const kernels& each) {
        if (!each.here)
            WARN("not on this processor: " << each.name);
        return !each.here;
    });
    return result;
}

/// The functions that scan characters: one set for all processors, and another one for processors with SIMD registers.
struct text_kernels {
    std::string_view name;
    std::size_t step; ///< accuracy of the length of a span, in characters; 0: there is no such function
    std::uint64_t (*control_bitmap)(const char*, std::size_t);
    std::size_t (*find)(const char*, std::size_t, char);
    std::size_t (*span_visible)(const char*, std::size_t);
    std::size_t (*span_name)(const char*, std::size_t);
};

std::vector<text_kernels> text_kernels_here()
{
    const auto find = [](const char* text, std::size_t size, char wanted) {
        return detail::simd::find(text, size, wanted);
    };
    return {
        {"portable", 0, detail::portable::control_bitmap, detail::portable::find, detail::portable::span_visible,
         detail::portable::span_name},
        {"chosen", SOCKLESS_SIMD_LEVEL == 0 ? 0 : 16, detail::simd::control_bitmap, find, detail::simd::span_visible,
         detail::simd::span_name},
    };
}

byte_vector masked_slowly(std::span<const std::byte> bytes, std::uint32_t key)
{
    const auto keys = std::bit_cast<std::array<std::byte, 4>>(key);
    byte_vector result(bytes.begin(), bytes.end());
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] ^= keys[i % 4];
    return result;
}

/// Text of all kinds, sometimes damaged: about half of it is UTF-8.
byte_vector random_text(random_numbers& random, std::size_t limit)
{
    constexpr std::array<std::string_view, 11> parts{"a",
                                                     "plain ASCII, and some more of it, for the wide registers",
                                                     "\xC3\xA9",
                                                     "\xE2\x82\xAC",
                                                     "\xF0\x9F\xA7\xA6",
                                                     "\xE4\xB8\xAD",
                                                     "\xED\x9F\xBF",
                                                     "\xEE\x80\x80",
                                                     "\xF4\x8F\xBF\xBF",
                                                     "\xF0\x90\x80\x80",
                                                     "\xE0\xA0\x80"};
    byte_vector result;
    const std::size_t size = random.below(limit);
    while (result.size() < size) {
        const byte_vector part = support::text(parts[random.below(parts.size())]);
        result.insert(result.end(), part.begin(), part.end());
    }
    const std::size_t damage = random.below(4);
    for (std::size_t i = 0; i < damage && i < 2 && !result.empty(); ++i)
        result[random.below(result.size())] = static_cast<std::byte>(random.next() | (damage == 3 ? 0x80 : 0));
    if (damage == 2 && !result.empty())
        result.resize(random.below(result.size()));
    return result;
}

} // namespace

TEST_CASE("6455 5.3: every instruction set masks like a loop over bytes, at every length and alignment",
          "[6455-5.3-05][6455-2-01][MASK-5]")
{
    random_numbers random{1};
    const std::vector<kernels> every = kernels_here();
    for (std::size_t size = 0; size < 700; size += size < 300 ? 1 : 13) {
        for (std::size_t offset = 0; offset < 64; offset += size % 8 == 0 ? 1 : 9) {
            const byte_vector bytes = random.bytes(size + offset);
            const auto key = static_cast<std::uint32_t>(random.next());
            const std::span<const std::byte> from = std::span{bytes}.subspan(offset);
            const byte_vector wanted = masked_slowly(from, key);
            const auto is_good = [&](kernels::mask_function mask) {
                byte_vector in_place = bytes;
                mask(in_place.data() + offset, in_place.data() + offset, size, key);
                byte_vector copy(size + 64, std::byte{0x5A});
                mask(from.data(), copy.data(), size, key);
                return std::equal(wanted.begin(), wanted.end(),
                                  in_place.begin() + static_cast<std::ptrdiff_t>(offset)) &&
                       std::equal(wanted.begin(), wanted.end(), copy.begin()) &&
                       std::all_of(copy.begin() + static_cast<std::ptrdiff_t>(size), copy.end(),
                                   [](std::byte b) { return b == std::byte{0x5A}; });
            };
            for (const kernels& each : every) {
                if (!is_good(each.mask) || (size <= detail::portable::short_size && !is_good(each.mask_short)))
                    FAIL(each.name << ", size " << size << ", offset " << offset);
            }
        }
    }
}

TEST_CASE("6455 5.3: a block of fixed size is masked like any other block", "[6455-5.3-05][MASK-5]")
{
    random_numbers random{5};
    for (const auto mask_fixed_128 : {detail::portable::mask_fixed_128, detail::simd::mask_fixed_128}) {
        const byte_vector bytes = random.bytes(detail::simd::scratch_size);
        const auto key = static_cast<std::uint32_t>(random.next());
        const guard_page page{bytes, guard::after};
        mask_fixed_128(page.bytes().data(), page.bytes().data(), key);
        const byte_vector wanted = masked_slowly(bytes, key);
        CHECK(std::equal(wanted.begin(), wanted.end(), page.bytes().begin()));
    }
}

TEST_CASE("6455 5.3, 8.1: a block of fixed size is text or not by its first bytes, whatever follows them",
          "[6455-5.3-05][6455-8.1-03][MASK-5]")
{
    struct validator {
        std::string_view name;
        bool (*is_text)(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key);
    };
    std::vector<validator> every{{"portable", detail::portable::mask_fixed_128_text},
                                 {"chosen", detail::simd::mask_fixed_128_text}};
#if SOCKLESS_SIMD_LEVEL >= 3
    if (__builtin_cpu_supports("avx2"))
        every.push_back({"avx2", [](const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
                             detail::simd::mask_fixed_128(from, to, key);
                             return detail::avx2::is_masked_text(from, size, key);
                         }});
    if (__builtin_cpu_supports("avx512bw"))
        every.push_back({"avx512", [](const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) {
                             detail::simd::mask_fixed_128(from, to, key);
                             return detail::avx512::is_masked_text(from, size, key);
                         }});
#endif
    random_numbers random{6};
    std::size_t good = 0;
    for (int run = 0; run < 20'000; ++run) {
        byte_vector text = random_text(random, 126);
        text.resize(std::min<std::size_t>(text.size(), 125));
        const bool wanted = detail::portable::is_text(text.data(), text.size());
        good += wanted ? 1 : 0;
        byte_vector block = run % 3 == 0 ? byte_vector{} : random.bytes(detail::simd::scratch_size);
        block.resize(detail::simd::scratch_size, std::byte{0x80});
        std::copy(text.begin(), text.end(), block.begin());
        const auto key = static_cast<std::uint32_t>(random.next());
        const guard_page page{masked_slowly(block, key), run % 2 == 0 ? guard::after : guard::before};
        for (const validator& each : every) {
            byte_vector out(block.size());
            if (each.is_text(page.bytes().data(), out.data(), text.size(), key) != wanted || out != block)
                FAIL(each.name << ", run " << run << ", size " << text.size());
        }
    }
    CHECK(good > 5'000);
    CHECK(good < 18'000);
}

TEST_CASE("6455 5.3, 8.1: payload of medium size is unmasked in place, and validated, like any other",
          "[6455-5.3-05][6455-8.1-03][MASK-5]")
{
    struct functions {
        std::string_view name;
        void (*mask)(std::byte* bytes, std::size_t size, std::uint32_t key);
        bool (*mask_text)(std::byte* bytes, std::size_t size, std::uint32_t key);
    };
    std::vector<functions> every{
        {"portable", detail::portable::mask_medium, detail::portable::mask_text_medium},
        {"chosen", detail::simd::mask_medium, detail::simd::mask_text_medium},
    };
#if SOCKLESS_SIMD_LEVEL >= 3
    if (__builtin_cpu_supports("avx512bw"))
        every.push_back({"avx512",
                         [](std::byte* bytes, std::size_t size, std::uint32_t key) {
                             detail::avx512::mask_medium(bytes, bytes, size, key);
                         },
                         [](std::byte* bytes, std::size_t size, std::uint32_t key) {
                             return detail::avx512::mask_text_medium(bytes, size, key);
                         }});
#endif
    random_numbers random{7};
    for (int run = 0; run < 20'000; ++run) {
        byte_vector text = run % 4 == 0 ? byte_vector(126 + random.below(1500), std::byte{'a'})
                                        : random_text(random, run % 4 == 1 ? 2500 : 500);
        text.resize(std::max<std::size_t>(text.size(), 126), std::byte{'b'});
        if (run % 8 == 0)
            text[random.below(text.size())] = std::byte{0xC3};
        const bool wanted = detail::portable::is_text(text.data(), text.size());
        const auto key = static_cast<std::uint32_t>(random.next());
        const byte_vector masked = masked_slowly(text, key);
        for (const functions& each : every) {
            const guard_page page{masked, run % 2 == 0 ? guard::after : guard::before};
            const bool valid = each.mask_text(page.bytes().data(), text.size(), key);
            const bool unmasked = std::equal(text.begin(), text.end(), page.bytes().begin());
            each.mask(page.bytes().data(), text.size(), key);
            if (valid != wanted || !unmasked || !std::equal(masked.begin(), masked.end(), page.bytes().begin()))
                FAIL(each.name << ", run " << run << ", size " << text.size());
        }
    }
}

TEST_CASE("6455 5.3, 8.1: no instruction set reads or writes outside its arguments", "[MASK-5][UTF8-2]")
{
    random_numbers random{2};
    for (const kernels& each : kernels_here()) {
        INFO(each.name);
        for (std::size_t size = 0; size < 2200; size += size < 200 ? 1 : 37) {
            for (const guard side : {guard::after, guard::before}) {
                const byte_vector ascii(size, std::byte{'a'});
                guard_page page{ascii, side};
                const auto key = static_cast<std::uint32_t>(random.next());
                each.mask(page.bytes().data(), page.bytes().data(), size, key);
                const bool is_text = each.mask_text(page.bytes().data(), page.bytes().data(), size, key);
                each.mask(page.bytes().data(), page.bytes().data(), size, key);
                if (size <= detail::portable::short_size) {
                    each.mask_short(page.bytes().data(), page.bytes().data(), size, key);
                    each.mask_short(page.bytes().data(), page.bytes().data(), size, key);
                }
                const std::size_t done =
                    size < each.min_ascii ? 0 : each.mask_ascii(page.bytes().data(), page.bytes().data(), size, key);
                each.mask(page.bytes().data() + done, page.bytes().data() + done, size - done,
                          detail::portable::rotated_key(key, done));
                if (!is_text || !each.is_text(page.bytes().data(), size))
                    FAIL("ASCII is text, size " << size);
            }
        }
    }
}

TEST_CASE("6455 8.1: every instruction set accepts the same UTF-8 as the validator, while it unmasks and by itself",
          "[6455-8.1-03][6455-2-01][3629-4-01]")
{
    random_numbers random{3};
    const std::vector<kernels> every = kernels_here();
    std::size_t good = 0;
    for (int run = 0; run < 20'000; ++run) {
        const byte_vector text = random_text(random, run % 16 == 0 ? 3000 : 200);
        const auto key = static_cast<std::uint32_t>(random.next());
        const byte_vector masked = masked_slowly(text, key);
        const bool wanted = detail::portable::is_text(text.data(), text.size());
        good += wanted ? 1 : 0;
        for (const kernels& each : every) {
            byte_vector out(text.size());
            const bool valid = each.mask_text(masked.data(), out.data(), out.size(), key);
            if (valid != wanted || each.is_text(text.data(), text.size()) != wanted || out != text)
                FAIL(each.name << ", run " << run);
        }
    }
    CHECK(good > 5'000);
    CHECK(good < 15'000);
}

TEST_CASE("6455 5.3, 8.1: every instruction set masks the ASCII prefix and no byte after it", "[6455-5.3-05][MASK-5]")
{
    random_numbers random{5};
    const std::vector<kernels> every = kernels_here();
    for (int run = 0; run < 20'000; ++run) {
        byte_vector text(random.below(run % 16 == 0 ? 1500 : 200), std::byte{'a'});
        const std::size_t first = random.below(text.size() + 1); // that is not ASCII, if it is not the end
        if (first < text.size())
            text[first] = std::byte{0xC3};
        const auto key = static_cast<std::uint32_t>(random.next());
        const byte_vector masked = masked_slowly(text, key);
        const std::size_t offset = random.below(64);
        for (const kernels& each : every) {
            if (text.size() < each.min_ascii)
                continue;
            byte_vector bytes(offset + text.size());
            const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(offset);
            std::copy(masked.begin(), masked.end(), from);
            const std::size_t done = each.mask_ascii(bytes.data() + offset, bytes.data() + offset, text.size(), key);
            const auto at = static_cast<std::ptrdiff_t>(done);
            const bool complete = first == text.size() && each.min_ascii != 0;
            const bool good = done <= first && (!complete || done == text.size()) && first - done < 320 &&
                              std::equal(text.begin(), text.begin() + at, from) &&
                              std::equal(masked.begin() + at, masked.end(), from + at);
            if (!good)
                FAIL(each.name << ", size " << text.size() << ", not ASCII at " << first << ", done " << done);
        }
    }
}

TEST_CASE("6455 8.1: text in pieces is valid up to the same byte, however it is cut, masked or not",
          "[6455-5.6-02][6455-8.1-05][6455-8.1-06][UTF8-1][UTF8-2]")
{
    random_numbers random{4};
    for (int run = 0; run < 10'000; ++run) {
        const byte_vector text = random_text(random, 300);
        sockless::mask_key key;
        for (std::byte& each : key.bytes)
            each = static_cast<std::byte>(random.next());
        byte_vector masked = text;
        sockless::mask(masked, key);

        sockless::utf8_validator slow;
        const std::size_t wanted = slow.validate(text);
        sockless::utf8_validator fused;
        sockless::utf8_validator plain;
        byte_vector out(text.size());
        std::size_t valid = 0;
        std::size_t plainly = 0;
        bool failed = false;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t max_size = random.below(3) == 0 ? 150 : 5;
            const std::size_t size = std::min(text.size() - at, 1 + random.below(max_size));
            const std::size_t taken = sockless::detail::unmask_text(std::span{masked}.subspan(at, size),
                                                                    std::span{out}.subspan(at), key, fused);
            key = sockless::detail::rotate(key, size);
            if (!failed) {
                valid += taken;
                plainly += sockless::detail::validate_text(std::span{text}.subspan(at, size), plain);
            }
            failed = failed || taken != size;
            at += size;
        }
        REQUIRE(valid == wanted);
        REQUIRE(plainly == wanted);
        REQUIRE(fused.complete() == slow.complete());
        REQUIRE(plain.complete() == slow.complete());
        REQUIRE(out == text); // unmasked whole, valid or not
        REQUIRE(sockless::is_utf8(text) == detail::portable::is_text(text.data(), text.size()));
    }
}

TEST_CASE("9110 5.6.2, 5.5: every instruction set finds the same characters as a loop, and reads no others",
          "[9110-5.6.2-01][9110-5.5-02]")
{
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    const auto is_visible = [](char c) { return c > 0x20 && c < 0x7F; };
    const auto is_name = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
    };
    const std::vector<text_kernels> every = text_kernels_here();
    for (std::size_t size = 0; size <= 100; ++size) {
        for (unsigned other = 0; other < 256; other += size < 20 ? 1 : 7) {
            for (std::size_t place = 0; place <= size; place += size < 20 ? 1 : 5) {
                byte_vector bytes(size, std::byte{'x'});
                if (place < size)
                    bytes[place] = static_cast<std::byte>(other);
                const guard_page page{bytes, place % 2 == 0 ? guard::after : guard::before};
                const char* const text = reinterpret_cast<const char*>(page.bytes().data());
                const auto run = [=](auto wanted) {
                    return static_cast<std::size_t>(std::find_if_not(text, text + size, wanted) - text);
                };
                std::uint64_t marks = 0;
                for (std::size_t i = 0; i < size && i < 64; ++i)
                    marks |= std::uint64_t{is_control(text[i])} << i;
                for (const text_kernels& each : every) {
                    const std::size_t visible = each.span_visible(text, size);
                    const std::size_t name = each.span_name(text, size);
                    const std::size_t found = each.find(text, size, static_cast<char>(other));
                    const bool good = (size > 64 || each.control_bitmap(text, size) == marks) &&
                                      visible <= run(is_visible) && name <= run(is_name) &&
                                      (each.step == 0 || run(is_visible) - visible < each.step) &&
                                      (each.step == 0 || run(is_name) - name < each.step) &&
                                      found == run([other](char c) { return c != static_cast<char>(other); });
                    if (!good)
                        FAIL(each.name << ", size " << size << ", octet " << other << " at " << place);
                }
            }
        }
    }
}

#if SOCKLESS_SIMD_LEVEL >= 3
TEST_CASE("3174 6.1: the SHA instructions give the same digest as the loop", "[6455-4.2.2-16]")
{
    if (!detail::x86::has_sha) {
        WARN("not on this processor: SHA instructions");
        return;
    }
    // The digest of a million letters (RFC 3174 7.3) by the SHA instructions, whichever code `sha1` has selected.
    std::array<std::uint32_t, 5> state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    const byte_vector letters(64 * 5, std::byte{'a'});
    for (int i = 0; i < 1'000'000 / (64 * 5); ++i)
        detail::x86::sha1_blocks(state.data(), letters.data(), 5);
    byte_vector last(64);
    last[0] = std::byte{0x80};
    sockless::detail::store_big_endian(std::span{last}.last(8), std::uint64_t{8'000'000});
    detail::x86::sha1_blocks(state.data(), last.data(), 1);
    CHECK(state == std::array<std::uint32_t, 5>{0x34AA973C, 0xD4C4DAA4, 0xF61EEB2B, 0xDBAD2731, 0x6534016F});
}
#endif
