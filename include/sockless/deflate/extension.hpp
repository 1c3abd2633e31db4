// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate in one option: offers, accepts, checks, and makes the codec with its memory, for both roles.
///
/// A server accepts what its client offers:
/// @code
/// using zlib_server = sockless::websocket<sockless::role::server, sockless::no_mask_keys, sockless::zlib_deflate>;
/// sockless::static_websocket_storage<> storage;
/// zlib_server ws{storage, {.deflate = sockless::zlib_deflate::low_memory()}};
/// ws.receive(in, now);
/// if (ws.poll(handler{}, now).write) // the handshake, then messages
///     ws.written(write_some(ws.write_buffer()), now);
/// e = ws.send("compressed if it is long enough, and if the client offered that");
/// @endcode
///
/// A client offers it:
/// @code
/// using zlib_client = sockless::websocket<sockless::role::client, keys, sockless::zlib_deflate>;
/// sockless::static_websocket_storage<> storage;
/// zlib_client ws{storage, {.deflate = sockless::zlib_deflate::browser_default()}};
/// e = ws.connect("wss://example.com/chat", {}, randomness);
/// @endcode
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "../handshake/negotiation.hpp"
#include "backend.hpp"
#include "encoder.hpp"
#include "negotiation.hpp"
#include "parameters.hpp"
#include "permessage_deflate.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A compression library with its source of memory. with_zlib.hpp has one.
///
/// | member | |
/// |---|---|
/// | `memory` | the source of all memory; default-constructible |
/// | `inflater` | an `inflate_backend` and an `opened_backend`; constructed from a `memory`; its destructor releases what `open` allocated |
/// | `deflater` | a `deflate_backend` and an `opened_backend`; constructed from `{level, memory_level}` and a `memory`; its `min_window_bits` is the smallest window that it supports |
/// | `allocate(memory, size)` | returns `size` bytes, aligned for any object; or a null pointer |
/// | `release(memory, address)` | releases them |
template <class Library>
concept deflate_library = inflate_backend<typename Library::inflater> && opened_backend<typename Library::inflater> &&
                          deflate_backend<typename Library::deflater> && opened_backend<typename Library::deflater> &&
                          requires(const typename Library::memory& memory, std::size_t size, void* address, int level) {
                              (typename Library::inflater{memory});
                              (typename Library::deflater{{level, level}, memory});
                              { Library::deflater::min_window_bits } -> std::convertible_to<std::uint8_t>;
                              { Library::allocate(memory, size) } noexcept -> std::same_as<void*>;
                              { Library::release(memory, address) } noexcept -> std::same_as<void>;
                          };

/// The options of permessage-deflate at one end, in its own terms: what it sends and what it receives. `deflate_extension` has presets.
template <deflate_library Library>
struct deflate_options {
    bool enabled = true; ///< false: nothing is offered or accepted

    std::uint8_t send_window_bits = max_window_bits; ///< the largest window for compressing: zlib has 9..15
    /// The largest window for decompressing: 8..15. Each bit less halves its memory.
    std::uint8_t receive_window_bits = max_window_bits;
    /// What happens if the peer does not limit its window to that, for example because its offer, like that of Firefox, has no
    /// client_max_window_bits. True: no compression. False: a window of 15 bits.
    bool receive_window_required = false;
    bool send_context_takeover = true; ///< false: our messages do not refer to earlier ones
    bool receive_context_takeover =
        true; ///< false: nor may those of the peer; some peers violate that, see docs/deflate.md

    int level = 6;        ///< zlib's: 0 (stored) to 9 (smallest)
    int memory_level = 8; ///< zlib's: 1 to 9: 1 KiB to 256 KiB for compressing, in addition to the window

    std::size_t threshold = 64;                     ///< in bytes; smaller messages are not compressed
    deflate_when when = deflate_when::large_enough; ///< which messages are compressed
    std::size_t output_size = 4096; ///< in bytes, not 0: the buffer that receives decompressed payload, piece by piece
    /// The compressor of many connections of one thread, which outlives them and is open; null: each has its own, with the options
    /// above.
    typename Library::deflater* shared = nullptr;
    typename Library::memory memory{}; ///< the source of all memory
};

/// permessage-deflate of one connection: a `negotiated_extension`.
///
/// It allocates when it has been negotiated, and not earlier: inflater, deflater and the buffer for decompressed payload. Its
/// decoder and its encoder refer to it, so it cannot be copied or moved. A `websocket` makes it from the options; a program with
/// a `connection` makes it itself.
template <deflate_library Library>
class deflate_extension : public permessage_deflate<typename Library::inflater, typename Library::deflater> {
    using base = permessage_deflate<typename Library::inflater, typename Library::deflater>;

public:
    /// The receiving half.
    using typename base::decoder;
    /// The sending half.
    using typename base::encoder;
    /// The options of an object.
    using options = deflate_options<Library>;

