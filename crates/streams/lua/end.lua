-- ARGV: now, chat, then for each ending: id, state, number of fields told, and these fields with their values. Only open actions end,
-- only done ones are reversed; twice is once.
though_full()
local position = 3
while ARGV[position] do
  local id, state, count = ARGV[position], ARGV[position + 1], tonumber(ARGV[position + 2])
  local told = {}
  for offset = 1, 2 * count do told[offset] = ARGV[position + 2 + offset] end
  position = position + 3 + 2 * count
  local before = redis.call('HGET', action_key(id), 'state')
  local may_end = is_open(before)
  if state == 'reversed' then may_end = before == 'done' end
  if may_end then
    if state == 'dead' then redis.call('HINCRBY', action_key(id), 'attempts', 1) end
    close(id, ARGV[2], state, ARGV[1], told)
  end
end
settle_chat(ARGV[2])
