-- ARGV: chat, settings (sealed), what it learned itself ('' for nothing), the name of what its workspace shares ('' for nothing), and that
-- itself ('' where it was not sent along). Takes a chat's settings, and raises the version where they are other ones: 1, else 0. -1, and
-- nothing is taken, where what is shared has to be sent along: it is there once for all chats.
local chat, settings, learned, name, shared = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local of_all = tag .. ':shared'
if name ~= '' and shared == '' and redis.call('HEXISTS', of_all, name) == 0 then return -1 end

local function field(hash) return redis.call('HGET', tag .. ':' .. hash, chat) or '' end
local function set(hash, value)
  if value == '' then
    redis.call('HDEL', tag .. ':' .. hash, chat)
  else
    redis.call('HSET', tag .. ':' .. hash, chat, value)
  end
end

-- What nobody judges by any more is forgotten.
local function forget_unused(former)
  for _, used in ipairs(redis.call('HVALS', tag .. ':over')) do
    if used == former then return end
  end
  redis.call('HDEL', of_all, former)
end

though_full()
local former = field('over')
local is_same = field('chats') == settings and field('learned') == learned and former == name
if shared ~= '' then redis.call('HSET', of_all, name, shared) end
if is_same then return 0 end
set('chats', settings)
set('learned', learned)
set('over', name)
if former ~= '' and former ~= name then forget_unused(former) end
-- Larger than any before it, those of a Redis that has lost its memory too.
local time = redis.call('TIME')
local version = math.max(tonumber(redis.call('GET', tag .. ':version') or '0') + 1, time[1] * 1000 + math.floor(time[2] / 1000))
version = string.format('%.0f', version)
redis.call('SET', tag .. ':version', version)
redis.call('ZADD', tag .. ':changed', version, chat)
return 1
