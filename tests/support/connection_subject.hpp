// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Receivers for the feeder: a connection, or a message reader alone. They log whole messages, and check after every call what is guaranteed
/// for any input. They throw `broken_promise` and do not depend on Catch, because fuzz targets use them too.
#pragma once

#include "event_lines.hpp"
#include "frames.hpp"
#include "hex.hpp"
#include "mask_keys.hpp"

#include <sockless/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace support {

struct broken_promise : std::logic_error {
    using logic_error::logic_error;
};

inline void promised(bool kept, const char* what)
{
    if (!kept)
        throw broken_promise(what);
}

/// Returns whether `inner` is inside `outer`. An empty piece is.
[[nodiscard]] inline bool within(std::span<const std::byte> inner, const void* outer, std::size_t size) noexcept
{
    const auto begin = reinterpret_cast<std::uintptr_t>(inner.data());
    const auto from = reinterpret_cast<std::uintptr_t>(outer);
    return inner.empty() || (begin >= from && begin - from <= size && inner.size() <= size - (begin - from));
}

/// Turns events into lines: the pieces of a message into one.
class event_log {
public:
    void add(const sockless::event& e)
    {
        promised(!ended_ || e.kind() == sockless::event_kind::need_input, "nothing comes after a close or an error");
        switch (e.kind()) {
        case sockless::event_kind::need_input: return;
        case sockless::event_kind::request:
        case sockless::event_kind::plain_request:
        case sockless::event_kind::body:
        case sockless::event_kind::open: throw broken_promise("a connection has no such event");
        case sockless::event_kind::message: add_piece(e); return;
        case sockless::event_kind::ping: lines_.push_back(ping_line(control(e))); return;
        case sockless::event_kind::pong: lines_.push_back(pong_line(control(e))); return;
        case sockless::event_kind::close:
            ended_ = true;
            promised(e.reason().size() <= 123, "a reason has at most 123 bytes");
            lines_.push_back(close_line(static_cast<std::uint16_t>(e.code()), e.reason()));
            return;
        case sockless::event_kind::error:
            ended_ = true;
            promised(failed(e.failure()), "an error event has a reason");
            promised(e.code() == close_code_for(e.failure()), "an error event has the code of its close frame");
            lines_.push_back(error_line(e.failure()));
            return;
        }
        throw broken_promise("an event is of a known kind");
    }

    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] const strings& lines() const noexcept { return lines_; }

private:
    void add_piece(const sockless::event& e)
    {
        promised(e.first() == !open_, "the first piece of a message, and no other, is `first`");
        promised(e.first() || e.type() == type_, "all pieces of a message have its type");
        promised(e.type() == sockless::opcode::text || e.type() == sockless::opcode::binary,
                 "a message is text or binary");
        promised(!e.payload().empty() || e.last(), "only the last piece of a message may be empty");
        if (e.first())
            message_.clear();
        open_ = !e.last();
        type_ = e.type();
        message_.insert(message_.end(), e.payload().begin(), e.payload().end());
        if (e.last())
            lines_.push_back(e.is_text() ? text_line(message_) : binary_line(message_));
    }

    static std::span<const std::byte> control(const sockless::event& e)
    {
        promised(e.payload().size() <= 125, "a control frame has at most 125 bytes");
        return e.payload();
    }

    strings lines_;
    byte_vector message_;
    sockless::opcode type_ = sockless::opcode::continuation;
    bool open_ = false;
    bool ended_ = false;
};

/// The log of an endpoint: its events, and after them everything that it has written.
class endpoint_log {
public:
    /// Adds an event and removes the output from the queue.
    void add(const sockless::event& e, sockless::byte_queue& tx)
    {
        events_.add(e);
        add_output(tx);
    }
    void add_output(sockless::byte_queue& tx)
    {
        output_.insert(output_.end(), tx.data().begin(), tx.data().end());
        tx.clear();
    }

    [[nodiscard]] bool ended() const noexcept { return events_.ended(); }
    [[nodiscard]] std::size_t written() const noexcept { return output_.size(); }
    [[nodiscard]] strings lines() const
    {
        strings result = events_.lines();
        if (!output_.empty())
            result.push_back(out_line(output_));
        return result;
    }

private:
    event_log events_;
    byte_vector output_;
};

/// Calls `poll(in)`, which returns the event, until it needs input, and changes the chunk after that: nothing may refer to it any more (R1).
template <class Poll>
void poll_all(std::span<std::byte> chunk, const Poll& poll)
{
    std::span<std::byte> in = chunk;
    while (poll(in).kind() != sockless::event_kind::need_input) {
    }
    promised(in.empty(), "after need_input the input is empty");
    for (std::byte& b : chunk)
        b = ~b;
}

/// The part of the promises that is about `in`, for one call of `poll`.
class cursor_check {
public:
    cursor_check(std::span<std::byte> chunk, const std::span<std::byte>& in) noexcept
        : chunk_{chunk}, in_{in}, before_{in}
    {
    }

