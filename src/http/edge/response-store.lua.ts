// What Redis does in one step. All keys of one call stand in one hash slot. Time is the server's own, in microseconds, and
// kept from going back by `clock`: a purge and a fill are compared by it, and a failover may bring another clock.

const NOW = `
local function now(clock)
  local time = redis.call('TIME')
  local us = time[1] * 1000000 + time[2]
  local last = tonumber(redis.call('GET', clock) or '0')
  if us <= last then us = last + 1 end
  return us
end
local function text(number) return string.format('%.0f', number) end
`

/** KEYS: entry, clock. ARGV: prefix of tag keys. Gives {body, created, tags, hash}, or {moment} when there is none that is good. */
export const READ = `${NOW}
local entry = redis.call('HMGET', KEYS[1], 'at', 'tags', 'created', 'hash', 'body')
if entry[1] then
  local at, good = tonumber(entry[1]), true
  for tag in string.gmatch(entry[2], '[^ ]+') do
    local purged = redis.call('GET', ARGV[1] .. tag)
    if purged and tonumber(purged) >= at then good = false break end
  end
  if good then return {entry[5], entry[3], entry[2], entry[4]} end
  redis.call('DEL', KEYS[1])
end
return {text(now(KEYS[2]))}
`

/**
 * KEYS: entry, clock. ARGV: prefix of tag keys, moment at which the fill began, how long before that its data may have
 * been old, life in ms, tags, created, hash, body. Gives 1, or 0 when one of the tags was purged since.
 */
export const WRITE = `
local at = tonumber(ARGV[2])
for tag in string.gmatch(ARGV[5], '[^ ]+') do
  local purged = redis.call('GET', ARGV[1] .. tag)
  if purged and tonumber(purged) + tonumber(ARGV[3]) >= at then return 0 end
end
redis.call('HSET', KEYS[1], 'at', ARGV[2], 'tags', ARGV[5], 'created', ARGV[6], 'hash', ARGV[7], 'body', ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`

/** KEYS: clock, tags. ARGV: seconds to remember. */
export const PURGE = `${NOW}
local moment = text(now(KEYS[1]))
for index = 1, #KEYS do redis.call('SET', KEYS[index], moment, 'EX', ARGV[1]) end
return moment
`
