// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"

#include <sockless/deflate/negotiation.hpp>
#include <sockless/http/head.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::deflate_accept_options;
using sockless::deflate_parameters;
using sockless::error;
using sockless::extension_cursor;
using sockless::negotiated_deflate;
using announcement = sockless::deflate_accept_options::announcement;
using sockless::detail::negotiated_from;

/// Every message that the sender may send can be read by the receiver.
bool fit(const negotiated_deflate& server, const negotiated_deflate& client)
{
    const auto one_way = [](const sockless::deflate_direction& sender, const sockless::deflate_direction& receiver) {
        return sender.in_use == receiver.in_use && sender.window_bits <= receiver.window_bits &&
               (!sender.context_takeover || receiver.context_takeover);
    };
    return one_way(server.from_server, client.from_server) && one_way(client.from_client, server.from_client);
}

/// Returns a server's answer; "-" if it declines, "malformed" if the list is malformed.
std::string answer_to(extension_cursor offers, const deflate_accept_options& policy = {})
{
    sockless::deflate_text<1> answer;
    negotiated_deflate agreed;
    const error e = accept_deflate_offer(offers, policy, answer, agreed);
    CHECK(agreed.in_use() == !answer.view().empty());
    if (failed(e)) {
        CHECK(e == error::extensions_invalid);
        CHECK(answer.view().empty());
        return "malformed";
    }
    // Server and client have to derive parameters that fit from the answer.
    if (agreed.in_use()) {
        negotiated_deflate understood;
        const deflate_parameters anything{};
        const deflate_parameters nothing{.client_max_window_bits = 0};
        CHECK(check_deflate_answer(extension_cursor{answer.view()}, std::array{anything, nothing}, understood) ==
              error::none);
        CHECK(fit(agreed, understood));
    }
    return answer.view().empty() ? "-" : std::string{answer.view()};
}

std::string answer_to(std::string_view offers, const deflate_accept_options& policy = {})
{
    return answer_to(extension_cursor{offers}, policy);
}

template <std::size_t Elements>
std::string text_of(const sockless::deflate_text<Elements>& text)
{
    return std::string{text.view()};
}

unsigned sender_limit(std::uint8_t bits)
{
    return bits == 0 ? 15U : bits;
}

struct verdict {
    error failure;
    negotiated_deflate agreed;
};

verdict client_says(std::string_view answer, std::span<const deflate_parameters> offers)
{
    verdict result{error::none, negotiated_from({})};
    result.failure = check_deflate_answer(extension_cursor{answer}, offers, result.agreed);
    if (failed(result.failure))
        CHECK_FALSE(result.agreed.in_use());
    return result;
}

verdict client_says(std::string_view answer, const deflate_parameters& offer = {})
{
    return client_says(answer, std::span{&offer, 1});
}

constexpr deflate_parameters bare{.client_max_window_bits = 0};

} // namespace

TEST_CASE("7692 5: an offer is accepted, and the answer has nothing that was not offered",
          "[7692-5-07][WHATWG-handshake-04][7692-7.1.2.2-04]")
{
    CHECK(answer_to("permessage-deflate") == "permessage-deflate");
    CHECK(answer_to("permessage-deflate; client_max_window_bits") == "permessage-deflate");   // every browser
    CHECK(answer_to("permessage-deflate;client_max_window_bits=15") == "permessage-deflate"); // without a space
    CHECK(answer_to("permessage-deflate; client_max_window_bits=10") == "permessage-deflate");
}

TEST_CASE("7692 5: offers are tried in order and independently, and other extensions are ignored",
          "[7692-5-03][7692-5-09][7692-5-04][7692-7-03][7692-7-04][7692-7-05]")
{
    CHECK(answer_to("permessage-deflate; server_max_window_bits=10, permessage-deflate") ==
          "permessage-deflate; server_max_window_bits=10");
    CHECK(answer_to("permessage-deflate; foo, permessage-deflate; server_no_context_takeover") ==
          "permessage-deflate; server_no_context_takeover");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=8, "
                    "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9, permessage-deflate; "
                    "client_max_window_bits=\"11\"") == "permessage-deflate");
    CHECK(answer_to("x-webkit-deflate-frame, permessage-bzip2, permessage-deflate") == "permessage-deflate");
}

