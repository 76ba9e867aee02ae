-- ARGV: chat, now, limit, owner, milliseconds a lease lasts. The chat's due actions by kind and due time, each as a flat list of fields;
-- nothing where another owner holds the chat. Gives the chat back where nothing is due.
local PRIORITY = {delete_message = 0, undo = 1, ban = 2, kick = 3, mute = 4, challenge = 4, delete_reactions = 5}
if not lease(ARGV[1], ARGV[4], ARGV[5]) then return {} end
local found = {}
local ids = redis.call('ZRANGEBYSCORE', open_key(ARGV[1]), '-inf', ARGV[2], 'LIMIT', 0, 5000)
for _, id in ipairs(ids) do
  local kind = redis.call('HGET', action_key(id), 'kind')
  if kind then
    table.insert(found, {id = id, place = PRIORITY[kind], order = #found})
  else
    redis.call('ZREM', open_key(ARGV[1]), id)
  end
end
if #found == 0 then
  redis.call('DEL', lease_key(ARGV[1]))
  settle_chat(ARGV[1])
  return {}
end
table.sort(found, function(a, b) return a.place < b.place or (a.place == b.place and a.order < b.order) end)
local taken = {}
for position = 1, math.min(#found, tonumber(ARGV[3])) do
  table.insert(taken, {found[position].id, redis.call('HGETALL', action_key(found[position].id))})
end
return taken
