// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Runs the cases of tests/vectors/handshakes.txt. The names in the file are followed by ids of requirements.
#include "feed_head.hpp"
#include "support/catch.hpp"
#include "support/describe_deflate.hpp"
#include "support/event_lines.hpp"
#include "support/feed.hpp"
#include "support/vectors.hpp"

#include <sockless/deflate/negotiation.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using sockless::error;
using support::vector_case;
using strings = std::vector<std::string>;

strings log_of(const strings& lines, const support::byte_vector& rest)
{
    strings result = lines;
    if (!rest.empty())
        result.push_back("rest " + support::to_hex(rest));
    return result;
}

/// A server that accepts each upgrade request, and permessage-deflate if the case says so.
class server {
public:
    explicit server(const vector_case& one) : one_{&one} {}

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        switch (handshake_.poll(in, *tx_)) {
        case sockless::server_handshake_result::need_input:
        case sockless::server_handshake_result::open: break;
        case sockless::server_handshake_result::request: accept(); break;
        case sockless::server_handshake_result::plain_request:
            log_.emplace_back("plain");
            REQUIRE(handshake_.refuse(*tx_) == error::none);
            break;
        case sockless::server_handshake_result::rejected:
            log_.push_back(support::error_line(handshake_.failure()));
            break;
        }
        rest_.insert(rest_.end(), in.begin(), in.end());
    }
    [[nodiscard]] strings log() const
    {
        strings result = log_of(log_, rest_);
        result.push_back("out " + support::to_string(tx_->data()));
        return result;
    }

private:
    void accept()
    {
        log_.emplace_back("request");
        sockless::deflate_text<1> answer;
        sockless::negotiated_deflate negotiated;
        if (one_->accepts_deflate) {
            REQUIRE(accept_deflate_offer(handshake_.request().extensions(), {}, answer, negotiated) == error::none);
            log_.push_back(support::describe(negotiated, sockless::role::server));
        }
        REQUIRE(handshake_.accept(*tx_, {.extensions = answer.view()}) == error::none);
    }

    const vector_case* one_;
    std::unique_ptr<sockless::head_storage<>> storage_ = std::make_unique<sockless::head_storage<>>();
    std::unique_ptr<heads::wide_queue> tx_ = std::make_unique<heads::wide_queue>();
    sockless::server_handshake handshake_{*storage_};
    strings log_;
    support::byte_vector rest_;
};

/// A client that has sent the RFC's key. If it offers permessage-deflate it checks the answer.
template <class Handshake>
class client {
public:
    explicit client(const vector_case& one) : one_{&one}
    {
        for (const std::string& each : one.subprotocols)
            subprotocols_.emplace_back(each);
        heads::wide_queue tx;
        heads::fixed_random random;
        const sockless::connect_options options{.where = {.host = "server.example.com", .path = "/chat"},
                                                .subprotocols = subprotocols_,
                                                .extensions = one.extensions};
        REQUIRE(handshake_.start(tx, options, random) == error::none);
    }

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        const sockless::client_handshake_result result = handshake_.poll(in);
        rest_.insert(rest_.end(), in.begin(), in.end());
        if (result == sockless::client_handshake_result::need_input || !log_.empty())
            return;
        if (result == sockless::client_handshake_result::open)
            open();
        else if (result == sockless::client_handshake_result::refused)
            log_.push_back("refused " + std::to_string(status()));
        else
            log_.push_back(support::error_line(handshake_.failure()));
    }
    [[nodiscard]] strings log() const { return log_of(log_, rest_); }

private:
    static constexpr bool is_whole = std::is_same_v<Handshake, sockless::client_handshake>;

    void open()
    {
        const std::string subprotocol{this->subprotocol()};
        log_.push_back(subprotocol.empty() ? "open" : "open " + subprotocol);
        std::vector<sockless::deflate_parameters> offers;
        sockless::extension_cursor elements{std::string_view{one_->extensions}};
        for (sockless::extension element; elements.next(element);) {
            sockless::deflate_parameters offer;
            if (parse_deflate_parameters(element, sockless::role::client, offer))
                offers.push_back(offer);
        }
        if (offers.empty())
            return;
        sockless::negotiated_deflate negotiated;
        const error e = check_deflate_answer(sockless::extension_cursor{fields()}, offers, negotiated);
        log_.push_back(failed(e) ? support::error_line(e) : support::describe(negotiated, sockless::role::client));
    }
    [[nodiscard]] std::uint16_t status() const
    {
        if constexpr (is_whole)
            return handshake_.head().status;
        else
            return handshake_.status();
    }
    [[nodiscard]] std::string_view subprotocol() const
    {
        if constexpr (is_whole)
            return handshake_.response().subprotocol;
        else
            return handshake_.subprotocol();
    }
    [[nodiscard]] std::span<const sockless::field> fields() const
    {
        if constexpr (is_whole)
            return handshake_.head().fields;
        else
            return handshake_.fields();
    }

    const vector_case* one_;
    std::vector<std::string_view> subprotocols_;
    std::unique_ptr<sockless::head_storage<>> storage_ = std::make_unique<sockless::head_storage<>>();
    Handshake handshake_{*storage_};
    strings log_;
    support::byte_vector rest_;
};

template <class Subject>
strings run(const vector_case& one)
{
    return support::feed_every_way(one.in, [&] { return Subject{one}; },
                                   {.every_cut_up_to = 1024, .random_cuts = 8, .random_ways = 6});
}

TEST_CASE("6455 4: every vector of a handshake, cut in every way, gives its events, its output and its rest",
          "[6455-2.1-02]")
{
    for (const std::string& file : support::vector_files("handshakes")) {
        for (const vector_case& one : support::load_vectors(file)) {
            INFO(one.where << ": " << one.name);
            strings expected = log_of(one.events, one.rest);
            if (one.role == sockless::role::server) {
                expected.push_back("out " + support::to_string(one.out));
                CHECK(run<server>(one) == expected);
            } else {
                CHECK(run<client<sockless::client_handshake>>(one) == expected);
                CHECK(run<client<heads::streaming_extensions>>(one) == expected);
            }
        }
    }
}

} // namespace
