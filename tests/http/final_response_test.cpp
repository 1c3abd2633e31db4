// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "../handshake/feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/http/final_response.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::final_response_reader;
using strings = std::vector<std::string>;

strings read(std::string_view text)
{
    return heads::read_head<final_response_reader>(text);
}

/// With room for 60 octets.
strings read_short(std::string_view text)
{
    return support::feed_every_way(support::text(text),
                                   [] { return heads::head_subject<final_response_reader, 60>{}; });
}

static_assert(sockless::is_interim_status(100) && sockless::is_interim_status(199) &&
              !sockless::is_interim_status(101));
static_assert(!sockless::is_interim_status(200) && !sockless::is_interim_status(999));

const std::string hints = "HTTP/1.1 103 Early Hints\r\n\r\n"; // 28 octets
const std::string found = "HTTP/1.1 200 OK\r\n\r\n";          // 19

TEST_CASE("9110 15.2: any number of interim responses is skipped, each at its empty line", "[9110-15.2-01]")
{
    const strings final_head{"200 OK", "1.1", "rest body"};
    CHECK(read(found + "body") == final_head);
    CHECK(read(hints + found + "body") == final_head);
    CHECK(read(hints + hints + "HTTP/1.1 100 Continue\r\nA: b\r\nContent-Length: 4\r\n\r\n" + found + "body") ==
          final_head);
    CHECK(read(hints + "HTTP/1.1 101 x\r\nA: b\r\n\r\n" + found) == strings{"101 x", "1.1", "A=b", "rest " + found});
}

TEST_CASE("9110 15.2: all interim responses together are as long as one head at the most", "[HS-2]")
{
    CHECK(read_short(hints + hints + found) == strings{"200 OK", "1.1"});
    CHECK(read_short(hints + hints + hints + found) == strings{"head_too_large at 0"});
    CHECK(read_short("HTTP/1.1 103 " + std::string(43, 'a') + "\r\n\r\n" + found) ==
          strings{"200 OK", "1.1"}); // 60 octets
    CHECK(read_short("HTTP/1.1 103 " + std::string(44, 'a') + "\r\n\r\n" + found) == strings{"head_too_large at 60"});
}

TEST_CASE("9112 4: what is wrong with an interim response is told with its own offset")
{
    CHECK(read(hints + "HTTP/1.1 100 Continue\r\nbad line\r\n\r\n" + found) == strings{"field_name_space at 26"});
    CHECK(read(hints + "HTTP/1.1 20 OK\r\n\r\n") == strings{"status_line_invalid at 11"});
}

} // namespace
