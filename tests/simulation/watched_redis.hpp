// One instance's way to the Redis that all share: every call can fail before it has done anything,
// or after it has done everything, and is seen by the rules.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/fake_redis.hpp"

namespace hawkeye::simulation {

enum class redis_fate { works, fails_before, fails_after };

struct redis_watch {
  std::function<redis_fate(const char* call)> fate;
  std::function<void(const payload_ptr& array)> loaded;
  std::function<void(std::string_view array)> publishing;
  /// What the script did; `told`: and the instance learned it.
  std::function<void(std::string_view array, std::string_view holder, publish_verdict, bool told)>
      published;
  /// What the instance was told about the lease; nothing: Redis failed.
  std::function<void(std::string_view holder, std::optional<lease_verdict>)> leased;
};

class watched_redis : public redis_backend {
public:
  watched_redis(std::shared_ptr<test::redis_memory> memory,
                std::shared_ptr<const redis_watch> watch)
      : real_{std::move(memory)}, watch_{std::move(watch)} {}

  fallible<stored_values> load() override {
    auto result = call<stored_values>(
        "load", [&] { return real_.load(); }, [](const auto&) {});
    if (auto* values = std::get_if<stored_values>(&result))
      watch_->loaded(values->array);
    return result;
  }

  fallible<std::optional<std::string>> peek_meta() override {
    return call<std::optional<std::string>>(
        "peek", [&] { return real_.peek_meta(); }, [](const auto&) {});
  }

  fallible<publish_verdict> publish(std::string_view array, std::string_view meta,
                                    std::string_view holder, std::uint64_t version) override {
    watch_->publishing(array);
    std::optional<publish_verdict> done;
    auto result = call<publish_verdict>(
        "publish", [&] { return real_.publish(array, meta, holder, version); },
        [&](publish_verdict verdict) { done = verdict; });
    if (done)
      watch_->published(array, holder, *done, std::holds_alternative<publish_verdict>(result));
    return result;
  }

  fallible<lease_verdict> hold_lease(std::string_view holder,
                                     std::chrono::milliseconds ttl) override {
    auto result = call<lease_verdict>(
        "lease", [&] { return real_.hold_lease(holder, ttl); }, [](lease_verdict) {});
    auto* verdict = std::get_if<lease_verdict>(&result);
    watch_->leased(holder, verdict ? std::optional{*verdict} : std::nullopt);
    return result;
  }

  fallible<bool> release_lease(std::string_view holder) override {
    return call<bool>(
        "release", [&] { return real_.release_lease(holder); }, [](bool) {});
  }

  std::optional<failure> park(const std::string& token, std::string_view bytes,
                              std::chrono::seconds ttl) override {
    return done("park", [&] { return real_.park(token, bytes, ttl); });
  }

  fallible<payload_ptr> recover(const std::string& token, std::size_t most) override {
    return call<payload_ptr>(
        "recover", [&] { return real_.recover(token, most); }, [](const auto&) {});
  }

  std::optional<failure> keep_records(std::string_view report, std::string_view journal,
                                      std::size_t most_reports) override {
    return done("keep", [&] { return real_.keep_records(report, journal, most_reports); });
  }

  fallible<std::vector<std::string>> load_reports(std::size_t most) override {
    return call<std::vector<std::string>>(
        "reports", [&] { return real_.load_reports(most); }, [](const auto&) {});
  }

  fallible<std::optional<std::string>> peek_journal() override {
    return call<std::optional<std::string>>(
        "peek journal", [&] { return real_.peek_journal(); }, [](const auto&) {});
  }

  fallible<payload_ptr> load_journal(std::size_t most) override {
    return call<payload_ptr>(
        "journal", [&] { return real_.load_journal(most); }, [](const auto&) {});
  }

  std::optional<failure> ping() override {
    return done("ping", [&] { return real_.ping(); });
  }

private:
  /// A call that says nothing but whether it failed.
  template <class Real>
  std::optional<failure> done(const char* name, Real real) {
    auto result = call<bool>(
        name,
        [&]() -> fallible<bool> {
          if (auto why = real())
            return *why;
          return true;
        },
        [](bool) {});
    auto* why = std::get_if<failure>(&result);
    return why ? std::optional{*why} : std::nullopt;
  }

  /// `seen` is told what Redis did, also where the instance never learns it.
  template <class T, class Real, class Seen>
  fallible<T> call(const char* name, Real real, Seen seen) {
    const auto fate = watch_->fate(name);
    if (fate == redis_fate::fails_before)
      return failure{"Redis does not answer"};
    auto result = real();
    if (auto* value = std::get_if<T>(&result))
      seen(*value);
    if (fate == redis_fate::fails_after)
      return failure{"Redis' answer was lost"};
    return result;
  }

  test::fake_redis real_;
  std::shared_ptr<const redis_watch> watch_;
};

} // namespace hawkeye::simulation
