// Lua scripts that redis_connection runs in Redis: operations that must be atomic.
#pragma once

#include <string_view>

namespace hawkeye {

/// KEYS: array, meta. ARGV: array, meta, the head of the meta that the writer has merged with. The
/// version alone would not be enough, because versions restart after Redis was emptied. A meta
/// without a version is another program's.
inline constexpr std::string_view publish_script = R"(
local kind = redis.call('TYPE', KEYS[2]).ok
local head = kind == 'string' and redis.call('GETRANGE', KEYS[2], 0, 127) or ''
local stored = tonumber(string.match(head, '^{"version":(%d+),') or '0')
if stored >= 2^53 then stored = 0 end -- none of ours: nothing could come after it
if stored ~= 0 and head ~= ARGV[3] then return 'superseded' end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
return 'published'
)";

/// KEYS: array, meta -> the head of the meta, and the size of each in bytes (-1: not a string).
inline constexpr std::string_view peek_script = R"(
local function size(key)
  local kind = redis.call('TYPE', key).ok
  return kind == 'string' and redis.call('STRLEN', key) or kind == 'none' and 0 or -1
end
local meta_size = size(KEYS[2])
local head = meta_size > 0 and redis.call('GETRANGE', KEYS[2], 0, 127) or ''
return {head, size(KEYS[1]), meta_size}
)";

/// KEYS: lease. ARGV: holder, milliseconds (0: only read) -> who holds it, and the error with which
/// Redis refuses to write it. Each call tries a write, so that a refusal is known even if there is
/// nothing to write: SET with XX on a missing key, or with NX on an existing one, changes nothing.
/// When its memory is full, Redis refuses SET but accepts PEXPIRE. A lease without an expiry is
/// given one: nobody may hold it for ever.
inline constexpr std::string_view lease_script = R"(
local kind = redis.call('TYPE', KEYS[1]).ok
local is_ours = kind == 'string' and redis.call('GET', KEYS[1]) == ARGV[1]
local holder = kind == 'none' and 'free' or is_ours and 'ours' or 'another'
local looks = ARGV[2] == '0'
local unless = looks and holder == 'free' and 'XX' or 'NX'
local set = redis.pcall('SET', KEYS[1], ARGV[1], unless, 'PX', looks and 1 or ARGV[2])
local refusal = type(set) == 'table' and set.err or ''
if looks then return {holder, refusal} end
if holder == 'free' then return {refusal == '' and 'ours' or holder, refusal} end
if is_ours or redis.call('PTTL', KEYS[1]) < 0 then redis.pcall('PEXPIRE', KEYS[1], ARGV[2]) end
return {holder, refusal}
)";

inline constexpr std::string_view release_script = R"(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)";

/// KEYS: explanations, history. ARGV: explanations, report, index of the last report that stays.
inline constexpr std::string_view keep_script = R"(
local function version(text) return tonumber(string.match(text, '^{"version":(%d+)') or '0') end
local kind = redis.call('TYPE', KEYS[1]).ok
local head = kind == 'string' and redis.call('GETRANGE', KEYS[1], 0, 127) or ''
local stored = version(head)
if stored >= 2^53 or stored <= version(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
if redis.call('TYPE', KEYS[2]).ok ~= 'list' then redis.call('DEL', KEYS[2]) end
if redis.call('LRANGE', KEYS[2], 0, 0)[1] ~= ARGV[2] then
  redis.call('LPUSH', KEYS[2], ARGV[2])
  redis.call('LTRIM', KEYS[2], 0, ARGV[3])
end
return 1
)";

/// KEYS: history. ARGV: index of the last entry, length in bytes to which each is cut. The reader
/// recognizes an entry that was cut as invalid.
inline constexpr std::string_view reports_script = R"(
local result = redis.call('LRANGE', KEYS[1], 0, ARGV[1])
for i, report in ipairs(result) do result[i] = string.sub(report, 1, ARGV[2]) end
return result
)";

} // namespace hawkeye
