// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What the functions of the C interface share: the types of C and those of C++ in each other's terms, and the checks.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/error_string.hpp"
#include "../core/limits.hpp"
#include "../frame/frame_header.hpp"
#include "../http/uri.hpp"
#include "../sockless.h"
#include "endpoint.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail::c {

static_assert(static_cast<int>(error::none) == SOCKLESS_ERROR_NONE &&
                  static_cast<int>(error::reserved_bit_set) == SOCKLESS_ERROR_RESERVED_BIT_SET &&
                  static_cast<int>(error::frame_too_large) == SOCKLESS_ERROR_FRAME_TOO_LARGE &&
                  static_cast<int>(error::line_end_invalid) == SOCKLESS_ERROR_LINE_END_INVALID &&
                  static_cast<int>(error::http_version_unsupported) == SOCKLESS_ERROR_HTTP_VERSION_UNSUPPORTED &&
                  static_cast<int>(error::not_open) == SOCKLESS_ERROR_NOT_OPEN &&
                  error_count == SOCKLESS_ERROR_EXTENSION_NOT_REQUESTED + 1,
              "sockless_error has the enumerators of sockless::error");
static_assert(static_cast<int>(event_kind::need_input) == SOCKLESS_EVENT_NONE &&
              static_cast<int>(event_kind::request) == SOCKLESS_EVENT_REQUEST &&
              static_cast<int>(event_kind::plain_request) == SOCKLESS_EVENT_PLAIN_REQUEST &&
              static_cast<int>(event_kind::open) == SOCKLESS_EVENT_OPEN &&
              static_cast<int>(event_kind::message) == SOCKLESS_EVENT_MESSAGE &&
              static_cast<int>(event_kind::ping) == SOCKLESS_EVENT_PING &&
              static_cast<int>(event_kind::pong) == SOCKLESS_EVENT_PONG &&
              static_cast<int>(event_kind::close) == SOCKLESS_EVENT_CLOSE &&
              static_cast<int>(event_kind::error) == SOCKLESS_EVENT_ERROR &&
              static_cast<int>(event_kind::body) == SOCKLESS_EVENT_BODY);
static_assert(static_cast<int>(ready_state::connecting) == SOCKLESS_CONNECTING &&
              static_cast<int>(ready_state::open) == SOCKLESS_OPEN &&
              static_cast<int>(ready_state::closing) == SOCKLESS_CLOSING &&
              static_cast<int>(ready_state::closed) == SOCKLESS_CLOSED);
static_assert(sizeof(endpoint<role::client>) <= SOCKLESS_WEBSOCKET_SIZE &&
                  sizeof(endpoint<role::server>) <= SOCKLESS_WEBSOCKET_SIZE,
              "SOCKLESS_WEBSOCKET_SIZE is too small for this compiler");
static_assert(alignof(endpoint<role::client>) <= SOCKLESS_ALIGNMENT &&
              alignof(endpoint<role::server>) <= SOCKLESS_ALIGNMENT && SOCKLESS_ALIGNMENT == alignof(sockless_unit));
static_assert(sizeof(field) == SOCKLESS_FIELD_SIZE && websocket_needs::never == SOCKLESS_NEVER);

