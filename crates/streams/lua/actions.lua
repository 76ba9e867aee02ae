-- ARGV: ids. What there is of each action, as a flat list of fields; an empty one of what was forgotten. Writes nothing.
local found = {}
for position, id in ipairs(ARGV) do found[position] = redis.call('HGETALL', action_key(id)) end
return found
