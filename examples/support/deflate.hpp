// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate for the examples: what the command line says about it, and the codec of one connection, with zlib: deflate.cpp.
/// Programs that are built without it get without_zlib.cpp instead, which only says what is missing.
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

/// How hard the compressor tries, and with how much memory: zlib's levels.
struct deflate_effort {
    int level = 6;
    int memory_level = 8;
};

/// What was said on the command line.
struct deflate_options {
    std::vector<sockless::deflate_parameters>
        terms; ///< a client's offers, in order; what a server wants, one; empty: no compression
    deflate_effort effort;
    sockless::deflate_send_options sending;

    [[nodiscard]] bool wanted() const noexcept { return !terms.empty(); }
};

/// What `--help` ends with.
inline constexpr const char* deflate_help = R"(
with --deflate, whose PARAMETERS are the extension's: --deflate="server_max_window_bits=10; client_no_context_takeover"
  --deflate-level N     how hard to compress, 0 to 9 (6)
  --deflate-memory N    with how much memory beside the window, 1 to 9 (8)
  --deflate-from BYTES  smaller messages go as they are (64)
)";

/// Reads one of these options.
///
/// `self`    a client's --deflate may be repeated, and means an offer like a browser's if it has no value
/// returns   whether the word was one
bool read_deflate_option(arguments& words, sockless::role self, deflate_options& result);

/// The field value of a client's offers; empty without any.
[[nodiscard]] std::string deflate_offers(const deflate_options& options);
/// What a server answers with.
[[nodiscard]] sockless::deflate_accept_options deflate_policy_of(const deflate_options& options);

/// What a message of `size` bytes can become, if it does not shrink.
[[nodiscard]] inline std::size_t room_when_deflated(const deflate_options& options, std::size_t size) noexcept
{
    return options.wanted() ? size + size / 4 + 64 : size;
}

/// A backend of the library's, behind a pointer: nothing but deflate.cpp sees zlib.
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

/// The same of the other direction.
class deflater {
public:
    explicit deflater(const deflate_effort& effort);
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

/// The codec of one connection. Made when both ends have agreed, so that connections without have none.
class deflate_codec {
public:
    deflate_codec(const deflate_effort& effort, const sockless::deflate_send_options& sending)
        : deflater_{effort}, sending_{sending}
    {
    }

    /// `shared`  the deflater of all connections, or none
    /// returns   false if there is no memory
    [[nodiscard]] bool open(const sockless::negotiated_deflate& agreed, sockless::role self, deflater* shared = nullptr)
    {
        agreed_ = agreed;
        self_ = self;
        shared_ = shared;
        return inflater_.open(agreed.received_by(self).window_bits) &&
               (shared != nullptr || deflater_.open(agreed.sent_by(self).window_bits));
    }
    /// `output`  where inflated payload is shown until the next poll: one thread needs only one for all its connections
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
