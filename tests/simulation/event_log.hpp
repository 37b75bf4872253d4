// What happened in one seed: a hash over every message and every step, which is how two runs of a
// seed are known to be the same, and the first promise that was broken.
#pragma once

#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "messages/base/pacing.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye::simulation {

class event_log {
public:
  explicit event_log(bool verbose) : verbose_{verbose} {}

  /// `who`: the instance's number, 0 for none.
  void note(std::size_t who, std::string_view what, std::string_view bytes = {}) {
    ++counts[std::string{what}];
    mix(static_cast<std::uint64_t>(since_begin().count()));
    mix(who);
    mix(fingerprint(what));
    mix(fingerprint(bytes));
    if (verbose_)
      std::cout << at() << " #" << who << ' ' << what << ' ' << bytes.substr(0, 160) << '\n';
  }

  /// Only the first one counts: what follows it is often its consequence.
  void broke(std::size_t who, const std::string& promise) {
    note(who, "BROKEN", promise);
    if (!broken)
      broken = at() + " instance " + std::to_string(who) + ": " + promise;
  }

  std::uint64_t hash() const noexcept {
    return hash_;
  }

  time_point begin;
  std::function<time_point()> now;
  std::optional<std::string> broken;
  std::map<std::string, std::uint64_t> counts; ///< how often what happened

private:
  std::chrono::milliseconds since_begin() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now() - begin);
  }

  std::string at() const {
    const auto ms = since_begin().count();
    auto rest = std::to_string(1000 + ms % 1000);
    rest[0] = '.';
    return std::to_string(ms / 1000) + rest + " s";
  }

  void mix(std::uint64_t x) noexcept {
    hash_ = (hash_ ^ x) * 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 29;
  }

  bool verbose_;
  std::uint64_t hash_ = 0;
};

} // namespace hawkeye::simulation
