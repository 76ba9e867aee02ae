-- ARGV: chat, until. Everything open in the chat that would be due before waits until then.
though_full()
for _, id in ipairs(redis.call('ZRANGEBYSCORE', open_key(ARGV[1]), '-inf', '(' .. ARGV[2])) do
  redis.call('HSET', action_key(id), 'due', ARGV[2])
  redis.call('ZADD', open_key(ARGV[1]), ARGV[2], id)
end
settle_chat(ARGV[1])
