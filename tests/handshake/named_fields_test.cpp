// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The fields that a program names for a streamed head: the same lines as in a whole head, however the head is cut.
#include "feed_head.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/deflate/negotiation.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using heads::fixed_random;
using heads::head_text;
using heads::rfc_request;
using heads::rfc_response;
using sockless::client_handshake_result;
using sockless::connect_options;
using sockless::error;
using sockless::field;
using sockless::server_handshake_result;
using sockless::streamed_head;
using strings = std::vector<std::string>;

/// Memory of exactly the wanted size, in blocks of their own.
struct exact_memory {
    exact_memory(std::size_t characters, std::size_t lines) : room{std::vector<std::byte>(characters)}, fields(lines) {}

    [[nodiscard]] sockless::head_buffers space()
    {
        return {{reinterpret_cast<char*>(room.bytes().data()), room.bytes().size()}, fields};
    }

    support::exact_block room;
    std::vector<field> fields;
};

/// A server that names fields. The log has the result, and the fields of a valid request.
template <class Head>
class server_subject {
public:
    server_subject(std::size_t characters, std::size_t lines)
        : memory_{std::make_unique<exact_memory>(characters, lines)}, handshake_{memory_->space()}
    {
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        switch (handshake_.poll(in, *tx_)) {
        case server_handshake_result::need_input:
        case server_handshake_result::open: break;
        case server_handshake_result::request:
        case server_handshake_result::plain_request:
            log_.emplace_back(failed(handshake_.failure()) ? "plain" : "request");
            if constexpr (std::is_same_v<Head, sockless::whole_head>)
                heads::describe(log_, handshake_.request().fields);
            else
                heads::describe(log_, handshake_.fields());
            REQUIRE(handshake_.respond(*tx_, 204) == error::none);
            break;
        case server_handshake_result::rejected:
            log_.push_back(heads::failure_of(handshake_));
            log_.push_back(support::to_string(tx_->data()));
            break;
        }
    }
    [[nodiscard]] strings log() const { return log_; }

private:
    std::unique_ptr<exact_memory> memory_;
    std::unique_ptr<heads::wide_queue> tx_ = std::make_unique<heads::wide_queue>();
    sockless::basic_server_handshake<Head> handshake_;
    strings log_;
};

/// A client that names fields, and offers extensions if one of them is Sec-WebSocket-Extensions.
template <class Head>
class client_subject {
public:
    client_subject(std::size_t characters, std::size_t lines)
        : memory_{std::make_unique<exact_memory>(characters, lines)}, handshake_{memory_->space()}
    {
        static constexpr std::array<std::string_view, 1> subprotocols{"chat"};
        heads::wide_queue tx;
        fixed_random random;
        connect_options options{.where = {.host = "server.example.com", .path = "/chat"}, .subprotocols = subprotocols};
        if constexpr (Head::keeps("sec-websocket-extensions"))
            options.extensions = "permessage-deflate; client_max_window_bits, x-other";
        REQUIRE(handshake_.start(tx, options, random) == error::none);
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const client_handshake_result result = handshake_.poll(in);
        if (result == client_handshake_result::failed)
            log_.push_back(heads::failure_of(handshake_));
        if ((result != client_handshake_result::open && result != client_handshake_result::refused) || !log_.empty())
            return;
        log_.emplace_back(result == client_handshake_result::open ? "open" : "refused");
        if constexpr (std::is_same_v<Head, sockless::whole_head>)
            heads::describe(log_, handshake_.head().fields);
        else
            heads::describe(log_, handshake_.fields());
    }
    [[nodiscard]] strings log() const { return log_; }

private:
    std::unique_ptr<exact_memory> memory_;
    sockless::basic_client_handshake<Head> handshake_;
    strings log_;
};

template <class Subject>
strings read(const std::string& text, std::size_t characters = 512, std::size_t lines = 8)
{
    return support::feed_every_way(support::text(text), [&] { return Subject{characters, lines}; });
}

