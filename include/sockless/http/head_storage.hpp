// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the memory that an HTTP head is read into. The caller owns it, and its size is the limit.
#pragma once

#include "../config.hpp"
#include "../core/limits.hpp"
#include "head.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Where a reader may write: it copies the head into `characters` and lists the lines in `fields`.
struct head_buffers {
    std::span<char> characters;
    std::span<field> fields;
};

/// Memory for one head of up to `Characters` octets, including its empty line, and `Fields` field lines.
///
/// It outlives the reader and everything that the reader hands out. It is in use only during the handshake: many connections
/// may use one in turn, or it may share memory with the buffer of the frames. Not copyable: the fields point into the text.
template <std::size_t Characters = limits::head_bytes, std::size_t Fields = limits::head_fields>
class head_storage {
public:
    constexpr head_storage() noexcept = default;
    head_storage(const head_storage&) = delete;
    head_storage& operator=(const head_storage&) = delete;

    [[nodiscard]] constexpr head_buffers space() noexcept { return {characters_, fields_}; }
    constexpr operator head_buffers() & noexcept { return space(); } // NOLINT: the readers take either

private:
    std::array<char, Characters> characters_{};
    std::array<field, Fields> fields_{};
};

} // namespace sockless::inline SOCKLESS_ABI
