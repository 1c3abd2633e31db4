// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs that link zlib (or zlib-ng in its compatible form): permessage-deflate.
///
/// All memory is taken by `open`, from zlib's own allocator, the program's, or a fixed arena. Nothing later can run out of it.
#pragma once

#include "config.hpp"
#include "deflate/backend.hpp"
#include "deflate/parameters.hpp"
#include "deflate/permessage_deflate.hpp"

#include <zlib.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Where memory comes from: zlib's hooks. The default is zlib's choice, malloc.
struct zlib_memory {
    alloc_func allocate = nullptr; ///< `void* (void* context, unsigned items, unsigned size)`; null when there is none
    free_func release = nullptr;
    void* context = nullptr; ///< outlives what takes memory from it
};

/// Gives out one piece of memory that the caller owns, front to back; takes it back when everything has been given back.
///
/// For programs without a heap: `zlib_inflater::memory_needed` and `zlib_deflater::memory_needed` say how much.
class zlib_arena {
public:
    /// `storage` outlives the arena and everything that takes memory from it
    explicit constexpr zlib_arena(std::span<std::byte> storage) noexcept : storage_{storage} {}
    zlib_arena(const zlib_arena&) = delete;
    zlib_arena& operator=(const zlib_arena&) = delete;

    [[nodiscard]] zlib_memory memory() noexcept { return {&allocate, &release, this}; }
    /// Bytes given out.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }

private:
    static voidpf allocate(voidpf context, uInt items, uInt size) noexcept
    {
        auto& self = *static_cast<zlib_arena*>(context);
        const auto address = reinterpret_cast<std::uintptr_t>(self.storage_.data()) + self.used_;
        const std::size_t gap =
            (alignof(std::max_align_t) - address % alignof(std::max_align_t)) % alignof(std::max_align_t);
        const std::uint64_t count = std::uint64_t{items} * size;
        const std::size_t free = self.storage_.size() - self.used_;
        if (gap > free || count > free - gap)
            return nullptr;
        std::byte* const result = self.storage_.data() + self.used_ + gap;
        self.used_ += gap + static_cast<std::size_t>(count);
        ++self.pieces_;
        return result;
    }

    static void release(voidpf context, voidpf) noexcept
    {
        auto& self = *static_cast<zlib_arena*>(context);
        if (--self.pieces_ == 0)
            self.used_ = 0;
    }

    std::span<std::byte> storage_;
    std::size_t used_ = 0;
    std::size_t pieces_ = 0;
};

namespace detail {

/// As much of `size` as zlib's counters hold.
[[nodiscard]] constexpr uInt zlib_count(std::size_t size) noexcept
{
    return size < UINT_MAX ? static_cast<uInt>(size) : UINT_MAX;
}

inline void use_memory(z_stream& stream, const zlib_memory& memory) noexcept
{
    stream.zalloc = memory.allocate;
    stream.zfree = memory.release;
    stream.opaque = memory.context;
}

/// zlib takes bytes to read as pointers to non-const unless told otherwise by a macro; it does not write to them.
[[nodiscard]] inline Bytef* zlib_input(std::span<const std::byte> in) noexcept
{
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
}

} // namespace detail

/// Inflates with zlib. Stays where it is: zlib keeps pointers to it.
class zlib_inflater {
public:
    /// `memory`  where it will come from; outlives this object
    explicit zlib_inflater(const zlib_memory& memory = {}) noexcept { detail::use_memory(stream_, memory); }
    ~zlib_inflater() { close(); }
    zlib_inflater(const zlib_inflater&) = delete;
    zlib_inflater& operator=(const zlib_inflater&) = delete;

    /// An upper bound of what `open` takes, for an arena: about 8 KiB and the window.
    [[nodiscard]] static constexpr std::size_t memory_needed(std::uint8_t window_bits) noexcept
    {
        return (std::size_t{1} << window_bits) + 8192 + 4 * alignof(std::max_align_t);
    }

    /// Takes all memory that will ever be needed. What was open is closed first.
    ///
    /// `window_bits` 8..15, at least what was agreed for the direction
    /// returns       false if there is no memory: decline the extension then, or refuse the connection
    [[nodiscard]] bool open(std::uint8_t window_bits) noexcept
    {
        SOCKLESS_ASSERT(window_bits >= min_window_bits && window_bits <= max_window_bits);
        close();
        if (inflateInit2_(&stream_, -int{window_bits}, ZLIB_VERSION, static_cast<int>(sizeof stream_)) != Z_OK)
            return false;
        open_ = true;
        // zlib takes the window when it first needs it, unless it is given a dictionary.
        constexpr Bytef anything = 0;
        if (inflateSetDictionary(&stream_, &anything, 1) != Z_OK) {
            close();
            return false;
        }
        reset();
        return true;
    }
    /// Gives all memory back. Done by the destructor as well.
    void close() noexcept
    {
        if (open_)
            inflateEnd(&stream_);
        open_ = false;
    }
    [[nodiscard]] bool is_open() const noexcept { return open_; }

