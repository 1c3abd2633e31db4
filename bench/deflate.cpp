// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate: windows of 15 bits with context takeover, zlib's level 6; output in pieces of at most 16 KiB.
/// Names: deflate/<receive or send>/<server or client>/<json, alone: JSON without context takeover, or zeros>/<size>
///
/// Masked frames have a key of zeros, so that the baseline, zlib alone, does not have to unmask.
#include "rows.hpp"
#include "workload.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <zlib.h>

namespace bench {
namespace {

constexpr std::size_t most_header = 14;

/// Returns JSON objects, one after the other, like those of a trading API.
std::vector<unsigned char> make_json(std::size_t size, random_numbers& random)
{
    std::string text;
    while (text.size() < size)
        text += R"({"type":"trade","product":"BTC-)" + std::string(random.between(0, 1) == 0 ? "EUR" : "USD") +
                R"(","price":")" + std::to_string(random.between(9000, 9999)) + "." +
                std::to_string(random.between(10, 99)) + R"(","size":")" + std::to_string(random.between(1, 9)) + "." +
                std::to_string(random.between(1000, 9999)) + R"(","side":")" +
                (random.between(0, 1) == 0 ? "buy" : "sell") + R"(","id":)" +
                std::to_string(random.between(100'000'000, 999'999'999)) + "}\n";
    const char* const begin = text.data();
    return {begin, begin + size};
}

class inflating {
public:
    inflating() { inflateInit2(&stream_, -15); }
    ~inflating() { inflateEnd(&stream_); }
    inflating(const inflating&) = delete;
    inflating& operator=(const inflating&) = delete;

    std::vector<unsigned char> message(std::vector<unsigned char> payload, std::size_t size)
    {
        payload.insert(payload.end(), {0x00, 0x00, 0xFF, 0xFF});
        std::vector<unsigned char> out(size + 1);
        stream_.next_in = payload.data();
        stream_.avail_in = static_cast<uInt>(payload.size());
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(out.size());
        if (inflate(&stream_, Z_SYNC_FLUSH) != Z_OK || stream_.avail_in != 0)
            throw void_row{"sent what zlib does not inflate"};
        out.resize(out.size() - stream_.avail_out);
        return out;
    }

private:
    z_stream stream_{};
};

struct deflate_row {
    end side;
    std::string what;
    std::size_t size;
};

/// Messages, and the frames of them that a peer sends.
struct deflate_traffic {
    std::vector<std::vector<unsigned char>> messages;
    std::vector<unsigned char> frames;
    std::size_t bytes = 0;
    sink expected{true};
};

void append_frame(std::vector<unsigned char>& to, const unsigned char* payload, std::size_t size, bool text,
                  bool masked)
{
    const unsigned mask_bit = masked ? 0x80 : 0;
    to.push_back(text ? 0xC1 : 0xC2);
    const unsigned octets = size < 126 ? 0 : size < 65536 ? 2 : 8;
    to.push_back(static_cast<unsigned char>(mask_bit | (octets == 0 ? size : octets == 2 ? 126 : 127)));
    for (unsigned i = octets; i-- != 0;)
        to.push_back(static_cast<unsigned char>(size >> (8 * i)));
    to.insert(to.end(), masked ? 4 : 0, 0);
    to.insert(to.end(), payload, payload + size);
}

std::shared_ptr<const deflate_traffic> make_deflate_traffic(const deflate_row& what)
{
    auto result = std::make_shared<deflate_traffic>();
    random_numbers random{7};
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    // A pass takes about one or two milliseconds, because longer ones are interrupted more often.
    const std::size_t total = std::max(what.size, std::size_t{64} << 10);
    for (; result->bytes < total; result->bytes += what.size) {
        std::vector<unsigned char> message =
            what.what == "zeros" ? std::vector<unsigned char>(what.size) : make_json(what.size, random);
        std::vector<unsigned char> out(deflateBound(&stream, static_cast<uLong>(message.size())) + 16);
        stream.next_in = message.data();
        stream.avail_in = static_cast<uInt>(message.size());
        stream.next_out = out.data();
        stream.avail_out = static_cast<uInt>(out.size());
        ::deflate(&stream, Z_SYNC_FLUSH);
        append_frame(result->frames, out.data(), out.size() - stream.avail_out - 4, what.what != "zeros",
                     what.side == end::server);
        result->expected.take(message.data(), message.size());
        result->expected.end_message();
        result->messages.push_back(std::move(message));
    }
    deflateEnd(&stream);
    return result;
}

