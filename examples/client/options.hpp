// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Parses the command line of the client.
#pragma once

#include "../support/deflate.hpp"
#include "../support/tls.hpp"

#include <sockless/core/close_code.hpp>
#include <sockless/core/limits.hpp>
#include <sockless/http/head.hpp>
#include <sockless/http/url.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// One thing to send.
struct action {
    enum class kind : std::uint8_t { text, binary, ping, close };

    kind what = kind::text;
    std::string payload;                      ///< close: the reason
    std::size_t fragments = 1;                ///< message: number of frames
    std::optional<sockless::close_code> code; ///< close: the code; none: an empty close frame
};

/// All options. The views refer to the command line and to the first two members, so an object is not copied.
struct options {
    std::string url_storage;
    std::string credentials;
    sockless::uri where;
    std::string_view host; ///< to resolve
    std::vector<std::string_view> subprotocols;
    std::vector<sockless::field> fields;
    std::string_view origin;
    tls_verification trust; ///< used for wss
    std::optional<sockless::uri> proxy;
    std::string_view proxy_user;
    std::string_view proxy_password;
    std::size_t max_message = sockless::limits{}.message_bytes;
    std::chrono::milliseconds wait{5000};
    std::vector<action> actions;
    deflate_options deflate;
    bool from_input = false; ///< send lines of the standard input
    bool explain = false;
    bool echo = false;
};

/// @return false if the program should end with status 0
/// @par Errors  throws usage_error
bool read_options(int count, char** values, options& result);

} // namespace example
