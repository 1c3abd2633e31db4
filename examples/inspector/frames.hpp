// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Takes the frames of one direction apart. The library reads each byte by itself, so that an error has the position of the byte that causes it.
#pragma once

#include "report.hpp"

#include <sockless/bytes/mask.hpp>
#include <sockless/core/close_code.hpp>
#include <sockless/core/opcode.hpp>
#include <sockless/deflate/decoder.hpp>
#include <sockless/frame/close_payload.hpp>
#include <sockless/frame/frame_header.hpp>
#include <sockless/message/message_reader.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace inspector {

/// Describes frames; checks nothing.
class frame_describer {
public:
    /// @param bytes  of one direction; outlive this object
    /// @param at     the first byte of a frame
    frame_describer(std::span<const std::byte> bytes, std::size_t at, bool compressible) noexcept
        : bytes_{bytes}, at_{at}, compressible_{compressible}
    {
        const std::size_t available = bytes.size() - at;
        first_ = std::to_integer<std::uint8_t>(bytes[at]);
        header_ = 2;
        if (available >= 2) {
            second_ = std::to_integer<std::uint8_t>(bytes[at + 1]);
            extended_ = (second_ & 0x7FU) == 126 ? 2 : (second_ & 0x7FU) == 127 ? 8 : 0;
            length_ = second_ & 0x7FU;
            header_ = 2 + extended_ + (masked() ? 4 : 0);
        }
        if (extended_ != 0 && available >= 2 + extended_) {
            length_ = 0;
            for (std::size_t i = 0; i < extended_; ++i)
                length_ = length_ << 8U | std::to_integer<std::uint64_t>(bytes[at + 2 + i]);
        }
        complete_ = available >= header_;
        if (complete_ && masked())
            for (std::size_t i = 0; i < 4; ++i)
                key_.bytes[i] = bytes[at + header_ - 4 + i];
    }

    [[nodiscard]] sockless::opcode op() const noexcept { return static_cast<sockless::opcode>(first_ & 0x0FU); }
    [[nodiscard]] bool fin() const noexcept { return (first_ & 0x80U) != 0; }
    [[nodiscard]] bool rsv1() const noexcept { return (first_ & sockless::frame_header::rsv1) != 0; }
    [[nodiscard]] bool masked() const noexcept { return (second_ & 0x80U) != 0; }
    /// Returns where the payload begins; the end of the bytes if the header is not complete.
    [[nodiscard]] std::size_t payload_begin() const noexcept { return complete_ ? at_ + header_ : bytes_.size(); }
    /// Returns where the frame ends, or its bytes do.
    [[nodiscard]] std::size_t end() const noexcept
    {
        return bytes_.size() - payload_begin() > length_ ? payload_begin() + static_cast<std::size_t>(length_)
                                                         : bytes_.size();
    }
    /// Returns how many bytes are needed to complete the frame, up to 2^32; 0 if it is complete.
    [[nodiscard]] std::size_t missing() const noexcept
    {
        if (!complete_)
            return at_ + header_ - bytes_.size();
        const std::uint64_t more = length_ - (end() - payload_begin());
        return static_cast<std::size_t>(more < 0xFFFF'FFFFU ? more : 0xFFFF'FFFFU);
    }
    [[nodiscard]] range length_range() const noexcept { return {at_ + 1, within(at_ + 2 + extended_)}; }

    /// Returns the payload that is there without the mask, or its first @p max_size bytes.
    [[nodiscard]] std::vector<std::byte> payload(std::size_t max_size) const
    {
        const std::size_t size = end() - payload_begin();
        const std::span<const std::byte> front = bytes_.subspan(payload_begin(), size < max_size ? size : max_size);
        std::vector<std::byte> result(front.begin(), front.end());
        if (masked())
            sockless::mask(result, key_);
        return result;
    }

