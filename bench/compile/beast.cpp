// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The same with Boost.Beast, over the smallest stream that it accepts.
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

struct transport {
    using executor_type = net::io_context::executor_type;
    executor_type get_executor() { return context->get_executor(); }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, error_code& ec)
    {
        ec.clear();
        return net::buffer_copy(buffers, input);
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers)
    {
        return net::buffer_copy(buffers, input);
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers)
    {
        return net::buffer_copy(output, buffers);
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, error_code& ec)
    {
        ec.clear();
        return net::buffer_copy(output, buffers);
    }
    friend void teardown(beast::role_type, transport&, error_code& ec) { ec.clear(); }

    net::io_context* context = nullptr;
    net::const_buffer input{};
    net::mutable_buffer output{};
};

} // namespace

bool serve(net::io_context& context, net::const_buffer input, net::mutable_buffer output);
bool serve(net::io_context& context, net::const_buffer input, net::mutable_buffer output)
{
    beast::websocket::stream<transport, false> ws{transport{&context, input, output}};
    error_code ec;
    ws.accept(ec);
    beast::flat_buffer message;
    while (!ec) {
        message.clear();
        ws.read(message, ec);
        if (ec)
            break;
        ws.text(ws.got_text());
        ws.write(message.data(), ec);
    }
    return ec == beast::websocket::error::closed;
}
