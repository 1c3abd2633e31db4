// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "member.hpp"

#include "../support/plain_request.hpp"
#include "../support/text.hpp"

#include <sockless/bytes/utf8_stream.hpp>
#include <sockless/handshake/negotiation.hpp>
#include <sockless/handshake/server_response.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

namespace example {

namespace {

constexpr std::array<std::string_view, 1> subprotocols{"chat.v1"};
constexpr std::size_t max_name_size = 64;

/// @return whether @p name is printable UTF-8 of limited length
bool is_valid_name(const std::optional<std::string>& name)
{
    return name && name->size() <= max_name_size && sockless::is_utf8(sockless::as_bytes(*name)) &&
           std::none_of(name->begin(), name->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

std::uint64_t parse_number_or_zero(const std::optional<std::string>& text)
{
    std::uint64_t value = 0;
    if (text)
        std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::span<const sockless::field> json_fields()
{
    static constexpr std::array<sockless::field, 3> fields{
        {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}};
    return fields;
}

/// Body of a poll response. It contains the size of the request and of the response, heads included; these numbers have a fixed
/// width, because they would otherwise change the size that they report.
std::string poll_body(const std::vector<room::entry>& texts, std::uint64_t newest, std::size_t request_size)
{
    std::string list;
    for (const room::entry& one : texts)
        list.append(list.empty() ? "" : ",").append(sockless::as_text(one.message->payload()));
    const auto text = [&](std::size_t size) {
        std::array<char, 96> front{};
        std::snprintf(front.data(), front.size(), R"({"newest":%llu,"up":%6zu,"down":%8zu,"texts":[)",
                      static_cast<unsigned long long>(newest), request_size, size);
        return front.data() + list + "]}";
    };
    sockless::static_byte_queue<1024> head;
    const std::string body = text(0);
    if (failed(write_response_head(head, 200, json_fields(), body.size())))
        return body;
    return text(head.size() + body.size());
}

} // namespace

member::member(server_loop& loop, transport peer, const chat_options& options, chat_state& state, ticks now)
    : websocket_session{loop, std::move(peer), options.sessions, now}, options_{&options}, state_{&state}
{
}

member::~member()
{
    if (room* const where = leave_room(); where != nullptr)
        state_->all.erase_if_unused(*where);
}

// ---------------------------------------------------------------------------------------------------- requests

void member::on_request()
{
    const sockless::upgrade_request& request = ws().request();
    const std::optional<std::string> name = query_value(request.query, "name");
    const std::optional<std::string> where = query_value(request.query, "room");
    if (request.path != "/chat")
        return report(ws().reject(404));
    // RFC 6455 10.2: only our own page and the listed origins may connect from a browser. Programs send no Origin field.
    if (request.has_origin && !options_->origins.allows_origin(request.origin, socket()))
        return report(ws().reject(403));
    if (!is_valid_name(name) || !is_valid_name(where))
        return report(ws().reject(400));
    room_ = state_->all.find_or_create(where->empty() ? "lobby" : *where);
    if (room_ == nullptr)
        return report(ws().reject(503));
    room_->add_waiting(*this);
    after_ = parse_number_or_zero(query_value(request.query, "after"));
    id_ = ++state_->members;
    name_ = name->empty() ? "guest " + std::to_string(id_) : *name;
    report(ws().accept({.subprotocol = choose_subprotocol(request.subprotocols(), subprotocols)}));
}

void member::on_plain_request()
{
    const std::string_view path = ws().request().path;
    if (const std::uint16_t status = status_without_page(ws().request()); status != 0)
        report(ws().reject(status, allowed_methods));
    else if (path == "/")
        respond_with_page();
    else if (path == "/poll" || path == "/wait")
        start_poll(path == "/wait");
    else
        report(ws().reject(404));
}

void member::respond_with_page()
{
    // The page is self-contained; the policy prevents that chat content loads anything.
    constexpr std::string_view policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
        "img-src blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    constexpr std::array<sockless::field, 4> fields{{{"Content-Type", "text/html; charset=utf-8"},
                                                     {"Content-Security-Policy", policy},
                                                     {"X-Content-Type-Options", "nosniff"},
                                                     {"Cache-Control", "no-cache"}}};
    report(ws().reject(200, fields, options_->page));
}

void member::start_poll(bool waits)
{
    ++state_->polls;
    const sockless::upgrade_request& request = ws().request();
    // A page whose host name resolves to this server (DNS rebinding) could read the response: for the browser it has one origin.
    if (!options_->origins.allows_host(find_field(request.fields, "Host"), socket()))
        return report(ws().reject(421));
    const std::optional<std::string> where = query_value(request.query, "room");
    const std::optional<std::string> after = query_value(request.query, "after");
    room_ = where ? state_->all.find(where->empty() ? "lobby" : *where) : nullptr;
    if (room_ == nullptr)
        return report(ws().reject(404));
    after_ = parse_number_or_zero(after);
    if (after && after->empty())
        after_ = state_->shared ? state_->shared->newest(*room_) : state_->texts; // only texts that follow
    if (!waits || room_->newest() > after_)
        return finish_poll();
    long_poll_ = true;
    long_poll_start_ = now();
    room_->add_watcher(*this);
}

void member::finish_poll() noexcept
{
    long_poll_ = false;
    const room* where = std::exchange(room_, nullptr);
    if (where == nullptr)
        return;
    try {
        report(ws().reject(200, json_fields(),
                           poll_body(where->after(after_), std::max(after_, where->newest()), bytes_received())));
    } catch (const std::exception&) { // std::bad_alloc
        request_drop();
    }
    request_flush();
}

void member::on_time(ticks now)
{
    if (long_poll_ && now - long_poll_start_ >= options_->poll_timeout) {
        room* where = room_;
        where->remove(*this);
        finish_poll();
        state_->all.erase_if_unused(*where);
    }
}

// ---------------------------------------------------------------------------------------------------- chat

void member::on_open()
{
    opened_ = true;
    if (!state_->shared || state_->shared->is_ready(*room_))
        return enter();
    report(ws().send(std::string_view{R"({"type":"backplane","state":"down"})"}));
}

void member::enter() noexcept
{
    if (!opened_ || welcomed_ || room_ == nullptr)
        return;
    try {
        welcome();
    } catch (const std::exception&) { // std::bad_alloc
        request_drop();
    }
    request_flush();
}

/// With a backplane: the welcome has the number of the newest message; those of the history follow, then all others.
void member::welcome()
{
    room_->admit(*this);
    welcomed_ = true;
    std::string json = R"({"type":"welcome","room":)" + json_string(room_->name()) + ',' + sender_fields();
    if (!state_->shared) {
        report(ws().send(json + '}'));
        return announce(*room_, "joined");
    }
    backplane& shared = *state_->shared;
    json += R"(,"n":)" + std::to_string(shared.newest(*room_)) + R"(,"backplane":")" +
            (shared.is_up() ? "up" : "down") + "\"}";
    report(ws().send(json));
    shared.send_history(*room_, after_, *this);
    shared.join(*room_, *this);
}

void member::leave(sockless::close_code code, std::string_view reason) noexcept
{
    try {
        close(code, reason);
    } catch (const std::exception&) {
        request_drop();
        request_flush();
    }
}

void member::on_message(const sockless::event& message)
{
    if (!message.is_text())
        return broadcast_picture(message.payload());
    const std::string_view text = message.text();
    if (text.starts_with("/echo "))
        report(ws().send(R"({"type":"echo","text":)" + json_string(text.substr(6)) + '}'));
    else if (text.starts_with("/say "))
        broadcast_text(text.substr(5));
    else if (text == "/members")
        list_members();
    else if (text.starts_with('/'))
        send_error("there is no such command");
    else
        broadcast_text(text);
}

void member::list_members()
{
    if (room_ == nullptr)
        return;
    if (state_->shared)
        return state_->shared->list_members(*room_, *this);
    constexpr std::size_t max_listed = 500;
    std::string list;
    for (const member* one : std::span{room_->members()}.first(std::min(room_->size(), max_listed)))
        list.append(list.empty() ? "{" : ",{").append(one->sender_fields()).append("}");
    report(ws().send(members_json(room_->size(), list)));
}

/// The message returns from the backplane. What it does not accept is reported to the sender.
void member::publish(room_message::kind type, std::string_view content)
{
    if (room_ == nullptr)
        return;
    switch (state_->shared->publish(*room_, {type, id_, name_, content})) {
    case publish_result::queued: return;
    case publish_result::full: return send_error("the message was not sent: too many wait for the backplane");
    case publish_result::too_large: return send_error("the message is too large");
    }
}

void member::send_error(std::string_view problem)
{
    report(ws().send(R"({"type":"error","text":)" + json_string(problem) + '}'));
}

void member::broadcast_text(std::string_view text)
{
    if (!fits(json_size(text)))
        return;
    if (state_->shared) {
        ++state_->texts;
        return publish(room_message::kind::text, text);
    }
    const std::uint64_t number = ++state_->texts;
    state_->deliveries += room_->size();
    room_->broadcast_text(number, make_shared_message(budget(), sockless::opcode::text,
                                                      R"({"type":"text","n":)" + std::to_string(number) + ',' +
                                                          sender_fields() + R"(,"text":)" + json_string(text) + '}'));
}

void member::broadcast_picture(std::span<const std::byte> picture)
{
    if (!fits(picture.size()))
        return;
    ++state_->pictures;
    if (state_->shared)
        return publish(room_message::kind::picture, sockless::as_text(picture));
    state_->deliveries += room_->size();
    std::string payload = R"({"type":"picture",)" + sender_fields() + "}\n";
    payload += sockless::as_text(picture);
    room_->broadcast(make_shared_message(budget(), sockless::opcode::binary, payload));
}

std::string member::sender_fields() const
{
    return example::sender_fields(id_, name_, state_->shared ? std::string_view{state_->shared->node()} : "");
}

/// Half of the backlog's limit: a member that has no backlog, or less than that, can receive any message. Only members that do not
/// keep up are closed.
bool member::fits(std::uint64_t size)
{
    constexpr std::uint64_t max_front = 1024; // of the JSON in front of the content
    if (size + max_front <= max_backlog() / 2)
        return true;
    send_error("the message is too large");
    return false;
}

void member::announce(room& where, std::string_view type)
{
    where.broadcast(make_shared_message(budget(), sockless::opcode::text,
                                        R"({"type":")" + std::string{type} + R"(",)" + sender_fields() +
                                            R"(,"members":)" + std::to_string(where.size()) + '}'));
}

room* member::leave_room() noexcept
{
    room* const where = std::exchange(room_, nullptr);
    long_poll_ = false;
    if (where != nullptr) {
        where->remove(*this);
        if (welcomed_ && state_->shared)
            state_->shared->leave(*where, *this);
    }
    return where;
}

void member::on_close() noexcept
{
    room* const where = leave_room();
    if (where == nullptr)
        return;
    try {
        if (welcomed_ && !state_->shared)
            announce(*where, "left");
    } catch (const std::exception&) {
        // Without memory the others are not informed.
    }
    state_->all.erase_if_unused(*where);
}

} // namespace example
