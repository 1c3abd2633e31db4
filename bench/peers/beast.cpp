// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Boost.Beast over a stream in memory: read() into a flat_buffer, which assembles messages, and read_some() into a buffer.
/// Without permessage-deflate; one frame per message (auto_fragment off), as its documentation advises for speed.
#include "beast_stream.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <string>

namespace bench {
namespace {

using boost::system::error_code;

using stream = websocket::stream<memory_stream, false>;

class read_some_receiver final : public receiver {
public:
    explicit read_some_receiver(end side) { open(ws_, side); }

    void receive(wire& in, std::size_t messages, sink& out) override
    {
        receive_pieces(ws_, buffer_, in, messages, out);
    }

private:
    stream ws_;
    std::vector<unsigned char> buffer_ = std::vector<unsigned char>(std::size_t{16} << 10);
};

class read_receiver final : public receiver {
public:
    explicit read_receiver(end side) { open(ws_, side); }

    void receive(wire& in, std::size_t messages, sink& out) override
    {
        ws_.next_layer().in = &in;
        while (out.messages() < messages) {
            error_code ec;
            buffer_.clear();
            ws_.read(buffer_, ec);
            if (ec)
                return;
            out.take(buffer_.data().data(), buffer_.size());
            out.end_message();
        }
    }

private:
    stream ws_;
    beast::flat_buffer buffer_;
};

class beast_sender final : public sender {
public:
    explicit beast_sender(end side)
    {
        ws_.write_buffer_bytes(std::size_t{16} << 10);
        open(ws_, side);
    }

    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        return send_all(ws_, messages, count, out);
    }

private:
    stream ws_;
};

class beast_acceptor final : public acceptor {
public:
    std::size_t accept(bytes request, bytes out) override
    {
        wire in{request.data, request.size, 0};
        ws_.next_layer().in = &in;
        ws_.next_layer().out = {out.data, 0};
        error_code ec;
        ws_.accept(ec);
        return ec ? 0 : ws_.next_layer().out.size;
    }

private:
    stream ws_; ///< accept() and handshake() reset it: the cost of constructing a stream is not measured
};

class beast_connector final : public connector {
public:
    bool connect(answering_server& server) override
    {
        ws_.next_layer().server = &server;
        ws_.next_layer().out = {written_.data(), 0};
        error_code ec;
        ws_.handshake("server.example.com", "/chat", ec);
        return !ec;
    }

private:
    stream ws_;
    std::vector<unsigned char> written_ = std::vector<unsigned char>(4096);
};

class beast_peer final : public peer {
    std::string name() const override { return "Beast read_some"; }
    std::unique_ptr<receiver> make_receiver(end side, delivery how) const override
    {
        return how == delivery::pieces ? std::make_unique<read_some_receiver>(side) : nullptr;
    }
};

class beast_read_peer final : public peer {
    std::string name() const override { return "Beast read"; }
    std::unique_ptr<receiver> make_receiver(end side, delivery how) const override
    {
        return how == delivery::assembled ? std::make_unique<read_receiver>(side) : nullptr;
    }
};

class beast_write_peer final : public peer {
    std::string name() const override { return "Beast"; }
    std::unique_ptr<sender> make_sender(end side) const override { return std::make_unique<beast_sender>(side); }
    std::unique_ptr<acceptor> make_acceptor() const override { return std::make_unique<beast_acceptor>(); }
    std::unique_ptr<connector> make_connector() const override { return std::make_unique<beast_connector>(); }
    mask_function mask() const override
    {
        return [](unsigned char* data, std::size_t size, const unsigned char* key) {
            websocket::detail::prepared_key prepared{};
            std::memcpy(prepared.data(), key, 4);
            websocket::detail::mask_inplace(net::mutable_buffer{data, size}, prepared);
        };
    }
    utf8_function utf8() const override
    {
        return [](const unsigned char* data, std::size_t size) {
            return websocket::detail::check_utf8(reinterpret_cast<const char*>(data), size);
        };
    }
    std::pair<std::string, keys_function> keys(std::size_t which) const override
    {
        if (which != 0)
            return {};
        return {"Beast", [](std::size_t count) {
                    const websocket::detail::generator next = websocket::detail::make_prng(true);
                    std::uint32_t all = 0;
                    for (std::size_t i = 0; i < count; ++i)
                        all |= next();
                    return all;
                }};
    }
    std::size_t idle_bytes(end side) const override
    {
        return idle_bytes_of([side] {
            auto ws = std::make_unique<stream>();
            open(*ws, side);
            return ws;
        });
    }
};

const registration<beast_peer> read_some_here;
const registration<beast_read_peer> read_here;
const registration<beast_write_peer> here;

} // namespace
} // namespace bench
