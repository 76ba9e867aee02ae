-- ARGV: now, then the undo's fields. Between two calls of the chat's lane: cancels what the undo overtakes, a deletion that has begun too.
though_full()
local undo = read_action(2)
cancel(undo, ARGV[1], true)
settle_chat(undo.chat)