TEST_CASE("7692 5: when all offers are declined there is no answer, and no error",
          "[7692-5-13][7692-7-03][7692-7-04][7692-7-05][PMD-5]")
{
    for (const std::string_view declined :
         {"", "foo", "permessage-deflate; foo", "permessage-deflate; server_max_window_bits=16", "Permessage-Deflate",
          "permessage-deflate; server_max_window_bits", "permessage-deflate; client_max_window_bits=7",
          "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; server_max_window_bits=99999999999",
          "permessage-deflate; client_no_context_takeover; client_no_context_takeover"})
        CHECK(answer_to(declined) == "-");
}

TEST_CASE("7692 7: an element that violates the grammar is an error, not an offer to decline", "[6455-4.3-02][PMD-5]")
{
    for (const std::string_view malformed :
         {"permessage-deflate; =8", "permessage-deflate;;server_no_context_takeover",
          "permessage-deflate; server_max_window_bits=", "permessage-deflate; server_max_window_bits=\"\"",
          "permessage-deflate, permessage-deflate; x=\"1 0\"", "permessage-deflate; server_max_window_bits=\"10"})
        CHECK(answer_to(malformed) == "malformed");
}

TEST_CASE("6455 9.1: offers may be in several field lines", "[7692-5-02]")
{
    const std::array fields{
        sockless::field{"Sec-WebSocket-Extensions", "permessage-deflate; foo"}, sockless::field{"Host", "x"},
        sockless::field{"sec-websocket-extensions", " , permessage-deflate; server_max_window_bits=12"}};
    CHECK(answer_to(extension_cursor{fields}) == "permessage-deflate; server_max_window_bits=12");
}

TEST_CASE("7692 7.1.1.1: server_no_context_takeover is repeated when it is offered, and may be sent unsolicited",
          "[7692-7.1.1.1-02][7692-7.1.1.1-04][7692-7.1.1.1-05]")
{
    constexpr deflate_accept_options fresh{.server_no_context_takeover = true};
    CHECK(answer_to("permessage-deflate; server_no_context_takeover") ==
          "permessage-deflate; server_no_context_takeover");
    CHECK(answer_to("permessage-deflate; server_no_context_takeover", fresh) ==
          "permessage-deflate; server_no_context_takeover");
    CHECK(answer_to("permessage-deflate", fresh) == "permessage-deflate");
    CHECK(answer_to("permessage-deflate",
                    {.server_no_context_takeover = true, .server_parameters = announcement::always}) ==
          "permessage-deflate; server_no_context_takeover");
}

TEST_CASE("7692 7.1.1.2: client_no_context_takeover is a hint in an offer and a requirement in an answer",
          "[7692-7.1.1.2-01][7692-7.1.1.2-02][7692-7.1.1.2-04][7692-7.2.2-05]")
{
    constexpr deflate_accept_options fresh{.client_no_context_takeover = true};
    CHECK(answer_to("permessage-deflate; client_no_context_takeover") ==
          "permessage-deflate; client_no_context_takeover"); // gorilla's clients reject an answer without it
    CHECK(answer_to("permessage-deflate; client_no_context_takeover", fresh) ==
          "permessage-deflate; client_no_context_takeover");
    CHECK(answer_to("permessage-deflate", fresh) == "permessage-deflate; client_no_context_takeover");
}

TEST_CASE(
    "7692 7.1.2.1: server_max_window_bits is repeated, equal or smaller, when it is offered, and may be sent unsolicited",
    "[7692-5-05][7692-7.1.2.1-02][7692-7.1.2.1-04]")
{
    constexpr deflate_accept_options small{.server_max_window_bits = 11};
    CHECK(answer_to("permessage-deflate; server_max_window_bits=15") ==
          "permessage-deflate; server_max_window_bits=15");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=9") == "permessage-deflate; server_max_window_bits=9");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=15", small) ==
          "permessage-deflate; server_max_window_bits=11");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=11", small) ==
          "permessage-deflate; server_max_window_bits=11");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=10", small) ==
          "permessage-deflate; server_max_window_bits=10");
    CHECK(answer_to("permessage-deflate", small) == "permessage-deflate");
    CHECK(answer_to("permessage-deflate", {.server_max_window_bits = 11, .server_parameters = announcement::always}) ==
          "permessage-deflate; server_max_window_bits=11");
}

