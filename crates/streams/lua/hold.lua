-- ARGV: what, owner, milliseconds a lease lasts. 1 where this owner has it from now on.
local lease = tag .. ':lease:' .. ARGV[1]
local owner = redis.call('GET', lease)
if owner and owner ~= ARGV[2] then return 0 end
if owner then
  redis.call('PEXPIRE', lease, ARGV[3]) -- Works where Redis is full, too.
else
  redis.call('SET', lease, ARGV[2], 'PX', ARGV[3])
end
return 1
