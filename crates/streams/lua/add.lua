-- ARGV: now, then the actions' fields one after another. Adds each once by its id.
local position = 2
while ARGV[position] do
  local one
  one, position = read_action(position)
  add(one, ARGV[1])
end
wake()
