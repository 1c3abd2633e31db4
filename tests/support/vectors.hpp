// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Reads the cases of tests/vectors: input and expected events, of connections and of opening handshakes. The README there describes the format.
#pragma once

#include "hex.hpp"

#include <sockless/core/limits.hpp>
#include <sockless/core/role.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace support {

struct vector_case {
    std::string name;
    std::vector<std::string> tags;                ///< the parts of the name in brackets: ids of requirements
    std::string where;                            ///< `frames.txt:12`
    sockless::role role = sockless::role::client; ///< the receiver of the bytes
    sockless::limits limits;
    byte_vector in;
    bool transport_ends = false;     ///< after the last byte
    std::vector<std::string> events; ///< in the form of event_lines.hpp
    byte_vector out;                 ///< the output; all masking keys are zero

    // Of opening handshakes.
    std::vector<std::string> subprotocols; ///< that the client has offered
    std::string extensions;                ///< the same
    bool accepts_deflate = false;          ///< the server
    byte_vector rest;                      ///< of the input, after the head
};

/// Parses the text of a file. `file` is its name, for messages only. Throws std::runtime_error: `file:line: reason`.
[[nodiscard]] std::vector<vector_case> parse_vectors(std::string_view text, std::string_view file);

/// Returns the names of the files in tests/vectors that begin with a word, in alphabetical order.
[[nodiscard]] std::vector<std::string> vector_files(std::string_view word);

/// Reads a file of tests/vectors.
[[nodiscard]] std::vector<vector_case> load_vectors(const std::string& file);

} // namespace support