[[nodiscard]] constexpr sockless_error to_c(error e) noexcept
{
    return static_cast<sockless_error>(e);
}
/// Returns the error of a value of C, which may be any integer: `error` has 8 bits, and the compiler may assume that a `sockless_error` is one
/// of its enumerators when it reads one, hence the reference.
///
/// @return the value after the last error if it is none
[[nodiscard]] constexpr error from_c(const sockless_error& e) noexcept
{
    const std::uint64_t value{std::bit_cast<std::make_unsigned_t<std::underlying_type_t<sockless_error>>>(e)};
    return static_cast<error>(value < error_count ? value : error_count);
}
[[nodiscard]] constexpr sockless_text to_c(std::string_view text) noexcept
{
    return {text.data(), text.size()};
}
[[nodiscard]] constexpr std::string_view text_of(const char* text) noexcept
{
    return text != nullptr ? std::string_view{text} : std::string_view{};
}
[[nodiscard]] inline bool is_alive(const sockless_websocket* ws) noexcept
{
    return ws != nullptr && ws->functions != nullptr;
}
/// For the functions that return no error.
[[nodiscard]] inline bool check_alive(const sockless_websocket* ws) noexcept
{
    SOCKLESS_ASSERT(is_alive(ws));
    return is_alive(ws);
}
[[nodiscard]] inline state look(const sockless_websocket* ws) noexcept
{
    return check_alive(ws) ? ws->functions->look(*ws) : state{};
}
[[nodiscard]] inline bool is_null(const void* bytes, std::size_t size) noexcept
{
    return bytes == nullptr && size != 0;
}
/// Returns whether the array or one of its strings is null.
[[nodiscard]] inline bool has_null(const char* const* strings, std::size_t count) noexcept
{
    if (is_null(strings, count))
        return true;
    for (std::size_t i = 0; i < count; ++i)
        if (strings[i] == nullptr)
            return true;
    return false;
}
[[nodiscard]] inline std::span<const std::byte> view(const void* bytes, std::size_t size) noexcept
{
    return {static_cast<const std::byte*>(bytes), size};
}

/// Fields of the program for the time of a call.
class field_list {
public:
    field_list(const sockless_field* fields, std::size_t count) noexcept
    {
        if (count > fields_.size())
            failure_ = error::too_many_fields;
        else if (is_null(fields, count))
            failure_ = error::count_invalid;
        else
            for (; size_ < count && !failed(failure_); ++size_)
                add(fields[size_]);
    }
    [[nodiscard]] error failure() const noexcept { return failure_; }
    [[nodiscard]] std::span<const field> view() const noexcept { return std::span{fields_}.first(size_); }

private:
    void add(const sockless_field& one) noexcept
    {
        if (one.name == nullptr || one.value == nullptr)
            failure_ = error::count_invalid;
        else
            fields_[size_] = {one.name, one.value};
    }

    std::array<field, SOCKLESS_MAX_FIELDS> fields_;
    std::size_t size_ = 0;
    error failure_ = error::none;
};

/// Returns the sizes with defaults for those that are 0.
[[nodiscard]] constexpr sockless_sizes with_defaults(const sockless_sizes& sizes) noexcept
{
    constexpr websocket_sizes usual;
    sockless_sizes result = sizes;
    if (result.message == 0)
        result.message = usual.message;
    constexpr std::size_t largest = (SIZE_MAX - websocket_sizes::smallest_output) / 2 - frame_header::max_size;
    if (result.output == 0)
        result.output =
            result.message <= largest ? websocket_sizes{.message = result.message}.output_memory() : SIZE_MAX;
    if (result.input == 0)
        result.input = usual.input_memory();
    if (result.head == 0)
        result.head = usual.head;
    if (result.fields == 0)
        result.fields = usual.fields;
    return result;
}
[[nodiscard]] constexpr std::size_t saturating_sum(std::size_t a, std::size_t b) noexcept
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}
[[nodiscard]] constexpr std::size_t memory_for(const sockless_sizes& sizes) noexcept
{
    const std::size_t fields =
        sizes.fields > SIZE_MAX / sizeof(field) ? SIZE_MAX : sizes.fields * sizeof(field) + alignof(field) - 1;
    const std::size_t head = saturating_sum(sizes.head, fields);
    const std::size_t message = sizes.message > head ? sizes.message : head;
    return saturating_sum(saturating_sum(SOCKLESS_WEBSOCKET_SIZE, message), saturating_sum(sizes.output, sizes.input));
}
static_assert(memory_for({1000, 300, 20, 100, 2}) == SOCKLESS_MEMORY_SIZE(1000, 300, 20, 100, 2) &&
              memory_for({1, 300, 20, 1000, 9}) == SOCKLESS_MEMORY_SIZE(1, 300, 20, 1000, 9) &&
              with_defaults({65536, 0, 0, 0, 0}).output == std::size_t{2} * 65536 + 284);

