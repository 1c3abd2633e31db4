// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Inflate as RFC 1951 describes it, one bit at a time. A backend for permessage-deflate that keeps
/// all data and reports the largest distance of a reference.
#pragma once

#include <sockless/deflate/backend.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reference {

class inflater {
public:
    /// @param window_bits  a distance of more than 2^window_bits bytes is an error
    explicit inflater(std::uint8_t window_bits = 15) : window_{std::size_t{1} << window_bits} {}

    sockless::inflate_result inflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        for (const std::byte b : in)
            for (unsigned bit = 0; bit < 8; ++bit)
                bits_.push_back((std::to_integer<unsigned>(b) >> bit & 1U) != 0);
        sockless::inflate_result step;
        step.consumed = in.size();
        try {
            while (step.produced < out.size()) {
                if (copy_ > 0) {
                    --copy_;
                    put(history_[history_.size() - distance_], out, step.produced);
                } else {
                    one_element(out, step.produced);
                    at_ = next_; // keeps the bits that were read
                }
            }
        } catch (const need_more&) {
            next_ = at_; // reads them again with more input
        } catch (const broken&) {
            step.failed = true;
            next_ = at_; // and fails again
        }
        step.at_block_end = state_ == state::block && at_ == bits_.size() && copy_ == 0;
        if (at_ == bits_.size()) {
            bits_.clear();
            at_ = next_ = 0;
        }
        return step;
    }

    void reset() noexcept { *this = inflater{window_, max_distance_}; }

    /// The largest distance of all references so far.
    [[nodiscard]] std::size_t most_distance() const noexcept { return max_distance_; }

