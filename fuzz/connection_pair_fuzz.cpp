// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Two connected ends. The input selects what they send and how many bytes are transported at a time; the queues are often full. Each end has
/// to receive everything that the other one sends, in order; finally both close, without a failure.
///
/// The first byte selects extension, assembler and free space; each further byte is one action.
#include "characters.hpp"
#include "watch.hpp"

#include "support/connection_subject.hpp"
#include "support/exact_block.hpp"
#include "support/mask_keys.hpp"
#include "support/run_length_extension.hpp"

#include <sockless/connection.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using fuzz::require;
using sockless::close_code;
using sockless::error;
using sockless::event;
using sockless::event_kind;
using sockless::opcode;
using sockless::role;
using support::byte_vector;

/// The data that one end has sent and the other one has to receive.
class sent_so_far {
public:
    void line(std::string text) { lines_.push_back(std::move(text)); }
    void ping(const byte_vector& payload) { pings_.push_back(payload); }
    void close(std::string text, std::string answer)
    {
        line(std::move(text));
        close_answer_ = std::move(answer);
    }

    void was_received(const std::string& text)
    {
        require(!lines_.empty() && lines_.front() == text, "messages are received as sent, in order");
        lines_.pop_front();
    }
    /// RFC 6455 5.5.3: a newer ping may be the only one that is answered.
    void was_answered(std::span<const std::byte> payload)
    {
        const auto found = std::find_if(pings_.begin(), pings_.end(), [payload](const byte_vector& ping) {
            return std::equal(ping.begin(), ping.end(), payload.begin(), payload.end());
        });
        require(found != pings_.end(), "a pong answers a ping that was sent, each only once and in order");
        pings_.erase(pings_.begin(), found + 1);
    }

    [[nodiscard]] bool all_received() const noexcept { return lines_.empty(); }
    /// The expected reply to the close frame that was sent; empty if none was sent.
    [[nodiscard]] const std::string& close_answer() const noexcept { return close_answer_; }

private:
    std::deque<std::string> lines_;
    std::deque<byte_vector> pings_;
    std::string close_answer_;
};

/// The first octet of a ping and of an unsolicited pong.
constexpr std::byte ping_mark{'p'};
constexpr std::byte pong_mark{'q'};

byte_vector marked(std::byte mark, std::span<const std::byte> payload)
{
    return support::join({std::array{mark}, payload});
}

enum class action : unsigned {
    send_text,
    send_binary,
    begin_text,
    begin_binary,
    piece,
    end,
    ping,
    pong,
    close,
    close_silently,
    send_much,
};

template <class Connection>
class end_point {
public:
    end_point(std::size_t room, bool whole) : tx_{std::span{tx_storage_}.first(room)}, whole_{whole} {}

    /// One action of this end.
    void act(action what, std::span<const std::byte> argument)
    {
        const byte_vector text = fuzz::characters_from(argument);
        const std::string_view characters = sockless::as_text(text);
        switch (what) {
        case action::send_text:
            if (done([&] { return ws_.send_text(tx_, characters); }))
                sent.line(support::text_line(text));
            break;
        case action::send_binary:
            if (done([&] { return ws_.send_binary(tx_, argument); }))
                sent.line(support::binary_line(argument));
            break;
        case action::send_much: {
            const byte_vector much(argument.size() * 600, argument.empty() ? std::byte{} : argument.front());
            if (done([&] { return ws_.send_binary(tx_, much); }))
                sent.line(support::binary_line(much));
            break;
        }
        case action::begin_text:
        case action::begin_binary:
            type_ = message_open_ ? type_ : what == action::begin_text ? opcode::text : opcode::binary;
            if (!failed(fuzz::core([&] { return ws_.begin_message(type_); }))) {
                require(!message_open_, "a message has to end before another begins");
                message_open_ = true;
                message_.clear();
            }
            break;
        case action::piece:
        case action::end:
            go_on(what == action::end, type_ == opcode::text ? text : byte_vector(argument.begin(), argument.end()));
            break;
        case action::ping: {
            const byte_vector payload = marked(ping_mark, argument);
            if (done([&] { return ws_.ping(tx_, payload); })) {
                sent.line(support::ping_line(payload));
                sent.ping(payload);
            }
            break;
        }
        case action::pong: {
            const byte_vector payload = marked(pong_mark, argument);
            if (done([&] { return ws_.pong(tx_, payload); }))
                sent.line(support::pong_line(payload));
            break;
        }
        case action::close: {
            constexpr std::array codes{close_code::normal, close_code::going_away, close_code::unauthorized};
            const close_code code = codes[argument.size() % codes.size()];
            if (done([&] { return ws_.close(tx_, code, characters); }))
                sent.close(support::close_line(static_cast<std::uint16_t>(code), characters),
                           support::close_line(static_cast<std::uint16_t>(code)));
            break;
        }
        case action::close_silently:
            if (done([&] { return ws_.close(tx_); }))
                sent.close(support::close_line(1005), support::close_line(1005));
            break;
        }
    }

    /// Removes up to `count` bytes of output, as a transport does.
    byte_vector take(std::size_t count)
    {
        const std::span<const std::byte> waiting = tx_.data().first(std::min(count, tx_.size()));
        byte_vector result(waiting.begin(), waiting.end());
        tx_.consume(result.size());
        return result;
    }

