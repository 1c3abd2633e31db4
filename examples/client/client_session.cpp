// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "client_session.hpp"

#include "../support/printable.hpp"

#include <sockless/bytes/utf8_stream.hpp>
#include <sockless/core/error_string.hpp>
#include <sockless/frame/close_payload.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <poll.h>
#include <string_view>
#include <unistd.h>
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

/// The time-out of --wait is that of this program: it depends on what it waits for, and on progress.
client_session::websocket::options options_for(const options& wanted) noexcept
{
    client_session::websocket::options result;
    result.limits.frame_bytes = max_deflated_size(wanted.deflate, wanted.max_message);
    result.limits.message_bytes = wanted.max_message;
    result.deflate = &wanted.deflate;
    result.handshake_timeout = result.ping_interval = result.closing_timeout = 0;
    result.high_water = wanted.echo ? high_water : std::numeric_limits<std::size_t>::max();
    result.receive_while_closing = true; // the replies to what was sent before
    return result;
}

std::uint64_t now() noexcept
{
    using namespace std::chrono;
    return static_cast<std::uint64_t>(duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

} // namespace

client_session::client_session(transport server, const options& wanted)
    : options_{&wanted},
      server_{std::move(server)},
      storage_{{.message = wanted.max_message, .output = output_capacity(wanted)}},
      ws_{storage_, options_for(wanted)},
      time_limit_{wanted.wait.count() == 0 ? std::chrono::milliseconds{5000} : wanted.wait}
{
    restart_timeout();
}

bool client_session::run()
{
    if (!connect())
        return false;
    while (true) {
        needs_ = ws_.poll(*this, now());
        perform_actions();
        if (write_socket())
            continue;
        if (needs_.shut_down_write)
            end_stream();
        if (needs_.close)
            return was_clean_ && !error_reported_;
        wait();
    }
}

bool client_session::connect()
{
    sockless::connect_options request;
    request.where = options_->where;
    request.subprotocols = options_->subprotocols;
    request.fields = options_->fields;
    request.origin = options_->origin;
    sockless::os_random random;
    const sockless::error e = ws_.connect(request, random);
    report(e);
    if (!failed(e) && options_->explain)
        print_head("->", sockless::as_text(ws_.write_buffer()));
    return !failed(e);
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
    if (!more && messages_expected_ + pongs_expected_ == 0 && is_open())
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
        e = ws_.ping(sockless::as_bytes(next.payload));
        if (!failed(e) && waits)
            ++pongs_expected_;
        break;
    case action::kind::close:
        if (next.code)
            e = ws_.close(*next.code, sockless::close_payload::truncated_reason(next.payload));
        else
            ws_.close();
        break;
    }
    report(e);
    restart_timeout();
}

sockless::error client_session::send_message(const action& message)
{
    if (message.fragments > 1)
        return send_fragments(message);
    return message.what == action::kind::text ? ws_.send(message.payload)
                                              : ws_.send(sockless::as_bytes(message.payload));
}

