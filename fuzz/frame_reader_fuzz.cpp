// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a frame_reader, through each of its interfaces, and compares with a reader that has the whole input.
///
/// The first byte selects role, limit, reserved bits and interface.
#include "cuts.hpp"
#include "watch.hpp"

#include "reference/mask.hpp"
#include "support/event_lines.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"

#include <sockless/frame/frame_reader.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using sockless::error;
using sockless::frame_chunk;
using sockless::frame_chunk_kind;
using sockless::role;
using support::byte_vector;
using support::strings;

enum class door : unsigned { poll, next, next_by_three, unread };

struct options {
    std::uint64_t limit;
    std::uint8_t reserved_bits;
    door way;
};

std::string frame_line(const char* what, unsigned first, std::span<const std::byte> payload)
{
    return what + (' ' + support::to_hex(std::array{static_cast<std::byte>(first)})) + ": " + support::to_hex(payload);
}

template <role Role>
class subject {
public:
    explicit subject(const options& how)
        : reader_{how.limit, how.reserved_bits}, parser_{how.limit, how.reserved_bits}, how_{how}
    {
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        for (std::size_t calls = 0;; ++calls) {
            // An empty chunk may result from a header at the end of the input; every other call consumes something.
            require(calls <= 2 * chunk.size() + 2, "the number of calls is bounded");
            const std::span<std::byte> before = in;
            const frame_chunk piece = fuzz::core([&] { return one(in); });
            require(in.data() + in.size() == chunk.data() + chunk.size(), "the cursor ends where the input ends");
            require(in.size() <= before.size(), "the cursor does not go back");
            switch (piece.kind) {
            case frame_chunk_kind::need_input: require(in.empty(), "after need_input the input is empty"); return;
            case frame_chunk_kind::error: fail(piece, in); break;
            case frame_chunk_kind::payload:
                require(in.size() < before.size() || piece.payload.empty(), "returned payload was consumed");
                add(piece);
                break;
            }
        }
    }

    [[nodiscard]] strings log() const
    {
        strings result = lines_;
        if (open_)
            result.push_back(frame_line("unfinished", first_, payload_));
        return result;
    }

private:
    frame_chunk one(std::span<std::byte>& in) noexcept
    {
        if (how_.way == door::poll)
            return reader_.poll(in);
        frame_chunk piece = parser_.read_chunk(in, how_.way == door::next_by_three ? 3 : in.size());
        if (how_.way == door::unread && piece.payload.size() > 1) {
            const std::size_t kept = (piece.payload.size() + 1) / 2;
            parser_.unread(in, piece.payload.size() - kept);
            piece.payload = piece.payload.first(kept);
            piece.last = false;
        }
        if (how_.way == door::next)
            for (std::span<std::byte> rest = piece.payload; !rest.empty();) { // through storage of another size
                const std::size_t size = std::min(rest.size(), other_.size());
                parser_.unmask_to(rest.first(size), other_);
                std::copy_n(other_.begin(), size, rest.begin());
                rest = rest.subspan(size);
            }
        else
            parser_.unmask(piece.payload);
        return piece;
    }

    /// The one of the two that has the input.
    template <class Question>
    auto query(const Question& question) const
    {
        return how_.way == door::poll ? question(reader_) : question(parser_);
    }
    [[nodiscard]] std::uint64_t remaining() const
    {
        return query([](const auto& one) { return one.remaining(); });
    }

    void fail(const frame_chunk& piece, std::span<std::byte> in)
    {
        require(!failed_, "there is one error");
        require(failed(piece.failure), "an error has a reason");
        require(in.empty() && remaining() == 0, "after an error the input is dropped");
        failed_ = true;
        open_ = false;
        lines_.push_back(support::error_line(piece.failure));
    }

    void add(const frame_chunk& piece)
    {
        require(!failed_, "nothing comes after an error");
        require(piece.first == !open_, "the first piece of a frame, and no other, is `first`");
        if (piece.first) {
            payload_.clear();
            first_ = query([](const auto& one) {
                return static_cast<unsigned>(one.op()) | one.reserved_bits() | (one.fin() ? 0x80U : 0U);
            });
            promised_ = piece.payload.size() + remaining();
        }
        fuzz::touch(piece.payload);
        payload_.insert(payload_.end(), piece.payload.begin(), piece.payload.end());
        require(payload_.size() + remaining() == promised_, "remaining() is the number of payload bytes that follow");
        open_ = !piece.last;
        if (piece.last)
            lines_.push_back(frame_line("frame", first_, payload_));
    }

