// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A loop around one io_uring, with buffers that the kernel chooses from for multishot receives. Linux 6.1 or later.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <liburing.h>
#include <memory>
#include <span>
#include <sys/mman.h>
#include <system_error>

namespace example {

/// The target of completions. It exists until all of its operations have completed; the last one may destroy it.
class uring_target {
public:
    enum class operation : std::uint8_t { receive, send, wait };

    /// @param result  as of the system call: a count, or a negative errno
    /// @param bytes   that have arrived, of `receive`; only valid during the call
    /// @param more    whether further completions of this operation follow
    virtual void complete(operation which, int result, std::span<std::byte> bytes, bool more) noexcept = 0;

protected:
    ~uring_target() = default;
};

class uring {
public:
    /// @par Errors  throws std::system_error if this system does not allow io_uring, or not what is used of it
    uring()
    {
        io_uring_params parameters{};
        parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
        parameters.cq_entries = 4096;
        check(io_uring_queue_init_params(512, &ring_, &parameters),
              "io_uring is not available; Linux 6.1 or later has it");
        void* const pages =
            ::mmap(nullptr, count * sizeof(io_uring_buf), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(pages == MAP_FAILED ? -errno : 0, "mmap");
        provided_ = static_cast<io_uring_buf_ring*>(pages);
        io_uring_buf_reg registration{};
        registration.ring_addr = reinterpret_cast<std::uintptr_t>(pages);
        registration.ring_entries = count;
        check(io_uring_register_buf_ring(&ring_, &registration, 0),
              "io_uring has no provided buffers; Linux 5.19 or later has them");
        for (std::size_t i = 0; i < count; ++i)
            provide(i);
    }
    ~uring()
    {
        io_uring_queue_exit(&ring_);
        ::munmap(provided_, count * sizeof(io_uring_buf));
    }
    uring(const uring&) = delete;
    uring& operator=(const uring&) = delete;

    /// Starts an operation, of which a target has one of each kind in progress.
    ///
    /// @param prepare  is called with the entry of the submission queue
    template <class Prepare>
    void start(uring_target& target, uring_target::operation which, Prepare prepare) noexcept
    {
        io_uring_sqe* const to = entry();
        prepare(to);
        io_uring_sqe_set_data64(to, key(target, which)); // the functions that prepare an entry clear it
    }
    /// Cancels an operation, which completes soon.
    void cancel(uring_target& target, uring_target::operation which) noexcept
    {
        io_uring_sqe* const to = entry();
        io_uring_prep_cancel64(to, key(target, which), 0);
        io_uring_sqe_set_data64(to, 0);
    }
    /// Receives until it is cancelled or fails: `complete` is called each time bytes have arrived.
    void receive(uring_target& target, int socket) noexcept
    {
        start(target, uring_target::operation::receive, [&](io_uring_sqe* to) {
            io_uring_prep_recv_multishot(to, socket, nullptr, 0, 0);
            to->flags |= IOSQE_BUFFER_SELECT;
        });
    }
    /// Submits what was started, waits, and calls `complete` of targets.
    void run_once()
    {
        const int result = io_uring_submit_and_wait(&ring_, 1);
        if (result != -EINTR && result != -EBUSY && result != -EAGAIN)
            check(result, "io_uring_submit_and_wait");
        io_uring_cqe* found = nullptr;
        while (io_uring_peek_cqe(&ring_, &found) == 0) {
            const io_uring_cqe done =
                *found; // its slot is free for the kernel before the call, which may start further ones
            io_uring_cqe_seen(&ring_, found);
            dispatch(done);
        }
    }

private:
    static constexpr std::size_t count = 64;
    static constexpr std::size_t size = 16384; ///< all together as much as a websocket keeps: `websocket_sizes::input`

    static void check(int result, const char* what)
    {
        if (result < 0)
            throw std::system_error{-result, std::generic_category(), what};
    }
    /// An object's address, in whose lowest bits is the kind of operation.
    static std::uint64_t key(uring_target& target, uring_target::operation which) noexcept
    {
        static_assert(alignof(uring_target) >= 4);
        return reinterpret_cast<std::uintptr_t>(&target) | static_cast<std::uint64_t>(which);
    }
    io_uring_sqe* entry() noexcept
    {
        io_uring_sqe* result = io_uring_get_sqe(&ring_);
        while (result == nullptr) {
            io_uring_submit(&ring_);
            result = io_uring_get_sqe(&ring_);
        }
        return result;
    }
    void provide(std::size_t index) noexcept
    {
        io_uring_buf_ring_add(provided_, buffers_.get() + index * size, size, static_cast<unsigned short>(index),
                              io_uring_buf_ring_mask(count), 0);
        io_uring_buf_ring_advance(provided_, 1);
    }
    void dispatch(const io_uring_cqe& done) noexcept
    {
        if (done.user_data == 0)
            return;
        auto* const target = reinterpret_cast<uring_target*>(done.user_data & ~std::uint64_t{3});
        const auto which = static_cast<uring_target::operation>(done.user_data & 3);
        const bool more = (done.flags & IORING_CQE_F_MORE) != 0;
        if ((done.flags & IORING_CQE_F_BUFFER) == 0)
            return target->complete(which, done.res, {}, more);
        const std::size_t index = done.flags >> IORING_CQE_BUFFER_SHIFT;
        const auto length = static_cast<std::size_t>(done.res > 0 ? done.res : 0);
        target->complete(which, done.res, {buffers_.get() + index * size, length}, more);
        provide(index);
    }

    io_uring ring_{};
    io_uring_buf_ring* provided_ = nullptr;
    std::unique_ptr<std::byte[]> buffers_{new std::byte[count * size]};
};

} // namespace example
