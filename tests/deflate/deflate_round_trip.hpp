// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The body of a fuzz target and of a test with pseudo-random bytes: messages in both directions between two ends with permessage-deflate.
/// Checks all guarantees and throws `support::broken_promise`.
#pragma once

#include "deflate_subject.hpp"
#include "reference/inflate.hpp"
#include "support/random.hpp"

#include <sockless/core/opcode.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace deflate_test {

/// Reads decisions from the front of an input; zeros after its end.
class choices {
public:
    explicit choices(std::span<const std::byte> bytes) : rest_{bytes} {}

    std::size_t below(std::size_t limit)
    {
        std::size_t value = 0;
        for (std::size_t reach = 1; reach < limit; reach <<= 8U)
            value = value << 8U | next();
        return limit == 0 ? 0 : value % limit;
    }
    bool coin() { return (next() & 1U) != 0; }
    std::span<const std::byte> bytes(std::size_t max_size)
    {
        const std::span<const std::byte> result = rest_.first(std::min(max_size, rest_.size()));
        rest_ = rest_.subspan(result.size());
        return result;
    }
    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

private:
    std::size_t next()
    {
        const std::span<const std::byte> one = bytes(1);
        return one.empty() ? 0 : std::to_integer<std::size_t>(one[0]);
    }

    std::span<const std::byte> rest_;
};

/// Combines the inflater of one backend with the deflater of another.
template <class Inflates, class Deflates>
struct two_backends {
    using inflater = typename Inflates::inflater;
    using deflater = typename Deflates::deflater;
    static std::unique_ptr<inflater> make_inflater(std::uint8_t bits) { return Inflates::make_inflater(bits); }
    static std::unique_ptr<deflater> make_deflater(std::uint8_t bits) { return Deflates::make_deflater(bits); }
};

/// Returns a message: bytes of the input, possibly repeated, or pseudo-random bytes.
[[nodiscard]] inline byte_vector chosen_message(choices& from)
{
    const std::size_t kind = from.below(8);
    const std::span<const std::byte> seed = from.bytes(from.below(40));
    byte_vector result{seed.begin(), seed.end()};
    if (kind >= 4 && !seed.empty()) {
        const std::size_t size = from.below(kind == 7 ? 40000 : 3000);
        while (result.size() < size)
            result.insert(result.end(), seed.begin(), seed.end());
    } else if (kind == 3) {
        result = support::random_numbers{from.below(256)}.bytes(from.below(6000));
    }
    return result;
}

/// Checks compressed payload with a slow inflater that has exactly the negotiated window.
class payload_check {
public:
    explicit payload_check(const sockless::deflate_direction& agreed) : inflater_{agreed.window_bits}, agreed_{agreed}
    {
    }

    /// @param frames  those of one message, possibly with control frames in between
    void check(std::span<const std::byte> frames, std::span<const std::byte> message)
    {
        byte_vector payload;
        bool marked = false;
        bool first = true;
        while (!frames.empty()) {
            const auto head = std::to_integer<unsigned>(frames[0]);
            const auto second = std::to_integer<unsigned>(frames[1]);
            std::size_t size = second & 0x7FU;
            std::size_t at = 2;
            if (size >= 126) {
                const std::size_t count = size == 126 ? 2 : 8;
                size = 0;
                for (std::size_t i = 0; i < count; ++i)
                    size = size << 8U | std::to_integer<std::size_t>(frames[at++]);
            }
            at += (second & 0x80U) != 0 ? 4U : 0U; // the key is zeros
            promised((head & 0x30U) == 0, "RSV2 and RSV3 are never set");
            if ((head & 0x08U) != 0) {
                promised((head & 0x40U) == 0, "a control frame is never compressed");
            } else {
                promised(first || (head & 0x40U) == 0, "RSV1 is set on the first frame only");
                marked = first ? (head & 0x40U) != 0 : marked;
                first = false;
                payload.insert(payload.end(), frames.begin() + static_cast<std::ptrdiff_t>(at),
                               frames.begin() + static_cast<std::ptrdiff_t>(at + size));
            }
            frames = frames.subspan(at + size);
        }
        if (!marked) {
            promised(std::ranges::equal(payload, message), "an uncompressed message is not changed");
            return;
        }
        if (!agreed_.context_takeover)
            inflater_.reset();
        payload.insert(payload.end(), sockless::deflate_tail.begin(), sockless::deflate_tail.end());
        byte_vector inflated(message.size() + 1);
        const sockless::inflate_result step = inflater_.inflate(payload, inflated);
        inflated.resize(step.produced);
        promised(!step.failed, "no reference exceeds the negotiated window");
        promised(step.at_block_end && inflated.size() == message.size(), "the message is complete");
        promised(std::ranges::equal(inflated, message), "a slow inflater restores the message");
    }

private:
    reference::inflater inflater_;
    sockless::deflate_direction agreed_;
};

