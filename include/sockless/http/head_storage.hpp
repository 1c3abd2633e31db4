// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the memory that an HTTP head is read into. The caller owns it, and its size is the limit. It has room for the whole
/// head, or only for what the handshake needs while the head is streamed.
#pragma once

#include "../config.hpp"
#include "../core/limits.hpp"
#include "character_class.hpp"
#include "head.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Where a reader may write: it copies the head into `characters` and lists the lines in `fields`.
struct head_buffers {
    std::span<char> characters; ///< for the text of a head
    std::span<field> fields;    ///< one for each field
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

    /// Returns the memory.
    [[nodiscard]] constexpr head_buffers space() noexcept { return {characters_, fields_}; }
    /// Returns the memory.
    constexpr operator head_buffers() & noexcept { return space(); } // NOLINT: the readers take either

private:
    std::array<char, Characters> characters_{};
    std::array<field, Fields> fields_{};
};

/// Keeps the whole head with all its fields. The sizes of the buffers are the limits.
struct whole_head {
    using memory = head_buffers; ///< outlives the reader and everything that it gives out

    static constexpr bool has_names = false; ///< of fields; see `basic_streamed_head`
    /// Returns whether the lines of a field are kept.
    [[nodiscard]] static constexpr bool keeps(std::string_view) noexcept { return true; }
};

/// Keeps only what the handshake gives out, the fields that the program names, and one name or value at a time. A field that is not
/// named and has no rule can be longer than the memory.
///
/// A handshake with names has `fields()`, which are those of the whole head without all others. What does not fit the memory is never
/// cut: a value fails with `field_too_long`, a line with `too_many_fields`, and a server responds with 431. The characters are for
/// target, subprotocols, a method other than GET, the values of named fields, and one name or value more; the lines for named fields
/// only.
///
/// A request without Origin is none of a browser (RFC 6455 10.2): the example refuses it, too. The authority of a target in absolute
/// form, which overrides Host (RFC 9112 3.2.2), is not kept.
///
/// @code
/// // RFC 6455 10.2: a server that browsers can reach compares their Origin.
/// sockless::head_storage<256, 2> memory;
/// sockless::basic_server_handshake<sockless::streamed_head::with<"Origin", "Cookie">> handshake{memory};
/// if (handshake.poll(in, tx) == sockless::server_handshake_result::request) {
///     constexpr std::string_view allowed[] = {"https://device.example"};
///     e = sockless::is_origin_allowed(find_field(handshake.fields(), "Origin"), allowed) ? handshake.accept(tx)
///                                                                              : handshake.respond(tx, 403);
/// }
/// @endcode
///
/// @tparam Characters  maximum size of the head
/// @tparam Fields      maximum number of its lines
/// @tparam Names       of fields, in any case
template <std::size_t Characters, std::size_t Fields, detail::literal... Names>
struct basic_streamed_head {
    static_assert((is_token(Names.view()) && ...), "the name of a field is a token (RFC 9110 5.1)");

    /// Whether any field is kept.
    static constexpr bool has_names = sizeof...(Names) != 0;
    /// Returns whether the lines of a field are kept.
    [[nodiscard]] static constexpr bool keeps([[maybe_unused]] std::string_view name) noexcept
    {
        return (detail::equals_ignoring_case(Names.view(), name) || ...);
    }

    /// Outlives the handshake and everything that it gives out; 128 characters are usually enough. Without names it is a
    /// `std::span<char>`; with names it has room for their lines as well, and `head_storage` is such memory.
    using memory = std::conditional_t<has_names, head_buffers, std::span<char>>;

    /// The same head with further names.
    template <detail::literal... More>
    using with = basic_streamed_head<Characters, Fields, Names..., More...>;
};

/// A streamed head with the default limits, which keeps no fields.
using streamed_head = basic_streamed_head<limits::head_bytes, limits::head_fields>;

} // namespace sockless::inline SOCKLESS_ABI
