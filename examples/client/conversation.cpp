// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "conversation.hpp"

#include "../support/printable.hpp"

#include <sockless/core/error_string.hpp>

#include <algorithm>
#include <cstdio>
#include <poll.h>
#include <utility>

namespace example {

namespace {

/// With this much waiting to be sent, nothing is added. Reading goes on, or two peers that both wait for the other to read would
/// wait for ever; but not where each message that comes makes one that has to go, as with --echo.
constexpr std::size_t high_water = std::size_t{256} << 10;
/// For pongs and close frames on top of that.
constexpr std::size_t slack = std::size_t{4} << 10;
constexpr std::size_t longest_text_shown = 1000;

void print(const std::string& line)
{
    std::printf("%s\n", line.c_str());
}

std::string with_size(std::string_view what, std::span<const std::byte> bytes)
{
    return std::string{what} + ' ' + std::to_string(bytes.size()) + ' ';
}

/// The lines of an HTTP head, marked like frames.
void print_head(std::string_view mark, std::string_view head)
{
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        const std::string shown = quoted(line);
        print(std::string{mark} + (line.empty() ? "" : " ") + shown.substr(1, shown.size() - 2));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
    }
}

/// Any message that is to be sent fits, as long as there is less than `high_water` before it.
std::size_t room_for(const options& wanted) noexcept
{
    std::size_t most = wanted.max_message + sockless::max_header_size;
    for (const action& one : wanted.actions)
        most = std::max(most, room_when_deflated(wanted.deflate, one.payload.size()) +
                                  one.fragments * room_when_deflated(wanted.deflate, sockless::max_header_size));
    return high_water + most + slack;
}

sockless::limits limits_for(const options& wanted) noexcept
{
    return {.frame_bytes = room_when_deflated(wanted.deflate, wanted.max_message), .message_bytes = wanted.max_message};
}

} // namespace

conversation::conversation(transport server, const options& wanted)
    : wanted_{&wanted},
      server_{std::move(server)},
      connection_{limits_for(wanted)},
      tx_{room_for(wanted)},
      message_{wanted.max_message},
      time_limit_{wanted.wait.count() == 0 ? std::chrono::milliseconds{5000} : wanted.wait}
{
    more_time();
}

bool conversation::run()
{
    if (!open())
        return false;
    while (true) {
        poll_events();
        act();
        write_socket();
        if (gave_up_ || (connection_.finished() && tx_.empty()))
            break;
        if (in_.empty() || is_congested())
            wait();
    }
    part();
    show_end();
    return connection_.close_received() && !failed(connection_.failure()) && !reported_;
}

// ---------------------------------------------------------------------------------------------------- the handshake

bool conversation::open()
{
    sockless::head_storage<> storage;
    sockless::client_handshake handshake{storage};
    sockless::connect_options request;
    request.where = wanted_->where;
    request.subprotocols = wanted_->subprotocols;
    request.fields = wanted_->fields;
    request.origin = wanted_->origin;
    const std::string offers = deflate_offers(wanted_->deflate);
    request.extensions = offers;
    sockless::os_random random;
    if (const sockless::error e = handshake.start(tx_, request, random); failed(e)) {
        report(e);
        return false;
    }
    if (wanted_->explain)
        print_head("->", sockless::as_text(tx_.data()));

    std::string head;
    while (true) {
        write_socket();
        const std::span<std::byte> before = in_;
        const sockless::client_handshake_result outcome = handshake.poll(in_);
        head += sockless::as_text(before.first(before.size() - in_.size()));
        if (outcome != sockless::client_handshake_result::need_input) {
            if (wanted_->explain)
                print_head("<-", head);
            return show_outcome(handshake, outcome);
        }
        if (input_ended_ || gave_up_) {
            if (!input_ended_)
                print("timeout no answer to the request");
            else if (const std::string reason = server_.failure(); !reason.empty())
                print("error no_connection: " + reason);
            else
                print("error connection_lost: no answer to the request");
            return false;
        }
        wait();
    }
}

