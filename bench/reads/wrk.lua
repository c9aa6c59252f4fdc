-- Asks for `count` addresses in turn, from number `from` on, and prints what it saw as JSON.
-- Arguments: address, from, count. addresses.ts writes the address, where {time} is another moment for each number.
local requests, turn = {}, 0

local function moment(n)
  local seconds = math.floor(n / 1000)
  return string.format(
    "2000-01-01T%02d%%3A%02d%%3A%02d.%03dZ",
    math.floor(seconds / 3600), math.floor(seconds / 60) % 60, seconds % 60, n % 1000
  )
end

function init(args)
  local address, from, count = args[1], tonumber(args[2]), tonumber(args[3])
  for n = from, from + count - 1 do
    local path = address:gsub("{time}", function() return moment(n) end)
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"count":%d,"perSecond":%f,"p50":%f,"p99":%f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
