// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Level 1 of this library, compared with level 2 in peers/sockless.cpp: `websocket` with a handler and growing storage.
#include "../peer.hpp"

#include <sockless/sockless.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_openssl.hpp>

#include <optional>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::size_t largest_message = std::size_t{16} << 20;

template <sockless::role Role>
using keys_for = std::conditional_t<Role == sockless::role::client,
                                    sockless::mask_key_pool<sockless::openssl_random, 4096>, sockless::no_mask_keys>;
template <sockless::role Role>
using websocket_of = sockless::websocket<Role, keys_for<Role>>;

struct sink_handler {
    sink& out;

    template <class Websocket>
    void on_message(Websocket&, const sockless::event& message)
    {
        out.take(message.payload().data(), message.payload().size());
        if (message.last())
            out.end_message();
    }
};

template <sockless::role Role>
class websocket_receiver final : public receiver {
public:
    explicit websocket_receiver(delivery how) : ws_{storage_, {.whole_messages = how == delivery::assembled}}
    {
        if (sockless::failed(ws_.start_open()))
            throw std::runtime_error{"the connection did not open"};
    }
    void receive(wire& in, std::size_t, sink& out) override
    {
        for (bytes chunk = in.next(buffer_); chunk.size != 0; chunk = in.next(buffer_)) {
            ws_.receive(std::span{chunk.data, chunk.size}, now_);
            if (ws_.poll(sink_handler{out}, now_).close)
                return; // the row is void: messages are missing;
        }
    }

private:
    std::uint64_t now_ = 0;
    std::vector<unsigned char> buffer_;
    sockless::growing_websocket_storage storage_{
        {.message = largest_message, .output = std::size_t{64} << 10, .input = largest_message}};
    websocket_of<Role> ws_;
};

template <sockless::role Role>
class websocket_sender final : public sender {
public:
    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        if (!ws_) {
            output_.emplace(std::span{out.data, out.size});
            storage_.emplace(input_, *output_, message_, sockless::websocket_sizes{});
            ws_.emplace(*storage_);
            if (sockless::failed(ws_->start_open()))
                return 0;
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (sockless::failed(ws_->send(std::span{messages[i].data, messages[i].size})))
                return 0;
        }
        const std::size_t size = ws_->write_buffer().size();
        ws_->written(size, 0);
        return size;
    }

private:
    sockless::static_byte_queue<1024> input_;
    sockless::static_byte_queue<4096> message_;
    std::optional<sockless::output_queue> output_;
    std::optional<sockless::websocket_storage> storage_;
    std::optional<websocket_of<Role>> ws_;
};

class websocket_peer final : public peer {
    std::string name() const override { return "sockless websocket"; }

    std::unique_ptr<receiver> make_receiver(end side, delivery how) const override
    {
        if (side == end::server)
            return std::make_unique<websocket_receiver<sockless::role::server>>(how);
        return std::make_unique<websocket_receiver<sockless::role::client>>(how);
    }
    std::unique_ptr<sender> make_sender(end side) const override
    {
        if (side == end::server)
            return std::make_unique<websocket_sender<sockless::role::server>>();
        return std::make_unique<websocket_sender<sockless::role::client>>();
    }
};

const registration<websocket_peer> here;

} // namespace
} // namespace bench