    /// Receives bytes from `other` with at most `events` calls; the remaining bytes are kept for the next time.
    template <class Other>
    void receive(const byte_vector& bytes, std::size_t events, Other& other)
    {
        unread_.insert(unread_.end(), bytes.begin(), bytes.end());
        const support::exact_block block{unread_};
        std::span<std::byte> in = block.bytes();
        for (std::size_t i = 0; i < events; ++i) {
            const event e = fuzz::core([&] { return whole_ ? ws_.poll(in, tx_, assembler_) : ws_.poll(in, tx_); });
            fuzz::touch(e.payload());
            require(e.kind() != event_kind::error, "no end violates a rule");
            if (e.kind() == event_kind::need_input) {
                require(in.empty(), "after need_input the input is empty");
                break;
            }
            if (e.kind() == event_kind::pong && !e.payload().empty() && e.payload().front() == ping_mark)
                sent.was_answered(e.payload());
            else
                heard(e, other);
        }
        unread_.assign(in.begin(), in.end());
    }

    [[nodiscard]] bool quiet() const noexcept { return tx_.empty() && unread_.empty(); }
    [[nodiscard]] Connection& ws() noexcept { return ws_; }

    sent_so_far sent;

private:
    /// Returns whether it was sent. If not, nothing has changed and the error gives the reason.
    template <class Send>
    bool done(Send send)
    {
        const std::size_t before = tx_.size();
        const bool was_open = ws_.is_open();
        const error e = fuzz::core(send);
        if (!failed(e)) {
            require(was_open && tx_.size() > before, "a successful call writes a frame");
            return true;
        }
        require(tx_.size() == before, "a failed call writes nothing");
        require(condition_of(e) == sockless::condition::misuse, "an error is a misuse by the caller");
        require(was_open == (e != error::not_open), "not_open is returned after a close frame");
        return false;
    }

    void go_on(bool last, const byte_vector& payload)
    {
        const bool was_open = message_open_;
        if (!done([&] { return last ? ws_.end_message(tx_, payload) : ws_.send_fragment(tx_, payload); }))
            return;
        require(was_open, "a piece belongs to a message");
        message_.insert(message_.end(), payload.begin(), payload.end());
        if (!last)
            return;
        message_open_ = false;
        sent.line(type_ == opcode::text ? support::text_line(message_) : support::binary_line(message_));
    }

    template <class Other>
    void heard(const event& e, Other& other)
    {
        const std::size_t before = log_.lines().size();
        log_.add(e);
        if (log_.lines().size() == before)
            return; // a fragment of a message
        const std::string& line = log_.lines().back();
        if (e.kind() == event_kind::close && other.sent.close_answer().empty())
            require(line == sent.close_answer(), "an unsolicited close frame is the reply to one, with the same code");
        else
            other.sent.was_received(line);
    }

    // Large and reused: clearing them would take longer than everything else.
    inline static byte_vector tx_storage_ = byte_vector(std::size_t{1} << 18U);
    inline static byte_vector message_storage_ = byte_vector(std::size_t{1} << 18U);

    Connection ws_;
    sockless::byte_queue tx_;
    sockless::byte_queue message_queue_{message_storage_};
    sockless::message_assembler assembler_{message_queue_};
    byte_vector unread_;
    support::event_log log_;
    byte_vector message_;
    opcode type_ = opcode::text;
    bool whole_;
    bool message_open_ = false;
};

/// Transports everything that is pending, and closes both ends, until nothing is sent any more.
template <class Server, class Client>
void end_well(Server& server, Client& client)
{
    constexpr std::size_t all = static_cast<std::size_t>(-1);
    for (std::size_t round = 0; round < 8; ++round) {
        if (server.ws().is_open() && client.ws().is_open())
            server.act(action::close, {});
        client.receive(server.take(all), all, server);
        server.receive(client.take(all), all, client);
    }
    require(server.quiet() && client.quiet(), "nothing is pending in the end");
    require(server.sent.all_received() && client.sent.all_received(), "everything that was sent has been received");
    require(server.ws().finished() && client.ws().finished(), "both are finished");
    require(server.ws().close_sent() && server.ws().close_received() && client.ws().close_sent() &&
                client.ws().close_received(),
            "both ends have closed");
    require(!failed(server.ws().failure()) && !failed(client.ws().failure()), "no end has failed");
    require(client.ws().close_expected() && !server.ws().close_expected(), "the server closes the transport");
    require(client.ws().end_of_input().kind() == event_kind::need_input, "the end of the transport is not an error");
}

template <class Extension>
void converse(unsigned choice, fuzz::decisions in)
{
    constexpr std::array<std::size_t, 4> rooms{20, 140, 2000, 200000};
    const std::size_t room = rooms[choice & 3U];
    const bool whole = (choice >> 2U & 1U) != 0;
    end_point<sockless::connection<role::server, sockless::no_mask_keys, Extension>> server{room, whole};
    end_point<sockless::connection<role::client, support::counted_keys, Extension>> client{room, whole};
    while (!in.done()) {
        const unsigned what = in.byte();
        const bool by_server = what % 2 == 0;
        const unsigned kind = what / 2 % 16;
        if (kind <= static_cast<unsigned>(action::send_much)) {
            const std::span<const std::byte> argument = in.bytes(in.byte() % 160);
            by_server ? server.act(static_cast<action>(kind), argument)
                      : client.act(static_cast<action>(kind), argument);
            continue;
        }
        // The number of transported bytes, and the maximum number of events.
        const std::size_t max_size = kind < 14 ? what / 32 : in.byte() * 17;
        const std::size_t events = kind % 2 == 0 ? 1 : 1000;
        if (by_server)
            client.receive(server.take(max_size), events, server);
        else
            server.receive(client.take(max_size), events, client);
    }
    end_well(server, client);
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    if (choice % 2 == 0)
        converse<sockless::no_extension>(choice >> 1U, in);
    else
        converse<support::run_length>(choice >> 1U, in);
}

const fuzz::target here{"connection_pair", body};

} // namespace
