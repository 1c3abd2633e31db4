// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Plays random calls on a `connection` or a `websocket`: sends of every kind, frames and other bytes from the peer, a queue that is drained a
/// few bytes at a time, a source of mask keys that fails, moves to another place in memory, and new connections over storage that was used
/// before.
///
/// A model defines which calls are legal. A call succeeds if and only if the model has no reason against it, and the reported error is one of
/// the reasons. What the peer sent is compared with the slow receiver, and so is all output, as its peer reads it: only whole, legal frames,
/// exactly those that were sent, and replies to what has come.
///
/// The first byte selects object, role, storage and the form of messages; each further byte is one action.
#include "characters.hpp"
#include "cuts.hpp"
#include "example_handshake.hpp"
#include "watched_connection.hpp"

#include "reference/receiver.hpp"
#include "reference/utf8.hpp"
#include "support/connection_subject.hpp"
#include "support/exact_block.hpp"

#include <sockless/websocket.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using fuzz::require;
using sockless::close_code;
using sockless::error;
using sockless::event;
using sockless::event_kind;
using sockless::opcode;
using sockless::role;
using support::byte_vector;
using support::strings;

constexpr sockless::limits bounds{.frame_bytes = 1024, .message_bytes = 2048, .fragments = 8};

/// Different keys, until it fails.
struct failing_keys {
    bool* failing = nullptr;
    std::uint32_t given = 0;

    bool next(sockless::mask_key& key) noexcept
    {
        if (*failing)
            return false;
        ++given;
        for (std::size_t i = 0; i < key.bytes.size(); ++i)
            key.bytes[i] = static_cast<std::byte>(given * 0x9E3779B1U >> (8 * i) & 0xFFU);
        return true;
    }
};

template <role Role>
using keys_of = std::conditional_t<Role == role::client, failing_keys, sockless::no_mask_keys>;

template <role Role>
[[nodiscard]] keys_of<Role> make_keys(bool& failing)
{
    if constexpr (Role == role::client)
        return {&failing};
    else
        return {};
}

/// A growing output queue that allocates nothing: it takes its blocks from here. What is freed is overwritten.
class block_queue : public sockless::output_queue {
public:
    explicit block_queue(std::size_t limit) : output_queue{&take, &give_back, limit}
    {
        require(limit <= max_limit, "a block is large enough");
        used.fill(false);
    }

private:
    static constexpr std::size_t max_limit = 65536;
    static inline std::array<std::array<std::byte, max_limit>, 3> blocks{};
    static inline std::array<bool, 3> used{};

    static std::span<std::byte> take(std::size_t size) noexcept
    {
        for (std::size_t i = 0; i < blocks.size(); ++i)
            if (!std::exchange(used.at(i), true))
                return std::span{blocks.at(i)}.first(size);
        return {};
    }
    static void give_back(std::span<std::byte> block) noexcept
    {
        std::ranges::fill(block, std::byte{0xDD});
        for (std::size_t i = 0; i < blocks.size(); ++i)
            if (block.data() == blocks.at(i).data())
                used.at(i) = false;
    }
};

/// The memory that one object after the other uses.
struct memory {
    static constexpr sockless::websocket_sizes sizes{
        .message = bounds.message_bytes, .input = std::size_t{1} << 17, .head = 1024, .fields = 16};

    explicit memory(std::size_t room) : output(room) {}

    byte_vector output;
    byte_vector message = byte_vector(sizes.message_memory());
    sockless::byte_queue tx{output};
    block_queue lent{output.size()}; // of a websocket: its space is contiguous, while bytes are lent too
    sockless::byte_queue whole{message};
    sockless::static_byte_queue<sizes.input> input; // of a websocket, like the next
    sockless::websocket_storage storage{input, lent, whole, sizes};
    bool failing = false;
};

/// A `connection` with its queue.
template <role Role>
class connection_end {
    using connection = fuzz::watched<sockless::connection<Role, keys_of<Role>>>;

public:
    static constexpr bool is_websocket = false;

