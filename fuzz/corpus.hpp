// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Reads a packed corpus, corpus/<target>.txt: one input per line, `name="bytes"`, in the format of libFuzzer's dictionaries.
/// tools/corpus writes it. C's streams only: memory.cpp is linked with a standard library that MemorySanitizer has not
/// instrumented.
#pragma once

#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

/// A packed corpus that cannot be read. A type of its own, because MemorySanitizer does not see what the standard library's
/// constructors write.
struct corpus_error : std::runtime_error {
    using runtime_error::runtime_error;
};

struct corpus_input {
    std::string name;
    std::vector<std::byte> bytes;
};

namespace detail {

/// @return   the value of an upper-case hexadecimal digit, 16 for any other character
[[nodiscard]] inline unsigned hex_value(char digit) noexcept
{
    if (digit >= '0' && digit <= '9')
        return static_cast<unsigned>(digit - '0');
    return digit >= 'A' && digit <= 'F' ? static_cast<unsigned>(digit - 'A') + 10U : 16U;
}

/// Decodes the characters between the quotation marks.
///
/// @return   false if an escape is malformed
[[nodiscard]] inline bool decode(std::string_view text, std::vector<std::byte>& bytes)
{
    while (!text.empty()) {
        auto value = static_cast<unsigned char>(text.front());
        std::size_t size = 1;
        if (text.front() == '\\') {
            if (text.size() >= 2 && (text[1] == '\\' || text[1] == '"')) {
                value = static_cast<unsigned char>(text[1]);
                size = 2;
            } else if (text.size() >= 4 && text[1] == 'x' && (hex_value(text[2]) | hex_value(text[3])) < 16) {
                value = static_cast<unsigned char>(hex_value(text[2]) << 4U | hex_value(text[3]));
                size = 4;
            } else
                return false;
        }
        bytes.push_back(static_cast<std::byte>(value));
        text.remove_prefix(size);
    }
    return true;
}

[[nodiscard]] inline std::string content_of(const std::string& path)
{
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    if (file == nullptr)
        throw corpus_error{path + ": cannot be opened"};
    std::string content;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
        content.push_back(static_cast<char>(c));
    const bool failed = std::ferror(file) != 0;
    std::fclose(file);
    if (failed)
        throw corpus_error{path + ": cannot be read"};
    return content;
}

} // namespace detail

/// @return               the inputs in the order of the file
/// @throws corpus_error  if the file cannot be read, or a line is malformed
[[nodiscard]] inline std::vector<corpus_input> read_corpus(const std::string& path)
{
    const std::string content = detail::content_of(path);
    std::vector<corpus_input> inputs;
    std::string_view remaining = content;
    for (int number = 1; !remaining.empty(); ++number) {
        const std::size_t line_end = remaining.find('\n');
        std::string_view line = remaining.substr(0, line_end);
        remaining.remove_prefix(line_end == std::string_view::npos ? remaining.size() : line_end + 1);
        if (!line.empty() && line.back() == '\r') // a checkout that converts line ends
            line.remove_suffix(1);
        if (line.empty() || line.front() == '#')
            continue;
        const std::size_t equals = line.find("=\"");
        corpus_input input;
        if (equals == std::string_view::npos || equals + 2 >= line.size() || line.back() != '"' ||
            !detail::decode(line.substr(equals + 2, line.size() - equals - 3), input.bytes))
            throw corpus_error{path + ":" + std::to_string(number) + ": not name=\"bytes\""};
        input.name = line.substr(0, equals);
        inputs.push_back(std::move(input));
    }
    return inputs;
}

} // namespace fuzz
