// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Takes the heads of an opening handshake apart, and lets the library check them.
#pragma once

#include "report.hpp"

#include <sockless/bytes/byte_queue.hpp>
#include <sockless/core/error_string.hpp>
#include <sockless/deflate/negotiation.hpp>
#include <sockless/handshake/accept_key.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/negotiation.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/http/head.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inspector {

/// Splits a head, which may be malformed, into its parts; checks nothing.
class head_describer {
public:
    /// @param text    begins with the head; outlives this object
    /// @param sender  the end that sends it
    head_describer(std::string_view text, sockless::role sender) : text_{text}, sender_{sender} {}

    /// Describes the lines up to the first empty one, or to @p end.
    [[nodiscard]] block describe(std::size_t end)
    {
        block result;
        result.is_head = true;
        result.title = sender_ == sockless::role::client ? "request" : "response";
        result.where = {0, end};
        std::size_t at = 0;
        bool start_line = true;
        while (at < end) {
            const std::size_t feed = text_.substr(0, end).find('\n', at);
            const std::size_t next = feed == std::string_view::npos ? end : feed + 1;
            std::size_t last = feed == std::string_view::npos ? end : feed;
            if (last > at && text_[last - 1] == '\r')
                --last;
            if (last == at)
                start_line = true; // of a response after an interim one
            else if (std::exchange(start_line, false))
                add_start_line(result, at, last);
            else
                add_field(result, at, last);
            at = next;
        }
        return result;
    }

private:
    void add_start_line(block& result, std::size_t at, std::size_t end) const
    {
        const bool request = sender_ == sockless::role::client;
        const std::array<const char*, 3> names =
            request ? std::array{"method", "target", "version"} : std::array{"version", "status", "reason"};
        const std::array<const char*, 3> notes =
            request ? std::array{"has to be GET (RFC 6455 4.1)", "the resource (RFC 6455 3)",
                                 "HTTP/1.1 or later (RFC 6455 4.1)"}
                    : std::array{"has to be HTTP/1.1 (RFC 6455 4.1)",
                                 "101: the server changes to WebSocket (RFC 6455 4.2.2)", ""};
        for (std::size_t i = 0; i < names.size() && at < end; ++i) {
            const std::size_t space = i == 2 ? end : std::min(text_.substr(0, end).find(' ', at), end);
            add(result, names[i], {at, space}, notes[i]);
            at = space + 1;
        }
    }

    void add_field(block& result, std::size_t at, std::size_t end) const
    {
        const std::size_t colon = std::min(text_.substr(0, end).find(':', at), end);
        std::size_t begin = colon == end ? end : colon + 1;
        std::size_t last = end;
        while (begin < last && (text_[begin] == ' ' || text_[begin] == '\t'))
            ++begin;
        while (last > begin && (text_[last - 1] == ' ' || text_[last - 1] == '\t'))
            --last;
        const std::string_view name = text_.substr(at, colon - at);
        const std::string_view value = text_.substr(begin, last - begin);
        result.fields.push_back({example::escaped(name), {at, end}, example::escaped(value), note_of(name, value)});
        if (is(name, "Sec-WebSocket-Extensions"))
            add_extensions(result, value);
        if (is(name, "Sec-WebSocket-Protocol")) {
            sockless::list_cursor list{value};
            for (std::string_view element; list.next(element);)
                add(result, "subprotocol", range_of(element), "");
        }
    }

    void add_extensions(block& result, std::string_view value) const
    {
        sockless::extension_cursor list{value};
        for (sockless::extension element; list.next(element);) {
            const range name = range_of(element.name);
            std::string note;
            if (element.name == sockless::permessage_deflate_name) {
                sockless::deflate_parameters parsed;
                note = parse_deflate_parameters(element, sender_, parsed)
                           ? "compression of messages (RFC 7692 7)"
                           : "a parameter is unknown, repeated or invalid (RFC 7692 7.1)";
            }
            add(result, "extension", name, note.c_str());
            sockless::extension::parameter_cursor parameters = element.parameters();
            for (sockless::extension::parameter one; parameters.next(one);) {
                range where = range_of(one.name);
                if (one.has_value)
                    where.end = range_of(one.value).end;
                add(result, "parameter", where, parameter_note(one.name));
            }
        }
    }

