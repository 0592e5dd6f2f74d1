-- Launches and the acts of a step. Goes on from parts.lua.

-- Whether the run's budget allows it; if not, the run fails.
local function launch(run, name, granted_to)
  if count(run, 'launched') >= count(run, 'budget') then
    finish_run(run, 'failed', 'its budget of ' .. get(run, 'budget') .. ' launches is used up')
    return false
  end
  add_to(run, 'launched', 1)
  last_ticket = last_ticket + 1
  local ticket = digits(last_ticket)
  leased[run.name .. ' ' .. name] = true
  place(run, name, 'leased ' .. ticket .. ' ' .. granted_to)
  run.launch = run.launch or '{"run":' .. quoted(run.name) .. ',"envelope":' .. quoted(get(run, 'envelope')) .. ',"part":'
  if launches > 0 then say(',') end
  say(run.launch)
  say(quoted(name) .. ',"ticket":' .. ticket .. '}')
  launches = launches + 1
  return true
end

-- What was granted before and has not begun: whoever took that step may have crashed before launching it.
local function regrant(run, to)
  local lines = grants_of(run, to)
  if not lines then return end
  local granted_to, granted, seen = run.name .. ' ' .. to, {}, {}
  for run_name, name in lines:gmatch('(%S+) ([^\n]*)\n') do
    local whose = find(run_name)
    if whose and running(whose) then
      local ticket, holder = grant_of(whose, name)
      if standing(whose, name) == 'leased' and holder == granted_to and not seen[ticket] then
        seen[ticket] = true
        granted[#granted + 1] = { run = whose, name = name, ticket = tonumber(ticket) }
      end
    end
  end
  table.sort(granted, function(a, b) return a.ticket < b.ticket end)
  for _, one in ipairs(granted) do
    if running(one.run) then launch(one.run, one.name, granted_to) end
  end
end

-- Grants up to `most` more, as the limit allows: of the runs that wait, each in turn.
local function grant(to, most)
  wait(to)
  local lines, granted_to, left = '', to.name .. ' ' .. by, most
  while left > 0 and in_use < in_flight do
    local name = take_first(those_waiting())
    if not name then break end
    local run = find(name)
    local next = run and count(run, 'queued') > 0 and take_first(queue_in(run, run.q))
    if next then add_to(run, 'queued', -1) end
    if next and count(run, 'queued') > 0 then push(waiting, name) else set(ledger, 'waits:' .. name, false) end
    if next and launch(run, next, granted_to) then
      in_use, left = in_use + 1, left - 1
      lines = lines .. name .. ' ' .. next .. '\n'
    end
  end
  if lines == '' then return end
  to.granted[by], to.given[by] = (grants_of(to, by) or '') .. lines, true
  if not get(to, 'grants') then set(to, 'grants', '1') end
end

local function is_of(text, run)
  return text:sub(1, #run.name + 1) == run.name .. ' '
end

-- Forgets what a run has in flight that begins anew: it may have been dropped since.
local function drop_leases(run)
  local taken = call('ZRANGE', LEASES, 0, -1)
  for lease in pairs(leased) do taken[#taken + 1] = lease end
  for _, lease in ipairs(taken) do
    if is_of(lease, run) then drop_lease(lease) end
  end
end

-- Of a run that was lost, that too which was granted in its name to others: it may never have been launched, since who was to do
-- so finds no run that remembers.
local function forget_leases(run)
  for _, lease in ipairs(call('ZRANGE', LEASES, 0, -1)) do
    local run_name, name = lease:match('^(%S+) (.*)$')
    local other = run_name ~= run.name and find(run_name)
    if other and standing(other, name) == 'leased' then
      local _, granted_to = grant_of(other, name)
      if is_of(granted_to, run) then take_back(other, name) end
    end
  end
  drop_leases(run)
end

-- A run at the beginning of an opening of it. Its name may still wait from an earlier one.
local function begin(run, opening, opened_ms, launched)
  local fields = {
    state = 'running', message = '', done = 0, of = 0, lost = 0, gone = '', gates = '', queued = 0, opening = opening,
    opened_ms = opened_ms, launched = launched, born = get(ledger, 'born'),
  }
  for field, value in pairs(fields) do set(run, field, value) end
  return opened(run, written(opening))
end

local function create(name)
  local run = blank(name)
  run.anew = true
  if not get(ledger, 'born') then
    make_record()
  elseif call('ZSCORE', OPENED, name) then
    forget_leases(run)
  end
  met[name] = begin(run, 1, now, 0)
  created[#created + 1] = digits(now)
  created[#created + 1] = name
  return run
end

local acts = {}

-- envelope, budget, of, losses allowed, last, gates as lines 'GROUP COUNT', again ('1' or ''), how many parts are done, each
-- with its work, then those that are next
function acts.open(run)
  local gates, again, first = args[at + 9], args[at + 10], at + 12
  local next = first + 2 * tonumber(args[at + 11])
  if not running(run) then
    if again == '' or get(run, 'state') == 'completed' then return end
    -- Whoever opens it again says what is finished.
    drop_leases(run)
    begin(run, count(run, 'opening') + 1, get(run, 'opened_ms'), get(run, 'launched'))
  end
  if count(run, 'of') == 0 and (get(run, 'gates') or '') == '' then
    for index, field in ipairs({ 'envelope', 'budget', 'of', 'losses_allowed', 'last', 'gates' }) do
      set(run, field, args[at + 3 + index])
    end
    run.gates, run.launch = nil, nil
  end
  for index = first, next - 1, 2 do
    -- What is in flight finishes by itself: its place is not free before.
    if not in_hand(standing(run, args[index])) and enter(run, args[index], 'finished') then
      add_to(run, 'done', tonumber(args[index + 1]))
    end
  end
  add(run, next, false)
  for group in gates:gmatch('(%S+) %d+') do check_gate(run, group) end
end

-- part, ticket
function acts.begin(run)
  local part, ticket = args[at + 4], args[at + 5]
  local word = standing(run, part)
  if not running(run) then
    release(run, part)
    if in_hand(word) then place(run, part, false) end
  elseif is_finished(word) then
    return 'done'
  elseif word == 'leased' or word == 'begun' and grant_of(run, part) == ticket then
    place(run, part, 'begun ' .. ticket)
    return 'work'
  end
  return 'drop'
end

-- part, work, then the parts that are next
function acts.finish(run)
  local part = args[at + 4]
  release(run, part)
  if enter(run, part, 'finished') or recover(run, part) then add_to(run, 'done', tonumber(args[at + 5])) end
  if running(run) then
    add(run, at + 6, true)
    check_gate(run, group_of(part))
  end
end

-- part, ticket, fatal ('1' or ''), reason, then the parts that are lost with it
function acts.lose(run)
  local part, ticket, fatal, reason = args[at + 4], args[at + 5], args[at + 6], args[at + 7]
  local ours = in_hand(standing(run, part)) and grant_of(run, part) == ticket
  if not ours or not running(run) then
    if ours then
      release(run, part)
      place(run, part, false)
    end
    -- It may have finished and crashed before it launched what it was granted.
    return regrant(run, part .. '#' .. ticket)
  end
  local gone = { unpack(args, at + 8, last_at) }
  for _, name in ipairs(gone) do
    release(run, name)
    if enter(run, name, 'lost') then
      set(run, 'gone', get(run, 'gone') .. name .. '\n')
      add_to(run, 'lost', 1)
    end
  end
  release(run, part)
  enter(run, part, 'finished')
  gone[#gone + 1] = part
  if fatal ~= '' then
    finish_run(run, 'failed', reason)
  elseif count(run, 'lost') > count(run, 'losses_allowed') then
    local numbers = written(get(run, 'lost')) .. ' parts lost, more than the ' .. get(run, 'losses_allowed') .. ' allowed'
    finish_run(run, 'failed', numbers .. '; the last: ' .. reason)
  else
    for _, name in ipairs(gone) do check_gate(run, group_of(name)) end
  end
end

-- part or '', state, message
acts['end'] = function(run)
  local part = args[at + 4]
  if running(run) then finish_run(run, args[at + 5], args[at + 6]) end
  if part == '' then return end
  release(run, part)
  if get(run, 'state') == 'completed' then
    enter(run, part, 'finished')
  elseif not is_finished(standing(run, part)) then
    place(run, part, false)
  end
end

-- Of an ended run: whoever was at work on what it has in flight is gone. Nothing is granted for it, since nobody would launch that.
function acts.release(run)
  if running(run) then return 'done' end
  for _, lease in ipairs(call('ZRANGE', LEASES, 0, -1)) do
    if is_of(lease, run) and leased[lease] == nil then
      drop_lease(lease)
      place(run, lease:sub(#run.name + 2), false)
    end
  end
  return 'done'
end

local function answer(run, go)
  if not run then return say('],"state":"unknown","go":"drop","done":0,"of":0,"message":"","lost":[]}') end
  if not run.told then
    local lost = {}
    for name in get(run, 'gone'):gmatch('[^\n]+') do lost[#lost + 1] = quoted(name) end
    run.told = ',"of":' .. written(get(run, 'of')) .. ',"message":' .. quoted(get(run, 'message'))
      .. ',"lost":[' .. table.concat(lost, ',') .. ']}'
  end
  say('],"state":"' .. get(run, 'state') .. '","go":"' .. go .. '","done":' .. written(get(run, 'done')) .. run.told)
end

local function take(act, name)
  local run = find(name) or act == 'open' and create(name)
  if not run or act == 'look' then return run, 'drop' end
  local go = acts[act](run) or 'drop'
  set(run, 'updated_ms', now)
  -- Who is to work or to finish launches nothing yet; who drops it may have had the last free place.
  if go == 'drop' then
    regrant(run, by)
    grant(run, act == 'open' and start or GRANTS)
  end
  if act == 'open' or now - count(run, 'kept_ms') > keep_ms / 100 then set(run, 'kept_ms', now) end
  return run, go
end

-- What the steps will ask for of the runs that they name.
local function foresee_steps()
  local asked, first = {}, 1
  while args[first] do
    local act, name, part = args[first + 1], args[first + 2], args[first + 4]
    if act ~= 'open' and act ~= 'look' and act ~= 'release' then
      local of = asked[name] or { parts = {}, takers = {} }
      asked[name] = of
      of.parts[#of.parts + 1] = part
      if act ~= 'begin' then of.takers[#of.takers + 1] = args[first + 3] end
    end
    first = first + 1 + args[first]
  end
  for name, of in pairs(asked) do
    if find(name) then foresee(met[name], of.parts, of.takers) end
  end
end

foresee_steps()
local reclaimed = false
while args[at] do
  local act = args[at + 1]
  last_at, by, launches = at + args[at], args[at + 3], 0
  if act ~= 'look' and not reclaimed then
    if get(ledger, 'born') then reclaim() end
    reclaimed = true
  end
  say(#said == 0 and '{"launches":[' or '\n{"launches":[')
  answer(take(act, args[at + 2]))
  at = last_at + 1
end
for _, run in pairs(met) do
  if run then write_run(run) end
end
if reclaimed and get(ledger, 'born') then write_record() end
if #created > 0 then
  in_batches(created, function(first, last) call('ZADD', OPENED, unpack(created, first, last)) end)
  call('ZREMRANGEBYRANK', OPENED, 0, -LISTED_MAX - 1)
end
return table.concat(said)
end

return take_steps()
