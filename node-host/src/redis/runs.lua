-- Steps of the ledger, one after another and all atomically: what core/src/host/ledger/memory.rs does, kept in Redis; tests hold
-- the two side by side. Here how runs are kept, in parts.lua and steps.lua, which go on from here, what becomes of them.
--
-- KEYS  switchyard:{ENV}:waiting
-- ARGV  now in ms ('' for the server's clock), in_flight, start, lease_ms, keep_ms; then for each step how many arguments it has,
--       and these: act, run, by, and what the act needs
-- Gives for each step strings: state, go, done, of, message, how many parts are lost, each of them, and for each launch run,
-- envelope, part, ticket
--
-- An environment has   waiting (list of runs), leases (zset of 'RUN PART' until when), tickets (counter), runs (zset by opening)
-- A run has            the snapshot (hash), and under it :parts (hash), :queued (list), :held (list of 'GROUP PART'),
--                      :lost (list), :grants (hash: who took a step, and lines 'RUN PART' of what was granted in it)
-- A part is            held | queued | leased TICKET GRANTED-TO | begun TICKET | finished | lost. What an ended run had held or
--                      queued goes with the lists; :parts may still say so, and nobody asks.
--
-- A call of Redis costs as much as all else here: a run is read at once when it is met, and written at once at the end.
-- Numbers stay below 2^53 and are written out in full, since Lua's own conversion gives up after 14 digits.

local call, unpack = redis.call, unpack
local waiting = KEYS[1]
local base = waiting:sub(1, -8)
local leases, tickets, opened = base .. 'leases', base .. 'tickets', base .. 'runs'
local now = tonumber(ARGV[1])
local in_flight, start, lease_ms, keep_ms = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local GRANTS, RECLAIMED_MAX, BATCH, PRUNED_MAX = 2, 100, 500, 10

if not now then
  local time = call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Of the step being taken: its arguments, the first of which for most acts is a part, who takes it, and what it launches.
local args, part, by, launches
-- The runs that these steps have to do with, by name; false for those that are not known.
local met = {}

local function digits(number)
  return string.format('%.0f', number)
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

local function set(run, field, value)
  run.fields[field], run.changed[field] = value, true
end

local function add_to(run, field, number)
  set(run, field, digits(count(run, field) + number))
end

-- How a part stands, its ticket, and to whom it was granted.
local function standing(run, name)
  local text = run.places[name]
  if text == nil then
    text = call('HGET', run.parts, name)
    run.places[name] = text
  end
  if not text then return nil end
  return text:match('^(%a+) ?(%d*) ?(.*)$')
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
    grants = key .. ':grants', fields = {}, changed = {}, places = {}, moved = {},
  }
end

local function clear(run)
  call('UNLINK', run.key, run.parts, run.queued, run.held, run.lost)
  run.fields, run.changed, run.places, run.moved, run.gates = {}, {}, {}, {}, nil
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

local function write(run)
  local fields, places, gone = {}, {}, {}
  for field in pairs(run.changed) do
    fields[#fields + 1] = field
    fields[#fields + 1] = run.fields[field]
  end
  if #fields > 0 then call('HSET', run.key, unpack(fields)) end
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