/// Sends the message in the requested number of frames of similar size; a character may be split between frames.
sockless::error client_session::send_fragments(const action& message)
{
    const bool text = message.what == action::kind::text;
    std::span<const std::byte> payload = sockless::as_bytes(message.payload);
    if (text && !sockless::is_utf8(payload)) // checked first: a message that was begun has to be ended
        return sockless::error::payload_not_utf8;
    sockless::error e = ws_.begin_message(text ? sockless::opcode::text : sockless::opcode::binary);
    for (std::size_t remaining = message.fragments; remaining > 1 && !failed(e); --remaining) {
        const std::size_t size = (payload.size() + remaining - 1) / remaining;
        e = ws_.send_fragment(payload.first(size));
        payload = payload.subspan(size);
    }
    return failed(e) ? e : ws_.end_message(payload);
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

// ---------------------------------------------------------------------------------------------------- events

void client_session::on_open(websocket& ws)
{
    print_response_head();
    const std::string_view extensions = find_field(ws.response().fields, "Sec-WebSocket-Extensions");
    print("open protocol=" + escaped(ws.protocol()) + " extensions=" + escaped(extensions));
    const std::uint8_t reserved_bits = extensions.empty() ? std::uint8_t{0} : sockless::frame_header::rsv1;
    sent_.allow(reserved_bits);
    received_.allow(reserved_bits);
    opened_ = true;
    restart_timeout();
}

void client_session::on_message(websocket& ws, const sockless::event& message)
{
    ++messages_received_;
    messages_expected_ -= messages_expected_ == 0 ? 0U : 1U;
    restart_timeout();
    if (!message.is_text())
        print(with_size("binary", message.payload()) + digest(message.payload()));
    else if (message.payload().size() > max_text_printed)
        print(with_size("text", message.payload()) + digest(message.payload()));
    else
        print(with_size("text", message.payload()) + quoted(message.text()));
    if (!options_->echo || !is_open())
        return;
    ++messages_sent_;
    report(message.is_text() ? ws.send(message.text(), sockless::assume_utf8{}) : ws.send(message.payload()));
}

void client_session::on_ping(websocket&, const sockless::event& ping)
{
    ++controls_received_;
    print(with_size("ping", ping.payload()) + quoted(ping.text()));
}

void client_session::on_pong(websocket&, const sockless::event& pong)
{
    ++controls_received_;
    print(with_size("pong", pong.payload()) + quoted(pong.text()));
    if (pongs_expected_ == 0)
        return;
    --pongs_expected_;
    restart_timeout();
}

void client_session::on_body(websocket&, const sockless::event& piece)
{
    body_ += piece.text();
}

void client_session::on_error(websocket& ws, const sockless::event& e)
{
    if (!opened_)
        print_response_head();
    print_body();
    const bool no_response = !opened_ && e.failure() == sockless::error::connection_lost;
    if (e.failure() == sockless::error::status_not_101) {
        print("refused " + std::to_string(ws.response().status) + ' ' + escaped(ws.response().reason));
        restart_timeout();
    } else if (!no_response) {
        report(e.failure());
    } else if (!timed_out_) {
        const std::string reason = server_.failure();
        print(reason.empty() ? "error connection_lost: no answer to the request" : "error no_connection: " + reason);
    }
}

void client_session::on_close(websocket&, const sockless::event& e)
{
    print_body();
    if (!opened_)
        return;
    was_clean_ = e.was_clean();
    const auto code = was_clean_ ? e.code() : sockless::close_code::abnormal;
    print("close " + std::to_string(static_cast<std::uint16_t>(code)) + ' ' +
          quoted(was_clean_ ? e.reason() : std::string_view{}) + (was_clean_ ? " clean" : " unclean"));
    if (options_->explain)
        print_figures();
}

void client_session::print_response_head()
{
    print_head("<-", head_);
    head_.clear();
}

/// Prints the begin of the body of a refusal.
void client_session::print_body()
{
    if (!body_.empty())
        print(with_size("body", sockless::as_bytes(body_)) + quoted_begin(body_, max_text_printed));
    body_.clear();
}

void client_session::print_figures() const
{
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
    return is_open() && ws_.unwritten() < high_water;
}

/// @return whether the server has to do something before the deadline
bool client_session::has_deadline() const noexcept
{
    return messages_expected_ + pongs_expected_ != 0 || !is_open() || ws_.unwritten() != 0 || options_->echo;
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
    const bool typing = options_->from_input && !lines_ended_ && has_room();
    const readiness needs = server_.needs(needs_.read, ws_.unwritten() != 0 && !write_failed_);
    std::array<pollfd, 2> ready{{{server_.socket(), 0, 0}, {typing ? 0 : -1, POLLIN, 0}}};
    ready[0].events = static_cast<short>((needs.input ? POLLIN : 0) | (needs.output ? POLLOUT : 0));
    const int count = ::poll(ready.data(), ready.size(), poll_timeout());
    if (count < 0) {
        check(errno == EINTR ? 0 : -1, "poll");
        return;
    }
    if (ready[0].revents != 0 && needs_.read)
        read_socket();
    else if ((ready[0].revents & (POLLERR | POLLHUP)) != 0)
        ws_.transport_failed(now());
    if (ready[1].revents != 0)
        read_input();
    if (count == 0)
        on_timeout();
}

void client_session::read_socket()
{
    const io_result got = server_.receive(buffer_);
    if (got.status == io_status::would_block)
        return;
    if (got.status == io_status::ended && !write_failed_) {
        input_ended_ = true;
        return ws_.input_ended(now());
    }
    if (got.status != io_status::done)
        return ws_.transport_failed(now());
    const std::uint64_t controls_before = controls_received_;
    for (std::span<std::byte> bytes = std::span{buffer_}.first(got.count); !bytes.empty();) {
        // The head of the response is printed apart from the frames, so that its end has to be found.
        const bool in_head = options_->explain && ws_.ready_state() == sockless::ready_state::connecting;
        const std::span<std::byte> part = in_head ? bytes.first(1) : bytes;
        if (in_head)
            head_ += sockless::as_text(part);
        else if (options_->explain && opened_)
            std::fputs(received_.explain(part).c_str(), stdout);
        ws_.receive(part, now());
        needs_ = ws_.poll(*this, now());
        bytes = bytes.subspan(part.size());
    }
    if (opened_ && controls_received_ == controls_before) // progress of a large message
        restart_timeout();
}

bool client_session::write_socket()
{
    bool progress = false;
    while (!write_failed_ && ws_.unwritten() != 0) {
        const std::span<const std::byte> bytes = ws_.write_buffer();
        const io_result sent = server_.send(bytes);
        if (sent.status == io_status::would_block)
            break;
        progress = true;
        if (sent.status != io_status::done) {
            write_failed_ = true; // data that the server sent earlier can still be read
            if (input_ended_)
                ws_.transport_failed(now());
            break;
        }
        if (opened_ && options_->explain)
            std::fputs(sent_.explain(bytes.first(sent.count)).c_str(), stdout);
        ws_.written(sent.count, now());
        if (ws_.unwritten() != 0) // of a large message; a pong, which the library queues, does not extend the wait
            restart_timeout();
    }
    return progress;
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

void client_session::on_timeout()
{
    if (!opened_ && ws_.ready_state() == sockless::ready_state::connecting) {
        print("timeout no answer to the request");
        timed_out_ = true;
        ws_.transport_failed(now());
    } else if (ws_.unwritten() != 0) {
        print("timeout the server takes no more bytes");
        ws_.transport_failed(now());
    } else if (!is_open()) {
        if (opened_ && !ws_.finished())
            print("timeout no close frame");
        ws_.input_ended(now());
    } else if (options_->echo) {
        perform({action::kind::close, {}, 1, sockless::close_code::normal});
    } else {
        print("timeout no answer");
        messages_expected_ = pongs_expected_ = 0;
    }
    restart_timeout();
}

/// TLS sends close_notify, which may have to wait for the socket.
void client_session::end_stream()
{
    if (std::exchange(output_ended_, true))
        return;
    restart_timeout();
    pollfd ready{server_.socket(), POLLOUT, 0};
    while (!server_.end() && ::poll(&ready, 1, poll_timeout()) > 0) {
    }
}

} // namespace example