    connection_end(memory& use, bool whole) : use_{use}, whole_{whole}
    {
        use.tx.clear();
        use.whole.clear();
        sockless::connection_options<keys_of<Role>> options{.limits = bounds};
        options.mask_keys = make_keys<Role>(use.failing);
        ws_ = std::make_unique<connection>(options);
    }

    void begin_input(std::span<std::byte> bytes) { in_ = bytes; }
    event poll() { return whole_ ? ws_->poll(in_, use_.tx, assembler_) : ws_->poll(in_, use_.tx); }
    /// Returns the number of bytes that have to be passed again.
    std::size_t end_input() { return std::exchange(in_, {}).size(); }
    event end_of_input() { return ws_->end_of_input(); }
    [[nodiscard]] std::span<const std::byte> output() const { return use_.tx.data(); }
    [[nodiscard]] std::size_t unwritten() const { return use_.tx.size(); }
    void consume(std::size_t count) { use_.tx.consume(count); }
    /// A connection has no fixed address: it may be copied anywhere, and the old one destroyed.
    void move() { ws_ = std::make_unique<connection>(*std::exchange(ws_, nullptr)); }

    [[nodiscard]] bool is_open() const { return ws_->is_open(); }
    [[nodiscard]] bool finished() const { return ws_->finished(); }
    error send_text(std::string_view text) { return ws_->send_text(use_.tx, text); }
    error send_binary(std::span<const std::byte> payload) { return ws_->send_binary(use_.tx, payload); }
    error begin(opcode type) { return ws_->begin_message(type); }
    error fragment(std::span<const std::byte> payload) { return ws_->send_fragment(use_.tx, payload); }
    error end(std::span<const std::byte> payload) { return ws_->end_message(use_.tx, payload); }
    error ping(std::span<const std::byte> payload) { return ws_->ping(use_.tx, payload); }
    error pong(std::span<const std::byte> payload) { return ws_->pong(use_.tx, payload); }
    error close(close_code code, std::string_view reason) { return ws_->close(use_.tx, code, reason); }
    error close() { return ws_->close(use_.tx); }

private:
    memory& use_;
    sockless::message_assembler assembler_{use_.whole};
    std::span<std::byte> in_{};
    std::unique_ptr<connection> ws_;
    bool whole_;
};

/// A `websocket`. The handshake is over after its constructor.
template <role Role>
class websocket_end {
    using websocket = sockless::websocket<Role, keys_of<Role>>;

public:
    static constexpr bool is_websocket = true;

    websocket_end(memory& use, bool whole) : use_{use}
    {
        use.whole.clear();
        sockless::websocket_options<keys_of<Role>> options{.limits = bounds};
        options.mask_keys = make_keys<Role>(use.failing);
        options.whole_messages = whole;
        options.high_water = ~std::size_t{0};
        ws_ = std::make_unique<websocket>(use.storage, options);
        open();
    }

    void begin_input(std::span<std::byte> bytes) { ws_->receive(bytes, now); }
    event poll()
    {
        const event e = fuzz::core([&] { return ws_->poll(); });
        fuzz::touch(e.payload());
        return e;
    }
    /// What was not polled is kept.
    std::size_t end_input()
    {
        ws_->keep_input();
        return 0;
    }
    event end_of_input()
    {
        ws_->input_ended(now);
        return poll();
    }
    /// What was returned before is returned again, from the same address, whatever has happened since (W1).
    [[nodiscard]] std::span<const std::byte> output() const
    {
        const std::span<const std::byte> lent = ws_->write_buffer();
        require(promised_.empty() || lent.empty() || lent.data() == promised_data_, "lent bytes keep their address");
        require(lent.empty() || lent.size() >= promised_.size(), "no lent bytes are missing");
        require(lent.empty() || std::equal(promised_.begin(), promised_.end(), lent.begin()),
                "lent bytes keep their content");
        promised_.assign(lent.begin(), lent.end());
        promised_data_ = lent.data();
        return lent;
    }
    [[nodiscard]] std::size_t unwritten() const { return ws_->unwritten(); }
    void consume(std::size_t count)
    {
        ws_->written(count, now);
        promised_.erase(promised_.begin(), promised_.begin() + static_cast<std::ptrdiff_t>(count));
        promised_data_ += count;
    }
    void move() {} // it stays at its place

