// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program of its own: messages of a WebSocket on a stream of HTTP/2, and the same bytes as DATA of nghttp2 without a WebSocket. One
/// end sends, the other receives, both in this process; between them the bytes are copied, or go through sockets on this machine, with
/// TLS or without. Prints the medians of the CPU time for a message, of both ends together, and the ratio.
///
/// usage: sockless_http2 [CERTIFICATES]
/// CERTIFICATES is a folder that tools/certificates has made; without it nothing is measured with TLS.

#include "../examples/http2/http2_connection.hpp"
#include "../examples/http2/http2_websocket.hpp"
#include "../examples/support/socket.hpp"
#include "../examples/support/tls.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_os_random.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using example::http2_connection;
using sockless::role;

constexpr std::size_t rounds = 15;

[[noreturn]] void give_up(const char* why)
{
    std::fprintf(stderr, "%s\n", why);
    std::exit(2);
}

double cpu_seconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// A stream of DATA without a WebSocket.
class plain_stream final : public example::http2_stream {
public:
    plain_stream(http2_connection& connection, std::int32_t id) : connection_{connection}, id_{id} {}

    void send(std::span<const std::byte> bytes)
    {
        unsent_ = bytes;
        connection_.resume(id_);
    }
    void set_id(std::int32_t id) { id_ = id; }
    [[nodiscard]] std::size_t received() const { return received_; }

    void on_data(std::span<std::byte> bytes) override
    {
        received_ += bytes.size();
        connection_.consume(id_, bytes.size());
    }
    void on_end() override {}
    void on_closed() override {}
    std::size_t ready() override { return unsent_.size(); }
    bool take(std::span<std::byte> to) override
    {
        std::memcpy(to.data(), unsent_.data(), to.size());
        unsent_ = unsent_.subspan(to.size());
        return true;
    }
    bool output_ended() const override { return false; }
    void on_tick() override {}
    void on_going_away() override {}
    bool is_over() const override { return false; }
    std::size_t memory() const override { return 0; }

private:
    http2_connection& connection_;
    std::int32_t id_;
    std::span<const std::byte> unsent_;
    std::size_t received_ = 0;
};

struct counter {
    template <class Websocket>
    void on_message(Websocket&, const sockless::event& message)
    {
        received += message.payload().size();
    }
    std::size_t received = 0;
};
using server_stream = example::http2_websocket<role::server, sockless::no_mask_keys, sockless::no_extension, counter>;
using client_stream = example::http2_websocket<role::client, sockless::os_mask_keys, sockless::no_extension, counter>;

/// How bytes get from one end to the other.
class wire {
public:
    virtual ~wire() = default;
    /// Moves all output of an end to the other.
    void move(http2_connection& from, http2_connection& to, bool to_server)
    {
        while (from.poll(1).write) {
            const std::span<const std::byte> bytes = from.write_buffer();
            const std::size_t count = write(bytes, to_server);
            from.written(count, 1);
            for (std::size_t left = count; left != 0;) {
                const std::span<std::byte> got = read(left, to_server);
                to.receive(got, 1);
                left -= got.size();
            }
        }
    }

protected:
    virtual std::size_t write(std::span<const std::byte> bytes, bool to_server) = 0;
    virtual std::span<std::byte> read(std::size_t max, bool to_server) = 0;

    std::array<std::byte, 65536> buffer_{};
};

class memory_wire final : public wire {
    std::size_t write(std::span<const std::byte> bytes, bool) override
    {
        const std::size_t count = std::min(bytes.size(), buffer_.size());
        std::memcpy(buffer_.data(), bytes.data(), count);
        return count;
    }
    std::span<std::byte> read(std::size_t max, bool) override { return std::span{buffer_}.first(max); }
};

/// Two sockets of a TCP connection.
class socket_wire : public wire {
public:
    socket_wire()
    {
        const example::descriptor listener = example::listen_on("127.0.0.1", 0);
        const std::uint16_t port = example::local_address(listener.get()).port;
        client_ = example::connect_to("127.0.0.1", port, std::chrono::seconds{1});
        server_ =
            example::descriptor{example::check(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK), "accept")};
        example::send_without_delay(server_);
    }

protected:
    [[nodiscard]] const example::descriptor& end(bool server) const { return server ? server_ : client_; }

