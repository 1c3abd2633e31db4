// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An HTTP/2 connection by nghttp2, with bytes in and out as a `websocket` has them: it owns no socket and reads no clock.
#pragma once

#include "http2_stream.hpp"

#include <sockless/core/role.hpp>
#include <sockless/http/head.hpp>
#include <sockless/websocket/websocket_needs.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <nghttp2/nghttp2.h>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace example {

struct http2_options {
    // In milliseconds.
    std::uint32_t handshake_timeout = 10'000; ///< from the beginning until the first request
    std::uint32_t idle_timeout = 60'000;      ///< without streams
    std::uint32_t closing_timeout = 10'000;   ///< from GOAWAY, without streams, until the transport ends

    std::uint32_t max_streams = 100; ///< at a time, that the peer has opened
    std::uint32_t stream_window =
        65'535;                    ///< bytes that may arrive before they are consumed; a stream has memory for so many
    std::size_t max_head = 16'384; ///< bytes of the fields of a request or response
    std::size_t max_output = 65'536; ///< while so much waits to be written, nothing is read

    /// Frames that have no work in them but for us, such as SETTINGS, PING, RST_STREAM, and empty DATA.
    std::uint32_t max_idle_frames = 1'000;
    std::uint32_t idle_frames_per_second = 200;
};

class http2_connection {
public:
    /// What a server does with a request. It calls `respond`.
    ///
    /// @return the stream of the response; null if `respond` was called without a stream
    using request_handler = std::function<std::unique_ptr<http2_stream>(http2_connection& connection, std::int32_t id,
                                                                        std::span<const sockless::field> fields)>;

