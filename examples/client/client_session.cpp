// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "client_session.hpp"

#include "../support/printable.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/frame/close_payload.hpp>

#include <algorithm>
#include <cstdio>
#include <poll.h>
#include <utility>

namespace example {

namespace {

/// Above this much pending output nothing is queued. Reading continues, because two peers that both wait for the other to read
/// would block each other; only with --echo, where each message queues another, reading pauses too.
constexpr std::size_t high_water = std::size_t{256} << 10;
/// Space for pongs and close frames in addition to the high mark.
constexpr std::size_t slack = std::size_t{4} << 10;
constexpr std::size_t max_text_printed = 1000;

void print(const std::string& line)
{
    std::printf("%s\n", line.c_str());
}

std::string with_size(std::string_view what, std::span<const std::byte> bytes)
{
    return std::string{what} + ' ' + std::to_string(bytes.size()) + ' ';
}

/// Prints the lines of an HTTP head with the prefix @p mark.
void print_head(std::string_view mark, std::string_view head)
{
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        print(std::string{mark} + (line.empty() ? "" : " ") + escaped(line));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
    }
}

/// @return a capacity that holds `high_water` bytes and the largest message that may be queued after them
std::size_t output_capacity(const options& wanted) noexcept
{
    std::size_t max_queued = wanted.max_message + sockless::frame_header::max_size;
    for (const action& one : wanted.actions)
        max_queued = std::max(max_queued,
                              max_deflated_size(wanted.deflate, one.payload.size()) +
                                  one.fragments * max_deflated_size(wanted.deflate, sockless::frame_header::max_size));
    return high_water + max_queued + slack;
}

sockless::limits limits_for(const options& wanted) noexcept
{
    return {.frame_bytes = max_deflated_size(wanted.deflate, wanted.max_message), .message_bytes = wanted.max_message};
}

} // namespace

client_session::client_session(transport server, const options& wanted)
    : options_{&wanted},
      server_{std::move(server)},
      connection_{limits_for(wanted)},
      tx_{output_capacity(wanted)},
      message_{wanted.max_message},
      time_limit_{wanted.wait.count() == 0 ? std::chrono::milliseconds{5000} : wanted.wait}
{
    restart_timeout();
}

bool client_session::run()
{
    if (!perform_handshake())
        return false;
    while (true) {
        poll_events();
        perform_actions();
        write_socket();
        if (timed_out_ || (connection_.finished() && tx_.empty()))
            break;
        if (in_.empty() || is_output_full())
            wait();
    }
    close_transport();
    print_summary();
    return connection_.close_received() && !failed(connection_.failure()) && !error_reported_;
}

// ---------------------------------------------------------------------------------------------------- handshake

