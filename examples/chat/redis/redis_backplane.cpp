// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "redis_backplane.hpp"

#include "../../support/printable.hpp"
#include "../../support/text.hpp"
#include "scripts.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <netdb.h>
#include <stdexcept>
#include <utility>

namespace example {

namespace {

/// Limits of what Redis stores of one room.
constexpr std::string_view log_messages = "1000";
constexpr std::string_view log_bytes = "4194304";
constexpr std::string_view log_seconds = "86400"; ///< since the last message
/// Messages in one answer to `sync`.
constexpr std::size_t sync_messages = 200;
constexpr std::size_t max_syncs = 32;     ///< at the same time
constexpr std::size_t max_sent = 256;     ///< messages that wait for an acknowledgement
constexpr std::size_t max_queued = 16384; ///< messages
constexpr std::string_view max_listed = "500";
/// Time after a start of Redis in which the nodes restore what it has lost. Longer than the largest delay of a connection.
constexpr std::string_view restore_time = "2000";
constexpr ticks beat_interval = 1'000;
constexpr std::string_view dead_after = "4000";
/// The channel of this node has a message with each beat.
constexpr ticks silence_timeout = 5'000;

/// @return whether the failure has to do with the state of Redis, so that the same command can succeed later
bool is_temporary(std::string_view problem)
{
    if (problem.starts_with("ERR Error running script")) // before Redis 7 with the error of the command after " -"
        problem.remove_prefix(std::min(problem.rfind(" -"), problem.size() - 2) + 2);
    constexpr std::string_view kinds[] = {"LOADING", "OOM",        "READONLY",    "MISCONF",    "NOSCRIPT", "NOAUTH",
                                          "BUSY",    "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "NOPERM"};
    return std::any_of(std::begin(kinds), std::end(kinds),
                       [=](std::string_view kind) { return problem.starts_with(kind); });
}

/// @return the name with "%2F" for a character that is no letter, digit, "_" or "-"
std::string key_part(std::string_view name)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : name) {
        const auto value = static_cast<unsigned char>(c);
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-')
            text += c;
        else
            ((text += '%') += digits[value >> 4U]) += digits[value & 0x0FU];
    }
    return text;
}

std::string random_node_name()
{
    std::array<std::byte, 8> bytes{};
    if (sockless::os_random random; !random.fill(bytes))
        throw std::runtime_error{"there are no random bytes"};
    std::string name;
    for (const std::byte b : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        (name += digits[std::to_integer<unsigned>(b) >> 4U]) += digits[std::to_integer<unsigned>(b) & 0x0FU];
    }
    return name;
}

/// Resolves once: a look-up in the loop would delay all members.
std::vector<std::string> resolve_all(const backplane_options& options)
{
    std::vector<std::string> list;
    const address_list addresses = resolve(options.host, options.port, 0);
    for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
        char host[NI_MAXHOST];
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST) == 0)
            list.emplace_back(host);
    }
    if (list.empty())
        throw std::runtime_error{options.host + " has no address"};
    return list;
}

/// @par Errors  throws if the command can succeed later, after another connection; @return whether it has failed for good
bool is_refused(const redisReply& reply)
{
    if (reply.type == REDIS_REPLY_ERROR && is_temporary(text_of(reply)))
        throw std::runtime_error{std::string{text_of(reply)}};
    return reply.type == REDIS_REPLY_ERROR;
}

void log_refusal(const redisReply& reply)
{
    if (is_refused(reply))
        std::fprintf(stderr, "backplane: %s\n", quoted(text_of(reply)).c_str());
}

/// @return element @p index of an array
const redisReply& element(const redisReply& reply, std::size_t index)
{
    if (reply.type != REDIS_REPLY_ARRAY || index >= reply.elements)
        throw std::runtime_error{"a reply of Redis is malformed"};
    return *reply.element[index];
}

std::uint64_t number_of(const redisReply& reply)
{
    if (reply.type == REDIS_REPLY_ERROR)
        throw std::runtime_error{std::string{text_of(reply)}};
    if (reply.type != REDIS_REPLY_INTEGER || reply.integer < 0)
        throw std::runtime_error{"a reply of Redis is malformed"};
    return static_cast<std::uint64_t>(reply.integer);
}

} // namespace

std::unique_ptr<backplane> make_backplane(server_loop& loop, const backplane_options& options, chat_state& state)
{
    return std::make_unique<redis_backplane>(loop, options, state);
}

