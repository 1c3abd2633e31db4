// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Every part of a handshake that a peer can make long has linear cost.
#include "count.hpp"
#include "support/print.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/negotiation.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/handshake/upgrade_request.hpp>
#include <sockless/http/head_reader.hpp>
#include <sockless/http/head_storage.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using namespace sockless;

constexpr std::size_t many = 10000;

/// Returns `begin` followed by repetitions of `unit`.
auto repeated(std::string_view unit, std::string_view begin = {})
{
    return [unit, begin](std::size_t size) {
        std::string text{begin};
        while (text.size() < size)
            text += unit;
        return text;
    };
}

/// All fields on which the answer to an upgrade depends, with one of the given fields.
error verdict(std::string_view name, std::string_view value)
{
    std::array<field, 7> fields{{{"Host", "h"},
                                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                 {"Sec-WebSocket-Version", "13"},
                                 {"Upgrade", "websocket"},
                                 {"Connection", "upgrade"}}};
    for (field& each : fields) {
        if (each.name != name && !each.name.empty())
            continue;
        each = {name, value};
        break;
    }
    for (field& each : fields)
        each.name = each.name.empty() ? "X" : each.name;
    upgrade_request out;
    return check_upgrade({"GET", "/", {}, fields}, out);
}

TEST_CASE("CVE-2023-43669: a head that arrives byte by byte is scanned once", "[HS-1][CPU-1]")
{
    for (const std::string_view begin : {"GET / HTTP/1.1\r\nA: ", "GET /", "GET / HTTP/1.1\r\n"})
        steps::check_linear(many, repeated("b", begin), [](const std::string& text) {
            const auto storage = std::make_unique<head_storage<4 * many>>();
            detail::request_reader reader{*storage};
            for (const char& c : text) {
                std::span<const std::byte> in = std::as_bytes(std::span{&c, 1});
                REQUIRE(reader.poll(in) == detail::head_result::need_input);
            }
            REQUIRE(reader.size() == text.size());
        });
}

TEST_CASE("9112 5.2: a response that consists of folded lines has linear cost", "[HS-2][CPU-1]")
{
    steps::check_linear(many, repeated("\r\n ", "HTTP/1.1 200 OK\r\nA: b"), [](const std::string& text) {
        const auto storage = std::make_unique<head_storage<4 * many, 2>>();
        detail::response_reader reader{*storage};
        std::span<const std::byte> in = as_bytes(text);
        REQUIRE(reader.poll(in) == detail::head_result::need_input);
        in = as_bytes("\r\n\r\n");
        REQUIRE(reader.poll(in) == detail::head_result::complete);
        REQUIRE(reader.head().fields[0].value == "b");
    });
}

TEST_CASE("CVE-2020-7662, CVE-2020-7663: an unclosed quoted string is malformed and has linear cost", "[HS-4][CPU-1]")
{
    for (const std::string_view unit : {"\\c", "c", "\\\\", "\\\""}) {
        INFO(unit);
        steps::check_linear(many, repeated(unit, "a; b=\""), [](const std::string& text) {
            REQUIRE(verdict("Sec-WebSocket-Extensions", text) == error::extensions_invalid);
        });
    }
    steps::check_linear(many, repeated("; b=\"c\"", "a"), [](const std::string& text) {
        REQUIRE(verdict("Sec-WebSocket-Extensions", text) == error::none);
        extension_cursor list{std::string_view{text}};
        extension element;
        REQUIRE(list.next(element));
        extension::parameter_cursor parameters = element.parameters();
        extension::parameter parameter;
        while (parameters.next(parameter))
            REQUIRE(parameter.value == "c");
    });
    steps::check_linear(many, repeated(","), [](const std::string& text) {
        REQUIRE(verdict("Sec-WebSocket-Extensions", text) == error::extensions_invalid);
    });
}

TEST_CASE("CVE-2026-45541, CVE-2021-32640: long lists of subprotocols have linear cost", "[HS-5][HS-7][CPU-1]")
{
    for (const std::string_view unit : {" , ,", "\t,", " ", "\t", ","}) {
        INFO(unit);
        steps::check_linear(many, repeated(unit), [](const std::string& text) {
            REQUIRE(verdict("Sec-WebSocket-Protocol", text) == error::subprotocol_invalid);
        });
    }
    const auto names = [](std::size_t size) {
        std::string text;
        for (std::size_t i = 100000; text.size() < size; ++i) // all of one length
            text += std::to_string(i) + ",";
        return text;
    };
    steps::check_linear(
        many, names, [](const std::string& text) { REQUIRE(verdict("Sec-WebSocket-Protocol", text) == error::none); });
}

TEST_CASE("CVE-2023-26103: Connection and Upgrade that consist of separators have linear cost", "[HS-5][CPU-1]")
{
    for (const std::string_view unit : {" ", "\t", ",", "a ,  ,", " ,", ",a"}) {
        INFO(unit);
        steps::check_linear(many, repeated(unit), [](const std::string& text) {
            REQUIRE(verdict("Connection", text) == error::connection_not_upgrade);
            REQUIRE(verdict("Connection", text + ", upgrade") == error::none);
        });
        steps::check_linear(many, repeated(unit), [](const std::string& text) {
            REQUIRE(verdict("Upgrade", text) == error::upgrade_not_websocket);
            REQUIRE(verdict("Upgrade", text + ", websocket") == error::none);
        });
    }
}