private:
    std::size_t write(std::span<const std::byte> bytes, bool to_server) override
    {
        const example::io_result sent = example::send(end(!to_server), bytes);
        if (sent.status != example::io_status::done)
            give_up("a socket has no room");
        return sent.count;
    }
    std::span<std::byte> read(std::size_t, bool to_server) override
    {
        for (;;) {
            const example::io_result got = example::receive(end(to_server), buffer_);
            if (got.status == example::io_status::done)
                return std::span{buffer_}.first(got.count);
            if (got.status != example::io_status::would_block)
                give_up("a socket does not work");
        }
    }

    example::descriptor server_;
    example::descriptor client_;
};

class tls_wire final : public socket_wire {
public:
    explicit tls_wire(const std::string& certificates)
        : server_context_{certificates + "/server.pem", certificates + "/server.key", true},
          client_context_{{.authorities = certificates + "/ca.pem", .http_2 = true}},
          server_{server_context_, end(true).get()},
          client_{client_context_, end(false).get(), "localhost"}
    {
        constexpr std::byte one{};
        std::size_t count = 0;
        while (count == 0) { // the handshake ends with the first byte
            static_cast<void>(client_.send({&one, 1}));
            count = server_.receive(buffer_).count;
        }
    }

private:
    std::size_t write(std::span<const std::byte> bytes, bool to_server) override
    {
        const example::io_result sent = (to_server ? client_ : server_).send(bytes);
        if (sent.status != example::io_status::done)
            give_up("TLS does not work");
        return sent.count;
    }
    std::span<std::byte> read(std::size_t, bool to_server) override
    {
        for (;;) {
            const example::io_result got = (to_server ? server_ : client_).receive(buffer_);
            if (got.status == example::io_status::done)
                return std::span{buffer_}.first(got.count);
            if (got.status != example::io_status::would_block)
                give_up("TLS does not work");
        }
    }

    example::tls_context server_context_;
    example::tls_context client_context_;
    example::tls_stream server_;
    example::tls_stream client_;
};

/// A client and a server with one stream, which is a WebSocket or not.
class pair {
public:
    pair(wire& between, bool is_websocket) : wire_{between}
    {
        if (is_websocket)
            open_websocket();
        else
            open_plain();
        settle();
    }

    /// Sends frames that were made before, and receives them.
    void exchange_frame(std::span<const std::byte> frame, bool to_server)
    {
        (to_server ? plain_client_ : plain_server_)->send(frame);
        settle();
    }
    /// Sends a message, and receives it.
    void exchange(std::span<const std::byte> message, bool to_server)
    {
        if (to_server)
            send(*client_stream_, message);
        else
            send(*server_stream_, message);
    }
    void exchange(sockless::prepared_message& message) { send(*server_stream_, message); }
    [[nodiscard]] std::size_t received(bool by_server) const
    {
        if (plain_client_ != nullptr)
            return (by_server ? plain_server_ : plain_client_)->received();
        return by_server ? server_stream_->handler.received : client_stream_->handler.received;
    }

private:
    static constexpr example::http2_options choice{.stream_window = 1 << 20};
    static constexpr sockless::websocket_sizes sizes{.message = std::size_t{1} << 20};

    void open_plain()
    {
        auto made = std::make_unique<plain_stream>(client_, 0);
        plain_client_ = made.get();
        const std::array<sockless::field, 4> fields{
            {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":authority", "localhost"}}};
        plain_client_->set_id(client_.request(fields, std::move(made)));
    }
    void open_websocket()
    {
        settle(); // the settings
        sockless::uri where;
        if (failed(parse_uri("ws://localhost/", where)))
            give_up("no URL");
        client_stream_ = client_stream::connect(client_, {.where = where}, {}, {}, sizes);
    }
    std::unique_ptr<example::http2_stream> answer(std::int32_t id, std::span<const sockless::field> fields)
    {
        sockless::upgrade_request request;
        if (failed(check_extended_connect(sockless::connect_head::from(fields), request))) {
            constexpr sockless::field good{":status", "200"};
            server_.respond(id, {&good, 1}, true);
            auto made = std::make_unique<plain_stream>(server_, id);
            plain_server_ = made.get();
            return made;
        }
        auto made = server_stream::accept(server_, id, request, {}, {}, {}, sizes);
        server_stream_ = made.get();
        return made;
    }
    void send(auto& stream, auto& message)
    {
        if (failed(stream.ws.send(message)))
            give_up("a message is not sent");
        stream.flush();
        settle();
    }
    void settle()
    {
        do {
            wire_.move(client_, server_, true);
            wire_.move(server_, client_, false);
        } while (client_.poll(1).write);
    }

    wire& wire_;
    http2_connection client_{choice};
    http2_connection server_{choice, [this](http2_connection&, std::int32_t id,
                                            std::span<const sockless::field> fields) { return answer(id, fields); }};
    plain_stream* plain_client_ = nullptr;
    plain_stream* plain_server_ = nullptr;
    client_stream* client_stream_ = nullptr;
    server_stream* server_stream_ = nullptr;
};

