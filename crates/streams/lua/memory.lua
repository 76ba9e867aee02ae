-- ARGV: a name nobody has used ('' to give none), and the name of the memory into which all chats were published ('' where they were not).
-- What this memory is called, and 1 where all its chats are there. It has another name after it was emptied, and after Redis was started
-- anew or failed over: then the last things that were written may be missing.
local key, loaded = tag .. ':memory', tag .. ':loaded'
local name = redis.call('GET', key)
if not name and ARGV[1] ~= '' then
  though_full()
  redis.call('SET', key, ARGV[1])
  name = ARGV[1]
end
name = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') .. ':' .. (name or '')
if ARGV[2] == name then
  though_full()
  redis.call('SET', loaded, 1)
end
return {name, redis.call('EXISTS', loaded)}
