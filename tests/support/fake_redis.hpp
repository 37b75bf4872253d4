// A Redis in memory, shared by any number of backends, with the same scripts' rules as the real
// one; can be away, and can lose what it holds. Its clock is the test's.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/redis/backend.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye::test {

struct redis_memory {
  std::optional<std::string> array, meta;
  std::optional<std::string> explanations;
  std::vector<std::string> reports; ///< newest first
  std::string lease;
  std::chrono::steady_clock::time_point lease_until{};
  std::map<std::string, std::string> payloads;
  std::function<std::chrono::steady_clock::time_point()> now;
  bool away = false;
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

  expected<std::optional<std::string>> peek_meta() override {
    if (auto why = problem("peek"))
      return fail(*why);
    if (!memory_->meta)
      return std::optional<std::string>{};
    return std::optional<std::string>{memory_->meta->substr(0, 64)};
  }

  expected<publish_verdict> publish(std::string_view array, std::string_view meta,
                                    std::string_view holder, std::uint64_t version) override {
    if (auto why = problem("publish"))
      return fail(*why);
    if (!holder.empty() && !lease().empty() && lease() != holder)
      return publish_verdict::lease_lost;
    if (memory_->meta && read_version(*memory_->meta).value_or(0) >= version)
      return publish_verdict::superseded;
    if (holder.empty() && memory_->meta && built_at(*memory_->meta) > built_at(meta))
      return publish_verdict::superseded;
    memory_->array = std::string{array};
    memory_->meta = std::string{meta};
    ++memory_->publishes;
    return publish_verdict::published;
  }

  expected<lease_verdict> hold_lease(std::string_view holder,
                                     std::chrono::milliseconds ttl) override {
    if (auto why = problem("lease"))
      return fail(*why);
    if (!lease().empty() && lease() != holder)
      return lease_verdict::another;
    memory_->lease = std::string{holder};
    memory_->lease_until = memory_->now() + ttl;
    return lease_verdict::ours;
  }

  expected<bool> release_lease(std::string_view holder) override {
    if (auto why = problem("release"))
      return fail(*why);
    if (lease() != holder)
      return false;
    memory_->lease.clear();
    return true;
  }

  std::optional<failure> offload(const std::string& token, std::string_view bytes,
                                 std::chrono::seconds) override {
    if (auto why = problem("park"))
      return why;
    memory_->payloads[token] = std::string{bytes};
    ++memory_->parks;
    return {};
  }

  expected<payload_ptr> recover(const std::string& token, std::size_t) override {
    if (auto why = problem("recover"))
      return fail(*why);
    const auto found = memory_->payloads.find(token);
    return found == memory_->payloads.end() ? payload_ptr{} : make_payload(found->second);
  }

  std::optional<failure> keep_records(std::string_view report, std::string_view explanations,
                                      std::size_t most_reports) override {
    if (auto why = problem("keep"))
      return why;
    memory_->explanations = std::string{explanations};
    memory_->reports.insert(memory_->reports.begin(), std::string{report});
    if (memory_->reports.size() > most_reports)
      memory_->reports.resize(most_reports);
    return {};
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
    return std::optional<std::string>{memory_->explanations->substr(0, 64)};
  }

  expected<payload_ptr> load_explanations(std::size_t) override {
    if (auto why = problem("journal"))
      return fail(*why);
    return memory_->explanations ? make_payload(*memory_->explanations) : payload_ptr{};
  }

  std::optional<failure> ping() override {
    return problem("ping");
  }

private:
  std::optional<failure> problem(const char* call) const {
    if (memory_->away)
      return fail("Redis is away");
    return memory_->before ? memory_->before(call) : std::nullopt;
  }

  static std::string built_at(std::string_view meta) {
    const auto parsed = nlohmann::json::parse(meta, nullptr, false);
    const auto text = parsed.is_object() ? parsed.value("built_at", nlohmann::json{}) : parsed;
    return text.is_string() ? text.get<std::string>().substr(0, text.get<std::string>().find('Z'))
                            : std::string{};
  }

  const std::string& lease() const {
    if (memory_->now() >= memory_->lease_until)
      memory_->lease.clear();
    return memory_->lease;
  }

  std::shared_ptr<redis_memory> memory_;
};

} // namespace hawkeye::test