/// Of the fields of a whole head, keeps the named ones, whose names get the spelling of the program.
strings only(strings log, std::span<const std::string_view> names)
{
    strings result{log.front()};
    for (std::size_t i = 1; i < log.size(); ++i) {
        const std::size_t end = log[i].find('=');
        for (const std::string_view name : names)
            if (sockless::detail::equals_ignoring_case(name, std::string_view{log[i]}.substr(0, end)))
                result.push_back(std::string{name} + log[i].substr(end));
    }
    return result;
}

constexpr std::string_view refused_431 = "HTTP/1.1 431 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

using page_head = streamed_head::with<"Origin", "Cookie", "Authorization">;
using page_subject = server_subject<page_head>;

const head_text page_request = rfc_request.with("cookie", "a=1; b=2")
                                   .with("AUTHORIZATION", "Basic dTpw")
                                   .with("X-Other", std::string(700, 'x'))
                                   .with("Cookie", "")
                                   .with("Cookies", "no")
                                   .with("Coo", "no");

TEST_CASE("A21: a streamed server gives Origin, Cookie and Authorization, line for line as a whole head",
          "[6455-10.2-01][9110-5.2-01][HS-16][HS-20]")
{
    const strings log = read<page_subject>(page_request.text());
    CHECK(log ==
          strings{"request", "Origin=http://example.com", "Cookie=a=1; b=2", "Authorization=Basic dTpw", "Cookie="});
    constexpr std::array<std::string_view, 3> names{"Origin", "Cookie", "Authorization"};
    CHECK(log == only(read<server_subject<sockless::whole_head>>(page_request.text(), 4096, 50), names));

    // without any of them, and of a page
    CHECK(read<page_subject>(rfc_request.without("Origin").text()) == strings{"request"});
    CHECK(read<page_subject>("GET / HTTP/1.1\r\nHost: h\r\nCookie:  c \r\n\r\n") == strings{"plain", "Cookie=c"});
}

TEST_CASE("A21: fields that the handshake reads itself can be named", "[6455-4.2.1-02][HS-20]")
{
    using head = streamed_head::with<"host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version",
                                     "sec-websocket-protocol", "sec-websocket-extensions", "expect">;
    constexpr std::array<std::string_view, 8> names{"host",
                                                    "upgrade",
                                                    "connection",
                                                    "sec-websocket-key",
                                                    "sec-websocket-version",
                                                    "sec-websocket-protocol",
                                                    "sec-websocket-extensions",
                                                    "expect"};
    const std::string text = rfc_request.with("Sec-WebSocket-Protocol", "third")
                                 .with("Sec-WebSocket-Extensions", "a; b=\"c\"")
                                 .with("Expect", "100-continue")
                                 .with("sec-websocket-protocol", "fourth, fifth")
                                 .text();
    const strings log = read<server_subject<head>>(text, 512, 12);
    CHECK(log.size() == 11);
    CHECK(log == only(read<server_subject<sockless::whole_head>>(text, 4096, 50), names));

    // The list of subprotocols and the values are in one memory.
    exact_memory memory{300, 12};
    sockless::basic_server_handshake<head> handshake{memory.space()};
    const std::vector<std::byte> bytes = support::text(text);
    std::span<const std::byte> in{bytes};
    heads::wide_queue tx;
    REQUIRE(handshake.poll(in, tx) == server_handshake_result::request);
    strings listed;
    sockless::list_cursor list = handshake.subprotocols();
    for (std::string_view name; list.next(name);)
        listed.emplace_back(name);
    CHECK(listed == strings{"chat", "superchat", "third", "fourth", "fifth"});
    CHECK(handshake.target() == "/chat");
    CHECK(handshake.accept(tx, "fifth") == error::none);
}