    /// Constructs a connection.
    ///
    /// @param on_request  of a server; null: a client
    explicit http2_connection(const http2_options& options, request_handler on_request = nullptr)
        : options_{options},
          on_request_{std::move(on_request)},
          idle_frames_{std::uint64_t{options.max_idle_frames} * 1'000}
    {
        begin();
    }
    ~http2_connection()
    {
        static_cast<void>(call(this, [](http2_connection& c) { c.close_streams(); }));
    }
    http2_connection(const http2_connection&) = delete;
    http2_connection& operator=(const http2_connection&) = delete;

    // --- the transport, as that of a websocket

    /// Takes bytes that have arrived; they are changed.
    void receive(std::span<std::byte> bytes, std::uint64_t now)
    {
        set_time(now);
        if (over_)
            return;
        input_ = bytes;
        const ssize_t result = nghttp2_session_mem_recv(session_.get(), as_nghttp2(bytes), bytes.size());
        input_ = {};
        if (result < 0)
            fail();
    }
    /// HTTP/2 has no use for a transport with one direction.
    void input_ended(std::uint64_t now) { transport_failed(now); }
    void transport_failed(std::uint64_t now)
    {
        set_time(now);
        failed_ = true;
        end();
    }
    /// Returns the bytes to write.
    [[nodiscard]] std::span<const std::byte> write_buffer() const noexcept { return output_.data(); }
    void written(std::size_t count, std::uint64_t now)
    {
        set_time(now);
        output_.consume(count);
    }
    /// Returns what the program does next, as `websocket::poll`. Call `on_tick` from time to time.
    [[nodiscard]] sockless::websocket_needs poll(std::uint64_t now)
    {
        set_time(now);
        fill_output();
        if (!over_ && nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0)
            end();
        sockless::websocket_needs needs;
        needs.write = !failed_ && !output_.empty();
        needs.read = !failed_ && output_.size() < options_.max_output;
        needs.shut_down_write = over_ && !failed_ && !needs.write;
        needs.close = failed_;
        return needs;
    }
    /// Does what depends on time.
    void on_tick(std::uint64_t now)
    {
        set_time(now);
        if (output_.empty())
            output_.shrink();
        bool idle = true;
        for (const auto& [id, stream] : streams_) {
            stream->on_tick();
            idle = idle && stream->is_over();
        }
        if (!idle)
            idle_since_ = now_;
        const std::uint32_t limit = closing_      ? options_.closing_timeout
                                    : had_stream_ ? options_.idle_timeout
                                                  : options_.handshake_timeout;
        if (since(idle_since_) < limit)
            return;
        if (closing_)
            transport_failed(now);
        else
            go_away();
    }
    /// Closes all streams, and the connection when they have ended.
    void close(std::uint64_t now)
    {
        set_time(now);
        if (!closing_)
            go_away();
        for (const auto& [id, stream] : streams_)
            stream->on_going_away();
    }

    // --- for streams

    [[nodiscard]] std::uint64_t now() const noexcept { return now_; }
    /// Returns whether the server has announced that it has WebSockets (RFC 8441 3).
    [[nodiscard]] bool has_websockets() const
    {
        return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
    }
    [[nodiscard]] bool has_settings() const noexcept { return has_settings_; }
    [[nodiscard]] bool is_over() const noexcept { return over_; }
    [[nodiscard]] std::size_t streams() const noexcept { return streams_.size(); }
    /// Returns the bytes in use, approximately.
    [[nodiscard]] std::size_t memory() const
    {
        std::size_t size = sizeof *this + output_.capacity();
        for (const auto& [id, stream] : streams_)
            size += stream->memory() + 1'024;
        return size;
    }

    /// Sends a request. The stream's identifier is known from then on.
    ///
    /// @return the identifier; negative: an error of nghttp2, and there is no stream
    std::int32_t request(std::span<const sockless::field> fields, std::unique_ptr<http2_stream> stream)
    {
        const std::vector<nghttp2_nv> list = nghttp2_fields(fields);
        const nghttp2_data_provider output = provider();
        const std::int32_t id =
            nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(), &output, stream.get());
        if (id >= 0)
            streams_[id] = std::move(stream);
        had_stream_ = true;
        return id;
    }
    /// Sends the response to a request.
    ///
    /// @param has_output  whether DATA follows; the response ends the stream otherwise
    void respond(std::int32_t id, std::span<const sockless::field> fields, bool has_output)
    {
        const std::vector<nghttp2_nv> list = nghttp2_fields(fields);
        const nghttp2_data_provider output = provider();
        nghttp2_submit_response(session_.get(), id, list.data(), list.size(), has_output ? &output : nullptr);
    }
    /// Returns flow-control credit for bytes of a stream that are no longer needed. That of the connection is returned when they arrive, so
    /// that streams do not wait for each other.
    void consume(std::int32_t id, std::size_t count) { nghttp2_session_consume_stream(session_.get(), id, count); }
    /// The stream has something to send, or to end, again.
    void resume(std::int32_t id) { nghttp2_session_resume_data(session_.get(), id); }
    /// Sends RST_STREAM.
    void reset(std::int32_t id, std::uint32_t code)
    {
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, code);
    }