redis_backplane::redis_backplane(server_loop& loop, const backplane_options& options, chat_state& state)
    : loop_{&loop},
      options_{options},
      state_{&state},
      prefix_{"sockless-chat:" + std::to_string(options.database) + ':'},
      node_{random_node_name()},
      commands_{loop, *this, options_, resolve_all(options)},
      channels_{loop, *this, options_, resolve_all(options)}
{
    loop.attach(*this);
    const ticks now = now_in_ticks();
    commands_.on_tick(now);
    channels_.on_tick(now);
}

redis_backplane::~redis_backplane() = default;

std::string redis_backplane::key(std::string_view room, std::string_view suffix) const
{
    return (prefix_ + '{' + key_part(room) + "}:").append(suffix);
}

void redis_backplane::run(script which, std::size_t keys, const arguments_list& words,
                          redis_link::reply_handler handler)
{
    const std::string count = std::to_string(keys);
    arguments_list all{"EVALSHA", scripts_[which], count};
    all.insert(all.end(), words.begin(), words.end());
    commands_.command(all, std::move(handler));
}

// ---------------------------------------------------------------------------------------------------- connections

void redis_backplane::on_service_ready(int fd, readiness ready) noexcept
{
    if (fd == commands_.socket())
        commands_.on_ready(ready);
    else if (fd == channels_.socket())
        channels_.on_ready(ready);
}

void redis_backplane::on_service_tick(ticks now) noexcept
{
    commands_.on_tick(now);
    channels_.on_tick(now);
    try {
        if (phase_ == phase::restoring && static_cast<std::int32_t>(now - restored_at_) >= 0) {
            phase_ = phase::open;
            send_queue();
        }
        if (phase_ != phase::connecting && now - last_beat_ >= beat_interval)
            beat(now);
        update_state();
    } catch (const std::exception& problem) {
        commands_.fail(problem.what());
    }
    if (channels_.is_up() && phase_ != phase::connecting && now - last_push_ >= silence_timeout)
        channels_.fail("the channel is silent");
}

bool redis_backplane::is_busy() const noexcept
{
    return !queue_.empty() || (phase_ != phase::connecting && commands_.pending() != 0);
}

void redis_backplane::on_loop_end() noexcept
{
    phase_ = phase::connecting;
    commands_.release();
    channels_.release();
    if (const auto lost = std::count_if(queue_.begin(), queue_.end(), [](const outgoing& one) { return !one.done; });
        lost != 0)
        std::fprintf(stderr, "backplane: %lld messages were not delivered\n", static_cast<long long>(lost));
}

