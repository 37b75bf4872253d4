// Asking over NATS from a script: prints one reply, or compares it with a file.
#pragma once

#include <string>

namespace hawkeye::stand_in {

struct question {
  std::string nats_url;
  std::string redis_url; ///< where a token reply is recovered
  std::string subject;
  std::string body;
  std::string same_as; ///< a file with JSON that the reply must equal; empty: print the reply
  int timeout_ms = 10'000;
};

/// The exit code: 0 done (and equal), 1 not.
int ask(const question& what);

} // namespace hawkeye::stand_in
