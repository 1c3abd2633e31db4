// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The same with websocketpp, over its transport that does no I/O. C++14: C++20 does not compile it.
#include <websocketpp/config/core.hpp>
#include <websocketpp/server.hpp>

using server = websocketpp::server<websocketpp::config::core>;

server::connection_ptr serve(server& endpoint);
server::connection_ptr serve(server& endpoint)
{
    endpoint.set_message_handler([&endpoint](websocketpp::connection_hdl connection, server::message_ptr message) {
        websocketpp::lib::error_code ec;
        endpoint.send(connection, message->get_payload(), message->get_opcode(), ec);
    });
    const server::connection_ptr connection = endpoint.get_connection();
    connection->start();
    return connection;
}

std::size_t read(server::connection_ptr& connection, const char* data, std::size_t size);
std::size_t read(server::connection_ptr& connection, const char* data, std::size_t size)
{
    return connection->read_all(data, size);
}