    /// Returns the options of every browser: windows of 32 KiB, context takeover, the library's default compression.
    [[nodiscard]] static constexpr options browser_default() noexcept { return {}; }
    /// Returns options for many connections and for small devices: windows of 2 KiB, a tenth of the memory for almost the same ratio.
    ///
    /// The memory is limited whatever the peer negotiates: a client whose offer does not let the server limit its window, like
    /// that of Firefox, gets no compression. `receive_window_required = false` changes that.
    [[nodiscard]] static constexpr options low_memory() noexcept
    {
        return {.send_window_bits = 11,
                .receive_window_bits = 11,
                .receive_window_required = true,
                .memory_level = 4,
                .output_size = 1024};
    }
    /// Returns options for very many connections that send little: as `low_memory`, and without a compressor per connection.
    ///
    /// No message refers to an earlier one: short messages gain little, long ones as much as before. A peer that requires a
    /// smaller window than the shared one gets uncompressed messages.
    ///
    /// @param deflater  open; used by one thread at a time; outlives all connections
    [[nodiscard]] static constexpr options shared_compressor(typename Library::deflater& deflater) noexcept
    {
        options result = low_memory();
        result.send_window_bits = max_window_bits;
        result.send_context_takeover = false;
        result.shared = &deflater;
        return result;
    }

    /// Returns an upper bound of the bytes that one connection allocates, for an arena, if the library has such bounds.
    [[nodiscard]] static constexpr std::size_t memory_needed(const options& choice) noexcept
    {
        const bool limited = choice.receive_window_required;
        const std::size_t inflater =
            Library::inflater::memory_needed(limited ? choice.receive_window_bits : max_window_bits);
        const std::size_t deflater =
            choice.shared != nullptr ? 0
                                     : Library::deflater::memory_needed(choice.send_window_bits, choice.memory_level);
        return sizeof(codec) + choice.output_size + inflater + deflater + 2 * alignof(std::max_align_t);
    }

    /// Constructs an extension that has negotiated nothing. Allocates nothing.
    explicit deflate_extension(const options& choice = {}) noexcept : options_{choice}
    {
        SOCKLESS_ASSERT(choice.send_window_bits >= Library::deflater::min_window_bits);
        SOCKLESS_ASSERT(choice.send_window_bits <= max_window_bits);
        SOCKLESS_ASSERT(choice.receive_window_bits >= min_window_bits);
        SOCKLESS_ASSERT(choice.receive_window_bits <= max_window_bits);
        SOCKLESS_ASSERT(choice.output_size != 0);
    }
    deflate_extension(const deflate_extension&) = delete;
    deflate_extension& operator=(const deflate_extension&) = delete;
    ~deflate_extension() { reset(); }

    /// Returns the offer of a client; an empty text if the option is off.
    ///
    /// @return owns its text. `connect_options::extensions` has to be valid until the response is there
    [[nodiscard]] constexpr deflate_text<2> offer() const noexcept
    {
        deflate_text<2> text;
        const offer_list offers{options_};
        for (const deflate_parameters& each : offers.view())
            text.add(each, role::client);
        return text;
    }

    /// Makes both halves of a client from the server's answer to `offer()`. A deflater without memory leaves our messages
    /// uncompressed, which is always allowed.
    ///
    /// @param answer    the extensions of the response
    /// @param[out] in   the receiving half, valid until this object is reset; unchanged on error, and if the offer was declined
    /// @param[out] out  the sending half; the same
    /// @return `error::none`, or why the connection has to fail
    /// @par Errors those of check_deflate_answer; no_memory: the server will compress, and there is no memory to decompress
    /// @par Source RFC 7692 5, 7
    [[nodiscard]] error check_answer(extension_cursor answer, decoder& in, encoder& out) noexcept
    {
        reset();
        const offer_list offers{options_};
        negotiated_deflate negotiated;
        if (const error e = check_deflate_answer(answer, offers.view(), negotiated); failed(e))
            return e;
        return !negotiated.in_use() || open(negotiated, role::client, in, out) ? error::none : error::no_memory;
    }