    [[nodiscard]] bool is_open() const { return ws_->ready_state() == sockless::ready_state::open; }
    [[nodiscard]] bool finished() const { return ws_->finished(); }
    error send_text(std::string_view text) { return ws_->send(text); }
    error send_binary(std::span<const std::byte> payload) { return ws_->send(payload); }
    error begin(opcode type) { return ws_->begin_message(type); }
    error fragment(std::span<const std::byte> payload) { return ws_->send_fragment(payload); }
    error end(std::span<const std::byte> payload) { return ws_->end_message(payload); }
    error ping(std::span<const std::byte> payload) { return ws_->ping(payload); }
    error close(close_code code, std::string_view reason) { return ws_->close(code, reason); }
    error close()
    {
        ws_->close();
        return error::none;
    }

private:
    /// Calls that come too early change nothing.
    void open()
    {
        require(ws_->send("early") == error::not_open && ws_->ping() == error::not_open &&
                    ws_->begin_message(opcode::text) == error::not_open && ws_->end_message() == error::not_open,
                "nothing is sent before the handshake is over");
        require(ws_->write_buffer().empty(), "storage that was used before holds no old output");
        std::string head{Role == role::server ? fuzz::example_request : fuzz::example_response};
        if constexpr (Role == role::client) {
            sockless::connect_options request;
            request.where.host = "server.example.com";
            request.where.path = "/chat";
            fuzz::example_nonce random;
            require(ws_->connect(request, random) == error::none, "a request is written");
        }
        ws_->receive(head, now);
        event e = poll();
        if constexpr (Role == role::server) {
            require(e.kind() == event_kind::request && ws_->accept() == error::none, "the request is accepted");
            e = poll();
        }
        require(e.kind() == event_kind::open && poll().kind() == event_kind::need_input, "the connection opens");
        ws_->written(ws_->write_buffer().size(), now);
    }

    static constexpr std::uint64_t now = 0; ///< no time passes

    mutable byte_vector promised_; ///< what `output` returned, without what was written since
    mutable const std::byte* promised_data_ = nullptr;
    memory& use_;
    std::unique_ptr<websocket> ws_;
};

/// A text of characters of one to four bytes, sometimes with an invalid byte or without its last one.
byte_vector text_of(std::span<const std::byte> input)
{
    byte_vector result = fuzz::characters_from(input);
    if (!input.empty() && input.front() == std::byte{0x81})
        result.push_back(std::byte{0xFF});
    else if (!input.empty() && input.front() == std::byte{0x82})
        result.pop_back();
    return result;
}

template <class End, role Role>
class player {
public:
    player(memory& use, bool whole) : use_{use}, end_{use, whole} {}

    enum class action : unsigned {
        text,
        binary,
        begin_text,
        begin_binary,
        fragment,
        end,
        ping,
        pong,
        close,
        close_without_code,
        frame,
        bytes,
        drain,
        keys,
        move,
        large,
    };

