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
redis.call('ZADD', tag .. ':changed', redis.call('INCR', tag .. ':version'), ARGV[1])
return 1
