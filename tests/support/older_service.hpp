// The service that ours replaces, played on real NATS: the same contract, another hand. It orders
// devices as it likes, spaces its JSON, writes null where a field is missing. Threading: answers on
// the library's thread; told about from the test's.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <nats/nats.h>
#include <nlohmann/json.hpp>

#include "messages/config/settings.hpp"

namespace hawkeye::test {

class older_service {
public:
  /// Answers `subject` in the queue group of the contract. Replies over `most_bytes` stand in
  /// Redis.
  older_service(const std::string& nats_url, const std::string& subject, redis_address payloads,
                std::size_t most_bytes = 1u << 20);

  /// What it serves from now on; null: nothing yet, which is a 202.
  void serve(nlohmann::json devices);

private:
  static void on_request(natsConnection*, natsSubscription*, natsMsg*, void*);
  nlohmann::json answer(const nlohmann::json& request);
  std::string parked(const std::string& reply);

  std::mutex mutex_;
  nlohmann::json devices_;
  redis_address payloads_;
  std::size_t most_bytes_;
  std::shared_ptr<natsConnection> connection_;
  std::shared_ptr<natsSubscription> subscription_; ///< ends before what it uses
};

} // namespace hawkeye::test
