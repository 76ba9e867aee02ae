-- ARGV: now, chat, owner, milliseconds a lease lasts, then id and former (JSON or '') one after another. The ids that are begun: those
-- still open, and none where another owner holds the chat by now.
local lease = tag .. ':lease:' .. ARGV[2]
local owner = redis.call('GET', lease)
if owner and owner ~= ARGV[3] then return {} end
redis.call('SET', lease, ARGV[3], 'PX', ARGV[4])
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
