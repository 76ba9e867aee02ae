-- How much waits in the partition: of its updates, its records and what was set aside of them, how many entries there are and the id of the
-- first ('' where there is none); then its open actions, and when the first is due ('' where none is). What Redis refuses to read counts as
-- nothing: readiness tells of that. Writes nothing.
local told = {}
for _, name in ipairs({'updates', 'records', 'set-aside'}) do
  local number = redis.pcall('XLEN', tag .. ':' .. name)
  local first = redis.pcall('XRANGE', tag .. ':' .. name, '-', '+', 'COUNT', 1)
  table.insert(told, type(number) == 'number' and number or 0)
  table.insert(told, first.err == nil and first[1] and first[1][1] or '')
end
local open = 0
local chats = redis.pcall('ZRANGE', KEYS[1], 0, -1)
for _, chat in ipairs(chats) do open = open + redis.call('ZCARD', open_key(chat)) end
local due = redis.pcall('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
table.insert(told, open)
table.insert(told, due[2] or '')
return told
