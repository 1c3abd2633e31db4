// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The echo server of the benchmarks with Boost.Beast: one thread, asynchronous, after Beast's own example.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = boost::asio::ip::tcp;

class session : public std::enable_shared_from_this<session> {
public:
    session(tcp::socket socket, bool deflate) : ws_{std::move(socket)}
    {
        boost::system::error_code ignored;
        ws_.next_layer().socket().set_option(tcp::no_delay{true}, ignored);
        ws_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
        ws_.auto_fragment(false); // one frame per message
        websocket::permessage_deflate chosen;
        chosen.server_enable = deflate;
        ws_.set_option(chosen);
    }
    void run()
    {
        ws_.async_accept([self = shared_from_this()](beast::error_code failure) {
            if (!failure)
                self->read();
        });
    }

private:
    void read()
    {
        ws_.async_read(buffer_, [self = shared_from_this()](beast::error_code failure, std::size_t) {
            if (!failure)
                self->write();
        });
    }
    void write()
    {
        ws_.text(ws_.got_text());
        ws_.async_write(buffer_.data(), [self = shared_from_this()](beast::error_code failure, std::size_t) {
            self->buffer_.consume(self->buffer_.size());
            if (!failure)
                self->read();
        });
    }

    websocket::stream<beast::tcp_stream> ws_;
    beast::flat_buffer buffer_;
};

void accept(tcp::acceptor& acceptor, bool deflate)
{
    acceptor.async_accept([&acceptor, deflate](beast::error_code failure, tcp::socket socket) {
        if (!failure)
            std::make_shared<session>(std::move(socket), deflate)->run();
        accept(acceptor, deflate);
    });
}

} // namespace

int main(int count, char** values)
{
    const bool deflate = count > 1 && std::strcmp(values[1], "--deflate") == 0;
    boost::asio::io_context loop{1};
    tcp::acceptor acceptor{loop, {boost::asio::ip::address_v4::loopback(), 0}};
    std::printf("listening on ws://127.0.0.1:%d/\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    accept(acceptor, deflate);
    loop.run();
}
