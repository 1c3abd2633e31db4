// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file finds the response that counts: interim ones, of which a server or proxy may send several first, are skipped
/// (RFC 9110 15.2).
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "head.hpp"
#include "head_reader.hpp"
#include "head_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Whether another response follows this one. 101 is final: after it the connection speaks another protocol.
///
/// source    RFC 9110 15.2, 15.2.2
[[nodiscard]] constexpr bool is_interim_status(std::uint16_t status) noexcept
{
    return status < 200 && status != 101;
}

/// Reads heads until one is final. All interim ones together may be as long as one head.
class final_response_reader {
public:
    /// `space`   outlives this object and everything that `head` gives out
    explicit constexpr final_response_reader(head_buffers space) noexcept
        : reader_{space}, interim_left_{space.characters.size()}
    {
    }

    /// See response_reader::poll; `complete` is told of the final response only.
    ///
    /// errors    those of `response_reader`; `head_too_large` also for interim responses without end
    /// cost      O(bytes eaten)
    constexpr head_result poll(std::span<const std::byte>& in) noexcept
    {
        while (!too_many_) {
            const head_result status = reader_.poll(in);
            if (status != head_result::complete || !is_interim_status(reader_.head().status))
                return status;
            too_many_ = reader_.size() > interim_left_;
            if (too_many_) {
                in = {};
                return head_result::failed;
            }
            interim_left_ -= reader_.size();
            reader_.restart();
        }
        in = {};
        return head_result::need_input;
    }

    /// The final head, once it is complete. Valid while the storage is.
    [[nodiscard]] constexpr response_head head() const noexcept { return reader_.head(); }
    /// See response_reader::index.
    [[nodiscard]] constexpr const detail::field_index& index() const noexcept { return reader_.index(); }
    /// Why the response was refused; `none` if it was not.
    [[nodiscard]] constexpr error failure() const noexcept
    {
        return too_many_ ? error::head_too_large : reader_.failure();
    }
    /// The octet at fault, counted from the first octet of the head that has it.
    [[nodiscard]] constexpr std::size_t failure_offset() const noexcept { return reader_.failure_offset(); }

private:
    response_reader reader_;
    std::size_t interim_left_; ///< octets that interim responses may still take
    bool too_many_ = false;
};

static_assert(std::is_trivially_copyable_v<final_response_reader>);

} // namespace sockless::inline SOCKLESS_ABI
