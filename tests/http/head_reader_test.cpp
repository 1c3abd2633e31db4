// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "../handshake/feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/http/head_reader.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using heads::failure_line;
using heads::head_subject;
using heads::read_request;
using heads::read_response;
using sockless::error;
using sockless::head_storage;
using sockless::detail::head_result;
using sockless::detail::request_reader;
using sockless::detail::response_reader;
using sockless::detail::response_reader_skipping_1xx;
using strings = std::vector<std::string>;

static_assert(!std::is_copy_constructible_v<head_storage<>>);

/// The log of a request that has only a request line and `lines`.
strings request_with(std::string_view lines)
{
    return read_request("GET / HTTP/1.1\r\n" + std::string{lines} + "\r\n\r\n");
}

strings response_with(std::string_view lines)
{
    return read_response("HTTP/1.1 200 OK\r\n" + std::string{lines} + "\r\n\r\n");
}

TEST_CASE("9112 2, 3, 5: a request is read, its values without white space, its lines in order",
          "[9112-3-01][9112-5-01][9110-5.5-01][HS-18]")
{
    CHECK(read_request(
              "GET /chat?x=1 HTTP/1.1\r\nHost: server.example.com\r\nA:b\r\nA: \t c d \t\r\nB: \te\r\nB: e\tf \r\n"
              "Empty:\r\nBlank:  \t \r\nBlank: \r\n\r\n") == strings{"GET /chat?x=1", "1.1", "Host=server.example.com",
                                                                     "A=b", "A=c d", "B=e", "B=e\tf",
                                                                     "Empty=", "Blank=", "Blank="});
    CHECK(read_request("M-x!#$%&'*+.^_`|~9 * HTTP/9.0\r\n\r\n") == strings{"M-x!#$%&'*+.^_`|~9 *", "9.0"});
}

TEST_CASE("9112 4: a response is read; a reason may be empty or have any text in it", "[9112-4-01]")
{
    CHECK(read_response("HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n") ==
          strings{"101 Switching Protocols", "1.1", "A=b"});
    CHECK(read_response("HTTP/1.1 101 \r\n\r\n") == strings{"101 ", "1.1"});
    CHECK(read_response("HTTP/1.0 404 ni\xC3\xA9nte\tl\xC3\xA0\r\n\r\n") ==
          strings{"404 ni\xC3\xA9nte\tl\xC3\xA0", "1.0"});
    // A sender has to write the space (RFC 9112 4); many servers do not.
    CHECK(read_response("HTTP/1.1 101\r\n\r\n") == read_response("HTTP/1.1 101 \r\n\r\n"));
}

TEST_CASE("6455 4.1: the bytes after the head are not consumed, wherever the input is cut", "[6455-4.1-43][HS-14]")
{
    const std::string frame = support::to_string(support::bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
    CHECK(read_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + frame + "\r\n\r\n") ==
          strings{"GET /", "1.1", "Host=a", "rest " + frame + "\r\n\r\n"});
    CHECK(read_response("HTTP/1.1 101 x\r\nA: b\r\n\r\n" + frame) == strings{"101 x", "1.1", "A=b", "rest " + frame});
}

