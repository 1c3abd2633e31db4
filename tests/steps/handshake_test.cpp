// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Every part of a handshake that a peer can make long has linear cost.
#include "count.hpp"
#include "support/print.hpp"

#include <sockless/handshake/negotiation.hpp>
#include <sockless/handshake/upgrade_request.hpp>
#include <sockless/http/head_reader.hpp>
#include <sockless/http/head_storage.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>

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

} // namespace
