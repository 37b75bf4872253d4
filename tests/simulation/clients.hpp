// The clients: they ask whichever instance NATS picks, and know what a right answer is. Each
// request that an instance has got is answered exactly once, at once, with the right status.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/simulation/chance.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/replica.hpp"

namespace hawkeye::simulation {

class clients {
public:
  clients(event_log& log, chance& luck, const settings& options,
          std::shared_ptr<test::redis_memory> redis)
      : log_{log}, luck_{luck}, options_{options}, redis_{std::move(redis)} {}

  /// One request of any kind to this instance.
  void ask(replica& whom);
  void ask_for_all(replica& whom);

  /// The instance published to a client's subject.
  void answered(const replica& by, const test::published_message& reply);

  /// Nothing more may come from this one, and nothing must.
  void died(std::size_t who);

  /// After a step that this instance took with these devices before and after it: all that it was
  /// asked is answered, and right.
  void check(const replica& by, const std::string& before, const std::string& after);

  void redis_lost_everything() {
    lost_tokens_ = log_.now();
  }

private:
  struct request {
    std::size_t who;
    std::string bytes;
    nlohmann::json id;
    std::optional<std::string> filter;
    bool good;
    std::optional<std::string> reply;
  };

  request make(std::size_t who);
  void send(replica& whom, request next);
  std::string judge(const request& asked, const replica& by, const std::string& array);
  std::string judge_stored(const request& asked, const nlohmann::json& reply,
                           const nlohmann::json& expected);
  bool may_be_unable_to_offload(const replica& by) const;

  event_log& log_;
  chance& luck_;
  settings options_;
  std::shared_ptr<test::redis_memory> redis_;
  std::map<std::string, request> open_; ///< by the subject of the reply
  std::size_t asked_ = 0;
  time_point lost_tokens_{}; ///< when Redis lost what was offloaded
  std::string parsed_from_;  ///< the array that `parsed_` is of
  nlohmann::json parsed_;
};

} // namespace hawkeye::simulation
