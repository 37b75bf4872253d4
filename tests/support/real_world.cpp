#include "tests/support/real_world.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "actors/redis/connection.hpp"
#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/places.hpp"

namespace hawkeye::test {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json parsed(const std::optional<std::string>& text) {
  return text ? json::parse(*text, nullptr, false) : json{};
}

arguments with_users(arguments extra) {
  const auto users = redis_users();
  extra.insert(extra.end(), users.begin(), users.end());
  return extra;
}

} // namespace

int service_process::page(const std::string& path, std::string* body) const {
  const auto answer = http_client{http}.get(path);
  if (!answer)
    return 0;
  if (body)
    *body = answer->body;
  return answer->status;
}

bool service_process::await_ready(std::chrono::milliseconds limit) const {
  if (eventually([this] { return ready(); }, limit))
    return true;
  std::cerr << process.output();
  return false;
}

real_world::real_world(const std::string& nats_lines, arguments redis_extra)
    : nats{start_nats(free_port(),
                      {"-c", files_.write("nats.conf", nats_users(files_) + nats_lines)})},
      redis{start_redis(free_port(), with_users(std::move(redis_extra)))} {}

real_world::~real_world() {
  if (violations_meant)
    return;
  redis.resume();
  const auto seen = violations(nats, redis);
  for (const auto& line : seen)
    std::cerr << "not permitted, and done: " << line << '\n';
  if (!seen.empty())
    std::abort();
}

void real_world::start_bridges(arguments options) {
  arguments argv{stand_in_program(), "--nats=" + nats_url(nats), "--redis=" + redis_url(redis)};
  argv.insert(argv.end(), options.begin(), options.end());
  fleet_ = std::move(options);
  bridges.emplace(argv);
  const bool serves = eventually([this] {
    return bridges->output().find("ready") != std::string::npos || !bridges->running();
  });
  if (!serves || !bridges->running())
    throw std::runtime_error{"the stand-in does not start: " + bridges->output()};
}

void real_world::control(const json& change) {
  const auto answer = parsed(stage().ask("stand_in.control", change.dump()));
  if (answer.value("ok", json{}) != true)
    throw std::runtime_error{"the stand-in refuses: " + answer.dump()};
}

json real_world::stats() {
  return parsed(stage().ask("stand_in.stats", "{}"));
}

json real_world::expected() const {
  arguments argv{stand_in_program(), "--print=expected"};
  argv.insert(argv.end(), fleet_.begin(), fleet_.end());
  server_process once{argv};
  if (once.wait_for_exit(30s) != 0)
    throw std::runtime_error{once.output()};
  return json::parse(once.output());
}

arguments real_world::service_options(arguments options) const {
  const auto given = [&options](std::string_view usual) {
    return std::any_of(options.begin(), options.end(), [usual](const std::string& option) {
      return std::string_view{option}.starts_with(usual.substr(0, usual.find('=') + 1));
    });
  };
  arguments result{"--nats.servers=" + nats_url(nats),
                   "--nats.user=hawkeye",
                   "--nats.password=hawkeye",
                   "--redis.uri=" + redis_url(redis, "hawkeye"),
                   "--redis.payload-uri=" + redis_url(redis, "hawkeye-payload"),
                   "--refresh.retry-min=50ms",
                   "--refresh.retry-max=200ms"};
  std::erase_if(result, given); // nothing is given twice
  result.insert(result.end(), options.begin(), options.end());
  return result;
}

service_process real_world::start_service(arguments options) const {
  return start_service_through(nats.port(), redis.port(), std::move(options));
}

service_process real_world::start_service_through(std::uint16_t nats_port, std::uint16_t redis_port,
                                                  arguments options) const {
  const auto http = free_port();
  arguments argv{service_program(), "serve", "--http.listen=127.0.0.1:" + std::to_string(http)};
  for (auto& option : service_options(std::move(options))) {
    for (const auto& [server, port] :
         {std::pair{nats.port(), nats_port}, std::pair{redis.port(), redis_port}}) {
      const auto text = ':' + std::to_string(server);
      if (const auto at = option.find(text); at != std::string::npos)
        option.replace(at, text.size(), ':' + std::to_string(port));
    }
    argv.push_back(std::move(option));
  }
  return {server_process{std::move(argv), http}, http};
}

arguments real_world::operator_options() const {
  return {"--nats.servers=" + nats_url(nats), "--nats.user=operator", "--nats.password=operator",
          "--redis.payload-uri=" + redis_url(redis, "hawkeye-client")};
}

std::optional<int> real_world::run(arguments command, std::string* output) const {
  command.insert(command.begin(), service_program());
  server_process once{std::move(command)};
  const auto code = once.wait_for_exit(30s);
  if (output)
    *output = once.output();
  return code;
}

json real_world::ask(std::string_view request) {
  return parsed(client().ask(rpc_subject, request));
}

std::optional<std::size_t> real_world::served() {
  auto reply = ask();
  if (reply.is_object() && reply.contains("token"))
    reply = parked(reply["token"]);
  if (!reply.is_object() || reply.value("status", json{}) != 200)
    return {};
  return reply["body"].size();
}

std::optional<std::string> real_world::parked_text(const std::string& token) const {
  const auto where = parse_redis_uri(redis_url(redis, "hawkeye-client"));
  const auto found = redis_connection{*where, "hawkeye", 5s}.recover(token, 100u << 20);
  const auto* payload = value_of(found);
  return payload && *payload ? std::optional{std::string{(*payload)->view()}} : std::nullopt;
}

json real_world::parked(const std::string& token) const {
  return parsed(parked_text(token));
}

hawkeye::expected<stored_values> real_world::stored() const {
  const auto where = parse_redis_uri(redis_url(redis, "hawkeye"));
  return redis_connection{*where, "hawkeye", 5s}.load();
}

nats_client& real_world::client() {
  if (!client_)
    client_.emplace(monitor_url());
  return *client_;
}

std::string real_world::monitor_url() const {
  return "nats://monitor:monitor@127.0.0.1:" + std::to_string(nats.port());
}

nats_client& real_world::stage() {
  if (!stage_)
    stage_.emplace(nats_url(nats));
  return *stage_;
}

} // namespace hawkeye::test