/// Sends `message` as the input decides, and returns the bytes.
template <class Connection>
[[nodiscard]] byte_vector send_somehow(Connection& ws, std::span<const std::byte> message, choices& from)
{
    using sockless::deflate_when;
    ws.extension_encoder().compress(from.below(4) == 0 ? deflate_when::never
                                    : from.coin()      ? deflate_when::always
                                                       : deflate_when::large_enough);
    if (from.coin())
        return written_by(ws, [&](auto& w, auto& tx) { return w.send_binary(tx, message); });
    return written_by(ws, [&](auto& w, auto& tx) {
        promised(w.begin_message(sockless::opcode::binary) == sockless::error::none, "a message can begin");
        while (from.coin()) {
            const std::span<const std::byte> piece = message.first(from.below(message.size() + 1));
            promised(w.send_fragment(tx, piece) == sockless::error::none, "a piece can be sent");
            message = message.subspan(piece.size());
            if (from.coin())
                promised(w.ping(tx) == sockless::error::none, "a ping can be sent");
        }
        return w.end_message(tx, message);
    });
}

/// Feeds `bytes`, cut as the input decides. Requires that the result is `message`.
template <class End>
void receive_all(End& end, byte_vector bytes, std::span<const std::byte> message, choices& from)
{
    sockless::growing_byte_queue tx{1U << 20U};
    byte_vector seen;
    std::size_t ends = 0;
    std::span<std::byte> rest{bytes};
    while (!rest.empty()) {
        const std::size_t cut = from.coin() ? rest.size() : 1 + from.below(rest.size());
        std::span<std::byte> in = rest.first(cut);
        rest = rest.subspan(cut);
        while (true) {
            const sockless::event e = end.ws().poll(in, tx);
            if (e.kind() == sockless::event_kind::need_input)
                break;
            promised(e.kind() != sockless::event_kind::error, "each end accepts what the other one sends");
            if (e.kind() != sockless::event_kind::message)
                continue;
            seen.insert(seen.end(), e.payload().begin(), e.payload().end());
            promised(seen.size() <= message.size(), "a message does not grow");
            ends += e.last() ? 1U : 0U;
        }
    }
    promised(ends == 1, "one message is received for each that is sent");
    promised(std::ranges::equal(seen, message), "a message is received unchanged");
}

/// The body, for any input.
template <class Backend>
void round_trip(std::span<const std::byte> input)
{
    choices from{input};
    const auto bits = [&] { return static_cast<unsigned>(from.below(9) + 7); }; // 7: absent
    const auto present = [](unsigned n) { return n == 7 ? 0U : n; };
    const unsigned server_bits = present(bits());
    const unsigned client_bits = present(bits());
    const bool server_fresh = from.coin();
    const bool client_fresh = from.coin();
    const negotiated_deflate parameters = agreed(server_bits, client_bits, server_fresh, client_fresh);
    constexpr std::size_t outputs[] = {1, 2, 7, 64, 1000, 4096, 65536};
    const std::size_t output = outputs[from.below(std::size(outputs))];
    const sockless::deflate_send_options sending{.threshold = 16, .shared = from.coin()};

    end_point<Backend, role::server> server{parameters, {}, output, sending};
    end_point<Backend, role::client> client{parameters, {}, output, sending};
    payload_check from_server{parameters.from_server};
    payload_check from_client{parameters.from_client};
    for (std::size_t count = 0; count < 8 && !(count > 0 && from.empty()); ++count) {
        const byte_vector message = chosen_message(from);
        if (from.coin()) {
            const byte_vector bytes = send_somehow(server.ws(), message, from);
            from_server.check(bytes, message);
            receive_all(client, bytes, message, from);
        } else {
            const byte_vector bytes = send_somehow(client.ws(), message, from);
            from_client.check(bytes, message);
            receive_all(server, bytes, message, from);
        }
    }
}

/// Any bytes as the payload of compressed messages, and the parameters of the receiver.
struct hostile_input {
    explicit hostile_input(std::span<const std::byte> input)
    {
        choices from{input};
        output = 1 + from.below(300);
        const std::size_t cut = from.below(64);
        bounds.message_bytes = from.below(5000);
        fresh = from.coin();
        const std::span<const std::byte> payload = from.bytes(input.size());
        const std::span<const std::byte> front = payload.first(std::min(cut, payload.size()));
        bytes = support::join({support::frame_from(role::server, 0x42, front),
                               support::frame_from(role::server, 0x80, payload.subspan(front.size())),
                               support::frame_from(role::server, 0xC2, payload)});
    }

    template <class Backend>
    [[nodiscard]] subject<Backend, role::client> make_subject() const
    {
        return subject<Backend, role::client>{agreed(0, 0, fresh, fresh), bounds, output};
    }
    template <class Backend>
    [[nodiscard]] strings log() const
    {
        subject<Backend, role::client> end = make_subject<Backend>();
        byte_vector copy = bytes;
        end.feed(copy);
        return end.log();
    }

    byte_vector bytes;
    sockless::limits bounds;
    std::size_t output = 0;
    bool fresh = false;
};

/// Requires that two backends have the same result for any bytes, and that neither exceeds the limit.
template <class One, class Other>
void same_verdict(const hostile_input& input)
{
    const strings one = input.log<One>();
    const strings other = input.log<Other>();
    if (one != other)
        throw support::broken_promise("two backends disagree: " + (one.empty() ? "" : one.front()) + " / " +
                                      (other.empty() ? "" : other.front()));
}

} // namespace deflate_test