/// Makes an object of one role.
template <role Role>
sockless_error make(sockless_websocket** out, void* memory, std::size_t size, const sockless_options* options,
                    const random_calls& random) noexcept
{
    if (out == nullptr)
        return SOCKLESS_ERROR_COUNT_INVALID;
    *out = nullptr;
    const sockless_options choice = options != nullptr ? *options : sockless_default_options();
    const sockless_sizes sizes = with_defaults(choice.sizes);
    if (memory == nullptr || size < memory_for(sizes) ||
        reinterpret_cast<std::uintptr_t>(memory) % SOCKLESS_ALIGNMENT != 0)
        return SOCKLESS_ERROR_NO_MEMORY;
    if (sizes.output < websocket_sizes::smallest_output)
        return SOCKLESS_ERROR_EXCEEDS_CAPACITY;
    if (Role == role::client && random.source.fill == nullptr)
        return SOCKLESS_ERROR_NO_RANDOM;

    const std::span<std::byte> buffers =
        std::span{static_cast<std::byte*>(memory), memory_for(sizes)}.subspan(SOCKLESS_WEBSOCKET_SIZE);
    const memory_parts parts{.input = buffers.first(sizes.input),
                             .output = buffers.subspan(sizes.input).first(sizes.output),
                             .message = buffers.subspan(sizes.input + sizes.output),
                             .sizes = {.message = sizes.message, .head = sizes.head, .fields = sizes.fields}};
    typename endpoint<Role>::options chosen;
    chosen.limits = {
        .frame_bytes = choice.frame_bytes, .message_bytes = choice.message_bytes, .fragments = choice.fragments};
    if constexpr (Role == role::client)
        chosen.mask_keys = random;
    chosen.body_bytes = choice.body_bytes;
    chosen.handshake_timeout = choice.handshake_timeout;
    chosen.answer_timeout = choice.answer_timeout;
    chosen.ping_interval = choice.ping_interval;
    chosen.pong_timeout = choice.pong_timeout;
    chosen.closing_timeout = choice.closing_timeout;
    chosen.high_water = choice.high_water;
    chosen.low_water = choice.low_water;
    chosen.read_size = choice.read_size;
    chosen.whole_messages = choice.whole_messages;
    chosen.receive_while_closing = choice.receive_while_closing;
    chosen.browser_close_codes = choice.browser_close_codes;
    chosen.fail_when_full = choice.fail_when_full;
    *out = ::new (memory) endpoint<Role>{parts, chosen, random};
    return SOCKLESS_ERROR_NONE;
}

inline sockless_error send(sockless_websocket* ws, part kind, const void* bytes, std::size_t size) noexcept
{
    if (!is_alive(ws))
        return SOCKLESS_ERROR_NOT_OPEN;
    if (is_null(bytes, size))
        return SOCKLESS_ERROR_COUNT_INVALID;
    return to_c(ws->functions->send(*ws, {kind, view(bytes, size)}));
}
inline sockless_error answer(sockless_websocket* ws, std::uint16_t status, std::string_view subprotocol,
                             const field_list& fields, std::span<const std::byte> body) noexcept
{
    if (!is_alive(ws))
        return SOCKLESS_ERROR_NOT_OPEN;
    if (failed(fields.failure()))
        return to_c(fields.failure());
    return to_c(ws->functions->answer(*ws, {status, subprotocol, fields.view(), body}));
}
inline void notify(sockless_websocket* ws, signal what, std::uint64_t now = 0) noexcept
{
    if (check_alive(ws))
        ws->functions->notify(*ws, what, now);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::c
