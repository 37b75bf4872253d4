#!/usr/bin/env bash
# Prints, as a JSON array, the devices last contacted after a moment (all without one). Needs nats (natscli), redis-cli and jq.
#   NATS_URL=... REDIS_URL=... ./devices.sh [2020-07-15T15:25:42Z]
set -euo pipefail

request=$(jq -nc --arg after "${1:-}" '{request_id: "devices.sh", body: {last_contact_filter: (if $after == "" then null else $after end)}}')

# One try: an array on success; else a sentence in $problem, and 2 where it may be over in a second.
ask() {
  reply=$(nats request --raw --timeout=3s hawkeye.customer.cache.get "$request" 2>/dev/null | jq -c objects) || reply=
  # The command exits with 0 too where nobody answers, and prints no reply then.
  [ -n "$reply" ] || { problem="no reply within 3 s, or no instance of the service is running"; return 2; }
  if [ "$(jq .is_stored <<<"$reply")" = true ]; then # over the server's max_payload: it stands in Redis
    reply=$(redis-cli -u "${REDIS_URL:-redis://127.0.0.1:6379/0}" GET "$(jq -r .token <<<"$reply")" 2>/dev/null | jq -c objects) || reply=
    [ -n "$reply" ] || { problem="the stored reply has expired, or Redis is away"; return 2; }
  fi
  case "$(jq .status <<<"$reply")" in
    200) jq -c .body <<<"$reply" ;;
    404) echo '[]' ;; # really none: not a failure
    503) problem=$(jq -r '"503: \(.body)"' <<<"$reply"); return 2 ;;
    *) problem=$(jq -r '"\(.status): \(.body)"' <<<"$reply"); return 1 ;; # 202, 400
  esac
}

for pause in 0.5 1 ''; do # three tries
  result=0
  ask || result=$?
  if [ "$result" -ne 2 ] || [ -z "$pause" ]; then break; fi
  sleep "$pause"
done
[ "$result" -eq 0 ] || { echo "$problem" >&2; exit 1; } # nothing is known now: not the same as no devices