/// A head of about `size` bytes, in which one part is repeated.
struct head_shape {
    const char* name;
    bool server;
    std::string_view begin;
    std::string_view unit;
    std::string_view end;
};

/// A source of the example's key.
struct zero_nonce {
    bool fill(std::span<std::byte> out) noexcept
    {
        std::fill(out.begin(), out.end(), std::byte{});
        return true;
    }
};

/// Returns the steps that a handshake takes for a head that arrives in chunks.
template <class Head>
std::uint64_t cost_of_head(const head_shape& shape, std::size_t size, std::size_t chunk)
{
    // One for all. Not a head_storage: g++ 11 evaluates the constructor of each field and needs 24 GB for so many.
    static std::vector<char> characters((std::size_t{1} << 22U) + 1000);
    static std::vector<field> fields(std::size_t{1} << 21U);
    const auto memory = [] {
        if constexpr (std::is_same_v<Head, whole_head>)
            return head_buffers{characters, fields};
        else
            return std::span<char>{characters};
    }();
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    std::string text = shape.server ? request : "";
    text += shape.begin;
    while (text.size() < size)
        text += shape.unit;
    text += shape.end;
    static_byte_queue<4096> tx;
    const auto play = [&](auto&& poll) {
        return steps::of([&] {
            std::span<const std::byte> rest = as_bytes(text);
            while (!rest.empty()) {
                std::span<const std::byte> in = rest.first(std::min(chunk, rest.size()));
                rest = rest.subspan(in.size());
                if (!poll(in))
                    break;
            }
        });
    };
    if (shape.server) {
        basic_server_handshake<Head> handshake{memory};
        return play([&](std::span<const std::byte>& in) {
            return handshake.poll(in, tx) == server_handshake_result::need_input;
        });
    }
    basic_client_handshake<Head> handshake{memory};
    zero_nonce random;
    connect_options options;
    options.where.host = "a";
    REQUIRE(handshake.start(tx, options, random) == error::none);
    return play(
        [&](std::span<const std::byte>& in) { return handshake.poll(in) == client_handshake_result::need_input; });
}

constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view folded = "HTTP/1.1 101 x\r\nX: y\r\n";
constexpr head_shape head_shapes[] = {
    {"lines", true, "", "a: b\r\n", "\r\n"},
    {"lines without a value", true, "", "a:\r\n", "\r\n"},
    {"a long value", true, "X: ", "x", head_end},
    {"a long white space", true, "X: ", " ", "y\r\n\r\n"},
    {"tabs", true, "X: ", "\t", "y\r\n\r\n"},
    {"subprotocols", true, "Sec-WebSocket-Protocol: x", ",y", head_end},
    {"lines of subprotocols", true, "", "Sec-WebSocket-Protocol: p\r\n", "\r\n"},
    {"parameters of an extension", true, "Sec-WebSocket-Extensions: a", ";b=\"\\c\"", head_end},
    {"extensions", true, "Sec-WebSocket-Extensions: a", ",permessage-deflate;x", head_end},
    {"lines of extensions", true, "", "Sec-WebSocket-Extensions: a\r\n", "\r\n"},
    {"options of Connection", true, "Connection: a", ",b", head_end},
    {"lines of Connection", true, "", "Connection: a\r\n", "\r\n"},
    {"commas", true, "Connection: ", ",", head_end},
    {"lines of Content-Length", true, "", "Content-Length: 0\r\n", "\r\n"},
    {"folded lines", false, folded, " \r\n", "\r\n"},
    {"folded lines with text", false, folded, " z\r\n", "\r\n"},
    {"interim responses", false, "", "HTTP/1.1 100 \r\n\r\n", "HTTP/1.1 200 \r\n\r\n"},
    {"accepted extensions", false,
     "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n"
     "Sec-WebSocket-Extensions: a",
     ",a", head_end},
};

template <class Head>
void check_shapes()
{
    constexpr std::size_t kibi = 1024;
    for (const head_shape& shape : head_shapes)
        for (const std::size_t chunk : {std::size_t{1} << 30U, std::size_t{1400}, std::size_t{1}}) {
            INFO(shape.name << ", " << chunk);
            const std::uint64_t once = cost_of_head<Head>(shape, 4 * kibi, chunk);
            CHECK(once >= 20); // or nothing was counted
            // In small chunks less input shows what is quadratic.
            const std::size_t times = chunk == 1 ? 16 : chunk == 1400 ? 64 : 1024;
            CHECK(cost_of_head<Head>(shape, times * 4 * kibi, chunk) <= once * times * 3 / 2);
        }
}

TEST_CASE("A6: a head of any shape costs the same per byte from 4 KiB to 4 MiB", "[HS-2][CPU-1]")
{
    SECTION("kept")
    {
        check_shapes<whole_head>();
    }
    SECTION("streamed")
    {
        check_shapes<streamed_head>();
    }
}

} // namespace
