// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This library with permessage-deflate over zlib, as in docs/deflate.md.
#include "../peer.hpp"

#include <sockless/connection.hpp>
#include <sockless/with_os_random.hpp>
#include <sockless/with_zlib.hpp>

#include <type_traits>

namespace bench {
namespace {

template <sockless::role Role>
struct session {
    using keys = std::conditional_t<Role == sockless::role::client, sockless::os_mask_keys, sockless::no_mask_keys>;
    using connection = sockless::connection<Role, keys, sockless::zlib_deflate>;

    explicit session(bool takeover = true)
    {
        const sockless::deflate_direction agreed{15, takeover, true};
        if (!inflater.open(15) || !deflater.open(15))
            throw std::bad_alloc{};
        ws = connection{{.decoder = {inflater, output, agreed},
                         .encoder = {deflater, agreed, {.when = sockless::deflate_when::always}}}};
    }

    sockless::zlib_inflater inflater;
    sockless::zlib_deflater deflater;
    std::vector<std::byte> output = std::vector<std::byte>(std::size_t{16} << 10);
    connection ws{};
};

template <sockless::role Role>
class inflating_receiver final : public receiver {
    void receive(wire& in, std::size_t, sink& out) override
    {
        std::vector<unsigned char> unused;
        const bytes all = in.next(unused);
        std::span<std::byte> rx = std::as_writable_bytes(std::span{all.data, all.size});
        for (sockless::event e = session_.ws.poll(rx, tx_); e.kind() != sockless::event_kind::need_input;
             e = session_.ws.poll(rx, tx_)) {
            if (e.kind() != sockless::event_kind::message)
                continue;
            out.take(e.payload().data(), e.payload().size());
            if (e.last())
                out.end_message();
        }
    }

    session<Role> session_;
    sockless::static_byte_queue<1024> tx_{};
};

template <sockless::role Role>
class deflating_sender final : public sender {
public:
    explicit deflating_sender(bool takeover) : session_{takeover} {}

private:
    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        sockless::byte_queue tx{std::as_writable_bytes(std::span{out.data, out.size})};
        for (std::size_t i = 0; i < count; ++i)
            if (failed(session_.ws.send_binary(tx, std::as_bytes(std::span{messages[i].data, messages[i].size}))))
                return 0;
        return tx.size();
    }

    session<Role> session_;
};

class deflate_peer final : public peer {
    std::string name() const override { return "sockless"; }
    std::unique_ptr<receiver> make_inflating_receiver(end side) const override
    {
        if (side == end::server)
            return std::make_unique<inflating_receiver<sockless::role::server>>();
        return std::make_unique<inflating_receiver<sockless::role::client>>();
    }
    std::unique_ptr<sender> make_deflating_sender(end side, bool takeover) const override
    {
        if (side == end::server)
            return std::make_unique<deflating_sender<sockless::role::server>>(takeover);
        return std::make_unique<deflating_sender<sockless::role::client>>(takeover);
    }
};

const registration<deflate_peer> here;

} // namespace
} // namespace bench