private:
    struct deleter {
        void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
        void operator()(nghttp2_session_callbacks* callbacks) const noexcept
        {
            nghttp2_session_callbacks_del(callbacks);
        }
        void operator()(nghttp2_option* options) const noexcept { nghttp2_option_del(options); }
    };

    [[nodiscard]] static const std::uint8_t* as_nghttp2(std::span<const std::byte> bytes) noexcept
    {
        return reinterpret_cast<const std::uint8_t*>(bytes.data());
    }
    /// Differences count modulo 2^32, as those of a websocket.
    [[nodiscard]] std::uint32_t since(std::uint64_t then) const noexcept
    {
        return static_cast<std::uint32_t>(now_ - then);
    }
    void set_time(std::uint64_t now) noexcept
    {
        const auto passed = static_cast<std::uint32_t>(now - now_);
        if (!std::exchange(started_, true))
            idle_since_ = now;
        else if (passed > UINT32_MAX / 2) // a step back
            return;
        idle_frames_ = std::min(idle_frames_ + std::uint64_t{passed} * options_.idle_frames_per_second,
                                std::uint64_t{options_.max_idle_frames} * 1'000);
        now_ = now;
    }

    void begin()
    {
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_option* options = nullptr;
        if (nghttp2_session_callbacks_new(&callbacks) != 0)
            throw std::bad_alloc{};
        const std::unique_ptr<nghttp2_session_callbacks, deleter> owned_callbacks{callbacks};
        if (nghttp2_option_new(&options) != 0)
            throw std::bad_alloc{};
        const std::unique_ptr<nghttp2_option, deleter> owned_options{options};
        set_callbacks(callbacks);
        nghttp2_option_set_no_auto_window_update(options, 1);
        nghttp2_option_set_max_outbound_ack(options, options_.max_idle_frames);
        nghttp2_session* session = nullptr;
        const bool is_server = static_cast<bool>(on_request_);
        if ((is_server ? nghttp2_session_server_new2(&session, callbacks, this, options)
                       : nghttp2_session_client_new2(&session, callbacks, this, options)) != 0)
            throw std::bad_alloc{};
        session_.reset(session);
        const std::array<nghttp2_settings_entry, 4> settings{{
            {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.stream_window},
            {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(options_.max_head)},
            {is_server ? NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS : NGHTTP2_SETTINGS_ENABLE_PUSH,
             is_server ? options_.max_streams : 0},
            {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
        }};
        if (nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), is_server ? 4 : 3) != 0 ||
            nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, 1 << 20) != 0)
            throw std::bad_alloc{};
    }

    // --- nghttp2's callbacks

    /// No exception may pass through C code: it is thrown again after it.
    template <class Function>
    static int call(void* self, const Function& function) noexcept
    {
        auto& c = *static_cast<http2_connection*>(self);
        try {
            function(c);
            return 0;
        } catch (...) {
            c.thrown_ = std::current_exception();
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }
    static void set_callbacks(nghttp2_session_callbacks* callbacks) noexcept
    {
        nghttp2_session_callbacks_set_on_begin_frame_callback(
            callbacks, [](nghttp2_session*, const nghttp2_frame_hd* frame, void* self) {
                return call(self, [=](http2_connection& c) { c.on_frame_begun(*frame); });
            });
        nghttp2_session_callbacks_set_on_begin_headers_callback(
            callbacks, [](nghttp2_session*, const nghttp2_frame*, void* self) {
                return call(self, [](http2_connection& c) { c.head_.clear(); });
            });
        nghttp2_session_callbacks_set_on_header_callback(
            callbacks, [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                          const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
                return call(self, [=](http2_connection& c) { c.on_field({name, name_size}, {value, value_size}); });
            });
        nghttp2_session_callbacks_set_on_invalid_header_callback( // they would be ignored
            callbacks,
            [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t, const std::uint8_t*,
               std::size_t, std::uint8_t, void*) -> int { return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; });
        nghttp2_session_callbacks_set_on_frame_recv_callback(
            callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
                return call(self, [=](http2_connection& c) { c.on_frame(*frame); });
            });
        nghttp2_session_callbacks_set_on_frame_send_callback(
            callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
                return call(self, [=](http2_connection& c) { c.on_frame_sent(*frame); });
            });
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
            callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                          void* self) { return call(self, [=](http2_connection& c) { c.on_data(id, data, size); }); });
        nghttp2_session_callbacks_set_on_stream_close_callback(
            callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t, void* self) {
                return call(self, [=](http2_connection& c) { c.on_stream_closed(id); });
            });
        nghttp2_session_callbacks_set_send_data_callback(callbacks, &send_data);
    }

    [[nodiscard]] http2_stream* find(std::int32_t id) const
    {
        return static_cast<http2_stream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
    }
    /// Frames that cost a peer less than us are counted: floods of PING, SETTINGS and CONTINUATION, streams that are reset at once.
    void on_frame_begun(const nghttp2_frame_hd& frame)
    {
        if (frame.type == NGHTTP2_HEADERS || frame.type == NGHTTP2_WINDOW_UPDATE ||
            (frame.type == NGHTTP2_DATA && (frame.length != 0 || (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0)))
            return;
        count_idle_frame();
    }
    void count_idle_frame()
    {
        if (idle_frames_ >= 1'000)
            idle_frames_ -= 1'000;
        else
            nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
    }
    void on_field(std::span<const std::uint8_t> name, std::span<const std::uint8_t> value)
    {
        head_.add({reinterpret_cast<const char*>(name.data()), name.size()},
                  {reinterpret_cast<const char*>(value.data()), value.size()}, options_.max_head);
    }
    void on_frame(const nghttp2_frame& frame)
    {
        const std::int32_t id = frame.hd.stream_id;
        if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST)
            on_request(id);
        else if (frame.hd.type == NGHTTP2_HEADERS && !on_request_)
            on_response(id);
        else if (frame.hd.type == NGHTTP2_SETTINGS)
            has_settings_ = true;
        if ((frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
            (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
            if (http2_stream* const stream = find(id); stream != nullptr)
                stream->on_end();
    }
    void on_request(std::int32_t id)
    {
        had_stream_ = true;
        idle_since_ = now_;
        std::unique_ptr<http2_stream> stream;
        if (head_.is_too_large()) {
            constexpr sockless::field too_large{":status", "431"};
            respond(id, {&too_large, 1}, false);
        } else {
            stream = on_request_(*this, id, head_.fields());
        }
        nghttp2_session_set_stream_user_data(session_.get(), id, stream.get());
        if (stream)
            streams_[id] = std::move(stream);
    }
    void on_frame_sent(const nghttp2_frame& frame)
    {
        if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code != NGHTTP2_NO_ERROR)
            count_idle_frame(); // a peer that provokes them, rather than sending them
        // A response without a body was complete before the request (RFC 9113 8.1).
        if (frame.hd.type == NGHTTP2_HEADERS && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
            nghttp2_session_get_stream_remote_close(session_.get(), frame.hd.stream_id) == 0)
            reset(frame.hd.stream_id, NGHTTP2_NO_ERROR);
    }
    void on_response(std::int32_t id)
    {
        http2_stream* const stream = find(id);
        const std::span<const sockless::field> fields = head_.fields();
        if (stream == nullptr)
            return;
        if (head_.is_too_large())
            reset(id, NGHTTP2_CANCEL);
        else if (!fields.empty() && fields[0].name == ":status" && !fields[0].value.starts_with('1')) // no trailers
            stream->on_response(fields);
    }
    void on_data(std::int32_t id, const std::uint8_t* data, std::size_t size)
    {
        nghttp2_session_consume_connection(session_.get(), size);
        // nghttp2 passes a part of the input, which belongs to the program, and does not use it again.
        if (http2_stream* const stream = find(id); stream != nullptr)
            stream->on_data(input_.subspan(static_cast<std::size_t>(data - as_nghttp2(input_)), size));
        else
            consume(id, size);
    }
    void on_stream_closed(std::int32_t id)
    {
        const auto found = streams_.find(id);
        if (found == streams_.end())
            return;
        nghttp2_session_set_stream_user_data(session_.get(), id, nullptr);
        const std::unique_ptr<http2_stream> stream = std::move(found->second);
        streams_.erase(found);
        idle_since_ = now_;
        stream->on_closed();
    }
    [[nodiscard]] static nghttp2_data_provider provider() noexcept
    {
        return {{.ptr = nullptr},
                [](nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t max, std::uint32_t* flags,
                   nghttp2_data_source*, void* self) -> ssize_t {
                    return static_cast<http2_connection*>(self)->prepare_data(id, max, *flags);
                }};
    }
    ssize_t prepare_data(std::int32_t id, std::size_t max, std::uint32_t& flags)
    {
        http2_stream* const stream = find(id);
        if (stream == nullptr)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        const std::size_t count = std::min(max, stream->ready());
        if (count != 0)
            flags |= NGHTTP2_DATA_FLAG_NO_COPY;
        else if (stream->output_ended())
            flags |= NGHTTP2_DATA_FLAG_EOF;
        else
            return NGHTTP2_ERR_DEFERRED;
        return static_cast<ssize_t>(count);
    }
    /// Copies DATA to the output, once.
    static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header, std::size_t size,
                         nghttp2_data_source*, void* self)
    {
        auto& c = *static_cast<http2_connection*>(self);
        constexpr std::size_t header_size = 9;
        if (c.output_.size() >= c.options_.max_output)
            return NGHTTP2_ERR_WOULDBLOCK;
        http2_stream* const stream = c.find(frame->hd.stream_id);
        if (stream == nullptr)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        const std::span<std::byte> room = c.output_.append_uninitialized(header_size + size);
        if (room.empty())
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        std::memcpy(room.data(), header, header_size);
        bool taken = false;
        const int result = call(self, [&](http2_connection&) { taken = stream->take(room.subspan(header_size)); });
        if (taken)
            return result;
        c.output_.rollback(room.size());
        return result != 0 ? result : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }

    // --- the end

    void fill_output()
    {
        while (!over_ && output_.size() < options_.max_output) {
            const std::uint8_t* bytes = nullptr;
            const ssize_t count = nghttp2_session_mem_send(session_.get(), &bytes);
            if (count == 0)
                return;
            if (count < 0 || !output_.append(std::span{bytes, static_cast<std::size_t>(count)}))
                return fail();
        }
    }
    /// nghttp2 has failed, or a function that it has called.
    void fail()
    {
        transport_failed(now_);
        if (thrown_)
            std::rethrow_exception(std::exchange(thrown_, nullptr));
    }
    void go_away()
    {
        closing_ = true;
        idle_since_ = now_;
        if (over_)
            return;
        nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR, nullptr, 0);
    }
    /// nghttp2 is not used any more.
    void end()
    {
        if (std::exchange(over_, true))
            return;
        if (!std::exchange(closing_, true))
            idle_since_ = now_;
        close_streams();
    }
    void close_streams()
    {
        for (const auto& [id, stream] : std::exchange(streams_, {})) {
            nghttp2_session_set_stream_user_data(session_.get(), id, nullptr);
            stream->on_closed();
        }
    }

    /// The fields of one section, as they arrive.
    class field_list {
    public:
        void clear() noexcept
        {
            text_.clear();
            sizes_.clear();
            is_too_large_ = false;
        }
        /// A field counts as in SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 6.5.2).
        void add(std::string_view name, std::string_view value, std::size_t limit)
        {
            is_too_large_ =
                is_too_large_ || text_.size() + 32 * sizes_.size() + name.size() + value.size() + 32 > limit;
            if (is_too_large_)
                return;
            text_.append(name).append(value);
            sizes_.emplace_back(name.size(), value.size());
        }
        [[nodiscard]] bool is_too_large() const noexcept { return is_too_large_; }
        /// Returns the fields, which are valid until the next change.
        [[nodiscard]] std::span<const sockless::field> fields()
        {
            fields_.clear();
            std::string_view rest = text_;
            for (const auto& [name, value] : sizes_) {
                fields_.push_back({rest.substr(0, name), rest.substr(name, value)});
                rest.remove_prefix(name + value);
            }
            return fields_;
        }

    private:
        std::string text_;
        std::vector<std::pair<std::size_t, std::size_t>> sizes_;
        std::vector<sockless::field> fields_;
        bool is_too_large_ = false;
    };

    http2_options options_;
    request_handler on_request_;
    std::unique_ptr<nghttp2_session, deleter> session_;
    std::unordered_map<std::int32_t, std::unique_ptr<http2_stream>> streams_;
    sockless::growing_byte_queue output_{options_.max_output + 65'536};
    std::span<std::byte> input_; ///< while it is processed
    std::exception_ptr thrown_;
    field_list head_;
    std::uint64_t now_ = 0;
    std::uint64_t idle_since_ = 0;
    std::uint64_t idle_frames_; ///< that may still arrive, in thousandths
    bool started_ = false;      ///< there is a time
    bool has_settings_ = false;
    bool had_stream_ = false;
    bool closing_ = false; ///< GOAWAY was sent, or the connection is over
    bool over_ = false;    ///< nothing is exchanged any more
    bool failed_ = false;  ///< the transport has to be closed
};

} // namespace example
