// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A model of `websocket` according to RFC 6455 and the WHATWG's standard. It has no bytes, only their number: pending output
/// is a list of frames with a size. Every step adds the expected events to the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reference {

/// One call of the program, or one event of the transport.
enum class act {
    begin,      ///< client: `connect`; server: a valid request arrives
    agree,      ///< client: a valid response arrives; server: `accept`
    refuse,     ///< client: a 403 arrives; server: `reject(403)`
    violate,    ///< the peer violates a rule of the handshake or of frames
    send,       ///< a text of 2 bytes
    fill,       ///< a message that fills the queue
    close,      ///< without a code
    close_code, ///< 3000 "x"
    peer_message,
    peer_ping,        ///< of 1 byte
    peer_close,       ///< 1001 "bye"
    peer_close_empty, ///< no code
    end,              ///< of the transport
    drain,            ///< all pending output is sent
    drain_some,       ///< 3 bytes of it are sent
};
inline constexpr std::size_t act_count = 15;

class websocket_model {
public:
    struct sizes {
        std::size_t room;      ///< of the output queue
        std::size_t text;      ///< client: the request; server: the 101
        std::size_t refusal;   ///< server: the 403
        std::size_t complaint; ///< server: the 400
        std::size_t mask;      ///< client: 4
    };
    enum class state { connecting, open, closing, closed };

    websocket_model(bool is_client, const sizes& known) : client_{is_client}, known_{known} {}

    // --- observable state

    [[nodiscard]] state ready() const
    {
        if (over_)
            return state::closed;
        if (gave_up_ || refused_)
            return state::closing;
        if (!open_)
            return state::connecting;
        return close_started_ || close_received_ || failed_ ? state::closing : state::open;
    }
    [[nodiscard]] std::size_t waiting() const
    {
        std::size_t sum = 0;
        for (const frame& each : queue_)
            sum += each.header + each.payload;
        return sum;
    }
    [[nodiscard]] std::size_t buffered() const
    {
        std::size_t sum = too_late_;
        for (const frame& each : queue_)
            sum += each.what == kind::message ? each.payload : 0;
        return sum;
    }
    [[nodiscard]] bool finished() const
    {
        if (over_)
            return true;
        if (gave_up_ || refused_)
            return queue_.empty() && !in_body_;
        return open_ && (close_received_ || failed_) && !answer_due_ && queue_.empty();
    }
    [[nodiscard]] bool close_expected() const { return client_ && open_ && close_received_ && !answer_due_ && !ended_; }
    [[nodiscard]] bool failed() const { return failed_; }
    /// Returns whether a step is possible: the peer sends no frames before the handshake is complete, and nothing after the end.
    [[nodiscard]] bool possible(act what) const
    {
        const bool opening = ready() == state::connecting;
        switch (what) {
        case act::begin: return client_ || (!ended_ && !asked_ && opening);
        case act::agree: return !client_ || (!ended_ && asked_ && opening);
        case act::refuse: return !client_ || (!ended_ && asked_ && opening);
        case act::violate: return !ended_ && (!opening || (client_ ? asked_ : !asked_));
        case act::send:
        case act::close:
        case act::close_code: return true;
        case act::fill: return ready() != state::connecting;
        case act::peer_message:
        case act::peer_ping:
        case act::peer_close:
        case act::peer_close_empty: return !ended_ && !opening;
        case act::end: return !ended_;
        case act::drain: return !queue_.empty();
        case act::drain_some: return waiting() > 3;
        }
        return false;
    }
    /// The payload of `fill`: the largest that leaves one byte free, or 0.
    [[nodiscard]] std::size_t fill_size() const
    {
        const std::size_t free = known_.room - waiting();
        std::size_t size = free;
        while (size > 0 && header(size) + size + 1 > free)
            --size;
        return size;
    }

    // --- steps. Each returns whether the call succeeded, if it is a call

    bool step(act what)
    {
        switch (what) {
        case act::begin: return begin();
        case act::agree: return agree();
        case act::refuse: return refuse();
        case act::violate: violate(); return true;
        case act::send: return say(2);
        case act::fill: return say(fill_size());
        case act::close: close(0); return true;
        case act::close_code: close(3); return true;
        case act::peer_message:
            read_body();
            if (can_receive() && ready() == state::open)
                tell("message ");
            return true;
        case act::peer_ping: ping(); return true;
        case act::peer_close: hear_close(1001, "bye", 2); return true;
        case act::peer_close_empty: hear_close(1005, "", 0); return true;
        case act::end: ended_ = true; return true;
        case act::drain: leave(waiting()); return true;
        case act::drain_some: leave(3); return true;
        }
        return false;
    }
    /// The program polls for events that are pending.
    std::string poll()
    {
        flush();
        if (open_ && !open_reported_) {
            open_reported_ = true;
            log_ = "open " + log_;
        }
        // Nothing else is expected of the peer of a connection that was abandoned, and of a server that has refused.
        ended_ = ended_ || gave_up_ || (client_ && refused_ && !in_body_);
        if (ended_ && !over_)
            end();
        return std::exchange(log_, {});
    }

private:
    enum class kind { text, message, control, close };
    struct frame {
        kind what;
        std::size_t header; ///< its remaining bytes
        std::size_t payload;
    };

