// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <sockless/http/head_parser.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::error;
using sockless::streamed_head;
using sockless::detail::head_kind;
using sockless::detail::head_parser;
using sockless::detail::head_part;
using sockless::detail::head_store;
using sockless::detail::known_field;
using strings = std::vector<std::string>;

/// Lists all parts. A field with the value "stop" makes the head invalid.
struct sink {
    void on_part(head_part part, std::string_view text, const head_store<streamed_head>&)
    {
        log.push_back(std::to_string(static_cast<int>(part)) + " " + std::string{text});
    }
    void on_field(const known_field& known, std::string_view value, const head_store<streamed_head>&)
    {
        log.push_back("field " + std::to_string(static_cast<int>(known.id)) + " " + std::string{value});
        broken = value == "stop";
    }
    [[nodiscard]] bool on_end(const head_store<streamed_head>&) { return --heads == 0; }
    [[nodiscard]] bool is_broken() const { return broken; }

    strings log;
    bool broken = false;
    int heads = 1;
};

TEST_CASE("A head ends with its empty line, and the bytes after it remain")
{
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
        std::array<char, 16> room{};
        head_parser<head_kind::request, streamed_head> parser{room};
        sink all;
        const std::vector<std::byte> text =
            support::text("GET / HTTP/1.1\r\nHost: a\r\nCookie: 0123456789abcdefgh\r\nexpect:b \r\n\r\nx");
        error failure{};
        head_part part = head_part::none;
        std::size_t at = 0;
        while (part == head_part::none && at < text.size()) {
            std::span<const std::byte> in = std::span{text}.subspan(at).first(std::min(piece, text.size() - at));
            const std::size_t before = in.size();
            part = parser.parse(in, all, failure);
            at += before - in.size();
        }
        CHECK(part == head_part::end);
        CHECK(at == text.size() - 1);
        CHECK(parser.offset() == at);
        CHECK(all.log.size() == 5);
        CHECK(all.log[0] == "0 GET");
        CHECK(all.log[1] == "1 /");
        CHECK(all.log[3] == "field 3 a");
        CHECK(all.log[4] == "field 2 b");
    }
}

TEST_CASE("Nothing is parsed after a part that makes the head invalid")
{
    for (const std::string_view line : {"Host: stop\r\n", "Host:stop\r\n"}) {
        std::array<char, 16> room{};
        head_parser<head_kind::request, streamed_head> parser{room};
        sink all;
        const std::vector<std::byte> text =
            support::text("GET / HTTP/1.1\r\n" + std::string{line} + "Origin: b\r\n\r\n");
        std::span<const std::byte> in{text};
        error failure{};
        CHECK(parser.parse(in, all, failure) == head_part::failure);
        CHECK(failure == error::none);
        CHECK(all.log.back() == "field 3 stop");
        CHECK(parser.offset() == text.size() - 13);
    }
}

TEST_CASE("A head that is not final is followed by another one, whose offsets begin at 0")
{
    std::array<char, 16> room{};
    head_parser<head_kind::response, streamed_head> parser{room};
    sink all;
    all.heads = 2;
    const std::vector<std::byte> text =
        support::text("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nHost: a\r\n b\r\n\r\nx");
    std::span<const std::byte> in{text};
    error failure{};
    CHECK(parser.parse(in, all, failure) == head_part::end);
    CHECK(in.size() == 1);
    CHECK(parser.offset() == 32);
    CHECK(all.log.back() == "field 3 a b");
    parser.reset();
    in = std::span{text}.last(5);
    CHECK(parser.parse(in, all, failure) == head_part::failure);
    CHECK(failure == error::status_line_invalid);
    CHECK(parser.offset() == 0);
}

} // namespace