    [[nodiscard]] block describe(std::size_t max_preview) const
    {
        block result;
        result.where = {at_, end()};
        result.title = std::string{to_string(op())} + (fin() ? ", FIN" : ", no FIN");
        if (rsv1() && compressible_)
            result.title += ", compressed";
        result.title += masked() ? ", masked" : "";
        if (complete_)
            result.title += ", " + std::to_string(length_) + (length_ == 1 ? " byte" : " bytes");
        result.fields = header_fields();
        if (complete_ && end() != payload_begin())
            add_payload(result.fields, max_preview);
        return result;
    }

private:
    [[nodiscard]] std::size_t within(std::size_t offset) const noexcept
    {
        return offset < bytes_.size() ? offset : bytes_.size();
    }

    [[nodiscard]] std::vector<field> header_fields() const
    {
        const bool control = is_control(op());
        const range first{at_, at_ + 1};
        std::string reserved;
        for (const unsigned bit : {0x40U, 0x20U, 0x10U})
            reserved += (first_ & bit) != 0 ? '1' : '0';
        std::vector<field> fields;
        fields.push_back({"FIN", first, fin() ? "1" : "0",
                          control ? "a control frame is never fragmented (RFC 6455 5.5)"
                          : fin() ? "the last frame of its message (RFC 6455 5.4)"
                                  : "more frames of this message follow (RFC 6455 5.4)",
                          0x80});
        fields.push_back({"RSV1, RSV2, RSV3", first, reserved,
                          !rsv1()         ? "reserved for extensions (RFC 6455 5.2)"
                          : compressible_ ? "RSV1: the message is compressed (RFC 7692 6)"
                                          : "RSV1: no extension that uses it was negotiated (RFC 6455 5.2)",
                          0x70});
        fields.push_back(
            {"opcode", first, std::to_string(first_ & 0x0FU), std::string{to_string(op())} + " (RFC 6455 5.2)", 0x0F});
        if (at_ + 1 == bytes_.size())
            return fields;
        fields.push_back({"MASK",
                          {at_ + 1, at_ + 2},
                          masked() ? "1" : "0",
                          masked() ? "the payload is masked, as by a client (RFC 6455 5.1)"
                                   : "the payload is not masked, as by a server (RFC 6455 5.1)",
                          0x80});
        const bool has_length = at_ + 2 + extended_ <= bytes_.size();
        fields.push_back({"payload length", length_range(), has_length ? std::to_string(length_) : "incomplete",
                          extended_ == 0   ? "7 bits (RFC 6455 5.2)"
                          : extended_ == 2 ? "16 bits after 126 (RFC 6455 5.2)"
                                           : "64 bits after 127 (RFC 6455 5.2)",
                          static_cast<std::uint8_t>(extended_ == 0 ? 0x7F : 0)});
        if (masked() && has_length && at_ + 2 + extended_ < bytes_.size()) {
            const range key{at_ + 2 + extended_, within(at_ + header_)};
            fields.push_back({"masking key", key, example::hex(bytes_.subspan(key.begin, key.end - key.begin), " "),
                              "byte i of the payload is XORed with byte i mod 4 (RFC 6455 5.3)"});
        }
        return fields;
    }

    void add_payload(std::vector<field>& fields, std::size_t max_preview) const
    {
        const std::vector<std::byte> bytes = payload(max_preview);
        const std::span<const std::byte> all{bytes};
        std::size_t begin = payload_begin();
        const std::string unmasked = masked() ? "unmasked (RFC 6455 5.3)" : "";
        if (op() == sockless::opcode::close && bytes.size() >= 2) {
            const auto code = static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[0]) << 8U |
                                                         std::to_integer<unsigned>(bytes[1]));
            fields.push_back({"close code",
                              {begin, begin + 2},
                              std::to_string(code),
                              std::string{to_string(static_cast<sockless::close_code>(code))} + " (RFC 6455 7.4)"});
            begin += 2;
            if (begin != end())
                fields.push_back(
                    {"reason", {begin, end()}, preview(all.subspan(2), max_preview), "UTF-8 (RFC 6455 5.5.1)"});
            return;
        }
        fields.push_back(
            {"payload",
             {begin, end()},
             preview(all, max_preview) + (bytes.size() < end() - begin && sockless::is_utf8(all) ? " ..." : ""),
             unmasked});
    }

    std::span<const std::byte> bytes_;
    std::size_t at_;
    std::size_t header_ = 2;
    std::size_t extended_ = 0;
    std::uint64_t length_ = 0;
    sockless::mask_key key_{};
    std::uint8_t first_ = 0;
    std::uint8_t second_ = 0;
    bool complete_ = false;
    bool compressible_;
};

