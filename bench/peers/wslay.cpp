// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// wslay: the event interface, which assembles messages, checks UTF-8 and replies automatically, and the frame interface below
/// it, which does none of that.
#include "../peer.hpp"
#include "../random_pool.hpp"

#include <wslay/wslay.h>

#include <algorithm>

namespace bench {
namespace {

struct event_context_deleter {
    void operator()(wslay_event_context* context) const noexcept { wslay_event_context_free(context); }
};
struct frame_context_deleter {
    void operator()(wslay_frame_context* context) const noexcept { wslay_frame_context_free(context); }
};
using event_context = std::unique_ptr<wslay_event_context, event_context_deleter>;
using frame_context = std::unique_ptr<wslay_frame_context, frame_context_deleter>;

class event_receiver final : public receiver {
public:
    event_receiver(end side, delivery how)
    {
        wslay_event_callbacks callbacks{};
        callbacks.recv_callback = [](wslay_event_context_ptr context, std::uint8_t* to, std::size_t room, int,
                                     void* self) -> ssize_t {
            const std::size_t size = static_cast<event_receiver*>(self)->in_->read(to, room);
            if (size != 0)
                return static_cast<ssize_t>(size);
            wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
            return -1;
        };
        if (how == delivery::assembled) {
            callbacks.on_msg_recv_callback = [](wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* arg,
                                                void* self) {
                sink& out = *static_cast<event_receiver*>(self)->out_;
                out.take(arg->msg, arg->msg_length);
                out.end_message();
            };
        } else {
            callbacks.on_frame_recv_start_callback = [](wslay_event_context_ptr,
                                                        const wslay_event_on_frame_recv_start_arg* arg, void* self) {
                static_cast<event_receiver*>(self)->fin_ = arg->fin != 0;
            };
            callbacks.on_frame_recv_chunk_callback = [](wslay_event_context_ptr,
                                                        const wslay_event_on_frame_recv_chunk_arg* arg, void* self) {
                static_cast<event_receiver*>(self)->out_->take(arg->data, arg->data_length);
            };
            callbacks.on_frame_recv_end_callback = [](wslay_event_context_ptr, void* self) {
                if (static_cast<event_receiver*>(self)->fin_)
                    static_cast<event_receiver*>(self)->out_->end_message();
            };
        }
        wslay_event_context_ptr context = nullptr;
        if (side == end::server)
            wslay_event_context_server_init(&context, &callbacks, this);
        else
            wslay_event_context_client_init(&context, &callbacks, this);
        context_.reset(context);
        wslay_event_config_set_no_buffering(context, how == delivery::pieces ? 1 : 0);
    }

    void receive(wire& in, std::size_t, sink& out) override
    {
        in_ = &in;
        out_ = &out;
        while (!in.done() && wslay_event_recv(context_.get()) == 0) {
        }
    }

private:
    event_context context_;
    wire* in_ = nullptr;
    sink* out_ = nullptr;
    bool fin_ = false;
};

class frame_receiver final : public receiver {
public:
    frame_receiver()
    {
        wslay_frame_callbacks callbacks{};
        callbacks.recv_callback = [](std::uint8_t* to, std::size_t room, int, void* self) -> ssize_t {
            const std::size_t size = static_cast<frame_receiver*>(self)->in_->read(to, room);
            return size != 0 ? static_cast<ssize_t>(size) : -1;
        };
        wslay_frame_context_ptr context = nullptr;
        wslay_frame_context_init(&context, &callbacks, this);
        context_.reset(context);
    }

