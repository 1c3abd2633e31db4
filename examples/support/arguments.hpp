// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Parses a command line into options and their values.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace example {

/// Invalid command line; the program ends with exit status 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Parses the whole of @p text as a number from 0 to @p max_value.
///
/// @par Errors  throws usage_error, with @p what as the option's name
template <class Number>
[[nodiscard]] Number parse_number(std::string_view text, const std::string& what, Number max_value)
{
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size() || value < Number{} || value > max_value)
        throw usage_error{what + ": not a number in its range: " + std::string{text}};
    return value;
}

/// Iterates over the arguments. An option's value is accepted as "--option value" and as "--option=value".
class arguments {
public:
    arguments(int count, char** values) noexcept : count_{count}, values_{values} {}

    [[nodiscard]] bool next()
    {
        if (has_attached_)
            throw usage_error{std::string{name_} + " takes no value"};
        if (++index_ >= count_)
            return false;
        name_ = values_[index_];
        const auto equals = name_.find('=');
        if (is_option() && equals != std::string_view::npos) {
            attached_ = name_.substr(equals + 1);
            name_ = name_.substr(0, equals);
            has_attached_ = true;
        }
        return true;
    }
    /// @return the current argument: "--option", or a positional argument
    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    [[nodiscard]] bool is_option() const noexcept { return name_.starts_with("-"); }

    [[nodiscard]] std::string_view value()
    {
        if (has_attached_) {
            has_attached_ = false;
            return attached_;
        }
        if (index_ + 1 >= count_)
            throw usage_error{std::string{name_} + " needs a value"};
        return values_[++index_];
    }
    /// @return the value of an option whose value is optional and only accepted as "--option=value"; empty if there is none
    [[nodiscard]] std::string_view attached_value() noexcept
    {
        return std::exchange(has_attached_, false) ? attached_ : std::string_view{};
    }
    template <class Number>
    [[nodiscard]] Number number(Number max_value = std::numeric_limits<Number>::max())
    {
        const std::string what{name_};
        return parse_number(value(), what, max_value);
    }
    /// @return a time in seconds, fractions allowed, at most one day
    [[nodiscard]] std::chrono::milliseconds seconds()
    {
        return std::chrono::milliseconds{static_cast<std::int64_t>(number(86400.0) * 1000.0)};
    }
    [[noreturn]] void unknown() const { throw usage_error{"unknown option: " + std::string{name_}}; }

private:
    int count_;
    char** values_;
    int index_ = 0;
    std::string_view name_;
    std::string_view attached_;
    bool has_attached_ = false;
};

/// Runs a program and prints its exception, if it throws one.
///
/// @param name     of the program
/// @param program  returns the exit status
/// @return         that status, 2 for an invalid command line, 1 for another exception
template <class Program>
int run_reporting(const char* name, const Program& program)
{
    try {
        return program();
    } catch (const usage_error& problem) {
        std::fprintf(stderr, "%s: %s (--help shows the options)\n", name, problem.what());
        return 2;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s: %s\n", name, problem.what());
        return 1;
    }
}

} // namespace example
