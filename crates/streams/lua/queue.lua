-- The queue of actions of one partition. Prelude of every script that touches it; says in one place how an action lies in Redis.
--
-- KEYS[1] is always the partition's sorted set of chats, '<tag>:due'; all other keys are made from its tag and lie in the same slot.
--   <tag>:due                   chat -> when its first open action is due (ms)
--   <tag>:open:<chat>           action -> when it is due (ms); pending and started ones
--   <tag>:action:<id>           hash: body (JSON, never changes), what scripts ask for (chat, kind, sender, message, trace, until),
--                               and what changes (state, attempts, due, started, done, former, guard, result, error_code, error_text, revision)
--   <tag>:sender:<chat>:<id>    ids of what is done to a sender
--   <tag>:message:<chat>:<id>   ids of deletions of a message
--   <tag>:trace:<trace id>      ids of an outcome's actions
--   <tag>:lease:<chat>          which enforcer works on the chat; with a name instead, which process does such work for all
--   <tag>:records               stream: an entry for each change, {k = 'action', id}
-- Times are milliseconds since 1970; an absent value is ''.

local tag = string.sub(KEYS[1], 1, -5)

local PUNISHMENT = {challenge = true, mute = true, kick = true, ban = true}
local TO_SENDER = {challenge = true, mute = true, kick = true, ban = true, delete_reactions = true}
-- What names an action is kept as long as somebody may ask: an undo comes within days, a deletion is repeated within hours.
local INDEX_SECONDS = 8 * 86400

local function action_key(id) return tag .. ':action:' .. id end
local function open_key(chat) return tag .. ':open:' .. chat end
local function sender_key(chat, sender) return tag .. ':sender:' .. chat .. ':' .. sender end
local function message_key(chat, message) return tag .. ':message:' .. chat .. ':' .. message end
local function trace_key(trace) return tag .. ':trace:' .. trace end
local function lease_key(what) return tag .. ':lease:' .. what end

local function get(id, ...) return redis.call('HMGET', action_key(id), ...) end

-- Where Redis is full it refuses a script's first write, if that may take memory, and no later one. What leads to an end must go on: it
-- takes little, and lets `record` free more.
local function though_full() redis.call('DEL', tag .. ':nothing') end

-- Whether the owner holds it from now on.
local function lease(what, owner, milliseconds)
  local holder = redis.call('GET', lease_key(what))
  if holder and holder ~= owner then return false end
  though_full()
  redis.call('SET', lease_key(what), owner, 'PX', milliseconds)
  return true
end

-- Tells `record` that an action is not what it was.
local function changed(id)
  redis.call('HINCRBY', action_key(id), 'revision', 1)
  redis.call('XADD', tag .. ':records', '*', 'k', 'action', 'id', id)
end

-- The chat's place among the chats: by its first open action.
local function settle_chat(chat)
  local first = redis.call('ZRANGE', open_key(chat), 0, 0, 'WITHSCORES')
  if first[2] then
    redis.call('ZADD', KEYS[1], first[2], chat)
  else
    redis.call('ZREM', KEYS[1], chat)
  end
end

local function is_open(state) return state == 'pending' or state == 'started' end

-- Ends an open action, or reverses a done one; `told` is a flat list of fields and values. Says whether it did.
local function close(id, chat, state, now, told)
  redis.call('HSET', action_key(id), 'state', state, unpack(told))
  if state ~= 'reversed' then redis.call('HSET', action_key(id), 'done', now) end
  redis.call('ZREM', open_key(chat), id)
  changed(id)
end

-- An index that is asked about a later end lives until then.
local function index(key, id, until_ms, now)
  redis.call('SADD', key, id)
  local seconds = INDEX_SECONDS
  if until_ms == 'ever' then
    redis.call('PERSIST', key)
    return
  elseif until_ms ~= '' then
    seconds = math.max(seconds, math.ceil((tonumber(until_ms) - tonumber(now)) / 1000) + INDEX_SECONDS)
  end
  local left = redis.call('TTL', key)
  if left == -1 and redis.call('SCARD', key) > 1 then return end
  if left < seconds then redis.call('EXPIRE', key, seconds) end
end

-- Cancels what an undo overtakes: everything of the sender that has not begun, and the deletion of its message (begun or not, where
-- `begun_too`). `undo` has chat, sender, message and trace.
local function cancel(undo, now, begun_too)
  local function try(ids, wanted)
    for _, id in ipairs(ids) do
      local found = get(id, 'kind', 'state')
      if found[1] and wanted(found[1]) then
        local is_begun_deletion = begun_too and found[1] == 'delete_message' and found[2] == 'started'
        if found[2] == 'pending' or is_begun_deletion then close(id, undo.chat, 'cancelled', now, {}) end
      end
    end
  end
  local function is_deletion(kind) return kind == 'delete_message' end
  try(redis.call('SMEMBERS', sender_key(undo.chat, undo.sender)), function(kind) return TO_SENDER[kind] end)
  if undo.message ~= '' then try(redis.call('SMEMBERS', message_key(undo.chat, undo.message)), is_deletion) end
  if undo.trace ~= '' then try(redis.call('SMEMBERS', trace_key(undo.trace)), is_deletion) end
end

-- Adds an action once by its id; one that failed for good is tried anew. `one` has id, chat, kind, sender, message, trace, until, due,
-- requested_by and body.
local function add(one, now)
  -- A verdict that comes after somebody took its outcome back, whichever round it is of, has come too late.
  if one.requested_by == 'verdict' and one.trace ~= '' then
    local first = string.gsub(one.trace, '%d+$', '1')
    for _, trace in ipairs({first, one.trace}) do
      if redis.call('EXISTS', action_key(trace .. '-undo')) == 1 then return end
    end
  end
  local key = action_key(one.id)
  local state = redis.call('HGET', key, 'state')
  if state and state ~= 'dead' then return end
  if state then
    redis.call('HDEL', key, 'started', 'done', 'guard', 'result', 'error_code', 'error_text')
    redis.call('PERSIST', key)
  else
    -- Larger than that of an action of this id which was forgotten: the database may still have it.
    redis.call('HSET', key, 'revision', now, 'body', one.body, 'chat', one.chat, 'kind', one.kind, 'sender', one.sender, 'message', one.message,
      'trace', one.trace, 'until', one['until'])
  end
  redis.call('HSET', key, 'state', 'pending', 'attempts', 0, 'due', one.due, 'requested_by', one.requested_by)
  if TO_SENDER[one.kind] then
    local lasts = one['until']
    if PUNISHMENT[one.kind] and lasts == '' then lasts = 'ever' end
    index(sender_key(one.chat, one.sender), one.id, lasts, now)
  end
  if one.kind == 'delete_message' and one.message ~= '' then index(message_key(one.chat, one.message), one.id, '', now) end
  if one.trace ~= '' then index(trace_key(one.trace), one.id, '', now) end
  redis.call('ZADD', open_key(one.chat), one.due, one.id)
  changed(one.id)
  if one.kind == 'undo' then cancel(one, now, false) end
  settle_chat(one.chat)
end

local ACTION_FIELDS = {'id', 'chat', 'kind', 'sender', 'message', 'trace', 'until', 'due', 'requested_by', 'body'}

-- Reads an action from ARGV, beginning at `position`; also where the next begins.
local function read_action(position)
  local one = {}
  for offset, name in ipairs(ACTION_FIELDS) do one[name] = ARGV[position + offset - 1] end
  return one, position + #ACTION_FIELDS
end

-- Wakes enforcers that sleep; one that misses it looks again by itself within seconds.
local function wake() redis.call('PUBLISH', tag .. ':wake', '') end
