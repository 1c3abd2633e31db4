// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "vectors.hpp"

#include "event_lines.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

#ifndef SOCKLESS_TEST_VECTORS
#error "SOCKLESS_TEST_VECTORS is the folder tests/vectors"
#endif

namespace support {

namespace {

constexpr std::string_view white_space = " \t\r";

std::string_view trimmed(std::string_view s)
{
    const std::size_t begin = s.find_first_not_of(white_space);
    return begin == std::string_view::npos ? std::string_view{}
                                           : s.substr(begin, s.find_last_not_of(white_space) - begin + 1);
}

/// Removes the first word from `s` and returns it.
std::string_view take_word(std::string_view& s)
{
    s = trimmed(s);
    const std::string_view word = s.substr(0, s.find_first_of(white_space));
    s = trimmed(s.substr(word.size()));
    return word;
}

/// The exception for an error in a line; file and line number are added by the caller.
struct bad_line : std::runtime_error {
    using runtime_error::runtime_error;
};

std::uint64_t number(std::string_view s)
{
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (problem != std::errc{} || end != s.data() + s.size())
        throw bad_line("not a number: '" + std::string(s) + "'");
    return value;
}

/// Removes a quoted string from the front of `s` and returns it.
byte_vector take_quoted(std::string_view& s)
{
    byte_vector result;
    std::size_t i = 1;
    for (; i < s.size() && s[i] != '"'; ++i) {
        if (s[i] != '\\') {
            result.push_back(static_cast<std::byte>(s[i]));
            continue;
        }
        const char escaped = ++i < s.size() ? s[i] : '\0';
        if (escaped == 'x' && s.size() - i > 2) {
            const byte_vector one = bytes_of(s.substr(i + 1, 2));
            if (one.size() != 1)
                throw bad_line("\\x needs two hex digits");
            result.push_back(one.front());
            i += 2;
        } else if (escaped == 'n') {
            result.push_back(std::byte{'\n'});
        } else if (escaped == 'r') {
            result.push_back(std::byte{'\r'});
        } else if (escaped == '"' || escaped == '\\') {
            result.push_back(static_cast<std::byte>(escaped));
        } else {
            throw bad_line("unknown escape in a string");
        }
    }
    if (i >= s.size())
        throw bad_line("a string without its closing quote");
    s.remove_prefix(i + 1);
    return result;
}

/// `81 05 | "Hello" 00*16`
byte_vector payload_of(std::string_view s)
{
    byte_vector result;
    for (s = trimmed(s); !s.empty(); s = trimmed(s)) {
        if (s.front() == '|') {
            s.remove_prefix(1);
            continue;
        }
        byte_vector part;
        if (s.front() == '"') {
            part = take_quoted(s);
        } else {
            const std::string_view hex = s.substr(0, s.find_first_of(" \t\r|*\""));
            if (hex.empty())
                throw bad_line("expected bytes before '" + std::string(s) + "'");
            part = bytes_of(hex);
            s.remove_prefix(hex.size());
        }
        std::uint64_t times = 1;
        if (const std::string_view after = trimmed(s); !after.empty() && after.front() == '*') {
            s = trimmed(after.substr(1));
            const std::string_view digits = s.substr(0, s.find_first_of(" \t\r|"));
            times = number(digits);
            s.remove_prefix(digits.size());
        }
        if (times > 0x1000000)
            throw bad_line("repeated too often");
        for (; times > 0; --times)
            result.insert(result.end(), part.begin(), part.end());
    }
    return result;
}

/// Converts an event from the file to the line that a receiver logs.
std::string event_line(std::string_view s)
{
    const std::string_view all = s;
    const std::string_view kind = take_word(s);
    for (const std::string_view of_a_handshake : {"request", "plain", "open", "refused", "deflate"})
        if (kind == of_a_handshake)
            return std::string{all};
    if (kind == "text") {
        if (s.empty())
            throw bad_line("an empty text is written \"\"");
        return text_line(payload_of(s));
    }
    if (kind == "binary")
        return binary_line(payload_of(s));
    if (kind == "ping")
        return ping_line(payload_of(s));
    if (kind == "pong")
        return pong_line(payload_of(s));
    if (kind == "close") {
        const std::uint64_t code = number(take_word(s));
        if (code > 0xFFFF)
            throw bad_line("a close code has 16 bits");
        return close_line(static_cast<std::uint16_t>(code), to_string(payload_of(s)));
    }
    if (kind == "error") {
        const std::optional<sockless::error> e = error_named(s);
        if (!e)
            throw bad_line("no such error: '" + std::string(s) + "'");
        return error_line(*e);
    }
    throw bad_line("unknown event '" + std::string(kind) + "'");
}

void read_limits(std::string_view s, sockless::limits& limits)
{
    for (std::string_view word = take_word(s); !word.empty(); word = take_word(s)) {
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string_view name = word.substr(0, equals);
        const std::uint64_t value = number(word.substr(std::min(equals + 1, word.size())));
        if (name == "frame")
            limits.frame_bytes = value;
        else if (name == "message")
            limits.message_bytes = value;
        else if (name == "fragments")
            limits.fragments = static_cast<std::uint32_t>(value);
        else
            throw bad_line("unknown limit '" + std::string(name) + "'");
    }
}

void read_name(std::string_view s, vector_case& result)
{
    while (s.ends_with(']') && s.rfind('[') != std::string_view::npos) {
        const std::size_t bracket = s.rfind('[');
        result.tags.emplace_back(s.substr(bracket + 1, s.size() - bracket - 2));
        s = trimmed(s.substr(0, bracket));
    }
    if (s.empty())
        throw bad_line("a case needs a name");
    std::reverse(result.tags.begin(), result.tags.end());
    result.name = s;
}

void append(byte_vector& to, const byte_vector& more)
{
    to.insert(to.end(), more.begin(), more.end());
}

class parser {
public:
    explicit parser(std::string_view file) : file_{file} {}

