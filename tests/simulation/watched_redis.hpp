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
  /// What the script did, whether or not the instance learns it.
  std::function<void(std::string_view array, publish_verdict)> published;
  /// What the instance learned about the lease; nothing: Redis failed.
  std::function<void(std::string_view holder, std::optional<lease_verdict>)> leased;
};

class watched_redis : public redis_backend {
public:
  watched_redis(std::shared_ptr<test::redis_memory> memory,
                std::shared_ptr<const redis_watch> watch)
      : real_{std::move(memory)}, watch_{std::move(watch)} {}

  expected<stored_values> load() override {
    auto result = call<stored_values>(
        "load", [&] { return real_.load(); }, [](const auto&) {});
    if (auto* values = value_of(result))
      watch_->loaded(values->array);
    return result;
  }

  expected<stored_sizes> peek() override {
    return call<stored_sizes>(
        "peek", [&] { return real_.peek(); }, [](const auto&) {});
  }

  expected<std::string> eviction_policy() override {
    return call<std::string>(
        "policy", [&] { return real_.eviction_policy(); }, [](const auto&) {});
  }

  expected<bool> has_payload(const std::string& token) override {
    return call<bool>(
        "exists", [&] { return real_.has_payload(token); }, [](bool) {});
  }

  expected<std::optional<std::string>> load_incidents() override {
    return call<std::optional<std::string>>(
        "incidents", [&] { return real_.load_incidents(); }, [](const auto&) {});
  }

  std::optional<failure> keep_incidents(std::string_view incidents) override {
    return done("keep incidents", [&] { return real_.keep_incidents(incidents); });
  }

  expected<publish_verdict> publish(std::string_view array, std::string_view meta,
                                    std::string_view expected_head) override {
    watch_->publishing(array);
    std::optional<publish_verdict> done;
    auto result = call<publish_verdict>(
        "publish", [&] { return real_.publish(array, meta, expected_head); },
        [&](publish_verdict verdict) { done = verdict; });
    if (done)
      watch_->published(array, *done);
    return result;
  }

  expected<lease_verdict> hold_lease(std::string_view holder,
                                     std::chrono::milliseconds ttl) override {
    auto result = call<lease_verdict>(
        "lease", [&] { return real_.hold_lease(holder, ttl); }, [](lease_verdict) {});
    auto* verdict = value_of(result);
    watch_->leased(holder, verdict ? std::optional{*verdict} : std::nullopt);
    return result;
  }

  expected<bool> release_lease(std::string_view holder) override {
    return call<bool>(
        "release", [&] { return real_.release_lease(holder); }, [](bool) {});
  }

  std::optional<failure> offload(const std::string& token, std::string_view bytes,
                                 std::chrono::seconds ttl) override {
    return done("offload", [&] { return real_.offload(token, bytes, ttl); });
  }

  expected<payload_ptr> recover(const std::string& token, std::size_t most) override {
    return call<payload_ptr>(
        "recover", [&] { return real_.recover(token, most); }, [](const auto&) {});
  }

  std::optional<failure> keep_records(std::string_view report, std::string_view explanations,
                                      std::size_t most_reports) override {
    return done("keep", [&] { return real_.keep_records(report, explanations, most_reports); });
  }

  expected<std::vector<std::string>> load_reports(std::size_t most) override {
    return call<std::vector<std::string>>(
        "reports", [&] { return real_.load_reports(most); }, [](const auto&) {});
  }

  expected<std::optional<std::string>> peek_explanations() override {
    return call<std::optional<std::string>>(
        "peek journal", [&] { return real_.peek_explanations(); }, [](const auto&) {});
  }

  expected<payload_ptr> load_explanations(std::size_t most) override {
    return call<payload_ptr>(
        "journal", [&] { return real_.load_explanations(most); }, [](const auto&) {});
  }

  std::optional<failure> try_offloading(const std::string& token) override {
    return done("ping", [&] { return real_.try_offloading(token); });
  }

private:
  /// A call that says nothing but whether it failed.
  template <class Real>
  std::optional<failure> done(const char* name, Real real) {
    auto result = call<bool>(
        name,
        [&]() -> expected<bool> {
          if (auto why = real())
            return fail(*why);
          return true;
        },
        [](bool) {});
    auto* why = error_of(result);
    return why ? std::optional{*why} : std::nullopt;
  }

  /// `seen` gets what Redis did, also where the instance never learns it.
  template <class T, class Real, class Seen>
  expected<T> call(const char* name, Real real, Seen seen) {
    const auto fate = watch_->fate(name);
    if (fate == redis_fate::fails_before)
      return fail("Redis does not answer");
    auto result = real();
    if (auto* value = value_of(result))
      seen(*value);
    if (fate == redis_fate::fails_after)
      return fail("Redis' answer was lost");
    return result;
  }

  test::fake_redis real_;
  std::shared_ptr<const redis_watch> watch_;
};

} // namespace hawkeye::simulation
