// The Redis backend with hiredis: one blocking connection, made when it is first needed and again
// after every connection error. Threading: as in redis/backend.hpp: one owner, one thread.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

#include "actors/redis/backend.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

class redis_connection final : public redis_backend {
public:
  /// `key`: the snapshot's key, from which the other keys are derived. `timeout`: for connecting,
  /// and for each command. `named_by`: the configuration key that holds the address.
  redis_connection(redis_address address, std::string key, duration timeout,
                   std::string named_by = "redis.uri");

  expected<stored_values> load() override;
  expected<stored_sizes> peek() override;
  expected<std::string> eviction_policy() override;
  expected<publish_verdict> publish(std::string_view array, std::string_view meta,
                                    std::string_view expected_head) override;
  expected<lease_verdict> hold_lease(std::string_view holder,
                                     std::chrono::milliseconds ttl) override;
  expected<bool> release_lease(std::string_view holder) override;
  std::optional<failure> offload(const std::string& token, std::string_view bytes,
                                 std::chrono::seconds ttl) override;
  expected<payload_ptr> recover(const std::string& token, std::size_t most) override;
  expected<bool> has_payload(const std::string& token) override;
  expected<std::optional<std::string>> load_incidents() override;
  std::optional<failure> keep_incidents(std::string_view incidents) override;
  std::optional<failure> keep_records(std::string_view report, std::string_view explanations,
                                      std::size_t most_reports) override;
  expected<std::vector<std::string>> load_reports(std::size_t most) override;
  expected<std::optional<std::string>> peek_explanations() override;
  expected<payload_ptr> load_explanations(std::size_t most) override;
  std::optional<failure> try_offloading(const std::string& token) override;
  bool refuses_writes() const override {
    return refuses_writes_;
  }
  std::string refusal() const override {
    return refusal_;
  }

private:
  struct free_context {
    void operator()(redisContext* x) const noexcept {
      redisFree(x);
    }
  };
  struct free_reply {
    void operator()(redisReply* x) const noexcept {
      freeReplyObject(x);
    }
  };
  using reply_ptr = std::unique_ptr<redisReply, free_reply>;
  using words = std::initializer_list<std::string_view>;

  using time_limit = std::chrono::steady_clock::time_point;

  std::optional<failure> connect();
  std::optional<failure> open_at(const host_port& to, time_limit until);
  std::optional<failure> open_tcp(time_limit until);
  std::optional<failure> open_at_master(time_limit until);
  expected<host_port> ask_sentinel(const host_port& sentinel, time_limit until);
  std::optional<failure> log_in();
  std::optional<failure> log_in_and_select();
  expected<reply_ptr> command(words parts);
  expected<reply_ptr> command_once(words parts);
  expected<reply_ptr> command_for_array(words parts, std::size_t size);
  expected<reply_ptr> queue(std::initializer_list<words> commands);
  expected<reply_ptr> transaction(std::initializer_list<words> commands);
  expected<payload_ptr> read(const std::string& key, std::size_t most);
  void release_buffer(std::size_t bytes);
  unexpected_failure problem(std::string_view why) const;

  redis_address address_;
  std::string key_, meta_key_, lease_key_, history_key_, devices_key_, incidents_key_;
  duration timeout_;
  std::string named_by_;
  redis_address peer_; ///< the current server: `address_` itself, or one of the sentinels, or the
                       ///< master that they named
  std::vector<host_port> sentinels_; ///< in the order in which they are asked
  std::unique_ptr<redisContext, free_context> context_;
  bool closed_ = false; ///< the last command failed because the connection was closed
  bool refuses_writes_ = false;
  std::string refusal_;
};

} // namespace hawkeye