bool conversation::show_outcome(const sockless::client_handshake& handshake, sockless::client_handshake_result outcome)
{
    if (outcome == sockless::client_handshake_result::refused) {
        const std::string reason = quoted(handshake.head().reason);
        print("refused " + std::to_string(handshake.head().status) + ' ' + reason.substr(1, reason.size() - 2));
        return false;
    }
    if (outcome != sockless::client_handshake_result::open) {
        report(handshake.failure());
        return false;
    }
    const sockless::upgrade_response& response = handshake.response();
    if (const sockless::error e = agree(response); failed(e)) {
        report(e);
        return false;
    }
    print("open protocol=" + std::string{response.subprotocol} +
          " extensions=" + std::string{find_field(response.fields, sockless::field_name::websocket_extensions)});
    handshake_sent_ = true;
    if (wanted_->explain)
        std::fputs(received_.explain(in_).c_str(), stdout); // frames that came right behind the response
    more_time();
    return true;
}

/// What the server answered to our offers of permessage-deflate.
sockless::error conversation::agree(const sockless::upgrade_response& response)
{
    sockless::negotiated_deflate agreed;
    if (const sockless::error e = check_deflate_answer(response.extensions(), wanted_->deflate.terms, agreed);
        failed(e))
        return e;
    if (!agreed.in_use())
        return sockless::error::none;
    codec_ = std::make_unique<deflate_codec>(wanted_->deflate.effort, wanted_->deflate.sending);
    if (!codec_->open(agreed, sockless::role::client))
        return sockless::error::no_memory;
    connection_ = decltype(connection_){
        {.limits = limits_for(*wanted_), .decoder = codec_->decoder(inflated_), .encoder = codec_->encoder()}};
    sent_.allow(connection_.extension_encoder().reserved_bits());
    received_.allow(connection_.extension_decoder().reserved_bits());
    return sockless::error::none;
}

// ---------------------------------------------------------------------------------------------------- what is sent

/// Does what may be done now; closes when nothing is left.
void conversation::act()
{
    send_lines();
    while (next_action_ < wanted_->actions.size() && messages_due_ + pongs_due_ == 0 && has_room())
        act_on(wanted_->actions[next_action_++]);
    const bool more_lines = wanted_->from_input && !(lines_ended_ && lines_.empty());
    const bool more = next_action_ < wanted_->actions.size() || more_lines || wanted_->echo;
    if (!more && messages_due_ + pongs_due_ == 0 && connection_.is_open())
        act_on({action::kind::close, {}, 1, sockless::close_code::normal});
}

void conversation::act_on(const action& next)
{
    const bool waits = wanted_->wait.count() != 0 && !wanted_->echo;
    sockless::error e = sockless::error::none;
    switch (next.what) {
    case action::kind::text:
    case action::kind::binary:
        e = send_message(next);
        if (!failed(e)) {
            ++messages_sent_;
            messages_due_ += waits ? 1U : 0U;
        }
        break;
    case action::kind::ping:
        e = connection_.ping(tx_, sockless::as_bytes(next.payload));
        if (!failed(e) && waits)
            ++pongs_due_;
        break;
    case action::kind::close:
        e = next.code ? connection_.close(tx_, *next.code, next.payload) : connection_.close(tx_);
        break;
    }
    report(e);
    more_time();
}

sockless::error conversation::send_message(const action& message)
{
    if (message.fragments > 1)
        return send_pieces(message);
    return message.what == action::kind::text ? connection_.send_text(tx_, message.payload)
                                              : connection_.send_binary(tx_, sockless::as_bytes(message.payload));
}

/// As many frames as asked for, as even as can be; a character may lie in two of them.
sockless::error conversation::send_pieces(const action& message)
{
    const bool text = message.what == action::kind::text;
    std::span<const std::byte> rest = sockless::as_bytes(message.payload);
    if (text && !sockless::is_utf8(rest)) // before the first piece has left: a message that was begun has to be ended
        return sockless::error::payload_not_utf8;
    sockless::error e = connection_.begin_message(text ? sockless::opcode::text : sockless::opcode::binary);
    for (std::size_t left = message.fragments; left > 1 && !failed(e); --left) {
        const std::size_t size = (rest.size() + left - 1) / left;
        e = connection_.send_fragment(tx_, rest.first(size));
        rest = rest.subspan(size);
    }
    return failed(e) ? e : connection_.end_message(tx_, rest);
}

