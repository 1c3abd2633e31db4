// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into an HTTP/1.1 head (RFC 9112): strict, bounded, at any split, in one scan, and not one byte more
/// eaten than the head has. What follows it are frames.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "field_index.hpp"
#include "head.hpp"
#include "head_scanner.hpp"
#include "head_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

enum class head_result : std::uint8_t {
    need_input, ///< all input was eaten, the head goes on
    complete,   ///< the head is whole; what is left in the input stands behind it
    failed,     ///< told once, see `failure`
};

namespace detail {

/// What both readers share: everything but the meaning of the start line.
class head_reader {
public:
    /// Eats the bytes of the head from the front of `in`, up to its empty line, and copies them.
    ///
    /// `in`      a cursor over any piece of the stream; not modified, and no view into it is kept
    /// returns   `complete` as soon as the empty line is there, and again on every later call, which eats nothing;
    ///           `failed` once: later input is dropped, and the answer to it is `need_input`;
    ///           `need_input` otherwise
    /// errors    `request_target_too_long`, `head_too_large`, `too_many_fields`; `line_end_invalid`, `request_line_invalid`,
    ///           `request_target_invalid`, `status_line_invalid`, `http_version_invalid`, `field_folded`,
    ///           `field_name_invalid`, `field_name_space`, `field_value_invalid`
    /// source    RFC 9112 2.2, 3, 4, 5; RFC 9110 5.5
    /// cost      O(bytes eaten); no more than the free storage is copied from what follows the head
    constexpr head_result poll(std::span<const std::byte>& in) noexcept
    {
        if (scanner_.is_complete())
            return head_result::complete;
        if (scanner_.has_failed()) {
            in = {};
            return head_result::need_input;
        }
        const std::size_t room = scanner_.space().characters.size() - size_;
        const std::size_t copied = in.size() < room ? in.size() : room;
        copy(in.first(copied));
        const std::size_t end = size_ + copied;
        const std::size_t stop = scanner_.scan(size_, end);
        in = in.subspan(stop - size_);
        size_ = stop;
        if (scanner_.is_complete())
            return head_result::complete;
        if (!scanner_.has_failed() && !in.empty())
            scanner_.fail(scanner_.in_request_line() ? error::request_target_too_long : error::head_too_large, stop);
        if (!scanner_.has_failed())
            return head_result::need_input;
        in = {};
        return head_result::failed;
    }
    constexpr head_result poll(std::span<std::byte>& in) noexcept
    {
        return detail::reading(in, [&](std::span<const std::byte>& view) { return poll(view); });
    }

    /// The field lines so far; all of them once the head is complete. Valid while the storage is, until `restart`.
    [[nodiscard]] constexpr std::span<const field> fields() const noexcept { return scanner_.fields(); }
    /// The octets of the head that were eaten so far.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    /// Why the head was refused; `none` if it was not.
    [[nodiscard]] constexpr error failure() const noexcept { return scanner_.failure(); }
    /// The octet at fault, counted from the first octet of the head.
    [[nodiscard]] constexpr std::size_t failure_offset() const noexcept { return scanner_.failure_offset(); }

    /// Where the fields are that the handshake knows, for its checks; once the head is complete.
    [[nodiscard]] constexpr const field_index& index() const noexcept { return scanner_.index(); }

    /// Begins again with an empty head in the same storage.
    constexpr void restart() noexcept { *this = head_reader{scanner_.space(), scanner_.is_request()}; }

protected:
    constexpr head_reader(head_buffers space, bool request) noexcept : scanner_{space, request} {}

    [[nodiscard]] constexpr const head_scanner& scanner() const noexcept { return scanner_; }

private:
    constexpr void copy(std::span<const std::byte> from) noexcept
    {
        const std::span<char> to = scanner_.space().characters.subspan(size_);
        if (std::is_constant_evaluated()) {
            for (std::size_t i = 0; i < from.size(); ++i)
                to[i] = static_cast<char>(from[i]);
        } else if (!from.empty()) {
            std::memcpy(to.data(), from.data(), from.size());
        }
    }

    head_scanner scanner_;
    std::size_t size_ = 0; // octets eaten
};

} // namespace detail

/// Reads the head of a request. `space` outlives it.
class request_reader : public detail::head_reader {
public:
    explicit constexpr request_reader(head_buffers space) noexcept : head_reader{space, true} {}

    /// The whole head, once it is complete. Valid while the storage is, until `restart`.
    [[nodiscard]] constexpr request_head head() const noexcept
    {
        SOCKLESS_ASSERT(scanner().is_complete());
        return {scanner().first(), scanner().second(), scanner().version(), fields()};
    }
};

/// Reads the head of a response. `space` outlives it.
class response_reader : public detail::head_reader {
public:
    explicit constexpr response_reader(head_buffers space) noexcept : head_reader{space, false} {}

    /// The whole head, once it is complete. Valid while the storage is, until `restart`.
    [[nodiscard]] constexpr response_head head() const noexcept
    {
        SOCKLESS_ASSERT(scanner().is_complete());
        std::uint16_t status = 0;
        for (const char c : scanner().first())
            status = static_cast<std::uint16_t>(status * 10 + (c - '0'));
        return {scanner().version(), status, scanner().second(), fields()};
    }
};

static_assert(std::is_trivially_copyable_v<request_reader> && std::is_trivially_copyable_v<response_reader>);

} // namespace sockless::inline SOCKLESS_ABI
