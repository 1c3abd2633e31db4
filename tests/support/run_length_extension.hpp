// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An extension for tests: runs of equal bytes become pairs of count and byte, marked by RSV1. Its decoder has seven bytes for its output, so
/// that it often leaves input unconsumed or has more output than fits.
#pragma once

#include <sockless/core/error.hpp>
#include <sockless/core/opcode.hpp>
#include <sockless/frame/frame_header.hpp>
#include <sockless/handshake/negotiation.hpp>
#include <sockless/message/message_extension.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace support {

/// A count of zero and half a pair at the end are `extension_data_invalid`.
class run_length_decoder {
public:
    explicit run_length_decoder(std::uint8_t bits = sockless::frame_header::rsv1) noexcept : bits_{bits} {}

    [[nodiscard]] std::uint8_t reserved_bits() const noexcept { return bits_; }
    void begin() noexcept
    {
        has_count_ = false;
        left_ = 0;
        ++begun_;
    }
    sockless::decoded_payload decode(std::span<const std::byte> in, bool end, std::uint64_t max_size) noexcept
    {
        const std::size_t room = max_size < out_.size() ? static_cast<std::size_t>(max_size) + 1 : out_.size();
        std::size_t size = 0;
        std::size_t consumed = 0;
        while (true) {
            for (; left_ > 0 && size < room; --left_)
                out_[size++] = byte_;
            if (size == room || consumed == in.size())
                break;
            const std::byte next = in[consumed++];
            if (has_count_) {
                byte_ = next;
                left_ = count_;
            } else if (next == std::byte{0}) {
                return {.failure = sockless::error::extension_data_invalid};
            } else {
                count_ = std::to_integer<std::uint8_t>(next);
            }
            has_count_ = !has_count_;
        }
        made_ += size;
        const bool done = left_ == 0 && consumed == in.size();
        if (done && end && has_count_)
            return {.failure = sockless::error::extension_data_invalid};
        return {consumed, std::span{out_}.first(size), done, sockless::error::none};
    }

    /// Number of bytes produced and of messages begun.
    [[nodiscard]] std::size_t made() const noexcept { return made_; }
    [[nodiscard]] std::size_t begun() const noexcept { return begun_; }

private:
    std::array<std::byte, 7> out_{};
    std::size_t made_ = 0;
    std::size_t begun_ = 0;
    std::byte byte_{};
    std::uint8_t count_ = 0;
    std::uint8_t left_ = 0;
    bool has_count_ = false;
    std::uint8_t bits_;
};

/// Continues a run from piece to piece. Does not compress messages that begin with `-`.
class run_length_encoder {
public:
    explicit run_length_encoder(std::uint8_t bits = sockless::frame_header::rsv1) noexcept : bits_{bits} {}

    [[nodiscard]] std::uint8_t reserved_bits() const noexcept { return bits_; }
    [[nodiscard]] bool wants(sockless::opcode, std::span<const std::byte> payload) const noexcept
    {
        return payload.empty() || payload.front() != std::byte{'-'};
    }
    void begin() noexcept
    {
        run_ = 0;
        ++begun_;
    }
    [[nodiscard]] std::size_t bound(std::size_t size) const noexcept { return 2 * size + 2; }
    std::size_t encode(std::span<const std::byte> in, bool end, std::span<std::byte> out) noexcept
    {
        std::size_t size = 0;
        for (const std::byte b : in) {
            if (run_ == 255 || b != byte_)
                size += flush(out.subspan(size));
            byte_ = b;
            ++run_;
        }
        return size + (end ? flush(out.subspan(size)) : 0);
    }

    [[nodiscard]] std::size_t begun() const noexcept { return begun_; }

private:
    std::size_t flush(std::span<std::byte> out) noexcept
    {
        if (run_ == 0)
            return 0;
        out[0] = static_cast<std::byte>(run_);
        out[1] = byte_;
        run_ = 0;
        return 2;
    }

    std::size_t begun_ = 0;
    std::byte byte_{};
    std::uint8_t run_ = 0;
    std::uint8_t bits_;
};

struct run_length {
    using decoder = run_length_decoder;
    using encoder = run_length_encoder;
};

/// The run-length extension of the tests, as the ends negotiate it.
struct negotiated_run_length : run_length {
    enum class options : std::uint8_t { off, on };
    struct text {
        std::string_view value;
        [[nodiscard]] std::string_view view() const noexcept { return value; }
    };

    explicit negotiated_run_length(options choice) : wanted{choice == options::on} {}

    [[nodiscard]] text offer() const noexcept { return {wanted ? "run-length" : ""}; }
    sockless::error check_answer(sockless::extension_cursor answer, decoder& in, encoder& out) const noexcept
    {
        const bool answered = answer.contains("run-length");
        if (wanted && !answered)
            return sockless::error::extension_not_offered; // RFC 6455 7.4.1: what 1010 is for, had it been open
        make(answered, in, out);
        return sockless::error::none;
    }
    text accept_offer(sockless::extension_cursor offers, decoder& in, encoder& out) const noexcept
    {
        const bool agreed = wanted && offers.contains("run-length");
        make(agreed, in, out);
        return {agreed ? "run-length" : ""};
    }
    void reset() noexcept {}

private:
    static void make(bool agreed, decoder& in, encoder& out) noexcept
    {
        in = decoder{agreed ? sockless::frame_header::rsv1 : std::uint8_t{0}};
        out = encoder{agreed ? sockless::frame_header::rsv1 : std::uint8_t{0}};
    }

    bool wanted;
};

static_assert(sockless::message_decoder<run_length_decoder>);
static_assert(sockless::message_encoder<run_length_encoder>);

} // namespace support
