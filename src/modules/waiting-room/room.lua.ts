// What Redis does in one step, so that any number of processes make one queue and one rate. KEYS of all: room (a hash),
// waiting (a sorted set by rank), called (by the time of the call), active (by the end of the admission), ranks (a hash:
// of who was called). Time is the caller's, because tests move it; keys expire only to be cleared away.

/** Seconds that a room is kept after the last visit. People may come days before a sale. */
export const MEMORY_SECONDS = 7 * 86_400

// One who was called and is not there takes nobody's place after so long: longer than any client waits between two looks.
const COMING_MS = 60_000
// 57 MB at 114 bytes each. Redis has the job queue as well, and refuses it all when it is full.
const MOST_WAITING = 500_000
// After checkout was overloaded the rate is halved at most so often, and comes back by so much a second.
const HALVE_EVERY_MS = 1_000
const RECOVER_PER_MS = 0.00005
const LEAST_FACTOR = 0.05

const FORGET = `
local function text(number) return string.format('%.0f', number) end
local function leave(key, member)
  redis.call('HDEL', KEYS[5], member)
  return redis.call('ZREM', key, member)
end
`

/**
 * Lets in who may go in, and then says where one member stands. ARGV: now, whether the sale has begun, admissions a minute
 * (0 while shut), how many may shop, life of an admission in ms, whether checkout is pressed, what to do (join, look, peek),
 * member, its rank in an earlier life of the room or '', that life, its draw, a name for a new life.
 *
 * Gives: life, waiting, called, active, calls ever, spent, abandoned, rate a minute now, calls in the last minute, whether
 * shopping is full, then 'active' with its end, 'waiting' with its place in the line, or '' and 0, and the rank.
 */
export const VISIT = `${FORGET}
local now, begun, rate, target, life = tonumber(ARGV[1]), ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local pressed, act, who, earlier, seen, drawn = ARGV[6] == '1', ARGV[7], ARGV[8], tonumber(ARGV[9]), ARGV[10], ARGV[11]
local room = redis.call('HMGET', KEYS[1], 'epoch', 'at', 'tokens', 'factor', 'halved', 'pace', 'last', 'begun', 'called', 'spent', 'abandoned', 'kept')
local function field(n, otherwise) return tonumber(room[n] or '') or otherwise end
local epoch = room[1] or ARGV[12]
-- The clock of this process may be behind another's. Time does not go back for that.
now = math.max(now, field(2, now))
local passed = now - field(2, now)
local last, called, abandoned = field(7, 0), field(9, 0), field(11, 0)
local wrote = not room[1]
begun = begun or room[8] == '1'

local function drop(key, before)
  local gone = redis.call('ZRANGEBYSCORE', key, '-inf', before, 'LIMIT', 0, 500)
  for _, member in ipairs(gone) do leave(key, member) end
  abandoned = abandoned + #gone
end
drop(KEYS[3], now - life)
drop(KEYS[4], now)

if act ~= 'peek' and not redis.call('ZSCORE', KEYS[4], who) and not redis.call('ZSCORE', KEYS[3], who) then
  local score = tonumber(redis.call('ZSCORE', KEYS[2], who) or '')
  local rank = nil
  -- The room was lost since this place was given.
  if earlier and seen ~= epoch and (not score or earlier < score) then
    rank = earlier
  elseif act == 'join' and not score and redis.call('ZCARD', KEYS[2]) < ${MOST_WAITING} then
    if begun then
      last = math.max(now * 1000, last + 1)
      rank = last
    else
      rank = tonumber(drawn)
    end
  end
  if rank then
    redis.call('ZADD', KEYS[2], text(rank), who)
    wrote = true
  end
end

local factor = math.min(1, field(4, 1) + passed * ${RECOVER_PER_MS})
local halved = field(5, 0)
if pressed and now - halved >= ${HALVE_EVERY_MS} then
  factor = math.max(${LEAST_FACTOR}, factor / 2)
  halved = now
end
-- A bucket that holds a second's worth: enough for looks that come one by one, and no burst after a pause.
local speed = rate * factor / 60000
local tokens = math.min(math.max(1, speed * 1000), field(3, 1) + passed * speed)
local pace = field(6, 0) * math.exp(-passed / 60000)
local places = target - redis.call('ZCARD', KEYS[4]) - redis.call('ZCOUNT', KEYS[3], now - ${COMING_MS}, '+inf')
local free = math.min(math.floor(tokens + 0.000001), places)
if rate > 0 and begun and free > 0 then
  local front = redis.call('ZPOPMIN', KEYS[2], free)
  for n = 1, #front, 2 do
    redis.call('ZADD', KEYS[3], now, front[n])
    redis.call('HSET', KEYS[5], front[n], text(tonumber(front[n + 1])))
  end
  local count = #front / 2
  tokens, called, pace, places = tokens - count, called + count, pace + count, places - count
  wrote = wrote or count > 0
end

local where, value, rank = '', 0, ''
if act ~= 'peek' then
  -- Whoever is called and comes, shops from now on.
  if redis.call('ZREM', KEYS[3], who) == 1 then
    redis.call('ZADD', KEYS[4], now + life, who)
    wrote = true
  end
  local ends = redis.call('ZSCORE', KEYS[4], who)
  local place = not ends and redis.call('ZRANK', KEYS[2], who)
  if ends then
    where, value, rank = 'active', tonumber(ends), redis.call('HGET', KEYS[5], who)
  elseif place then
    where, value, rank = 'waiting', place + 1, text(tonumber(redis.call('ZSCORE', KEYS[2], who)))
  end
end

redis.call('HSET', KEYS[1], 'epoch', epoch, 'at', text(now), 'tokens', tostring(tokens), 'factor', tostring(factor),
  'halved', text(halved), 'pace', tostring(pace), 'last', text(last), 'begun', begun and '1' or '0',
  'called', text(called), 'abandoned', text(abandoned))
if wrote or now - field(12, 0) > 60000 then
  redis.call('HSET', KEYS[1], 'kept', text(now))
  for n = 1, 5 do redis.call('EXPIRE', KEYS[n], ${MEMORY_SECONDS}) end
end
return {epoch, redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3]), redis.call('ZCARD', KEYS[4]), called,
  field(10, 0), abandoned, tostring(rate * factor), tostring(pace), places <= 0 and 1 or 0, where, text(value), rank}
`

/** ARGV: member, the counter of what it did: spent or abandoned. Who was called makes room; gives whether it was there. */
export const LEAVE = `${FORGET}
local shopped = leave(KEYS[4], ARGV[1]) + leave(KEYS[3], ARGV[1])
local waited = ARGV[2] == 'abandoned' and redis.call('ZREM', KEYS[2], ARGV[1]) or 0
if shopped > 0 then redis.call('HINCRBY', KEYS[1], ARGV[2], 1) end
return shopped + waited
`
