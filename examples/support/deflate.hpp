// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate for the examples: its command-line options, and the extension that negotiates what they say. A program that needs
/// no such options uses `sockless::zlib_deflate` itself.
#pragma once

#include "arguments.hpp"

#include <sockless/deflate/negotiation.hpp>
#include <sockless/deflate/parameters.hpp>
#ifdef SOCKLESS_EXAMPLE_ZLIB
#include <sockless/with_zlib.hpp>
#else
#include "without_zlib.hpp"
#endif

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace example {

#ifdef SOCKLESS_EXAMPLE_ZLIB
using compression_library = sockless::zlib_library;
inline constexpr bool has_zlib = true;
#else
using compression_library = without_zlib;
inline constexpr bool has_zlib = false;
#endif

/// The values of the command-line options.
struct deflate_options {
    using codec_options = sockless::deflate_options<compression_library>;

    std::vector<sockless::deflate_parameters>
        terms;          ///< a client's offers in order of preference; a server's single policy; empty: no compression
    std::string offers; ///< the field value with a client's offers
    codec_options codec;

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

/// @return the server's policy for offers
[[nodiscard]] sockless::deflate_accept_options make_deflate_policy(const deflate_options& options) noexcept;

/// @return the largest size that a message of @p size bytes can have after compression
[[nodiscard]] inline std::size_t max_deflated_size(const deflate_options& options, std::size_t size) noexcept
{
    return options.wanted() ? size + size / 4 + 64 : size;
}

/// The extension of a `websocket`: any list of offers, and a server that always announces its own limits.
class command_line_deflate : public sockless::deflate_extension<compression_library> {
    using base = sockless::deflate_extension<compression_library>;

public:
    using options = const deflate_options*; ///< outlives the extension; null: no compression

    struct offer_text {
        std::string_view text;
        [[nodiscard]] std::string_view view() const noexcept { return text; }
    };

    explicit command_line_deflate(const options& choice) noexcept
        : base{choice == nullptr ? base::options{} : choice->codec}, options_{choice}
    {
    }

    [[nodiscard]] offer_text offer() const noexcept
    {
        return {options_ == nullptr ? std::string_view{} : options_->offers};
    }
    [[nodiscard]] sockless::error check_answer(sockless::extension_cursor answer, decoder& in, encoder& out) noexcept
    {
        reset();
        sockless::negotiated_deflate negotiated;
        const auto offers =
            options_ == nullptr ? std::span<const sockless::deflate_parameters>{} : std::span{options_->terms};
        if (const sockless::error e = check_deflate_answer(answer, offers, negotiated); failed(e))
            return e;
        return !negotiated.in_use() || open(negotiated, sockless::role::client, in, out) ? sockless::error::none
                                                                                         : sockless::error::no_memory;
    }
    [[nodiscard]] sockless::deflate_text<1> accept_offer(sockless::extension_cursor offers, decoder& in,
                                                         encoder& out) noexcept
    {
        reset();
        sockless::deflate_text<1> answer;
        sockless::negotiated_deflate negotiated;
        if (options_ == nullptr || !options_->wanted() ||
            failed(accept_deflate_offer(offers, make_deflate_policy(*options_), answer, negotiated)) ||
            !negotiated.in_use() || !open(negotiated, sockless::role::server, in, out))
            return {};
        return answer;
    }

private:
    options options_;
};

} // namespace example