TEST_CASE(
    "A2: a server announces its own parameters never, if they are offered, or always, and keeps to them each time",
    "[7692-7.1.1.1-04][7692-7.1.1.1-05][7692-7.1.2.1-04]")
{
    for (const announcement announced : {announcement::never, announcement::if_offered, announcement::always}) {
        const deflate_accept_options options{
            .server_max_window_bits = 11, .server_no_context_takeover = true, .server_parameters = announced};
        sockless::deflate_text<1> answer;
        negotiated_deflate agreed;
        REQUIRE(accept_deflate_offer(extension_cursor{"permessage-deflate"}, options, answer, agreed) == error::none);
        CHECK(agreed == negotiated_from({11, 0, true, false}));
        CHECK(answer.view() == (announced == announcement::always
                                    ? "permessage-deflate; server_no_context_takeover; server_max_window_bits=11"
                                    : "permessage-deflate"));
        for (const auto& [offer, reply] :
             {std::pair{"permessage-deflate; server_no_context_takeover", "; server_no_context_takeover"},
              std::pair{"permessage-deflate; server_max_window_bits=12", "; server_max_window_bits=11"}}) {
            const std::string text = answer_to(std::string_view{offer}, options);
            CHECK((text == "-") == (announced == announcement::never));
            if (announced == announcement::if_offered)
                CHECK(text == "permessage-deflate" + std::string{reply});
        }
    }
    CHECK(answer_to("permessage-deflate; server_no_context_takeover; client_no_context_takeover") ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover"); // gorilla's clients
}

TEST_CASE("7692 7.1.2.1: a server that does not support the window size declines",
          "[7692-7-06][zlib-windowBits-01][7692-7.1.2.1-02]")
{
    constexpr deflate_accept_options capable{.server_min_window_bits = 8};
    constexpr deflate_accept_options fixed{.server_min_window_bits = 15};
    CHECK(answer_to("permessage-deflate; server_max_window_bits=8") == "-");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=8", capable) ==
          "permessage-deflate; server_max_window_bits=8");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=14", fixed) == "-");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=15", fixed) ==
          "permessage-deflate; server_max_window_bits=15");
    CHECK(answer_to("permessage-deflate; server_max_window_bits=8, permessage-deflate") == "permessage-deflate");
}

TEST_CASE("7692 7.1.2.2: the client's window is limited only if the client offers that",
          "[7692-5-06][7692-7.1.2.2-02][7692-7.1.2.2-03][7692-7.1.2.2-04]")
{
    constexpr deflate_accept_options wanted{.client_max_window_bits = 10};
    constexpr deflate_accept_options required{.client_max_window_bits = 10, .client_max_window_bits_required = true};
    CHECK(answer_to("permessage-deflate; client_max_window_bits", wanted) ==
          "permessage-deflate; client_max_window_bits=10");
    CHECK(answer_to("permessage-deflate; client_max_window_bits=12", wanted) ==
          "permessage-deflate; client_max_window_bits=10");
    CHECK(answer_to("permessage-deflate; client_max_window_bits=9", wanted) ==
          "permessage-deflate; client_max_window_bits=9");
    CHECK(answer_to("permessage-deflate", wanted) == "permessage-deflate");
    CHECK(answer_to("permessage-deflate", required) == "-");
    CHECK(answer_to("permessage-deflate, permessage-deflate; client_max_window_bits", required) ==
          "permessage-deflate; client_max_window_bits=10");
    // 8 is never answered needlessly: the client may have a compressor that cannot do it.
    CHECK(answer_to("permessage-deflate; client_max_window_bits=8") == "permessage-deflate");
}

TEST_CASE("7692 7.1.3: the examples of the RFC", "[7692-5-02]")
{
    CHECK(answer_to("permessage-deflate; client_max_window_bits; server_max_window_bits=10") ==
          "permessage-deflate; server_max_window_bits=10");
    CHECK(answer_to("permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
                    "permessage-deflate; client_max_window_bits",
                    {.server_min_window_bits = 11}) == "permessage-deflate");
    constexpr deflate_parameters offers[] = {{.server_max_window_bits = 10}, {}};
    CHECK(
        text_of(sockless::offer_deflate(offers)) ==
        "permessage-deflate; server_max_window_bits=10; client_max_window_bits, permessage-deflate; client_max_window_bits");
    CHECK(client_says("permessage-deflate; server_max_window_bits=10", offers).agreed ==
          negotiated_from({10, 0, false, false}));
    CHECK(client_says("permessage-deflate", offers).agreed == negotiated_from(bare));
}