private:
    struct need_more {};
    struct broken {};
    enum class state { block, stored, symbols };

    /// A Huffman code, RFC 1951 3.2.2: how many symbols have each length, and the symbols in order.
    struct code {
        std::array<unsigned, 16> count{};
        std::vector<unsigned> symbols;
    };

    inflater(std::size_t window, std::size_t max_size) : window_{window}, max_distance_{max_size} {}

    void put(std::byte b, std::span<std::byte> out, std::size_t& made)
    {
        history_.push_back(b);
        out[made++] = b;
    }

    bool bit()
    {
        if (next_ == bits_.size())
            throw need_more{};
        return bits_[next_++];
    }

    unsigned number(unsigned count)
    {
        unsigned value = 0;
        for (unsigned i = 0; i < count; ++i)
            value |= static_cast<unsigned>(bit()) << i;
        return value;
    }

    /// @param partial  whether a code may consist of one symbol; not allowed for the code of code lengths
    static code make_code(std::span<const unsigned> lengths, bool partial)
    {
        code result;
        for (unsigned length = 1; length < 16; ++length)
            for (unsigned symbol = 0; symbol < lengths.size(); ++symbol)
                if (lengths[symbol] == length) {
                    ++result.count[length];
                    result.symbols.push_back(symbol);
                }
        int left = 1;
        for (unsigned length = 1; length < 16; ++length) {
            left = left * 2 - static_cast<int>(result.count[length]);
            if (left < 0)
                throw broken{};
        }
        const bool short_only = result.symbols.size() == result.count[1];
        if (left > 0 && !(partial && short_only))
            throw broken{};
        return result;
    }

    unsigned symbol(const code& c)
    {
        int value = 0;
        int first = 0;
        std::size_t index = 0;
        for (unsigned length = 1; length < 16; ++length) {
            value |= static_cast<int>(bit());
            const int count = static_cast<int>(c.count[length]);
            if (value - first < count)
                return c.symbols[index + static_cast<std::size_t>(value - first)];
            index += c.count[length];
            first = (first + count) * 2;
            value *= 2;
        }
        throw broken{};
    }

    void one_element(std::span<std::byte> out, std::size_t& made)
    {
        switch (state_) {
        case state::block: begin_block(); return;
        case state::stored:
            if (stored_ == 0) {
                end_block();
                return;
            }
            put(static_cast<std::byte>(number(8)), out, made);
            --stored_;
            return;
        case state::symbols: break;
        }
        constexpr std::array<unsigned, 29> length_base{3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
        constexpr std::array<unsigned, 29> length_extra{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                        2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
        const unsigned s = symbol(literals_);
        if (s < 256) {
            put(static_cast<std::byte>(s), out, made);
        } else if (s == 256) {
            end_block();
        } else {
            if (s > 285)
                throw broken{};
            const unsigned length = length_base[s - 257] + number(length_extra[s - 257]);
            const unsigned d = symbol(distances_);
            if (d > 29)
                throw broken{};
            const unsigned extra = d < 2 ? 0 : d / 2 - 1;
            const unsigned base = d < 2 ? d + 1 : ((2 + d % 2) << extra) + 1;
            distance_ = base + number(extra);
            if (distance_ > history_.size() || distance_ > window_)
                throw broken{};
            max_distance_ = distance_ > max_distance_ ? distance_ : max_distance_;
            copy_ = length;
        }
    }

    void begin_block()
    {
        const bool last = bit();
        const unsigned type = number(2);
        if (type == 0) {
            next_ = (next_ + 7) / 8 * 8;
            const unsigned length = number(16);
            if (number(16) != (length ^ 0xFFFFU))
                throw broken{};
            stored_ = length;
        } else if (type == 1) {
            std::vector<unsigned> lengths(288, 8);
            for (unsigned i = 144; i < 256; ++i)
                lengths[i] = 9;
            for (unsigned i = 256; i < 280; ++i)
                lengths[i] = 7;
            literals_ = make_code(lengths, false);
            distances_ = make_code(std::vector<unsigned>(32, 5), false);
        } else if (type == 2) {
            dynamic_codes();
        } else {
            throw broken{};
        }
        last_ = last;
        state_ = type == 0 ? state::stored : state::symbols;
    }

    void dynamic_codes()
    {
        constexpr std::array<unsigned, 19> order{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
        const unsigned literal_count = number(5) + 257;
        const unsigned distance_count = number(5) + 1;
        const unsigned code_count = number(4) + 4;
        if (literal_count > 286 || distance_count > 30)
            throw broken{};
        std::array<unsigned, 19> code_lengths{};
        for (unsigned i = 0; i < code_count; ++i)
            code_lengths[order[i]] = number(3);
        const code lengths_code = make_code(code_lengths, false);
        std::vector<unsigned> lengths;
        while (lengths.size() < literal_count + distance_count) {
            const unsigned s = symbol(lengths_code);
            if (s < 16) {
                lengths.push_back(s);
                continue;
            }
            if (s == 16 && lengths.empty())
                throw broken{};
            const unsigned value = s == 16 ? lengths.back() : 0;
            const unsigned times = s == 16 ? 3 + number(2) : s == 17 ? 3 + number(3) : 11 + number(7);
            lengths.insert(lengths.end(), times, value);
        }
        if (lengths.size() > literal_count + distance_count || lengths[256] == 0)
            throw broken{};
        literals_ = make_code(std::span{lengths}.first(literal_count), true);
        distances_ = make_code(std::span{lengths}.subspan(literal_count), true);
    }

    /// RFC 7692 7.2.3.4: after a block with BFINAL=1 the next one begins at a byte boundary.
    void end_block()
    {
        state_ = state::block;
        if (last_)
            next_ = (next_ + 7) / 8 * 8;
    }

    std::size_t window_;
    std::size_t max_distance_ = 0;
    std::vector<bool> bits_; ///< from the last byte that is still needed
    std::size_t at_ = 0;     ///< number of bits that were processed
    std::size_t next_ = 0;   ///< position of the next bit
    std::vector<std::byte> history_;
    code literals_;
    code distances_;
    state state_ = state::block;
    std::size_t stored_ = 0;
    std::size_t copy_ = 0;
    std::size_t distance_ = 0;
    bool last_ = false;
};

static_assert(sockless::inflate_backend<inflater>);

} // namespace reference