TEST_CASE("9112 2.2: one empty line before the request line is skipped, and only one", "[9112-2.2-05]")
{
    CHECK(read_request("\r\nGET / HTTP/1.1\r\n\r\n") == strings{"GET /", "1.1"});
    CHECK(read_request("\r\n\r\nGET / HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_line_invalid, 2)});
    CHECK(read_request("\rGET / HTTP/1.1\r\n\r\n") == strings{failure_line(error::line_end_invalid, 1)});
    CHECK(read_request("\nGET / HTTP/1.1\r\n\r\n") == strings{failure_line(error::line_end_invalid, 0)});
    CHECK(read_response("\r\nHTTP/1.1 101 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 0)});
}

TEST_CASE("9112 2.2: a bare CR or LF is rejected with line_end_invalid everywhere in the head",
          "[9112-2.2-02][9112-2.2-03][HS-14]")
{
    const std::string good = "GET /chat HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n";
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string text = good;
        if (good[i] == '\r') { // a lone LF
            text.erase(i, 1);
            CAPTURE(text);
            CHECK(read_request(text) == strings{failure_line(error::line_end_invalid, i)});
        } else if (good[i] == '\n') { // a lone CR
            text[i] = 'x';
            CAPTURE(text);
            CHECK(read_request(text) == strings{failure_line(error::line_end_invalid, i)});
        }
    }
    CHECK(request_with("A: b\rc") == strings{failure_line(error::line_end_invalid, 21)});
    CHECK(request_with("A: b\r\r\nC: d") == strings{failure_line(error::line_end_invalid, 21)});
    CHECK(request_with("A: b\nC: d") == strings{failure_line(error::line_end_invalid, 20)});
    CHECK(read_response("HTTP/1.1 200 O\rK\r\n\r\n") == strings{failure_line(error::line_end_invalid, 15)});
    CHECK(read_response("HTTP/1.1 200 OK\n\r\n") == strings{failure_line(error::line_end_invalid, 15)});
}

TEST_CASE("9112 3: the request line is method SP target SP version, with one SP each",
          "[9112-3-01][9112-3-02][9112-3.2-01][9112-2.2-08]")
{
    CHECK(read_request(" GET / HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_line_invalid, 0)});
    CHECK(read_request("GET  / HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_line_invalid, 4)});
    CHECK(read_request("GET\t/ HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_line_invalid, 3)});
    CHECK(read_request("GET /  HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_line_invalid, 6)});
    CHECK(read_request("GET /a b HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_line_invalid, 7)});
    CHECK(read_request("GET /\r\n\r\n") == strings{failure_line(error::request_line_invalid, 5)});
    CHECK(read_request("GET\r\n\r\n") == strings{failure_line(error::request_line_invalid, 3)});
    CHECK(read_request("G(T / HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_line_invalid, 1)});
    CHECK(read_request("\x16\x03\x01") ==
          strings{failure_line(error::request_line_invalid, 0)}); // TLS on the wrong port
    CHECK(read_request("GET /\x01 HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_target_invalid, 5)});
    CHECK(read_request("GET \xC3\xA9 HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_target_invalid, 4)});
    CHECK(read_request("GET /\xC3\xA9 HTTP/1.1\r\n\r\n") == strings{failure_line(error::request_target_invalid, 5)});
    CHECK(read_request(std::string_view{"GET /\0 HTTP/1.1\r\n\r\n", 19}) ==
          strings{failure_line(error::request_target_invalid, 5)});
}

TEST_CASE("9112 2.3: the version is HTTP/ DIGIT . DIGIT, in upper case", "[9112-2.3-01]")
{
    CHECK(read_request("GET / http/1.1\r\n\r\n") == strings{failure_line(error::http_version_invalid, 6)});
    CHECK(read_request("GET / HTtP/1.1\r\n\r\n") == strings{failure_line(error::http_version_invalid, 8)});
    CHECK(read_request("GET / HTTP/1.10\r\n\r\n") == strings{failure_line(error::http_version_invalid, 14)});
    CHECK(read_request("GET / HTTP/11\r\n\r\n") == strings{failure_line(error::http_version_invalid, 12)});
    CHECK(read_request("GET / HTTP/1,1\r\n\r\n") == strings{failure_line(error::http_version_invalid, 12)});
    CHECK(read_request("GET / HTTP/a.1\r\n\r\n") == strings{failure_line(error::http_version_invalid, 11)});
    CHECK(read_request("GET / HTTP/1.\r\n\r\n") == strings{failure_line(error::http_version_invalid, 13)});
    CHECK(read_request("GET / HTTP/1.1 \r\n\r\n") == strings{failure_line(error::http_version_invalid, 14)});
    CHECK(read_response("http/1.1 200 OK\r\n\r\n") == strings{failure_line(error::http_version_invalid, 0)});
    CHECK(read_response("HTTP/1.11 200 OK\r\n\r\n") == strings{failure_line(error::http_version_invalid, 8)});
}

TEST_CASE("9112 4: the status is three digits", "[9112-4-03][HS-11][6455-1.6-01]")
{
    CHECK(read_response("HTTP/1.1 099 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 9)});
    CHECK(read_response("HTTP/1.1 0101 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 9)});
    CHECK(read_response("HTTP/1.1 1O1 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 10)});
    CHECK(read_response("HTTP/1.1 +101 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 9)});
    CHECK(read_response("HTTP/1.1 10 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 11)});
    CHECK(read_response("HTTP/1.1 1010 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 12)});
    CHECK(read_response("HTTP/1.1  101 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 9)});
    CHECK(read_response("HTTP/1.1\t101 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 8)});
    CHECK(read_response("HTTP/1.1 101\tx\r\n\r\n") == strings{failure_line(error::status_line_invalid, 12)});
    CHECK(read_response("HTTP/1.1 200 O\x7FK\r\n\r\n") == strings{failure_line(error::status_line_invalid, 14)});
    CHECK(read_response("220 mail.example.com ESMTP\r\n") == strings{failure_line(error::status_line_invalid, 0)});
    CHECK(read_response("SSH-2.0-x\r\n") == strings{failure_line(error::status_line_invalid, 0)});
}

TEST_CASE("9112 5: a field is a token, immediately a colon, and a value",
          "[9112-5-01][9112-5.1-01][9112-5.1-02][HS-18]")
{
    CHECK(request_with("Host : a") == strings{failure_line(error::field_name_space, 20)});
    CHECK(request_with("Host\t: a") == strings{failure_line(error::field_name_space, 20)});
    CHECK(response_with("Host : a") == strings{failure_line(error::field_name_space, 21)});
    CHECK(request_with("Ho st: a") == strings{failure_line(error::field_name_space, 18)});
    CHECK(request_with(": a") == strings{failure_line(error::field_name_invalid, 16)});
    CHECK(request_with("Host") == strings{failure_line(error::field_name_invalid, 20)});
    CHECK(request_with("A(b: c") == strings{failure_line(error::field_name_invalid, 17)});
    CHECK(request_with("\xC3\xA9: c") == strings{failure_line(error::field_name_invalid, 16)});
    CHECK(request_with("A: b\r\nC") == strings{failure_line(error::field_name_invalid, 23)});
    CHECK(request_with("A::b") == strings{"GET /", "1.1", "A=:b"});
}

TEST_CASE("9110 5.5: a control character in a value is rejected with field_value_invalid; other octets are opaque",
          "[9110-5.5-02][9110-5.5-03][9112-2.2-01]")
{
    for (unsigned value = 0; value < 0x21; ++value) {
        if (value == '\t' || value == '\n' || value == '\r' || value == ' ')
            continue;
        CHECK(request_with(std::string{"A: b"} + static_cast<char>(value)) ==
              strings{failure_line(error::field_value_invalid, 20)});
    }
    CHECK(request_with("A: \x7F") == strings{failure_line(error::field_value_invalid, 19)});
    CHECK(request_with("A: b\tc\xFF\x80") == strings{"GET /", "1.1", "A=b\tc\xFF\x80"});
}

TEST_CASE("9112 5.2: a folded line is rejected in a request", "[9112-5.2-02][HS-12][7230-3.2.4-01]")
{
    CHECK(request_with("A: b\r\n c") == strings{failure_line(error::field_folded, 22)});
    CHECK(request_with("A: b\r\n\tc") == strings{failure_line(error::field_folded, 22)});
}

TEST_CASE("9112 5.2: a folded line of a response continues the value", "[9112-5.2-03]")
{
    CHECK(response_with("A: b\r\n c\r\nD: e") == strings{"200 OK", "1.1", "A=b   c", "D=e"});
    CHECK(response_with("A: b \t\r\n\t c \r\n d  ") == strings{"200 OK", "1.1", "A=b \t  \t c    d"});
    CHECK(response_with("A:\r\n \r\n b") == strings{"200 OK", "1.1", "A=b"});
    CHECK(response_with("A: b\r\n \r\n\t") == strings{"200 OK", "1.1", "A=b"});
    CHECK(response_with("A:\r\n ") == strings{"200 OK", "1.1", "A="});
    CHECK(response_with("A: b\r\n \x01") == strings{failure_line(error::field_value_invalid, 24)});
}

TEST_CASE("9112 2.2: white space at the start of the first field line is rejected", "[9112-2.2-07][9112-11.2-01]")
{
    CHECK(request_with(" Host: a") == strings{failure_line(error::field_folded, 16)});
    CHECK(request_with(" ") == strings{failure_line(error::field_folded, 16)});
    CHECK(response_with("\tHost: a") == strings{failure_line(error::field_folded, 17)});
}

/// The log of a head of `text` in storage of that size.
template <class Reader, std::size_t Characters, std::size_t Fields>
strings read_into(std::string_view text)
{
    return support::feed_every_way(support::text(text), [] { return head_subject<Reader, Characters, Fields>{}; });
}

TEST_CASE("9110 5.4: a head may fill its storage completely, and one more octet is rejected",
          "[9110-5.4-01][9110-5.4-02][9110-2.3-01][6455-10.4-03][9112-3-04][HS-1]")
{
    const std::string text = "GET / HTTP/1.1\r\nA: b\r\n\r\n"; // 24 octets
    const strings good{"GET /", "1.1", "A=b"};
    CHECK(read_into<request_reader, 24, 1>(text) == good);
    CHECK(read_into<request_reader, 24, 1>(text + "frame") == strings{"GET /", "1.1", "A=b", "rest frame"});
    CHECK(read_into<request_reader, 23, 1>(text) == strings{failure_line(error::head_too_large, 23)});
    CHECK(read_into<request_reader, 16, 1>(text) == strings{failure_line(error::head_too_large, 16)});
    CHECK(read_into<request_reader, 14, 1>(text) == strings{failure_line(error::request_target_too_long, 14)});
    CHECK(read_into<request_reader, 5, 1>(text) == strings{failure_line(error::request_target_too_long, 5)});
    CHECK(read_into<request_reader, 0, 0>(text) == strings{failure_line(error::request_target_too_long, 0)});
    CHECK(read_into<response_reader, 12, 1>("HTTP/1.1 200 OK\r\n\r\n") ==
          strings{failure_line(error::head_too_large, 12)});
}

TEST_CASE("9112 3: request lines of 8000 octets are read with the default storage", "[9112-3-05]")
{
    const std::string target = std::string{"/"}.append(8000 - 14, 'a');
    const std::string text = "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
    head_storage<> storage;
    request_reader reader{storage};
    std::span<const std::byte> in = sockless::as_bytes(text);
    REQUIRE(reader.poll(in) == head_result::complete);
    CHECK(reader.head().target == target);
}

TEST_CASE("6455 10.4, CVE-2024-37890: more fields than the table can hold are rejected with too_many_fields",
          "[6455-10.4-03][HS-2][HS-3]")
{
    CHECK(read_into<request_reader, 100, 2>("GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n") ==
          strings{"GET /", "1.1", "A=b", "C=d"});
    CHECK(read_into<request_reader, 100, 2>("GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\n\r\n") ==
          strings{failure_line(error::too_many_fields, 28)});
    CHECK(read_into<request_reader, 100, 0>("GET / HTTP/1.1\r\n\r\n") == strings{"GET /", "1.1"});
    CHECK(read_into<response_reader, 100, 1>("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nD: e\r\n\r\n") ==
          strings{failure_line(error::too_many_fields, 27)});

    std::string endless = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 100000; ++i)
        endless += "A:\r\n";
    const support::feed_options few{.random_cuts = 4, .random_ways = 2, .bytewise_up_to = 0};
    CHECK(support::feed_every_way(
              support::text(endless), [] { return head_subject<request_reader>{}; }, few) ==
          strings{failure_line(error::too_many_fields, 16 + 4 * 100)});
    CHECK(support::feed_every_way(
              support::text(endless), [] { return head_subject<request_reader, 8192, 100000>{}; }, few) ==
          strings{failure_line(error::head_too_large, 8192)});
}

TEST_CASE("CVE-2026-47073: a head of one MiB, byte by byte, is rejected at the limit", "[HS-1][HS-2]")
{
    const std::string text = std::string{"GET / HTTP/1.1\r\nA: "}.append(std::size_t{1} << 20, 'b');
    head_storage<> storage;
    request_reader reader{storage};
    std::size_t fed = 0;
    head_result status = head_result::need_input;
    for (const char c : text) {
        const std::byte one{static_cast<unsigned char>(c)};
        std::span<const std::byte> in{&one, 1};
        status = reader.poll(in);
        REQUIRE(in.empty());
        ++fed;
        if (status != head_result::need_input)
            break;
        REQUIRE(reader.size() == fed);
    }
    CHECK(status == head_result::failed);
    CHECK(fed == 8193);
    CHECK(reader.failure() == error::head_too_large);
    CHECK(reader.failure_offset() == 8192);
}

TEST_CASE(
    "A reader enters its final state before it returns: complete consumes nothing more, failed discards everything",
    "[R6]")
{
    head_storage<> storage;
    request_reader reader{storage};
    const std::vector<std::byte> good = support::text("GET / HTTP/1.1\r\n\r\nframe");
    std::span<const std::byte> in{good};
    REQUIRE(reader.poll(in) == head_result::complete);
    CHECK(in.size() == 5);
    CHECK(reader.poll(in) == head_result::complete);
    CHECK(in.size() == 5);
    CHECK(reader.size() == 18);
    CHECK(reader.failure() == error::none);
    CHECK(reader.failure_offset() == 0);

    reader = request_reader{storage};
    const std::vector<std::byte> bad = support::text("GET / HTTP/1.1\r\nA b\r\n\r\n");
    in = bad;
    REQUIRE(reader.poll(in) == head_result::failed);
    CHECK(in.empty());
    in = good;
    CHECK(reader.poll(in) == head_result::need_input);
    CHECK(in.empty());
    CHECK(reader.failure() == error::field_name_space);
    CHECK(reader.failure_offset() == 17);

    reader.restart();
    in = good;
    CHECK(reader.poll(in) == head_result::complete);
    CHECK(in.size() == 5);
}

TEST_CASE("An incomplete head is not answered", "[9110-5.3-03]")
{
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t size = 0; size < text.size(); ++size) {
        head_storage<> storage;
        request_reader reader{storage};
        const support::exact_block block{support::text(text.substr(0, size))};
        std::span<const std::byte> in = block.bytes();
        CHECK(reader.poll(in) == head_result::need_input);
    }
}

strings read_final(std::string_view text)
{
    return heads::read_head<response_reader_skipping_1xx>(text);
}

/// With a buffer of 60 octets.
strings read_short(std::string_view text)
{
    return support::feed_every_way(support::text(text),
                                   [] { return heads::head_subject<response_reader_skipping_1xx, 60>{}; });
}

static_assert(sockless::detail::is_interim_status(100) && sockless::detail::is_interim_status(199) &&
              !sockless::detail::is_interim_status(101));
static_assert(!sockless::detail::is_interim_status(200) && !sockless::detail::is_interim_status(999));

const std::string hints = "HTTP/1.1 103 Early Hints\r\n\r\n"; // 28 octets
const std::string found = "HTTP/1.1 200 OK\r\n\r\n";          // 19

TEST_CASE("9110 15.2: any number of interim responses is skipped, each at its empty line", "[9110-15.2-01]")
{
    const strings final_head{"200 OK", "1.1", "rest body"};
    CHECK(read_final(found + "body") == final_head);
    CHECK(read_final(hints + found + "body") == final_head);
    CHECK(read_final(hints + hints + "HTTP/1.1 100 Continue\r\nA: b\r\nContent-Length: 4\r\n\r\n" + found + "body") ==
          final_head);
    CHECK(read_final(hints + "HTTP/1.1 101 x\r\nA: b\r\n\r\n" + found) ==
          strings{"101 x", "1.1", "A=b", "rest " + found});
}

TEST_CASE("9110 15.2: all interim responses together may be as long as one head", "[HS-2]")
{
    CHECK(read_short(hints + hints + found) == strings{"200 OK", "1.1"});
    CHECK(read_short(hints + hints + hints + found) == strings{"head_too_large at 0"});
    CHECK(read_short("HTTP/1.1 103 " + std::string(43, 'a') + "\r\n\r\n" + found) ==
          strings{"200 OK", "1.1"}); // 60 octets
    CHECK(read_short("HTTP/1.1 103 " + std::string(44, 'a') + "\r\n\r\n" + found) == strings{"head_too_large at 60"});
}

TEST_CASE("9112 4: the error of an interim response has its own offset")
{
    CHECK(read_final(hints + "HTTP/1.1 100 Continue\r\nbad line\r\n\r\n" + found) == strings{"field_name_space at 26"});
    CHECK(read_final(hints + "HTTP/1.1 20 OK\r\n\r\n") == strings{"status_line_invalid at 11"});
}

} // namespace
