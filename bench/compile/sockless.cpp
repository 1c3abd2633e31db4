// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The code of a server connection, to measure its compilation: handshake, echo of messages, close. This library.
/// It includes what it uses, as the one for Beast does.
#include <sockless/connection.hpp>
#include <sockless/handshake/server_handshake.hpp>

class echo {
public:
    /// Processes input and appends output; false: close the transport.
    bool read(std::span<std::byte> in, sockless::byte_queue& tx)
    {
        if (!handshake_.is_open()) {
            if (handshake_.poll(in, tx) == sockless::server_handshake_result::request &&
                sockless::failed(handshake_.accept(tx)))
                return false;
            if (!handshake_.is_open())
                return !handshake_.is_answered();
        }
        for (;;) {
            const sockless::event e = connection_.poll(in, tx, whole_);
            if (e.kind() == sockless::event_kind::need_input)
                return !connection_.finished();
            if (e.kind() != sockless::event_kind::message)
                continue;
            const sockless::error failure = e.is_text() ? connection_.send_text(tx, e.text(), sockless::assume_utf8{})
                                                        : connection_.send_binary(tx, e.payload());
            if (sockless::failed(failure))
                return false;
        }
    }

private:
    sockless::head_storage<> head_;
    sockless::server_handshake handshake_{head_};
    sockless::server_connection connection_;
    sockless::static_byte_queue<65536> storage_;
    sockless::message_assembler whole_{storage_};
};

bool serve(echo& connection, std::span<std::byte> in, sockless::byte_queue& tx);
bool serve(echo& connection, std::span<std::byte> in, sockless::byte_queue& tx)
{
    return connection.read(in, tx);
}
