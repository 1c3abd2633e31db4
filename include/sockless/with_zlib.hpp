// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs that link zlib (or zlib-ng in its compatible form): a backend for permessage-deflate.
///
/// `open` allocates all memory, with zlib's own allocator, the program's, or a fixed arena. Nothing after it can run out of memory.
#pragma once

#include "bytes/byte_view.hpp"
#include "config.hpp"
#include "deflate/backend.hpp"
#include "deflate/extension.hpp"
#include "deflate/parameters.hpp"

#include <zlib.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// The source of memory, as zlib's hooks. The default is zlib's choice, malloc.
struct zlib_memory {
    alloc_func allocate = nullptr; ///< `void* (void* context, unsigned items, unsigned size)`; null when there is none
    free_func release = nullptr;   ///< releases what `allocate` returned
    void* context = nullptr;       ///< outlives the objects that allocate from it
};

/// Allocates from one block of memory of the caller, for example of `zlib_deflate::memory_needed` bytes, front to back; all of it is
/// free again when everything has been released.
class zlib_arena {
public:
    /// Constructs an arena over a block of memory.
    ///
    /// @param storage  outlives the arena and the objects that allocate from it
    explicit constexpr zlib_arena(byte_span storage) noexcept : storage_{storage} {}
    zlib_arena(const zlib_arena&) = delete;
    zlib_arena& operator=(const zlib_arena&) = delete;

    /// Returns the hooks that allocate from this arena.
    [[nodiscard]] zlib_memory memory() noexcept { return {&allocate, &release, this}; }
    /// Returns the number of bytes that are allocated.
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
        ++self.blocks_;
        return result;
    }

    static void release(voidpf context, voidpf) noexcept
    {
        auto& self = *static_cast<zlib_arena*>(context);
        if (--self.blocks_ == 0)
            self.used_ = 0;
    }

    std::span<std::byte> storage_;
    std::size_t used_ = 0;
    std::size_t blocks_ = 0;
};

namespace detail {

/// @p size, or the maximum of zlib's counters.
[[nodiscard]] constexpr uInt zlib_count(std::size_t size) noexcept
{
    return size < UINT_MAX ? static_cast<uInt>(size) : UINT_MAX;
}

/// Returns whether zlib can compute with @p size and a bound for it in its counters, which have 32 bits on Windows.
template <class Counter = uLong>
[[nodiscard]] constexpr bool is_countable(std::uint64_t size) noexcept
{
    return size <= static_cast<Counter>(-1) / 2;
}

inline void use_memory(z_stream& stream, const zlib_memory& memory) noexcept
{
    stream.zalloc = memory.allocate;
    stream.zfree = memory.release;
    stream.opaque = memory.context;
}

/// Without a macro zlib reads through pointers to non-const; it does not write to these bytes.
[[nodiscard]] inline Bytef* zlib_input(std::span<const std::byte> in) noexcept
{
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
}

} // namespace detail

/// An `inflate_backend` over zlib. It cannot be copied or moved: zlib keeps pointers to it.
class zlib_inflater {
public:
    /// Constructs an inflater that is not open, with memory from malloc.
    zlib_inflater() noexcept = default;
    /// Constructs an inflater that is not open.
    ///
    /// @param memory  its context outlives this object
    explicit zlib_inflater(const zlib_memory& memory) noexcept { detail::use_memory(stream_, memory); }
    ~zlib_inflater() { close(); }
    zlib_inflater(const zlib_inflater&) = delete;
    zlib_inflater& operator=(const zlib_inflater&) = delete;

    /// Returns an upper bound of the bytes that `open` allocates, for an arena: about 8 KiB and the window.
    [[nodiscard]] static constexpr std::size_t memory_needed(std::uint8_t window_bits) noexcept
    {
        return (std::size_t{1} << window_bits) + 8192 + 4 * alignof(std::max_align_t);
    }

    /// Allocates all memory that will ever be needed. An open object is closed first.
    ///
    /// @param window_bits  8..15, at least the window that was negotiated for the direction
    /// @return             false if there is no memory: decline the extension then, or reject the connection
    [[nodiscard]] bool open(std::uint8_t window_bits) noexcept
    {
        SOCKLESS_ASSERT(window_bits >= min_window_bits && window_bits <= max_window_bits);
        close();
        if (inflateInit2_(&stream_, -int{window_bits}, ZLIB_VERSION, static_cast<int>(sizeof stream_)) != Z_OK)
            return false;
        open_ = true;
        // zlib allocates the window at its first use, or for a dictionary.
        constexpr Bytef anything = 0;
        if (inflateSetDictionary(&stream_, &anything, 1) != Z_OK) {
            close();
            return false;
        }
        reset();
        return true;
    }
    /// Releases all memory. The destructor does that too.
    void close() noexcept
    {
        if (open_)
            inflateEnd(&stream_);
        open_ = false;
    }
    /// Returns whether there is memory to work with.
    [[nodiscard]] bool is_open() const noexcept { return open_; }

