// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Not a WebSocket library: zlib called directly, with the minimal framing around its input. Masked frames have a key of zeros, and text is
/// not validated.
#include "../peer.hpp"

#include <zlib.h>

namespace bench {
namespace {

class zlib_receiver final : public receiver {
public:
    zlib_receiver() { inflateInit2(&stream_, -15); }
    ~zlib_receiver() override { inflateEnd(&stream_); }

private:
    void receive(wire& in, std::size_t messages, sink& out) override
    {
        std::vector<unsigned char> unused;
        unsigned char* at = in.next(unused).data;
        unsigned char tail[] = {0x00, 0x00, 0xFF, 0xFF};
        for (; messages != 0; --messages) {
            std::size_t size = at[1] & 0x7FU;
            const unsigned octets = size < 126 ? 0 : size == 126 ? 2 : 8;
            const bool masked = (at[1] & 0x80U) != 0;
            at += 2;
            if (octets != 0)
                size = 0;
            for (unsigned i = 0; i < octets; ++i)
                size = size << 8U | *at++;
            at += masked ? 4 : 0;
            inflate_all(at, size, out);
            inflate_all(tail, sizeof tail, out);
            out.end_message();
            at += size;
        }
    }

    void inflate_all(unsigned char* data, std::size_t size, sink& out)
    {
        stream_.next_in = data;
        stream_.avail_in = static_cast<uInt>(size);
        do {
            stream_.next_out = output_.data();
            stream_.avail_out = static_cast<uInt>(output_.size());
            inflate(&stream_, Z_SYNC_FLUSH);
            if (stream_.avail_out != output_.size())
                out.take(output_.data(), output_.size() - stream_.avail_out);
        } while (stream_.avail_in != 0 || stream_.avail_out == 0);
    }

    z_stream stream_{};
    std::vector<unsigned char> output_ = std::vector<unsigned char>(std::size_t{16} << 10);
};

class zlib_sender final : public sender {
public:
    explicit zlib_sender(bool takeover) : takeover_{takeover}
    {
        deflateInit2(&stream_, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    }
    ~zlib_sender() override { deflateEnd(&stream_); }

private:
    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        unsigned char* to = out.data;
        for (std::size_t i = 0; i < count; ++i) {
            constexpr std::size_t longest_header = 10;
            if (!takeover_)
                deflateReset(&stream_);
            const std::size_t room = out.size - static_cast<std::size_t>(to - out.data) - longest_header;
            stream_.next_in = const_cast<unsigned char*>(messages[i].data);
            stream_.avail_in = static_cast<uInt>(messages[i].size);
            stream_.next_out = to + longest_header;
            stream_.avail_out = static_cast<uInt>(room);
            deflate(&stream_, Z_SYNC_FLUSH);
            const std::size_t size = room - stream_.avail_out - 4;
            *to++ = 0xC2;
            const unsigned octets = size < 126 ? 0 : size < 65536 ? 2 : 8;
            *to++ = static_cast<unsigned char>(octets == 0 ? size : octets == 2 ? 126 : 127);
            for (unsigned octet = octets; octet-- != 0;)
                *to++ = static_cast<unsigned char>(size >> (8 * octet));
            std::memmove(to, stream_.next_out - size - 4, size);
            to += size;
        }
        return static_cast<std::size_t>(to - out.data);
    }

    z_stream stream_{};
    bool takeover_;
};

class zlib_peer final : public peer {
    std::string name() const override { return "zlib alone"; }
    bool is_baseline() const override { return true; }
    std::unique_ptr<receiver> make_inflating_receiver(end) const override { return std::make_unique<zlib_receiver>(); }
    std::unique_ptr<sender> make_deflating_sender(end, bool takeover) const override
    {
        return std::make_unique<zlib_sender>(takeover);
    }
};

const registration<zlib_peer> here;

} // namespace
} // namespace bench
