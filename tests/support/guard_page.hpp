// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A copy of some bytes next to an inaccessible page: an access beyond it ends the program, in every build.
#pragma once

#include "exact_block.hpp"

#include <cstddef>
#include <cstring>
#include <new>
#include <span>

#if defined(__unix__) || defined(__APPLE__)
#define SOCKLESS_TEST_GUARD_PAGES 1
#include <sys/mman.h>
#include <unistd.h>
#else
#define SOCKLESS_TEST_GUARD_PAGES 0
#endif

namespace support {

/// The side of the bytes on which the inaccessible page is.
enum class guard { after, before };

#if SOCKLESS_TEST_GUARD_PAGES

class guard_page {
public:
    explicit guard_page(std::span<const std::byte> bytes, guard side = guard::after)
    {
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const std::size_t usable = (bytes.size() / page + 1) * page;
        void* const mapped = ::mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED)
            throw std::bad_alloc{};
        mapping_ = {static_cast<std::byte*>(mapped), usable + page};
        std::byte* const inaccessible = side == guard::after ? mapping_.data() + usable : mapping_.data();
        if (::mprotect(inaccessible, page, PROT_NONE) != 0) {
            ::munmap(mapping_.data(), mapping_.size());
            throw std::bad_alloc{};
        }
        bytes_ = side == guard::after ? mapping_.subspan(usable - bytes.size(), bytes.size())
                                      : mapping_.subspan(page, bytes.size());
        if (!bytes.empty())
            std::memcpy(bytes_.data(), bytes.data(), bytes.size());
    }
    ~guard_page() { ::munmap(mapping_.data(), mapping_.size()); }
    guard_page(const guard_page&) = delete;
    guard_page& operator=(const guard_page&) = delete;

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
    std::span<std::byte> mapping_;
    std::span<std::byte> bytes_;
};

#else

/// Without memory protection only a sanitizer detects an access beyond the bytes.
class guard_page : public exact_block {
public:
    explicit guard_page(std::span<const std::byte> bytes, guard = guard::after) : exact_block{bytes} {}
};

#endif

} // namespace support
