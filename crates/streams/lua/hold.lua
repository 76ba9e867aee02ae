-- ARGV: what, owner, milliseconds a lease lasts. 1 where this owner has it from now on.
local lease = tag .. ':lease:' .. ARGV[1]
local owner = redis.call('GET', lease)
if owner and owner ~= ARGV[2] then return 0 end
redis.call('SET', lease, ARGV[2], 'PX', ARGV[3])
return 1
