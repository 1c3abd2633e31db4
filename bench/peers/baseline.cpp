// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Not a library: the copies that cannot be avoided, as a lower bound for every figure.
#include "../peer.hpp"

#include <sys/random.h>

namespace bench {
namespace {

/// The copy that recv() makes, and nothing else.
class copying_receiver final : public receiver {
    void receive(wire& in, std::size_t, sink& out) override
    {
        for (bytes chunk = in.next(buffer_); chunk.size != 0; chunk = in.next(buffer_))
            out.take(chunk.data, chunk.size);
    }

    std::vector<unsigned char> buffer_;
};

/// A frame header without a key, and memcpy.
class copying_sender final : public sender {
    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        unsigned char* to = out.data;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t size = messages[i].size;
            *to++ = 0x82;
            if (size < 126) {
                *to++ = static_cast<unsigned char>(size);
            } else {
                const int octets = size < 65536 ? 2 : 8;
                *to++ = octets == 2 ? 126 : 127;
                for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8)
                    *to++ = static_cast<unsigned char>(size >> shift);
            }
            std::memcpy(to, messages[i].data, size);
            to += size;
        }
        return static_cast<std::size_t>(to - out.data);
    }
};

class copying_peer final : public peer {
    std::string name() const override { return "copy alone"; }
    bool is_baseline() const override { return true; }
    std::unique_ptr<receiver> make_receiver(end, delivery) const override
    {
        return std::make_unique<copying_receiver>();
    }
    std::unique_ptr<sender> make_sender(end) const override { return std::make_unique<copying_sender>(); }
    mask_function mask() const override
    {
        return [](unsigned char* data, std::size_t size, const unsigned char*) { copy(data, size); };
    }
    utf8_function utf8() const override
    {
        return [](const unsigned char* data, std::size_t size) {
            copy(data, size);
            return true;
        };
    }
    std::pair<std::string, keys_function> keys(std::size_t which) const override
    {
        if (which != 0)
            return {};
        return {"getrandom each", [](std::size_t count) {
                    std::uint32_t all = 0;
                    for (std::size_t i = 0; i < count; ++i) {
                        std::uint32_t key = 0;
                        if (getrandom(&key, sizeof key, 0) != static_cast<ssize_t>(sizeof key))
                            return std::uint32_t{0};
                        all |= key;
                    }
                    return all;
                }};
    }

    static void copy(const unsigned char* data, std::size_t size)
    {
        static std::vector<unsigned char> to(std::size_t{1} << 20);
        std::memcpy(to.data(), data, size);
    }
};

const registration<copying_peer> here;

} // namespace
} // namespace bench
