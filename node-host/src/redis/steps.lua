-- Launches and the acts of a step. Goes on from parts.lua.

-- Whether the run's budget allows it; if not, the run fails.
local function launch(run, name, granted_to)
  if count(run, 'launched') >= count(run, 'budget') then
    finish_run(run, 'failed', 'its budget of ' .. get(run, 'budget') .. ' launches is used up')
    return false
  end
  add_to(run, 'launched', 1)
  local ticket = digits(call('INCR', tickets))
  place(run, name, 'leased ' .. ticket .. ' ' .. granted_to)
  call('ZADD', leases, digits(now + lease_ms), run.name .. ' ' .. name)
  for _, field in ipairs({ run.name, get(run, 'envelope'), name, ticket }) do launches[#launches + 1] = field end
  return true
end

-- What was granted before and has not begun: whoever took that step may have crashed before launching it.
local function regrant(run, to)
  local lines = get(run, 'grants') and call('HGET', run.grants, to)
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
  local left = math.min(most, in_flight - call('ZCARD', leases))
  while left > 0 do
    local name = call('LPOP', waiting)
    if not name then break end
    local run = find(name)
    if run then set(run, 'waits', '0') end
    local next = run and count(run, 'queued') > 0 and call('LPOP', run.queued)
    if next then
      add_to(run, 'queued', -1)
      wait(run)
      if launch(run, next, granted_to) then
        left = left - 1
        lines = lines .. name .. ' ' .. next .. '\n'
      end
    end
  end
  if lines == '' then return end
  call('HSET', to.grants, by, (get(to, 'grants') and call('HGET', to.grants, by) or '') .. lines)
  if not get(to, 'grants') then
    set(to, 'grants', '1')
    keep(to.grants)
  end
end

-- A run from its beginning. Its name may still wait from an earlier one.
local function create(run, opened_ms, launched)
  clear(run)
  local waits = call('LPOS', waiting, run.name) and '1' or '0'
  local fields = {
    state = 'running', message = '', done = '0', of = '0', lost = '0', launched = launched, opened_ms = opened_ms, queued = '0',
    waits = waits,
  }
  for field, value in pairs(fields) do set(run, field, value) end
  met[run.name] = run
end

-- A run that ended goes on. Whoever opens it again says what is finished; what was in flight may have been dropped since.
local function reopen(run)
  local opened_ms, launched, grants = get(run, 'opened_ms'), get(run, 'launched'), get(run, 'grants')
  create(run, opened_ms, launched)
  if grants then set(run, 'grants', grants) end
  for _, lease in ipairs(call('ZRANGE', leases, 0, -1)) do
    if lease:sub(1, #run.name + 1) == run.name .. ' ' then call('ZREM', leases, lease) end
  end
end

local function enlist(run)
  for _, name in ipairs(call('ZRANGE', opened, 0, PRUNED_MAX - 1)) do
    if not met[name] and call('EXISTS', base .. 'run:' .. name) == 0 then call('ZREM', opened, name) end
  end
  call('ZADD', opened, digits(now), run.name)
end

local acts = {}

-- envelope, budget, of, losses allowed, last, gates as lines 'GROUP COUNT', again ('1' or ''), how many parts are done, each
-- with its work, then those that are next
function acts.open(run)
  local again, done = args[7], tonumber(args[8])
  if not running(run) then
    if again == '' or get(run, 'state') == 'completed' then return end
    reopen(run)
  end
  if get(run, 'of') == '0' then
    for index, field in ipairs({ 'envelope', 'budget', 'of', 'losses_allowed', 'last', 'gates' }) do
      set(run, field, args[index])
    end
    run.gates = nil
  end
  for index = 9, 8 + 2 * done, 2 do
    if enter(run, args[index], 'finished') then add_to(run, 'done', tonumber(args[index + 1])) end
  end
  add(run, 9 + 2 * done, false)
  for group in args[6]:gmatch('(%S+) %d+') do check_gate(run, group) end
  for index = 9, 8 + 2 * done, 2 do release(run, args[index]) end
end

-- part, ticket
function acts.begin(run)
  local word, ticket = standing(run, part)
  if not running(run) then
    if in_hand(word) then place(run, part, false) end
    release(run, part)
  elseif is_finished(word) then
    return 'done'
  elseif word == 'leased' or word == 'begun' and ticket == args[2] then
    place(run, part, 'begun ' .. args[2])
    return 'work'
  end
  return 'drop'
end

-- part, work, then the parts that are next
function acts.finish(run)
  if enter(run, part, 'finished') or recover(run, part) then add_to(run, 'done', tonumber(args[2])) end
  if running(run) then
    if args[3] then add(run, 3, true) end
    check_gate(run, group_of(part))
  end
  release(run, part)
end

-- part, ticket, fatal ('1' or ''), reason, then the parts that are lost with it
function acts.lose(run)
  local word, ticket = standing(run, part)
  local ours = in_hand(word) and ticket == args[2]
  if not ours or not running(run) then
    if ours then
      place(run, part, false)
      release(run, part)
    end
    -- It may have finished and crashed before it launched what it was granted.
    return regrant(run, part .. '#' .. args[2])
  end
  local gone, reason = { unpack(args, 5) }, args[4]
  for _, name in ipairs(gone) do
    if enter(run, name, 'lost') then
      push('RPUSH', run.lost, { name })
      add_to(run, 'lost', 1)
    end
  end
  enter(run, part, 'finished')
  gone[#gone + 1] = part
  if args[3] ~= '' then
    finish_run(run, 'failed', reason)
  elseif count(run, 'lost') > count(run, 'losses_allowed') then
    local numbers = get(run, 'lost') .. ' parts lost, more than the ' .. get(run, 'losses_allowed') .. ' allowed'
    finish_run(run, 'failed', numbers .. '; the last: ' .. reason)
  else
    for _, name in ipairs(gone) do check_gate(run, group_of(name)) end
  end
  for _, name in ipairs(gone) do release(run, name) end
end

-- part or '', state, message
acts['end'] = function(run)
  if running(run) then finish_run(run, args[2], args[3]) end
  if part == '' then return end
  if get(run, 'state') == 'completed' then
    enter(run, part, 'finished')
  elseif not is_finished(standing(run, part)) then
    place(run, part, false)
  end
  release(run, part)
end

local function answer(run, go)
  if not run then return { 'unknown', go, '0', '0', '', '0' } end
  local fields = { get(run, 'state'), go, get(run, 'done'), get(run, 'of'), get(run, 'message'), get(run, 'lost') }
  if fields[6] ~= '0' then
    for _, name in ipairs(call('LRANGE', run.lost, 0, -1)) do fields[#fields + 1] = name end
  end
  for _, field in ipairs(launches) do fields[#fields + 1] = field end
  return fields
end

local function take(act, name)
  local run = find(name)
  if not run and act == 'open' then
    run = blank(name)
    create(run, digits(now), '0')
    enlist(run)
  end
  if not run or act == 'look' then return answer(run, 'drop') end
  local go = acts[act](run) or 'drop'
  set(run, 'updated_ms', digits(now))
  -- Who is to work or to finish launches nothing yet; who drops it may have had the last free place.
  if go == 'drop' then
    regrant(run, by)
    grant(run, act == 'open' and start or GRANTS)
  end
  if act == 'open' or now - count(run, 'kept_ms') > keep_ms / 100 then
    set(run, 'kept_ms', digits(now))
    run.to_keep = true
  end
  return answer(run, go)
end

local answers, reclaimed = {}, false
local at = 6
while ARGV[at] do
  local act, name
  act, name, by, args, launches = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], {}, {}
  for index = at + 4, at + ARGV[at] do args[#args + 1] = ARGV[index] end
  part = args[1]
  if act ~= 'look' and not reclaimed then reclaim() end
  reclaimed = reclaimed or act ~= 'look'
  answers[#answers + 1] = take(act, name)
  at = at + 1 + ARGV[at]
end
for _, run in pairs(met) do
  if run then write(run) end
end
return answers