    [[nodiscard]] std::size_t header(std::size_t payload) const { return (payload > 125 ? 4 : 2) + known_.mask; }
    void tell(std::string_view what) { log_ += what; }
    void fail(std::string_view why)
    {
        failed_ = true;
        tell("error " + std::string{why} + ' ');
    }
    [[nodiscard]] bool can_receive() const { return open_ && !close_received_ && !failed_; }

    bool append(kind what, std::size_t payload)
    {
        if (waiting() + header(payload) + payload > known_.room)
            return false;
        queue_.push_back({what, header(payload), payload});
        return true;
    }

    bool begin()
    {
        if (ready() != state::connecting || asked_)
            return false;
        asked_ = true;
        if (client_)
            queue_.push_back({kind::text, known_.text, 0});
        else
            tell("request ");
        return true;
    }
    bool agree()
    {
        if (ready() != state::connecting || !asked_)
            return false;
        open_ = true;
        if (!client_)
            queue_.push_back({kind::text, known_.text, 0});
        return true;
    }
    bool refuse()
    {
        if (ready() != state::connecting)
            return false;
        refused_ = true;
        if (client_) {
            queue_.clear();
            fail("status_not_101");
            in_body_ = true; // up to the end of the transport
        } else {
            queue_.push_back({kind::text, known_.refusal, 0});
        }
        return true;
    }
    /// What the peer sends after a refusal belongs to its body.
    void read_body()
    {
        if (in_body_)
            tell("body ");
    }
    void violate()
    {
        read_body();
        if (ready() == state::connecting) {
            refused_ = true;
            queue_.clear();
            if (!client_)
                queue_.push_back({kind::text, known_.complaint, 0});
            fail("line_end_invalid");
        } else if (can_receive()) {
            fail("reserved_opcode");
            answer(2);
        }
    }
    bool say(std::size_t size)
    {
        if (ready() == state::open)
            return append(kind::message, size);
        if (ready() != state::connecting)
            too_late_ += size;
        return false;
    }
    /// `size` of its payload
    void close(std::size_t size)
    {
        in_body_ = false;
        if (ready() == state::connecting) {
            gave_up_ = true;
            queue_.clear();
            fail("connection_abandoned");
        } else if (ready() == state::open) {
            close_started_ = true;
            close_due_ = true;
            close_size_ = size;
            pong_due_ = false; // 6455 1.4: the peer discards what follows a close frame
            flush();
        }
    }
    void ping()
    {
        read_body();
        if (!can_receive())
            return;
        flush();
        tell("ping ");
        pong_due_ = !close_due_;
        flush_pong();
    }
    void hear_close(unsigned code, std::string_view reason, std::size_t answered)
    {
        read_body();
        if (!can_receive())
            return;
        flush();
        close_received_ = true;
        code_ = code;
        reason_ = reason;
        answer(answered);
    }
    /// Writes the reply to the peer's close frame or violation, unless our close frame has been written.
    void answer(std::size_t size)
    {
        pong_due_ = false;
        if (!close_started_ || close_due_) {
            close_due_ = false;
            answer_due_ = true;
            close_size_ = size;
        }
        close_started_ = true;
        flush();
    }

    void flush()
    {
        if ((close_due_ || answer_due_) && append(kind::close, close_size_))
            close_due_ = answer_due_ = false;
        flush_pong();
    }
    void flush_pong()
    {
        if (pong_due_ && append(kind::control, 1))
            pong_due_ = false;
    }
    void leave(std::size_t count)
    {
        while (count > 0) {
            frame& first = queue_.front();
            std::size_t& part = first.header > 0 ? first.header : first.payload;
            const std::size_t gone = part < count ? part : count;
            part -= gone;
            count -= gone;
            if (first.header + first.payload > 0)
                continue;
            close_left_ = close_left_ || first.what == kind::close;
            queue_.erase(queue_.begin());
        }
        // A program that drains the queue polls next; a pong is written then, a close frame immediately.
        if ((close_due_ || answer_due_) && append(kind::close, close_size_))
            close_due_ = answer_due_ = false;
    }
    void end()
    {
        if (!failed_ && !refused_ && !close_received_)
            fail("connection_lost");
        over_ = true;
        close_due_ = answer_due_ = pong_due_ = false; // the transport has ended
        const bool clean = open_ && close_received_ && close_left_ && !failed_;
        tell("close " + std::to_string(code_) + ' ' + reason_ + (clean ? "clean" : "broken"));
    }

    bool client_;
    sizes known_;
    std::vector<frame> queue_{};
    std::string log_{};
    std::string reason_{};
    std::size_t too_late_ = 0;
    std::size_t close_size_ = 0;
    unsigned code_ = 1006;
    bool asked_ = false;
    bool open_ = false;
    bool open_reported_ = false;
    bool refused_ = false;
    bool in_body_ = false; ///< client: of the refusal
    bool gave_up_ = false;
    bool failed_ = false;
    bool close_started_ = false; ///< our close frame is pending or written
    bool close_due_ = false;     ///< our close frame does not fit yet
    bool answer_due_ = false;    ///< the reply to a close frame or violation does not fit yet
    bool pong_due_ = false;
    bool close_left_ = false;
    bool close_received_ = false;
    bool ended_ = false;
    bool over_ = false;
};

} // namespace reference
