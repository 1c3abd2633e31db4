// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs that link mbedTLS (2.28 or 3): random bytes from a generator of the program, and SHA-1 of mbedTLS or of the
/// hardware that it uses. docs/devices.md has an example.
#pragma once

#include "bytes/byte_view.hpp"
#include "bytes/random_source.hpp"
#include "bytes/sha1.hpp"
#include "config.hpp"
#include "with_fork.hpp"

#include <mbedtls/md.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A `random_source` over a generator of mbedTLS, such as `mbedtls_ctr_drbg_random` or `mbedtls_hmac_drbg_random`, or another function
/// with these parameters. The two arguments are those of `mbedtls_ssl_conf_rng`.
///
/// Several threads may use one generator only where mbedTLS was built with MBEDTLS_THREADING_C.
class mbedtls_random {
public:
    /// A function of mbedTLS that fills memory with random bytes.
    using function = int (*)(void*, unsigned char*, std::size_t);

    /// Takes a generator of the program.
    ///
    /// @param generate  fills bytes and returns 0
    /// @param state     its first argument; belongs to the program and outlives this object and its copies
    constexpr mbedtls_random(function generate, void* state) noexcept : generate_{generate}, state_{state}
    {
        SOCKLESS_ASSERT(generate != nullptr);
    }

    /// Returns a number that changes in a child of `fork`, where that exists: see `mask_key_pool`.
    [[nodiscard]] std::uint64_t generation() const noexcept { return detail::process_generation(); }

    /// Fills @p out with random bytes.
    ///
    /// @return false if the generator failed, for example because it is not seeded; @p out is indeterminate then
    [[nodiscard]] bool fill(std::span<std::byte> out) noexcept
    {
        while (!out.empty()) {
            const std::size_t count = std::min(out.size(), most_at_once);
            if (generate_(state_, reinterpret_cast<unsigned char*>(out.data()), count) != 0)
                return false;
            out = out.subspan(count);
        }
        return true;
    }

private:
    /// MBEDTLS_CTR_DRBG_MAX_REQUEST and MBEDTLS_HMAC_DRBG_MAX_REQUEST are 1024 by default.
    static constexpr std::size_t most_at_once = 256;

    function generate_;
    void* state_;
};

/// Masking keys from mbedTLS, one call for many. Less memory for each connection: `shared_mask_keys`.
using mbedtls_mask_keys = mask_key_pool<mbedtls_random, 256>;

/// SHA-1 over mbedTLS's message digests, with the two operations of `sha1`: `websocket<Role, Keys, Extension, mbedtls_sha1>`, or
/// `handshake.accept<mbedtls_sha1>(tx)`. With MBEDTLS_SHA1_ALT it is that of the hardware.
///
/// If mbedTLS was built without SHA-1, or there is no memory, the handshake fails with `no_sha1`.
/// @par Complexity one allocation by mbedTLS per object
class mbedtls_sha1 {
public:
    /// Begins a digest.
    mbedtls_sha1() noexcept
    {
        mbedtls_md_init(&context_);
        const mbedtls_md_info_t* const kind = mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
        const int without_hmac = 0;
        failed_ = kind == nullptr || mbedtls_md_setup(&context_, kind, without_hmac) != 0 ||
                  mbedtls_md_starts(&context_) != 0;
    }
    ~mbedtls_sha1() { mbedtls_md_free(&context_); }
    mbedtls_sha1(const mbedtls_sha1&) = delete;
    mbedtls_sha1& operator=(const mbedtls_sha1&) = delete;

    /// Adds bytes or text.
    void update(byte_view data) noexcept
    {
        failed_ = failed_ || done_ ||
                  mbedtls_md_update(&context_, reinterpret_cast<const unsigned char*>(data.data()), data.size()) != 0;
    }

    /// Returns the digest, or zeros if `failed()`. It can be called once: construct a new object for new data.
    [[nodiscard]] std::array<std::byte, sha1::digest_size> digest() noexcept
    {
        std::array<std::byte, sha1::digest_size> result{};
        failed_ =
            failed_ || done_ || mbedtls_md_finish(&context_, reinterpret_cast<unsigned char*>(result.data())) != 0;
        done_ = true;
        if (failed_)
            result = {};
        return result;
    }

    /// Returns whether mbedTLS has failed, or `digest` was called twice.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    mbedtls_md_context_t context_;
    bool failed_ = false;
    bool done_ = false;
};

static_assert(random_source<mbedtls_random> && sha1_hash<mbedtls_sha1>);

} // namespace sockless::inline SOCKLESS_ABI
