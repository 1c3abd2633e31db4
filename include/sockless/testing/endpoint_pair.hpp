// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for tests of programs: a transport in memory between two `websocket` objects, or between one and recorded bytes, with a
/// clock that the test advances. There are no sockets, no threads and no waiting; each run has the same result.
///
/// It allocates with `std::vector`; where there is no memory the test ends.
///
/// @code
/// // the websockets and handlers of the program
/// sockless::testing::endpoint_pair pair{ws_of_client, client_handler, ws_of_server, server_handler};
/// pair.to_server().chunk = 1; // one byte at a time
/// if (pair.open("ws://localhost/") != sockless::error::none)
///     return;
/// if (ws_of_client.send("hello") != sockless::error::none)
///     return;
/// pair.run();           // until nothing happens any more: the handlers have received everything
/// pair.advance(60'000); // a minute passes, with pings and time-outs of both ends
/// pair.to_server().stopped = true; // the server does not read
/// pair.fail();          // the transport fails
/// @endcode
#pragma once

#include "../bytes/byte_view.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/mask.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../handshake/client_request.hpp"
#include "../websocket/ready_state.hpp"
#include "../websocket/websocket_needs.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sockless::inline SOCKLESS_ABI::testing {

/// Predictable nonces and masking keys, so that each run of a test sends the same bytes. No program may use it.
class predictable_source {
public:
    /// Fills @p out with the next bytes of the sequence 0, 1, 2, ... 255, 0, ...
    bool fill(std::span<std::byte> out) noexcept
    {
        for (std::byte& b : out)
            b = static_cast<std::byte>(next_++);
        return true;
    }
    /// Sets @p key to the next four bytes of the sequence.
    bool next(mask_key& key) noexcept { return fill(key.bytes); }

private:
    std::uint8_t next_ = 0;
};

/// One direction of a transport: bytes that were written and have not been read.
class byte_stream {
public:
    /// The value of `chunk` and `capacity` without a limit.
    static constexpr std::size_t unlimited = ~std::size_t{0};

    std::size_t chunk = unlimited;    ///< the maximum number of bytes that arrive at once; 1: byte by byte
    std::size_t capacity = unlimited; ///< the number of bytes that it holds; a writer waits while it is full
    bool stopped = false;             ///< nothing is read: the reader is busy

    /// Takes the first bytes of @p bytes, as many as there is room for.
    ///
    /// @return their number
    std::size_t write(byte_view bytes) noexcept
    {
        const std::span<const std::byte> from = bytes;
        const std::size_t room = size() < capacity ? capacity - size() : 0;
        const std::size_t count = from.size() < room ? from.size() : room;
        total_ += count;
        if (!reader_gone_)
            waiting_.insert(waiting_.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
        return count;
    }
    /// Moves the oldest bytes to the front of @p out, up to `chunk`.
    ///
    /// @return their number; 0 while it is stopped
    std::size_t read(std::span<std::byte> out) noexcept
    {
        std::size_t count = size() < chunk ? size() : chunk;
        count = stopped ? 0 : count < out.size() ? count : out.size();
        detail::copy_bytes(std::span<const std::byte>{waiting_}.subspan(first_, count), out);
        remove(count);
        return count;
    }
    /// Removes and returns all bytes.
    std::vector<std::byte> read_all() noexcept
    {
        std::vector<std::byte> result{waiting_.begin() + static_cast<std::ptrdiff_t>(first_), waiting_.end()};
        remove(size());
        return result;
    }

    /// Ends the stream after the bytes that it holds: the reader receives the end of its input.
    void end() noexcept { ended_ = true; }
    /// Returns whether it has ended, and all bytes were read.
    [[nodiscard]] bool at_end() const noexcept { return ended_ && size() == 0 && !stopped; }
    /// Drops what is not read: the reader has closed the transport.
    void close_reader() noexcept
    {
        reader_gone_ = true;
        remove(size());
    }

    /// Returns the number of bytes that it holds.
    [[nodiscard]] std::size_t size() const noexcept { return waiting_.size() - first_; }
    /// Returns the number of bytes that were ever written.
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

private:
    void remove(std::size_t count) noexcept
    {
        first_ += count;
        if (first_ < size())
            return; // reading byte by byte remains linear
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }

    std::vector<std::byte> waiting_;
    std::size_t first_ = 0; ///< of the bytes that are not read
    std::uint64_t total_ = 0;
    bool ended_ = false;
    bool reader_gone_ = false;
};

/// A `websocket` with its handler, between two streams: it does what `needs` says, as the loop of a program would.
///
/// By itself it is for recorded bytes: write them to the first stream, `run`, and read the answer from the second one.
template <class Websocket, class Handler>
class endpoint {
public:
    /// Constructs an end of a transport. All of these outlive it.
    endpoint(Websocket& ws, Handler& handler, byte_stream& input, byte_stream& output) noexcept
        : ws_{&ws}, handler_{&handler}, input_{&input}, output_{&output}
    {
    }