    void play(action what, unsigned size, fuzz::decisions& in)
    {
        const std::span<const std::byte> argument = in.bytes(size);
        switch (what) {
        case action::text: send_text(text_of(argument)); break;
        case action::binary: send_binary(argument); break;
        case action::large:
            send_binary(byte_vector(argument.size() * 97, argument.empty() ? std::byte{} : argument.front()));
            break;
        case action::begin_text: begin(opcode::text); break;
        case action::begin_binary: begin(opcode::binary); break;
        case action::fragment: send_piece(argument, false); break;
        case action::end: send_piece(argument, true); break;
        case action::ping: send_ping(repeated(argument)); break;
        case action::pong: send_pong(repeated(argument)); break;
        case action::close: close(argument); break;
        case action::close_without_code: close_without_code(); break;
        case action::frame: {
            const unsigned first = in.byte();
            const byte_vector frame = support::frame_to(Role, first, repeated(argument));
            unread_.insert(unread_.end(), frame.begin(), frame.end());
            receive(size % 4);
            break;
        }
        case action::bytes:
            unread_.insert(unread_.end(), argument.begin(), argument.end());
            receive(1000);
            break;
        case action::drain: drain(size); break;
        case action::keys: use_.failing = size % 2 != 0; break;
        case action::move: end_.move(); break;
        }
    }

    /// Transports everything, ends the input and compares both directions with the slow receiver.
    void finish()
    {
        use_.failing = false;
        for (int round = 0; round < 12; ++round) {
            drain(use_.output.size());
            receive(1000);
        }
        drain(use_.output.size());
        require(unread_.empty(), "all input is consumed");
        const strings expected = compare_input();
        const event e = end_.end_of_input();
        const bool lost = e.kind() == event_kind::error;
        require(!lost || e.failure() == error::connection_lost, "the end of the input is no other error");
        require(lost == (!heard_close_ && !heard_error_ && !expects_close(expected)),
                "the end of the input is an error if there was no close frame");
        drain(use_.output.size());
        compare_output();
        require(!end_.is_open(), "nothing is open after the end of the input");
    }

private:
    using reasons = std::initializer_list<std::pair<error, bool>>;

    /// Short arguments become long payloads, too.
    static byte_vector repeated(std::span<const std::byte> argument)
    {
        byte_vector result(argument.begin(), argument.end());
        if (!argument.empty() && (argument.front() & std::byte{1}) != std::byte{})
            result.insert(result.end(), argument.size() * 7, argument.back());
        return result;
    }

    [[nodiscard]] std::size_t frame_size(std::size_t payload) const
    {
        return support::header_of(0, payload, false).size() + (Role == role::client ? 4 : 0) + payload;
    }

    /// Makes a call that appends a frame of `payload` bytes. `against` are the reasons for which it may fail, but for those that all have.
    template <class Call>
    bool call(std::size_t payload, reasons against, Call make)
    {
        const std::size_t before = end_.unwritten();
        const std::size_t room = use_.output.size() - before;
        const bool was_open = end_.is_open();
        const error e = fuzz::core(make);
        bool possible = was_open && frame_size(payload) <= room && !fails();
        // A message of a websocket that can never have room is another error.
        const bool never_fits = End::is_websocket && frame_size(payload) > use_.output.size();
        bool given = (e == error::not_open && !was_open) || (e == error::no_space && frame_size(payload) > room) ||
                     (e == error::exceeds_capacity && never_fits) || (e == error::no_random && fails());
        for (const auto& [reason, applies] : against) {
            possible = possible && !applies;
            given = given || (reason == e && applies);
        }
        require(failed(e) != possible, "a call succeeds if nothing is against it");
        require(!failed(e) || given, "the error is a reason that applies");
        require(end_.unwritten() == before + (failed(e) ? 0 : frame_size(payload)), "a frame is written, or nothing");
        return !failed(e);
    }
    [[nodiscard]] bool fails() const { return Role == role::client && use_.failing; }

    static bool is_text(const byte_vector& bytes, bool whole)
    {
        const reference::utf8_prefix prefix = reference::longest_utf8_prefix(bytes);
        return prefix.size == bytes.size() && (!whole || prefix.complete);
    }

