-- ARGV: chat, then message ids. Those of them that were deleted.
local found = {}
for position = 2, #ARGV do
  for _, id in ipairs(redis.call('SMEMBERS', message_key(ARGV[1], ARGV[position]))) do
    if redis.call('HGET', action_key(id), 'state') == 'done' then
      table.insert(found, ARGV[position])
      break
    end
  end
end
return found
