// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs that link OpenSSL's libcrypto: random bytes, and SHA-1 where no other implementation is allowed.
#pragma once

#include "bytes/byte_view.hpp"
#include "bytes/random_source.hpp"
#include "bytes/sha1.hpp"
#include "config.hpp"
#include "with_fork.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A `random_source` over `RAND_bytes`. It has no state of its own; any number of threads may use it.
struct openssl_random {
    /// Returns a number that changes in a child of `fork`: see `mask_key_pool`.
    [[nodiscard]] std::uint64_t generation() const noexcept { return detail::process_generation(); }

    /// Fills @p out with random bytes.
    ///
    /// @return false if OpenSSL's generator is not seeded or failed; @p out is indeterminate then
    [[nodiscard]] bool fill(std::span<std::byte> out) noexcept
    {
        while (!out.empty()) {
            const std::size_t count = out.size() < INT_MAX ? out.size() : INT_MAX;
            if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
                return false;
            out = out.subspan(count);
        }
        return true;
    }
};

/// Masking keys from OpenSSL, one call for many. A child of `fork` shares none with its parent.
///
/// A key costs 4 ns on the machine of docs/performance.md, and 2.9 with `mask_key_pool<openssl_random, 4096>`, because every
/// call of OpenSSL has a fixed cost. `shared_mask_keys` lets many connections share one pool.
using openssl_mask_keys = mask_key_pool<openssl_random>;

/// SHA-1 over OpenSSL's EVP interface, with the two operations of `sha1`: `handshake.accept<openssl_sha1>(tx)`.
///
/// If the provider has no SHA-1, as in a FIPS configuration, or there is no memory, the handshake fails with `no_sha1` and sends
/// nothing.
/// @par Complexity one allocation by OpenSSL per object
class openssl_sha1 {
public:
    /// Begins a digest.
    openssl_sha1() noexcept : context_{EVP_MD_CTX_new()}
    {
        failed_ = context_ == nullptr || EVP_DigestInit_ex(context_, EVP_sha1(), nullptr) != 1;
    }
    ~openssl_sha1() { EVP_MD_CTX_free(context_); }
    openssl_sha1(const openssl_sha1&) = delete;
    openssl_sha1& operator=(const openssl_sha1&) = delete;

    /// Adds bytes or text.
    void update(byte_view data) noexcept
    {
        failed_ = failed_ || done_ || EVP_DigestUpdate(context_, data.data(), data.size()) != 1;
    }

    /// Returns the digest, or zeros if `failed()`. It can be called once: construct a new object for new data.
    [[nodiscard]] std::array<std::byte, sha1::digest_size> digest() noexcept
    {
        std::array<std::byte, sha1::digest_size> result{};
        failed_ = failed_ || done_ ||
                  EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(result.data()), nullptr) != 1;
        done_ = true;
        if (failed_)
            result = {};
        return result;
    }

    /// Returns whether OpenSSL has failed, or `digest` was called twice.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    EVP_MD_CTX* context_;
    bool failed_ = false;
    bool done_ = false;
};

static_assert(random_source<openssl_random> && sha1_hash<openssl_sha1>);

} // namespace sockless::inline SOCKLESS_ABI