TEST_CASE("A21: a value that does not fit is rejected with field_too_long and 431, and never cut",
          "[6455-10.4-03][HS-2][HS-20]")
{
    const auto cookie = [](std::size_t size) { // of different octets: the copy may overlap the token
        std::string text;
        while (text.size() < size)
            text += static_cast<char>('a' + text.size() % 26);
        return text;
    };
    const auto with_cookie = [&](std::size_t size) {
        return "GET / HTTP/1.1\r\nCookie: " + cookie(size) + "\r\nHost: h\r\n\r\n";
    };
    // "/", then the cookie, then names and values of the other lines
    CHECK(read<page_subject>(with_cookie(100), 1 + 100 + 4) == strings{"plain", "Cookie=" + cookie(100)});
    const std::size_t begin = std::string_view{"GET / HTTP/1.1\r\nCookie: "}.size();
    CHECK(read<page_subject>(with_cookie(100), 1 + 99) ==
          strings{heads::failure_line(error::field_too_long, begin + 99), std::string{refused_431}});
    CHECK(sockless::condition_of(error::field_too_long) == sockless::condition::limit_exceeded);
    // After it there is no memory for the name of the next line, which is another error.
    CHECK(read<page_subject>(with_cookie(100), 1 + 100 + 3) ==
          strings{heads::failure_line(error::head_too_large, begin + 100 + 2 + 3), std::string{refused_431}});
    // Of a head that is too long as a whole the error is that of the head.
    CHECK(read<page_subject>(with_cookie(9000), 9500)[0] == heads::failure_line(error::head_too_large, 8192));

    // A list of subprotocols needs memory for its two copies.
    using head = streamed_head::with<"Sec-WebSocket-Protocol">;
    const std::string twice =
        rfc_request.without("Sec-WebSocket-Protocol").with("Sec-WebSocket-Protocol", std::string(60, 'p')).text();
    CHECK(read<server_subject<head>>(twice, 5 + 61 + 60, 1)[0] == "request");
    CHECK(read<server_subject<head>>(twice, 5 + 61 + 59, 1)[0].starts_with("field_too_long at "));
}

TEST_CASE("A21: more lines than there is memory for are rejected with too_many_fields and 431", "[6455-10.4-03][HS-2]")
{
    const std::string text = "GET / HTTP/1.1\r\nOrigin: o\r\nCookie: a\r\nCookie: b\r\nHost: h\r\n\r\n";
    CHECK(read<page_subject>(text, 100, 3) == strings{"plain", "Origin=o", "Cookie=a", "Cookie=b"});
    CHECK(read<page_subject>(text, 100, 2) ==
          strings{heads::failure_line(error::too_many_fields, text.find("Host")), std::string{refused_431}});
    CHECK(read<page_subject>(text, 100, 0)[0] == heads::failure_line(error::too_many_fields, text.find("Cookie")));
}

TEST_CASE("A21: of the lines that a client names it has those of the last head only",
          "[9110-5.3-02][9110-15.2-01][9112-5.2-03][HS-20]")
{
    using head = streamed_head::with<"Set-Cookie", "sec-websocket-extensions", "Retry-After">;
    using subject = client_subject<head>;
    constexpr std::array<std::string_view, 3> names{"Set-Cookie", "sec-websocket-extensions", "Retry-After"};
    const std::string interim =
        "HTTP/1.1 103 x\r\nSet-Cookie: early=" + std::string(60, 'e') + "\r\nRetry-After: 1\r\n\r\n";
    const std::string text = rfc_response.with("Set-Cookie", "a=1")
                                 .with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=9")
                                 .with("set-cookie", "b=2")
                                 .with("Sec-WebSocket-Extensions", "x-other")
                                 .text();
    const strings expected{"open", "Set-Cookie=a=1",
                           "sec-websocket-extensions=permessage-deflate; client_max_window_bits=9", "Set-Cookie=b=2",
                           "sec-websocket-extensions=x-other"};
    CHECK(read<subject>(interim + interim + text, 100, 4) == expected);
    CHECK(read<client_subject<sockless::whole_head>>(interim + text, 4096, 50).size() == 9);
    CHECK(only(read<client_subject<sockless::whole_head>>(interim + text, 4096, 50), names) == expected);
    CHECK(read<subject>(interim + "HTTP/1.1 503 x\r\nRetry-After: 120\r\n\r\nbody", 100, 4) ==
          strings{"refused", "Retry-After=120"});
    CHECK(read<subject>("HTTP/1.1 503 x\r\nRetry-After: 120,\r\n 130\r\n\r\n", 100, 4) ==
          strings{"refused", "Retry-After=120, 130"}); // RFC 9112 5.2: a line end in a value is a space
    CHECK(read<subject>(rfc_response.with("Set-Cookie", std::string(101, 'c')).text(), 100, 4)[0].starts_with(
        "field_too_long at "));
}