    std::vector<vector_case> parse(std::string_view text)
    {
        while (!text.empty()) {
            const std::string_view line = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(line.size() + 1, text.size()));
            ++line_;
            try {
                read(trimmed(line));
            } catch (const std::exception& problem) {
                throw std::runtime_error(where() + ": " + problem.what());
            }
        }
        finish();
        return std::move(cases_);
    }

private:
    std::string where() const { return file_ + ':' + std::to_string(line_); }

    void read(std::string_view line)
    {
        if (line.empty())
            return finish();
        if (line.front() == '#')
            return;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos)
            throw bad_line("expected 'key: value'");
        const std::string_view key = line.substr(0, colon);
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (key == "name") {
            if (open_)
                throw bad_line("a second name; cases are separated by an empty line");
            open_ = true;
            current_.where = where();
            read_name(value, current_);
            if (!names_.insert(current_.name).second)
                throw bad_line("another case has this name: " + current_.name);
            return;
        }
        if (!open_)
            throw bad_line("a case begins with its name");
        if (key == "role") {
            if (value != "client" && value != "server")
                throw bad_line("a role is client or server");
            current_.role = value == "client" ? sockless::role::client : sockless::role::server;
            has_role_ = true;
        } else if (key == "limits") {
            read_limits(value, current_.limits);
        } else if (key == "in") {
            append(current_.in, payload_of(value));
        } else if (key == "then") {
            if (value != "the transport ends")
                throw bad_line("the only thing that may come 'then' is: the transport ends");
            current_.transport_ends = true;
        } else if (key == "event") {
            current_.events.push_back(event_line(value));
        } else if (key == "out") {
            append(current_.out, payload_of(value));
        } else if (key == "rest") {
            append(current_.rest, payload_of(value));
        } else if (key == "subprotocols") {
            for (std::string_view words = value; !words.empty();)
                current_.subprotocols.emplace_back(take_word(words));
        } else if (key == "extensions") {
            current_.extensions = value;
        } else if (key == "deflate") {
            if (value != "accepted")
                throw bad_line("a server's deflate is: accepted");
            current_.accepts_deflate = true;
        } else {
            throw bad_line("unknown key '" + std::string(key) + "'");
        }
    }

    void finish()
    {
        if (!open_)
            return;
        if (!has_role_)
            throw std::runtime_error(current_.where + ": this case has no role");
        cases_.push_back(std::move(current_));
        current_ = {};
        open_ = has_role_ = false;
    }

    std::string file_;
    std::size_t line_ = 0;
    std::vector<vector_case> cases_;
    std::set<std::string> names_;
    vector_case current_;
    bool open_ = false;
    bool has_role_ = false;
};

} // namespace

std::vector<vector_case> parse_vectors(std::string_view text, std::string_view file)
{
    return parser{file}.parse(text);
}

std::vector<std::string> vector_files(std::string_view word)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{SOCKLESS_TEST_VECTORS})
        if (entry.path().extension() == ".txt" && entry.path().filename().string().starts_with(word))
            names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<vector_case> load_vectors(const std::string& file)
{
    std::ifstream stream{std::string(SOCKLESS_TEST_VECTORS "/") + file, std::ios::binary};
    if (!stream)
        throw std::runtime_error(file + ": there is no such file in " SOCKLESS_TEST_VECTORS);
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    return parse_vectors(text, file);
}

} // namespace support
