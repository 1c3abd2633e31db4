// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate for the examples: its command-line options, and the codec of one connection with zlib (deflate.cpp).
/// Programs built without zlib use without_zlib.cpp instead, whose constructors throw an explanation.
#pragma once

#include "arguments.hpp"

#include <sockless/deflate/permessage_deflate.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace example {

/// zlib's compression level and memory level.
struct compression_settings {
    int level = 6;
    int memory_level = 8;
};

/// The values of the command-line options.
struct deflate_options {
    std::vector<sockless::deflate_parameters>
        terms; ///< a client's offers in order of preference; a server's single policy; empty: no compression
    compression_settings compression;
    sockless::deflate_send_options sending;

    [[nodiscard]] bool wanted() const noexcept { return !terms.empty(); }
};

/// Last part of the `--help` output.
inline constexpr const char* deflate_help = R"(
with --deflate, PARAMETERS are those of the extension: --deflate="server_max_window_bits=10; client_no_context_takeover"
  --deflate-level N     compression level, 0 to 9 (6)
  --deflate-memory N    memory level of zlib, 1 to 9 (8)
  --deflate-from BYTES  smaller messages are sent uncompressed (64)
)";

/// Parses one of the deflate options.
///
/// @param words   positioned at an option
/// @param self    for a client --deflate may be repeated; without a value it is an offer like that of browsers
/// @param result  receives the value
/// @return whether the option was one of these
bool read_deflate_option(arguments& words, sockless::role self, deflate_options& result);

/// @return the field value with a client's offers; empty if there are none
[[nodiscard]] std::string deflate_offers(const deflate_options& options);
/// @return the server's policy for offers
[[nodiscard]] sockless::deflate_accept_options make_deflate_policy(const deflate_options& options);

/// @return the largest size that a message of @p size bytes can have after compression
[[nodiscard]] inline std::size_t max_deflated_size(const deflate_options& options, std::size_t size) noexcept
{
    return options.wanted() ? size + size / 4 + 64 : size;
}

/// zlib's inflater behind a pointer, so that only deflate.cpp includes zlib.
class inflater {
public:
    inflater();
    ~inflater();
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;

    [[nodiscard]] bool open(std::uint8_t window_bits) noexcept;
    sockless::inflate_result inflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept;
    void reset() noexcept;

private:
    struct library;
    std::unique_ptr<library> library_;
};

/// zlib's deflater behind a pointer.
class deflater {
public:
    explicit deflater(const compression_settings& compression);
    ~deflater();
    deflater(const deflater&) = delete;
    deflater& operator=(const deflater&) = delete;

    [[nodiscard]] bool open(std::uint8_t window_bits) noexcept;
    [[nodiscard]] std::uint8_t window_bits() const noexcept;
    [[nodiscard]] std::size_t bound(std::size_t size) const noexcept;
    std::size_t deflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept;
    void reset() noexcept;

private:
    struct library;
    std::unique_ptr<library> library_;
};

using deflate_extension = sockless::permessage_deflate<inflater, deflater>;

/// Codec of one connection, created after permessage-deflate was negotiated: other connections do not allocate one.
class deflate_codec {
public:
    deflate_codec(const compression_settings& compression, const sockless::deflate_send_options& sending)
        : deflater_{compression}, sending_{sending}
    {
    }

    /// @param shared  compressor of all connections; null: this connection has its own
    /// @return false if memory is exhausted
    [[nodiscard]] bool open(const sockless::negotiated_deflate& agreed, sockless::role self, deflater* shared = nullptr)
    {
        agreed_ = agreed;
        self_ = self;
        shared_ = shared;
        return inflater_.open(agreed.received_by(self).window_bits) &&
               (shared != nullptr || deflater_.open(agreed.sent_by(self).window_bits));
    }
    /// @param output  buffer for inflated payload, valid until the next poll; connections of one thread can share it
    [[nodiscard]] deflate_extension::decoder decoder(std::span<std::byte> output) noexcept
    {
        return {inflater_, output, agreed_.received_by(self_)};
    }
    [[nodiscard]] deflate_extension::encoder encoder() noexcept
    {
        return {shared_ != nullptr ? *shared_ : deflater_, agreed_.sent_by(self_), sending_};
    }

private:
    inflater inflater_;
    deflater deflater_;
    deflater* shared_ = nullptr;
    sockless::negotiated_deflate agreed_{};
    sockless::deflate_send_options sending_;
    sockless::role self_ = sockless::role::server;
};

} // namespace example
