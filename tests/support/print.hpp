// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Makes Catch2 print the names of the library's enumerators.
#pragma once

#include "catch.hpp"
#include "error_names.hpp"

#include <sockless/core/close_code.hpp>
#include <sockless/core/error.hpp>
#include <sockless/core/opcode.hpp>

#include <cstdint>
#include <string>

template <>
struct Catch::StringMaker<sockless::error> {
    static std::string convert(sockless::error e) { return std::string{support::spelling_of(e)}; }
};

template <>
struct Catch::StringMaker<sockless::opcode> {
    static std::string convert(sockless::opcode op)
    {
        return std::string{to_string(op)} + " (" + std::to_string(static_cast<std::uint8_t>(op)) + ")";
    }
};

template <>
struct Catch::StringMaker<sockless::close_code> {
    static std::string convert(sockless::close_code code) { return std::to_string(static_cast<std::uint16_t>(code)); }
};