    /// @param object  the polled object, which contains control frames that arrived in parts, small messages and decoded data
    void check(const sockless::event& e, const void* object, std::size_t size, bool decoded) const
    {
        promised(in_.data() + in_.size() == before_.data() + before_.size(), "the end of the input stays where it is");
        promised(in_.size() <= before_.size(), "the cursor does not go back");
        if (e.kind() == sockless::event_kind::need_input) {
            promised(in_.empty(), "after need_input the input is empty");
            return;
        }
        promised(in_.size() < before_.size() || decoded, "a call consumes, or returns need_input");
        const bool ended = e.kind() == sockless::event_kind::close || e.kind() == sockless::event_kind::error;
        promised(!ended || in_.empty(), "input after a close or an error is discarded");
        const bool in_chunk = within(e.payload(), chunk_.data(), static_cast<std::size_t>(in_.data() - chunk_.data()));
        const bool in_object = within(e.payload(), object, size);
        const bool message = e.kind() == sockless::event_kind::message;
        const bool small = e.payload().size() <= sockless::frame_header::max_control_payload;
        promised(in_chunk || (in_object && (!message || decoded || small)),
                 "payload is in the consumed input, or in the object that returned it");
    }

private:
    std::span<std::byte> chunk_;
    const std::span<std::byte>& in_;
    std::span<std::byte> before_;
};

/// A `connection` of either role. Its output is removed from the queue after every call and is the last line of the log.
template <class Connection, bool Decodes = false>
class connection_subject {
public:
    explicit connection_subject(const Connection& connection = Connection{})
        : connection_{std::make_unique<Connection>(connection)}
    {
    }
    // The queue cannot be copied; a new subject is moved while the queue is empty.
    connection_subject(connection_subject&& other) noexcept
        : connection_{std::move(other.connection_)},
          log_{std::move(other.log_)},
          relocates_{other.relocates_},
          ends_{other.ends_}
    {
    }

    /// Copies the connection to another place after every call, and destroys the old one.
    connection_subject& relocating() noexcept
    {
        relocates_ = true;
        return *this;
    }
    /// `log` calls `end_of_input`.
    connection_subject& transport_ends() noexcept
    {
        ends_ = true;
        return *this;
    }
    /// Sends a close frame of its own before anything is read.
    connection_subject& closing(sockless::close_code code)
    {
        promised(connection_->close(tx_, code) == sockless::error::none, "a fresh connection can be closed");
        log_.add_output(tx_);
        return *this;
    }

    void feed(std::span<std::byte> chunk)
    {
        poll_all(chunk, [&](std::span<std::byte>& in) {
            const sockless::event e = poll(chunk, in);
            if (relocates_ && e.kind() != sockless::event_kind::need_input)
                connection_ = std::make_unique<Connection>(*std::exchange(connection_, nullptr));
            return e;
        });
        const std::size_t written = log_.written();
        std::span<std::byte> in;
        promised(poll({}, in).kind() == sockless::event_kind::need_input, "need_input lasts until there is input");
        promised(log_.written() == written, "nothing is written twice");
    }

    [[nodiscard]] strings log()
    {
        if (std::exchange(ends_, false)) {
            const bool ended = log_.ended();
            const sockless::event e = connection_->end_of_input();
            promised((e.kind() == sockless::event_kind::error) == !ended,
                     "the end is an error if no close frame arrived");
            log_.add(e, tx_);
            promised(connection_->finished(), "a connection without transport is finished");
        }
        return log_.lines();
    }

    [[nodiscard]] Connection& subject() noexcept { return *connection_; }

private:
    sockless::event poll(std::span<std::byte> chunk, std::span<std::byte>& in)
    {
        const bool was_open = connection_->is_open();
        const bool was_finished = connection_->finished();
        const cursor_check cursor{chunk, in};
        const sockless::event e = connection_->poll(in, tx_);
        cursor.check(e, connection_.get(), sizeof(Connection), Decodes);
        promised(tx_.empty() || !was_finished, "nothing is written by a connection that is finished");
        log_.add(e, tx_);

        const bool closed = e.kind() == sockless::event_kind::close;
        const bool broken = e.kind() == sockless::event_kind::error;
        promised(connection_->is_open() == (was_open && !closed && !broken), "only a close or an error ends it");
        promised(connection_->close_received() == (close_seen_ = close_seen_ || closed), "close_received");
        promised(connection_->finished() == log_.ended(),
                 "a connection is finished once its reply to a close or an error is written");
        promised(!log_.ended() || connection_->close_sent(), "close and error are answered by a close frame");
        promised(!broken || connection_->failure() == e.failure(), "failure() keeps the reason");
        promised(failed(connection_->failure()) == (log_.ended() && !close_seen_),
                 "failure() is none before a failure");
        return e;
    }

    std::unique_ptr<Connection> connection_;
    sockless::static_byte_queue<300> tx_;
    endpoint_log log_;
    bool relocates_ = false;
    bool ends_ = false;
    bool close_seen_ = false;
};

using server_subject = connection_subject<sockless::server_connection>;
using client_subject = connection_subject<sockless::client_connection<zero_keys>>;

/// A `message_reader` alone.
template <class Reader, bool Decodes = false>
class reader_subject {
public:
    explicit reader_subject(const Reader& reader = Reader{}) : reader_{std::make_unique<Reader>(reader)} {}

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        while (true) {
            const cursor_check cursor{chunk, in};
            const sockless::event e = reader_->poll(in);
            cursor.check(e, reader_.get(), sizeof(Reader), Decodes);
            log_.add(e);
            if (e.kind() == sockless::event_kind::need_input)
                return;
        }
    }
    [[nodiscard]] strings log() const { return log_.lines(); }
    [[nodiscard]] const Reader& subject() const noexcept { return *reader_; }

private:
    std::unique_ptr<Reader> reader_;
    event_log log_;
};

} // namespace support
