-- Steps of the ledger, one after another and all atomically: what core/src/host/ledger/memory.rs does, kept in Redis; tests hold
-- the two side by side. Here how runs are kept, in parts.lua and steps.lua, which go on from here, what becomes of them.
--
-- KEYS  switchyard:{ENV}:waiting
-- ARGV  now in ms ('' for the server's clock), in_flight, start, lease_ms, keep_ms; then a JSON array: for each step
--       how many strings of it are its own, and these: act, run, by, and what the act needs
-- Gives for each step a line with its answer as JSON
--
-- An environment has   waiting (list of runs), leases (zset of 'RUN PART' until when), tickets (counter), runs (zset by opening)
-- A run has            the snapshot (hash), and under it :parts (hash), :queued (list), :held (list of 'GROUP PART'),
--                      :lost (list), :grants (hash: who took a step, and lines 'RUN PART' of what was granted in it)
-- A part is            held | queued | leased TICKET GRANTED-TO | begun TICKET | finished | lost. What an ended run had held or
--                      queued goes with the lists; :parts may still say so, and nobody asks.
--
-- A call of Redis costs as much as all else here: what steps will ask is read at once, and what they change written at the end.
-- Numbers stay below 2^53 and are written out in full, since Lua's own conversion gives up after 14 digits.

local call, unpack = redis.call, unpack
local base = KEYS[1]:sub(1, -8)
local leases, tickets, opened = base .. 'leases', base .. 'tickets', base .. 'runs'
local now = tonumber(ARGV[1])
local in_flight, start, lease_ms, keep_ms = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local GRANTS, RECLAIMED_MAX, BATCH, PRUNED_MAX, FRONT = 2, 100, 500, 10, 50

if not now then
  local time = call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Of the step being taken: between which arguments its own are, who takes it, and how many parts it has launched.
local at, last_at, by, launches = 1, 1, '', 0
-- In one argument, since client and server pay for every one, and flat, since the decoder pays for every table.
local args = cjson.decode(ARGV[6])
-- The answers, in pieces, since Lua goes through every text that it makes.
local said = {}
-- How many leases there are, those taken in these steps until when, and the last ticket once it is known.
local in_use, leased, last_ticket = call('ZCARD', leases), {}, nil
-- The runs that these steps have to do with, by name; false for those that are not known.
local met = {}

local function digits(number)
  return string.format('%.0f', number)
end

local until_ms = digits(now + lease_ms)

local function say(text)
  said[#said + 1] = text
end

-- As JSON.
local function quoted(text)
  return text:find('[%c"\\\127]') and cjson.encode(text) or '"' .. text .. '"'
end

local function written(value)
  return type(value) == 'number' and digits(value) or value
end

-- What others may wait for: a name up to its last slash.
local function group_of(name)
  return name:match('^(.*)/') or name
end

-- Up to 500 values at a time: Lua passes no more than some thousands.
local function in_batches(values, work)
  for first = 1, #values, BATCH do
    work(first, math.min(first + BATCH - 1, #values))
  end
end

-- A list as far as it is read: some of its front, or the whole.
local function list(key)
  return { key = key, names = {}, known = 0, taken = 0, whole = false }
end

-- Lets Redis know what was taken and added; whoever changes the list otherwise does this first.
local function settle(of)
  local names, first = of.names, math.max(of.taken, of.known) + 1
  if of.taken > 0 and of.known > 0 then call('LTRIM', of.key, math.min(of.taken, of.known), -1) end
  if first <= #names then call('RPUSH', of.key, unpack(names, first)) end
  of.names, of.known, of.taken, of.whole = {}, 0, 0, false
end

local function take_first(of)
  if of.taken == #of.names and not of.whole then
    settle(of)
    of.names = call('LRANGE', of.key, 0, FRONT - 1)
    of.known, of.whole = #of.names, #of.names < FRONT
  end
  local name = of.names[of.taken + 1]
  if name then of.taken = of.taken + 1 end
  return name
end

local function append(of, name)
  if of.whole then of.names[#of.names + 1] = name else call('RPUSH', of.key, name) end
end

local waiting = list(KEYS[1])

-- The server's expiry comes after that by updated_ms, which is exact, and is put off only now and then.
local function keep(key)
  call('PEXPIRE', key, math.floor(keep_ms * 1.02) + 60000)
end

local function get(run, field)
  local value = run.fields[field]
  if value == nil then
    value = call('HGET', run.key, field)
    run.fields[field] = value
  end
  return value
end

local function count(run, field)
  return tonumber(get(run, field) or 0)
end

-- Of which all answers about a run tell the same, until one of them changes.
local TOLD = { of = true, message = true, lost = true }

local function set(run, field, value)
  run.fields[field], run.changed[field] = value, true
  if TOLD[field] then run.told = nil end
end

local function add_to(run, field, number)
  set(run, field, count(run, field) + number)
end

-- What was granted to whoever took a step.
local function grants_of(run, to)
  if run.granted[to] == nil then run.granted[to] = get(run, 'grants') and call('HGET', run.grants, to) end
  return run.granted[to]
end

local function where(run, name)
  local text = run.places[name]
  if text == nil then
    text = call('HGET', run.parts, name)
    run.places[name] = text
  end
  return text or ''
end

-- How a part stands, '' if it is not known.
local function standing(run, name)
  return where(run, name):match('^%a*')
end

-- Its ticket and to whom it was granted.
local function grant_of(run, name)
  return where(run, name):match('^%a+ ?(%d*) ?(.*)$')
end

local function place(run, name, text)
  run.places[name], run.moved[name] = text, true
end

local FIELDS = {
  'state', 'updated_ms', 'done', 'of', 'message', 'lost', 'launched', 'budget', 'queued', 'waits', 'gates', 'kept_ms', 'grants',
}

local function blank(name)
  local key = base .. 'run:' .. name
  return {
    name = name, key = key, parts = key .. ':parts', queued = key .. ':queued', held = key .. ':held', lost = key .. ':lost',
    grants = key .. ':grants', fields = {}, changed = {}, places = {}, moved = {}, granted = {}, given = {},
    front = list(key .. ':queued'),
  }
end

local function clear(run)
  call('UNLINK', run.key, run.parts, run.queued, run.held, run.lost)
  run.fields, run.changed, run.places, run.moved, run.gates, run.front = {}, {}, {}, {}, nil, list(run.queued)
end

-- A run as far as it is known, or false.
local function find(name)
  if met[name] ~= nil then return met[name] end
  local run = blank(name)
  for index, value in ipairs(call('HMGET', run.key, unpack(FIELDS))) do run.fields[FIELDS[index]] = value end
  met[name] = get(run, 'state') and run
  if met[name] and count(run, 'updated_ms') + keep_ms <= now then
    clear(run)
    call('UNLINK', run.grants)
    met[name] = false
  end
  return met[name]
end

-- What steps will ask of a run, at once: where parts stand, and what was granted to those who take them.
local function foresee(run, names, takers)
  in_batches(names, function(first, last)
    for index, text in ipairs(call('HMGET', run.parts, unpack(names, first, last))) do run.places[names[first + index - 1]] = text end
  end)
  if not get(run, 'grants') then return end
  in_batches(takers, function(first, last)
    for index, lines in ipairs(call('HMGET', run.grants, unpack(takers, first, last))) do
      run.granted[takers[first + index - 1]] = lines
    end
  end)
end

local function write(run)
  settle(run.front)
  local fields, places, gone, given = {}, {}, {}, {}
  for field in pairs(run.changed) do
    fields[#fields + 1] = field
    fields[#fields + 1] = written(run.fields[field])
  end
  in_batches(fields, function(first, last) call('HSET', run.key, unpack(fields, first, last)) end)
  for to in pairs(run.given) do
    given[#given + 1] = to
    given[#given + 1] = run.granted[to]
  end
  in_batches(given, function(first, last) call('HSET', run.grants, unpack(given, first, last)) end)
  for name in pairs(run.moved) do
    if run.places[name] then
      places[#places + 1] = name
      places[#places + 1] = run.places[name]
    else
      gone[#gone + 1] = name
    end
  end
  in_batches(places, function(first, last) call('HSET', run.parts, unpack(places, first, last)) end)
  in_batches(gone, function(first, last) call('HDEL', run.parts, unpack(gone, first, last)) end)
  if run.to_keep then
    for _, key in ipairs({ run.key, run.parts, run.queued, run.held, run.lost, run.grants }) do keep(key) end
  end
end