TEST_CASE("A21: a streamed client negotiates permessage-deflate", "[6455-4.1-41][7692-5-16]")
{
    constexpr sockless::deflate_parameters offers[] = {{.client_max_window_bits = 15}};
    constexpr auto offer = sockless::offer_deflate(offers);
    const connect_options options{.where = {.host = "server.example.com"}, .extensions = offer.view()};
    exact_memory memory{128, 2};
    sockless::basic_client_handshake<streamed_head::with<"Sec-WebSocket-Extensions">> handshake{memory.space()};
    const auto negotiate = [&](std::string_view answer, sockless::negotiated_deflate& negotiated) {
        heads::wide_queue tx;
        fixed_random random;
        REQUIRE(handshake.start(tx, options, random) == error::none);
        REQUIRE(support::to_string(tx.data()).find("Extensions: permessage-deflate; client_max_window_bits\r\n") !=
                std::string::npos);
        head_text response = rfc_response.without("Sec-WebSocket-Protocol");
        if (!answer.empty())
            response = response.with("Sec-WebSocket-Extensions", answer);
        const std::vector<std::byte> bytes = support::text(response.text());
        std::span<const std::byte> in{bytes};
        REQUIRE(handshake.poll(in) == client_handshake_result::open);
        return check_deflate_answer(sockless::extension_cursor{handshake.fields()}, offers, negotiated);
    };
    sockless::negotiated_deflate negotiated;
    CHECK(negotiate("permessage-deflate; client_max_window_bits=9", negotiated) == error::none);
    CHECK(negotiated.sent_by(sockless::role::client).window_bits == 9);
    CHECK(negotiated.in_use());
    CHECK(negotiate("", negotiated) == error::none); // nothing is left of the answer before
    CHECK_FALSE(negotiated.in_use());
    CHECK(negotiate("permessage-deflate; client_max_window_bits=16", negotiated) ==
          error::extension_parameters_invalid);
}

TEST_CASE("A21: a streamed client that does not keep the answer neither offers nor accepts an extension",
          "[6455-4.1-36][6455-9.1-04]")
{
    std::array<char, 128> room{};
    sockless::streaming_client_handshake handshake{room};
    heads::wide_queue tx;
    fixed_random random;
    connect_options options{.where = {.host = "server.example.com"}, .extensions = "permessage-deflate"};
    CHECK(handshake.start(tx, options, random) == error::extensions_not_sendable);
    CHECK(tx.empty());
    CHECK(random.calls == 0);
    options.extensions = {};
    REQUIRE(handshake.start(tx, options, random) == error::none);
    const std::vector<std::byte> bytes = support::text(
        rfc_response.without("Sec-WebSocket-Protocol").with("Sec-WebSocket-Extensions", "permessage-deflate").text());
    std::span<const std::byte> in{bytes};
    CHECK(handshake.poll(in) == client_handshake_result::failed);
    CHECK(handshake.failure() == error::extension_not_offered);
}

TEST_CASE("6455 10.2, A21: a streamed server refuses another origin with 403", "[6455-10.2-01][6455-10.2-02][HS-16]")
{
    constexpr std::array<std::string_view, 1> allowed{"http://example.com"};
    const auto answer = [&](const head_text& request) {
        sockless::head_storage<256, 4> memory;
        sockless::basic_server_handshake<page_head> handshake{memory};
        heads::wide_queue tx;
        const std::vector<std::byte> bytes = support::text(request.text());
        std::span<const std::byte> in{bytes};
        REQUIRE(handshake.poll(in, tx) == server_handshake_result::request);
        const std::string_view origin = find_field(handshake.fields(), "origin");
        REQUIRE((sockless::is_origin_allowed(origin, allowed) ? handshake.accept(tx) : handshake.respond(tx, 403)) ==
                error::none);
        return support::to_string(tx.data()).substr(0, 13);
    };
    CHECK(answer(rfc_request) == "HTTP/1.1 101 ");
    CHECK(answer(rfc_request.set("Origin", "http://example.com.evil")) == "HTTP/1.1 403 ");
    CHECK(answer(rfc_request.set("Origin", "null")) == "HTTP/1.1 403 ");
    CHECK(answer(rfc_request.without("Origin")) == "HTTP/1.1 403 ");
}