    void send_text(const byte_vector& text)
    {
        if (call(text.size(), {{error::message_open, open_}, {error::payload_not_utf8, !is_text(text, true)}},
                 [&] { return end_.send_text(sockless::as_text(text)); }))
            sent_.push_back(support::text_line(text));
    }
    void send_binary(std::span<const std::byte> payload)
    {
        if (call(payload.size(), {{error::message_open, open_}}, [&] { return end_.send_binary(payload); }))
            sent_.push_back(support::binary_line(payload));
    }
    void begin(opcode type)
    {
        const bool was_open = end_.is_open();
        const error e = fuzz::core([&] { return end_.begin(type); });
        require(e == (!was_open ? error::not_open : open_ ? error::message_open : error::none), "a message begins");
        if (failed(e))
            return;
        open_ = true;
        type_ = type;
        message_.clear();
    }
    void send_piece(std::span<const std::byte> argument, bool last)
    {
        const byte_vector payload =
            type_ == opcode::text ? text_of(argument) : byte_vector(argument.begin(), argument.end());
        const byte_vector whole = support::join({message_, payload});
        const bool not_utf8 = open_ && type_ == opcode::text && !is_text(whole, last);
        if (!call(payload.size(), {{error::no_message_open, !open_}, {error::payload_not_utf8, not_utf8}},
                  [&] { return last ? end_.end(payload) : end_.fragment(payload); }))
            return;
        message_ = whole;
        if (!last)
            return;
        open_ = false;
        sent_.push_back(type_ == opcode::text ? support::text_line(message_) : support::binary_line(message_));
    }
    void send_ping(const byte_vector& payload)
    {
        if (call(payload.size(), {{error::control_payload_too_long, payload.size() > 125}},
                 [&] { return end_.ping(payload); }))
            sent_.push_back(support::ping_line(payload));
    }
    void send_pong(const byte_vector& payload)
    {
        if constexpr (!End::is_websocket)
            if (call(payload.size(), {{error::control_payload_too_long, payload.size() > 125}},
                     [&] { return end_.pong(payload); }))
                sent_.push_back(support::pong_line(payload));
    }

    void close(std::span<const std::byte> argument)
    {
        constexpr std::array codes{
            close_code::normal,   close_code::unauthorized,      static_cast<close_code>(4999),  close_code::no_status,
            close_code::abnormal, static_cast<close_code>(5000), close_code::mandatory_extension};
        const close_code code = codes[argument.size() % codes.size()];
        const byte_vector reason = text_of(argument);
        const bool unsendable = code == close_code::no_status || code == close_code::abnormal ||
                                static_cast<unsigned>(code) == 5000 ||
                                (Role == role::server && code == close_code::mandatory_extension);
        const bool too_long = reason.size() > 123;
        const bool not_utf8 = !is_text(reason, true);
        const auto make = [&] { return end_.close(code, sockless::as_text(reason)); };
        const std::string line = support::close_line(static_cast<std::uint16_t>(code), sockless::as_text(reason));
        if constexpr (End::is_websocket) {
            // It waits where there is no room or no key. A second call does nothing.
            const bool first = end_.is_open();
            const error e = fuzz::core(make);
            require(failed(e) == (unsendable || too_long || not_utf8), "close succeeds if nothing is against it");
            require(!failed(e) || (e == error::close_code_not_sendable && unsendable) ||
                        (e == error::reason_too_long && too_long) || (e == error::reason_not_utf8 && not_utf8),
                    "the error is a reason that applies");
            if (!failed(e) && first)
                closes(line, true);
        } else if (call(2 + reason.size(),
                        {{error::close_code_not_sendable, unsendable},
                         {error::reason_too_long, too_long},
                         {error::reason_not_utf8, not_utf8}},
                        make)) {
            closes(line, false);
        }
    }
    void close_without_code()
    {
        if constexpr (End::is_websocket) {
            const bool first = end_.is_open();
            require(fuzz::core([&] { return end_.close(); }) == error::none, "close without a code has no error");
            if (first)
                closes(support::close_line(1005), true);
        } else if (call(0, {}, [&] { return end_.close(); })) {
            closes(support::close_line(1005), false);
        }
    }
    void closes(std::string line, bool may_wait)
    {
        own_close_ = std::move(line);
        own_close_waits_ = may_wait;
        log_size_at_close_ = log_.size();
    }

