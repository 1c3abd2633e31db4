// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "../handshake/feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/proxy/http_proxy.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::error;
using sockless::field;
using sockless::head_storage;
using sockless::http_proxy;
using sockless::proxy_result;
using strings = std::vector<std::string>;

/// A client that has requested a tunnel. The log has the result and the remaining input.
class subject {
public:
    subject()
    {
        sockless::static_byte_queue<200> tx;
        REQUIRE(proxy_.start(tx, "example.com", 443) == error::none);
    }
    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const proxy_result outcome = proxy_.poll(in);
        switch (outcome) {
        case proxy_result::need_input: REQUIRE(in.empty()); break;
        case proxy_result::tunnel:
        case proxy_result::refused:
            if (log_.empty())
                log_.push_back((outcome == proxy_result::tunnel ? "tunnel " : "refused ") +
                               std::to_string(proxy_.head().status) + " " + std::string{proxy_.head().reason});
            REQUIRE(proxy_.is_tunnel() == (outcome == proxy_result::tunnel));
            REQUIRE(proxy_.failure() == (outcome == proxy_result::tunnel ? error::none : error::proxy_refused));
            break;
        case proxy_result::failed:
            REQUIRE(in.empty());
            REQUIRE(proxy_.head().status == 0);
            log_.push_back(heads::failure_line(proxy_.failure(), proxy_.failure_offset()));
            break;
        }
        rest_ += support::to_string(in);
    }
    [[nodiscard]] strings log() const
    {
        strings result = log_;
        if (!rest_.empty())
            result.push_back("rest " + rest_);
        return result;
    }

private:
    std::unique_ptr<head_storage<>> storage_ = std::make_unique<head_storage<>>();
    http_proxy proxy_{*storage_};
    strings log_;
    std::string rest_;
};

strings answered(std::string_view text, const support::feed_options& options = {.random_ways = 4})
{
    return support::feed_every_way(support::text(text), [] { return subject{}; }, options);
}

std::string request(std::string_view host, std::uint16_t port, std::span<const field> fields = {})
{
    head_storage<> storage;
    http_proxy proxy{storage};
    sockless::static_byte_queue<500> tx;
    REQUIRE(proxy.start(tx, host, port, fields) == error::none);
    return support::to_string(tx.data());
}

