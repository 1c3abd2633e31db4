// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Validates any bytes as text, masked and unmasked, in parts, with the fused functions and with those of each instruction set of this
/// processor, and compares with masking and UTF-8 as the RFCs define them.
///
/// Five bytes select key and alignment. The remaining bytes are the unmasked text.
#include "cuts.hpp"
#include "watch.hpp"

#include "reference/mask.hpp"
#include "reference/utf8.hpp"
#include "support/exact_block.hpp"
#include "support/guard_page.hpp"
#include "support/hex.hpp"
#include "support/kernels.hpp"

#include <sockless/bytes/utf8_stream.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using fuzz::require;
using support::kernels;
using byte_vector = std::vector<std::byte>;

bool same(std::span<const std::byte> a, std::span<const std::byte> b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Unmasks text in parts; returns the result, and how many bytes of it are valid.
class masked_subject {
public:
    masked_subject(sockless::mask_key key, bool in_place) : key_{key}, in_place_{in_place} {}

    void feed(std::span<std::byte> chunk)
    {
        byte_vector elsewhere(chunk.size(), std::byte{0x5A});
        const std::span<std::byte> to = in_place_ ? chunk : std::span{elsewhere};
        const std::size_t good = fuzz::core([&] { return sockless::detail::unmask_text(chunk, to, key_, text_); });
        key_ = sockless::detail::rotate(key_, chunk.size());
        out_.insert(out_.end(), to.begin(), to.end());
        taken_ += failed_ ? 0 : good;
        failed_ = failed_ || good != chunk.size();
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        return {std::to_string(taken_) + (text_.complete() ? " complete"
                                          : failed_        ? " failed"
                                                           : " open"),
                support::to_hex(out_)};
    }

private:
    sockless::mask_key key_;
    bool in_place_;
    sockless::utf8_validator text_;
    byte_vector out_;
    std::size_t taken_ = 0;
    bool failed_ = false;
};

/// The same for unmasked text.
class plain_subject {
public:
    void feed(std::span<std::byte> chunk)
    {
        const std::size_t good = fuzz::core([&] { return sockless::detail::validate_text(chunk, text_); });
        require(good <= chunk.size() && (!failed_ || good == 0), "only valid text is accepted");
        taken_ += good;
        failed_ = failed_ || good != chunk.size();
    }
    [[nodiscard]] std::vector<std::string> log() const
    {
        return {std::to_string(taken_) + (text_.complete() ? " complete" : failed_ ? " failed" : " open")};
    }

private:
    sockless::utf8_validator text_;
    std::size_t taken_ = 0;
    bool failed_ = false;
};

/// The same for text that is sent: only whether all of it is valid, and whether the text may end here.
class accepting_subject {
public:
    using form = bool (*)(sockless::utf8_validator&, const std::byte*, std::size_t, bool) noexcept;

    explicit accepting_subject(form accepts) : accepts_{accepts} {}

    void feed(std::span<std::byte> chunk)
    {
        if (!failed_)
            failed_ = !fuzz::core([&] { return accepts_(text_, chunk.data(), chunk.size(), false); });
    }
    [[nodiscard]] std::vector<std::string> log()
    {
        const bool may_end = !failed_ && accepts_(text_, nullptr, 0, true);
        return {failed_ ? "failed" : may_end ? "complete" : "open"};
    }

private:
    form accepts_;
    sockless::utf8_validator text_;
    bool failed_ = false;
};

void check_kernels(std::span<const std::byte> text, std::span<const std::byte> masked, sockless::mask_key key,
                   std::size_t offset, bool is_text)
{
    const auto number = std::bit_cast<std::uint32_t>(key.bytes);
    for (const kernels& each : support::all_kernels()) {
        if (!each.here)
            continue;
        const support::exact_block from{masked, offset};
        const support::exact_block to{masked, offset / 2};
        const std::size_t size = text.size();
        fuzz::core([&] { each.mask(from.bytes().data(), to.bytes().data(), size, number); });
        require(same(to.bytes(), text) && same(from.bytes(), masked), "mask");
        std::fill(to.bytes().begin(), to.bytes().end(), std::byte{0x5A});
        require(fuzz::core([&] { return each.mask_text(from.bytes().data(), to.bytes().data(), size, number); }) ==
                    is_text,
                "mask_text returns whether the bytes are text");
        require(same(to.bytes(), text) && same(from.bytes(), masked), "mask_text masks");
        require(each.mask_text(from.bytes().data(), from.bytes().data(), size, number) == is_text &&
                    same(from.bytes(), text),
                "mask_text in place");
        require(fuzz::core([&] { return each.is_text(to.bytes().data(), size); }) == is_text, "is_text");
        if (size >= each.min_ascii) {
            const support::exact_block place{masked, offset};
            const std::size_t done =
                fuzz::core([&] { return each.mask_ascii(place.bytes().data(), place.bytes().data(), size, number); });
            require(done <= size && same(place.bytes().first(done), text.first(done)) &&
                        same(place.bytes().subspan(done), masked.subspan(done)) &&
                        std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(done),
                                    [](std::byte b) { return b < std::byte{0x80}; }),
                    "mask_ascii masks ASCII and nothing else");
        }
        if (offset == 0) {
            const support::guard_page page{masked, size % 2 == 0 ? support::guard::after : support::guard::before};
            require(each.mask_text(page.bytes().data(), page.bytes().data(), size, number) == is_text &&
                        same(page.bytes(), text),
                    "mask_text next to an inaccessible page");
        }
    }
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    sockless::mask_key key;
    for (std::byte& b : key.bytes)
        b = static_cast<std::byte>(in.byte());
    const unsigned choice = in.byte();
    const std::span<const std::byte> text = in.rest();
    const byte_vector masked = reference::masked(text, key);
    const reference::utf8_prefix slow = reference::longest_utf8_prefix(text);
    const std::string wanted = std::to_string(slow.size) + (slow.complete             ? " complete"
                                                            : slow.size < text.size() ? " failed"
                                                                                      : " open");

    const bool in_place = choice % 2 == 0;
    fuzz::require_equal(fuzz::same_log_in_every_way(masked, [&] { return masked_subject{key, in_place}; }),
                        {wanted, support::to_hex(text)}, "the definition");
    fuzz::require_equal(fuzz::same_log_in_every_way(text, [] { return plain_subject{}; }), {wanted}, "decoded");
    for (const accepting_subject::form accepts : {sockless::detail::fast::accepts, sockless::detail::compact::accepts})
        fuzz::require_equal(fuzz::same_log_in_every_way(text, [accepts] { return accepting_subject{accepts}; }),
                            {slow.complete             ? "complete"
                             : slow.size < text.size() ? "failed"
                                                       : "open"},
                            "accepted");
    require(fuzz::core([&] { return sockless::is_utf8(text); }) == slow.complete,
            "is_utf8 returns whether all bytes are UTF-8");
    check_kernels(text, masked, key, choice / 2 % 32, slow.complete);
}

const fuzz::target here{"text", body};

} // namespace