    void receive(std::size_t events)
    {
        const support::exact_block block{unread_};
        end_.begin_input(block.bytes());
        bool all = false;
        for (std::size_t i = 0; i < events && !all; ++i) {
            const event e = end_.poll();
            all = e.kind() == event_kind::need_input;
            if (!all)
                record(e);
        }
        const std::size_t left = end_.end_input();
        require(!all || left == 0, "after need_input the input is empty");
        read_.insert(read_.end(), unread_.begin(), unread_.end() - static_cast<std::ptrdiff_t>(left));
        unread_.erase(unread_.begin(), unread_.end() - static_cast<std::ptrdiff_t>(left));
    }

    void record(const event& e)
    {
        require(!heard_close_ && !heard_error_, "nothing comes after a close or an error");
        switch (e.kind()) {
        case event_kind::message:
            require(e.first() != receiving_, "the first piece of a message, and no other, is `first`");
            if (e.first())
                received_.clear();
            receiving_ = !e.last();
            received_.insert(received_.end(), e.payload().begin(), e.payload().end());
            if (e.last())
                log_.push_back(e.is_text() ? support::text_line(received_) : support::binary_line(received_));
            break;
        case event_kind::ping: log_.push_back(support::ping_line(e.payload())); break;
        case event_kind::pong: log_.push_back(support::pong_line(e.payload())); break;
        case event_kind::close:
            heard_close_ = true;
            log_.push_back(support::close_line(static_cast<std::uint16_t>(e.code()), e.reason()));
            break;
        case event_kind::error:
            heard_error_ = true;
            log_.push_back(support::error_line(e.failure()));
            break;
        case event_kind::need_input:
        case event_kind::request:
        case event_kind::plain_request:
        case event_kind::body:
        case event_kind::open: require(false, "an open connection has no such event");
        }
    }

    static bool expects_close(const strings& lines) { return !lines.empty() && lines.back().starts_with("close"); }