    /// Makes both halves of a server from the client's offers. Without memory to decompress it declines, which is always allowed;
    /// without memory to compress our messages are uncompressed.
    ///
    /// @param offers    the extensions of the request
    /// @param[out] in   the receiving half, valid until this object is reset; unchanged if all offers are declined
    /// @param[out] out  the sending half; the same
    /// @return the answer, for `accept_options::extensions`; empty if all offers are declined
    /// @par Source RFC 7692 5, 7
    [[nodiscard]] deflate_text<1> accept_offer(extension_cursor offers, decoder& in, encoder& out) noexcept
    {
        reset();
        deflate_text<1> answer;
        negotiated_deflate negotiated;
        if (!options_.enabled ||
            failed(accept_deflate_offer(offers, accept_options_from(options_), answer, negotiated)) ||
            !negotiated.in_use() || !open(negotiated, role::server, in, out))
            return {};
        return answer;
    }

    /// Releases all memory. The halves that were made must not be used any more.
    void reset() noexcept
    {
        if (codec_ == nullptr)
            return;
        codec_->~codec();
        Library::release(options_.memory, codec_);
        codec_ = nullptr;
    }

protected:
    /// Allocates, and makes both halves, for a derived extension that negotiates in its own way: any offers, or another answer.
    ///
    /// @param negotiated  in use
    /// @param self        the role of this end
    /// @param[out] in     the receiving half, valid until this object is reset; unchanged on error
    /// @param[out] out    the sending half; the same
    /// @return false if there is no memory to decompress; nothing is allocated then
    /// @pre nothing is allocated: see `reset`
    [[nodiscard]] bool open(const negotiated_deflate& negotiated, role self, decoder& in, encoder& out) noexcept
    {
        SOCKLESS_ASSERT(codec_ == nullptr);
        const deflate_direction received = negotiated.received_by(self);
        const deflate_direction sent = negotiated.sent_by(self);
        void* const block = Library::allocate(options_.memory, sizeof(codec) + options_.output_size);
        if (block == nullptr)
            return false;
        codec_ =
            ::new (block) codec{typename Library::inflater{options_.memory},
                                typename Library::deflater{{options_.level, options_.memory_level}, options_.memory}};
        if (!codec_->in.open(received.window_bits)) {
            reset();
            return false;
        }
        std::byte* const output = static_cast<std::byte*>(block) + sizeof(codec);
        in = decoder{codec_->in, std::span{output, options_.output_size}, received};
        const deflate_send_options sending{options_.threshold, options_.when, options_.shared != nullptr};
        if (options_.shared != nullptr)
            out = encoder{*options_.shared, sent, sending};
        else if (sent.window_bits >= Library::deflater::min_window_bits && codec_->out.open(sent.window_bits))
            out = encoder{codec_->out, sent, sending};
        return true;
    }

private:
    /// In one block with the buffer for decompressed payload, which follows it.
    struct codec {
        typename Library::inflater in;
        typename Library::deflater out;
    };

    /// The offers of a client: what it prefers, and what it requires if that is less.
    class offer_list {
    public:
        constexpr explicit offer_list(const options& from) noexcept
        {
            const deflate_parameters both{.client_max_window_bits = from.send_window_bits,
                                          .server_no_context_takeover = !from.receive_context_takeover,
                                          .client_no_context_takeover = !from.send_context_takeover};
            list_ = {both, both};
            if (from.shared != nullptr) // whose window no server can limit without this parameter: RFC 7692 7.1.2.2
                list_[0].client_max_window_bits = 0;
            if (from.receive_window_bits < max_window_bits) {
                list_[0].server_max_window_bits = from.receive_window_bits;
                if (from.receive_window_required)
                    list_[1].server_max_window_bits = from.receive_window_bits;
            }
            count_ = !from.enabled ? 0 : list_[0] == list_[1] ? 1 : 2;
        }
        [[nodiscard]] constexpr std::span<const deflate_parameters> view() const noexcept
        {
            return std::span{list_}.first(count_);
        }

    private:
        std::array<deflate_parameters, 2> list_{};
        std::size_t count_ = 0;
    };

    [[nodiscard]] static constexpr deflate_accept_options accept_options_from(const options& from) noexcept
    {
        return {.server_max_window_bits = from.send_window_bits,
                .server_min_window_bits = Library::deflater::min_window_bits,
                .server_no_context_takeover = !from.send_context_takeover,
                .client_max_window_bits = from.receive_window_bits,
                .client_max_window_bits_required = from.receive_window_required,
                .client_no_context_takeover = !from.receive_context_takeover};
    }

    options options_;
    codec* codec_ = nullptr;
};

} // namespace sockless::inline SOCKLESS_ABI
