// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The echo server of the benchmarks with websocketpp and Asio: one thread, without logging. C++14.

#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/server.hpp>

#include <cstdio>
#include <cstring>

namespace {

/// Without locks, which one thread does not need, and without logging.
struct quiet : websocketpp::config::asio {
    using type = quiet;
    using concurrency_type = websocketpp::concurrency::none;
    using alog_type = websocketpp::log::stub;
    using elog_type = websocketpp::log::stub;
    struct transport_config : websocketpp::config::asio::transport_config {
        using concurrency_type = type::concurrency_type;
        using alog_type = type::alog_type;
        using elog_type = type::elog_type;
    };
    using transport_type = websocketpp::transport::asio::endpoint<transport_config>;
};

struct compressing : quiet {
    struct permessage_deflate_config {};
    using permessage_deflate_type = websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>;
};

template <class Config>
int run()
{
    using server = websocketpp::server<Config>;
    server echo;
    echo.init_asio();
    echo.set_tcp_post_init_handler([&echo](websocketpp::connection_hdl handle) {
        echo.get_con_from_hdl(handle)->get_raw_socket().set_option(boost::asio::ip::tcp::no_delay{true});
    });
    echo.set_message_handler([&echo](websocketpp::connection_hdl handle, typename server::message_ptr message) {
        websocketpp::lib::error_code ignored;
        echo.send(handle, message->get_payload(), message->get_opcode(), ignored);
    });
    echo.listen(boost::asio::ip::tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0});
    echo.start_accept();
    websocketpp::lib::asio::error_code failure;
    std::printf("listening on ws://127.0.0.1:%d/\n", echo.get_local_endpoint(failure).port());
    std::fflush(stdout);
    echo.run();
    return 0;
}

} // namespace

int main(int count, char** values)
{
    return count > 1 && std::strcmp(values[1], "--deflate") == 0 ? run<compressing>() : run<quiet>();
}
