// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"

#include <sockless/deflate/parameters.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace {

using sockless::deflate_parameters;
using sockless::role;
using sockless::detail::negotiated_from;

/// The only element of a list; nothing if the rules refuse it.
std::optional<deflate_parameters> parsed(std::string_view value, role sender)
{
    sockless::extension_cursor list{value};
    sockless::extension element;
    deflate_parameters terms;
    REQUIRE(list.next(element));
    REQUIRE(element.name == "permessage-deflate");
    return parse_deflate_parameters(element, sender, terms) ? std::optional{terms} : std::nullopt;
}

std::optional<deflate_parameters> with(std::string_view parameters, role sender)
{
    return parsed("permessage-deflate; " + std::string{parameters}, sender);
}

constexpr deflate_parameters nothing{.client_max_window_bits = 0};

} // namespace

TEST_CASE("7692 7: there are four parameters, in any order", "[7692-7-01][7692-9.1-01]")
{
    for (const role sender : {role::client, role::server}) {
        CHECK(parsed("permessage-deflate", sender) == nothing);
        const std::optional<deflate_parameters> all = with("client_max_window_bits=12; server_no_context_takeover"
                                                           ";server_max_window_bits=9 ; client_no_context_takeover",
                                                           sender);
        CHECK(all == deflate_parameters{9, 12, true, true});
    }
}

TEST_CASE("7692 7: an unknown parameter makes an element invalid", "[7692-7-03][7692-7-07][PMD-5]")
{
    for (const role sender : {role::client, role::server})
        for (const std::string_view unknown : {"foo", "foo=1", "server_max_window_bit=10", "Server_no_context_takeover",
                                               "x-webkit-deflate-frame", "server_max_window_bits=10; foo"})
            CHECK_FALSE(with(unknown, sender));
}

TEST_CASE("7692 7.1.2: a window has 8 to 15 bits, in decimal without leading zeros (CVE-2026-2229)",
          "[7692-7-04][7692-7-08][7692-7.1.2.1-01][7692-7.1.2.2-01][PMD-5]")
{
    for (unsigned bits = 8; bits <= 15; ++bits) {
        const std::string value = std::to_string(bits);
        for (const role sender : {role::client, role::server}) {
            CHECK(with("server_max_window_bits=" + value, sender) ==
                  deflate_parameters{static_cast<std::uint8_t>(bits), 0, false, false});
            CHECK(with("client_max_window_bits=" + value, sender) ==
                  deflate_parameters{0, static_cast<std::uint8_t>(bits), false, false});
        }
    }
    for (const std::string_view value : {"0",   "1",           "7",          "16",  "17",
                                         "18",  "19",          "20",         "08",  "010",
                                         "015", "+9",          "-1",         "-9",  "abc",
                                         "1a",  "a1",          "1-",         "1.0", "0x9",
                                         "8.",  "99999999999", "4294967304", "264", "18446744073709551624"})
        for (const role sender : {role::client, role::server}) {
            CHECK_FALSE(with("server_max_window_bits=" + std::string{value}, sender));
            CHECK_FALSE(with("client_max_window_bits=" + std::string{value}, sender));
        }
}

TEST_CASE("7692 5.2: a value may be quoted", "[7692-5.2-01]")
{
    for (const role sender : {role::client, role::server}) {
        CHECK(with("server_max_window_bits=\"10\"", sender) == with("server_max_window_bits=10", sender));
        CHECK(with("client_max_window_bits=\"\\1\\5\"", sender) == with("client_max_window_bits=15", sender));
        CHECK_FALSE(with("server_max_window_bits=\"16\"", sender));
        CHECK_FALSE(with("server_max_window_bits=\"1\\0\\0\"", sender));
        CHECK_FALSE(with("server_no_context_takeover=\"1\"", sender));
    }
}

TEST_CASE("7692 7.1.2: server_max_window_bits has a value; client_max_window_bits may lack it in an offer only",
          "[7692-7-04][7692-7-08][7692-7.1.2.2-01][7692-7.1.2.2-02]")
{
    CHECK_FALSE(with("server_max_window_bits", role::client));
    CHECK_FALSE(with("server_max_window_bits", role::server));
    CHECK(with("client_max_window_bits", role::client) == deflate_parameters{0, 15, false, false});
    CHECK_FALSE(with("client_max_window_bits", role::server));
}

TEST_CASE("7692 7.1.1: no_context_takeover has no value", "[7692-7-04][7692-7-08][7692-7.1.1.1-01]")
{
    for (const role sender : {role::client, role::server})
        for (const std::string_view name : {"server_no_context_takeover", "client_no_context_takeover"}) {
            CHECK(with(name, sender));
            CHECK_FALSE(with(std::string{name} + "=1", sender));
            CHECK_FALSE(with(std::string{name} + "=true", sender));
        }
}

TEST_CASE("7692 7: a repeated parameter makes an element invalid, even with the same value",
          "[7692-7-05][7692-7-09][PMD-5]")
{
    for (const role sender : {role::client, role::server})
        for (const std::string_view one : {"server_no_context_takeover", "client_no_context_takeover",
                                           "server_max_window_bits=10", "client_max_window_bits=10"})
            CHECK_FALSE(with(std::string{one} + "; " + std::string{one}, sender));
    CHECK_FALSE(with("client_max_window_bits; client_max_window_bits=15", role::client));
}

TEST_CASE(
    "7692 7.1: parameters that are written are read back; no window size is written as a control character (IXWebSocket 341)",
    "[7692-5-01][PMD-5]")
{
    for (const role sender : {role::client, role::server})
        for (unsigned server = 7; server <= 15; ++server)
            for (unsigned client = 7; client <= 15; ++client)
                for (unsigned flags = 0; flags < 4; ++flags) {
                    deflate_parameters terms{static_cast<std::uint8_t>(server == 7 ? 0 : server),
                                             static_cast<std::uint8_t>(client == 7 ? 0 : client), (flags & 1U) != 0,
                                             (flags & 2U) != 0};
                    sockless::deflate_text<1> text;
                    text.add(terms, sender);
                    CHECK(sockless::detail::is_extension_list_valid_to_send(text.view()));
                    if (sender == role::client && server == 15)
                        terms.server_max_window_bits = 0; // requires nothing
                    CHECK(parsed(text.view(), sender) == terms);
                }
}

TEST_CASE("7692 7: client_* is for the data that the client sends", "[7692-7-02][7692-7.1.2.2-05][7692-7.1.2.1-05]")
{
    constexpr sockless::negotiated_deflate agreed = negotiated_from({9, 12, true, false});
    static_assert(agreed.in_use());
    static_assert(agreed.sent_by(role::server) == sockless::deflate_direction{9, false, true});
    static_assert(agreed.received_by(role::client) == agreed.sent_by(role::server));
    static_assert(agreed.received_by(role::server) == sockless::deflate_direction{12, true, true});
    static_assert(negotiated_from(nothing).sent_by(role::client) == sockless::deflate_direction{15, true, true});
    static_assert(!sockless::negotiated_deflate{}.in_use());
    CHECK(agreed == negotiated_from({9, 12, true, false}));
}
