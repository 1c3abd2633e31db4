// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Many WebSockets over few HTTP/2 connections: nghttp2, OpenSSL and poll(2).

#include "../support/server_loop.hpp"
#include "../support/stop_signals.hpp"
#include "echo_exchange.hpp"
#include "http2_connection.hpp"
#include "http2_websocket.hpp"
#include "transport_pump.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <list>
#include <memory>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using stream = example::http2_websocket<sockless::role::client, sockless::os_mask_keys, example::echo_extension,
                                        example::echo_exchange>;

/// Returns the resident memory of this process in bytes.
std::size_t resident_memory()
{
    std::size_t all = 0;
    std::size_t resident = 0;
    std::ifstream{"/proc/self/statm"} >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// One connection and its WebSockets.
struct client {
    client(example::transport peer, const example::http2_options& choice) : pump{std::move(peer)}, connection{choice} {}

    /// Opens all WebSockets, when the server has sent its settings.
    void open(const example::echo_options& options, example::echo_figures& figures, std::size_t first,
              std::size_t count)
    {
        if (!connection.has_settings() || !sockets.empty())
            return;
        if (!connection.has_websockets())
            throw std::runtime_error{"the server has no WebSockets over HTTP/2"};
        for (std::size_t i = 0; i < count; ++i) {
            auto how = example::options_with_times<stream::options>(options.milliseconds);
            how.deflate.enabled = options.deflate;
            stream* const made =
                stream::connect(connection, {.where = options.where}, {options, figures, first + i}, std::move(how),
                                {.message = std::size_t{16} << 20, .output = std::size_t{21} << 20});
            if (made == nullptr)
                throw std::runtime_error{"the request cannot be sent"};
            sockets.push_back(made);
        }
    }

    example::transport_pump pump;
    example::http2_connection connection;
    std::vector<stream*> sockets;
};

/// Opens, sends, compares and closes.
class exchange {
public:
    explicit exchange(const example::echo_options& options) : options_{options}
    {
        if (options.where.secure)
            tls_.emplace(example::tls_verification{.authorities = options.authorities, .http_2 = true});
        example::http2_options choice;
        if (options.milliseconds != 0)
            choice.handshake_timeout = choice.idle_timeout = choice.closing_timeout = options.milliseconds;
        for (std::size_t i = 0; i < options.connections; ++i) {
            example::descriptor socket = example::connect_to(options.host(), options.where.port,
                                                             std::chrono::milliseconds{choice.handshake_timeout});
            clients_.emplace_back(tls_ ? example::transport{std::move(socket), *tls_, options.host()}
                                       : example::transport{std::move(socket)},
                                  choice);
        }
    }

    /// Returns the status of the program.
    int run()
    {
        const example::descriptor stop = example::stop_signals();
        for (client& each : clients_) // the preface, or the beginning of TLS
            each.pump.write(each.connection, time());
        for (std::uint64_t now = time(); !clients_.empty() && wait(stop, now); now = time()) {
            if (!started_)
                start(now);
            if (now - last_tick_ >= tick_interval) {
                last_tick_ = now;
                for (client& each : clients_)
                    each.connection.on_tick(now);
            }
            for (client& each : clients_) {
                each.pump.write(each.connection, now);
                if (const std::string why = each.pump.peer().failure(); !why.empty())
                    throw std::runtime_error{why};
                if (!started_ && each.connection.is_over())
                    throw std::runtime_error{"the server has ended the connection"};
                if (each.sockets.empty() || each.connection.streams() != 0)
                    continue;
                each.connection.close(now);
                each.pump.write(each.connection, now);
            }
            clients_.remove_if([](const client& each) { return each.pump.is_finished(); });
        }
        return report();
    }

private:
    static constexpr std::uint64_t tick_interval = 100;

    [[nodiscard]] static std::uint64_t time() noexcept { return example::now_in_ticks(); }

    /// Waits until a transport is ready, or for the time between ticks, and receives.
    ///
    /// @return false if the program has to end
    bool wait(const example::descriptor& stop, std::uint64_t& now)
    {
        polls_.assign(1, {stop.get(), POLLIN, 0});
        for (const client& each : clients_) {
            const example::readiness wanted = each.pump.needs();
            polls_.push_back({each.pump.peer().socket(),
                              static_cast<short>((wanted.input ? POLLIN : 0) | (wanted.output ? POLLOUT : 0)), 0});
        }
        if (::poll(polls_.data(), polls_.size(), static_cast<int>(tick_interval)) < 0 && errno != EINTR)
            example::check(-1, "poll");
        now = time();
        std::size_t i = 0;
        for (client& each : clients_) {
            receive(each, polls_[i + 1].revents, i, now);
            ++i;
        }
        return polls_[0].revents == 0;
    }
    void receive(client& from, short ready, std::size_t index, std::uint64_t now)
    {
        const bool broken = (ready & (POLLERR | POLLHUP)) != 0;
        const example::io_result got =
            from.pump.read({(ready & POLLIN) != 0 || broken, (ready & POLLOUT) != 0 || broken}, buffer_);
        if (got.count != 0 && options_.where.secure && from.pump.peer().protocol() != "h2")
            throw std::runtime_error{"the server has no HTTP/2"};
        if (got.count != 0)
            from.connection.receive(std::span{buffer_}.first(got.count), now);
        example::transport_pump::end(from.connection, got.status, now);
        const auto part = [this](std::size_t i) { return options_.sockets * i / options_.connections; };
        if (!started_)
            from.open(options_, figures_, part(index), part(index + 1) - part(index));
    }
    /// Sends the first messages, when all WebSockets are open.
    void start(std::uint64_t now)
    {
        if (figures_.closed != 0)
            throw std::runtime_error{failed(figures_.why) ? std::string{to_string(figures_.why)}
                                                          : "the server has closed a WebSocket"};
        if (figures_.opened != options_.sockets)
            return;
        started_ = true;
        began_ = now;
        memory_ = resident_memory() - memory_;
        for (client& each : clients_)
            for (stream* const socket : each.sockets) {
                socket->handler.send_next(socket->ws);
                socket->update();
            }
    }
    int report()
    {
        const std::uint64_t lost = options_.sockets * options_.messages - figures_.received;
        const double seconds = static_cast<double>(time() - began_) * 1e-3;
        std::printf(
            "%zu WebSockets over %zu connections, %zu bytes each: %llu messages came back, %llu lost, %llu wrong, "
            "%zu closed cleanly; %.3f s, %.0f messages/s, %zu bytes of memory for each WebSocket\n",
            options_.sockets, options_.connections, options_.size, static_cast<unsigned long long>(figures_.received),
            static_cast<unsigned long long>(lost), static_cast<unsigned long long>(figures_.wrong), figures_.clean,
            seconds, static_cast<double>(figures_.received) / std::max(seconds, 1e-3), memory_ / options_.sockets);
        if (failed(figures_.why))
            std::fprintf(stderr, "http2_client: %s\n", std::string{to_string(figures_.why)}.c_str());
        return lost == 0 && figures_.wrong == 0 && figures_.clean == options_.sockets ? 0 : 1;
    }

    const example::echo_options& options_;
    std::optional<example::tls_context> tls_;
    std::list<client> clients_;
    example::echo_figures figures_;
    std::vector<pollfd> polls_;
    std::array<std::byte, 65'536> buffer_{};
    std::size_t memory_ = resident_memory(); ///< before the WebSockets; then what they use
    std::uint64_t began_ = 0;
    std::uint64_t last_tick_ = 0;
    bool started_ = false;
};

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("http2_client", [&] {
        example::echo_options options;
        if (!options.read(count, values))
            return 0;
        example::raise_descriptor_limit();
        return exchange{options}.run();
    });
}
