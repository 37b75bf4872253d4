// A NATS client as any monitor would write it: ask and wait. Nothing of the service's own code, so
// that a mistake there cannot hide here. Threading: one owner.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nats/nats.h>

namespace hawkeye::test {

class nats_client {
public:
  /// Connects within a few seconds; a std::runtime_error where that fails.
  explicit nats_client(const std::string& url);

  /// The reply's bytes; nothing where none came, or nobody is subscribed.
  std::optional<std::string> ask(const std::string& subject, std::string_view data,
                                 std::chrono::milliseconds limit = std::chrono::seconds{5});

  /// Publishes so many requests at once and gathers what comes back within `limit`, until there is
  /// one reply for each.
  std::vector<std::string> ask_many(const std::string& subject, std::string_view data,
                                    std::size_t count,
                                    std::chrono::milliseconds limit = std::chrono::seconds{20});

  /// A message whose answer, if any, goes to `reply_to`, else nowhere; on its way to the server
  /// when this returns.
  void tell(const std::string& subject, std::string_view data, const std::string& reply_to = {});

private:
  std::shared_ptr<natsConnection> connection_;
};

} // namespace hawkeye::test
