// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Describes the frames in one direction of a connection, one line per frame.
#pragma once

#include "printable.hpp"

#include <sockless/bytes/mask.hpp>
#include <sockless/core/error_string.hpp>
#include <sockless/frame/close_payload.hpp>
#include <sockless/frame/frame_header.hpp>
#include <sockless/frame/frame_reader.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// Observes a byte stream that may be cut anywhere. Keeps only the beginning of each payload.
///
/// @tparam Receiver  the role whose rules the frames have to satisfy
template <sockless::role Receiver>
class frame_explainer {
public:
    /// @param mark  prefix of each line, for example "->"
    explicit frame_explainer(std::string_view mark) : mark_{mark} {}

    /// Sets the reserved bits that were negotiated (RFC 7692 6).
    void allow(std::uint8_t reserved_bits) noexcept { reader_ = reader{no_limit, reserved_bits}; }

    /// @return one line, with line feed, for every frame that ends in @p bytes
    [[nodiscard]] std::string explain(std::span<const std::byte> bytes)
    {
        std::string lines;
        while (!bytes.empty() && !failed_) {
            bytes = in_payload_ ? take_payload(bytes) : take_header(bytes, lines);
            if (in_payload_ && payload_remaining_ == 0)
                lines += end_frame();
        }
        return lines;
    }

    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t compressed() const noexcept { return compressed_; }

private:
    using reader = sockless::frame_reader<Receiver>;
    static constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
    static constexpr std::size_t max_bytes_shown = 16;
    static constexpr std::size_t max_text_shown = 48;

    std::span<const std::byte> take_header(std::span<const std::byte> bytes, std::string& lines)
    {
        std::byte byte = bytes.front();
        wire_.push_back(byte);
        std::span<std::byte> in{&byte, 1};
        const sockless::frame_chunk chunk = reader_.poll(in);
        if (chunk.kind == sockless::frame_chunk_kind::error) {
            failed_ = true;
            lines += mark_ + ' ' + hex(wire_, " ") + "  no frame: " + std::string{to_string(chunk.failure)} + '\n';
        } else if (chunk.kind == sockless::frame_chunk_kind::payload) { // an empty chunk: the header is complete
            header_ = {.payload_length = reader_.remaining(),
                       .op = reader_.op(),
                       .reserved_bits = reader_.reserved_bits(),
                       .fin = reader_.fin(),
                       .masked = Receiver == sockless::role::server};
            if (header_.masked)
                std::copy_n(wire_.end() - 4, 4, header_.key.bytes.begin());
            payload_remaining_ = header_.payload_length;
            in_payload_ = true;
        }
        return bytes.subspan(1);
    }

    std::span<const std::byte> take_payload(std::span<const std::byte> bytes)
    {
        const std::size_t taken =
            payload_remaining_ < bytes.size() ? static_cast<std::size_t>(payload_remaining_) : bytes.size();
        const std::size_t room =
            sockless::frame_header::max_size + sockless::frame_header::max_control_payload - wire_.size();
        const auto kept = bytes.first(std::min(taken, room));
        wire_.insert(wire_.end(), kept.begin(), kept.end());
        payload_remaining_ -= taken;
        for (std::span<const std::byte> rest = bytes.first(taken); !rest.empty();) { // the reader unmasks a copy
            std::array<std::byte, 1024> copy{};
            const std::size_t size = std::min(rest.size(), copy.size());
            std::copy_n(rest.begin(), size, copy.begin());
            std::span<std::byte> in{copy.data(), size};
            reader_.poll(in);
            rest = rest.subspan(size);
        }
        return bytes.subspan(taken);
    }

    std::string end_frame()
    {
        const std::size_t size = header_.size();
        bytes_ += size + header_.payload_length;
        ++frames_;
        if (!is_control(header_.op)) {
            if (header_.op != sockless::opcode::continuation) {
                is_text_ = header_.op == sockless::opcode::text && header_.reserved_bits == 0;
                compressed_ += header_.reserved_bits != 0 ? 1U : 0U;
            }
        }
        const std::size_t shown = std::min(wire_.size(), max_bytes_shown);
        std::string line = mark_ + ' ' + hex(std::span{wire_}.first(shown), " ");
        line += size + header_.payload_length > shown ? " ..  " : "  ";

        line += std::string{to_string(header_.op)} + (header_.fin ? ", FIN" : ", no FIN");
        if (header_.reserved_bits != 0)
            line += ", compressed";
        if (header_.masked)
            line += ", masked with " + hex(header_.key.bytes);
        line += ", " + std::to_string(header_.payload_length) + (header_.payload_length == 1 ? " byte" : " bytes");
        std::vector<std::byte> payload{wire_.begin() + static_cast<std::ptrdiff_t>(size), wire_.end()};
        if (header_.masked)
            sockless::mask(payload, header_.key);
        line += explain_payload(payload);
        wire_.clear();
        in_payload_ = false;
        return line + '\n';
    }

    [[nodiscard]] std::string explain_payload(std::span<const std::byte> payload) const
    {
        if (payload.empty())
            return {};
        if (header_.op == sockless::opcode::close)
            return explain_close(payload);
        const bool text = is_control(header_.op) || is_text_;
        std::size_t shown = std::min(payload.size(), text ? max_text_shown : max_bytes_shown);
        for (int i = 0; i < 3 && text && shown < payload.size() && is_inside_character(payload[shown]); ++i)
            --shown;
        const std::span<const std::byte> front = payload.first(shown);
        const std::string more = shown < payload.size() ? " .." : "";
        return ' ' + (text ? quoted(sockless::as_text(front)) : hex(front, " ")) + more;
    }

    [[nodiscard]] static bool is_inside_character(std::byte byte) noexcept
    {
        return (byte & std::byte{0xC0}) == std::byte{0x80};
    }

    [[nodiscard]] static std::string explain_close(std::span<const std::byte> payload)
    {
        sockless::close_payload close;
        if (const sockless::error e = decode_close(payload, close); sockless::failed(e))
            return ": " + std::string{to_string(e)};
        return ": " + std::to_string(static_cast<std::uint16_t>(close.code)) + ' ' +
               std::string{to_string(close.code)} +
               (close.reason.empty() ? std::string{} : ' ' + quoted(sockless::as_text(close.reason)));
    }

    std::string mark_;
    reader reader_{no_limit};
    sockless::frame_header header_{};
    std::vector<std::byte> wire_; ///< the header, and the part of the payload that may be printed
    std::uint64_t payload_remaining_ = 0;
    std::uint64_t frames_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t compressed_ = 0; ///< number of compressed messages
    bool in_payload_ = false;
    bool is_text_ = false; ///< the current message is uncompressed text
    bool failed_ = false;
};

} // namespace example
