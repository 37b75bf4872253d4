// The service that ours replaces, played on real NATS and Redis as it really behaves: the same
// subject, another hand. It keeps its devices in Redis alone, under `<environment>-hawkeye`, and
// reads them there for every request; it orders them as it likes, spaces its JSON, and sends no
// reply at all to a wrong request. Threading: answers on the library's thread; everything else
// happens in the test's.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <hiredis/hiredis.h>
#include <nats/nats.h>
#include <nlohmann/json.hpp>

#include "messages/config/settings.hpp"

namespace hawkeye::test {

class older_service {
public:
  /// Answers `subject` in the queue group of the contract from what `key` holds in Redis. Replies
  /// over `most_bytes` stand in Redis under a token.
  older_service(const std::string& nats_url, const std::string& subject, const redis_address& redis,
                std::string key, std::size_t most_bytes = 1u << 20);

  /// What it has built: written under its key, without expiry, also when it is empty. Null: the key
  /// is deleted.
  void serve(const nlohmann::json& devices);

private:
  struct free_reply {
    void operator()(redisReply* x) const noexcept {
      freeReplyObject(x);
    }
  };
  using reply_ptr = std::unique_ptr<redisReply, free_reply>;
  template <class... Ts>
  reply_ptr command(const char* format, Ts... args);

  static void on_request(natsConnection*, natsSubscription*, natsMsg*, void*);
  std::optional<nlohmann::json> answer(const nlohmann::json& request);
  nlohmann::json stored();
  std::string offloaded(const std::string& reply);

  std::mutex mutex_; ///< of the connection to Redis
  std::shared_ptr<redisContext> redis_;
  std::string key_;
  std::size_t most_bytes_;
  std::shared_ptr<natsConnection> connection_;
  std::shared_ptr<natsSubscription> subscription_; ///< ends before what it uses
};

} // namespace hawkeye::test
