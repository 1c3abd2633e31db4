// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the memory that an HTTP head is read into. The caller owns it, and its size is the limit. It has room for the whole
/// head, or only for what the handshake needs while the head is streamed.
#pragma once

#include "../config.hpp"
#include "../core/limits.hpp"
#include "head.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

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

/// Keeps the whole head with all its fields. The sizes of the buffers are the limits.
struct whole_head {
    using memory = head_buffers; ///< outlives the reader and everything that it gives out
};

/// Keeps only what the handshake gives out, and one name or value at a time. The limits are `limits::head_bytes` and
/// `limits::head_fields`; a field without a rule can be longer than the memory.
struct streamed_head {
    /// Outlives the handshake and everything that it gives out; 128 characters are usually enough.
    using memory = std::span<char>;
};

namespace detail {

/// Counts the octets of a head and of the interim responses before it, and its fields.
template <class Size, class Count>
class head_counter {
public:
    void advance(std::size_t count = 1) noexcept { offset_ = static_cast<Size>(offset_ + count); }
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
    /// Forgets all heads before.
    void reset() noexcept
    {
        offset_ = interim_ = 0;
        field_count_ = 0;
    }
    /// Begins a head after an interim response.
    ///
    /// @return the number of octets of all interim responses
    [[nodiscard]] std::size_t begin_next() noexcept
    {
        interim_ = static_cast<Size>(interim_ + offset_);
        offset_ = 0;
        field_count_ = 0;
        return interim_;
    }

protected:
    Size offset_ = 0;
    Size interim_ = 0;
    Count field_count_ = 0;
};

/// The memory of a head, its limits, and the token that is being read: a part of the start line, a name or a value.
template <class Head>
class head_store;

/// A copy of all octets. A token is a view into it.
template <>
class head_store<whole_head> : public head_counter<std::size_t, std::size_t> {
public:
    explicit constexpr head_store(head_buffers buffers) noexcept : buffers_{buffers} {}

    /// Copies as much of the input as there is room for.
    void receive(std::span<const std::byte> in) noexcept
    {
        const std::string_view text = window(in);
        if (!text.empty())
            std::memcpy(buffers_.characters.data() + offset_, in.data(), text.size());
    }
    /// Copies one head if its end is in the input, so that many short ones have linear cost; otherwise as `receive`.
    ///
    /// @return the number of octets of the input that were copied, or for which there is no room
    std::size_t receive_head(std::span<const std::byte> in) noexcept
    {
        const std::size_t end = as_text(in).find("\r\n\r\n");
        if (end != std::string_view::npos)
            in = in.first(end + 4);
        receive(in);
        return in.size();
    }
    /// Returns the copy of the input that has not been consumed.
    [[nodiscard]] std::string_view window(std::span<const std::byte> in) const noexcept
    {
        const std::size_t room = limit() - offset_;
        return {buffers_.characters.data() + offset_, in.size() < room ? in.size() : room};
    }
    [[nodiscard]] std::size_t limit() const noexcept { return buffers_.characters.size(); }

    [[nodiscard]] std::string_view token() const noexcept { return {buffers_.characters.data() + begin_, size_}; }
    void clear_token() noexcept
    {
        begin_ = offset_;
        size_ = 0;
    }
    /// Adds the octet at the offset to the token. A line end inside the token, in a folded value, becomes white space.
    bool append(char) noexcept
    {
        if (size_ == 0)
            begin_ = offset_;
        for (; begin_ + size_ < offset_; ++size_)
            buffers_.characters[begin_ + size_] = ' ';
        ++size_;
        return true;
    }
    void trim_token() noexcept { size_ = trimmed_size(token().data(), size_); }
    [[nodiscard]] static std::string_view stage(std::string_view copied) noexcept { return copied; }
    /// Makes a token of all octets since the last one, but for the line end.
    void take_line() noexcept { size_ = offset_ == begin_ ? 0 : offset_ - 1 - begin_; }

    [[nodiscard]] bool begin_field() noexcept { return field_count_ != buffers_.fields.size(); }
    void end_name() noexcept { name_ = token(); }
    void end_value() noexcept { buffers_.fields[field_count_++] = {name_, token()}; }
    /// Stores a field whose text is part of the copy.
    ///
    /// @return false if there is no room
    [[nodiscard]] bool add_field(const field& whole, bool) noexcept
    {
        if (!begin_field())
            return false;
        buffers_.fields[field_count_++] = whole;
        return true;
    }
    [[nodiscard]] bool has_room_for(std::size_t) const noexcept { return true; }
    [[nodiscard]] std::span<const field> fields() const noexcept { return buffers_.fields.first(field_count_); }

private:
    head_buffers buffers_;
    std::size_t begin_ = 0; // of the token
    std::size_t size_ = 0;
    std::string_view name_; // of the field whose value is being read
};

/// One token at a time, after the texts that are kept.
template <>
class head_store<streamed_head> : public head_counter<std::uint16_t, std::uint8_t> {
public:
    explicit constexpr head_store(std::span<char> room) noexcept : room_{room} {}

    void receive(std::span<const std::byte>) noexcept {}
    [[nodiscard]] std::string_view window(std::span<const std::byte> in) const noexcept
    {
        const std::size_t remaining = limit() - offset_;
        return {reinterpret_cast<const char*>(in.data()), in.size() < remaining ? in.size() : remaining};
    }
    [[nodiscard]] static constexpr std::size_t limit() noexcept { return limits::head_bytes; }

    [[nodiscard]] std::string_view token() const noexcept { return {room_.data(), size_}; }
    void clear_token() noexcept { size_ = 0; }
    [[nodiscard]] bool append(char c) noexcept
    {
        if (size_ == room_.size())
            return false;
        room_[size_++] = c;
        return true;
    }
    void trim_token() noexcept { size_ = trimmed_size(room_.data(), size_); }
    /// Changes an octet of the token.
    void replace(std::size_t at, char c) noexcept { room_[at] = c; }
    /// Makes a token of a text that fits.
    [[nodiscard]] std::string_view stage(std::string_view text) noexcept
    {
        std::memcpy(room_.data(), text.data(), text.size());
        size_ = text.size();
        return token();
    }
    /// Keeps the token from an offset on: later tokens come after it.
    ///
    /// @return where it is kept
    const char* retain(std::size_t from = 0) noexcept
    {
        char* const kept = room_.data();
        for (std::size_t i = from; i < size_; ++i)
            kept[i - from] = kept[i];
        room_ = room_.subspan(size_ - from);
        return kept;
    }

    [[nodiscard]] bool begin_field() noexcept
    {
        const bool good = field_count_ != limits::head_fields;
        field_count_ = static_cast<std::uint8_t>(field_count_ + (good ? 1 : 0));
        return good;
    }
    void end_name() noexcept {}
    void end_value() noexcept {}
    /// Counts a field if its name, and its value if there is a rule about it, would have been good as tokens.
    [[nodiscard]] bool add_field(const field& whole, bool has_rule) noexcept
    {
        return has_room_for(whole.name.size()) && (!has_rule || has_room_for(whole.value.size())) && begin_field();
    }
    [[nodiscard]] bool has_room_for(std::size_t size) const noexcept { return size <= room_.size(); }
    [[nodiscard]] static std::span<const field> fields() noexcept { return {}; }

private:
    std::span<char> room_;
    std::size_t size_ = 0; // of the token
};

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
