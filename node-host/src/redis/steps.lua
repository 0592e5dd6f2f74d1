-- Launches and the acts of a step. Goes on from parts.lua.

local quoted = cjson.encode

local function say(...)
  for _, text in ipairs({ ... }) do said[#said + 1] = text end
end

-- Whether the run's budget allows it; if not, the run fails.
local function launch(run, name, granted_to)
  if count(run, 'launched') >= count(run, 'budget') then
    finish_run(run, 'failed', 'its budget of ' .. written(get(run, 'budget')) .. ' launches is used up')
    return false
  end
  add_to(run, 'launched', 1)
  last_ticket = (last_ticket or tonumber(call('GET', tickets) or 0)) + 1
  local ticket = digits(last_ticket)
  place(run, name, 'leased ' .. ticket .. ' ' .. granted_to)
  leased[run.name .. ' ' .. name] = now + lease_ms
  run.launch = run.launch or '{"run":' .. quoted(run.name) .. ',"envelope":' .. quoted(get(run, 'envelope')) .. ',"part":'
  say(launches == 0 and '' or ',', run.launch, quoted(name), ',"ticket":', ticket, '}')
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
      local word, ticket, holder = standing(whose, name)
      if word == 'leased' and holder == granted_to and not seen[ticket] then
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
  local lines, granted_to = '', to.name .. ' ' .. by
  local left = math.min(most, in_flight - in_use)
  while left > 0 do
    local name = take_first(waiting)
    if not name then break end
    local run = find(name)
    if run then set(run, 'waits', '0') end
    local next = run and count(run, 'queued') > 0 and take_first(run.front)
    if next then
      add_to(run, 'queued', -1)
      wait(run)
      if launch(run, next, granted_to) then
        left, in_use = left - 1, in_use + 1
        lines = lines .. name .. ' ' .. next .. '\n'
      end
    end
  end
  if lines == '' then return end
  to.granted[by], to.given[by] = (grants_of(to, by) or '') .. lines, true
  to.to_keep = to.to_keep or not get(to, 'grants')
  set(to, 'grants', '1')
end

-- A run from its beginning. Its name may still wait from an earlier one.
local function create(run, opened_ms, launched)
  clear(run)
  settle(waiting)
  local waits = call('LPOS', waiting.key, run.name) and '1' or '0'
  local fields = {
    state = 'running', message = '', done = 0, of = 0, lost = 0, launched = launched, opened_ms = opened_ms, queued = 0,
    waits = waits,
  }
  for field, value in pairs(fields) do set(run, field, value) end
  met[run.name] = run
end

local function write_leases()
  local scored = {}
  for lease, until_ms in pairs(leased) do
    scored[#scored + 1] = digits(until_ms)
    scored[#scored + 1] = lease
  end
  in_batches(scored, function(first, last) call('ZADD', leases, unpack(scored, first, last)) end)
  leased = {}
end

-- A run that ended goes on. Whoever opens it again says what is finished; what was in flight may have been dropped since.
local function reopen(run)
  local opened_ms, launched, grants = get(run, 'opened_ms'), get(run, 'launched'), get(run, 'grants')
  create(run, opened_ms, launched)
  if grants then set(run, 'grants', grants) end
  write_leases()
  for _, lease in ipairs(call('ZRANGE', leases, 0, -1)) do
    if lease:sub(1, #run.name + 1) == run.name .. ' ' then in_use = in_use - call('ZREM', leases, lease) end
  end
end

local function enlist(run)
  for _, name in ipairs(call('ZRANGE', opened, 0, PRUNED_MAX - 1)) do
    if not met[name] and call('EXISTS', base .. 'run:' .. name) == 0 then call('ZREM', opened, name) end
  end
  call('ZADD', opened, digits(now), run.name)
end

local acts = {}

function acts.open(run, told)
  if not running(run) then
    if not told.again or get(run, 'state') == 'completed' then return end
    reopen(run)
  end
  if count(run, 'of') == 0 then
    for _, field in ipairs({ 'envelope', 'budget', 'of', 'losses_allowed', 'last' }) do set(run, field, told[field]) end
    local gates = {}
    for _, gate in ipairs(told.gates) do gates[#gates + 1] = gate[1] .. ' ' .. digits(gate[2]) .. '\n' end
    set(run, 'gates', table.concat(gates))
    run.gates, run.launch = nil, nil
  end
  for _, done in ipairs(told.done) do
    if enter(run, done[1], 'finished') then add_to(run, 'done', done[2]) end
  end
  add(run, told.next, false)
  for _, gate in ipairs(told.gates) do check_gate(run, gate[1]) end
  for _, done in ipairs(told.done) do release(run, done[1]) end
end

function acts.begin(run, told)
  local word, ticket = standing(run, told.part)
  local given = digits(told.ticket)
  if not running(run) then
    if in_hand(word) then place(run, told.part, false) end
    release(run, told.part)
  elseif is_finished(word) then
    return 'done'
  elseif word == 'leased' or word == 'begun' and ticket == given then
    place(run, told.part, 'begun ' .. given)
    return 'work'
  end
  return 'drop'
end

function acts.finish(run, told)
  local part = told.part
  if enter(run, part, 'finished') or recover(run, part) then add_to(run, 'done', told.work) end
  if running(run) then
    add(run, told.next, true)
    check_gate(run, group_of(part))
  end
  release(run, part)
end

function acts.lose(run, told)
  local part, given = told.part, digits(told.ticket)
  local word, ticket = standing(run, part)
  local ours = in_hand(word) and ticket == given
  if not ours or not running(run) then
    if ours then
      place(run, part, false)
      release(run, part)
    end
    -- It may have finished and crashed before it launched what it was granted.
    return regrant(run, part .. '#' .. given)
  end
  local gone, reason = told.lost, told.reason
  for _, name in ipairs(gone) do
    if enter(run, name, 'lost') then
      push('RPUSH', run.lost, { name })
      add_to(run, 'lost', 1)
    end
  end
  enter(run, part, 'finished')
  gone[#gone + 1] = part
  if told.fatal then
    finish_run(run, 'failed', reason)
  elseif count(run, 'lost') > count(run, 'losses_allowed') then
    local allowed = written(get(run, 'losses_allowed'))
    finish_run(run, 'failed', digits(count(run, 'lost')) .. ' parts lost, more than the ' .. allowed .. ' allowed; the last: ' .. reason)
  else
    for _, name in ipairs(gone) do check_gate(run, group_of(name)) end
  end
  for _, name in ipairs(gone) do release(run, name) end
end

acts['end'] = function(run, told)
  if running(run) then finish_run(run, told.state, told.message) end
  local part = told.part
  if not part or part == cjson.null then return end
  if get(run, 'state') == 'completed' then
    enter(run, part, 'finished')
  elseif not is_finished(standing(run, part)) then
    place(run, part, false)
  end
  release(run, part)
end

local function answer(run, go)
  if not run then return say('"state":"unknown","go":"drop","done":0,"of":0,"message":"","lost":[]') end
  say('"state":"', get(run, 'state'), '","go":"', go, '","done":', written(get(run, 'done')), ',"of":', written(get(run, 'of')))
  say(',"message":', quoted(get(run, 'message')), ',"lost":')
  say(count(run, 'lost') > 0 and quoted(call('LRANGE', run.lost, 0, -1)) or '[]')
end

local function take(name, act, told)
  local run = find(name)
  if not run and act == 'open' then
    run = blank(name)
    create(run, now, 0)
    enlist(run)
  end
  if not run or act == 'look' then return run, 'drop' end
  local go = acts[act](run, told) or 'drop'
  set(run, 'updated_ms', now)
  -- Who is to work or to finish launches nothing yet; who drops it may have had the last free place.
  if go == 'drop' then
    regrant(run, by)
    grant(run, act == 'open' and start or GRANTS)
  end
  if act == 'open' or now - count(run, 'kept_ms') > keep_ms / 100 then
    set(run, 'kept_ms', now)
    run.to_keep = true
  end
  return run, go
end

local steps = cjson.decode(ARGV[6])
local asked = {}
for _, step in ipairs(steps) do
  local act, told = next(step.act)
  local of = asked[step.run] or { parts = {}, takers = {} }
  asked[step.run] = of
  if type(told.part) == 'string' then of.parts[#of.parts + 1] = told.part end
  if act ~= 'begin' and act ~= 'look' then of.takers[#of.takers + 1] = step.by end
end
for name, of in pairs(asked) do
  if find(name) then foresee(met[name], of.parts, of.takers) end
end

local reclaimed = false
for _, step in ipairs(steps) do
  local act, told = next(step.act)
  by, launches = step.by, 0
  if act ~= 'look' and not reclaimed then
    reclaim()
    reclaimed = true
  end
  say(#said == 0 and '{"launches":[' or '\n{"launches":[')
  local run, go = take(step.run, act, told)
  say('],')
  answer(run, go)
  say('}')
end
for _, run in pairs(met) do
  if run then write(run) end
end
settle(waiting)
write_leases()
if last_ticket then call('SET', tickets, digits(last_ticket)) end
return table.concat(said)
