// Replacing the older service on a working day, as docs/migration.md says it, with its very
// configurations: a shadow run, `diff`, the switch and the way back, each with the real program
// beside a service by another hand.
#include <fstream>

#include <doctest/doctest.h>

#include "actors/redis/connection.hpp"
#include "tests/support/older_service.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr const char* shadow_subject = "shadow.hawkeye.customer.cache.get";
/// The older service's key begins with its ENVIRONMENT_NAME, `production` in the paper.
constexpr const char* key = "production-hawkeye";
constexpr const char* shadow_key = "production-hawkeye:shadow";

/// The indented block of docs/migration.md that begins with this comment.
std::string told_configuration(const std::string& name) {
  std::ifstream paper{source_path("docs/migration.md")};
  std::string line, result;
  while (std::getline(paper, line) && !line.starts_with("    ; " + name))
    continue;
  for (; line.starts_with("    "); std::getline(paper, line))
    result += line.substr(4) + '\n';
  return result;
}

/// The indented line of docs/migration.md that begins so.
std::string told_command(const std::string& begin) {
  std::ifstream paper{source_path("docs/migration.md")};
  std::string line;
  while (std::getline(paper, line) && !line.starts_with("    " + begin))
    continue;
  return line.substr(std::min<std::size_t>(4, line.size()));
}

/// The older service answers the subject that monitors ask; ours runs in its shadow.
struct working_day : real_world {
  explicit working_day(arguments fleet = {"--probes=40"}, const std::string& nats_lines = {},
                       std::size_t most_bytes = 1u << 20)
      : real_world{nats_lines}, older{std::in_place, nats_url(nats), rpc_subject, redis_at(),
                                      key,           most_bytes} {
    start_bridges(std::move(fleet));
    devices = expected();
    older->serve(devices);
  }

  /// Without a login: the published permissions are for the usual names.
  void start(const std::string& configuration) {
    const auto http = free_port();
    service.emplace(service_process{
        server_process{{service_program(), "serve", "--config-file=" + configuration,
                        "--http.listen=127.0.0.1:" + std::to_string(http)},
                       http,
                       environment()},
        http});
    REQUIRE(service->await_ready());
  }

  /// As an operator types it, in the environment in which the older service was deployed.
  int type(arguments words, std::string* said = nullptr) const {
    words.insert(words.begin(), service_program());
    server_process once{std::move(words), 0, environment()};
    const auto code = once.wait_for_exit(30s);
    if (said)
      *said = once.output();
    return code.value_or(-1);
  }

  int diff(arguments more, std::string* said = nullptr) const {
    more.insert(more.begin(), {"diff", "--config-file=" + shadow});
    return type(std::move(more), said);
  }

  int diff_shadow(arguments more = {}, std::string* said = nullptr) const {
    more.push_back(std::string{"--against="} + rpc_subject);
    return diff(std::move(more), said);
  }

  json diff_json(arguments more = {}) const {
    std::string said;
    more.emplace_back("--json");
    CHECK(diff_shadow(std::move(more), &said) == 3);
    return json::parse(said);
  }

  arguments environment() const {
    const auto host = "127.0.0.1:" + std::to_string(redis.port());
    return {"NATS_SERVER1=" + nats_url(nats),
            "REDIS_CUSTOMER_CACHE_HOSTNAME=" + host,
            "REDIS_HOSTNAME=" + host,
            "ENVIRONMENT_NAME=production",
            "REFRESH_JOB_INTERVAL=14400",
            R"(WHITELISTED_MANAGEMENT_STATUSES=["Pending", "Active \u2013 Gold Monitoring",)"
            R"( "Active \u2013 Platinum Monitoring"])"};
  }

  redis_address redis_at() const {
    redis_address where;
    where.host = "127.0.0.1";
    where.port = redis.port();
    return where;
  }

  void set_key(const std::string& key, const std::string& value) const {
    REQUIRE(!redis_connection{redis_at(), key, 5s}.offload(key, value, 3600s));
  }

  scratch_directory files;
  std::string shadow = files.write("shadow.ini", told_configuration("shadow.ini"));
  std::string ours = files.write("service.ini", told_configuration("service.ini"));
  std::optional<older_service> older;
  std::optional<service_process> service;
  json devices;
};

} // namespace