TEST_CASE("9112 3.2.3: CONNECT has host and port, even the default port", "[9112-3.2.3-01][6455-4.1-06]")
{
    CHECK(request("example.com", 443) == "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
    CHECK(request("example.com", 80) == "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n");
    CHECK(request("[2001:db8::1]", 65535) ==
          "CONNECT [2001:db8::1]:65535 HTTP/1.1\r\nHost: [2001:db8::1]:65535\r\n\r\n");
    const std::array fields{field{"Proxy-Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
                            field{"User-Agent", "x"}};
    CHECK(request("h", 1, fields) == "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nProxy-Authorization: Basic "
                                     "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\nUser-Agent: x\r\n\r\n");

    for (const auto& [text, target] :
         {std::pair{"ws://a", "a:80"}, {"wss://a/b?c", "a:443"}, {"wss://a:8443", "a:8443"}}) {
        sockless::uri where;
        REQUIRE(parse_uri(text, where) == error::none);
        head_storage<> storage;
        http_proxy proxy{storage};
        sockless::static_byte_queue<200> tx;
        REQUIRE(proxy.start(tx, where) == error::none);
        CHECK(support::to_string(tx.data()).starts_with("CONNECT " + std::string{target} + " HTTP/1.1\r\n"));
    }
}

TEST_CASE("9110 9.3.6: a request for a tunnel that is not written changes nothing", "[HS-12]")
{
    head_storage<> storage;
    http_proxy proxy{storage};
    sockless::static_byte_queue<60> tx;
    REQUIRE(proxy.start(tx, "h", 80) == error::none);
    tx.clear();
    const std::array broken{field{"Proxy-Authorization", "a\r\nb: c"}};
    const std::array reserved{field{"Host", "other"}};
    CHECK(proxy.start(tx, "a b", 80) == error::host_not_sendable);
    CHECK(proxy.start(tx, "", 80) == error::host_not_sendable);
    CHECK(proxy.start(tx, "h\r\n", 80) == error::host_not_sendable);
    CHECK(proxy.start(tx, "::1", 80) == error::host_not_sendable);
    CHECK(proxy.start(tx, "h", 0) == error::uri_port_invalid);
    CHECK(proxy.start(tx, "h", 80, broken) == error::field_not_sendable);
    CHECK(proxy.start(tx, "h", 80, reserved) == error::field_reserved);
    CHECK(proxy.start(tx, "a-name-that-does-not-fit-twice.example", 80) == error::no_space);
    CHECK(tx.empty());
    const support::byte_vector text = support::text("HTTP/1.1 200 OK\r\n\r\n"); // the answer to the first one
    std::span<const std::byte> in{text};
    CHECK(proxy.poll(in) == proxy_result::tunnel);
}

TEST_CASE(
    "9110 9.3.6: with any 2xx the tunnel begins immediately after the head, whatever the head announces as a body",
    "[9110-9.3.6-01]")
{
    for (const std::string_view status : {"200", "201", "204", "205", "206", "299"}) {
        const std::string head = "HTTP/1.1 " + std::string{status} + " Connection established\r\n";
        const std::string expected = "tunnel " + std::string{status} + " Connection established";
        CHECK(answered(head + "\r\n") == strings{expected});
        CHECK(answered(head + "Content-Length: 5\r\n\r\nbytes of the server") ==
              strings{expected, "rest bytes of the server"});
        CHECK(answered(head + "Transfer-Encoding: chunked\r\n\r\n5\r\n") == strings{expected, "rest 5\r\n"});
    }
    CHECK(answered("HTTP/1.0 200 OK\r\n\r\nx") == strings{"tunnel 200 OK", "rest x"});
    CHECK(answered("HTTP/1.1 200 \r\nVia: 1.1 a\r\n\r\n") == strings{"tunnel 200 "});
}

TEST_CASE("9110 15.2: interim responses of a proxy are skipped, up to a limit", "[9110-15.2-01][HS-2]")
{
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(answered(interim + "HTTP/1.1 103 x\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx") ==
          strings{"tunnel 200 OK", "rest x"});
    CHECK(answered("HTTP/1.1 101 Switching Protocols\r\n\r\nx") ==
          strings{"refused 101 Switching Protocols", "rest x"});
    std::string endless;
    while (endless.size() < 10000)
        endless += interim;
    CHECK(answered(endless, {.random_cuts = 8, .random_ways = 2}) == strings{"head_too_large at 0"});
}

TEST_CASE("A16: size and number of fields of a proxy's response can be chosen", "[6455-10.4-03][HS-1][HS-2]")
{
    const auto answer = [](std::string_view response) {
        head_storage<60, 2> storage;
        http_proxy proxy{storage};
        sockless::static_byte_queue<200> tx;
        REQUIRE(proxy.start(tx, "h", 80) == error::none);
        const std::vector<std::byte> text = support::text(response);
        std::span<const std::byte> in{text};
        static_cast<void>(proxy.poll(in));
        return proxy.failure();
    };
    const auto padded = [](std::size_t size) {
        const std::string start = "HTTP/1.1 200 OK\r\nVia: ";
        return start + std::string(size - start.size() - 4, 'v') + "\r\n\r\n";
    };
    CHECK(answer(padded(60)) == error::none);
    CHECK(answer(padded(61)) == error::head_too_large);
    CHECK(answer("HTTP/1.1 200 OK\r\nA:\r\nB:\r\n\r\n") == error::none);
    CHECK(answer("HTTP/1.1 200 OK\r\nA:\r\nB:\r\nC:\r\n\r\n") == error::too_many_fields);
}

TEST_CASE("9110 9.3.6: any other status refuses the tunnel, and the program can read the response", "[9110-9.3.6-01]")
{
    for (const std::string_view status : {"300", "302", "400", "403", "407", "500", "502", "504", "999"})
        CHECK(answered("HTTP/1.1 " + std::string{status} + " No\r\nContent-Length: 4\r\n\r\nbody") ==
              strings{"refused " + std::string{status} + " No", "rest body"});

    head_storage<> storage;
    http_proxy proxy{storage};
    sockless::static_byte_queue<200> tx;
    REQUIRE(proxy.start(tx, "h", 80) == error::none);
    support::byte_vector text = support::text("HTTP/1.1 407 Proxy Authentication Required\r\n"
                                              "Proxy-Authenticate: Basic realm=\"a\"\r\n\r\nplease");
    std::span<std::byte> in{text};
    REQUIRE(proxy.poll(in) == proxy_result::refused);
    CHECK(proxy.failure() == error::proxy_refused);
    CHECK(condition_of(proxy.failure()) == sockless::condition::handshake_unacceptable);
    CHECK(find_field(proxy.head().fields, "proxy-authenticate") == "Basic realm=\"a\"");
    CHECK(support::to_string(in) == "please");
    CHECK(proxy.poll(in) == proxy_result::refused); // and never anything else
    CHECK(support::to_string(in) == "please");

    // A second attempt, with credentials, over another transport.
    tx.clear();
    std::array<char, 40> room{};
    const std::array fields{field{"Proxy-Authorization", sockless::basic_credentials("Aladdin", "open sesame", room)}};
    REQUIRE(proxy.start(tx, "h", 80, fields) == error::none);
    CHECK(proxy.head().status == 0);
    CHECK(proxy.failure() == error::none);
    CHECK(support::to_string(tx.data()).find("QWxhZGRpbjpvcGVuIHNlc2FtZQ==") != std::string::npos);
    text = support::text("HTTP/1.1 200 OK\r\n\r\n");
    in = text;
    CHECK(proxy.poll(in) == proxy_result::tunnel);
}

TEST_CASE("9112 4: an answer that is not an HTTP/1 response fails once, and the input after it is discarded", "[HS-11]")
{
    CHECK(answered("HTTP/2.0 200 OK\r\n\r\nx") == strings{"http_version_unsupported at 0"});
    CHECK(answered("SSH-2.0-x\r\n") == strings{"status_line_invalid at 0"});
    CHECK(answered("HTTP/1.1 200 OK\r\nbad line\r\n\r\nx") == strings{"field_name_space at 20"});
    CHECK(answered("HTTP/1.1 200 OK\nx") == strings{"line_end_invalid at 15"});
    CHECK(answered("HTTP/1.1 200 " + std::string(9000, 'a'), {.random_cuts = 8, .random_ways = 2}) ==
          strings{"head_too_large at 8192"});
}

TEST_CASE("7617 2: credentials are the base64 form of name, colon and password")
{
    std::array<char, 64> room{};
    CHECK(sockless::basic_credentials("Aladdin", "open sesame", room) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK(sockless::basic_credentials("test", "123\xC2\xA3", room) == "Basic dGVzdDoxMjPCow=="); // RFC 7617 2.1
    CHECK(sockless::basic_credentials("", "", room) == "Basic Og==");
    CHECK(sockless::basic_credentials("a", "b:c", room) == "Basic YTpiOmM=");
    CHECK(sockless::basic_credentials("a:b", "c", room).empty());
    CHECK(sockless::basic_credentials("a\n", "c", room).empty());
    CHECK(sockless::basic_credentials("a", "c\x7F", room).empty());
    CHECK(sockless::basic_credentials("a\tb", "c", room).empty());
    for (std::size_t user = 0; user < 5; ++user) {
        for (std::size_t password = 0; password < 5; ++password) {
            const std::size_t size = sockless::basic_credentials_size(user, password);
            const std::string name(user, 'u');
            const std::string word(password, 'p');
            CHECK(sockless::basic_credentials(name, word, std::span{room}.first(size)).size() == size);
            CHECK(sockless::basic_credentials(name, word, std::span{room}.first(size - 1)).empty());
        }
    }
    std::array<char, 20> exact{};
    CHECK(sockless::basic_credentials("a", "b", exact) == "Basic YTpi");
}

TEST_CASE("6455 4.1: the handshake through a tunnel is the same as without a proxy", "[6455-4.1-06][9110-9.3.6-01]")
{
    head_storage<> storage;
    sockless::static_byte_queue<500> tx;
    sockless::connect_options wanted;
    REQUIRE(parse_uri("ws://server.example.com/chat", wanted.where) == error::none);
    http_proxy proxy{storage};
    REQUIRE(proxy.start(tx, wanted.where) == error::none);
    tx.clear();
    // Bytes of the server would follow the proxy's head directly.
    const support::byte_vector bytes = support::text(
        "HTTP/1.1 200 OK\r\n\r\n" + heads::rfc_response.without("Sec-WebSocket-Protocol").text() + "\x81");
    std::span<const std::byte> in{bytes};
    REQUIRE(proxy.poll(in) == proxy_result::tunnel);
    sockless::client_handshake handshake{storage}; // the same memory
    heads::fixed_random random;
    REQUIRE(handshake.start(tx, wanted, random) == error::none);
    CHECK(support::to_string(tx.data()).starts_with("GET /chat HTTP/1.1\r\nHost: server.example.com\r\n"));
    CHECK(handshake.poll(in) == sockless::client_handshake_result::open);
    CHECK(in.size() == 1);
}

} // namespace