TEST_CASE("7692 5: offers are written in order of preference", "[7692-5-01][7692-5-02][7692-5-06][7692-7.1.1.2-01]")
{
    CHECK(text_of(sockless::offer_deflate({deflate_parameters{}})) == "permessage-deflate; client_max_window_bits");
    CHECK(text_of(sockless::offer_deflate({bare})) == "permessage-deflate");
    CHECK(text_of(sockless::offer_deflate({deflate_parameters{9, 10, true, true}, bare})) ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
          "client_max_window_bits=10, permessage-deflate");
}

TEST_CASE("7692 5: a client continues without compression if the server does not answer its offer", "[7692-5-14]")
{
    for (const std::string_view answer : {"", "foo", "x-permessage-deflate"}) {
        CHECK(client_says(answer).failure == error::none);
        CHECK_FALSE(client_says(answer).agreed.in_use());
    }
}

TEST_CASE("7692 7: an answer that no server may send fails the connection",
          "[7692-7-07][7692-7-08][7692-7-09][7692-5.1-01][PMD-5]")
{
    for (const std::string_view answer :
         {"permessage-deflate; foo", "permessage-deflate; client_max_window_bits",
          "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=16",
          "permessage-deflate; client_max_window_bits=010", "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; server_max_window_bits", "permessage-deflate; server_no_context_takeover=true",
          "permessage-deflate; client_no_context_takeover=1",
          "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
          "permessage-deflate; =", "permessage-deflate; server_max_window_bits=99999999999"})
        CHECK(client_says(answer).failure ==
              (answer.ends_with('=') ? error::extensions_invalid : error::extension_parameters_invalid));
}

TEST_CASE("7692 5: two elements that both use RSV1 fail the connection", "[7692-5-10][7692-7-11]")
{
    CHECK(client_says("permessage-deflate, permessage-deflate").failure == error::extension_repeated); // A3
    CHECK(client_says("permessage-deflate, foo, permessage-deflate; foo").failure == error::extension_repeated);
}

TEST_CASE("7692 5: a server may not accept what was not offered", "[7692-5-15][7692-7.1.2.2-04]")
{
    CHECK(client_says("permessage-deflate", std::span<const deflate_parameters>{}).failure ==
          error::extension_not_offered);
    CHECK(client_says("permessage-deflate; client_max_window_bits=10", bare).failure ==
          error::extension_parameters_invalid); // A3
    CHECK(client_says("permessage-deflate; client_max_window_bits=10").failure == error::none);
}

TEST_CASE("7692 7.1.1.1, 7.1.2.1: what the client requires of the server has to be in the answer",
          "[7692-7.1.1.1-03][7692-7.1.2.1-03][7692-7-10]")
{
    constexpr deflate_parameters fresh{.server_no_context_takeover = true};
    constexpr deflate_parameters small{.server_max_window_bits = 11};
    CHECK(client_says("permessage-deflate", fresh).failure == error::extension_parameters_invalid);
    CHECK(client_says("permessage-deflate; server_no_context_takeover", fresh).failure == error::none);
    CHECK(client_says("permessage-deflate", small).failure == error::extension_parameters_invalid);
    CHECK(client_says("permessage-deflate; server_max_window_bits=12", small).failure ==
          error::extension_parameters_invalid);
    CHECK(client_says("permessage-deflate; server_max_window_bits=11", small).failure == error::none);
    CHECK(client_says("permessage-deflate; server_max_window_bits=8", small).agreed.from_server.window_bits == 8);
}

TEST_CASE("7692 7.1.2.1: an offer of a window of 15 bits requires nothing: Beast 1.74 does not repeat it",
          "[7692-7.1.2.1-01][7692-7.1.2.1-05]")
{
    constexpr deflate_parameters widest{.server_max_window_bits = 15, .client_max_window_bits = 0};
    CHECK(text_of(sockless::offer_deflate({widest})) == "permessage-deflate");
    CHECK(client_says("permessage-deflate", widest).agreed.from_server.window_bits == 15);
    CHECK(client_says("permessage-deflate; server_max_window_bits=12", widest).agreed.from_server.window_bits == 12);
}

