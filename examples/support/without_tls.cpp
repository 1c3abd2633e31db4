// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Replaces tls.cpp in programs built without OpenSSL.

#include "tls.hpp"

#include <stdexcept>

namespace example {

namespace {

[[noreturn]] void refuse()
{
    throw std::runtime_error{"this program was built without TLS: install OpenSSL's headers (Debian: libssl-dev), "
                             "run cmake again, and build it again"};
}

} // namespace

void tls_context::free_context::operator()(ssl_ctx_st*) const noexcept {}
tls_context::tls_context(const std::string&, const std::string&, bool)
{
    refuse();
}
tls_context::tls_context(const tls_verification&)
{
    refuse();
}

void tls_stream::free_stream::operator()(ssl_st*) const noexcept {}
tls_stream::tls_stream(const tls_context&, int)
{
    refuse();
}
tls_stream::tls_stream(const tls_context&, int, const std::string&)
{
    refuse();
}
io_result tls_stream::receive(std::span<std::byte>) noexcept
{
    return {io_status::failed, 0};
}
io_result tls_stream::send(std::span<const std::byte>) noexcept
{
    return {io_status::failed, 0};
}
std::string_view tls_stream::protocol() const noexcept
{
    return {};
}
io_status tls_stream::end() noexcept
{
    return io_status::failed;
}

} // namespace example