measurement prepare_receive(const peer& who, const deflate_row& what)
{
    const auto in = make_deflate_traffic(what);
    const std::shared_ptr<receiver> reader = who.make_inflating_receiver(what.side);
    unsigned char* const memory = shared_memory(in->frames.size());
    const auto run = [=](bool careful) {
        std::memcpy(memory, in->frames.data(), in->frames.size());
        sink out{careful};
        const stopwatch watch;
        wire source{memory, in->frames.size(), 0};
        reader->receive(source, in->messages.size(), out);
        const double seconds = watch.seconds();
        if (out.bytes() != in->bytes || out.messages() != in->messages.size() || (careful && !(out == in->expected)))
            throw void_row{"delivered other bytes"};
        return seconds;
    };
    run(true);
    return {[run] { return run(false); }, static_cast<double>(in->messages.size()), static_cast<double>(in->bytes)};
}

/// Reads the frame of a message that was compressed as a whole, and unmasks it.
std::vector<unsigned char> payload_of(const unsigned char* frame, std::size_t size)
{
    const unsigned code = frame[1] & 0x7FU;
    const std::size_t header = code < 126 ? 2 : code == 126 ? 4 : 10;
    const bool masked = (frame[1] & 0x80U) != 0;
    if (size < header + (masked ? 4 : 0) || frame[0] != 0xC2)
        throw void_row{"sent no compressed frame"};
    std::vector<unsigned char> payload(frame + header + (masked ? 4 : 0), frame + size);
    for (std::size_t i = 0; masked && i < payload.size(); ++i)
        payload[i] ^= frame[header + i % 4];
    return payload;
}

measurement prepare_send(const peer& who, const deflate_row& what)
{
    const auto in = make_deflate_traffic(what);
    const std::shared_ptr<sender> writer = who.make_deflating_sender(what.side, what.what != "alone");
    const std::size_t max_size = what.size + what.size / 4 + 256 + most_header;
    const bytes room{shared_memory(max_size), max_size};
    const auto run = [=](const auto& use) {
        for (const std::vector<unsigned char>& one : in->messages) {
            const message all{one.data(), one.size()};
            use(writer->send(&all, 1, room), one);
        }
    };
    inflating check;
    run([&](std::size_t size, const std::vector<unsigned char>& one) {
        if (check.message(payload_of(room.data, size), one.size()) != one)
            throw void_row{"sent other bytes"};
    });
    return {[run] {
                std::size_t total = 0;
                const stopwatch watch;
                run([&total](std::size_t size, const auto&) { total += size; });
                const double seconds = watch.seconds();
                return total != 0 ? seconds : 0;
            },
            static_cast<double>(in->messages.size()), static_cast<double>(in->bytes)};
}

} // namespace

void add_deflate_rows(std::vector<row>& rows)
{
    std::vector<deflate_row> all;
    for (const end side : {end::server, end::client})
        for (const std::size_t size : {64U, 256U, 1024U, 4096U, 16384U, 65536U})
            for (const std::string what : {"json", "alone"})
                all.push_back({side, what, size});
    all.push_back({end::server, "zeros", std::size_t{1} << 20});
    for (const bool receives : {true, false})
        for (const deflate_row& what : all) {
            if (receives && what.what == "alone")
                continue; // the same work
            row result;
            result.name = std::string{receives ? "deflate/receive/" : "deflate/send/"} +
                          (what.side == end::server ? "server/" : "client/") + what.what + "/" +
                          std::to_string(what.size);
            for (const peer* who : peers()) {
                if (receives ? !who->make_inflating_receiver(what.side)
                             : !who->make_deflating_sender(what.side, what.what != "alone"))
                    continue;
                result.entries.push_back({who->name(), [who, what, receives] {
                                              return receives ? prepare_receive(*who, what) : prepare_send(*who, what);
                                          }});
            }
            rows.push_back(std::move(result));
        }
}

} // namespace bench
