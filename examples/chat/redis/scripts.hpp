// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What Redis does in one step: scripts in Lua. The keys of a room, after the prefix, which contains the database:
///
///     {room}:log    stream of its messages; the id of number 5 is "5-0", the field "m" has the message
///     {room}:nodes  hash: the number that each node gave to its newest message in the log; "#": bytes of the log
///     {room}:here   hash of the members: "node:id" and the name
///
/// and of all rooms:
///
///     run           hash: "id" of the process of Redis, and "until" which time its nodes only restore what they have
///     nodes         sorted set of the nodes by the time of their last sign of life
///     rooms:NODE    set of the rooms with members of a node
///
/// Channels have the names of the logs and of the sets "rooms:NODE".
#pragma once

#include <string_view>

namespace example::scripts {

/// Common to `publish` and `restore`: appends to the log and announces it, and removes the oldest messages beyond the limits.
/// KEYS: log, nodes of the room. ARGV: messages, bytes, seconds until an unused room is deleted.
inline constexpr std::string_view append = R"lua(
local function append(number, message)
    local node, count = string.match(message, '^(%w+) (%d+) ')
    redis.call('XADD', KEYS[1], string.format('%.0f-0', number), 'm', message)
    if node then
        redis.call('HSET', KEYS[2], node, count)
    end
    local bytes = redis.call('HINCRBY', KEYS[2], '#', #message)
    local size = redis.call('XLEN', KEYS[1])
    while size > 1 and (size > tonumber(ARGV[1]) or bytes > tonumber(ARGV[2])) do
        local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
        redis.call('XDEL', KEYS[1], oldest[1])
        bytes = redis.call('HINCRBY', KEYS[2], '#', -#oldest[2][2])
        size = size - 1
    end
    redis.call('EXPIRE', KEYS[1], ARGV[3])
    redis.call('EXPIRE', KEYS[2], ARGV[3])
    redis.call('PUBLISH', KEYS[1], string.format('m%.0f ', number) .. message)
end
local function newest()
    local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    return last and tonumber(string.match(last[1], '^%d+')) or 0
end
)lua";

/// ARGV: ..., number that this node has seen, count of the message before this one that was not acknowledged, or 0, message. Returns the
/// number of the message, 0 if the log had it already. If the one before was refused, this one is, too: the node sends both again.
inline constexpr std::string_view publish = R"lua(
local node, count = string.match(ARGV[6], '^(%w+) (%d+) ')
local known = tonumber(redis.call('HGET', KEYS[2], node) or 0)
if known >= tonumber(count) then
    return 0
end
local last = newest()
if known < tonumber(ARGV[5]) then
    return redis.error_reply('TRYAGAIN an earlier message is missing')
end
local number = math.max(last, tonumber(ARGV[4])) + 1
append(number, ARGV[6])
return number
)lua";

/// ARGV: ..., then pairs of number and message. Appends those that Redis has lost.
inline constexpr std::string_view restore = R"lua(
local last = newest()
for i = 4, #ARGV, 2 do
    if tonumber(ARGV[i]) > last then
        append(tonumber(ARGV[i]), ARGV[i + 1])
    end
end
return last
)lua";

/// KEYS: log, here, rooms of the node. ARGV: number that this node has seen, beginning of that message, size of the answer, node, room,
/// whether members follow, pairs of id and name. Returns the newest number, whether the message with the number is another one, the
/// count of members, and the messages after the number.
inline constexpr std::string_view sync = R"lua(
if ARGV[6] == '1' then
    local mine, front, changes = {}, ARGV[4] .. ':', 0
    for i = 7, #ARGV, 2 do
        mine[front .. ARGV[i]] = ARGV[i + 1]
    end
    for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
        if string.sub(field, 1, #front) == front and not mine[field] then
            changes = changes + redis.call('HDEL', KEYS[2], field)
        end
    end
    for field, name in pairs(mine) do
        changes = changes + redis.call('HSET', KEYS[2], field, name)
    end
    if changes > 0 then
        redis.call('PUBLISH', KEYS[1], 'c' .. redis.call('HLEN', KEYS[2]))
    end
    redis.call('SADD', KEYS[3], ARGV[5])
end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local same = redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', ARGV[1] .. '-0')[1]
local differs = same and string.sub(same[2][2], 1, #ARGV[2]) ~= ARGV[2]
return {last and tonumber(string.match(last[1], '^%d+')) or 0, differs and 1 or 0, redis.call('HLEN', KEYS[2]),
        redis.call('XRANGE', KEYS[1], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[3])}
)lua";

/// KEYS: log, here, rooms of the node. ARGV: node, id, name, room.
inline constexpr std::string_view join = R"lua(
redis.call('HSET', KEYS[2], ARGV[1] .. ':' .. ARGV[2], ARGV[3])
redis.call('SADD', KEYS[3], ARGV[4])
local count = redis.call('HLEN', KEYS[2])
redis.call('PUBLISH', KEYS[1], 'j' .. count .. ' ' .. ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
return count
)lua";

/// KEYS: log, here. ARGV: node, id, name.
inline constexpr std::string_view leave = R"lua(
if redis.call('HDEL', KEYS[2], ARGV[1] .. ':' .. ARGV[2]) == 1 then
    local count = redis.call('HLEN', KEYS[2])
    redis.call('PUBLISH', KEYS[1], 'l' .. count .. ' ' .. ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
end
return 0
)lua";

/// KEYS: run, nodes. ARGV: node, milliseconds for restoring. Returns how many of them remain.
inline constexpr std::string_view hello = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if redis.call('HGET', KEYS[1], 'id') ~= run then
    redis.call('HSET', KEYS[1], 'id', run, 'until', string.format('%.0f', now + ARGV[2]))
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
return math.max(0, redis.call('HGET', KEYS[1], 'until') - now)
)lua";

/// KEYS: nodes, rooms of this node. ARGV: node, milliseconds until a silent node is dead, prefix, whether to remove one. Removes the
/// members of a dead node in up to 100 rooms. Returns whether this node was in the set, and not dead.
inline constexpr std::string_view beat = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local was = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PUBLISH', KEYS[2], 'b')
local dead = ARGV[4] == '1' and redis.call('ZRANGEBYSCORE', KEYS[1], 0, now - ARGV[2], 'LIMIT', 0, 1)[1]
if dead then
    local rooms = redis.call('SPOP', ARGV[3] .. 'rooms:' .. dead, 100)
    for _, room in ipairs(rooms) do
        local here, gone = ARGV[3] .. '{' .. room .. '}:here', 0
        for _, field in ipairs(redis.call('HKEYS', here)) do
            if string.sub(field, 1, #dead + 1) == dead .. ':' then
                gone = gone + redis.call('HDEL', here, field)
            end
        end
        redis.call('PUBLISH', ARGV[3] .. '{' .. room .. '}:log', 'g' .. redis.call('HLEN', here) .. ' ' .. gone)
    end
    if #rooms == 0 then
        redis.call('ZREM', KEYS[1], dead)
    end
end
return was and tonumber(was) >= now - ARGV[2] and 1 or 0
)lua";

} // namespace example::scripts
