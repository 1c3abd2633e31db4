// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A slow receiver that has the whole input and unlimited memory: it parses frame after frame and records what
/// a connection has to return and to send. It uses no code of the library except its enumerations.
#pragma once

#include "../support/event_lines.hpp"
#include "../support/frames.hpp"
#include "mask.hpp"
#include "utf8.hpp"

#include <sockless/core/error.hpp>
#include <sockless/core/limits.hpp>
#include <sockless/core/role.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reference {

class receiver {
public:
    explicit receiver(sockless::role self, const sockless::limits& bounds = {}) : self_{self}, bounds_{bounds} {}

    /// Returns the log for `bytes`, in the form of `support::connection_subject`.
    support::strings log_of(std::span<const std::byte> bytes)
    {
        rest_ = bytes;
        while (frame()) {
        }
        support::strings result = lines_;
        if (!out_.empty())
            result.push_back(support::out_line(out_));
        return result;
    }

private:
    using error = sockless::error;

    /// Processes one frame at the front of `rest_`. Returns false after the last one.
    bool frame()
    {
        if (rest_.empty())
            return false;
        const unsigned first = number(0, 1) & 0xFFU;
        const unsigned op = first & 0x0FU;
        const bool fin = (first & 0x80U) != 0;
        const bool control = op >= 8;
        if ((first & 0x70U) != 0)
            return fail(error::reserved_bit_set, 1002);
        if ((op >= 3 && op <= 7) || op >= 11)
            return fail(error::reserved_opcode, 1002);
        if (control && !fin)
            return fail(error::control_frame_fragmented, 1002);
        if (op == 0 && !open_)
            return fail(error::unexpected_continuation, 1002);
        if ((op == 1 || op == 2) && open_)
            return fail(error::message_interleaved, 1002);

        if (rest_.size() < 2)
            return false;
        const bool masked = (number(1, 1) & 0x80U) != 0;
        const unsigned short_length = number(1, 1) & 0x7FU;
        if (self_ == sockless::role::server && !masked)
            return fail(error::mask_missing, 1002);
        if (self_ == sockless::role::client && masked)
            return fail(error::mask_unexpected, 1002);
        if (control && short_length > 125)
            return fail(error::control_frame_too_long, 1002);

        std::size_t header = 2;
        std::uint64_t length = short_length;
        if (short_length >= 126) {
            const std::size_t more = short_length == 126 ? 2 : 8;
            if (rest_.size() < 2 + more)
                return false;
            header += more;
            length = long_number(2, more);
            if (length >= std::uint64_t{1} << 63U)
                return fail(error::length_out_of_range, 1002);
            if (length < (more == 2 ? 126 : 65536))
                return fail(error::length_not_minimal, 1002);
        }
        if (length > bounds_.frame_bytes)
            return fail(error::frame_too_large, 1009);
        sockless::mask_key key{};
        if (masked) {
            if (rest_.size() < header + 4)
                return false;
            std::copy_n(rest_.begin() + static_cast<std::ptrdiff_t>(header), 4, key.bytes.begin());
            header += 4;
        }
        rest_ = rest_.subspan(header);
        const std::size_t here = static_cast<std::size_t>(std::min<std::uint64_t>(length, rest_.size()));
        const std::vector<std::byte> payload = masked_payload(rest_.first(here), key);
        const bool whole = here == length;
        rest_ = rest_.subspan(here);
        return control ? (whole && control_frame(op, payload)) : data_frame(op, fin, length, payload) && whole;
    }

    bool data_frame(unsigned op, bool fin, std::uint64_t length, const std::vector<std::byte>& payload)
    {
        if (op != 0) {
            type_ = op;
            message_.clear();
            fragments_ = 0;
        }
        open_ = !fin;
        if (++fragments_ > bounds_.fragments)
            return fail(error::too_many_fragments, 1008);
        // message_ is at most the limit, so this does not wrap.
        if (length > bounds_.message_bytes - message_.size())
            return fail(error::message_too_large, 1009);
        message_.insert(message_.end(), payload.begin(), payload.end());
        const bool ends = fin && payload.size() == length;
        if (type_ == 1) {
            const utf8_prefix text = longest_utf8_prefix(message_);
            if (text.size != message_.size() || (ends && !text.complete))
                return fail(error::text_not_utf8, 1007);
        }
        if (ends)
            lines_.push_back(type_ == 1 ? support::text_line(message_) : support::binary_line(message_));
        return true;
    }

    bool control_frame(unsigned op, const std::vector<std::byte>& payload)
    {
        if (op == 9) {
            lines_.push_back(support::ping_line(payload));
            send(0x8A, payload);
            return true;
        }
        if (op == 10) {
            lines_.push_back(support::pong_line(payload));
            return true;
        }
        if (payload.empty()) {
            lines_.push_back("close 1005");
            send(0x88, {});
            return false;
        }
        if (payload.size() == 1)
            return fail(error::close_payload_truncated, 1002);
        const unsigned code = std::to_integer<unsigned>(payload[0]) * 256 + std::to_integer<unsigned>(payload[1]);
        const bool assigned = code == 1000 || code == 1001 || code == 1002 || code == 1003 || code == 1007 ||
                              code == 1008 || code == 1009 || code == 1010 || code == 1011 || code == 1012 ||
                              code == 1013 || code == 1014 || (code / 1000 == 3 || code / 1000 == 4);
        if (!assigned)
            return fail(error::close_code_not_on_wire, 1002);
        const std::span<const std::byte> reason = std::span{payload}.subspan(2);
        if (const utf8_prefix text = longest_utf8_prefix(reason); text.size != reason.size() || !text.complete)
            return fail(error::close_reason_not_utf8, 1007);
        lines_.push_back(support::close_line(static_cast<std::uint16_t>(code), support::to_string(reason)));
        send(0x88, support::close_body(code == 1010 && self_ == sockless::role::server ? 1000 : code));
        return false;
    }

    bool fail(error e, unsigned code)
    {
        lines_.push_back(support::error_line(e));
        send(0x88, support::close_body(code));
        return false;
    }

    void send(unsigned first, const std::vector<std::byte>& payload)
    {
        const std::vector<std::byte> frame = support::frame_from(self_, first, payload);
        out_.insert(out_.end(), frame.begin(), frame.end());
    }

    static std::vector<std::byte> masked_payload(std::span<const std::byte> payload, sockless::mask_key key)
    {
        return masked(payload, key);
    }

    [[nodiscard]] std::uint64_t long_number(std::size_t at, std::size_t size) const
    {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value * 256 + std::to_integer<std::uint64_t>(rest_[at + i]);
        return value;
    }
    [[nodiscard]] unsigned number(std::size_t at, std::size_t size) const
    {
        return static_cast<unsigned>(long_number(at, size));
    }

    sockless::role self_;
    sockless::limits bounds_;
    std::span<const std::byte> rest_;
    support::strings lines_;
    std::vector<std::byte> out_;
    std::vector<std::byte> message_;
    unsigned type_ = 0;
    std::uint64_t fragments_ = 0;
    bool open_ = false;
};

} // namespace reference
