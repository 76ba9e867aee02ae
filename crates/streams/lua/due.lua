-- ARGV: now, owner, most chats, then chats that are left out. Chats in which something is due and that nobody else holds, each with when it is
-- due, the longest due first; and when the next one of all is due ('' where nothing is). Writes nothing.
local left_out = {}
for position = 4, #ARGV do left_out[ARGV[position]] = true end
local found = {}
local most = 2 * tonumber(ARGV[3])
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, 1000)
for position = 1, #due, 2 do
  if #found >= most then break end
  local chat = due[position]
  if not left_out[chat] then
    local owner = redis.call('GET', lease_key(chat))
    if not owner or owner == ARGV[2] then
      table.insert(found, chat)
      table.insert(found, due[position + 1])
    end
  end
end
local next_due = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {found, next_due[2] or ''}
