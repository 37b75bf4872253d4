#include "tests/support/rights.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/support/places.hpp"

namespace hawkeye::test {

namespace {

std::string included(const scratch_directory& from, const char* file) {
  const auto path = source_path(std::string{"packaging/nats/"} + file);
  return "include \"" + std::filesystem::relative(path, from.path("")).string() + '"';
}

std::string user(const std::string& name, const std::string& permissions) {
  return "  {user: " + name + ", password: " + name + ", " + permissions + "}\n";
}

} // namespace

std::string nats_users(const scratch_directory& directory, const std::string& service_permissions) {
  const auto published = included(directory, "permissions.conf");
  return "authorization: { users: [\n"
         + user("hawkeye", service_permissions.empty() ? published : service_permissions)
         + user("operator", included(directory, "operator-permissions.conf"))
         + user("monitor", included(directory, "monitor-permissions.conf"))
         + "  {user: tests, password: tests}\n] }\nno_auth_user: tests\n";
}

std::vector<std::string> redis_users() {
  return {"--aclfile", source_path("packaging/redis/hawkeye-customer-cache.acl")};
}

std::string redis_url(const server_process& server, const std::string& user, int database) {
  return "redis://" + user + ":PASSWORD@127.0.0.1:" + std::to_string(server.port()) + "/"
         + std::to_string(database);
}

std::vector<std::string> violations(const server_process& nats, server_process& redis) {
  std::vector<std::string> result;
  std::istringstream log{nats.output()};
  for (std::string line; std::getline(log, line);)
    if (line.find("Publish Violation") != std::string::npos
        || line.find("Subscription Violation") != std::string::npos)
      result.push_back(line);
  if (!redis.running())
    return result;
  // One entry has 'reason', what it was, ..., 'object', the command or key, 'username', who.
  std::istringstream entries{redis_cli(redis, {"acl", "log"})};
  std::string reason;
  for (std::string name, value; std::getline(entries, name) && std::getline(entries, value);) {
    if (name == "reason")
      reason = value;
    else if (name == "object" && reason != "auth")
      result.push_back("Redis: " + reason + " " + value);
  }
  return result;
}

std::string redis_cli(const server_process& redis, std::vector<std::string> words) {
  words.insert(words.begin(), {"redis-cli", "-p", std::to_string(redis.port())});
  server_process once{std::move(words)};
  if (once.wait_for_exit(std::chrono::seconds{10}) != 0)
    throw std::runtime_error{"redis-cli: " + once.output()};
  return once.output();
}

} // namespace hawkeye::test
