// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A backplane through Redis: one stream of numbered messages for each room, and a channel that announces them.
///
/// The stream is the truth. A message of the channel is used if its number is the next one; otherwise, and after every connection, the
/// node reads what follows the newest number that its members have. So a message that is announced twice, or not at all, reaches members
/// once. A node sends its own messages again until Redis acknowledges them; Redis compares the count of the node with the newest one in
/// the room. After a start of Redis the nodes first restore what it has lost, and send new messages when the time for that is over.
#pragma once

#include "../backplane.hpp"
#include "../member.hpp"
#include "redis_link.hpp"
#include "room_entry.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace example {

class redis_backplane final : public backplane, private loop_service, private redis_link::owner {
public:
    redis_backplane(server_loop& loop, const backplane_options& options, chat_state& state);
    ~redis_backplane() override;

    void open(room& where) override;
    void close(room& where) noexcept override;
    [[nodiscard]] bool is_ready(const room& where) const override { return find(where.name()).ready; }
    [[nodiscard]] std::uint64_t newest(const room& where) const override { return find(where.name()).last; }
    void send_history(const room& where, std::uint64_t after, member& to) override;
    [[nodiscard]] publish_result publish(const room& where, const room_message& message) override;
    void join(const room& where, const member& who) override;
    void leave(const room& where, const member& who) noexcept override;
    void list_members(const room& where, member& to) override;
    [[nodiscard]] const std::string& node() const noexcept override { return node_; }
    [[nodiscard]] bool is_up() const noexcept override { return up_; }
    [[nodiscard]] std::string figures() const override;

private:
    struct shared_room {
        shared_room(room& one, memory_budget& budget) : where{&one}, log{budget} {}
        room* where;
        room_log log;
        std::uint64_t last = 0;       ///< number of the newest message that the members have
        std::uint64_t announced = 0;  ///< newest number that the channel announced while a reply was expected
        std::uint64_t members = 0;    ///< on all nodes
        std::uint64_t generation = 0; ///< differs if the room was closed and opened again
        bool subscribed = false;
        bool queued = false;  ///< in `to_sync_`
        bool syncing = false; ///< a reply is expected
        bool ready = false;   ///< was complete once
        bool failed = false;  ///< Redis has refused to read it
        bool register_members = true;
        std::unordered_set<std::uint64_t> askers; ///< members that wait for the list of members
    };
    /// A message of this node. It stays in the queue until the members of this node have it: then the log can restore it. Without such
    /// members it stays until Redis has it.
    struct outgoing {
        std::uint64_t count;
        std::string room;
        std::string text;
        bool acknowledged = false;
        bool done = false;
    };
    /// Scripts, in the order in which they are loaded.
    enum script : std::uint8_t {
        publish_script,
        restore_script,
        sync_script,
        join_script,
        leave_script,
        beat_script,
        script_count
    };
    enum class phase : std::uint8_t { connecting, restoring, open };
    using arguments_list = std::vector<std::string_view>;

    void on_service_ready(int fd, readiness ready) noexcept override;
    void on_service_tick(ticks now) noexcept override;
    [[nodiscard]] bool is_busy() const noexcept override;
    void on_loop_end() noexcept override;
    void on_link_up(redis_link& link) override;
    void on_link_down(redis_link& link, const std::string& reason) noexcept override;
    void on_push(redis_link& link, const redisReply& push) override;

    [[nodiscard]] const shared_room& find(const std::string& name) const { return rooms_.at(name); }
    [[nodiscard]] shared_room* find_channel(std::string_view channel);
    [[nodiscard]] std::string key(std::string_view room, std::string_view suffix) const;
    [[nodiscard]] std::string own_rooms() const { return prefix_ + "rooms:" + node_; }
    void run(script which, std::size_t keys, const arguments_list& words, redis_link::reply_handler handler);
    void begin();
    void synchronize_all();
    void synchronize(const std::string& name, shared_room& one);
    void start_syncs();
    void send_sync(const std::string& name, shared_room& one);
    void on_sync(const std::string& name, const redisReply& reply);
    void restore(const std::string& name, shared_room& one, std::uint64_t known);
    void synchronize_again(const std::string& name);
    void reset(shared_room& one, std::string_view reason);
    void on_announcement(const std::string& name, shared_room& one, std::string_view text);
    void on_presence(shared_room& one, char kind, std::string_view text);
    void deliver(shared_room& one, std::uint64_t number, std::string_view text);
    [[nodiscard]] shared_message_ptr frame(std::uint64_t number, std::string_view text, bool& is_text);
    void set_members(shared_room& one, std::uint64_t count);
    void broadcast(room& where, const std::string& json);
    void report(room& where, std::string_view problem);
    void send_queue();
    void on_published(std::uint64_t count, const redisReply& reply);
    [[nodiscard]] outgoing* find_outgoing(std::uint64_t count) noexcept;
    void finish(outgoing& one) noexcept;
    std::size_t finish_acknowledged(std::string_view room) noexcept;
    [[nodiscard]] std::uint64_t unacknowledged_before(std::size_t index) const noexcept;
    void beat(ticks now);
    void update_state();

    server_loop* loop_;
    const backplane_options options_;
    chat_state* state_;
    std::string prefix_;
    std::string node_;
    redis_link commands_;
    redis_link channels_;
    std::array<std::string, script_count> scripts_; ///< their SHA-1
    std::unordered_map<std::string, shared_room> rooms_;
    std::deque<std::string> to_sync_;
    std::size_t syncs_ = 0; ///< expected replies
    std::deque<outgoing> queue_;
    std::size_t queue_bytes_ = 0;
    std::size_t sent_ = 0;          ///< messages at the front of `queue_` that were sent
    std::uint64_t generations_ = 0; ///< of rooms
    std::uint64_t count_ = 0;       ///< of the messages of this node
    phase phase_ = phase::connecting;
    ticks restored_at_ = 0; ///< when restoring ends
    ticks last_beat_ = 0;
    ticks last_push_ = 0;
    bool up_ = false;
    std::string reason_; ///< the newest one of a lost connection
    std::uint64_t delivered_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t again_ = 0; ///< messages that were sent again
    std::uint64_t resets_ = 0;
};

} // namespace example
