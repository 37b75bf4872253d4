// A Redis in memory, shared by any number of backends, with the same scripts' rules as the real
// one; can be away, and can lose what it holds. Its clock is the test's.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/redis/backend.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye::test {

struct redis_memory {
  std::optional<std::string> array, meta;
  std::optional<std::string> explanations;
  std::optional<std::string> incidents;
  std::string eviction_policy = "noeviction";
  std::vector<std::string> reports; ///< newest first
  std::string lease;
  std::chrono::steady_clock::time_point lease_until{};
  std::map<std::string, std::string> payloads;
  std::function<std::chrono::steady_clock::time_point()> now;
  bool away = false;
  bool lose_answer = false;     ///< of the next publish
  std::string loses_answers_of; ///< a call that takes effect, but whose answers are lost
  std::string refuses;          ///< why writes are refused; empty: they are not. Reading goes on
  bool renews = false;          ///< refuses, but PEXPIRE: its memory is full
  /// Called at the beginning of every call: a chance to fail, by returning why, or to let time
  /// pass.
  std::function<std::optional<failure>(const char* call)> before;
  std::size_t publishes = 0, parks = 0;
};

class fake_redis : public redis_backend {
public:
  explicit fake_redis(std::shared_ptr<redis_memory> memory) : memory_{std::move(memory)} {}

  expected<stored_values> load() override {
    if (auto why = problem("load"))
      return fail(*why);
    return stored_values{memory_->array ? make_payload(*memory_->array) : nullptr, memory_->meta};
  }

  expected<stored_sizes> peek() override {
    if (auto why = problem("peek"))
      return fail(*why);
    return stored_sizes{memory_->meta.value_or("").substr(0, meta_head_bytes),
                        static_cast<std::int64_t>(memory_->array.value_or("").size())};
  }

  expected<std::string> eviction_policy() override {
    if (auto why = problem("policy"))
      return fail(*why);
    return memory_->eviction_policy;
  }

  expected<publish_verdict> publish(std::string_view array, std::string_view meta,
                                    std::string_view expected_head) override {
    if (auto why = write_problem("publish"))
      return fail(*why);
    const auto head = memory_->meta.value_or("").substr(0, meta_head_bytes);
    if (read_version(head).value_or(0) != 0 && head != expected_head)
      return publish_verdict::superseded;
    memory_->array = std::string{array};
    memory_->meta = std::string{meta};
    ++memory_->publishes;
    if (std::exchange(memory_->lose_answer, false))
      return fail("the connection broke");
    return publish_verdict::published;
  }

  expected<lease_verdict> hold_lease(std::string_view holder,
                                     std::chrono::milliseconds ttl) override {
    if (auto why = problem("lease"))
      return fail(*why);
    refusal_ = memory_->refuses;
    if (!lease().empty() && lease() != holder)
      return lease_verdict::another;
    if (lease().empty() && (ttl == std::chrono::milliseconds{0} || !refusal_.empty()))
      return lease_verdict::free;
    if (ttl == std::chrono::milliseconds{0} || (!refusal_.empty() && !memory_->renews))
      return lease_verdict::ours;
    memory_->lease = std::string{holder};
    memory_->lease_until = memory_->now() + ttl;
    return lease_verdict::ours;
  }

  expected<bool> release_lease(std::string_view holder) override {
    if (auto why = write_problem("release"))
      return fail(*why);
    if (lease() != holder)
      return false;
    memory_->lease.clear();
    return true;
  }

  std::optional<failure> offload(const std::string& token, std::string_view bytes,
                                 std::chrono::seconds) override {
    if (auto why = write_problem("park"))
      return why;
    memory_->payloads[token] = std::string{bytes};
    ++memory_->parks;
    return lost("park");
  }

  expected<payload_ptr> recover(const std::string& token, std::size_t) override {
    if (auto why = problem("recover"))
      return fail(*why);
    const auto found = memory_->payloads.find(token);
    return found == memory_->payloads.end() ? payload_ptr{} : make_payload(found->second);
  }

  expected<bool> has_payload(const std::string& token) override {
    if (auto why = problem("exists"))
      return fail(*why);
    return memory_->payloads.contains(token);
  }

  expected<std::optional<std::string>> load_incidents() override {
    if (auto why = problem("incidents"))
      return fail(*why);
    return memory_->incidents;
  }

  std::optional<failure> keep_incidents(std::string_view incidents) override {
    if (auto why = write_problem("keep incidents"))
      return why;
    memory_->incidents = std::string{incidents};
    return {};
  }

  std::optional<failure> keep_records(std::string_view report, std::string_view explanations,
                                      std::size_t most_reports) override {
    if (auto why = write_problem("keep"))
      return why;
    const auto version = [](std::string_view text) {
      return read_version(text).value_or(0);
    };
    if (version(memory_->explanations.value_or("")) <= version(explanations))
      memory_->explanations = std::string{explanations};
    if (memory_->reports.empty() || memory_->reports.front() != report)
      memory_->reports.insert(memory_->reports.begin(), std::string{report});
    if (memory_->reports.size() > most_reports)
      memory_->reports.resize(most_reports);
    return lost("keep");
  }

  expected<std::vector<std::string>> load_reports(std::size_t) override {
    if (auto why = problem("reports"))
      return fail(*why);
    return memory_->reports;
  }

  expected<std::optional<std::string>> peek_explanations() override {
    if (auto why = problem("peek journal"))
      return fail(*why);
    if (!memory_->explanations)
      return std::optional<std::string>{};
    return std::optional<std::string>{memory_->explanations->substr(0, meta_head_bytes)};
  }

  expected<payload_ptr> load_explanations(std::size_t) override {
    if (auto why = problem("journal"))
      return fail(*why);
    return memory_->explanations ? make_payload(*memory_->explanations) : payload_ptr{};
  }

  std::optional<failure> try_offloading(const std::string&) override {
    return write_problem("ping");
  }

  bool refuses_writes() const override {
    return refused_;
  }
  std::string refusal() const override {
    return refusal_;
  }

private:
  std::optional<failure> lost(const char* call) const {
    return memory_->loses_answers_of == call ? std::optional{failure{"no answer in time"}}
                                             : std::nullopt;
  }

  std::optional<failure> write_problem(const char* call) {
    if (auto why = problem(call))
      return why;
    refused_ = !memory_->refuses.empty();
    return refused_ ? std::optional{failure{memory_->refuses}} : std::nullopt;
  }

  std::optional<failure> problem(const char* call) {
    refused_ = false;
    if (memory_->away)
      return fail("Redis is away");
    return memory_->before ? memory_->before(call) : std::nullopt;
  }

  const std::string& lease() const {
    if (memory_->now() >= memory_->lease_until)
      memory_->lease.clear();
    return memory_->lease;
  }

  std::shared_ptr<redis_memory> memory_;
  bool refused_ = false; ///< the last call
  std::string refusal_;  ///< of the last hold_lease
};

} // namespace hawkeye::test