bool client_session::perform_handshake()
{
    sockless::head_storage<> storage;
    sockless::client_handshake handshake{storage};
    sockless::connect_options request;
    request.where = options_->where;
    request.subprotocols = options_->subprotocols;
    request.fields = options_->fields;
    request.origin = options_->origin;
    const std::string offers = deflate_offers(options_->deflate);
    request.extensions = offers;
    sockless::os_random random;
    if (const sockless::error e = handshake.start(tx_, request, random); failed(e)) {
        report(e);
        return false;
    }
    if (options_->explain)
        print_head("->", sockless::as_text(tx_.data()));

    std::string head;
    while (true) {
        write_socket();
        const std::span<std::byte> before = in_;
        const sockless::client_handshake_result outcome = handshake.poll(in_);
        head += sockless::as_text(before.first(before.size() - in_.size()));
        if (outcome != sockless::client_handshake_result::need_input) {
            if (options_->explain)
                print_head("<-", head);
            return print_handshake_result(handshake, outcome);
        }
        if (input_ended_ || timed_out_) {
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

bool client_session::print_handshake_result(const sockless::client_handshake& handshake,
                                            sockless::client_handshake_result outcome)
{
    if (outcome == sockless::client_handshake_result::refused) {
        print("refused " + std::to_string(handshake.head().status) + ' ' + escaped(handshake.head().reason));
        print_body(handshake.head());
        return false;
    }
    if (outcome != sockless::client_handshake_result::open) {
        report(handshake.failure());
        return false;
    }
    const sockless::upgrade_response& response = handshake.response();
    if (const sockless::error e = negotiate_deflate(response); failed(e)) {
        report(e);
        return false;
    }
    print("open protocol=" + escaped(response.subprotocol) +
          " extensions=" + escaped(find_field(response.fields, "Sec-WebSocket-Extensions")));
    is_open_ = true;
    if (options_->explain)
        std::fputs(received_.explain(in_).c_str(), stdout); // frames that followed the response in the same read
    restart_timeout();
    return true;
}

/// Reads the body of a response that is no WebSocket, and prints its begin.
void client_session::print_body(const sockless::response_head& head)
{
    sockless::body_reader body{head};
    std::string content;
    tx_.clear(); // the server does not wait for the rest of the request
    restart_timeout();
    while (!body.finished()) {
        for (auto piece = body.poll(in_); !piece.empty(); piece = body.poll(in_))
            content += sockless::as_text(piece);
        if (input_ended_ || timed_out_)
            static_cast<void>(body.end_of_input());
        else if (!body.finished())
            wait();
    }
    if (!content.empty())
        print(with_size("body", sockless::as_bytes(content)) + quoted_begin(content, max_text_printed));
    report(body.failure());
}

/// Evaluates the server's answer to the offers of permessage-deflate.
sockless::error client_session::negotiate_deflate(const sockless::upgrade_response& response)
{
    sockless::negotiated_deflate negotiated;
    if (const sockless::error e = check_deflate_answer(response.extensions(), options_->deflate.terms, negotiated);
        failed(e))
        return e;
    if (!negotiated.in_use())
        return sockless::error::none;
    codec_ = std::make_unique<deflate_codec>(options_->deflate.compression, options_->deflate.sending);
    if (!codec_->open(negotiated, sockless::role::client))
        return sockless::error::no_memory;
    connection_ = decltype(connection_){
        {.limits = limits_for(*options_), .decoder = codec_->decoder(inflated_), .encoder = codec_->encoder()}};
    sent_.allow(connection_.extension_encoder().reserved_bits());
    received_.allow(connection_.extension_decoder().reserved_bits());
    return sockless::error::none;
}

// ---------------------------------------------------------------------------------------------------- sending

/// Performs the actions that are possible now; closes the connection after the last one.
void client_session::perform_actions()
{
    send_lines();
    while (next_action_ < options_->actions.size() && messages_expected_ + pongs_expected_ == 0 && has_room())
        perform(options_->actions[next_action_++]);
    const bool more_lines = options_->from_input && !(lines_ended_ && lines_.empty());
    const bool more = next_action_ < options_->actions.size() || more_lines || options_->echo;
    if (!more && messages_expected_ + pongs_expected_ == 0 && connection_.is_open())
        perform({action::kind::close, {}, 1, sockless::close_code::normal});
}

void client_session::perform(const action& next)
{
    const bool waits = options_->wait.count() != 0 && !options_->echo;
    sockless::error e = sockless::error::none;
    switch (next.what) {
    case action::kind::text:
    case action::kind::binary:
        e = send_message(next);
        if (!failed(e)) {
            ++messages_sent_;
            messages_expected_ += waits ? 1U : 0U;
        }
        break;
    case action::kind::ping:
        e = connection_.ping(tx_, sockless::as_bytes(next.payload));
        if (!failed(e) && waits)
            ++pongs_expected_;
        break;
    case action::kind::close:
        e = next.code ? connection_.close(tx_, *next.code, sockless::close_payload::truncated_reason(next.payload))
                      : connection_.close(tx_);
        break;
    }
    report(e);
    restart_timeout();
}

sockless::error client_session::send_message(const action& message)
{
    if (message.fragments > 1)
        return send_fragments(message);
    return message.what == action::kind::text ? connection_.send_text(tx_, message.payload)
                                              : connection_.send_binary(tx_, sockless::as_bytes(message.payload));
}

/// Sends the message in the requested number of frames of similar size; a character may be split between frames.
sockless::error client_session::send_fragments(const action& message)
{
    const bool text = message.what == action::kind::text;
    std::span<const std::byte> payload = sockless::as_bytes(message.payload);
    if (text && !sockless::is_utf8(payload)) // checked first: a message that was begun has to be ended
        return sockless::error::payload_not_utf8;
    sockless::error e = connection_.begin_message(text ? sockless::opcode::text : sockless::opcode::binary);
    for (std::size_t remaining = message.fragments; remaining > 1 && !failed(e); --remaining) {
        const std::size_t size = (payload.size() + remaining - 1) / remaining;
        e = connection_.send_fragment(tx_, payload.first(size));
        payload = payload.subspan(size);
    }
    return failed(e) ? e : connection_.end_message(tx_, payload);
}

void client_session::send_lines()
{
    if (lines_ended_ && !lines_.empty() && lines_.back() != '\n')
        lines_ += '\n';
    std::size_t begin = 0;
    for (std::size_t end = lines_.find('\n'); end != std::string::npos && has_room(); end = lines_.find('\n', begin)) {
        perform({action::kind::text, lines_.substr(begin, end - begin), 1, {}});
        begin = end + 1;
    }
    lines_.erase(0, begin);
}

// ---------------------------------------------------------------------------------------------------- receiving

void client_session::poll_events()
{
    while (!is_output_full()) {
        const std::size_t collected = message_.size();
        const sockless::event event = connection_.poll(in_, tx_, assembler_);
        if (message_.size() != collected)
            restart_timeout();
        if (event.kind() == sockless::event_kind::need_input)
            return;
        print_event(event);
    }
}

void client_session::print_event(const sockless::event& event)
{
    switch (event.kind()) {
    case sockless::event_kind::need_input:
    case sockless::event_kind::request: // of a `websocket` only, like the next three
    case sockless::event_kind::plain_request:
    case sockless::event_kind::body:
    case sockless::event_kind::open: return;
    case sockless::event_kind::message: print_message(event); break;
    case sockless::event_kind::ping: print(with_size("ping", event.payload()) + quoted(event.text())); return;
    case sockless::event_kind::pong:
        print(with_size("pong", event.payload()) + quoted(event.text()));
        if (pongs_expected_ == 0)
            return;
        --pongs_expected_;
        break;
    case sockless::event_kind::close: // printed when the transport has ended
        code_ = event.code();
        reason_ = event.reason();
        break;
    case sockless::event_kind::error: report(event.failure()); break;
    }
    restart_timeout();
}

void client_session::print_message(const sockless::event& message)
{
    ++messages_received_;
    messages_expected_ -= messages_expected_ == 0 ? 0U : 1U;
    if (!message.is_text())
        print(with_size("binary", message.payload()) + digest(message.payload()));
    else if (message.payload().size() > max_text_printed)
        print(with_size("text", message.payload()) + digest(message.payload()));
    else
        print(with_size("text", message.payload()) + quoted(message.text()));
    if (!options_->echo || !connection_.is_open())
        return;
    ++messages_sent_;
    report(message.is_text() ? connection_.send_text(tx_, message.text(), sockless::assume_utf8{})
                             : connection_.send_binary(tx_, message.payload()));
}

void client_session::print_summary() const
{
    const bool clean = connection_.close_received() && !failed(connection_.failure());
    print("close " + std::to_string(static_cast<std::uint16_t>(clean ? code_ : sockless::close_code::abnormal)) + ' ' +
          quoted(clean ? reason_ : std::string{}) + (clean ? " clean" : " unclean"));
    if (!options_->explain)
        return;
    const auto figures = [](std::uint64_t messages, const auto& frames) {
        return std::to_string(messages) + " messages, " +
               (frames.compressed() == 0 ? std::string{} : std::to_string(frames.compressed()) + " compressed, ") +
               std::to_string(frames.frames()) + " frames, " + std::to_string(frames.bytes()) + " bytes";
    };
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start_time_).count();
    print("total sent " + figures(messages_sent_, sent_) + "; received " + figures(messages_received_, received_) +
          "; " + std::to_string(time / 1000) + '.' + std::to_string(time / 100 % 10) + " ms");
}

void client_session::report(sockless::error e)
{
    if (!failed(e))
        return;
    error_reported_ = true;
    print("error " + std::string{name_of(e)} + ": " + std::string{to_string(e)});
}

// ---------------------------------------------------------------------------------------------------- socket and time

/// @return whether a message may be queued
bool client_session::has_room() const noexcept
{
    return connection_.is_open() && tx_.size() < high_water;
}

/// @return whether polling pauses until the server has received pending output
bool client_session::is_output_full() const noexcept
{
    return options_->echo && connection_.is_open() && tx_.size() >= high_water;
}

/// @return whether the server has to do something before the deadline
bool client_session::has_deadline() const noexcept
{
    return messages_expected_ + pongs_expected_ != 0 || !is_open_ || !connection_.is_open() || !tx_.empty() ||
           options_->echo;
}

int client_session::poll_timeout() const noexcept
{
    if (!has_deadline())
        return -1;
    const auto remaining = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(remaining, 0, 3'600'000));
}

void client_session::wait()
{
    const bool reading = in_.empty() && !input_ended_;
    const bool typing = options_->from_input && !lines_ended_ && is_open_ && has_room();
    const readiness needs = server_.needs(reading, !tx_.empty());
    std::array<pollfd, 2> ready{{{server_.socket(), 0, 0}, {typing ? 0 : -1, POLLIN, 0}}};
    ready[0].events = static_cast<short>((needs.input ? POLLIN : 0) | (needs.output ? POLLOUT : 0));
    const int count = ::poll(ready.data(), ready.size(), poll_timeout());
    if (count < 0) {
        check(errno == EINTR ? 0 : -1, "poll");
        return;
    }
    if ((ready[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !reading)
        on_eof();
    else if (ready[0].revents != 0 && reading)
        read_socket();
    if (ready[1].revents != 0)
        read_input();
    if (count == 0)
        on_timeout();
}

void client_session::read_socket()
{
    const io_result got = server_.receive(buffer_);
    switch (got.status) {
    case io_status::would_block: return;
    case io_status::ended:
    case io_status::failed: on_eof(); return;
    case io_status::done: break;
    }
    in_ = std::span{buffer_}.first(got.count);
    if (is_open_ && options_->explain)
        std::fputs(received_.explain(in_).c_str(), stdout);
}

void client_session::write_socket()
{
    while (!tx_.empty()) {
        const io_result sent = server_.send(tx_.data());
        if (sent.status == io_status::would_block)
            return;
        if (sent.status != io_status::done) {
            tx_.clear(); // data that the server sent earlier can still be read
            return;
        }
        if (is_open_ && options_->explain)
            std::fputs(sent_.explain(tx_.data().first(sent.count)).c_str(), stdout);
        tx_.consume(sent.count);
        if (!tx_.empty()) // progress of a large message; a pong, which the library queues, does not extend the wait
            restart_timeout();
    }
}

void client_session::read_input()
{
    std::array<char, 4096> room{};
    const ssize_t count = ::read(0, room.data(), room.size());
    if (count > 0)
        lines_.append(room.data(), static_cast<std::size_t>(count));
    else if (count == 0 || errno != EINTR)
        lines_ended_ = true;
}

void client_session::on_eof()
{
    input_ended_ = true;
    in_ = {};
    if (is_open_)
        print_event(connection_.end_of_input());
}

void client_session::on_timeout()
{
    if (connection_.finished() || !is_open_ || !tx_.empty()) {
        timed_out_ = true;
        if (is_open_ && !connection_.finished()) {
            print("timeout the server takes no more bytes");
            on_eof();
        }
    } else if (!connection_.is_open()) {
        print("timeout no close frame");
        on_eof();
    } else if (options_->echo) {
        perform({action::kind::close, {}, 1, sockless::close_code::normal});
    } else {
        print("timeout no answer");
        messages_expected_ = pongs_expected_ = 0;
    }
    restart_timeout();
}

/// Ends the transport. RFC 6455 7.1.1: the server closes it first, and the client waits for that. After a failure our close
/// frame is the last output; the socket stays open until the server has received it, because a reset would discard it.
void client_session::close_transport()
{
    const bool server_first = connection_.close_expected();
    if (!server_first)
        end_stream();
    tx_.clear();
    restart_timeout();
    timed_out_ = false;
    while (!input_ended_ && !timed_out_) {
        in_ = {};
        wait();
    }
    if (server_first)
        end_stream();
}

/// TLS sends close_notify, which may have to wait for the socket.
void client_session::end_stream()
{
    restart_timeout();
    pollfd ready{server_.socket(), POLLOUT, 0};
    while (!server_.end() && ::poll(&ready, 1, poll_timeout()) > 0) {
    }
}

} // namespace example
