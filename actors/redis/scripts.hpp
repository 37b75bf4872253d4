// The scripts that Redis runs for redis_connection: what must happen at once, or not at all.
#pragma once

#include <string_view>

namespace hawkeye {

/// KEYS: array, meta, lease. ARGV: array, meta, holder (empty: no lease needed), version. Without a
/// lease what was built later stays: Redis may have lost all versions and begun anew.
inline constexpr std::string_view publish_script = R"(
local function built_at(meta) return string.match(meta, '^{"version":%d+,"built_at":"([^"]*)Z"') end
local lease = redis.call('GET', KEYS[3])
if ARGV[3] ~= '' and lease and lease ~= ARGV[3] then return 'lease_lost' end
local kind = redis.call('TYPE', KEYS[2]).ok
local head = kind == 'string' and redis.call('GETRANGE', KEYS[2], 0, 63) or ''
local stored = tonumber(string.match(head, '^{"version":(%d+),') or '0')
if stored >= 2^53 then stored = 0 end -- none of ours: nothing could come after it
if stored >= tonumber(ARGV[4]) then return 'superseded' end
if ARGV[3] == '' and (built_at(head) or '') > (built_at(ARGV[2]) or '') then return 'superseded' end
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

/// KEYS: lease. ARGV: holder, milliseconds. A lease without an end is given one: nobody may hold it
/// for ever.
inline constexpr std::string_view lease_script = R"(
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

/// KEYS: history. ARGV: index of the last entry, bytes at which each is cut: whoever reads one that
/// was too long finds it broken.
inline constexpr std::string_view reports_script = R"(
local result = redis.call('LRANGE', KEYS[1], 0, ARGV[1])
for i, report in ipairs(result) do result[i] = string.sub(report, 1, ARGV[2]) end
return result
)";

} // namespace hawkeye
