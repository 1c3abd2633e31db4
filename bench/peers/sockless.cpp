// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This library, used as its documentation shows: one connection, polled until it needs input.
#include "../peer.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/sockless.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_openssl.hpp>
#include <sockless/with_os_random.hpp>

namespace bench {
namespace {

/// As large as the pool of the peers that receive their keys from the program.
using large_pool = sockless::mask_key_pool<sockless::openssl_random, 4096>;

template <sockless::role Role>
using keys_for = std::conditional_t<Role == sockless::role::client, large_pool, sockless::no_mask_keys>;

template <sockless::role Role, delivery Delivery>
class sockless_receiver final : public receiver {
public:
    void receive(wire& in, std::size_t, sink& out) override
    {
        for (bytes chunk = in.next(buffer_); chunk.size != 0; chunk = in.next(buffer_)) {
            std::span<std::byte> rx = std::as_writable_bytes(std::span{chunk.data, chunk.size});
            for (sockless::event e = poll(rx); e.kind() != sockless::event_kind::need_input; e = poll(rx)) {
                if (e.kind() != sockless::event_kind::message)
                    continue;
                out.take(e.payload().data(), e.payload().size());
                if (e.last())
                    out.end_message();
            }
        }
    }

private:
    sockless::event poll(std::span<std::byte>& rx) noexcept
    {
        if constexpr (Delivery == delivery::assembled)
            return connection_.poll(rx, tx_, whole_);
        else
            return connection_.poll(rx, tx_);
    }

    std::vector<unsigned char> buffer_;
    sockless::connection<Role, keys_for<Role>> connection_{};
    sockless::static_byte_queue<1024> tx_{};
    sockless::growing_byte_queue storage_{std::size_t{16} << 20};
    sockless::message_assembler whole_{storage_};
};

template <sockless::role Role>
class sockless_sender final : public sender {
public:
    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        sockless::byte_queue tx{std::as_writable_bytes(std::span{out.data, out.size})};
        for (std::size_t i = 0; i < count; ++i) {
            const sockless::error e =
                connection_.send_binary(tx, std::as_bytes(std::span{messages[i].data, messages[i].size}));
            if (sockless::failed(e))
                return 0;
        }
        return tx.size();
    }

private:
    sockless::connection<Role, keys_for<Role>> connection_{};
};

class sockless_acceptor final : public acceptor {
public:
    std::size_t accept(bytes request, bytes out) override
    {
        sockless::byte_queue tx{std::as_writable_bytes(std::span{out.data, out.size})};
        std::span<const std::byte> in = std::as_bytes(std::span{request.data, request.size});
        sockless::server_handshake handshake{storage_};
        if (handshake.poll(in, tx) != sockless::server_handshake_result::request ||
            sockless::failed(handshake.accept(tx)))
            return 0;
        return tx.size();
    }

private:
    sockless::head_storage<> storage_;
};

class sockless_connector final : public connector {
public:
    bool connect(answering_server& server) override
    {
        tx_.clear();
        sockless::client_handshake handshake{storage_};
        sockless::connect_options request;
        if (sockless::failed(sockless::parse_uri("ws://server.example.com/chat", request.where)) ||
            sockless::failed(handshake.start(tx_, request, random_)))
            return false;
        const std::span<const std::byte> waiting = tx_.data();
        std::memcpy(written_.data(), waiting.data(), waiting.size());
        const bytes answer = server.answer({written_.data(), waiting.size()});
        std::span<const std::byte> in = std::as_bytes(std::span{answer.data, answer.size});
        return handshake.poll(in) == sockless::client_handshake_result::open;
    }

private:
    sockless::head_storage<> storage_;
    sockless::static_byte_queue<1024> tx_;
    std::vector<unsigned char> written_ = std::vector<unsigned char>(1024);
    sockless::os_random random_;
};

/// The state of a connection in a server; the buffers of the queues exist only while data is pending.
template <class Connection>
struct idle_connection {
    explicit idle_connection(const Connection& open) : connection{open} {}

    Connection connection;
    sockless::growing_byte_queue tx{std::size_t{16} << 20};
    sockless::growing_byte_queue storage{std::size_t{16} << 20};
    sockless::message_assembler whole{storage};
};

template <class Source>
std::uint32_t make_keys(std::size_t count)
{
    static Source source;
    std::uint32_t all = 0;
    for (std::size_t i = 0; i < count; ++i) {
        sockless::mask_key key;
        if (!source.next(key))
            return 0;
        all |= std::bit_cast<std::uint32_t>(key.bytes);
    }
    return all;
}

class sockless_peer final : public peer {
    std::string name() const override { return "sockless"; }

    std::unique_ptr<acceptor> make_acceptor() const override { return std::make_unique<sockless_acceptor>(); }
    std::unique_ptr<connector> make_connector() const override { return std::make_unique<sockless_connector>(); }
    mask_function mask() const override
    {
        return [](unsigned char* data, std::size_t size, const unsigned char* key) {
            sockless::mask_key bytes;
            std::memcpy(bytes.bytes.data(), key, 4);
            sockless::mask(std::as_writable_bytes(std::span{data, size}), bytes);
        };
    }
    utf8_function utf8() const override
    {
        return [](const unsigned char* data, std::size_t size) {
            return sockless::is_utf8(std::as_bytes(std::span{data, size}));
        };
    }
    std::pair<std::string, keys_function> keys(std::size_t which) const override
    {
        if (which == 0)
            return {"sockless", &make_keys<sockless::os_mask_keys>};
        if (which == 1)
            return {"sockless with OpenSSL", &make_keys<large_pool>};
        return {};
    }
    std::size_t idle_bytes(end side) const override
    {
        using sockless::role;
        if (side == end::server)
            return idle_bytes_of([] {
                return std::make_unique<idle_connection<sockless::server_connection>>(sockless::server_connection{});
            });
        // All connections share one pool of masking keys.
        static sockless::os_mask_keys pool;
        using keys = sockless::shared_mask_keys<sockless::os_mask_keys>;
        using connection = sockless::client_connection<keys>;
        return idle_bytes_of([] { return std::make_unique<idle_connection<connection>>(connection{keys{pool}}); });
    }

    std::unique_ptr<receiver> make_receiver(end side, delivery how) const override
    {
        using sockless::role;
        if (side == end::server)
            return make<role::server>(how);
        return make<role::client>(how);
    }

    std::unique_ptr<sender> make_sender(end side) const override
    {
        using sockless::role;
        if (side == end::server)
            return std::make_unique<sockless_sender<role::server>>();
        return std::make_unique<sockless_sender<role::client>>();
    }

    template <sockless::role Role>
    static std::unique_ptr<receiver> make(delivery how)
    {
        if (how == delivery::pieces)
            return std::make_unique<sockless_receiver<Role, delivery::pieces>>();
        return std::make_unique<sockless_receiver<Role, delivery::assembled>>();
    }
};

const registration<sockless_peer> here;

} // namespace
} // namespace bench
