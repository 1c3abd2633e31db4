// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file reads messages that are whole in the input, in one frame, and leaves no state. For message_reader.hpp, which reads
/// everything else by `poll_slow`, and everything in size builds.
#pragma once

#include "../../config.hpp"
#include "../../core/opcode.hpp"
#include "../../core/role.hpp"
#include "../../frame/fast/whole_frame.hpp"
#include "../event.hpp"
#include "../message_assembler.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// A part of `Reader`, which is a `message_reader`.
template <role Role, class Reader>
struct whole_message {
    /// Reads small binary messages without a call.
    template <class Assembler>
    SOCKLESS_INLINE static event poll(Reader& reader, std::span<std::byte>& in, Assembler& messages) noexcept
    {
        // With an assembler `poll_slow` handles an empty input too: g++ inlines this function only if it is short.
        if constexpr (!std::is_base_of_v<message_assembler, Assembler>)
            if (in.empty() && !reader.decoding_.unfinished) {
                reader.expire_payload(messages);
                return {};
            }
        opcode type{};
        std::size_t size = 0;
        reader.renew_payload(messages);
        if (!reader.decoding_.unfinished && reader.frames_.between_messages() &&
            read_small<Role>(in, reader.small_limit_, type, size)) {
            reader.begin_whole_message();
            if (type == opcode::text) [[unlikely]] // it needs a call in any case
                return poll_small_text(reader, in, size);
            const std::byte* const payload = unmask_small<Role>(in.data() - size, reader.payload_.bytes().data());
            return event_access::message(opcode::binary, {payload, size}, true, true);
        }
        return poll_rest(reader, in, messages);
    }

private:
    SOCKLESS_NOINLINE static event poll_small_text(Reader& reader, std::span<std::byte>& in, std::size_t size) noexcept
    {
        const std::byte* const payload =
            unmask_small_text<Role>(in.data() - size, size, reader.payload_.bytes().data());
        return payload != nullptr ? event_access::message(opcode::text, {payload, size}, true, true)
                                  : reader.fail_text(in);
    }

    /// Two calls and nothing else, so that a part of a frame costs no saved registers here.
    template <class Assembler>
    SOCKLESS_NOINLINE static event poll_rest(Reader& reader, std::span<std::byte>& in, Assembler& messages) noexcept
    {
        const bool whole = !reader.decoding_.unfinished && reader.frames_.between_messages() && has_medium<Role>(in) &&
                           reader.fragments_ != 0;
        return whole ? poll_medium(reader, in, messages) : reader.poll_slow(in, messages);
    }

    /// Reads a message with a length of two bytes. Not inlined: that would make small messages slower.
    template <class Assembler>
    SOCKLESS_NOINLINE static event poll_medium(Reader& reader, std::span<std::byte>& in, Assembler& messages) noexcept
    {
        const std::uint64_t max_frame = reader.frames_.max_payload();
        const std::uint64_t max_size = max_frame < reader.message_bytes_ ? max_frame : reader.message_bytes_;
        opcode type{};
        std::size_t size = 0;
        if (!read_medium<Role>(in, max_size, type, size))
            return reader.poll_slow(in, messages);
        reader.expire_payload(messages);
        reader.begin_whole_message();
        std::byte* const payload = in.data() - size;
        return unmask_medium<Role>(payload, size, type == opcode::text)
                   ? event_access::message(type, {payload, size}, true, true)
                   : reader.fail_text(in);
    }
};

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
