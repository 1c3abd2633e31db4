// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs that link OpenSSL's libcrypto: random bytes, and SHA-1 where the program's own may not be used.
#pragma once

#include "bytes/random_source.hpp"
#include "bytes/sha1.hpp"
#include "config.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <climits>
#include <cstddef>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// Random bytes from `RAND_bytes`. Has no state of its own; any number of threads may use it.
struct openssl_random {
    /// returns   false if OpenSSL's generator is not seeded or failed; `out` is indeterminate then
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

/// A key costs 4 ns on the machine of docs/performance.md, and 2.9 with `mask_key_pool<openssl_random, 4096>`: a request to
/// OpenSSL has a price of its own. `shared_mask_keys` lets many connections share one pool.
using openssl_mask_keys = mask_key_pool<openssl_random>;

/// SHA-1 over OpenSSL's EVP interface, with the two operations of `sha1`: `handshake.accept<openssl_sha1>(tx)`.
///
/// Where the provider refuses SHA-1 or memory is short, the digest is all zeros, and the peer refuses the handshake.
/// cost      one allocation by OpenSSL per object
class openssl_sha1 {
public:
    openssl_sha1() noexcept : context_{EVP_MD_CTX_new()}
    {
        good_ = context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha1(), nullptr) == 1;
    }
    ~openssl_sha1() { EVP_MD_CTX_free(context_); }
    openssl_sha1(const openssl_sha1&) = delete;
    openssl_sha1& operator=(const openssl_sha1&) = delete;

    void update(std::span<const std::byte> bytes) noexcept { add(bytes.data(), bytes.size()); }
    void update(std::string_view text) noexcept { add(text.data(), text.size()); }

    /// The digest. The object is used up: start a new one for new text.
    [[nodiscard]] std::array<std::byte, sha1_size> digest() noexcept
    {
        std::array<std::byte, sha1_size> result{};
        if (!good_ || EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(result.data()), nullptr) != 1)
            result = {};
        good_ = false;
        return result;
    }

private:
    void add(const void* data, std::size_t size) noexcept
    {
        good_ = good_ && EVP_DigestUpdate(context_, data, size) == 1;
    }

    EVP_MD_CTX* context_;
    bool good_ = false;
};

static_assert(random_source<openssl_random> && sha1_hash<openssl_sha1>);

} // namespace sockless::inline SOCKLESS_ABI