/// Reads the frames of one direction.
///
/// @tparam Receiver  the end that receives them
/// @tparam Inflater  an `inflate_backend`
template <sockless::role Receiver, class Inflater>
class frame_inspector {
public:
    /// @param inflater   open if @p direction is in use; outlives this object
    frame_inspector(std::span<const std::byte> bytes, const options& wanted,
                    const sockless::deflate_direction& direction, Inflater& inflater, stream& out)
        : bytes_{bytes},
          wanted_{wanted},
          compressible_{direction.in_use},
          out_{out},
          reader_{wanted.limits, decoder{inflater, inflated_, direction}}
    {
    }
    frame_inspector(const frame_inspector&) = delete;
    frame_inspector& operator=(const frame_inspector&) = delete;

    /// Inspects all frames.
    ///
    /// @param at     the first byte of the first frame
    /// @param ended  the transport ended after the last byte
    void run(std::size_t at, bool ended)
    {
        while (at < bytes_.size()) {
            const frame_describer frame{bytes_, at, compressible_};
            if (out_.blocks.size() < wanted_.max_blocks)
                out_.blocks.push_back(frame.describe(wanted_.max_preview));
            else
                ++out_.omitted;
            begin_frame(frame, at);
            for (std::size_t i = at; i < frame.end(); ++i) {
                if (!read(i, at, frame)) {
                    out_.unread = bytes_.size() - i - 1;
                    return;
                }
            }
            out_.missing = frame.missing();
            at = frame.end();
        }
        if (ended)
            out_.broken = {sockless::error::connection_lost, {bytes_.size(), bytes_.size()}, {}, 0};
    }

private:
    using decoder = sockless::deflate_decoder<Inflater>;
    /// What a compressed message counts in bytes, beside its own, so that the number of messages is bounded, too.
    static constexpr std::size_t message_cost = 64;

    void begin_frame(const frame_describer& frame, std::size_t at)
    {
        if (is_control(frame.op()))
            return;
        if (frame.op() != sockless::opcode::continuation) {
            message_ = {};
            message_.where.begin = at;
            message_.frames = 0;
            message_.compressed = frame.rsv1() && compressible_;
            inflated_size_ += message_.compressed ? message_cost : 0;
            text_.reset();
        }
        ++message_.frames;
        message_.wire_size += frame.end() - frame.payload_begin();
    }

    /// Reads one byte.
    ///
    /// @return false if nothing may follow it
    bool read(std::size_t i, std::size_t at, const frame_describer& frame)
    {
        std::byte copy = bytes_[i];
        std::span<std::byte> in{&copy, 1};
        while (true) {
            const sockless::event e = reader_.poll(in);
            switch (e.kind()) {
            case sockless::event_kind::message: add_message(e, i); break;
            case sockless::event_kind::ping:
            case sockless::event_kind::pong:
            case sockless::event_kind::close: add_control(e, {at, frame.end()}); break;
            case sockless::event_kind::error: fail(e.failure(), i, at, frame); break;
            default: return true;
            }
            if (e.kind() == sockless::event_kind::close || e.kind() == sockless::event_kind::error)
                return false;
            if (inflated_size_ > wanted_.max_inflated) {
                out_.notes.push_back("The inspection ends here: more than " + counted(wanted_.max_inflated, "byte") +
                                     " or " + counted(wanted_.max_inflated / message_cost, "message") +
                                     " have been inflated.");
                return false;
            }
        }
    }

