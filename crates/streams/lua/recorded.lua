-- ARGV: id, the revision that was recorded, and seconds since 1970 until which an ended action is kept ('' for ever), one after another.
-- What has been recorded as it is may be forgotten in its time.
for position = 1, #ARGV, 3 do
  local found = get(ARGV[position], 'revision', 'state')
  if found[1] == ARGV[position + 1] and not is_open(found[2]) then
    if ARGV[position + 2] ~= '' then redis.call('EXPIREAT', action_key(ARGV[position]), ARGV[position + 2]) end
  end
end