    void receive(wire& in, std::size_t messages, sink& out) override
    {
        in_ = &in;
        while (out.messages() < messages) {
            wslay_frame_iocb frame{};
            if (wslay_frame_recv(context_.get(), &frame) < 0)
                return;
            out.take(frame.data, frame.data_length);
            got_ += frame.data_length;
            if (got_ == frame.payload_length) {
                got_ = 0;
                if (frame.fin != 0)
                    out.end_message();
            }
        }
    }

private:
    frame_context context_;
    wire* in_ = nullptr;
    std::uint64_t got_ = 0;
};

class event_sender final : public sender {
public:
    explicit event_sender(end side)
    {
        wslay_event_callbacks callbacks{};
        callbacks.send_callback = [](wslay_event_context_ptr, const std::uint8_t* data, std::size_t size, int,
                                     void* self) -> ssize_t {
            bytes& out = static_cast<event_sender*>(self)->out_;
            std::memcpy(out.data + out.size, data, size);
            out.size += size;
            return static_cast<ssize_t>(size);
        };
        callbacks.genmask_callback = [](wslay_event_context_ptr, std::uint8_t* key, std::size_t size, void* self) {
            return static_cast<event_sender*>(self)->keys_.fill(key, size) ? 0 : -1;
        };
        wslay_event_context_ptr context = nullptr;
        if (side == end::server)
            wslay_event_context_server_init(&context, &callbacks, this);
        else
            wslay_event_context_client_init(&context, &callbacks, this);
        context_.reset(context);
    }

    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        out_ = {out.data, 0};
        for (std::size_t i = 0; i < count; ++i) {
            const wslay_event_msg what{WSLAY_BINARY_FRAME, messages[i].data, messages[i].size};
            if (wslay_event_queue_msg(context_.get(), &what) != 0 || wslay_event_send(context_.get()) != 0)
                return 0;
        }
        return out_.size;
    }

private:
    event_context context_;
    bytes out_{};
    random_pool keys_;
};

class frame_sender final : public sender {
public:
    explicit frame_sender(end side) : masks_{side == end::client}
    {
        wslay_frame_callbacks callbacks{};
        callbacks.send_callback = [](const std::uint8_t* data, std::size_t size, int, void* self) -> ssize_t {
            bytes& out = static_cast<frame_sender*>(self)->out_;
            std::memcpy(out.data + out.size, data, size);
            out.size += size;
            return static_cast<ssize_t>(size);
        };
        callbacks.genmask_callback = [](std::uint8_t* key, std::size_t size, void* self) {
            return static_cast<frame_sender*>(self)->keys_.fill(key, size) ? 0 : -1;
        };
        wslay_frame_context_ptr context = nullptr;
        wslay_frame_context_init(&context, &callbacks, this);
        context_.reset(context);
    }

    std::size_t send(const message* messages, std::size_t count, bytes out) override
    {
        out_ = {out.data, 0};
        for (std::size_t i = 0; i < count; ++i) {
            wslay_frame_iocb frame{};
            frame.fin = 1;
            frame.opcode = WSLAY_BINARY_FRAME;
            frame.mask = masks_ ? 1 : 0;
            frame.payload_length = messages[i].size;
            frame.data = messages[i].data;
            frame.data_length = messages[i].size;
            do {
                const ssize_t sent = wslay_frame_send(context_.get(), &frame);
                if (sent < 0)
                    return 0;
                frame.data += sent;
                frame.data_length -= static_cast<std::size_t>(sent);
            } while (frame.data_length != 0);
        }
        return out_.size;
    }

private:
    frame_context context_;
    bytes out_{};
    random_pool keys_;
    bool masks_;
};

class event_peer final : public peer {
    std::string name() const override { return "wslay event"; }
    std::unique_ptr<receiver> make_receiver(end side, delivery how) const override
    {
        return std::make_unique<event_receiver>(side, how);
    }
    std::unique_ptr<sender> make_sender(end side) const override { return std::make_unique<event_sender>(side); }
    std::size_t idle_bytes(end side) const override
    {
        return idle_bytes_of([side] {
            const wslay_event_callbacks callbacks{};
            wslay_event_context_ptr context = nullptr;
            if (side == end::server)
                wslay_event_context_server_init(&context, &callbacks, nullptr);
            else
                wslay_event_context_client_init(&context, &callbacks, nullptr);
            return event_context{context};
        });
    }
};

class frame_peer final : public peer {
    std::string name() const override { return "wslay frame"; }
    bool checks_text() const override { return false; }
    std::unique_ptr<receiver> make_receiver(end, delivery how) const override
    {
        return how == delivery::pieces ? std::make_unique<frame_receiver>() : nullptr;
    }
    std::unique_ptr<sender> make_sender(end side) const override { return std::make_unique<frame_sender>(side); }
    std::size_t idle_bytes(end) const override
    {
        return idle_bytes_of([] {
            const wslay_frame_callbacks callbacks{};
            wslay_frame_context_ptr context = nullptr;
            wslay_frame_context_init(&context, &callbacks, nullptr);
            return frame_context{context};
        });
    }
};

const registration<event_peer> event_here;
const registration<frame_peer> frame_here;

} // namespace
} // namespace bench
