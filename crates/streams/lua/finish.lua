-- ARGV: now, what became of the entries (sealed), then for each entry of the stream of updates: its id, the update's id ('' where it counts
-- without one), number of actions, and these actions' fields. Acknowledges the entries, adds their actions, and hands on what is to be
-- recorded, with a flag for each: 1 is finished by this; d too, but the update was judged before, in another entry; 0 was finished before,
-- by somebody else.
local SEEN_SECONDS = 3 * 86400
local updates = tag .. ':updates'

-- Whether the update's bit was set; sets it.
local function was_seen(update_id)
  local key = string.format('%s:seen:%.0f', tag, math.floor(update_id / 65536))
  local before = redis.call('SETBIT', key, update_id % 65536, 1)
  redis.call('EXPIRE', key, SEEN_SECONDS)
  return before == 1
end

local flags, finished, adds = {}, {}, false
local position = 3
while ARGV[position] do
  local id, update_id, count = ARGV[position], ARGV[position + 1], tonumber(ARGV[position + 2])
  position = position + 3
  local flag = '1'
  if redis.call('XACK', updates, 'scan', id) == 0 then
    flag = '0'
  else
    table.insert(finished, id)
    if update_id ~= '' and was_seen(tonumber(update_id)) then flag = 'd' end
  end
  for _ = 1, count do
    local one
    one, position = read_action(position)
    if flag == '1' then
      add(one, ARGV[1])
      adds = true
    end
  end
  table.insert(flags, flag)
end
local told = table.concat(flags)
if #finished > 0 then
  redis.call('XADD', tag .. ':records', '*', 'k', 'batch', 'v', ARGV[2], 'n', told)
  redis.call('XDEL', updates, unpack(finished))
end
if adds then wake() end
return told