TEST_CASE("diff calls a service equal that answers the same by another hand, also by token") {
  working_day day;
  day.start(day.shadow);
  std::string said;
  CHECK_MESSAGE(day.diff_shadow({}, &said) == 0, said);
  CHECK(said.find("all devices") != std::string::npos);
  CHECK(said.ends_with("\nequal\n"));
  CHECK(day.diff_shadow({"--json"}, &said) == 0);
  const auto told = json::parse(said);
  CHECK(told["equal"] == true);
  CHECK(told["questions"].size() == 6); // all, four timestamps, no body
  CHECK(told["questions"][0]["here"]["devices"] == day.devices.size());
  CHECK(told["questions"][4]["there"]["status"] == 404);
  CHECK(told["questions"][5]["there"]["status"] == 400);
  CHECK_MESSAGE(day.diff({"--redis-keys", key, shadow_key}, &said) == 0, said);

  working_day large{{"--probes=300"}, "max_payload: 65536\n", 60'000};
  large.start(large.shadow);
  CHECK_MESSAGE(large.diff_shadow({}, &said) == 0, said);
}

TEST_CASE("the shadow is started by the older service's environment, and says what it took") {
  const working_day day;
  std::string said;
  CHECK_MESSAGE(day.type({"check-config", "--config-file=" + day.shadow}, &said) == 0, said);
  for (const auto* words :
       {"configuration is right: answers shadow.hawkeye.customer.cache.get",
        "key production-hawkeye:shadow", "service.environment (ENVIRONMENT_NAME)",
        "refresh.interval (REFRESH_JOB_INTERVAL)"})
    CHECK_MESSAGE(said.find(words) != std::string::npos, said);
  CHECK(said.find("not used") == std::string::npos);
}

TEST_CASE("diff names what differs, device by device, and ends with 3") {
  working_day day;
  day.start(day.shadow);
  auto other = day.devices;
  const auto gone = other[5]["serial_number"].get<std::string>();
  other.erase(5);
  other[0]["bruin_client_info"]["client_name"] = "ANOTHER";
  other[1]["last_contact"] = "2021-01-01T00:00:00Z";
  auto extra = other[2];
  extra["serial_number"] = "THERE";
  other.push_back(extra);
  day.older->serve(other);
  const auto told = day.diff_json();
  CHECK(told["equal"] == false);
  const auto& all = told["questions"][0];
  CHECK(all["only_here"]["first"] == json{gone});
  CHECK(all["only_there"]["first"] == json{"THERE"});
  CHECK(all["differ"]["by_field"]
        == json{{"bruin_client_info.client_name", 1}, {"last_contact", 1}});
  CHECK(all["differ"]["first"].size() == 2);
  std::string said;
  CHECK(day.diff_shadow({}, &said) == 3);
  for (const auto& words :
       {std::string{"only there (1):\n  THERE"}, "only here (1):\n  " + gone,
        std::string{"\"ANOTHER\""}, std::string{"DIFFERENT"}, std::string{"\ndifferent\n"}})
    CHECK_MESSAGE(said.find(words) != std::string::npos, said);

  day.set_key("other", other.dump());
  CHECK(day.diff({"--redis-keys", shadow_key, "other"}) == 3);
  other.push_back(other[0]);
  other.push_back(5);
  day.older->serve(other);
  CHECK(day.diff_json()["questions"][0]["there"]["duplicates"]["count"] == 1);
  CHECK(day.diff_json()["questions"][0]["there"]["malformed"]["count"] == 1);
}

TEST_CASE("devices in contact since the older service refreshed can be allowed for") {
  working_day day;
  day.start(day.shadow);
  auto earlier = day.devices;
  for (std::size_t i = 0; i < earlier.size(); i += 2)
    earlier[i]["last_contact"] = "2019-01-01T00:00:00Z";
  day.older->serve(earlier);
  CHECK(day.diff_shadow() == 3);
  std::string said;
  CHECK_MESSAGE(day.diff_shadow({"--ignore=last_contact"}, &said) == 0, said);
  CHECK(said.find("not compared: last_contact") != std::string::npos);
  CHECK(said.find("no device has the field") == std::string::npos);
  day.diff_shadow({"--ignore=last_contakt"}, &said);
  CHECK(said.find("no device has the field \"last_contakt\", which is ignored")
        != std::string::npos);
  earlier.erase(0);
  day.older->serve(earlier);
  CHECK(day.diff_shadow({"--ignore=last_contact"}) == 3);
}

TEST_CASE("where one of the two cannot be asked, diff says which and why, and ends with 1") {
  working_day day;
  std::string said;
  CHECK(day.diff_shadow({}, &said) == 1); // no shadow yet
  CHECK(said.find(shadow_subject) != std::string::npos);
  CHECK(std::count(said.begin(), said.end(), '\n') == 1);
  day.start(day.shadow);
  day.older->serve(nullptr);
  CHECK(day.diff_shadow({}, &said) == 1);
  CHECK(said.find("still being built") != std::string::npos);
  CHECK(said.find(rpc_subject) != std::string::npos);
  CHECK(day.diff({std::string{"--against="} + shadow_subject}, &said) == 2);
  CHECK(said.find("itself") != std::string::npos);
  CHECK(day.diff({"--redis-keys", shadow_key, "nothing"}, &said) == 1);
  CHECK(said.find("under the key nothing") != std::string::npos);
  CHECK(day.diff({"--redis-keys", shadow_key, std::string{shadow_key} + ":meta"}, &said) == 1);
  CHECK(said.find("no JSON array") != std::string::npos);
  day.redis.kill9();
  CHECK(day.diff({"--redis-keys", shadow_key, key}, &said) == 1);
  day.older.reset();
  CHECK(day.diff_shadow({}, &said) == 1);
  CHECK(said.find("no service answers") != std::string::npos);
  day.nats.kill9();
  CHECK(day.diff_shadow({}, &said) == 1);
  CHECK(said.find("NATS cannot be reached") != std::string::npos);
}

TEST_CASE("on a working day: switched while monitors ask, and back, and nobody waits") {
  working_day day;
  day.start(day.shadow);
  CHECK(day.diff_shadow() == 0);
  CHECK(day.service->process.terminate() == 0);
  // The switch: ours on the monitors' subject beside the older one, then the older one goes.
  day.start(day.ours);
  for (int i = 0; i < 20; ++i)
    CHECK(day.served() == day.devices.size());
  day.older.reset();
  for (int i = 0; i < 20; ++i)
    CHECK(day.served() == day.devices.size());
  std::string said;
  CHECK_MESSAGE(day.type({"refresh", "--wait", "--config-file=" + day.ours}, &said) == 0, said);
  CHECK_MESSAGE(day.diff({"--redis-keys", shadow_key, key}, &said) == 0, said);
  // The way back: the older one again, which reads what ours left in Redis; then ours goes.
  day.older.emplace(nats_url(day.nats), rpc_subject, day.redis_at(), key);
  CHECK(day.service->process.terminate() == 0);
  for (int i = 0; i < 20; ++i)
    CHECK(day.served() == day.devices.size());
  // Afterwards nothing of the shadow is left, and all of the older one's.
  CHECK(redis_cli(day.redis, {"keys", "*shadow*"}).find("shadow") != std::string::npos);
  auto clean = told_command("redis-cli -h REDIS del");
  REQUIRE(!clean.empty());
  clean.replace(clean.find("REDIS"), 5, "127.0.0.1 -p " + std::to_string(day.redis.port()));
  CHECK(server_process{{"sh", "-c", clean}}.wait_for_exit(10s) == 0);
  CHECK(redis_cli(day.redis, {"keys", "*shadow*"}).find("shadow") == std::string::npos);
  CHECK(day.served() == day.devices.size());
}

TEST_CASE(
    "what the older service leaves after a day without Bruin takes no device from our answer") {
  working_day day;
  day.start(day.ours);
  day.older.reset();
  CHECK(day.served() == day.devices.size());
  older_service again{nats_url(day.nats), "unasked", day.redis_at(), key};
  again.serve(json::array());
  for (int i = 0; i < 5; ++i)
    CHECK(day.served() == day.devices.size());
  // While ours runs it writes its devices again, so that the way back stays open.
  CHECK(eventually(
      [&] {
        return redis_cli(day.redis, {"strlen", key}).find_first_not_of("0123\n")
               != std::string::npos;
      },
      15s));
}
