-- ARGV: now, owner, milliseconds a lease lasts, most chats. Chats in which something is due and that this owner now holds, and when the
-- next one is due ('' where nothing is).
local found = {}
for _, chat in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1000)) do
  local lease = tag .. ':lease:' .. chat
  local owner = redis.call('GET', lease)
  if not owner or owner == ARGV[2] then
    redis.call('SET', lease, ARGV[2], 'PX', ARGV[3])
    table.insert(found, chat)
    if #found >= tonumber(ARGV[4]) then break end
  end
end
local next_due = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {found, next_due[2] or ''}
