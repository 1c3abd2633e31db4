// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Boost.Beast with permessage-deflate, which contains its own translation of zlib. Settings and buffer sizes are those of the other peers.
#include "beast_stream.hpp"

namespace bench {
namespace {

using boost::system::error_code;
using stream = websocket::stream<memory_stream, true>;

void open_with_deflate(stream& ws, end side)
{
    websocket::permessage_deflate options;
    options.server_enable = true;
    options.client_enable = true;
    options.compLevel = 6;
    options.memLevel = 8;
    ws.set_option(options);
    open(ws, side, "permessage-deflate");
}

class inflating_receiver final : public receiver {
public:
    explicit inflating_receiver(end side) { open_with_deflate(ws_, side); }

private:
    void receive(wire& in, std::size_t messages, sink& out) override
    {
        receive_pieces(ws_, buffer_, in, messages, out);
    }

    stream ws_;
    std::vector<unsigned char> buffer_ = std::vector<unsigned char>(std::size_t{16} << 10);
};

class deflating_sender final : public sender {
public:
    explicit deflating_sender(end side)
    {
        ws_.write_buffer_bytes(std::size_t{2} << 20); // one frame per message
        open_with_deflate(ws_, side);
    }

private:
    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        return send_all(ws_, messages, count, out);
    }

    stream ws_;
};

class deflate_peer final : public peer {
    std::string name() const override { return "Beast"; }
    std::unique_ptr<receiver> make_inflating_receiver(end side) const override
    {
        return std::make_unique<inflating_receiver>(side);
    }
    /// Version 1.74 ends each message with a full flush: there is no context takeover, even if it was negotiated.
    std::unique_ptr<sender> make_deflating_sender(end side, bool takeover) const override
    {
        return takeover ? nullptr : std::make_unique<deflating_sender>(side);
    }
};

const registration<deflate_peer> here;

} // namespace
} // namespace bench