TEST_CASE("7692 7.1: unsolicited parameters of a server are applied",
          "[6455-9-04][7692-5-08][7692-7.1.1.1-05][7692-7.1.1.2-02][7692-7.1.1.2-03][7692-7.1.2.1-04]")
{
    CHECK(client_says("permessage-deflate; server_max_window_bits=12").agreed ==
          negotiated_from({12, 0, false, false}));
    CHECK(client_says("permessage-deflate; server_no_context_takeover").agreed == negotiated_from({0, 0, true, false}));
    CHECK(client_says("permessage-deflate; client_no_context_takeover", bare).agreed ==
          negotiated_from({0, 0, false, true}));
    CHECK(client_says("permessage-deflate; client_max_window_bits=15").agreed ==
          negotiated_from({0, 15, false, false}));
    CHECK(client_says("permessage-deflate; client_max_window_bits=9", {.client_max_window_bits = 10}).agreed ==
          negotiated_from({0, 9, false, false}));
}

TEST_CASE("A1: a client keeps to its own hints, whether or not the answer repeats them",
          "[7692-7.1.1.2-01][7692-7.1.2.2-01][7692-7.1.2.2-03][7692-7.1.2.2-06]")
{
    constexpr deflate_parameters small{.client_max_window_bits = 9};
    constexpr deflate_parameters fresh{.client_no_context_takeover = true};
    for (const std::string_view answer : {"permessage-deflate", "permessage-deflate; client_max_window_bits=9"})
        CHECK(client_says(answer, small).agreed == negotiated_from({0, 9, false, false}));
    CHECK(client_says("permessage-deflate; client_max_window_bits=8", small).agreed.from_client.window_bits == 8);
    CHECK(client_says("permessage-deflate; client_max_window_bits=10", small).failure ==
          error::extension_parameters_invalid);
    CHECK(client_says("permessage-deflate; client_max_window_bits=15", small).failure ==
          error::extension_parameters_invalid);
    for (const std::string_view answer : {"permessage-deflate", "permessage-deflate; client_no_context_takeover"})
        CHECK(client_says(answer, fresh).agreed == negotiated_from({0, 0, false, true}));
    // Each offer has its own hints: those of the one that is answered count.
    const std::array two{deflate_parameters{.client_max_window_bits = 9, .server_no_context_takeover = true},
                         deflate_parameters{.client_max_window_bits = 11}};
    CHECK(client_says("permessage-deflate; server_no_context_takeover", two).agreed.from_client.window_bits == 9);
    CHECK(client_says("permessage-deflate", two).agreed.from_client.window_bits == 11);
}

TEST_CASE("7692 5: every answer to every offer is accepted by the client, and what both ends negotiate fits",
          "[7692-5-08][7692-5-16]")
{
    std::vector<deflate_parameters> all;
    for (const unsigned server : {0U, 8U, 9U, 12U, 15U})
        for (const unsigned client : {0U, 8U, 10U, 15U})
            for (unsigned flags = 0; flags < 4; ++flags)
                all.push_back({static_cast<std::uint8_t>(server), static_cast<std::uint8_t>(client), (flags & 1U) != 0,
                               (flags & 2U) != 0});
    std::size_t accepted = 0;
    for (const deflate_parameters& offer : all)
        for (const deflate_parameters& wish : all)
            for (const announcement announced : {announcement::never, announcement::if_offered, announcement::always}) {
                const bool required = announced == announcement::always;
                const deflate_accept_options policy{
                    wish.server_max_window_bits == 0 ? std::uint8_t{15} : wish.server_max_window_bits,
                    std::uint8_t{8},
                    wish.server_no_context_takeover,
                    announced,
                    wish.client_max_window_bits == 0 ? std::uint8_t{15} : wish.client_max_window_bits,
                    required,
                    wish.client_no_context_takeover};
                const auto offered = sockless::offer_deflate({offer});
                sockless::deflate_text<1> answer;
                negotiated_deflate agreed;
                REQUIRE(accept_deflate_offer(extension_cursor{offered.view()}, policy, answer, agreed) == error::none);
                const verdict heard = client_says(answer.view(), offer);
                REQUIRE(heard.failure == error::none);
                REQUIRE(fit(agreed, heard.agreed));
                if (agreed.in_use())
                    REQUIRE(heard.agreed.from_client.window_bits <= sender_limit(offer.client_max_window_bits));
                accepted += agreed.in_use() ? 1U : 0U;
                if (required && agreed.in_use())
                    REQUIRE(agreed.from_client.window_bits <= policy.client_max_window_bits);
            }
    CHECK(accepted > all.size() * all.size());
}