    /// See `inflate_backend`. One that is not open fails.
    inflate_step inflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        inflate_step step;
        step.failed = !open_;
        while (!step.failed) {
            const std::span<const std::byte> rest = in.subspan(step.consumed);
            const std::span<std::byte> room = out.subspan(step.made);
            stream_.next_in = detail::zlib_input(rest);
            stream_.avail_in = detail::zlib_count(rest.size());
            stream_.next_out = reinterpret_cast<Bytef*>(room.data());
            stream_.avail_out = detail::zlib_count(room.size());
            const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
            const std::size_t consumed = detail::zlib_count(rest.size()) - stream_.avail_in;
            const std::size_t made = detail::zlib_count(room.size()) - stream_.avail_out;
            step.consumed += consumed;
            step.made += made;
            // zlib says that a block has ended in the call that ended it, and not when it is asked again.
            const bool idle = consumed == 0 && made == 0;
            between_blocks_ =
                (between_blocks_ && idle) || (stream_.data_type & (block_ended | unused_bits)) == block_ended;
            // RFC 7692 7.2.3.4: to zlib a block with BFINAL=1 ends the stream; here the next one begins, with the same window.
            // Copying the window out and in again, as zlib's manual would have it, costs 64 KiB for each two bytes of input.
            if (result == Z_STREAM_END) {
                step.failed = inflateResetKeep(&stream_) != Z_OK;
                between_blocks_ = true;
            } else {
                step.failed = result != Z_OK && result != Z_BUF_ERROR;
                if (consumed == 0 || stream_.avail_out == 0)
                    break;
            }
            if (step.consumed == in.size() || step.made == out.size())
                break;
        }
        step.at_block_end = between_blocks_;
        return step;
    }

    void reset() noexcept
    {
        if (open_)
            inflateReset(&stream_);
        between_blocks_ = true;
    }

private:
    /// Of `data_type`, as zlib's manual has it.
    static constexpr int unused_bits = 63;
    static constexpr int block_ended = 128;

    z_stream stream_{};
    bool open_ = false;
    bool between_blocks_ = true;
};

/// How much work and memory zlib puts into compressing.
struct zlib_effort {
    int level = 6;        ///< 0 (stored) to 9 (smallest)
    int memory_level = 8; ///< 1 to 9: 1 KiB to 256 KiB, beside the window
};

/// Deflates with zlib. Stays where it is: zlib keeps pointers to it.
class zlib_deflater {
public:
    /// zlib cannot promise less: see `deflate_policy::server_least_window_bits`.
    static constexpr std::uint8_t min_window_bits = 9;

    /// `memory`  where it will come from; outlives this object
    explicit zlib_deflater(const zlib_effort& effort = {}, const zlib_memory& memory = {}) noexcept : effort_{effort}
    {
        detail::use_memory(stream_, memory);
    }
    ~zlib_deflater() { close(); }
    zlib_deflater(const zlib_deflater&) = delete;
    zlib_deflater& operator=(const zlib_deflater&) = delete;

    /// An upper bound of what `open` takes, for an arena.
    [[nodiscard]] static constexpr std::size_t memory_needed(std::uint8_t window_bits, int memory_level) noexcept
    {
        // What zlib's manual says, the state itself, and a literal buffer that newer versions may have.
        return (std::size_t{4} << window_bits) + (std::size_t{512 + 64} << memory_level) + 8192 +
               8 * alignof(std::max_align_t);
    }

    /// Takes all memory that will ever be needed. What was open is closed first.
    ///
    /// `window_bits` 9..15, at most what was agreed for the direction; 8 is taken as 9, which fits no smaller agreement
    /// returns       false if there is no memory, or a level is none: send plain messages then, with a default encoder
    [[nodiscard]] bool open(std::uint8_t window_bits) noexcept
    {
        SOCKLESS_ASSERT(window_bits >= sockless::min_window_bits && window_bits <= max_window_bits);
        close();
        window_bits_ = window_bits < min_window_bits ? min_window_bits : window_bits;
        open_ = deflateInit2_(&stream_, effort_.level, Z_DEFLATED, -int{window_bits_}, effort_.memory_level,
                              Z_DEFAULT_STRATEGY, ZLIB_VERSION, static_cast<int>(sizeof stream_)) == Z_OK;
        return open_;
    }
    /// Gives all memory back. Done by the destructor as well.
    void close() noexcept
    {
        if (open_)
            deflateEnd(&stream_);
        open_ = false;
    }
    [[nodiscard]] bool is_open() const noexcept { return open_; }

    /// More than any agreement allows while it is not open: an encoder never compresses with it then.
    [[nodiscard]] std::uint8_t window_bits() const noexcept { return open_ ? window_bits_ : std::uint8_t{UINT8_MAX}; }

    /// What zlib says for one message that ends, and room for a flush: zlib may flush twice if the first one fills all of it.
    [[nodiscard]] std::size_t bound(std::size_t size) const noexcept
    {
        constexpr std::size_t flush = 16;
        return deflateBound(const_cast<z_stream*>(&stream_), static_cast<uLong>(size)) + flush;
    }

    /// See `deflate_backend`.
    std::size_t deflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        SOCKLESS_ASSERT(open_ && !in.empty());
        std::size_t made = 0;
        do {
            const uInt count = detail::zlib_count(in.size());
            const uInt room = detail::zlib_count(out.size() - made);
            stream_.next_in = detail::zlib_input(in);
            stream_.avail_in = count;
            stream_.next_out = reinterpret_cast<Bytef*>(out.data()) + made;
            stream_.avail_out = room;
            static_cast<void>(::deflate(&stream_, count == in.size() ? Z_SYNC_FLUSH : Z_NO_FLUSH));
            in = in.subspan(count - stream_.avail_in);
            made += room - stream_.avail_out;
            SOCKLESS_ASSERT(made < out.size());
        } while ((!in.empty() || stream_.avail_out == 0) && made < out.size());
        return made;
    }

    void reset() noexcept
    {
        if (open_)
            deflateReset(&stream_);
    }

private:
    z_stream stream_{};
    zlib_effort effort_;
    std::uint8_t window_bits_ = max_window_bits;
    bool open_ = false;
};

/// The extension: `connection<role::server, no_mask_keys, zlib_extension>`.
using zlib_extension = permessage_deflate<zlib_inflater, zlib_deflater>;

} // namespace sockless::inline SOCKLESS_ABI
