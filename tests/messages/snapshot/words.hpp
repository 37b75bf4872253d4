// Random words about devices, for properties that hold for all of them.
#pragma once

#include <random>
#include <string>

#include "messages/snapshot/device_state.hpp"

namespace hawkeye::words {

using generator = std::mt19937_64;

inline asked_at pick(generator& random, asked_at most) {
  return static_cast<asked_at>(random() % static_cast<std::uint64_t>(most + 1));
}

/// Few different stamps, so that many are equal.
inline asked_at random_stamp(generator& random) {
  return pick(random, 6) * 60'000'000;
}

inline testimony random_testimony(generator& random) {
  testimony result;
  result.yes = random_stamp(random);
  result.no = random_stamp(random);
  result.removed = random_stamp(random);
  result.run_after = random_stamp(random);
  result.run_start = random_stamp(random);
  result.reason = static_cast<outcome>(random() % outcome_count);
  return result;
}

inline device_state random_state(generator& random) {
  device_state result;
  result.listing = random_testimony(random);
  result.verdict = random_testimony(random);
  result.client_asked = random_stamp(random);
  result.expired = random_stamp(random);
  result.silent_for = std::chrono::minutes{random() % 4};
  result.status = random() % 2 == 0 ? "Pending" : "Active – Gold Monitoring";
  return result;
}

inline std::string random_content(generator& random) {
  if (random() % 8 == 0)
    return {};
  return R"({"serial_number":"A","last_contact":"2020-07-15T0)" + std::to_string(random() % 10)
         + R"(:00:00Z","bruin_client_info":{"client_id":)" + std::to_string(random() % 3)
         + R"(},"probe_id":)" + std::to_string(random() % 3) + "}";
}

/// A state and its content: where there is none, no question was answered with any.
struct known {
  device_state state;
  std::string json;
};

inline known random_known(generator& random) {
  known result{random_state(random), random_content(random)};
  if (result.json.empty())
    result.state.listing.yes = result.state.client_asked = 0;
  return result;
}

} // namespace hawkeye::words