void redis_backplane::on_link_up(redis_link& link)
{
    if (&link == &channels_) {
        last_push_ = now_in_ticks();
        channels_.subscribe("SUBSCRIBE", own_rooms());
        if (phase_ != phase::connecting)
            synchronize_all();
        return;
    }
    const std::string publishing = std::string{scripts::append}.append(scripts::publish);
    const std::string restoring = std::string{scripts::append}.append(scripts::restore);
    const std::string_view texts[script_count] = {publishing,    restoring,      scripts::sync,
                                                  scripts::join, scripts::leave, scripts::beat};
    for (std::size_t i = 0; i != script_count; ++i) {
        const std::string_view words[] = {"SCRIPT", "LOAD", texts[i]};
        commands_.command(words, [this, i](const redisReply& reply) {
            if (reply.type == REDIS_REPLY_ERROR)
                throw std::runtime_error{std::string{text_of(reply)}};
            scripts_[i] = text_of(reply);
        });
    }
    const std::string run_key = prefix_ + "run";
    const std::string nodes_key = prefix_ + "nodes";
    const std::string_view words[] = {"EVAL", scripts::hello, "2", run_key, nodes_key, node_, restore_time};
    commands_.command(words, [this](const redisReply& reply) {
        const std::uint64_t remaining = number_of(reply);
        const ticks now = now_in_ticks();
        restored_at_ = now + static_cast<ticks>(std::min<std::uint64_t>(remaining, 60'000));
        phase_ = remaining == 0 ? phase::open : phase::restoring;
        last_beat_ = last_push_ = now;
        if (channels_.is_up())
            synchronize_all();
        send_queue();
    });
}

void redis_backplane::on_link_down(redis_link& link, const std::string& reason) noexcept
{
    if (&link == &channels_) {
        for (auto& [name, one] : rooms_)
            one.subscribed = false;
    } else {
        phase_ = phase::connecting;
        again_ += static_cast<std::uint64_t>(std::min(sent_, queue_.size()));
        sent_ = syncs_ = 0;
        to_sync_.clear();
        for (outgoing& one : queue_)
            one.acknowledged = false; // Redis may have lost it
        for (auto& [name, one] : rooms_) {
            one.queued = one.syncing = false;
            one.askers.clear();
        }
    }
    try {
        if (std::exchange(reason_, reason) != reason)
            std::fprintf(stderr, "backplane: %s\n", quoted(reason).c_str());
        update_state();
    } catch (const std::exception&) {
        // Without memory the members are not informed.
    }
}

void redis_backplane::update_state()
{
    const bool broken = phase_ != phase::open || !channels_.is_up();
    const auto is_current = [](const auto& one) { return one.second.subscribed; };
    if (up_ != broken ||
        (!broken && (syncs_ != 0 || !to_sync_.empty() || !std::all_of(rooms_.begin(), rooms_.end(), is_current))))
        return;
    up_ = !broken;
    std::fprintf(stderr, "backplane: %s\n", up_ ? "up" : "down");
    if (up_)
        reason_.clear();
    for (auto& [name, one] : rooms_)
        broadcast(*one.where, up_ ? R"({"type":"backplane","state":"up"})" : R"({"type":"backplane","state":"down"})");
}

void redis_backplane::beat(ticks now)
{
    last_beat_ = now;
    std::vector<room*> unused; // of polls, which have been answered
    for (auto& [name, one] : rooms_) {
        one.log.trim(); // others may need the memory
        if (std::exchange(one.failed, false))
            synchronize(name, one);
        if (one.where->is_unused())
            unused.push_back(one.where);
    }
    for (room* one : unused)
        state_->all.erase_if_unused(*one);
    start_syncs();
    const std::string nodes_key = prefix_ + "nodes";
    const std::string rooms_key = own_rooms();
    // While nodes return after a start of Redis, none is removed.
    run(beat_script, 2, {nodes_key, rooms_key, node_, dead_after, prefix_, phase_ == phase::open ? "1" : "0"},
        [this](const redisReply& reply) {
            if (number_of(reply) == 0 && channels_.is_up()) // another node has removed the members of this one
                synchronize_all();
        });
}

// ---------------------------------------------------------------------------------------------------- rooms

redis_backplane::shared_room* redis_backplane::find_channel(std::string_view channel)
{
    constexpr std::string_view end = "}:log";
    if (!channel.starts_with(prefix_ + '{') || !channel.ends_with(end))
        return nullptr;
    channel.remove_prefix(prefix_.size() + 1);
    channel.remove_suffix(end.size());
    const std::optional<std::string> name = percent_decoded(channel);
    const auto found = name ? rooms_.find(*name) : rooms_.end();
    return found == rooms_.end() ? nullptr : &found->second;
}

void redis_backplane::open(room& where)
{
    const auto [found, added] = rooms_.try_emplace(where.name(), where, loop_->memory());
    found->second.generation = ++generations_;
    if (channels_.is_up())
        channels_.subscribe("SUBSCRIBE", key(where.name(), "log"));
}

void redis_backplane::close(room& where) noexcept
{
    try {
        finish_acknowledged(where.name());
        rooms_.erase(where.name());
        if (channels_.is_up())
            channels_.subscribe("UNSUBSCRIBE", key(where.name(), "log"));
        if (phase_ != phase::connecting) {
            const std::string rooms_key = own_rooms();
            const std::string name = key_part(where.name());
            const std::string_view words[] = {"SREM", rooms_key, name};
            commands_.command(words, [](const redisReply&) {});
        }
    } catch (const std::exception& problem) {
        commands_.fail(problem.what());
    }
}

void redis_backplane::synchronize_all()
{
    for (auto& [name, one] : rooms_) {
        one.register_members = true;
        if (one.subscribed)
            synchronize(name, one);
        else
            channels_.subscribe("SUBSCRIBE", key(name, "log"));
    }
    start_syncs();
}

/// Reads what follows the newest message of the members, as soon as possible.
void redis_backplane::synchronize(const std::string& name, shared_room& one)
{
    if (!std::exchange(one.queued, true))
        to_sync_.push_back(name);
}

void redis_backplane::start_syncs()
{
    while (phase_ != phase::connecting && syncs_ < max_syncs && !to_sync_.empty()) {
        const std::string name = std::move(to_sync_.front());
        to_sync_.pop_front();
        if (const auto found = rooms_.find(name);
            found != rooms_.end() && found->second.queued && !found->second.syncing)
            send_sync(name, found->second);
    }
}

void redis_backplane::send_sync(const std::string& name, shared_room& one)
{
    one.queued = false;
    one.syncing = true;
    one.announced = 0;
    ++syncs_;
    const std::string log = key(name, "log");
    const std::string here = key(name, "here");
    const std::string rooms_key = own_rooms();
    const std::string last = std::to_string(one.last);
    const std::string identity = one.log.identity();
    const std::string size = std::to_string(sync_messages);
    const std::string room_name = key_part(name);
    const bool with_members = std::exchange(one.register_members, false);
    arguments_list words{log, here, rooms_key, last, identity, size, node_, room_name, with_members ? "1" : "0"};
    std::deque<std::string> ids;
    if (with_members)
        for (const member* who : one.where->members()) {
            words.push_back(ids.emplace_back(std::to_string(who->id())));
            words.push_back(who->name());
        }
    run(sync_script, 3, words, [this, name, generation = one.generation](const redisReply& reply) {
        --syncs_;
        if (const auto found = rooms_.find(name); found != rooms_.end() && found->second.generation == generation) {
            on_sync(name, reply);
            synchronize_again(name);
        }
        start_syncs();
    });
}

/// A room that was queued while a reply was expected is not in the queue any more.
void redis_backplane::synchronize_again(const std::string& name)
{
    if (const auto found = rooms_.find(name); found != rooms_.end() && found->second.queued && !found->second.syncing)
        to_sync_.push_back(name);
}

void redis_backplane::on_sync(const std::string& name, const redisReply& reply)
{
    shared_room& one = rooms_.at(name);
    one.syncing = false;
    if (is_refused(reply)) {
        log_refusal(reply);
        reset(one, "the room is not available");
        one.queued = false;
        one.failed = true; // tried again later
        return;
    }
    const std::uint64_t newest = number_of(element(reply, 0));
    const bool differs = number_of(element(reply, 1)) != 0;
    const std::uint64_t members = number_of(element(reply, 2));
    const redisReply& lines = element(reply, 3);
    if (lines.type != REDIS_REPLY_ARRAY)
        throw std::runtime_error{"a reply of Redis is malformed"};
    if (differs)
        return reset(one, "Redis has other messages");
    if (newest < one.last)
        return restore(name, one, newest);
    for (std::size_t i = 0; i != lines.elements; ++i) {
        const redisReply& line = element(lines, i);
        std::string_view id = text_of(element(line, 0));
        const auto number = number_in(id.substr(0, std::min(id.find('-'), id.size())));
        if (!number || *number <= one.last)
            throw std::runtime_error{"a reply of Redis is malformed"};
        if (*number != one.last + 1) {
            if (one.ready)
                return reset(one, "messages were lost");
            one.log.clear(); // nobody has been welcomed with what is before the gap
        }
        const redisReply& fields = element(line, 1);
        deliver(one, *number, fields.elements == 2 ? text_of(element(fields, 1)) : std::string_view{});
    }
    const bool more = lines.elements == sync_messages || one.announced > one.last;
    set_members(one, members);
    if (more)
        return synchronize(name, one);
    // Replies are in the order of the commands: what was acknowledged before is not in the log any more.
    if (finish_acknowledged(name) != 0) {
        report(*one.where, "the backplane has lost a message of this room");
        send_queue();
    }
    if (!std::exchange(one.ready, true))
        one.where->welcome_waiting();
}

/// Gives Redis the messages that it has lost.
void redis_backplane::restore(const std::string& name, shared_room& one, std::uint64_t known)
{
    const std::string log = key(name, "log");
    const std::string nodes = key(name, "nodes");
    arguments_list words{log, nodes, log_messages, log_bytes, log_seconds};
    std::deque<std::string> numbers;
    const auto& lines = one.log.lines();
    for (std::size_t i = one.log.after(known); i != lines.size(); ++i) {
        words.push_back(numbers.emplace_back(std::to_string(lines[i].number)));
        words.push_back(lines[i].text);
    }
    one.syncing = true;
    ++syncs_;
    run(restore_script, 2, words, [this, name, generation = one.generation](const redisReply& reply) {
        --syncs_;
        log_refusal(reply);
        if (const auto found = rooms_.find(name); found != rooms_.end() && found->second.generation == generation) {
            found->second.syncing = false;
            if (reply.type == REDIS_REPLY_ERROR)
                reset(found->second, "the room is not available");
            found->second.queued = true;
            synchronize_again(name);
        }
        start_syncs();
    });
}

/// The members cannot have the messages without a gap. They are closed, so that they join again.
void redis_backplane::reset(shared_room& one, std::string_view reason)
{
    ++resets_;
    const std::string& name = one.where->name();
    std::fprintf(stderr, "backplane: room %s: %s\n", quoted(name).c_str(), std::string{reason}.c_str());
    finish_acknowledged(name);
    one.log.clear();
    one.last = 0;
    one.ready = false;
    one.queued = true; // see synchronize_again
    one.where->close_all(sockless::close_code::service_restart, reason);
}

void redis_backplane::on_push(redis_link&, const redisReply& push)
{
    const std::string_view kind = text_of(element(push, 0));
    const std::string_view channel = text_of(element(push, 1));
    const redisReply& content = element(push, 2);
    last_push_ = now_in_ticks();
    shared_room* const one = find_channel(channel);
    if (one == nullptr)
        return;
    if (kind == "message")
        return on_announcement(one->where->name(), *one, text_of(content));
    one->subscribed = kind == "subscribe";
    if (one->subscribed) {
        synchronize(one->where->name(), *one);
        start_syncs();
    }
}

void redis_backplane::on_announcement(const std::string& name, shared_room& one, std::string_view text)
{
    if (text.empty())
        return;
    const char kind = text.front();
    text.remove_prefix(1);
    if (kind != 'm') {
        if (one.ready)
            on_presence(one, kind, text);
        return;
    }
    const auto number = number_in(next_word(text));
    if (!number || *number <= one.last)
        return;
    if (one.syncing || !one.ready) {
        one.announced = std::max(one.announced, *number);
    } else if (*number == one.last + 1 && decode_entry(text, options_.max_message)) {
        deliver(one, *number, text);
    } else {
        synchronize(name, one);
        start_syncs();
    }
}

void redis_backplane::set_members(shared_room& one, std::uint64_t count)
{
    if (std::exchange(one.members, count) != count && one.ready)
        broadcast(*one.where, R"({"type":"members","members":)" + std::to_string(count) + '}');
}

/// "j" and "l": a member has joined or left; "g": members have gone with their node; "c": the count alone.
void redis_backplane::on_presence(shared_room& one, char kind, std::string_view text)
{
    const auto members = number_in(next_word(text));
    if (!members)
        return;
    if (kind == 'c')
        return set_members(one, *members);
    one.members = *members;
    const std::string count = R"("members":)" + std::to_string(*members);
    if (kind == 'g') {
        const auto gone = number_in(text);
        return broadcast(*one.where,
                         R"({"type":"gone","count":)" + std::to_string(gone.value_or(0)) + ',' + count + '}');
    }
    const std::string_view node = next_word(text);
    const auto id = number_in(next_word(text));
    if ((kind != 'j' && kind != 'l') || !is_node_name(node) || !id || !is_shared_name(text))
        return;
    broadcast(*one.where, std::string{R"({"type":")"} + (kind == 'j' ? "joined" : "left") + R"(",)" +
                              sender_fields(*id, text, node) + ',' + count + '}');
}

void redis_backplane::broadcast(room& where, const std::string& json)
{
    where.broadcast(make_shared_message(loop_->memory(), sockless::opcode::text, json));
}

void redis_backplane::report(room& where, std::string_view problem)
{
    broadcast(where, R"({"type":"error","text":")" + std::string{problem} + R"("})");
}

// ---------------------------------------------------------------------------------------------------- messages

shared_message_ptr redis_backplane::frame(std::uint64_t number, std::string_view text, bool& is_text)
{
    const std::string front = R"(,"n":)" + std::to_string(number) + ',';
    const std::optional<room_entry> entry = decode_entry(text, options_.max_message);
    is_text = entry && entry->message.type == room_message::kind::text;
    std::string json;
    if (!entry) {
        json = R"({"type":"error")" + front + R"("text":"a malformed message was removed"})";
    } else {
        const room_message& message = entry->message;
        json = (is_text ? R"({"type":"text")" : R"({"type":"picture")") + front +
               sender_fields(message.id, message.name, entry->node);
        if (is_text)
            json += R"(,"text":)" + json_string(message.content) + '}';
        else
            json.append("}\n").append(message.content);
    }
    return make_shared_message(loop_->memory(), entry && !is_text ? sockless::opcode::binary : sockless::opcode::text,
                               json);
}

/// Sends a message to the members of this node.
void redis_backplane::deliver(shared_room& one, std::uint64_t number, std::string_view text)
{
    bool is_text = false;
    const shared_message_ptr message = frame(number, text, is_text);
    one.log.append(number, text);
    one.last = number;
    ++delivered_;
    state_->deliveries += one.where->size();
    std::string_view rest = text;
    if (next_word(rest) == node_)
        if (outgoing* const mine = find_outgoing(number_in(next_word(rest)).value_or(0)); mine != nullptr)
            finish(*mine);
    if (is_text)
        one.where->broadcast_text(number, message);
    else
        one.where->broadcast(message);
    send_queue();
}

void redis_backplane::send_history(const room& where, std::uint64_t after, member& to)
{
    const shared_room& one = find(where.name());
    const auto& lines = one.log.lines();
    std::size_t first = lines.size() - std::min(lines.size(), options_.history);
    if (after != 0)
        first = one.log.after(after);
    for (bool is_text = false; first != lines.size(); ++first)
        to.send(frame(lines[first].number, lines[first].text, is_text));
}

publish_result redis_backplane::publish(const room& where, const room_message& message)
{
    if (message.content.size() > options_.max_message)
        return publish_result::too_large;
    const std::size_t size = message.content.size() + message.name.size() + max_entry_front;
    if (queue_.size() >= max_queued || queue_bytes_ + size > options_.max_queue) {
        ++refused_;
        return publish_result::full;
    }
    queue_.push_back({count_ + 1, where.name(), encode_entry({node_, count_ + 1, message})});
    ++count_;
    const std::size_t added = queue_.back().text.size() + max_entry_front;
    queue_bytes_ += added;
    loop_->memory().add(added);
    send_queue();
    return publish_result::queued;
}

void redis_backplane::send_queue()
{
    while (phase_ == phase::open && sent_ < queue_.size() && sent_ < max_sent) {
        const outgoing& next = queue_[sent_];
        ++sent_;
        if (next.done)
            continue;
        const std::string log = key(next.room, "log");
        const std::string nodes = key(next.room, "nodes");
        const auto found = rooms_.find(next.room);
        const std::string seen = std::to_string(found == rooms_.end() ? 0 : found->second.last);
        const std::string earlier = std::to_string(unacknowledged_before(sent_ - 1));
        run(publish_script, 2, {log, nodes, log_messages, log_bytes, log_seconds, seen, earlier, next.text},
            [this, count = next.count](const redisReply& reply) { on_published(count, reply); });
    }
}

void redis_backplane::on_published(std::uint64_t count, const redisReply& reply)
{
    outgoing* const one = find_outgoing(count);
    if (one == nullptr) // the members have it already
        return;
    const auto found = rooms_.find(one->room);
    if (is_refused(reply)) {
        ++refused_;
        log_refusal(reply);
        if (found != rooms_.end())
            report(*found->second.where, "the backplane has refused a message of this room");
        finish(*one);
    } else {
        const bool is_new = number_of(reply) != 0;
        one->acknowledged = true;
        if (found == rooms_.end()) {
            finish(*one);
        } else if (!is_new) { // it may be missing: see on_sync
            synchronize(found->first, found->second);
            start_syncs();
        }
    }
    send_queue();
}

/// @return the count of the newest message of the same room before queue_[@p index] that may be missing in the log; 0 if there is none
std::uint64_t redis_backplane::unacknowledged_before(std::size_t index) const noexcept
{
    for (std::size_t i = index; i-- != 0;)
        if (const outgoing& one = queue_[i]; !one.done && one.room == queue_[index].room)
            return one.acknowledged ? 0 : one.count;
    return 0;
}

redis_backplane::outgoing* redis_backplane::find_outgoing(std::uint64_t count) noexcept
{
    const auto found = std::lower_bound(queue_.begin(), queue_.end(), count,
                                        [](const outgoing& one, std::uint64_t value) { return one.count < value; });
    return found == queue_.end() || found->count != count || found->done ? nullptr : &*found;
}

void redis_backplane::finish(outgoing& one) noexcept
{
    one.done = true;
    while (!queue_.empty() && queue_.front().done) {
        const std::size_t size = queue_.front().text.size() + max_entry_front;
        queue_bytes_ -= size;
        loop_->memory().remove(size);
        queue_.pop_front();
        sent_ -= sent_ != 0 ? 1 : 0;
    }
}

/// Removes the messages of @p room that Redis has, or had.
///
/// @return how many
std::size_t redis_backplane::finish_acknowledged(std::string_view room) noexcept
{
    std::size_t count = 0;
    for (std::size_t i = queue_.size(); i-- != 0;) {
        if (i < queue_.size() && queue_[i].room == room && queue_[i].acknowledged && !queue_[i].done) {
            finish(queue_[i]);
            ++count;
        }
    }
    return count;
}

// ---------------------------------------------------------------------------------------------------- members

void redis_backplane::join(const room& where, const member& who)
{
    shared_room& one = rooms_.at(where.name());
    if (phase_ == phase::connecting) {
        one.register_members = true;
        return;
    }
    const std::string log = key(where.name(), "log");
    const std::string here = key(where.name(), "here");
    const std::string rooms_key = own_rooms();
    const std::string id = std::to_string(who.id());
    const std::string name = key_part(where.name());
    run(join_script, 3, {log, here, rooms_key, node_, id, who.name(), name}, log_refusal);
}

void redis_backplane::leave(const room& where, const member& who) noexcept
{
    if (phase_ == phase::connecting)
        return; // the next connection registers those that are present
    try {
        const std::string log = key(where.name(), "log");
        const std::string here = key(where.name(), "here");
        const std::string id = std::to_string(who.id());
        run(leave_script, 2, {log, here, node_, id, who.name()}, log_refusal);
    } catch (const std::exception& problem) {
        commands_.fail(problem.what());
    }
}

void redis_backplane::list_members(const room& where, member& to)
{
    if (phase_ == phase::connecting)
        return to.send(make_shared_message(loop_->memory(), sockless::opcode::text,
                                           R"({"type":"error","text":"the backplane is not available"})"));
    std::unordered_set<std::uint64_t>& askers = rooms_.at(where.name()).askers;
    const bool is_expected = !askers.empty();
    askers.insert(to.id());
    if (is_expected) // all get the list that was asked for first
        return;
    const std::string here = key(where.name(), "here");
    const std::string_view count[] = {"HLEN", here};
    commands_.command(count, [this, name = where.name()](const redisReply& reply) {
        const auto found = rooms_.find(name);
        if (!is_refused(reply) && found != rooms_.end())
            set_members(found->second, number_of(reply));
    });
    const std::string_view words[] = {"HRANDFIELD", here, max_listed, "WITHVALUES"};
    commands_.command(words, [this, name = where.name()](const redisReply& reply) {
        const auto found = rooms_.find(name);
        if (found == rooms_.end())
            return;
        const std::unordered_set<std::uint64_t> listeners = std::exchange(found->second.askers, {});
        if (reply.type != REDIS_REPLY_ARRAY)
            return;
        std::string list;
        for (std::size_t i = 0; i + 1 < reply.elements; i += 2) {
            const std::string_view field = text_of(element(reply, i));
            const std::string_view who = text_of(element(reply, i + 1));
            const std::string_view node = field.substr(0, std::min(field.find(':'), field.size()));
            const auto number = number_in(field.substr(std::min(node.size() + 1, field.size())));
            if (is_node_name(node) && number && is_shared_name(who))
                list.append(list.empty() ? "{" : ",{").append(sender_fields(*number, who, node)).append("}");
        }
        const shared_message_ptr message =
            make_shared_message(loop_->memory(), sockless::opcode::text, members_json(found->second.members, list));
        for (const std::uint64_t id : listeners)
            if (member* const one = found->second.where->find(id); one != nullptr)
                one->send(message);
    });
}

std::string redis_backplane::figures() const
{
    return "node " + node_ + ": " + std::to_string(count_) + " published, " + std::to_string(delivered_) +
           " delivered, " + std::to_string(refused_) + " refused, " + std::to_string(again_) + " sent again, " +
           std::to_string(commands_.losses() + channels_.losses()) + " connections lost, " + std::to_string(resets_) +
           " resets";
}

} // namespace example
