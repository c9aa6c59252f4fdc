// What Redis does in one step. All keys of one call stand in one hash slot. Time is the server's own, in microseconds. Each
// shard has a `clock`, which keeps it from going back: a purge and a fill are compared by it, and a failover may bring
// another server's time. `since` says from when on the shard remembers its purges. A moment, `since-time`, counts only while
// the same memory lasts: a Redis that was emptied knows of no purge. `purged` is the time of the shard's last purge: what is
// younger needs no look at its tags, and that is nearly all.

const NOW = `
local function text(number) return string.format('%.0f', number) end
local function now(clock, memory)
  local time = redis.call('TIME')
  local us = time[1] * 1000000 + time[2]
  local last = tonumber(redis.call('HGET', clock, 'last') or '0')
  if us <= last then us = last + 1 end
  redis.call('HSETNX', clock, 'since', text(us))
  redis.call('HSET', clock, 'last', text(us))
  redis.call('EXPIRE', clock, memory)
  return us
end
`

/**
 * KEYS: entry, clock. ARGV: prefix of tag keys, seconds to remember. Gives {body, created, tags, hash}, or {moment} when
 * there is none that is good.
 */
export const READ = `${NOW}
local entry = redis.call('HMGET', KEYS[1], 'at', 'tags', 'created', 'hash', 'body')
if entry[1] then
  local at, good = tonumber(entry[1]), true
  local last = redis.call('HMGET', KEYS[2], 'since', 'purged')
  if not last[1] or (last[2] and tonumber(last[2]) >= at) then
    for tag in string.gmatch(entry[2], '[^ ]+') do
      local purged = redis.call('GET', ARGV[1] .. tag)
      if purged and tonumber(purged) >= at then good = false break end
    end
  end
  if good then return {entry[5], entry[3], entry[2], entry[4]} end
  redis.call('DEL', KEYS[1])
end
local us = now(KEYS[2], ARGV[2])
return {redis.call('HGET', KEYS[2], 'since') .. '-' .. text(us)}
`

/**
 * KEYS: entry, clock. ARGV: prefix of tag keys, moment at which the fill began, how long before that its data may have
 * been old, life in ms, tags, created, hash, body. Gives 1, or 0 when one of the tags was purged since or nobody knows.
 */
export const WRITE = `
local since, at = string.match(ARGV[2], '^(%d+)-(%d+)$')
local asOf = tonumber(at) - tonumber(ARGV[3])
if redis.call('HGET', KEYS[2], 'since') ~= since or tonumber(since) > asOf then return 0 end
for tag in string.gmatch(ARGV[5], '[^ ]+') do
  local purged = redis.call('GET', ARGV[1] .. tag)
  if purged and tonumber(purged) >= asOf then return 0 end
end
redis.call('HSET', KEYS[1], 'at', at, 'tags', ARGV[5], 'created', ARGV[6], 'hash', ARGV[7], 'body', ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`

/** KEYS: clock. ARGV: prefix of tag keys, seconds to remember, tags. */
export const PURGE = `${NOW}
local moment = text(now(KEYS[1], ARGV[2]))
redis.call('HSET', KEYS[1], 'purged', moment)
for tag in string.gmatch(ARGV[3], '[^ ]+') do redis.call('SET', ARGV[1] .. tag, moment, 'EX', ARGV[2]) end
return moment
`