    /// Reads, dispatches events and writes once, at the time @p now in milliseconds.
    ///
    /// @return whether something happened
    bool step(std::uint64_t now)
    {
        if (closed_)
            return false;
        needs_ = ws_->poll(*handler_, now); // the time may have advanced, and the test may have sent something
        bool progress = read(now);
        while (needs_.write) {
            const std::size_t count = output_->write(ws_->write_buffer());
            ws_->written(count, now);
            if (count == 0)
                break;
            progress = true;
            needs_ = ws_->poll(*handler_, now);
        }
        if (needs_.shut_down_write || needs_.close)
            output_->end();
        if (needs_.close) {
            input_->close_reader();
            return closed_ = true;
        }
        return progress;
    }
    /// Steps until nothing happens, at the time @p now.
    void run(std::uint64_t now)
    {
        while (step(now)) {
        }
    }
    /// Fails the transport: neither input nor output is possible any more.
    void fail(std::uint64_t now)
    {
        if (closed_)
            return;
        ws_->transport_failed(now);
        input_->close_reader();
        output_->end();
    }

    /// Returns what the program would do next, as of the last step.
    [[nodiscard]] const websocket_needs& needs() const noexcept { return needs_; }
    /// Returns whether it has closed the transport.
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    bool read(std::uint64_t now)
    {
        if (!needs_.read)
            return false;
        if (const std::size_t count = input_->read(ws_->read_buffer()); count != 0) {
            ws_->received(count, now);
            needs_ = ws_->poll(*handler_, now);
            return true;
        }
        if (!input_->at_end())
            return false;
        ws_->input_ended(now);
        needs_ = ws_->poll(*handler_, now);
        return true;
    }

    Websocket* ws_;
    Handler* handler_;
    byte_stream* input_;
    byte_stream* output_;
    websocket_needs needs_{};
    bool closed_ = false;
};

/// A client and a server that are joined by a transport in memory, and a clock.
///
/// The handlers' functions are called from `open`, `run` and `advance`. They may use both websockets but not this object.
template <class Client, class ClientHandler, class Server, class ServerHandler>
class endpoint_pair {
public:
    /// The default limit of `run`.
    static constexpr std::uint64_t default_steps = 100'000'000;

    /// Constructs a transport, at the time 0. All of these outlive it.
    endpoint_pair(Client& client, ClientHandler& client_handler, Server& server, ServerHandler& server_handler) noexcept
        : client_ws_{&client},
          server_ws_{&server},
          client_{client, client_handler, to_client_, to_server_},
          server_{server, server_handler, to_server_, to_client_}
    {
    }
    endpoint_pair(const endpoint_pair&) = delete;
    endpoint_pair& operator=(const endpoint_pair&) = delete;

    /// Opens the connection: connects the client, and runs.
    ///
    /// @param url      belongs to the caller and outlives the client, as do the members of @p request
    /// @param request  as for `websocket::connect`
    /// @return `error::none` if both ends are open; otherwise the client's error, or the server's, or `not_open` if neither failed
    error open(std::string_view url, const connect_options& request = {})
    {
        if (const error e = client_ws_->connect(url, request, random_); failed(e))
            return e;
        run();
        if (client_ws_->ready_state() == ready_state::open && server_ws_->ready_state() == ready_state::open)
            return error::none;
        if (failed(client_ws_->failure()))
            return client_ws_->failure();
        return failed(server_ws_->failure()) ? server_ws_->failure() : error::not_open;
    }

    /// Transports bytes and dispatches events until nothing happens any more. No time passes.
    ///
    /// @param max_steps  after which it returns: two handlers that answer each other would never end
    /// @return whether nothing happens any more
    bool run(std::uint64_t max_steps = default_steps)
    {
        for (std::uint64_t i = 0; i < max_steps; ++i) {
            const bool client_progress = client_.step(now_);
            const bool server_progress = server_.step(now_);
            if (!client_progress && !server_progress)
                return true;
        }
        return false;
    }
    /// Advances the clock, and runs at each time at which an end has something to do.
    ///
    /// @param milliseconds  that pass
    void advance(std::uint64_t milliseconds)
    {
        const std::uint64_t end = now_ + milliseconds;
        run();
        while (now_ < end) {
            const std::uint32_t wait = wake_after();
            now_ = wait < end - now_ ? now_ + wait : end;
            run();
        }
    }
    /// Fails the transport for both ends, and runs.
    void fail()
    {
        client_.fail(now_);
        server_.fail(now_);
        run();
    }

    /// Returns the time in milliseconds.
    [[nodiscard]] std::uint64_t now() const noexcept { return now_; }
    /// Returns the time until an end has to be called, in milliseconds; `websocket_needs::never` if none waits for a time.
    [[nodiscard]] std::uint32_t wake_after() const noexcept
    {
        const std::uint32_t one = client_.closed() ? websocket_needs::never : client_.needs().wake_after;
        const std::uint32_t other = server_.closed() ? websocket_needs::never : server_.needs().wake_after;
        return one < other ? one : other;
    }
    /// Returns the direction from the client to the server: its limits can be changed at any time.
    [[nodiscard]] byte_stream& to_server() noexcept { return to_server_; }
    /// Returns the direction from the server to the client.
    [[nodiscard]] byte_stream& to_client() noexcept { return to_client_; }
    /// Returns the client's end.
    [[nodiscard]] const endpoint<Client, ClientHandler>& client() const noexcept { return client_; }
    /// Returns the server's end.
    [[nodiscard]] const endpoint<Server, ServerHandler>& server() const noexcept { return server_; }

private:
    Client* client_ws_;
    Server* server_ws_;
    predictable_source random_{};
    byte_stream to_server_{};
    byte_stream to_client_{};
    endpoint<Client, ClientHandler> client_;
    endpoint<Server, ServerHandler> server_;
    std::uint64_t now_ = 0;
};

} // namespace sockless::inline SOCKLESS_ABI::testing
