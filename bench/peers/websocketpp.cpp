// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// websocketpp's protocol layer, the hybi13 processor, without its transports. A C++14 unit: C++20 does not compile it.
/// It always assembles messages, so that its row is listed under pieces too.
#include "../peer.hpp"
#include "../random_pool.hpp"

#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/core.hpp>
#include <websocketpp/processors/hybi13.hpp>
#include <websocketpp/random/random_device.hpp>
#include <websocketpp/server.hpp>

#include <exception>

namespace bench {
namespace {

/// Its `core` configuration, with unpredictable masking keys from the same kind of source as the other peers', and without the
/// locks, which one thread does not need.
struct config : websocketpp::config::core {
    struct rng_type {
        std::uint32_t operator()()
        {
            std::uint32_t key = 0;
            pool.fill(&key, sizeof key);
            return key;
        }
        random_pool pool;
    };
    using concurrency_type = websocketpp::concurrency::none;
};

using processor = websocketpp::processor::hybi13<config>;
using message_ptr = config::message_type::ptr;

class processor_receiver final : public receiver {
public:
    explicit processor_receiver(end side) : processor_{false, side == end::server, manager_, keys_} {}

    void receive(wire& in, std::size_t, sink& out) override
    {
        websocketpp::lib::error_code ec;
        for (bytes chunk = in.next(buffer_); chunk.size != 0; chunk = in.next(buffer_)) {
            while (chunk.size != 0) {
                const std::size_t consumed = processor_.consume(chunk.data, chunk.size, ec);
                if (ec)
                    return;
                chunk.data += consumed;
                chunk.size -= consumed;
                if (processor_.ready()) {
                    const message_ptr whole = processor_.get_message();
                    out.take(whole->get_payload().data(), whole->get_payload().size());
                    out.end_message();
                }
            }
        }
    }

private:
    std::vector<unsigned char> buffer_;
    config::con_msg_manager_type::ptr manager_ = websocketpp::lib::make_shared<config::con_msg_manager_type>();
    config::rng_type keys_;
    processor processor_;
};

class processor_sender final : public sender {
public:
    explicit processor_sender(end side) : processor_{false, side == end::server, manager_, keys_} {}

    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        std::size_t total = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const message_ptr in = manager_->get_message(websocketpp::frame::opcode::binary, messages[i].size);
            in->append_payload(messages[i].data, messages[i].size);
            const message_ptr framed = manager_->get_message();
            if (processor_.prepare_data_frame(in, framed))
                return 0;
            const std::string& header = framed->get_header();
            const std::string& payload = framed->get_payload();
            std::memcpy(out.data + total, header.data(), header.size());
            total += header.size();
            std::memcpy(out.data + total, payload.data(), payload.size());
            total += payload.size();
        }
        return total;
    }

private:
    config::con_msg_manager_type::ptr manager_ = websocketpp::lib::make_shared<config::con_msg_manager_type>();
    config::rng_type keys_;
    processor processor_;
};

class processor_acceptor final : public acceptor {
public:
    std::size_t accept(bytes request, bytes out) override
    {
        namespace http = websocketpp::http;
        config::request_type parsed;
        parsed.consume(reinterpret_cast<const char*>(request.data), request.size);
        if (!parsed.ready() || !websocketpp::processor::is_websocket_handshake(parsed) ||
            websocketpp::processor::get_websocket_version(parsed) != 13)
            return 0;
        processor server{false, true, manager_, keys_};
        config::response_type response;
        std::vector<std::string> subprotocols;
        if (server.validate_handshake(parsed) || server.extract_subprotocols(parsed, subprotocols) ||
            server.negotiate_extensions(parsed).first || server.process_handshake(parsed, "", response))
            return 0;
        response.set_version("HTTP/1.1");
        response.set_status(http::status_code::switching_protocols);
        const std::string raw = server.get_raw(response);
        std::memcpy(out.data, raw.data(), raw.size());
        return raw.size();
    }

private:
    config::con_msg_manager_type::ptr manager_ = websocketpp::lib::make_shared<config::con_msg_manager_type>();
    config::rng_type keys_;
};

class processor_connector final : public connector {
public:
    bool connect(answering_server& server) override
    {
        processor client{false, false, manager_, keys_};
        config::request_type request;
        const auto uri = websocketpp::lib::make_shared<websocketpp::uri>("ws://server.example.com/chat");
        if (client.client_handshake_request(request, uri, {}))
            return false;
        std::string raw = request.raw();
        const bytes answer = server.answer({reinterpret_cast<unsigned char*>(&raw[0]), raw.size()});
        config::response_type response;
        response.consume(reinterpret_cast<const char*>(answer.data), answer.size);
        return response.headers_ready() && !client.validate_server_handshake_response(request, response);
    }

private:
    config::con_msg_manager_type::ptr manager_ = websocketpp::lib::make_shared<config::con_msg_manager_type>();
    config::rng_type keys_;
};

/// A connection as programs use it, over the transport that does no I/O.
struct idle_connection {
    static websocketpp::server<config>& endpoint()
    {
        static websocketpp::server<config> server;
        return server;
    }
    static std::unique_ptr<idle_connection> make()
    {
        static const std::string request =
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        endpoint().clear_access_channels(websocketpp::log::alevel::all);
        endpoint().set_write_handler(
            [](websocketpp::connection_hdl, const char*, std::size_t) { return websocketpp::lib::error_code(); });
        auto result = std::make_unique<idle_connection>();
        result->connection = endpoint().get_connection();
        result->connection->start();
        result->connection->read_all(request.data(), request.size());
        return result;
    }
    websocketpp::server<config>::connection_ptr connection;
};

class processor_peer final : public peer {
    std::string name() const override { return "websocketpp"; }
    std::unique_ptr<receiver> make_receiver(end side, delivery) const override
    {
        return std::make_unique<processor_receiver>(side);
    }
    std::unique_ptr<sender> make_sender(end side) const override { return std::make_unique<processor_sender>(side); }
    std::unique_ptr<acceptor> make_acceptor() const override { return std::make_unique<processor_acceptor>(); }
    std::unique_ptr<connector> make_connector() const override { return std::make_unique<processor_connector>(); }
    mask_function mask() const override
    {
        return [](unsigned char* data, std::size_t size, const unsigned char* key) {
            websocketpp::frame::masking_key_type prepared;
            std::memcpy(prepared.c, key, 4);
            websocketpp::frame::word_mask_exact(data, size, prepared);
        };
    }
    utf8_function utf8() const override
    {
        return [](const unsigned char* data, std::size_t size) {
            websocketpp::utf8_validator::validator validator;
            return validator.decode(data, data + size) && validator.complete();
        };
    }
    std::pair<std::string, keys_function> keys(std::size_t which) const override
    {
        if (which != 0)
            return {};
        return {
            "websocketpp", [](std::size_t count) {
                static websocketpp::random::random_device::int_generator<std::uint32_t, websocketpp::concurrency::none>
                    next;
                std::uint32_t all = 0;
                for (std::size_t i = 0; i < count;) {
                    try {
                        all |= next();
                        ++i;
                    } catch (const std::exception&) {
                        // The processor's random source is exhausted for a moment, and libstdc++ throws: try again.
                    }
                }
                return all;
            }};
    }
    std::size_t idle_bytes(end side) const override
    {
        return side == end::server ? idle_bytes_of(&idle_connection::make) : 0;
    }
};

const registration<processor_peer> here;

} // namespace
} // namespace bench
