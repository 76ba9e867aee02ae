-- ARGV: chat, now, then sender ids. Punishments of these senders that were or may have been carried out and have not ended, each as id
-- and a flat list of fields.
local found = {}
for position = 3, #ARGV do
  local key = sender_key(ARGV[1], ARGV[position])
  for _, id in ipairs(redis.call('SMEMBERS', key)) do
    local one = get(id, 'kind', 'state', 'until')
    if not one[1] then
      redis.call('SREM', key, id)
    elseif PUNISHMENT[one[1]] and (one[2] == 'done' or one[2] == 'started')
      and (one[3] == '' or tonumber(one[3]) > tonumber(ARGV[2])) then
      table.insert(found, {id, redis.call('HGETALL', action_key(id))})
    end
  end
end
return found
