// The scripts that Redis runs for redis_connection: what must happen at once, or not at all.
#pragma once

#include <string_view>

namespace hawkeye {

/// KEYS: array, meta. ARGV: array, meta, the version that the writer has merged with. A meta
/// without a version is none of ours.
inline constexpr std::string_view publish_script = R"(
local kind = redis.call('TYPE', KEYS[2]).ok
local head = kind == 'string' and redis.call('GETRANGE', KEYS[2], 0, 63) or ''
local stored = tonumber(string.match(head, '^{"version":(%d+),') or '0')
if stored >= 2^53 then stored = 0 end -- none of ours: nothing could come after it
if stored ~= 0 and stored ~= tonumber(ARGV[3]) then return 'superseded' end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
return 'published'
)";

/// KEYS: array, meta -> the bytes of each, -1 where it is no text.
inline constexpr std::string_view sizes_script = R"(
local function size(key)
  local kind = redis.call('TYPE', key).ok
  return kind == 'string' and redis.call('STRLEN', key) or kind == 'none' and 0 or -1
end
return {size(KEYS[1]), size(KEYS[2])}
)";

/// KEYS: array, meta -> the head of the meta, the bytes of the array (-1: no text).
inline constexpr std::string_view peek_script = R"(
local kind = redis.call('TYPE', KEYS[1]).ok
local bytes = kind == 'string' and redis.call('STRLEN', KEYS[1]) or kind == 'none' and 0 or -1
local is_text = redis.call('TYPE', KEYS[2]).ok == 'string'
return {is_text and redis.call('GETRANGE', KEYS[2], 0, 63) or '', bytes}
)";

/// KEYS: lease. ARGV: holder, milliseconds (0: only look). A lease without an end is given one:
/// nobody may hold it for ever.
inline constexpr std::string_view lease_script = R"(
if ARGV[2] == '0' then
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind == 'none' then return 'free' end
  return kind == 'string' and redis.call('GET', KEYS[1]) == ARGV[1] and 'ours' or 'another'
end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 'ours' end
if redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 'ours'
end
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 'another'
)";

inline constexpr std::string_view release_script = R"(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)";

/// KEYS: explanations, history. ARGV: explanations, report, index of the last report that stays.
inline constexpr std::string_view keep_script = R"(
local function version(text) return tonumber(string.match(text, '^{"version":(%d+)') or '0') end
local kind = redis.call('TYPE', KEYS[1]).ok
local head = kind == 'string' and redis.call('GETRANGE', KEYS[1], 0, 63) or ''
local stored = version(head)
if stored >= 2^53 or stored <= version(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
if redis.call('TYPE', KEYS[2]).ok ~= 'list' then redis.call('DEL', KEYS[2]) end
redis.call('LPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], 0, ARGV[3])
return 1
)";

/// KEYS: history. ARGV: index of the last entry, bytes at which each is cut: whoever reads one that
/// was too long finds it broken.
inline constexpr std::string_view reports_script = R"(
local result = redis.call('LRANGE', KEYS[1], 0, ARGV[1])
for i, report in ipairs(result) do result[i] = string.sub(report, 1, ARGV[2]) end
return result
)";

} // namespace hawkeye