void conversation::send_lines()
{
    if (lines_ended_ && !lines_.empty() && lines_.back() != '\n')
        lines_ += '\n';
    std::size_t begin = 0;
    for (std::size_t end = lines_.find('\n'); end != std::string::npos && has_room(); end = lines_.find('\n', begin)) {
        act_on({action::kind::text, lines_.substr(begin, end - begin), 1, {}});
        begin = end + 1;
    }
    lines_.erase(0, begin);
}

// ---------------------------------------------------------------------------------------------------- what comes

void conversation::poll_events()
{
    while (!is_congested()) {
        const std::size_t collected = message_.size();
        const sockless::event event = connection_.poll(in_, tx_, whole_);
        if (message_.size() != collected)
            more_time();
        if (event.kind() == sockless::event_kind::need_input)
            return;
        show(event);
    }
}

void conversation::show(const sockless::event& event)
{
    switch (event.kind()) {
    case sockless::event_kind::need_input: return;
    case sockless::event_kind::message: show_message(event); break;
    case sockless::event_kind::ping: print(with_size("ping", event.payload()) + quoted(event.text())); return;
    case sockless::event_kind::pong:
        print(with_size("pong", event.payload()) + quoted(event.text()));
        pongs_due_ -= pongs_due_ == 0 ? 0U : 1U;
        break;
    case sockless::event_kind::close: // printed when the transport has ended
        code_ = event.code();
        reason_ = event.reason();
        break;
    case sockless::event_kind::error: report(event.failure()); break;
    }
    more_time();
}

void conversation::show_message(const sockless::event& message)
{
    ++messages_received_;
    messages_due_ -= messages_due_ == 0 ? 0U : 1U;
    if (!message.is_text())
        print(with_size("binary", message.payload()) + digest(message.payload()));
    else if (message.payload().size() > longest_text_shown)
        print(with_size("text", message.payload()) + digest(message.payload()));
    else
        print(with_size("text", message.payload()) + quoted(message.text()));
    if (!wanted_->echo || !connection_.is_open())
        return;
    ++messages_sent_;
    report(message.is_text() ? connection_.send_text(tx_, message.text(), sockless::assume_utf8)
                             : connection_.send_binary(tx_, message.payload()));
}

void conversation::show_end() const
{
    const bool clean = connection_.close_received() && !failed(connection_.failure());
    print("close " + std::to_string(static_cast<std::uint16_t>(clean ? code_ : sockless::close_code::abnormal)) + ' ' +
          quoted(clean ? reason_ : std::string{}) + (clean ? " clean" : " unclean"));
    if (!wanted_->explain)
        return;
    const auto figures = [](std::uint64_t messages, const auto& frames) {
        return std::to_string(messages) + " messages, " +
               (frames.compressed() == 0 ? std::string{} : std::to_string(frames.compressed()) + " compressed, ") +
               std::to_string(frames.frames()) + " frames, " + std::to_string(frames.bytes()) + " bytes";
    };
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began_).count();
    print("total sent " + figures(messages_sent_, sent_) + "; received " + figures(messages_received_, received_) +
          "; " + std::to_string(time / 1000) + '.' + std::to_string(time / 100 % 10) + " ms");
}

void conversation::report(sockless::error e)
{
    if (!failed(e))
        return;
    reported_ = true;
    print("error " + std::string{name_of(e)} + ": " + std::string{to_string(e)});
}

// ---------------------------------------------------------------------------------------------------- the socket and the clock

/// Whether a message may be added to what waits to be sent.
bool conversation::has_room() const noexcept
{
    return connection_.is_open() && tx_.size() < high_water;
}

/// Whether nothing is polled until the server has taken some of what waits.
bool conversation::is_congested() const noexcept
{
    return wanted_->echo && connection_.is_open() && tx_.size() >= high_water;
}

