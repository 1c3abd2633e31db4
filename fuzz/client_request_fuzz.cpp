// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// For any options the client either writes nothing or writes one well-formed request with these options; a server accepts it, and the client
/// accepts the server's response. No byte of the program ends a line early. The same holds over HTTP/2.
///
/// The first byte selects which options are present; host, path, query, origin, extensions, subprotocols and fields follow, each with a byte
/// for its length.
#include "slow_head.hpp"
#include "watch.hpp"

#include "support/hex.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/extended_connect.hpp>
#include <sockless/handshake/server_handshake.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using sockless::error;
using support::to_string;
using strings = std::vector<std::string>;

struct counted_random {
    bool fill(std::span<std::byte> out) noexcept
    {
        for (std::byte& b : out)
            b = static_cast<std::byte>(++next);
        return true;
    }
    unsigned char next = 0;
};

/// Returns text from the input, in memory that stays valid.
class texts {
public:
    explicit texts(fuzz::decisions& in) : in_{in} { kept_.reserve(64); }

    std::string_view operator()()
    {
        kept_.push_back(to_string(in_.bytes(in_.byte() % 64)));
        return kept_.back();
    }

private:
    fuzz::decisions& in_;
    strings kept_;
};

/// Returns the subprotocols in order, as the server reads them.
strings offered(sockless::list_cursor list)
{
    strings result;
    for (std::string_view name; list.next(name);)
        result.emplace_back(name);
    return result;
}

void check_request(const fuzz::slow_head& read, const sockless::connect_options& options)
{
    require(read.good && read.start[0] == "GET" && read.start[2] == "1.1", "the request is one well-formed head");
    std::string target{options.where.path};
    if (!options.where.query.empty())
        target += '?' + std::string{options.where.query};
    require(read.start[1].ends_with(target), "the target has the path");
    std::vector<std::pair<std::string, std::string>> added;
    for (const sockless::field& each : options.fields)
        added.emplace_back(each.name, each.value);
    require(
        read.fields.size() > added.size() &&
            std::equal(added.begin(), added.end(), read.fields.end() - static_cast<std::ptrdiff_t>(added.size()) - 1),
        "the request has the program's fields before the key");
    require(read.fields.back().first == "Sec-WebSocket-Key", "the key is the last field");
    require(read.values("host").size() == 1 && read.values("sec-websocket-key").size() == 1,
            "the request has one line of each of its own fields");
    require(read.values("origin") == (options.origin.empty() ? strings{} : strings{std::string{options.origin}}),
            "the request has the origin");
}

/// The same options over HTTP/2: the same errors, but for names that HTTP/2 does not have, and a request that the server accepts.
void check_extended_connect_with(const sockless::connect_options& options, error over_http1)
{
    std::array<char, 1024> text;
    std::array<sockless::field, 16> room;
    std::span<sockless::field> written{room};
    const error e = fuzz::core([&] { return write_connect_fields(written, text, options); });
    const bool has_field_fault = e == error::field_not_sendable || e == error::field_reserved;
    require(e == over_http1 || (has_field_fault && !options.fields.empty()), "the error is that of HTTP/1.1");
    if (failed(e))
        return;
    sockless::upgrade_request request;
    require(fuzz::core([&] { return check_extended_connect(sockless::connect_head::from(written), request); }) ==
                error::none,
            "the server accepts the request over HTTP/2");
    const strings names = offered(request.subprotocols());
    require(std::equal(names.begin(), names.end(), options.subprotocols.begin(), options.subprotocols.end()) &&
                request.path == options.where.path && request.query == options.where.query &&
                request.host == options.where.host && request.origin == options.origin,
            "and receives what the client has asked for");
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    texts text{in};
    sockless::connect_options request;
    request.where.secure = (choice & 1U) != 0;
    request.where.port = static_cast<std::uint16_t>((choice & 2U) != 0 ? 80 : in.byte() * 257);
    request.form = (choice & 4U) != 0 ? sockless::connect_options::target_form::absolute
                                      : sockless::connect_options::target_form::origin;
    request.where.host = (choice & 8U) != 0 ? "example.com" : text();
    request.where.path = (choice & 16U) != 0 ? "/" : text();
    request.where.query = text();
    request.origin = (choice & 32U) != 0 ? "" : text();
    request.extensions = (choice & 64U) != 0 ? "" : text();
    std::array<std::string_view, 4> subprotocols;
    const std::size_t subprotocol_count = in.byte() % 5;
    for (std::size_t i = 0; i < subprotocol_count; ++i)
        subprotocols[i] = text();
    request.subprotocols = std::span{subprotocols}.first(subprotocol_count);
    std::array<sockless::field, 4> fields;
    const std::size_t field_count = in.byte() % 5;
    for (std::size_t i = 0; i < field_count; ++i) {
        fields[i].name = text();
        fields[i].value = text();
    }
    request.fields = std::span{fields}.first(field_count);

    const auto client_storage = std::make_unique<sockless::head_storage<>>();
    const auto tx = std::make_unique<sockless::static_byte_queue<8192>>();
    sockless::client_handshake client{*client_storage};
    counted_random random;
    const error e = fuzz::core([&] { return client.start(*tx, request, random); });
    check_extended_connect_with(request, e);
    if (failed(e)) {
        require(tx->empty() && condition_of(e) == sockless::condition::misuse, "an invalid request writes nothing");
        return;
    }
    const std::string written = to_string(tx->data());
    const fuzz::slow_head read = fuzz::read_head_slowly(written, true);
    check_request(read, request);
    require(read.size == written.size(), "nothing follows the head");

    const auto server_storage = std::make_unique<sockless::head_storage<>>();
    const auto answer = std::make_unique<sockless::static_byte_queue<8192>>();
    sockless::server_handshake server{*server_storage};
    std::span<const std::byte> bytes = tx->data();
    require(fuzz::core([&] { return server.poll(bytes, *answer); }) == sockless::server_handshake_result::request,
            "the server accepts the request");
    const strings names = offered(server.request().subprotocols());
    require(std::equal(names.begin(), names.end(), request.subprotocols.begin(), request.subprotocols.end()),
            "the server receives the subprotocols");
    require(server.request().path == request.where.path && server.request().query == request.where.query,
            "and the path");
    require(server.request().host == request.where.host, "and the host");
    const sockless::accept_options all{.subprotocol =
                                           names.empty() ? std::string_view{} : std::string_view{names.back()},
                                       .extensions = request.extensions};
    require(fuzz::core([&] { return server.accept(*answer, all); }) == error::none, "what was offered can be accepted");
    bytes = answer->data();
    require(fuzz::core([&] { return client.poll(bytes); }) == sockless::client_handshake_result::open && bytes.empty(),
            "the client accepts the response");
    require(client.response().subprotocol == all.subprotocol, "client and server have the same subprotocol");
}

const fuzz::target here{"client_request", body};

} // namespace