    [[nodiscard]] static const char* parameter_note(std::string_view name)
    {
        if (name.ends_with("_no_context_takeover"))
            return "no message refers to an earlier one (RFC 7692 7.1.1)";
        if (name.ends_with("_max_window_bits"))
            return "the window has at most 2 to this power bytes, 8 to 15 (RFC 7692 7.1.2)";
        return "";
    }

    [[nodiscard]] std::string note_of(std::string_view name, std::string_view value) const
    {
        const bool request = sender_ == sockless::role::client;
        if (is(name, "Host"))
            return "host and port of the server (RFC 9112 3.2)";
        if (is(name, "Upgrade"))
            return "has to name websocket (RFC 6455 4.1)";
        if (is(name, "Connection"))
            return "has to name Upgrade (RFC 6455 4.1)";
        if (is(name, "Sec-WebSocket-Version"))
            return "has to be 13 (RFC 6455 4.1)";
        if (is(name, "Sec-WebSocket-Extensions"))
            return request ? "offers, in order of preference (RFC 6455 9.1)" : "accepted offers (RFC 6455 9.1)";
        if (is(name, "Sec-WebSocket-Protocol"))
            return request ? "offers, in order of preference (RFC 6455 4.1)"
                           : "the offer that the server has chosen (RFC 6455 4.2.2)";
        if (is(name, "Origin"))
            return "origin of the page; only browsers are bound to send it (RFC 6455 10.2)";
        if (is(name, "Sec-WebSocket-Accept"))
            return "base64 of SHA-1 of the key and a constant (RFC 6455 4.2.2)";
        if (is(name, "Sec-WebSocket-Key")) {
            const sockless::accept_value accept = sockless::make_accept(value);
            return "16 random bytes in base64; Sec-WebSocket-Accept has to be " +
                   std::string{std::string_view{accept.characters.data(), accept.characters.size()}} +
                   " (RFC 6455 4.2.2)";
        }
        return {};
    }

    [[nodiscard]] static bool is(std::string_view name, std::string_view known)
    {
        const sockless::field line{name, {}};
        std::string_view value;
        return sockless::field_cursor{std::span{&line, 1}, known}.next(value);
    }

    void add(block& result, const char* name, range where, const char* note) const
    {
        result.fields.push_back(
            {name, where, example::escaped(text_.substr(where.begin, where.end - where.begin)), note});
    }
    [[nodiscard]] range range_of(std::string_view part) const
    {
        const auto begin = static_cast<std::size_t>(part.data() - text_.data());
        return {begin, begin + part.size()};
    }

    std::string_view text_;
    sockless::role sender_;
};

/// Returns the name of the field that a rule about a complete head is about; empty: the start line.
[[nodiscard]] inline std::string_view field_of(sockless::error rule)
{
    using enum sockless::error;
    switch (rule) {
    case host_missing:
    case host_repeated:
    case host_invalid: return "Host";
    case upgrade_missing:
    case upgrade_not_websocket: return "Upgrade";
    case connection_not_upgrade: return "Connection";
    case body_announced:
    case body_length_invalid: return "Content-Length";
    case key_missing:
    case key_repeated:
    case key_invalid: return "Sec-WebSocket-Key";
    case version_missing:
    case version_repeated:
    case version_invalid:
    case version_unsupported: return "Sec-WebSocket-Version";
    case subprotocol_invalid:
    case subprotocol_repeated_name:
    case subprotocol_repeated:
    case subprotocol_not_offered:
    case subprotocol_missing: return "Sec-WebSocket-Protocol";
    case extensions_invalid:
    case extension_not_offered:
    case extension_repeated:
    case extension_parameters_invalid: return "Sec-WebSocket-Extensions";
    case origin_repeated: return "Origin";
    case accept_missing:
    case accept_repeated:
    case accept_mismatch: return "Sec-WebSocket-Accept";
    default: return {};
    }
}

