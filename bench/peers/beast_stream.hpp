// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The common part of both measurements of Boost.Beast: a stream in memory, the handshake over it, and messages in pieces.
#pragma once

#include "../peer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/websocket.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace bench {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

/// A synchronous stream as Beast requires it.
class memory_stream {
public:
    using executor_type = net::io_context::executor_type;

    executor_type get_executor() noexcept
    {
        static net::io_context context;
        return context.get_executor();
    }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, boost::system::error_code& ec)
    {
        std::size_t total = 0;
        for (const net::mutable_buffer buffer : beast::buffers_range_ref(buffers)) {
            const std::size_t size = in->read(buffer.data(), buffer.size());
            total += size;
            if (size != buffer.size())
                break;
        }
        if (total == 0)
            ec = net::error::eof;
        else
            ec.clear();
        return total;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers)
    {
        boost::system::error_code ec;
        const std::size_t size = read_some(buffers, ec);
        if (ec)
            throw boost::system::system_error{ec};
        return size;
    }

    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, boost::system::error_code& ec)
    {
        ec.clear();
        std::size_t total = 0;
        for (const net::const_buffer buffer : beast::buffers_range_ref(buffers)) {
            std::memcpy(out.data + out.size, buffer.data(), buffer.size());
            out.size += buffer.size();
            total += buffer.size();
        }
        if (server != nullptr) {
            const bytes answer = server->answer(out);
            answer_ = wire{answer.data, answer.size, 0};
            in = &answer_;
        }
        return total;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers)
    {
        boost::system::error_code ec;
        return write_some(buffers, ec);
    }

    friend void teardown(beast::role_type, memory_stream&, boost::system::error_code& ec) { ec.clear(); }

    wire* in = nullptr;
    bytes out{};
    answering_server* server = nullptr; ///< receives the request that is written

private:
    wire answer_{nullptr, 0, 0};
};

/// Completes the handshake of `ws` with a simulated peer.
///
/// @param extensions  the offer or answer of that peer; empty: none
template <class Stream>
void open(Stream& ws, end side, const std::string& extensions = {})
{
    const std::string field_line =
        extensions.empty() ? std::string{} : "Sec-WebSocket-Extensions: " + extensions + "\r\n";
    /// Answers with the accept value that Beast computes.
    class beast_server final : public answering_server {
    public:
        explicit beast_server(const std::string& field_line) : field_line_{field_line} {}

    private:
        bytes answer(bytes request) override
        {
            const std::string head(reinterpret_cast<const char*>(request.data), request.size);
            const std::string field = "Sec-WebSocket-Key: ";
            websocket::detail::sec_ws_accept_type accept;
            websocket::detail::make_sec_ws_accept(accept, head.substr(head.find(field) + field.size(), 24));
            answer_ = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: " +
                      std::string(accept.data(), accept.size()) + "\r\n" + field_line_ + "\r\n";
            return {reinterpret_cast<unsigned char*>(&answer_[0]), answer_.size()};
        }
        std::string field_line_;
        std::string answer_;
    };

    std::vector<unsigned char> output(4096);
    std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
                          field_line + "\r\n";
    wire in{reinterpret_cast<unsigned char*>(&request[0]), request.size(), 0};
    beast_server server{field_line};
    memory_stream& lower = ws.next_layer();
    lower.out = {output.data(), 0};
    lower.in = &in;
    if (side == end::server) {
        ws.accept();
    } else {
        lower.server = &server;
        ws.handshake("localhost", "/");
        lower.server = nullptr;
    }
    lower.in = nullptr;
    lower.out = {};
    ws.auto_fragment(false);
    ws.binary(true);
}

/// Writes `count` messages to the front of `out`. Returns the number of bytes, or 0 after an error.
template <class Stream>
std::size_t send_all(Stream& ws, const message* messages, std::size_t count, bytes out)
{
    ws.next_layer().out = {out.data, 0};
    for (std::size_t i = 0; i < count; ++i) {
        boost::system::error_code ec;
        ws.write(net::buffer(messages[i].data, messages[i].size), ec);
        if (ec)
            return 0;
    }
    return ws.next_layer().out.size;
}

/// Reads `messages` messages in pieces. Ends at the first error; the sink then has too little.
template <class Stream>
void receive_pieces(Stream& ws, std::vector<unsigned char>& buffer, wire& in, std::size_t messages, sink& out)
{
    ws.next_layer().in = &in;
    while (out.messages() < messages) {
        boost::system::error_code ec;
        const std::size_t size = ws.read_some(net::buffer(buffer), ec);
        if (ec)
            return;
        out.take(buffer.data(), size);
        if (ws.is_message_done())
            out.end_message();
    }
}

} // namespace bench
