// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Random input of a connection: valid conversations, and damaged ones.
#pragma once

#include "../support/frames.hpp"
#include "../support/random.hpp"
#include "utf8.hpp"

#include <sockless/core/role.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reference {

class random_conversation {
public:
    using byte_vector = std::vector<std::byte>;

    random_conversation(sockless::role receiver, support::random_numbers& numbers)
        : receiver_{receiver}, numbers_{numbers}
    {
    }

    /// One message, whole or in fragments, with control frames in between.
    byte_vector message()
    {
        const bool is_text = one_in(2);
        const byte_vector payload = is_text ? text(size()) : numbers_.bytes(size());
        const std::size_t fragments = one_in(2) ? 1 : 1 + numbers_.below(4);
        byte_vector result;
        std::size_t sent = 0;
        for (std::size_t i = 0; i < fragments; ++i) {
            while (one_in(4))
                append(result,
                       frame(one_in(2) ? 0x89 : 0x8A, numbers_.bytes(numbers_.below(126) / (one_in(8) ? 1 : 8))));
            const bool last = i + 1 == fragments;
            const std::size_t end = last ? payload.size() : sent + numbers_.below(payload.size() - sent + 1);
            const unsigned op = i != 0 ? 0 : is_text ? 1 : 2;
            const auto from = payload.begin() + static_cast<std::ptrdiff_t>(sent);
            append(result, frame(op | (last ? 0x80U : 0),
                                 byte_vector(from, payload.begin() + static_cast<std::ptrdiff_t>(end))));
            sent = end;
        }
        return result;
    }

    /// A few messages, whole and in fragments, with control frames in between, and possibly a close frame with bytes after it.
    byte_vector valid()
    {
        byte_vector result;
        for (std::size_t messages = 1 + numbers_.below(4); messages > 0; --messages)
            append(result, message());
        if (one_in(3)) {
            append(result, frame(0x88, one_in(4) ? byte_vector{} : close()));
            if (one_in(2))
                append(result, numbers_.bytes(numbers_.below(20)));
        }
        return result;
    }

    /// Messages of up to some KiB, nearly all of them whole: ASCII, characters of three bytes or any text, one in eight of them
    /// damaged, or binary; with control frames in between, sometimes a wrong length or bit, and bytes after them.
    byte_vector stream()
    {
        byte_vector result;
        for (std::size_t messages = 1 + numbers_.below(6); messages > 0; --messages) {
            if (one_in(6))
                append(result, message());
            const std::size_t near_limit = (one_in(2) ? 200 : 1000) + numbers_.below(3) - 1;
            byte_vector payload = stream_payload(one_in(4) ? near_limit : numbers_.below(one_in(3) ? 2200 : 300));
            const bool damaged = one_in(8) && !payload.empty();
            if (damaged)
                payload[numbers_.below(payload.size())] = static_cast<std::byte>(numbers_.next());
            byte_vector whole = frame((one_in(4) ? 0x82 : 0x81) | (one_in(100) ? 0x40 : 0), payload);
            if (one_in(20) && payload.size() > 125)
                whole[2] = whole[3] = std::byte{0}; // a length that is too small for its form
            append(result, whole);
        }
        if (one_in(10))
            result[numbers_.below(result.size())] ^= static_cast<std::byte>(1U << numbers_.below(8));
        append(result, numbers_.bytes(one_in(2) ? numbers_.below(200) : 0));
        return result;
    }

    /// The same as `valid` with a few bytes changed, removed, repeated or moved.
    byte_vector damaged()
    {
        byte_vector bytes = valid();
        for (std::size_t times = 1 + numbers_.below(3); times > 0; --times) {
            const std::size_t at = numbers_.below(bytes.size());
            const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
            const auto after = place + static_cast<std::ptrdiff_t>(numbers_.below(bytes.size() - at + 1));
            switch (numbers_.below(6)) {
            case 0:
            case 1:
                if (!bytes.empty())
                    *place ^= static_cast<std::byte>(1U << numbers_.below(8));
                break;
            case 2: bytes.erase(place, after); break;
            case 3: {
                const byte_vector again(place, after);
                bytes.insert(place, again.begin(), again.end());
                break;
            }
            case 4: {
                const byte_vector some = numbers_.bytes(1 + numbers_.below(8));
                bytes.insert(place, some.begin(), some.end());
                break;
            }
            default: std::rotate(bytes.begin(), place, bytes.end()); break;
            }
        }
        return bytes;
    }

    /// A first byte that is usually valid, followed by random bytes.
    byte_vector noise()
    {
        byte_vector result = numbers_.bytes(1 + numbers_.below(60));
        constexpr std::array<unsigned, 8> first{0x81, 0x82, 0x01, 0x02, 0x89, 0x8A, 0x88, 0x80};
        result[0] = static_cast<std::byte>(first[numbers_.below(first.size())]);
        if (result.size() > 1) {
            const bool masked = (receiver_ == sockless::role::server) != one_in(8);
            result[1] = (result[1] & std::byte{0x7F}) | (masked ? std::byte{0x80} : std::byte{0});
        }
        return result;
    }

private:
    static void append(byte_vector& to, const byte_vector& more) { to.insert(to.end(), more.begin(), more.end()); }

    bool one_in(std::size_t n) { return numbers_.below(n) == 0; }

    byte_vector frame(unsigned first, const byte_vector& payload)
    {
        if (receiver_ == sockless::role::client)
            return support::unmasked_frame(first, payload);
        sockless::mask_key key{};
        const byte_vector random = numbers_.bytes(4);
        if (!one_in(8))
            std::copy(random.begin(), random.end(), key.bytes.begin());
        return support::masked_frame(first, payload, key);
    }

    /// Usually short; sometimes near the sizes at which the form of the length changes.
    std::size_t size()
    {
        if (one_in(12))
            return 124 + numbers_.below(5);
        return one_in(4) ? 0 : numbers_.below(40);
    }

    byte_vector stream_payload(std::size_t size)
    {
        const std::size_t kind = numbers_.below(3);
        byte_vector result = kind == 2 ? text(size) : byte_vector{};
        while (kind == 1 && size - result.size() >= 3)
            append(result, encoded(static_cast<std::uint32_t>(0x4E00 + numbers_.below(0x5000))));
        result.resize(size, std::byte{'a'});
        return result;
    }

    byte_vector text(std::size_t max_size)
    {
        byte_vector result;
        while (result.size() + 4 <= max_size) {
            constexpr std::array<std::uint32_t, 4> ranges{0x80, 0x800, 0x10000, 0x110000};
            const auto code_point = static_cast<std::uint32_t>(numbers_.below(ranges[numbers_.below(ranges.size())]));
            if (code_point < 0xD800 || code_point > 0xDFFF)
                append(result, encoded(code_point));
        }
        return result;
    }

    byte_vector close()
    {
        constexpr std::array<unsigned, 9> codes{1000, 1001, 1002, 1007, 1010, 1014, 3000, 3999, 4999};
        byte_vector result = support::close_body(codes[numbers_.below(codes.size())]);
        append(result, text(numbers_.below(124)));
        return result;
    }

    sockless::role receiver_;
    support::random_numbers& numbers_;
};

} // namespace reference
