// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The body of a response by RFC 9112 6.3 and 7.1: slow, from all bytes up to the end of the transport.
#pragma once

#include <sockless/core/error.hpp>
#include <sockless/core/limits.hpp>
#include <sockless/http/head.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reference {

/// Reads one body.
class response_body {
public:
    /// @param bytes  that follow the head, up to the end of the transport
    response_body(const sockless::response_head& head, std::string bytes, std::size_t max_size)
        : bytes_{std::move(bytes)}, max_size_{max_size}
    {
        try {
            read(head);
        } catch (sockless::error e) {
            failure_ = e;
        }
    }

    [[nodiscard]] const std::string& content() const { return content_; }
    [[nodiscard]] sockless::error failure() const { return failure_; }
    /// Returns what follows the body. Unspecified after a failure.
    [[nodiscard]] std::string rest() const { return bytes_.substr(offset_); }

private:
    using error = sockless::error;

    /// All elements of the lines with this name, in lower case.
    static std::vector<std::string> list(std::span<const sockless::field> fields, std::string_view name, bool& exists)
    {
        const auto lower = [](std::string_view text) {
            std::string result;
            for (const char c : text)
                result += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
            return result;
        };
        std::vector<std::string> result;
        for (const sockless::field& each : fields) {
            if (lower(each.name) != lower(name))
                continue;
            exists = true;
            std::string element;
            for (const char c : lower(each.value) + ',') {
                if (c != ',') {
                    element += c;
                    continue;
                }
                const std::size_t first = element.find_first_not_of(" \t");
                if (first != std::string::npos)
                    result.push_back(element.substr(first, element.find_last_not_of(" \t") + 1 - first));
                element.clear();
            }
        }
        return result;
    }

    /// @return the largest value for any larger number
    static std::uint64_t number(const std::string& digits)
    {
        try {
            return std::stoull(digits);
        } catch (const std::out_of_range&) {
            return ~std::uint64_t{0};
        }
    }

    void read(const sockless::response_head& head)
    {
        if (head.status < 200 || head.status == 204 || head.status == 304)
            return;
        bool exists = false;
        const std::vector<std::string> codings = list(head.fields, "transfer-encoding", exists);
        if (!codings.empty())
            return codings.back() == "chunked" ? read_chunks() : read_all();
        exists = false;
        const std::vector<std::string> lengths = list(head.fields, "content-length", exists);
        if (!exists)
            return read_all();
        if (lengths.empty())
            throw error::content_length_invalid;
        for (const std::string& each : lengths)
            if (each.find_first_not_of("0123456789") != std::string::npos || number(each) != number(lengths.front()))
                throw error::content_length_invalid;
        read_data(number(lengths.front()));
    }
    void read_all()
    {
        while (offset_ < bytes_.size())
            read_data(1);
    }
    void read_data(std::uint64_t size)
    {
        for (; size > 0; --size) {
            const char c = take();
            if (content_.size() == max_size_)
                throw error::body_too_large;
            content_ += c;
        }
    }
    void read_chunks()
    {
        while (read_chunk()) {
        }
        try {
            while (read_line(take()) != 0) { // the trailer section ends with an empty line
            }
        } catch (error e) {
            if (e != error::body_incomplete)
                throw;
        }
    }
    /// @return whether it is not the last one
    bool read_chunk()
    {
        constexpr std::string_view digits = "0123456789abcdef";
        std::uint64_t size = 0;
        bool first = true;
        while (true) {
            const char c = take();
            const std::size_t digit = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
            if (digit != std::string_view::npos) {
                if (size >= std::uint64_t{1} << 60U)
                    throw error::body_too_large;
                size = size * 16 + digit;
                count_framing();
                first = false;
                continue;
            }
            char next = c; // after the size: white space, then an extension or the end of the line
            for (; !first && (next == ' ' || next == '\t'); next = take())
                count_framing();
            if (first || (next != '\r' && next != ';'))
                throw error::chunk_invalid;
            read_line(next);
            break;
        }
        if (size == 0)
            return false;
        read_data(size);
        require('\r');
        require('\n');
        return true;
    }
    /// Reads to the end of a line.
    ///
    /// @param c  its first octet, which was taken
    std::size_t read_line(char c)
    {
        std::size_t size = 0;
        for (; c != '\r'; c = take()) {
            if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
                throw error::chunk_invalid;
            count_framing();
            ++size;
        }
        require('\n');
        return size;
    }
    void count_framing()
    {
        if (framing_++ == content_.size() + sockless::limits::head_bytes)
            throw error::body_too_large;
    }
    void require(char expected)
    {
        if (take() != expected)
            throw error::chunk_invalid;
    }
    char take()
    {
        if (offset_ == bytes_.size())
            throw error::body_incomplete;
        return bytes_[offset_++];
    }

    std::string bytes_;
    std::size_t max_size_;
    std::string content_{};
    std::size_t offset_ = 0;
    std::size_t framing_ = 0;
    error failure_ = error::none;
};

} // namespace reference
