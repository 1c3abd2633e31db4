// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The functions that the page calls in WebAssembly, and an inflater that the page provides.
#include "inspect.hpp"
#include "json.hpp"

#include <sockless/deflate/backend.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Functions of inflater.js.
#define PAGE_FUNCTION(name) __attribute__((import_module("page"), import_name(name)))
extern "C" {
/// Makes an inflater; returns its number.
PAGE_FUNCTION("open") int page_open(int window_bits);
PAGE_FUNCTION("reset") void page_reset(int inflater);
/// Inflates one byte, or none if it is negative, into up to `room` bytes; returns their number, plus 2^16 at the end of a block, or -1.
PAGE_FUNCTION("inflate") int page_inflate(int inflater, int byte, void* out, int room);
}

namespace {

/// An `inflate_backend` over a JavaScript library.
class page_inflater {
public:
    [[nodiscard]] bool open(std::uint8_t window_bits) noexcept { return (number_ = page_open(window_bits)) >= 0; }

    sockless::inflate_result inflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        sockless::inflate_result result;
        while (!failed_) {
            while (taken_ < size_ && result.produced < out.size())
                out[result.produced++] = buffer_[taken_++];
            const bool has_input = result.consumed < in.size();
            if (result.produced == out.size() || (!has_input && size_ < buffer_.size()))
                break;
            const int byte = has_input && size_ < buffer_.size() ? std::to_integer<int>(in[result.consumed++]) : -1;
            const int made = page_inflate(number_, byte, buffer_.data(), static_cast<int>(buffer_.size()));
            taken_ = 0;
            failed_ = made < 0;
            size_ = failed_ ? 0 : static_cast<std::size_t>(made & 0xFFFF);
            at_block_end_ = !failed_ && (made & 0x10000) != 0;
        }
        result.failed = failed_;
        result.at_block_end = at_block_end_ && taken_ == size_;
        return result;
    }
    void reset() noexcept
    {
        page_reset(number_);
        taken_ = size_ = 0;
        at_block_end_ = true;
        failed_ = false;
    }

private:
    std::array<std::byte, 4096> buffer_{}; ///< a full one: the page may have more
    std::size_t taken_ = 0;
    std::size_t size_ = 0;
    int number_ = -1;
    bool at_block_end_ = true;
    bool failed_ = false;
};
static_assert(sockless::inflate_backend<page_inflater> && sockless::opened_backend<page_inflater>);

std::vector<std::byte> input;
std::string output;

} // namespace

extern "C" {

/// Returns room for the input: the bytes from the client, those from the server, and the extensions.
__attribute__((export_name("room"))) void* room(std::size_t size)
{
    input.assign(size, std::byte{});
    return input.data();
}

/// Inspects the input. @p flags: 1 and 2 if the transport ended after the bytes of client and server, 4 for heads, 8 for frames.
///
/// @return the size of the JSON text
__attribute__((export_name("inspect"))) std::size_t inspect(std::size_t client, std::size_t server, unsigned flags)
{
    const std::span<const std::byte> all{input};
    if (client > all.size() || server > all.size() - client)
        return 0;
    inspector::options wanted;
    wanted.client_ended = (flags & 1U) != 0;
    wanted.server_ended = (flags & 2U) != 0;
    if ((flags & 12U) != 0)
        wanted.begins_with = (flags & 4U) != 0 ? inspector::beginning::head : inspector::beginning::frame;
    wanted.extensions = sockless::as_text(all.subspan(client + server));
    const inspector::report found =
        inspector::inspect<page_inflater>(all.first(client), all.subspan(client, server), wanted);
    output = inspector::json_writer{}.write(found);
    return output.size();
}

/// Returns the JSON text.
__attribute__((export_name("result"))) const char* result()
{
    return output.data();
}
}