/// Returns a frame as the role sends it.
std::vector<std::byte> make_frame(std::span<const std::byte> message, bool by_client)
{
    const std::size_t size = message.size();
    std::vector<std::byte> frame{std::byte{0x82}};
    const auto put = [&](std::size_t value, int bytes) {
        while (bytes-- != 0)
            frame.push_back(static_cast<std::byte>(value >> (8 * bytes)));
    };
    const std::size_t mask = by_client ? 0x80 : 0;
    if (size < 126)
        put(mask | size, 1);
    else if (size < 65536)
        put(mask | 126, 1), put(size, 2);
    else
        put(mask | 127, 1), put(size, 8);
    if (by_client)
        put(0, 4);
    frame.insert(frame.end(), message.begin(), message.end());
    return frame;
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

enum class kind { to_server, to_client, prepared_to_client };
constexpr const char* names[] = {"client to server", "server to client", "server to client, prepared"};

void measure(wire& plain_wire, wire& websocket_wire, const char* name, std::size_t size, kind what)
{
    pair plain{plain_wire, false};
    pair websocket{websocket_wire, true};
    std::vector<std::byte> message(size);
    for (std::size_t i = 0; i < size; ++i)
        message[i] = static_cast<std::byte>(i * 31 % 251);
    const bool to_server = what == kind::to_server;
    const std::vector<std::byte> frame = make_frame(message, to_server);
    sockless::shared_prepared_message prepared;
    if (failed(prepared.assign_binary(message)))
        give_up("a message is not prepared");
    const std::size_t passes = 40'000'000 / (size + 15'000);
    const auto run = [&](pair& one, std::size_t expected, std::vector<double>& results, const auto& exchange) {
        const std::size_t before = one.received(to_server);
        const double begin = cpu_seconds();
        for (std::size_t i = 0; i < passes; ++i)
            exchange();
        results.push_back((cpu_seconds() - begin) / static_cast<double>(passes) * 1e9);
        if (one.received(to_server) - before != passes * expected)
            give_up("something is lost");
    };
    std::vector<double> data;
    std::vector<double> messages;
    std::vector<double> ratios;
    const auto run_data = [&] { run(plain, frame.size(), data, [&] { plain.exchange_frame(frame, to_server); }); };
    for (std::size_t i = 0; i < rounds; ++i) { // first one, then the other
        if (i % 2 == 0)
            run_data();
        run(websocket, size, messages, [&] {
            if (what == kind::prepared_to_client)
                websocket.exchange(*prepared);
            else
                websocket.exchange(message, to_server);
        });
        if (i % 2 != 0)
            run_data();
        ratios.push_back(messages.back() / data.back());
    }
    std::printf("%-6s %6zu bytes, %-26s: DATA %7.0f ns, WebSocket %7.0f ns, ratio %.2f\n", name, size,
                names[static_cast<std::size_t>(what)], median(data), median(messages), median(ratios));
    std::fflush(stdout);
}
void measure(wire& plain_wire, wire& websocket_wire, const char* name)
{
    for (const kind what : {kind::to_server, kind::to_client, kind::prepared_to_client})
        for (const std::size_t size : {std::size_t{125}, std::size_t{1024}, std::size_t{16384}, std::size_t{65536}})
            measure(plain_wire, websocket_wire, name, size, what);
}

} // namespace

int main(int count, char** values)
{
    {
        memory_wire one;
        memory_wire other;
        measure(one, other, "memory");
    }
    if (count > 1) {
        const std::string certificates = values[1];
        {
            socket_wire one;
            socket_wire other;
            measure(one, other, "TCP");
        }
        tls_wire one{certificates};
        tls_wire other{certificates};
        measure(one, other, "TLS");
    }
    return 0;
}
