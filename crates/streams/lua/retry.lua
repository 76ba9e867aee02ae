-- ARGV: id, due, 1 where the try failed, 1 where the call may have been made all the same, one after another. Puts open actions back.
though_full()
local chats = {}
for position = 1, #ARGV, 4 do
  local id, due = ARGV[position], ARGV[position + 1]
  local found = get(id, 'state', 'chat')
  if is_open(found[1]) then
    redis.call('HSET', action_key(id), 'due', due)
    if ARGV[position + 2] == '1' then redis.call('HINCRBY', action_key(id), 'attempts', 1) end
    if ARGV[position + 3] ~= '1' then
      redis.call('HSET', action_key(id), 'state', 'pending')
      redis.call('HDEL', action_key(id), 'started')
    end
    redis.call('ZADD', open_key(found[2]), due, id)
    chats[found[2]] = true
    changed(id)
  end
end
for chat in pairs(chats) do settle_chat(chat) end