/// Whether the other side has to do something before the deadline.
bool conversation::is_hurried() const noexcept
{
    return messages_due_ + pongs_due_ != 0 || !handshake_sent_ || !connection_.is_open() || !tx_.empty() ||
           wanted_->echo;
}

int conversation::patience() const noexcept
{
    if (!is_hurried())
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

void conversation::wait()
{
    const bool reading = in_.empty() && !input_ended_;
    const bool typing = wanted_->from_input && !lines_ended_ && handshake_sent_ && has_room();
    const readiness needs = server_.needs(reading, !tx_.empty());
    std::array<pollfd, 2> ready{{{server_.socket(), 0, 0}, {typing ? 0 : -1, POLLIN, 0}}};
    ready[0].events = static_cast<short>((needs.input ? POLLIN : 0) | (needs.output ? POLLOUT : 0));
    const int count = ::poll(ready.data(), ready.size(), patience());
    if (count < 0) {
        check(errno == EINTR ? 0 : -1, "poll");
        return;
    }
    if ((ready[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !reading)
        lose();
    else if (ready[0].revents != 0 && reading)
        read_socket();
    if (ready[1].revents != 0)
        read_input();
    if (count == 0)
        run_out_of_time();
}

void conversation::read_socket()
{
    const io_result got = server_.receive(buffer_);
    switch (got.status) {
    case io_status::would_block: return;
    case io_status::ended:
    case io_status::failed: lose(); return;
    case io_status::done: break;
    }
    in_ = std::span{buffer_}.first(got.count);
    if (handshake_sent_ && wanted_->explain)
        std::fputs(received_.explain(in_).c_str(), stdout);
}

void conversation::write_socket()
{
    while (!tx_.empty()) {
        const io_result sent = server_.send(tx_.data());
        if (sent.status == io_status::would_block)
            return;
        if (sent.status != io_status::done) {
            tx_.clear(); // what the server has sent before it went may still be read
            return;
        }
        if (handshake_sent_ && wanted_->explain)
            std::fputs(sent_.explain(tx_.data().first(sent.count)).c_str(), stdout);
        tx_.consume(sent.count);
        more_time();
    }
}

void conversation::read_input()
{
    std::array<char, 4096> room{};
    const ssize_t count = ::read(0, room.data(), room.size());
    if (count > 0)
        lines_.append(room.data(), static_cast<std::size_t>(count));
    else if (count == 0 || errno != EINTR)
        lines_ended_ = true;
}

void conversation::lose()
{
    input_ended_ = true;
    in_ = {};
    if (handshake_sent_)
        show(connection_.end_of_input());
}

void conversation::run_out_of_time()
{
    if (connection_.finished() || !handshake_sent_ || !tx_.empty()) {
        gave_up_ = true;
        if (handshake_sent_ && !connection_.finished()) {
            print("timeout the server takes no more bytes");
            lose();
        }
    } else if (!connection_.is_open()) {
        print("timeout no close frame");
        lose();
    } else if (wanted_->echo) {
        act_on({action::kind::close, {}, 1, sockless::close_code::normal});
    } else {
        print("timeout no answer");
        messages_due_ = pongs_due_ = 0;
    }
    more_time();
}

/// Both sides have said all. RFC 6455 7.1.1: the server closes the transport first, and the client waits for it. After a
/// failure our close frame is the last: the socket is kept until the server has seen it, for a reset would destroy it.
void conversation::part()
{
    const bool server_first = connection_.close_expected();
    if (!server_first)
        end_stream();
    tx_.clear();
    more_time();
    gave_up_ = false;
    while (!input_ended_ && !gave_up_) {
        in_ = {};
        wait();
    }
    if (server_first)
        end_stream();
}

/// With TLS there are some last bytes to say so, and they may have to wait.
void conversation::end_stream()
{
    more_time();
    pollfd ready{server_.socket(), POLLOUT, 0};
    while (!server_.end() && ::poll(&ready, 1, patience()) > 0) {
    }
}

} // namespace example
