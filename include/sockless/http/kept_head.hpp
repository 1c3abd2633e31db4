// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file keeps what is needed of a head while it is parsed, in the program's memory, and counts its octets and lines.
#pragma once

#include "../bytes/byte_view.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "head.hpp"
#include "head_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The smallest type that can hold a number.
template <std::size_t Max>
using count_type =
    std::conditional_t<Max <= 0xFF, std::uint8_t, std::conditional_t<Max <= 0xFFFF, std::uint16_t, std::size_t>>;

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
    /// Returns whether the line that is being read is one of a field that the program has named.
    [[nodiscard]] static constexpr bool is_named() noexcept { return false; }

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
    [[nodiscard]] static constexpr std::string_view keep(std::string_view copied) noexcept { return copied; }
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
///
/// Two heads of the maximum size can be counted, since interim responses are counted together.
template <std::size_t Characters, std::size_t Fields>
class head_store<basic_streamed_head<Characters, Fields>>
    : public head_counter<count_type<2 * Characters>, count_type<Fields>> {
public:
    explicit constexpr head_store(std::span<char> room) noexcept : room_{room} {}

    void receive(std::span<const std::byte>) noexcept {}
    [[nodiscard]] std::string_view window(std::span<const std::byte> in) const noexcept
    {
        const std::size_t remaining = limit() - this->offset_;
        return {reinterpret_cast<const char*>(in.data()), in.size() < remaining ? in.size() : remaining};
    }
    [[nodiscard]] static constexpr std::size_t limit() noexcept { return Characters; }

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
    /// Keeps the whole token: later tokens come after it.
    ///
    /// @param token  `token()`
    [[nodiscard]] std::string_view keep(std::string_view token) noexcept
    {
        room_ = room_.subspan(token.size());
        return token;
    }
    /// Keeps the token from an offset on: later tokens come after it.
    ///
    /// @return where it is kept
    const char* retain(std::size_t from) noexcept
    {
        char* const kept = room_.data();
        const std::size_t size = size_ - from;
        for (std::size_t i = 0; i < size; ++i)
            kept[i] = kept[from + i];
        room_ = room_.subspan(size);
        return kept;
    }

    [[nodiscard]] bool begin_field() noexcept
    {
        if (this->field_count_ == Fields)
            return false;
        ++this->field_count_;
        return true;
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

protected:
    std::span<char> room_;

private:
    std::size_t size_ = 0; // of the token
};

/// The same, and the lines of the fields that the program names: their values are at the end of the memory, from the last octet to
/// the front.
template <std::size_t Characters, std::size_t Fields, literal First, literal... Others>
class head_store<basic_streamed_head<Characters, Fields, First, Others...>>
    : public head_store<basic_streamed_head<Characters, Fields>> {
    using base = head_store<basic_streamed_head<Characters, Fields>>;

public:
    explicit constexpr head_store(head_buffers memory) noexcept : base{memory.characters}, lines_{memory.fields} {}

    void reset() noexcept
    {
        forget_lines();
        base::reset();
    }
    [[nodiscard]] std::size_t begin_next() noexcept
    {
        forget_lines();
        return base::begin_next();
    }
    [[nodiscard]] bool begin_field() noexcept
    {
        name_ = {};
        return base::begin_field();
    }
    void end_name() noexcept { name_ = find_name(this->token()); }
    [[nodiscard]] bool is_named() const noexcept { return !name_.empty(); }
    /// Counts a field as the class above, and if it is named and can be kept: it may be kept as a subprotocol, too.
    [[nodiscard]] bool add_field(const field& whole, bool has_rule) noexcept
    {
        name_ = find_name(whole.name);
        const bool can_be_kept = this->has_room_for(2 * whole.value.size() + 1) && count_ != lines_.size();
        return (!is_named() || can_be_kept) && base::add_field(whole, has_rule);
    }
    /// Keeps the value of the line, if that is named.
    ///
    /// @param value  may be the token, which is overwritten
    [[nodiscard]] error keep_value(std::string_view value) noexcept
    {
        std::span<char>& room = this->room_;
        if (!is_named())
            return error::none;
        if (value.size() > room.size())
            return error::field_too_long;
        if (count_ == lines_.size())
            return error::too_many_fields;
        const std::span<char> kept = room.last(value.size());
        // from the end, since the token is before its copy and may overlap it
        for (std::size_t i = value.size(); i > 0; --i)
            kept[i - 1] = value[i - 1];
        room = room.first(room.size() - value.size());
        kept_size_ += value.size();
        lines_[count_++] = {name_, {kept.data(), kept.size()}};
        return error::none;
    }
    [[nodiscard]] std::span<const field> fields() const noexcept { return lines_.first(count_); }

private:
    /// Returns the name as the program has written it; empty if it is no such name.
    [[nodiscard]] static std::string_view find_name(std::string_view name) noexcept
    {
        for (const std::string_view each : names)
            if (equals_ignoring_case(each, name))
                return each;
        return {};
    }
    void forget_lines() noexcept
    {
        this->room_ = {this->room_.data(), this->room_.size() + kept_size_};
        kept_size_ = count_ = 0;
        name_ = {};
    }

    static constexpr std::string_view names[] = {First.view(), Others.view()...};

    std::span<field> lines_;
    std::size_t count_ = 0;
    std::size_t kept_size_ = 0; // of all values
    std::string_view name_;     // of the field whose value is being read
};

} // namespace sockless::inline SOCKLESS_ABI::detail
