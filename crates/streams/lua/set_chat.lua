-- ARGV: chat, settings (JSON), what it learned ('' for nothing). Takes a chat's settings, and raises the version where they are other ones.
local settings, learned = tag .. ':chats', tag .. ':learned'
local is_same = redis.call('HGET', settings, ARGV[1]) == ARGV[2]
  and (redis.call('HGET', learned, ARGV[1]) or '') == ARGV[3]
if is_same then return 0 end
redis.call('HSET', settings, ARGV[1], ARGV[2])
if ARGV[3] == '' then
  redis.call('HDEL', learned, ARGV[1])
else
  redis.call('HSET', learned, ARGV[1], ARGV[3])
end
-- Larger than any before it, those of a Redis that has lost its memory too.
local time = redis.call('TIME')
local version = math.max(tonumber(redis.call('GET', tag .. ':version') or '0') + 1, time[1] * 1000 + math.floor(time[2] / 1000))
version = string.format('%.0f', version)
redis.call('SET', tag .. ':version', version)
redis.call('ZADD', tag .. ':changed', version, ARGV[1])
return 1
