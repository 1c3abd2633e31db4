// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The echo server of the benchmarks with libwebsockets: one thread and libuv, because its own loop uses poll(2); after its own example, which
/// echoes fragments as they arrive.

#include <libwebsockets.h>

#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

namespace {

struct fragment {
    std::vector<unsigned char> bytes; ///< after LWS_PRE bytes, as lws_write needs it
    lws_write_protocol flags;
};

/// Allocated by libwebsockets and filled with zeros.
struct session {
    std::deque<fragment>* output;
    bool is_paused;
};

constexpr std::size_t max_output = 64; ///< fragments until reading pauses

int on_event(lws* socket, lws_callback_reasons reason, void* user, void* in, std::size_t size)
{
    auto* const self = static_cast<session*>(user);
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED: self->output = new std::deque<fragment>; break;
    case LWS_CALLBACK_CLOSED: delete self->output; break;
    case LWS_CALLBACK_RECEIVE: {
        const auto* const bytes = static_cast<const unsigned char*>(in);
        fragment one;
        one.bytes.reserve(LWS_PRE + size);
        one.bytes.resize(LWS_PRE);
        one.bytes.insert(one.bytes.end(), bytes, bytes + size);
        one.flags = static_cast<lws_write_protocol>(
            lws_write_ws_flags(lws_frame_is_binary(socket) != 0 ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
                               lws_is_first_fragment(socket), lws_is_final_fragment(socket)));
        self->output->push_back(std::move(one));
        lws_callback_on_writable(socket);
        if (!self->is_paused && self->output->size() >= max_output) {
            self->is_paused = true;
            lws_rx_flow_control(socket, 0);
        }
        break;
    }
    case LWS_CALLBACK_SERVER_WRITEABLE: {
        if (self->output->empty())
            break;
        fragment& one = self->output->front();
        const std::size_t payload = one.bytes.size() - LWS_PRE;
        if (lws_write(socket, one.bytes.data() + LWS_PRE, payload, one.flags) < static_cast<int>(payload))
            return -1;
        self->output->pop_front();
        if (!self->output->empty())
            lws_callback_on_writable(socket);
        if (self->is_paused && self->output->size() < max_output / 2) {
            self->is_paused = false;
            lws_rx_flow_control(socket, 1);
        }
        break;
    }
    default: break;
    }
    return 0;
}

} // namespace

int main(int count, char** values)
{
    lws_set_log_level(LLL_ERR, nullptr);
    const lws_protocols protocols[] = {{"http", on_event, sizeof(session), std::size_t{64} << 10U, 0, nullptr, 0},
                                       {nullptr, nullptr, 0, 0, 0, nullptr, 0}};
    const lws_extension extensions[] = {
        {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits"},
        {nullptr, nullptr, nullptr}};
    lws_context_creation_info info{};
    info.port = 0;
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.pt_serv_buf_size = 64U << 10U;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    if (count > 1 && std::strcmp(values[1], "--deflate") == 0)
        info.extensions = extensions;
    lws_context* const context = lws_create_context(&info);
    lws_vhost* const host = context != nullptr ? lws_create_vhost(context, &info) : nullptr;
    if (host == nullptr) {
        std::fputs("libwebsockets does not start\n", stderr);
        return 1;
    }
    std::printf("listening on ws://127.0.0.1:%d/\n", lws_get_vhost_listen_port(host));
    std::fflush(stdout);
    while (lws_service(context, 0) >= 0) {
    }
    lws_context_destroy(context);
}
