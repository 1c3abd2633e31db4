// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The use of zlib after a block with BFINAL=1, where RFC 7692 7.2.3.4 requires that the window is kept: three ways, of which
/// with_zlib.hpp uses the first.
///
/// - `inflateResetKeep` keeps the window. zlib exports it since 1.2.5.2, and its manual does not mention it.
/// - The manual's way: the window is copied out, the stream reset, the window copied in. The same result; but each two bytes of
///   input cost up to 64 KiB of copying, so that one megabyte of a peer costs seconds (PMD-13), and 32 KiB more memory.
/// - `inflateReset` alone loses the window.
#include "received.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "zlib_backend.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace {

using namespace deflate_test;
using support::bytes_of;

/// `Restart`  what is done with the stream at its end
template <auto Restart>
class restarting_inflater {
public:
    explicit restarting_inflater(std::uint8_t bits)
    {
        support::promised(inflateInit2(&stream_, -int{bits}) == Z_OK, "memory");
    }
    ~restarting_inflater() { inflateEnd(&stream_); }
    restarting_inflater(const restarting_inflater&) = delete;
    restarting_inflater& operator=(const restarting_inflater&) = delete;

    sockless::inflate_result inflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        sockless::inflate_result step;
        int result = Z_OK;
        do {
            stream_.next_in = sockless::detail::zlib_input(in.subspan(step.consumed));
            stream_.avail_in = static_cast<uInt>(in.size() - step.consumed);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data()) + step.produced;
            stream_.avail_out = static_cast<uInt>(out.size() - step.produced);
            const std::size_t before = step.consumed + step.produced;
            result = ::inflate(&stream_, Z_SYNC_FLUSH);
            step.consumed = in.size() - stream_.avail_in;
            step.produced = out.size() - stream_.avail_out;
            const bool idle = step.consumed + step.produced == before;
            between_blocks_ =
                result == Z_STREAM_END || (between_blocks_ && idle) || (stream_.data_type & (128 | 63)) == 128;
            if (result == Z_STREAM_END)
                Restart(stream_);
        } while (result == Z_STREAM_END && stream_.avail_in != 0 && stream_.avail_out != 0);
        step.at_block_end = between_blocks_;
        step.failed = result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END;
        return step;
    }
    void reset() noexcept
    {
        inflateReset(&stream_);
        between_blocks_ = true;
    }

private:
    z_stream stream_{};
    bool between_blocks_ = true;
};

template <auto Restart>
struct restarting_backend {
    using inflater = restarting_inflater<Restart>;
    using deflater = sockless::zlib_deflater;
    static std::unique_ptr<inflater> make_inflater(std::uint8_t bits) { return std::make_unique<inflater>(bits); }
    static std::unique_ptr<deflater> make_deflater(std::uint8_t bits) { return zlib_backend::make_deflater(bits); }
};

constexpr auto by_the_manual = [](z_stream& stream) noexcept {
    std::array<Bytef, 32768> window{};
    uInt size = 0;
    inflateGetDictionary(&stream, window.data(), &size);
    inflateReset(&stream);
    inflateSetDictionary(&stream, window.data(), size);
};
constexpr auto forgetting = [](z_stream& stream) noexcept { inflateReset(&stream); };

/// `message` as one finished stream that refers to the bytes `before` it.
byte_vector finished(std::span<const std::byte> before, std::span<const std::byte> message)
{
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    const std::span<const std::byte> window = before.last(std::min<std::size_t>(before.size(), 32768));
    if (!window.empty())
        REQUIRE(deflateSetDictionary(&stream, sockless::detail::zlib_input(window), static_cast<uInt>(window.size())) ==
                Z_OK);
    byte_vector out(deflateBound(&stream, static_cast<uLong>(message.size())));
    stream.next_in = sockless::detail::zlib_input(message);
    stream.avail_in = static_cast<uInt>(message.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&stream);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(stream.total_out)};
}

} // namespace

TEST_CASE("7692 7.2.3.4: after a final block the window is kept; zlib's manual way works, a plain reset does not",
          "[7692-7.2.3.4-01][zlib-bfinal-01][PMD-8]")
{
    const std::initializer_list<std::pair<unsigned, byte_vector>> frames{{0xC1, bytes_of("f3 48 cd c9 c9 07 00 00")},
                                                                         {0xC1, bytes_of("f2 00 11 00 00")}};
    const strings twice{R"(text "Hello")", R"(text "Hello")"};
    CHECK(received<zlib_backend>(frames) == twice);
    CHECK(received<restarting_backend<by_the_manual>>(frames) == twice);
    CHECK(received<restarting_backend<forgetting>>(frames) == invalid({R"(text "Hello")"}));
}

TEST_CASE(
    "zlib: any number of consecutive finished streams gives the same result both ways, whatever the window contains",
    "[7692-7.2.1-03][zlib-bfinal-01][PMD-8]")
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        INFO("seed " << seed);
        support::random_numbers numbers{seed};
        byte_vector whole;
        byte_vector payload;
        for (std::size_t streams = 1 + numbers.below(12); streams-- != 0;) {
            byte_vector message = numbers.bytes(numbers.below(seed % 4 == 0 ? 20'000 : 200));
            if (!whole.empty()) { // some of it from far away
                const std::size_t at = numbers.below(whole.size());
                const std::size_t size = std::min(numbers.below(300), whole.size() - at);
                const auto from = whole.begin() + static_cast<std::ptrdiff_t>(at);
                message.insert(message.end(), from, from + static_cast<std::ptrdiff_t>(size));
            }
            const byte_vector stream = finished(whole, message);
            payload.insert(payload.end(), stream.begin(), stream.end());
            whole.insert(whole.end(), message.begin(), message.end());
        }
        const std::size_t output = 1 + numbers.below(5000);
        const support::feed_options few{
            .every_cut_up_to = 0, .random_cuts = 5, .random_ways = 2, .bytewise_up_to = 2000};
        const byte_vector frame = support::masked_frame(0xC2, payload);
        const auto log = [&]<class Backend>() {
            return support::feed_every_way(
                frame, [&] { return subject<Backend, role::server>{agreed(), {}, output}; }, few);
        };
        const strings expected{support::binary_line(whole)};
        CHECK(log.template operator()<zlib_backend>() == expected);
        CHECK(log.template operator()<restarting_backend<by_the_manual>>() == expected);
    }
}