    sockless::frame_reader<Role> reader_;
    sockless::detail::frame_parser<Role> parser_;
    options how_;
    std::array<std::byte, 5> other_{};
    strings lines_;
    byte_vector payload_;
    std::uint64_t promised_ = 0;
    unsigned first_ = 0;
    bool open_ = false;
    bool failed_ = false;
};

/// RFC 6455 5.2 with the whole input. An incomplete header is not checked further than its bytes.
strings slow_log(role self, const options& how, std::span<const std::byte> in)
{
    strings lines;
    bool message_open = false;
    const auto number = [&in](std::size_t at, std::size_t size) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8U | std::to_integer<std::uint64_t>(in[at + i]);
        return value;
    };
    const auto failure = [&lines](error e) {
        lines.push_back(support::error_line(e));
        return lines;
    };
    while (!in.empty()) {
        const auto first = static_cast<unsigned>(number(0, 1));
        const unsigned op = first & 0xFU;
        const bool fin = first >= 0x80;
        const bool control = op > 7;
        const unsigned allowed = op == 1 || op == 2 ? how.reserved_bits : 0U;
        if ((first & 0x70U & ~allowed) != 0)
            return failure(error::reserved_bit_set);
        if (op != 0 && op != 1 && op != 2 && op != 8 && op != 9 && op != 10)
            return failure(error::reserved_opcode);
        if (control && !fin)
            return failure(error::control_frame_fragmented);
        if (!control && (op == 0) != message_open)
            return failure(op == 0 ? error::unexpected_continuation : error::message_interleaved);
        if (in.size() < 2)
            return lines;
        const bool masked = number(1, 1) >= 0x80;
        if (masked != (self == role::server))
            return failure(masked ? error::mask_unexpected : error::mask_missing);
        std::uint64_t length = number(1, 1) % 128;
        if (control && length > 125)
            return failure(error::control_frame_too_long);
        const std::size_t more = length < 126 ? 0 : length == 126 ? 2 : 8;
        if (in.size() < 2 + more)
            return lines;
        if (more != 0) {
            length = number(2, more);
            if (length > 0x7FFFFFFFFFFFFFFF)
                return failure(error::length_out_of_range);
            if (length < (more == 2 ? 126U : 65536U))
                return failure(error::length_not_minimal);
        }
        if (length > how.limit)
            return failure(error::frame_too_large);
        const std::size_t header = 2 + more + (masked ? 4 : 0);
        if (in.size() < header)
            return lines;
        sockless::mask_key key{};
        if (masked)
            std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(header - 4), 4, key.bytes.begin());
        in = in.subspan(header);
        const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(length, in.size()));
        const std::vector<std::byte> payload = reference::masked(in.first(here), key);
        lines.push_back(frame_line(here == length ? "frame" : "unfinished", first, payload));
        in = in.subspan(here);
        if (!control)
            message_open = !fin;
    }
    return lines;
}

template <role Role>
void check(std::span<const std::byte> bytes, const options& how)
{
    const strings log = fuzz::same_log_in_every_way(bytes, [&how] { return subject<Role>{how}; });
    fuzz::require_equal(log, slow_log(Role, how, bytes), "the slow receiver");
}

void body(std::span<const std::byte> input)
{
    constexpr std::array<std::uint64_t, 4> limits{125, 126, 70000, sockless::frame_header::max_payload};
    constexpr std::array<std::uint8_t, 4> bits{0, 0x40, 0x30, 0x70};
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    const options how{limits[choice >> 1U & 3U], bits[choice >> 3U & 3U], static_cast<door>(choice >> 5U & 3U)};
    if (choice % 2 == 0)
        check<role::server>(in.rest(), how);
    else
        check<role::client>(in.rest(), how);
}

const fuzz::target here{"frame_reader", body};

} // namespace
