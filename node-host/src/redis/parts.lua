-- The parts of a run: where they stand, what they wait for, what follows from them. Goes on from runs.lua.

local function running(run)
  return get(run, 'state') == 'running'
end

local function is_finished(word)
  return word == 'finished' or word == 'lost'
end

local function in_hand(word)
  return word == 'leased' or word == 'begun'
end

local function release(run, name)
  local lease = run.name .. ' ' .. name
  local removed = call('ZREM', leases, lease)
  in_use = in_use - (leased[lease] and 1 or removed)
  leased[lease] = nil
end

-- A run that has queued parts takes its place among those that wait.
local function wait(run)
  if count(run, 'queued') > 0 and get(run, 'waits') ~= '1' then
    append(waiting, run.name)
    set(run, 'waits', '1')
  end
end

local function push(command, key, values)
  in_batches(values, function(first, last)
    local length = call(command, key, unpack(values, first, last))
    if length == last - first + 1 then keep(key) end
  end)
end

-- What follows from earlier work goes before new work, so that little lies about half-done.
local function queue(run, names, to_front)
  if #names == 0 then return end
  for _, name in ipairs(names) do place(run, name, 'queued') end
  add_to(run, 'queued', #names)
  settle(run.front)
  if not to_front then return push('RPUSH', run.queued, names) end
  local reversed = {}
  for index = #names, 1, -1 do reversed[#reversed + 1] = names[index] end
  push('LPUSH', run.queued, reversed)
end

-- Takes back what took too long: its message may be lost.
local function reclaim()
  for _, lease in ipairs(call('ZRANGE', leases, '-inf', digits(now), 'BYSCORE', 'LIMIT', 0, RECLAIMED_MAX)) do
    in_use = in_use - call('ZREM', leases, lease)
    local run_name, late = lease:match('^(%S+) (.*)$')
    local run = find(run_name)
    if run and running(run) then
      queue(run, { late }, true)
      wait(run)
    elseif run then
      -- Nobody's any more.
      place(run, late, 'begun')
    end
  end
end

-- Whether all parts of a group are finished: as many as the run was opened with.
local function complete(run, group)
  if not run.gates then
    run.gates = {}
    for gated, parts in (get(run, 'gates') or ''):gmatch('(%S+) (%d+)') do run.gates[gated] = tonumber(parts) end
  end
  return count(run, 'finished:' .. group) >= (run.gates[group] or 0)
end

local function unqueue(run, name, word)
  if word == 'queued' then
    settle(run.front)
    add_to(run, 'queued', -call('LREM', run.queued, 0, name))
  elseif word == 'held' then
    for _, line in ipairs(call('LRANGE', run.held, 0, -1)) do
      local group, held = line:match('^(%S+) (.*)$')
      if held == name then
        call('LREM', run.held, 1, line)
        add_to(run, 'held:' .. group, -1)
      end
    end
  end
end

-- Enters a part among the finished, which are a set; whether it was not there.
local function enter(run, name, as)
  local word = standing(run, name)
  if is_finished(word) then return false end
  unqueue(run, name, word)
  place(run, name, as)
  add_to(run, 'finished:' .. group_of(name), 1)
  return true
end

-- What was lost is found again, unless the last part may have been told of it already.
local function recover(run, name)
  if standing(run, name) ~= 'lost' then return false end
  local word = standing(run, get(run, 'last'))
  if in_hand(word) or word == 'finished' then return false end
  place(run, name, 'finished')
  add_to(run, 'lost', -call('LREM', run.lost, 0, name))
  return true
end

-- Adds the parts of the arguments from `from` on, each with the group that it waits for, or ''.
local function add(run, from, to_front)
  local names, fresh = {}, {}
  for index = from, last_at, 2 do
    if run.places[args[index]] == nil then names[#names + 1] = args[index] end
  end
  foresee(run, names, {})
  for index = from, last_at, 2 do
    local name, after = args[index], args[index + 1]
    if not run.places[name] and after ~= '' and not complete(run, after) then
      place(run, name, 'held')
      push('RPUSH', run.held, { after .. ' ' .. name })
      add_to(run, 'held:' .. after, 1)
    elseif not run.places[name] then
      place(run, name, 'queued')
      fresh[#fresh + 1] = name
    end
  end
  queue(run, fresh, to_front)
end

local function check_gate(run, group)
  if count(run, 'held:' .. group) == 0 or not complete(run, group) then return end
  local freed, kept, prefix = {}, {}, group .. ' '
  for _, line in ipairs(call('LRANGE', run.held, 0, -1)) do
    if line:sub(1, #prefix) == prefix then freed[#freed + 1] = line:sub(#prefix + 1) else kept[#kept + 1] = line end
  end
  call('DEL', run.held)
  push('RPUSH', run.held, kept)
  set(run, 'held:' .. group, 0)
  queue(run, freed, true)
end

-- What is in flight goes on, nothing else does.
local function finish_run(run, state, message)
  set(run, 'state', state)
  set(run, 'message', message)
  set(run, 'queued', 0)
  for group in (get(run, 'gates') or ''):gmatch('(%S+) %d+') do set(run, 'held:' .. group, 0) end
  call('UNLINK', run.queued, run.held)
  run.front = list(run.queued)
end
