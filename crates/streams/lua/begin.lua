-- ARGV: now, chat, owner, milliseconds a lease lasts, then id and former (JSON or '') one after another. The ids that are begun: those
-- still open, and none where another owner holds the chat by now.
if not lease(ARGV[2], ARGV[3], ARGV[4]) then return {} end
local begun = {}
for position = 5, #ARGV, 2 do
  local id, former = ARGV[position], ARGV[position + 1]
  if is_open(redis.call('HGET', action_key(id), 'state')) then
    redis.call('HSET', action_key(id), 'state', 'started', 'started', ARGV[1])
    if former ~= '' then redis.call('HSET', action_key(id), 'former', former) end
    table.insert(begun, id)
  end
end
return begun
