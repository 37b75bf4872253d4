// What the stand-in for the bridges can be told: the fleet it invents, how fast it serves and what
// it does wrong. The command line and the subject stand_in.control set the same options by the same
// names. Plain values, no I/O.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace hawkeye::stand_in {

/// What can be wrong with an answer.
enum class fault_kind : std::uint8_t {
  none,
  null_status,    ///< the right body with status null
  error_status,   ///< 500 with a text as body
  error_object,   ///< 503 with an object as body
  error_null,     ///< 504 with null as body
  wrong_type,     ///< 200 with a body of another type than promised
  garbage,        ///< no JSON, no UTF-8
  deep,           ///< JSON, nested a hundred thousand deep
  silence,        ///< never answered
  not_subscribed, ///< no responders
  empty_list,     ///< 200 with []; a management status of null
  partial,        ///< 200 with the first third of the fleet; Hawkeye's alone
  token,          ///< the right reply, standing in Redis
  token_gone,     ///< a token that Redis does not have
  token_bad_form, ///< a "token" that names another key
  twice,          ///< the right reply, two times
  late,           ///< the right reply, after late-by
  huge            ///< 200 with one giant item of huge-bytes
};

inline constexpr std::array<std::string_view, 18> fault_names{
    "none",    "null_status", "error_status",   "error_object",   "error_null", "wrong_type",
    "garbage", "deep",        "silence",        "not_subscribed", "empty_list", "partial",
    "token",   "token_gone",  "token_bad_form", "twice",          "late",       "huge"};

inline constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

/// `NAME[:PERCENT[:COUNT]]`: which calls are hit, and how many before the fault is over.
struct fault {
  fault_kind kind = fault_kind::none;
  double percent = 100;
  std::uint64_t count = unlimited;
};

/// Everything about a probe follows from these. The special ones come on top of `probes`.
struct fleet_options {
  std::uint64_t seed = 1;
  std::size_t probes = 300;
  std::size_t malformed_probes = 0;
  std::size_t no_serial = 0;
  std::size_t never_contacted = 0;
  std::size_t duplicates = 0;     ///< second probes with the serial of one of `probes`
  std::size_t hostile = 0;        ///< how many of `probes` have names made to do harm
  std::size_t ambiguous = 0;      ///< how many of `probes` have two clients
  std::size_t moved = 0;          ///< how many of `probes`, the last ones, have another client
  double unmonitored = 0;         ///< per cent
  double no_customer = 0;         ///< per cent
  std::int64_t contact_shift = 0; ///< seconds that every last contact is moved by
  friend bool operator==(const fleet_options&, const fleet_options&) = default;
};

struct options {
  fleet_options fleet;
  std::chrono::milliseconds latency{0};
  std::size_t parallel = 0; ///< calls served at a time by each bridge; 0: all of them
  std::chrono::milliseconds late_by{100'000};
  std::size_t huge_bytes = 0; ///< 0: as much as max_payload lets through
  bool sticky_faults = false; ///< a fault's percentage picks serial numbers instead of calls
  fault hawkeye, client_info, management_status;
};

/// Sets one option by its name on the command line (`client-info-fault`); `_` stands for `-` too.
/// Returns what was wrong, if anything.
std::optional<std::string> set_option(options& into, std::string_view name, std::string_view value);

} // namespace hawkeye::stand_in