    /// Compares the events so far with those of the slow receiver, and returns its lines.
    strings compare_input()
    {
        strings lines = reference::receiver{Role, bounds}.log_of(read_);
        if (!lines.empty() && lines.back().starts_with("out ")) {
            replies_ = support::bytes_of(lines.back().substr(4));
            lines.pop_back();
        }
        strings expected;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            // A websocket that was closed drops messages, and reports `close` when the transport has ended.
            const bool late = !own_close_.empty() && expected.size() >= log_size_at_close_;
            const bool message = lines[i].starts_with("text") || lines[i].starts_with("binary");
            if (End::is_websocket && ((late && message) || lines[i].starts_with("close")))
                continue;
            expected.push_back(lines[i]);
        }
        fuzz::require_equal(log_, expected, "slow receiver");
        return lines;
    }

    static strings read_by_peer(std::span<const std::byte> bytes)
    {
        constexpr role peer = Role == role::server ? role::client : role::server;
        strings lines = reference::receiver{peer, {}}.log_of(bytes);
        std::erase_if(lines, [](const std::string& line) { return line.starts_with("out "); });
        return lines;
    }

    struct separated {
        byte_vector others;
        strings closes;
    };
    /// Takes the close frames out of whole frames.
    static separated without_closes(std::span<const std::byte> bytes)
    {
        separated result;
        while (!bytes.empty()) {
            require(bytes.size() >= 2, "the output consists of whole frames");
            const auto at = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
            std::size_t size = at(1) & 0x7FU;
            require(size != 127 && (size != 126 || bytes.size() >= 4), "lengths are as short as here");
            size = size < 126 ? size + 2 : 4 + at(2) * 256 + at(3);
            size += Role == role::client ? 4 : 0;
            require(bytes.size() >= size, "the output consists of whole frames");
            const std::span<const std::byte> frame = bytes.first(size);
            bytes = bytes.subspan(size);
            if (frame[0] == std::byte{0x88}) {
                result.closes.push_back(read_by_peer(frame).at(0));
                continue;
            }
            require(result.closes.empty() || frame[0] == std::byte{0x8A}, "only pongs follow a close frame");
            result.others.insert(result.others.end(), frame.begin(), frame.end());
        }
        return result;
    }

    /// The peer reads all output: the frames that were sent, in order, and among them pongs; at the end a close frame.
    void compare_output()
    {
        const separated expected = without_closes(replies_);
        std::deque<std::string> pongs;
        for (const std::string& line : read_by_peer(expected.others))
            pongs.push_back(line);
        const separated output = without_closes(out_);
        for (const std::string& line : read_by_peer(output.others)) {
            require(!line.starts_with("error"), "all output is legal");
            if (!sent_.empty() && line == sent_.front()) {
                sent_.pop_front();
                continue;
            }
            // RFC 6455 5.5.3: of several pings only the newest may be answered.
            while (!pongs.empty() && pongs.front() != line)
                pongs.pop_front();
            require(!pongs.empty(), "everything else is a pong that answers a ping");
            pongs.pop_front();
        }
        require(sent_.empty(), "all that was sent has been written");
        require(output.closes.size() == (own_close_.empty() && expected.closes.empty() ? 0 : 1),
                "one close frame is written");
        if (!output.closes.empty()) {
            const bool own = output.closes == strings{own_close_};
            const bool answer = (own_close_.empty() || own_close_waits_) && output.closes == expected.closes;
            require(own || answer, "the close frame is the one that was sent, or the answer");
        }
    }

    void drain(std::size_t count)
    {
        for (std::size_t left = std::min(count, end_.unwritten()); left != 0;) {
            const std::span<const std::byte> waiting = end_.output();
            const std::size_t taken = std::min(left, waiting.size());
            out_.insert(out_.end(), waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(taken));
            end_.consume(taken);
            left -= taken;
        }
    }

    memory& use_;
    End end_;
    byte_vector unread_;  ///< from the peer, not yet consumed
    byte_vector read_;    ///< consumed
    byte_vector out_;     ///< drained
    byte_vector replies_; ///< what the slow receiver writes
    strings log_;         ///< the events
    std::deque<std::string> sent_;
    std::string own_close_; ///< the close frame that was sent by a call; empty if none was
    std::size_t log_size_at_close_ = 0;
    byte_vector message_;  ///< being sent in fragments
    byte_vector received_; ///< being received
    opcode type_ = opcode::text;
    bool own_close_waits_ = false;
    bool open_ = false;
    bool receiving_ = false;
    bool heard_close_ = false;
    bool heard_error_ = false;
};

template <class End, role Role>
void play(unsigned choice, fuzz::decisions in)
{
    // A websocket's handshake has to fit.
    constexpr std::array<std::size_t, 4> rooms{8, 20, 131, 3000};
    constexpr std::size_t least = End::is_websocket ? 220 : 0;
    memory use{std::max(rooms[choice & 3U], least)};
    const bool whole = (choice >> 2U & 1U) != 0;
    auto now = std::make_unique<player<End, Role>>(use, whole);
    while (!in.done()) {
        const unsigned what = in.byte();
        if (what == 0xFF) { // the connection is given up, as it is, and another one uses its storage
            use.failing = false;
            now.reset(); // an object that uses its storage is gone before the next one does
            now = std::make_unique<player<End, Role>>(use, whole);
            continue;
        }
        now->play(static_cast<typename player<End, Role>::action>(what % 16), in.byte() % 160, in);
    }
    now->finish();
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    const unsigned form = choice >> 2U;
    switch (choice % 4) {
    case 0: play<connection_end<role::server>, role::server>(form, in); break;
    case 1: play<connection_end<role::client>, role::client>(form, in); break;
    case 2: play<websocket_end<role::server>, role::server>(form, in); break;
    default: play<websocket_end<role::client>, role::client>(form, in); break;
    }
}

const fuzz::target here{"api_sequence", body};

} // namespace