/// Returns where a complete head breaks @p rule: the last line with the field, or the start line.
[[nodiscard]] inline range place_of(sockless::error rule, const block& head)
{
    const std::string_view wanted = field_of(rule);
    range result = head.fields.empty() ? head.where
                                       : range{head.fields.front().where.begin,
                                               head.fields[std::min<std::size_t>(2, head.fields.size() - 1)].where.end};
    for (const field& each : head.fields) {
        const sockless::field line{each.name, {}};
        std::string_view value;
        const bool same = sockless::field_cursor{std::span{&line, 1}, wanted}.next(value);
        const bool body =
            wanted == "Content-Length" && sockless::field_cursor{std::span{&line, 1}, "Transfer-Encoding"}.next(value);
        if (!wanted.empty() && (same || body))
            result = each.where;
    }
    return result;
}

/// Returns the values of all lines of a field as one list.
[[nodiscard]] inline std::string joined(std::span<const sockless::field> fields, std::string_view name)
{
    std::string result;
    sockless::field_cursor lines{fields, name};
    for (std::string_view value; lines.next(value);)
        (result += result.empty() ? "" : ", ") += value;
    return result;
}

/// Returns the offers of permessage-deflate in a list.
[[nodiscard]] inline std::vector<sockless::deflate_parameters> deflate_offers(std::string_view list)
{
    std::vector<sockless::deflate_parameters> offers;
    sockless::extension_cursor elements{list};
    for (sockless::extension element; elements.next(element);) {
        sockless::deflate_parameters offer;
        if (element.name == sockless::permessage_deflate_name &&
            parse_deflate_parameters(element, sockless::role::client, offer))
            offers.push_back(offer);
    }
    return offers;
}

/// Reads the request at the beginning of @p bytes.
///
/// @param[out] out      direction from the client
/// @param[out] request  what it asks for, if it is valid
/// @param[out] offered  what a server with default options would agree to
/// @return the size of the head; all bytes if it is incomplete or invalid
[[nodiscard]] inline std::size_t inspect_request(std::span<const std::byte> bytes, stream& out,
                                                 request_summary& request, sockless::negotiated_deflate& offered)
{
    const auto storage = std::make_unique<sockless::head_storage<>>();
    sockless::server_handshake handshake{*storage};
    sockless::static_byte_queue<512> answer;
    auto result = sockless::server_handshake_result::need_input;
    std::size_t size = 0;
    while (size < bytes.size() && result == sockless::server_handshake_result::need_input) {
        std::span<const std::byte> in = bytes.subspan(size++, 1);
        result = handshake.poll(in, answer);
    }
    out.blocks.push_back(head_describer{sockless::as_text(bytes), sockless::role::client}.describe(size));
    const std::size_t fault = handshake.failure_offset();
    switch (result) {
    case sockless::server_handshake_result::request: {
        out.head = head_result::request;
        request.complete = true;
        request.key = handshake.request().key;
        sockless::list_cursor list = handshake.request().subprotocols();
        for (std::string_view name; list.next(name);)
            request.subprotocols.emplace_back(name);
        request.extensions = joined(handshake.request().fields, "Sec-WebSocket-Extensions");
        sockless::deflate_text<1> chosen;
        if (!failed(accept_deflate_offer(handshake.request().extensions(), {}, chosen, offered)) && offered.in_use())
            out.notes.push_back("A server of this library with default options accepts: " + std::string{chosen.view()});
        return size;
    }
    case sockless::server_handshake_result::plain_request:
        out.head = head_result::plain_request;
        out.broken = {handshake.failure(), place_of(handshake.failure(), out.blocks.back()),
                      "a request for something else than a WebSocket", 0};
        break;
    case sockless::server_handshake_result::rejected:
        out.head = head_result::failed;
        out.broken = {handshake.failure(),
                      fault != 0 ? range{fault, fault + 1} : place_of(handshake.failure(), out.blocks.back()),
                      {},
                      0};
        out.answer = sockless::as_text(answer.data());
        out.answer = out.answer.substr(0, out.answer.find('\r'));
        break;
    default: out.head = head_result::incomplete; return bytes.size();
    }
    out.unread = bytes.size() - size;
    return bytes.size();
}