    /// Inflates @p in; see `inflate_backend`.
    ///
    /// @param in       raw deflate data, read during the call only
    /// @param[out] out receives the result from its front; not empty
    /// @return         how far it got; `failed` if this object is not open
    inflate_result inflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        inflate_result result;
        result.failed = !open_;
        while (!result.failed) {
            const std::span<const std::byte> remaining = in.subspan(result.consumed);
            const std::span<std::byte> room = out.subspan(result.produced);
            stream_.next_in = detail::zlib_input(remaining);
            stream_.avail_in = detail::zlib_count(remaining.size());
            stream_.next_out = reinterpret_cast<Bytef*>(room.data());
            stream_.avail_out = detail::zlib_count(room.size());
            const int status = ::inflate(&stream_, Z_SYNC_FLUSH);
            const std::size_t consumed = detail::zlib_count(remaining.size()) - stream_.avail_in;
            const std::size_t produced = detail::zlib_count(room.size()) - stream_.avail_out;
            result.consumed += consumed;
            result.produced += produced;
            // zlib reports the end of a block in the call that reaches it, and not in the next one.
            const bool idle = consumed == 0 && produced == 0;
            at_block_end_ = (at_block_end_ && idle) || (stream_.data_type & (block_ended | unused_bits)) == block_ended;
            // RFC 7692 7.2.3.4: to zlib a block with BFINAL=1 ends the stream; here the next one begins, with the same window.
            // Copying the window out and in again, as zlib's manual suggests, costs 64 KiB for each two bytes of input.
            if (status == Z_STREAM_END) {
                result.failed = inflateResetKeep(&stream_) != Z_OK;
                at_block_end_ = true;
            } else {
                result.failed = status != Z_OK && status != Z_BUF_ERROR;
                if (consumed == 0 || stream_.avail_out == 0)
                    break;
            }
            if (result.consumed == in.size() || result.produced == out.size())
                break;
        }
        result.at_block_end = at_block_end_;
        return result;
    }

    /// Empties the window.
    void reset() noexcept
    {
        if (open_)
            inflateReset(&stream_);
        at_block_end_ = true;
    }

private:
    /// Bits of `data_type`, from zlib's manual.
    static constexpr int unused_bits = 63;
    static constexpr int block_ended = 128;

    z_stream stream_{};
    bool open_ = false;
    bool at_block_end_ = true;
};

/// How much time and memory zlib uses for compression.
struct zlib_options {
    int level = 6;        ///< 0 (stored) to 9 (smallest)
    int memory_level = 8; ///< 1 to 9: 1 KiB to 256 KiB, in addition to the window
};

/// A `deflate_backend` over zlib. It cannot be copied or moved: zlib keeps pointers to it.
class zlib_deflater {
public:
    /// The smallest window of zlib: see `deflate_accept_options::server_min_window_bits`.
    static constexpr std::uint8_t min_window_bits = 9;

    /// Constructs a deflater that is not open, with default options and memory from malloc.
    zlib_deflater() noexcept = default;
    /// Constructs a deflater that is not open.
    ///
    /// @param options  time and memory for compression
    /// @param memory   its context outlives this object
    explicit zlib_deflater(const zlib_options& options, const zlib_memory& memory = {}) noexcept : options_{options}
    {
        detail::use_memory(stream_, memory);
    }
    ~zlib_deflater() { close(); }
    zlib_deflater(const zlib_deflater&) = delete;
    zlib_deflater& operator=(const zlib_deflater&) = delete;

    /// Returns an upper bound of the bytes that `open` allocates, for an arena.
    ///
    /// @param window_bits   as for `open`
    /// @param memory_level  of the options
    [[nodiscard]] static constexpr std::size_t memory_needed(std::uint8_t window_bits, int memory_level) noexcept
    {
        // The formula of zlib's manual, the state itself, and a literal buffer that newer versions may have.
        return (std::size_t{4} << window_bits) + (std::size_t{512 + 64} << memory_level) + 8192 +
               8 * alignof(std::max_align_t);
    }

