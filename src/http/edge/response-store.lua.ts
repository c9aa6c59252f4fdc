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
 * What is under a key: `at about`, a line feed and the body. The description is `created hash tags`.
 *
 * KEYS: clock, entries. ARGV: prefix of tag keys, seconds to remember. Gives for each entry what is under its key, or the
 * moment when there is nothing that is good.
 */
export const READ = `${NOW}
local last = redis.call('HMGET', KEYS[1], 'since', 'purged')
local found, moment = {}, nil
for n = 2, #KEYS do
  local entry = redis.call('GET', KEYS[n])
  local at, tags = string.match(entry or '', '^(%d+) %S+ %S+ ([^\\n]*)\\n')
  local good = at ~= nil
  if good and (not last[1] or (last[2] and tonumber(last[2]) >= tonumber(at))) then
    for tag in string.gmatch(tags, '[^ ]+') do
      local purged = redis.call('GET', ARGV[1] .. tag)
      if purged and tonumber(purged) >= tonumber(at) then good = false break end
    end
    if not good then redis.call('DEL', KEYS[n]) end
  end
  if good then
    found[n - 1] = {entry}
  else
    if not moment then
      local us = now(KEYS[1], ARGV[2])
      moment = redis.call('HGET', KEYS[1], 'since') .. '-' .. text(us)
    end
    found[n - 1] = moment
  end
end
return found
`

/**
 * KEYS: entry, clock. ARGV: prefix of tag keys, moment at which the fill began, how long before that its data may have
 * been old, life in ms, tags, about, body. Gives 1, or 0 when one of the tags was purged since or nobody knows.
 */
export const WRITE = `
local since, at = string.match(ARGV[2], '^(%d+)-(%d+)$')
local asOf = tonumber(at) - tonumber(ARGV[3])
if redis.call('HGET', KEYS[2], 'since') ~= since or tonumber(since) > asOf then return 0 end
for tag in string.gmatch(ARGV[5], '[^ ]+') do
  local purged = redis.call('GET', ARGV[1] .. tag)
  if purged and tonumber(purged) >= asOf then return 0 end
end
redis.call('SET', KEYS[1], at .. ' ' .. ARGV[6] .. '\\n' .. ARGV[7], 'PX', ARGV[4])
return 1
`

/** KEYS: clock. ARGV: prefix of tag keys, seconds to remember, tags. */
export const PURGE = `${NOW}
local moment = text(now(KEYS[1], ARGV[2]))
redis.call('HSET', KEYS[1], 'purged', moment)
for tag in string.gmatch(ARGV[3], '[^ ]+') do redis.call('SET', ARGV[1] .. tag, moment, 'EX', ARGV[2]) end
return moment
`
