-- ARGV: owner, milliseconds a lease lasts, then what is to be held: chats, or names of work that one process does for all. Those that this
-- owner holds from now on.
local held = {}
for position = 3, #ARGV do
  if lease(ARGV[position], ARGV[1], ARGV[2]) then table.insert(held, ARGV[position]) end
end
return held
