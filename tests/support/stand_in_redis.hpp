// Where the stand-in offloads replies that are too large for NATS, and finds those of others. One
// connection, made when it is first needed; calls from several threads take turns.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

struct redisContext;

namespace hawkeye::stand_in {

class redis_shelf {
public:
  /// `redis://[user:password@]host:port[/db]` or `unix:///path`; empty: there is no shelf.
  explicit redis_shelf(std::string url);
  ~redis_shelf();

  /// Offloads a payload for 300 s; its token, or nothing when Redis does not take it.
  std::optional<std::string> put(std::string_view payload);
  std::optional<std::string> get(const std::string& token);

private:
  struct closer {
    void operator()(redisContext* x) const;
  };
  bool connect();

  std::string url_;
  std::mutex mutex_;
  std::unique_ptr<redisContext, closer> context_;
};

} // namespace hawkeye::stand_in