// Without names nothing is added: neither memory nor a function.
static_assert(std::is_same_v<streamed_head::with<>, streamed_head>);
static_assert(sizeof(sockless::detail::head_store<streamed_head>) <= 3 * sizeof(void*) + 8); // memory, token, counters
template <class Handshake>
constexpr bool has_fields = requires(const Handshake& handshake) { handshake.fields(); };
static_assert(has_fields<sockless::basic_server_handshake<page_head>> &&
              has_fields<sockless::basic_client_handshake<page_head>>);
static_assert(!has_fields<sockless::streaming_server_handshake> && !has_fields<sockless::streaming_client_handshake> &&
              !has_fields<sockless::server_handshake>);
static_assert(std::is_trivially_copyable_v<sockless::basic_server_handshake<page_head>>);
static_assert(page_head::keeps("ORIGIN") && !page_head::keeps("Host") && !streamed_head::keeps("Origin"));

TEST_CASE("A16: size and number of lines of a streamed head can be chosen", "[6455-10.4-03][HS-1][HS-2]")
{
    using narrow = sockless::basic_streamed_head<60, 3>::with<"Cookie">;
    const std::string start = "GET / HTTP/1.1\r\nHost:h\r\n";
    const auto padded = [&](std::size_t size) {
        return start + "A: " + std::string(size - start.size() - 7, 'a') + "\r\n\r\n";
    };
    CHECK(read<server_subject<narrow>>(padded(60)) == strings{"plain"});
    CHECK(read<server_subject<narrow>>(padded(61))[0] == heads::failure_line(error::head_too_large, 60));
    CHECK(read<server_subject<narrow>>(start + "A:\r\nCookie: c\r\n\r\n") == strings{"plain", "Cookie=c"});
    CHECK(read<server_subject<narrow>>(start + "A:\r\nCookie: c\r\nB:\r\n\r\n")[0] ==
          heads::failure_line(error::too_many_fields, start.size() + 4 + 11));

    using wide = sockless::basic_streamed_head<100000, 300>::with<"Cookie">;
    std::string many = start;
    for (int i = 0; i < 298; ++i)
        many += "N" + std::to_string(i) + ": " + std::string(200, 'n') + "\r\n";
    const support::feed_options few{.random_cuts = 8, .random_ways = 1};
    const auto answer = [&](const std::string& text) {
        return support::feed_every_way(support::text(text), [] { return server_subject<wide>{64, 1}; }, few);
    };
    CHECK(answer(many + "Cookie: c\r\n\r\n") == strings{"plain", "Cookie=c"});
    CHECK(answer(many + "Cookie: c\r\nO:\r\n\r\n")[0].starts_with("too_many_fields at "));
    // Interim responses count together, up to one head.
    using client = client_subject<sockless::basic_streamed_head<200, 3>::with<"Date">>;
    const std::string interim = "HTTP/1.1 103 x\r\nA: " + std::string(83 - 23 + 17, 'a') + "\r\n\r\n"; // 100 octets
    REQUIRE(interim.size() == 100);
    const std::string last = "HTTP/1.1 404 x\r\nDate: today\r\n\r\n";
    CHECK(read<client>(interim + interim + last) == strings{"refused", "Date=today"});
    CHECK(read<client>(interim + interim + "HTTP/1.1 103 x\r\n\r\n" + last) ==
          strings{heads::failure_line(error::head_too_large, 0)});
}

} // namespace
