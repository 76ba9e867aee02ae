-- ARGV: now, what became of the entries (sealed), then for each entry of the stream of updates: its id, the update's id ('' where it counts
-- without one), number of actions, and these actions' fields. Adds the entries' actions, hands on what is to be recorded, with a flag for
-- each, and acknowledges them: 1 is finished by this; d too, but the update was judged before, in another entry; 0 was finished before, by
-- somebody else. An error is an answer: Redis takes nothing back, so everything is looked at before anything is written, and acknowledged
-- last.
local SEEN_SECONDS = 3 * 86400
local updates, records = tag .. ':updates', tag .. ':records'

local wrong
local function expect(kind, key)
  local found = redis.call('TYPE', key)['ok']
  if found ~= 'none' and found ~= kind then wrong = string.format('WRONGTYPE %s is a %s, no %s', key, found, kind) end
end

local function seen_key(update_id) return string.format('%s:seen:%.0f', tag, math.floor(update_id / 65536)) end

-- Whether somebody has it in hand still; the group is missing where Redis lost its memory.
local function is_pending(id)
  local found = redis.pcall('XPENDING', updates, 'scan', id, id, 1)
  return found.err == nil and #found > 0
end

local judged = {}
local function was_judged(update_id)
  local before = judged[update_id] or redis.call('GETBIT', seen_key(update_id), update_id % 65536) == 1
  judged[update_id] = true
  return before
end

local seen_keys = {}

expect('stream', updates)
expect('stream', records)
expect('zset', KEYS[1])
if wrong then return redis.error_reply(wrong) end

local entries = {}
local position = 3
while ARGV[position] do
  local entry = {id = ARGV[position], update_id = tonumber(ARGV[position + 1]), actions = {}}
  local count = tonumber(ARGV[position + 2])
  position = position + 3
  for _ = 1, count do
    local one
    one, position = read_action(position)
    table.insert(entry.actions, one)
  end
  entry.is_open = is_pending(entry.id)
  if entry.is_open then
    if entry.update_id then
      local key = seen_key(entry.update_id)
      if not seen_keys[key] then expect('string', key) end
      seen_keys[key] = true
    end
    for _, one in ipairs(entry.actions) do
      expect('hash', action_key(one.id))
      expect('zset', open_key(one.chat))
      expect('set', sender_key(one.chat, one.sender))
      expect('set', message_key(one.chat, one.message))
      expect('set', trace_key(one.trace))
    end
  end
  table.insert(entries, entry)
end
if wrong then return redis.error_reply(wrong) end

local flags, finished, adds = {}, {}, false
for _, entry in ipairs(entries) do
  local flag = '0'
  if entry.is_open then
    flag = entry.update_id and was_judged(entry.update_id) and 'd' or '1'
    table.insert(finished, entry.id)
  end
  if flag == '1' then
    for _, one in ipairs(entry.actions) do
      add(one, ARGV[1])
      adds = true
    end
  end
  table.insert(flags, flag)
end
local told = table.concat(flags)
if #finished > 0 then
  redis.call('XADD', records, '*', 'k', 'batch', 'v', ARGV[2], 'n', told)
  for update_id in pairs(judged) do redis.call('SETBIT', seen_key(update_id), update_id % 65536, 1) end
  for key in pairs(seen_keys) do redis.call('EXPIRE', key, SEEN_SECONDS) end
  redis.call('XACK', updates, 'scan', unpack(finished))
  redis.call('XDEL', updates, unpack(finished))
end
if adds then wake() end
return told
