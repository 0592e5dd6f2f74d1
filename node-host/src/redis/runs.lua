-- Steps of the ledger, one after another and all atomically: what core/src/host/ledger/memory.rs does, kept in Redis; tests hold
-- the two side by side. Here how runs are kept, in parts.lua and steps.lua, which go on from here, what becomes of them.
--
-- KEYS  switchyard:{ENV}:ledger, …:leases and …:runs, then switchyard:{ENV}:run:NAME of every run that may be touched
-- ARGV  now in ms ('' for the server's clock), in_flight, start, lease_ms, keep_ms; then a JSON array: for each step
--       how many strings of it are its own, and these: act, run, by, and what the act needs
-- Gives for each step a line with its answer as JSON. Where runs would be touched whose keys are not declared, nothing is done,
-- and the error is 'NEEDS RUN RUN … ;': whoever asked asks again with them.
--
-- A key may go on its own: evicted, expired, deleted. So a run is one key, there whole or not at all, and so is an environment's
-- record. A run of another record than the present one, and a record that counts other leases than there are, are lost.
--
-- ENV's ledger (hash)  born (when it was made: its first ticket), tickets (the last), in_use (how many leases there are), the
--                      queue w of the runs that wait, and waits:RUN of each
-- ENV's leases (zset)  'RUN PART' until when
-- ENV's runs (zset)    by opening, for lists
-- A run (hash)         the snapshot; born of the record it is in; gone (lines: what is lost); grants (whether there are any) and
--                      g:BY (lines 'RUN PART': what was granted to whoever took that step); and, after the number of its opening,
--                      since a run that is opened again begins with none of them, p:PART (where it stands), finished:GROUP (how
--                      many), the queue q, held:GROUP (how many) and the queue h:GROUP: of what waits for it
-- A part is            held GROUP | queued | leased TICKET GRANTED-TO | begun TICKET | finished | lost. What an ended run had held
--                      or queued goes with the queues; p:PART may still say so, and nobody asks.
--
-- A call of Redis costs as much as all else here: what steps will ask is read at once, and what they change written at the end.
-- Numbers stay below 2^53 and are written out in full, since Lua's own conversion gives up after 14 digits.

local call, unpack = redis.call, unpack
local LEDGER, LEASES, OPENED = KEYS[1], KEYS[2], KEYS[3]
local base = LEDGER:sub(1, -7)
local now = tonumber(ARGV[1])
local in_flight, start, lease_ms, keep_ms = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local GRANTS, RECLAIMED_MAX, BATCH, LISTED_MAX, BLOCK = 2, 100, 500, 1000, 10

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
-- The runs that these steps have to do with, by name; false for those that are not known.
local met = {}
-- Those that are opened for the first time: when, and their names.
local created = {}
local declared = {}
for index = 4, #KEYS do declared[KEYS[index]] = true end

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

-- A hash as far as it is read, and what is to be changed in it: false where a field is not there. One that is made anew has none,
-- whatever is under its key.
local function hash(key)
  return { key = key, fields = {}, changed = {}, anew = false }
end

-- Reads those fields that are not known yet.
local function read(of, names)
  if of.anew then return end
  local unread = {}
  for _, name in ipairs(names) do
    if of.fields[name] == nil then unread[#unread + 1] = name end
  end
  in_batches(unread, function(first, last)
    local values = call('HMGET', of.key, unpack(unread, first, last))
    for index = first, last do of.fields[unread[index]] = values[index - first + 1] end
  end)
end

local function get(of, field)
  if of.fields[field] == nil then of.fields[field] = not of.anew and call('HGET', of.key, field) end
  return of.fields[field]
end

local function count(of, field)
  return tonumber(get(of, field) or 0)
end

-- Of which all answers about a run tell the same, until one of them changes.
local TOLD = { of = true, message = true, lost = true }

local function set(of, field, value)
  of.fields[field], of.changed[field] = value, true
  if TOLD[field] then of.told = nil end
end

local function add_to(of, field, number)
  set(of, field, count(of, field) + number)
end

-- Writes what is changed, besides what is given.
local function write(of, values, gone)
  if of.anew then call('UNLINK', of.key) end
  for field in pairs(of.changed) do
    local value = of.fields[field]
    if value then
      values[#values + 1] = field
      values[#values + 1] = written(value)
    else
      gone[#gone + 1] = field
    end
  end
  in_batches(values, function(first, last) call('HSET', of.key, unpack(values, first, last)) end)
  in_batches(gone, function(first, last) call('HDEL', of.key, unpack(gone, first, last)) end)
end

-- A queue in a hash: 'FIRST AFTER' under its name, and under the name with each number from FIRST to before AFTER some names in
-- lines. What is taken from its front and added to it is in `head`, last first, and what is added to its end in `tail`, until it is
-- settled.
local function queue_of(of, prefix)
  local first, after = (get(of, prefix) or '0 0'):match('^(%-?%d+) (%-?%d+)$')
  return { of = of, prefix = prefix, first = tonumber(first), after = tonumber(after), head = {}, tail = {} }
end

local function push_front(queue, name)
  queue.head[#queue.head + 1] = name
end

local function push(queue, name)
  queue.tail[#queue.tail + 1] = name
end

local function take_first(queue)
  if #queue.head == 0 then
    if queue.first == queue.after then return table.remove(queue.tail, 1) end
    local field, names = queue.prefix .. queue.first, {}
    for name in get(queue.of, field):gmatch('[^\n]+') do names[#names + 1] = name end
    for index = #names, 1, -1 do push_front(queue, names[index]) end
    set(queue.of, field, false)
    queue.first = queue.first + 1
  end
  return table.remove(queue.head)
end

local function settle(queue)
  local of, prefix, head, tail = queue.of, queue.prefix, queue.head, queue.tail
  for last = 1, #head, BLOCK do
    local names = {}
    for index = math.min(last + BLOCK - 1, #head), last, -1 do names[#names + 1] = head[index] end
    queue.first = queue.first - 1
    set(of, prefix .. queue.first, table.concat(names, '\n'))
  end
  for first = 1, #tail, BLOCK do
    set(of, prefix .. queue.after, table.concat(tail, '\n', first, math.min(first + BLOCK - 1, #tail)))
    queue.after = queue.after + 1
  end
  set(of, prefix, queue.first .. ' ' .. queue.after)
end

-- All names of a queue, which has none then.
local function take_all(queue)
  local all, tail = {}, queue.tail
  queue.tail = {}
  for name in take_first, queue do all[#all + 1] = name end
  for _, name in ipairs(tail) do all[#all + 1] = name end
  return all
end

local function clear(queue)
  for number = queue.first, queue.after - 1 do set(queue.of, queue.prefix .. number, false) end
  queue.first, queue.head, queue.tail = queue.after, {}, {}
end

local function remove(queue, name)
  for _, one in ipairs(take_all(queue)) do
    if one ~= name then push(queue, one) end
  end
end

-- The environment's record; `born` is false where there is none, or none that is whole.
local ledger = hash(LEDGER)
local RECORD = { 'born', 'tickets', 'in_use', 'w' }
for index = 4, #KEYS do RECORD[#RECORD + 1] = 'waits:' .. KEYS[index]:sub(#base + 5) end
read(ledger, RECORD)
local in_use, last_ticket = count(ledger, 'in_use'), count(ledger, 'tickets')
if call('ZCARD', LEASES) ~= in_use then ledger.fields.born = false end
-- Made when it is needed.
local waiting
-- What is to become of leases: false where there is to be none.
local leased = {}

local function write_record()
  local scored, gone = {}, {}
  for lease, is in pairs(leased) do
    if is then
      scored[#scored + 1] = until_ms
      scored[#scored + 1] = lease
    else
      gone[#gone + 1] = lease
    end
  end
  if ledger.anew then call('UNLINK', LEASES) end
  in_batches(gone, function(first, last) call('ZREM', LEASES, unpack(gone, first, last)) end)
  in_batches(scored, function(first, last) call('ZADD', LEASES, unpack(scored, first, last)) end)
  if in_use ~= count(ledger, 'in_use') then set(ledger, 'in_use', in_use) end
  if last_ticket ~= count(ledger, 'tickets') then set(ledger, 'tickets', last_ticket) end
  if waiting then settle(waiting) end
  write(ledger, {}, {})
end

-- A record that was never there, or is lost with all its runs. Its tickets are none that an earlier one gave.
local function make_record()
  ledger, leased = hash(LEDGER), {}
  ledger.anew, waiting = true, nil
  set(ledger, 'born', digits(now * 1000))
  in_use, last_ticket = 0, now * 1000
end

local FIELDS = {
  'state', 'updated_ms', 'done', 'of', 'message', 'lost', 'launched', 'budget', 'queued', 'gates', 'kept_ms', 'grants', 'opening',
  'born', '1q',
}

local function those_waiting()
  waiting = waiting or queue_of(ledger, 'w')
  return waiting
end

-- The runs that will be touched must be declared: those that wait may be next.
local function need(name)
  local names = { name }
  for _, other in ipairs(take_all(those_waiting())) do
    if #names <= BLOCK and not declared[base .. 'run:' .. other] then names[#names + 1] = other end
  end
  error({ err = 'NEEDS ' .. table.concat(names, ' ') .. ' ;' })
end

local function blank(name)
  local run = hash(base .. 'run:' .. name)
  run.name, run.waits, run.granted, run.given = name, 'waits:' .. name, {}, {}
  return run
end

-- What belongs to a run's present opening has its number before its name.
local function opened(run, opening)
  run.p, run.q, run.h = opening .. 'p:', opening .. 'q', opening .. 'h:'
  run.finished, run.held = opening .. 'finished:', opening .. 'held:'
  run.places, run.moved, run.queues, run.gates, run.launch = {}, {}, {}, nil, nil
  return run
end

local function queue_in(run, prefix)
  run.queues[prefix] = run.queues[prefix] or queue_of(run, prefix)
  return run.queues[prefix]
end

-- The queue of parts that wait for a group.
local function held_in(run, group)
  return queue_in(run, run.h .. group .. ':')
end

-- A run as far as it is known, or false.
local function find(name)
  if met[name] ~= nil then return met[name] end
  local run = blank(name)
  if not declared[run.key] then need(name) end
  read(run, FIELDS)
  local born = get(ledger, 'born')
  local whole = get(run, 'state') and born and get(run, 'born') == born
  met[name] = whole and count(run, 'updated_ms') + keep_ms > now and opened(run, get(run, 'opening'))
  return met[name]
end

-- What was granted to whoever took a step.
local function grants_of(run, to)
  if run.granted[to] == nil then run.granted[to] = get(run, 'grants') and not run.anew and call('HGET', run.key, 'g:' .. to) end
  return run.granted[to]
end

local function where(run, name)
  if run.places[name] == nil then run.places[name] = not run.anew and call('HGET', run.key, run.p .. name) end
  return run.places[name] or ''
end

local function place(run, name, text)
  run.places[name], run.moved[name] = text, true
end

-- How a part stands, '' if it is not known.
local function standing(run, name)
  return where(run, name):match('^%a*')
end

-- Its ticket and to whom it was granted.
local function grant_of(run, name)
  return where(run, name):match('^%a+ ?(%d*) ?(.*)$')
end

-- Reads at once where parts stand, and what was granted to those who take steps.
local function foresee(run, names, takers)
  if run.anew then return end
  local fields, whose = {}, {}
  for _, name in ipairs(names) do
    if run.places[name] == nil then
      fields[#fields + 1] = run.p .. name
      whose[#fields] = name
    end
  end
  local places = #fields
  for _, to in ipairs(get(run, 'grants') and takers or {}) do
    fields[#fields + 1] = 'g:' .. to
    whose[#fields] = to
  end
  in_batches(fields, function(first, last)
    for index, value in ipairs(call('HMGET', run.key, unpack(fields, first, last))) do
      local at = first + index - 1
      if at <= places then run.places[whose[at]] = value else run.granted[whose[at]] = value end
    end
  end)
end

local function write_run(run)
  for _, queue in pairs(run.queues) do settle(queue) end
  local values, gone = {}, {}
  for name in pairs(run.moved) do
    if run.places[name] then
      values[#values + 1] = run.p .. name
      values[#values + 1] = run.places[name]
    else
      gone[#gone + 1] = run.p .. name
    end
  end
  for to in pairs(run.given) do
    values[#values + 1] = 'g:' .. to
    values[#values + 1] = run.granted[to]
  end
  write(run, values, gone)
  -- The server's expiry comes after that by updated_ms, which is exact, and is put off only now and then.
  if run.changed.kept_ms then call('PEXPIRE', run.key, math.floor(keep_ms * 1.02) + 60000) end
end