    /// Allocates all memory that will ever be needed. An open object is closed first.
    ///
    /// @param window_bits  9..15, up to the negotiated window; 8 becomes 9, which an encoder for 8 does not use
    /// @return             false if there is no memory, or an option is invalid: send uncompressed messages then
    [[nodiscard]] bool open(std::uint8_t window_bits) noexcept
    {
        SOCKLESS_ASSERT(window_bits >= sockless::min_window_bits && window_bits <= max_window_bits);
        close();
        window_bits_ = window_bits < min_window_bits ? min_window_bits : window_bits;
        open_ = deflateInit2_(&stream_, options_.level, Z_DEFLATED, -int{window_bits_}, options_.memory_level,
                              Z_DEFAULT_STRATEGY, ZLIB_VERSION, static_cast<int>(sizeof stream_)) == Z_OK;
        return open_;
    }
    /// Releases all memory. The destructor does that too.
    void close() noexcept
    {
        if (open_)
            deflateEnd(&stream_);
        open_ = false;
    }
    /// Returns whether there is memory to work with.
    [[nodiscard]] bool is_open() const noexcept { return open_; }

    /// Returns the size of the window, as a power of two; while this object is not open, one that no encoder compresses with.
    [[nodiscard]] std::uint8_t window_bits() const noexcept { return open_ ? window_bits_ : std::uint8_t{UINT8_MAX}; }

    /// Returns the maximum number of bytes that `deflate` produces: zlib's bound for a stream, and room for a flush, because
    /// zlib may flush twice if the first flush fills the output. The largest `std::size_t` if zlib cannot count so many bytes.
    [[nodiscard]] std::size_t bound(std::size_t size) const noexcept
    {
        constexpr std::size_t flush = 16;
        if (!detail::is_countable(size))
            return SIZE_MAX;
        return deflateBound(const_cast<z_stream*>(&stream_), static_cast<uLong>(size)) + flush;
    }

    /// Compresses all of @p in; see `deflate_backend`.
    ///
    /// @param in       not empty, read during the call only
    /// @param[out] out `bound(in.size())` bytes
    /// @return         number of bytes at the front of @p out
    /// @pre `is_open()`
    std::size_t deflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        SOCKLESS_ASSERT(open_ && !in.empty());
        std::size_t produced = 0;
        do {
            const uInt count = detail::zlib_count(in.size());
            const uInt room = detail::zlib_count(out.size() - produced);
            stream_.next_in = detail::zlib_input(in);
            stream_.avail_in = count;
            stream_.next_out = reinterpret_cast<Bytef*>(out.data()) + produced;
            stream_.avail_out = room;
            static_cast<void>(::deflate(&stream_, count == in.size() ? Z_SYNC_FLUSH : Z_NO_FLUSH));
            in = in.subspan(count - stream_.avail_in);
            produced += room - stream_.avail_out;
            SOCKLESS_ASSERT(produced < out.size());
        } while ((!in.empty() || stream_.avail_out == 0) && produced < out.size());
        return produced;
    }

    /// Empties the window.
    void reset() noexcept
    {
        if (open_)
            deflateReset(&stream_);
    }

private:
    z_stream stream_{};
    zlib_options options_{};
    std::uint8_t window_bits_ = max_window_bits;
    bool open_ = false;
};

/// zlib as the library of a `deflate_extension`.
struct zlib_library {
    using inflater = zlib_inflater; ///< the receiving backend
    using deflater = zlib_deflater; ///< the sending backend
    using memory = zlib_memory;     ///< the hooks of the allocator
    /// Returns @p size bytes; a null pointer if there are none.
    [[nodiscard]] static void* allocate(const zlib_memory& from, std::size_t size) noexcept
    {
        if (from.allocate == nullptr)
            return std::malloc(size);
        const uInt count = detail::zlib_count(size);
        return count == size ? from.allocate(from.context, 1, count) : nullptr;
    }
    /// Releases what `allocate` returned.
    static void release(const zlib_memory& to, void* address) noexcept
    {
        to.release == nullptr ? std::free(address) : to.release(to.context, address);
    }
};

/// permessage-deflate over zlib: `websocket<role::server, no_mask_keys, zlib_deflate> ws{storage, {.deflate = {.level = 1}}}`.
using zlib_deflate = deflate_extension<zlib_library>;

} // namespace sockless::inline SOCKLESS_ABI
