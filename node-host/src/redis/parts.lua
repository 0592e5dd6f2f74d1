-- The parts of a run: where they stand, what they wait for, what follows from them. Goes on from runs.lua.
-- All that follows is one function, since a function in a function is made at a fraction of the cost.

local function take_steps()

local function running(run)
  return get(run, 'state') == 'running'
end

local function is_finished(word)
  return word == 'finished' or word == 'lost'
end

local function in_hand(word)
  return word == 'leased' or word == 'begun'
end

local function drop_lease(lease)
  if leased[lease] ~= false then in_use = in_use - 1 end
  leased[lease] = false
end

-- Before what is in flight stands elsewhere.
local function release(run, name)
  local word = where(run, name):match('^(%a+) %d')
  if in_hand(word) then drop_lease(run.name .. ' ' .. name) end
end

-- A run that has queued parts takes its place among those that wait.
local function wait(run)
  if count(run, 'queued') > 0 and not get(ledger, run.waits) then
    push(those_waiting(), run.name)
    set(ledger, run.waits, '1')
  end
end

-- What follows from earlier work goes before new work, so that little lies about half-done.
local function queue(run, names, to_front)
  if #names == 0 then return end
  local queued = queue_in(run, run.q)
  for index, name in ipairs(names) do
    place(run, name, 'queued')
    if to_front then push_front(queued, names[#names + 1 - index]) else push(queued, name) end
  end
  add_to(run, 'queued', #names)
end

-- What is in flight is queued again.
local function take_back(run, name)
  release(run, name)
  if running(run) then
    queue(run, { name }, true)
    wait(run)
  else
    -- Nobody's any more.
    place(run, name, 'begun')
  end
end

-- Takes back what took too long: its message may be lost.
local function reclaim()
  for _, lease in ipairs(call('ZRANGE', LEASES, '-inf', digits(now), 'BYSCORE', 'LIMIT', 0, RECLAIMED_MAX)) do
    local run_name, late = lease:match('^(%S+) (.*)$')
    local run = find(run_name)
    if run then take_back(run, late) else drop_lease(lease) end
  end
end

-- Whether all parts of a group are finished: as many as the run was opened with.
local function complete(run, group)
  if not run.gates then
    run.gates = {}
    for gated, parts in (get(run, 'gates') or ''):gmatch('(%S+) (%d+)') do run.gates[gated] = tonumber(parts) end
  end
  return count(run, run.finished .. group) >= (run.gates[group] or 0)
end

-- What an ended run had queued or held is gone already.
local function unqueue(run, name, word)
  if not running(run) then return end
  if word == 'queued' then
    remove(queue_in(run, run.q), name)
    add_to(run, 'queued', -1)
  elseif word == 'held' then
    local group = where(run, name):sub(6)
    remove(held_in(run, group), name)
    add_to(run, run.held .. group, -1)
  end
end

-- Enters a part among the finished, which are a set; whether it was not there.
local function enter(run, name, as)
  local word = standing(run, name)
  if is_finished(word) then return false end
  unqueue(run, name, word)
  place(run, name, as)
  add_to(run, run.finished .. group_of(name), 1)
  return true
end

-- What was lost is found again, unless the last part may have been told of it already.
local function recover(run, name)
  if standing(run, name) ~= 'lost' then return false end
  local word = standing(run, get(run, 'last'))
  if in_hand(word) or word == 'finished' then return false end
  place(run, name, 'finished')
  add_to(run, 'lost', -1)
  local kept = {}
  for lost in get(run, 'gone'):gmatch('[^\n]+') do
    if lost ~= name then kept[#kept + 1] = lost .. '\n' end
  end
  set(run, 'gone', table.concat(kept))
  return true
end

-- Adds the parts of the arguments from `from` on, each with the group that it waits for, or ''.
local function add(run, from, to_front)
  if from > last_at then return end
  local names, fresh = {}, {}
  for index = from, last_at, 2 do names[#names + 1] = args[index] end
  foresee(run, names, {})
  for index = from, last_at, 2 do
    local name, after = args[index], args[index + 1]
    if where(run, name) == '' and after ~= '' and not complete(run, after) then
      push(held_in(run, after), name)
      add_to(run, run.held .. after, 1)
      place(run, name, 'held ' .. after)
    elseif where(run, name) == '' then
      place(run, name, 'queued')
      fresh[#fresh + 1] = name
    end
  end
  queue(run, fresh, to_front)
end

local function check_gate(run, group)
  if count(run, run.held .. group) == 0 or not complete(run, group) then return end
  set(run, run.held .. group, 0)
  queue(run, take_all(held_in(run, group)), true)
end

-- What is in flight goes on, nothing else does.
local function finish_run(run, state, message)
  set(run, 'state', state)
  set(run, 'message', message)
  set(run, 'queued', 0)
  clear(queue_in(run, run.q))
  for group in (get(run, 'gates') or ''):gmatch('(%S+) %d+') do
    if count(run, run.held .. group) > 0 then
      clear(held_in(run, group))
      set(run, run.held .. group, 0)
    end
  end
end
