// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the byte types of programs, `char`, `unsigned char` (`std::uint8_t`), `char8_t` and `std::byte`, into the
/// one that the library works with, `std::byte`, without a copy and without a cast in the program.
#pragma once

#include "../config.hpp"

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// The types whose objects are bytes.
template <class T>
concept byte_type =
    std::same_as<T, std::byte> || std::same_as<T, char> || std::same_as<T, unsigned char> || std::same_as<T, char8_t>;

/// A contiguous range of bytes: `std::span`, `std::vector`, `std::array`, `std::string`, a view, a C array.
template <class Range>
concept byte_range = requires(Range& range) {
    requires byte_type<std::remove_cvref_t<decltype(*std::data(range))>>;
    { std::size(range) } -> std::convertible_to<std::size_t>;
};

/// A `byte_range` whose bytes can be written.
template <class Range>
concept writable_byte_range = byte_range<Range> && requires(Range& range) {
    requires !std::is_const_v<std::remove_reference_t<decltype(*std::data(range))>>;
};

/// A temporary text that owns its characters, such as a `std::string`: a view of it must not outlive the call.
template <class T>
concept temporary_text =
    std::is_class_v<T> && !std::is_trivially_destructible_v<T> && std::convertible_to<const T&, std::string_view>;

/// A temporary range that owns its elements, such as an array or a `std::vector`, and not a view of others.
template <class Range, class T>
concept temporary_range =
    !std::is_reference_v<Range> && !std::same_as<std::remove_cv_t<Range>, std::span<const T>> &&
    !std::same_as<std::remove_cv_t<Range>, std::span<T>> && std::convertible_to<const Range&, std::span<const T>>;

/// Returns the address of the same byte as `std::byte`, const if it was.
template <class T>
[[nodiscard]] constexpr auto* to_byte_pointer(T* first) noexcept
{
    using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    if constexpr (std::same_as<T, byte>)
        return first; // a constant expression, which a cast is not
    else
        return reinterpret_cast<byte*>(first);
}

} // namespace detail

/// Bytes that a function reads: converts implicitly from any contiguous range of a byte type and from text. A parameter type;
/// two words, passed as `std::span<const std::byte>` is. The caller keeps the ownership of the bytes.
class byte_view {
public:
    /// No bytes.
    constexpr byte_view() noexcept = default;

    /// Views `size` objects of a byte type from @p first on.
    template <detail::byte_type T>
    constexpr byte_view(const T* first, std::size_t size) noexcept : first_{detail::to_byte_pointer(first)}, size_{size}
    {
    }

    /// Views all elements of @p bytes.
    template <detail::byte_range Range>
        requires(!std::is_array_v<Range> || !std::same_as<std::remove_cv_t<std::remove_extent_t<Range>>, char>)
    constexpr byte_view(const Range& bytes) noexcept : byte_view{std::data(bytes), std::size(bytes)}
    {
    }

    /// Views the characters before the terminating null character, as `std::string_view` does.
    byte_view(const char* text) noexcept : byte_view{std::string_view{text}} {}
    /// A buffer of `char` is not text up to a null character: pass `std::span{buffer, size}`.
    template <std::size_t Size>
    byte_view(char (&buffer)[Size]) = delete;
    byte_view(std::nullptr_t) = delete;

    /// Returns the address of the first byte.
    [[nodiscard]] constexpr const std::byte* data() const noexcept { return first_; }
    /// Returns the number of bytes.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    /// Returns whether there are no bytes.
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

    /// Converts to the type that the library works with.
    constexpr operator std::span<const std::byte>() const noexcept { return {first_, size_}; }

private:
    const std::byte* first_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes that a function writes: converts implicitly from any contiguous range of a byte type that is not const, and from
/// `std::span` of one. A parameter type; two words, passed as `std::span<std::byte>` is. The caller keeps the ownership.
class byte_span {
public:
    /// No bytes.
    constexpr byte_span() noexcept = default;

    /// Views `size` objects of a byte type from @p first on.
    template <detail::byte_type T>
    constexpr byte_span(T* first, std::size_t size) noexcept : first_{detail::to_byte_pointer(first)}, size_{size}
    {
    }

    /// Views all elements of @p bytes, which outlives this object.
    template <detail::writable_byte_range Range>
    constexpr byte_span(Range& bytes) noexcept : byte_span{std::data(bytes), std::size(bytes)}
    {
    }

    /// Views what @p bytes views.
    template <detail::byte_type T, std::size_t Extent>
    constexpr byte_span(std::span<T, Extent> bytes) noexcept : byte_span{bytes.data(), bytes.size()}
    {
    }

    /// Returns the address of the first byte.
    [[nodiscard]] constexpr std::byte* data() const noexcept { return first_; }
    /// Returns the number of bytes.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    /// Returns whether there are no bytes.
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

    /// Converts to the type that the library works with.
    constexpr operator std::span<std::byte>() const noexcept { return {first_, size_}; }

private:
    std::byte* first_ = nullptr;
    std::size_t size_ = 0;
};

/// Returns @p bytes as a span of `std::byte`, which is what a cursor has to be: `std::span<const std::byte> in = as_bytes(text)`.
///
/// @param bytes  any contiguous range of a byte type, or text
/// @return the same bytes; valid as long as they are
[[nodiscard]] constexpr std::span<const std::byte> as_bytes(byte_view bytes) noexcept
{
    return bytes;
}

/// Returns @p bytes as text. Whether they are UTF-8 is not checked.
///
/// @param bytes  any contiguous range of a byte type
/// @return the same bytes; valid as long as they are
[[nodiscard]] inline std::string_view as_text(byte_view bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace sockless::inline SOCKLESS_ABI