/// Reads the response at the beginning of @p bytes.
///
/// @param request          what it answers; if that is not complete, every choice of the server is accepted
/// @param[out] out         direction from the server
/// @param[out] negotiated  what both ends have agreed to
/// @return the size of the head; all bytes if frames cannot follow
[[nodiscard]] inline std::size_t inspect_response(std::span<const std::byte> bytes, const request_summary& request,
                                                  stream& out, sockless::negotiated_deflate& negotiated)
{
    struct no_nonce {
        static bool fill(std::span<std::byte> bytes) noexcept
        {
            std::fill(bytes.begin(), bytes.end(), std::byte{});
            return true;
        }
    };
    const auto storage = std::make_unique<sockless::head_storage<>>();
    sockless::client_handshake handshake{*storage};
    {
        sockless::static_byte_queue<512> unused;
        no_nonce nonce;
        // The rules for the response that depend on the request are checked below.
        if (failed(handshake.start(unused, {.where = {.host = "localhost"}}, nonce)))
            return bytes.size();
    }
    auto result = sockless::client_handshake_result::need_input;
    std::size_t size = 0;
    while (size < bytes.size() && result == sockless::client_handshake_result::need_input) {
        std::span<const std::byte> in = bytes.subspan(size++, 1);
        result = handshake.poll(in);
    }
    out.blocks.push_back(head_describer{sockless::as_text(bytes), sockless::role::server}.describe(size));
    if (result == sockless::client_handshake_result::need_input) {
        out.head = head_result::incomplete;
        return bytes.size();
    }
    const sockless::response_head& head = handshake.head();
    out.status = head.status;
    if (head.status == 0) {
        const std::size_t fault = handshake.failure_offset();
        out.head = head_result::failed;
        out.broken = {handshake.failure(), fault != 0 ? range{fault, fault + 1} : range{size - 1, size}, {}, 0};
        out.unread = bytes.size() - size;
        return bytes.size();
    }

    sockless::expected_response expected;
    std::vector<std::string_view> subprotocols{request.subprotocols.begin(), request.subprotocols.end()};
    const std::string chosen = joined(head.fields, "Sec-WebSocket-Extensions");
    if (request.complete) {
        expected.accept = sockless::make_accept(request.key);
        expected.extensions = request.extensions;
    } else {
        const std::string_view accept = find_field(head.fields, "Sec-WebSocket-Accept");
        expected.accept = sockless::make_accept(std::string_view{});
        if (accept.size() == expected.accept.characters.size())
            std::copy(accept.begin(), accept.end(), expected.accept.characters.begin());
        expected.extensions = chosen;
        subprotocols = {find_field(head.fields, "Sec-WebSocket-Protocol")};
        out.notes.emplace_back(
            "The request is not there: what depends on it is not checked, such as Sec-WebSocket-Accept.");
    }
    expected.subprotocols = subprotocols;
    sockless::upgrade_response response;
    sockless::error rule = check_response(head, expected, response);
    if (!failed(rule)) {
        std::vector<sockless::deflate_parameters> offers = deflate_offers(expected.extensions);
        if (!request.complete)
            offers = {sockless::deflate_parameters{}};
        if (!offers.empty())
            rule = check_deflate_answer(response.extensions(), offers, negotiated);
    }
    if (!failed(rule)) {
        out.head = head_result::open;
        out.subprotocol = response.subprotocol;
        return size;
    }
    out.head = rule == sockless::error::status_not_101 ? head_result::refused : head_result::failed;
    out.broken = {rule, place_of(rule, out.blocks.back()), {}, 0};
    if (rule == sockless::error::accept_mismatch && request.complete)
        out.broken.detail = "the key requires " + std::string{std::string_view{expected.accept.characters.data(),
                                                                               expected.accept.characters.size()}};
    out.unread = bytes.size() - size;
    return bytes.size();
}

} // namespace inspector
