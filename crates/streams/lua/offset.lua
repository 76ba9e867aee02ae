-- ARGV: lead, owner, next update id or ''. The bot's poll offset after it was set to this; nil where another owner leads.
local key = tag .. ':offset'
if redis.call('GET', lease_key(ARGV[1])) ~= ARGV[2] then return false end
if ARGV[3] ~= '' then redis.call('SET', key, ARGV[3]) end
return redis.call('GET', key) or '0'
