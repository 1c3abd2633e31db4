// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate as an extension of `connection` (RFC 7692). Opt-in: no other file of the core refers to it. with_zlib.hpp
/// includes it and has a backend.
///
/// @code
/// sockless::deflate_text<1> answer; // for accept_options::extensions
/// sockless::negotiated_deflate negotiated;
/// e = accept_deflate_offer(request.extensions(), {}, answer, negotiated);
/// using extension = sockless::permessage_deflate<Inflater, Deflater>;
/// sockless::connection<sockless::role::server, sockless::no_mask_keys, extension> ws{
///     {.decoder = {inflater, output, negotiated.from_client}, .encoder = {deflater, negotiated.from_server}}};
/// @endcode
#pragma once

#include "../config.hpp"
#include "../message/message_extension.hpp"
#include "backend.hpp"
#include "decoder.hpp"
#include "encoder.hpp"
#include "negotiation.hpp"
#include "parameters.hpp"

namespace sockless::inline SOCKLESS_ABI {

/// The extension, over a compression library.
template <inflate_backend Inflater, deflate_backend Deflater>
struct permessage_deflate {
    /// The receiving half.
    using decoder = deflate_decoder<Inflater>;
    /// The sending half.
    using encoder = deflate_encoder<Deflater>;
    static_assert(message_decoder<decoder> && message_encoder<encoder>);
};

} // namespace sockless::inline SOCKLESS_ABI