    void add_message(const sockless::event& e, std::size_t i)
    {
        const std::size_t room = wanted_.max_preview - message_.payload.size();
        message_.payload += e.text().substr(0, room);
        message_.size += e.payload().size();
        text_.validate(e.payload());
        if (message_.compressed)
            inflated_size_ += e.payload().size();
        if (!e.last())
            return;
        message_.kind = e.is_text() ? item_kind::text : item_kind::binary;
        message_.where.end = i + 1;
        add(std::exchange(message_, {}));
    }

    void add_control(const sockless::event& e, range where)
    {
        item result;
        result.where = where;
        result.payload = e.text();
        result.size = result.wire_size = e.payload().size();
        result.kind = e.kind() == sockless::event_kind::ping ? item_kind::ping : item_kind::pong;
        if (e.kind() == sockless::event_kind::close) {
            result.kind = item_kind::close;
            result.code = static_cast<std::uint16_t>(e.code());
        }
        add(std::move(result));
    }

    void add(item&& one)
    {
        if (out_.items.size() < wanted_.max_blocks)
            out_.items.push_back(std::move(one));
    }

    void fail(sockless::error rule, std::size_t i, std::size_t at, const frame_describer& frame)
    {
        using enum sockless::error;
        violation& broken = out_.broken = {rule, {i, i + 1}, {}, 0};
        const std::size_t begin = frame.payload_begin();
        switch (rule) {
        case reserved_bit_set: broken.bits = 0x70; break;
        case reserved_opcode:
        case unexpected_continuation:
        case message_interleaved: broken.bits = 0x0F; break;
        case control_frame_too_long: broken.bits = 0x7F; break;
        case control_frame_fragmented:
        case mask_missing:
        case mask_unexpected: broken.bits = 0x80; break;
        case length_not_minimal:
        case length_out_of_range:
        case frame_too_large: broken.where = frame.length_range(); break;
        case message_too_large:
            if (i < begin)
                broken.where = frame.length_range();
            break;
        case too_many_fragments: broken.where = {at, at + 1}; break;
        case close_payload_truncated: broken.where = {begin, begin + 1}; break;
        case close_code_not_on_wire: broken.where = {begin, begin + 2}; break;
        case close_reason_not_utf8: {
            const std::vector<std::byte> payload = frame.payload(sockless::frame_header::max_control_payload);
            const std::size_t valid = sockless::utf8_validator{}.validate(std::span{payload}.subspan(2));
            broken.detail = at_offset(valid, payload.size() - 2, "reason");
            const std::size_t position = begin + 2 + valid;
            broken.where = position < frame.end() ? range{position, position + 1} : range{i, i + 1};
            break;
        }
        case text_not_utf8: broken.detail = text_position(i, frame); break;
        case extension_data_invalid:
            broken.detail = "after " + counted(message_.size, "inflated byte") + " of the message";
            break;
        default: break;
        }
    }

    [[nodiscard]] static std::string at_offset(std::size_t offset, std::size_t size, std::string_view what)
    {
        std::string result = offset < size ? "the byte at offset " + std::to_string(offset) : std::string{"the end"};
        return result + " of the " + std::string{what} +
               (offset < size ? " cannot follow the bytes before it" : " is inside a character");
    }

    [[nodiscard]] std::string text_position(std::size_t i, const frame_describer& frame)
    {
        if (message_.compressed)
            return at_offset(message_.size, message_.size + 1, "inflated message");
        // The message ends inside a character if its last byte could follow.
        bool follows = i < frame.payload_begin();
        if (!follows) {
            const std::vector<std::byte> payload = frame.payload(i + 1 - frame.payload_begin());
            follows = text_.validate(std::span{payload}.last(1)) == 1;
        }
        const std::size_t offset = message_.size;
        return at_offset(offset, follows ? offset : offset + 1, "message");
    }

    std::span<const std::byte> bytes_;
    const options& wanted_;
    bool compressible_;
    stream& out_;
    std::array<std::byte, 1> inflated_{}; ///< one byte, so that the size of a message before an error is exact
    sockless::message_reader<Receiver, decoder> reader_;
    item message_;                  ///< the one that is open
    sockless::utf8_validator text_; ///< what of it was valid
    std::size_t inflated_size_ = 0;
};

} // namespace inspector
