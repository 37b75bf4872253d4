// The permissions and the ACL in packaging/ hold all that is needed, and nothing else; what is
// withheld all the same is named. All other end-to-end tests run under them, too.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/http_client.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using words = std::set<std::string>;

std::string published(const std::string& file) {
  std::ifstream in{source_path("packaging/" + file)};
  return {std::istreambuf_iterator<char>{in}, {}};
}

words matches(const std::string& text, const std::string& pattern) {
  const std::regex what{pattern};
  words result;
  for (std::sregex_iterator i{text.begin(), text.end(), what}, end; i != end; ++i)
    result.insert(i->str(1));
  return result;
}

/// The entries of one of the two lists of a permissions file.
words allowed(const std::string& file, const std::string& list) {
  const auto text = published("nats/" + file);
  const auto begin = text.find(list + ": {allow: [");
  REQUIRE(begin != std::string::npos);
  return matches(text.substr(begin, text.find(']', begin) - begin), "\"([^\"]+)\"");
}

/// Whether a subject, perhaps with its queue, stands under an entry.
bool under(const std::string& entry, const std::string& what) {
  return entry.ends_with(".>") ? what.starts_with(entry.substr(0, entry.size() - 1))
                               : what == entry;
}

/// That each entry was used by clients that logged in as this user. A trace names the user where a
/// client connects, and later only the number of the connection.
void check_all_used(const std::string& file, const std::string& trace, const std::string& user) {
  std::string ids;
  for (const auto& id :
       matches(trace, "cid:(\\d+) [^\\n<>]*<<- \\[CONNECT .*\"user\":\"" + user + "\""))
    ids += (ids.empty() ? "" : "|") + id;
  const auto from = "cid:(?:" + ids + ") [^\\n<>]*<<- ";
  const auto sent = matches(trace, from + "\\[H?PUB (\\S+)");
  const auto heard = matches(trace, from + "\\[SUB (\\S+ \\S*?) ?\\d+\\]");
  const auto look = [&](const std::string& list, const words& used) {
    for (const auto& entry : allowed(file, list)) {
      const bool found = std::any_of(used.begin(), used.end(), [&](std::string what) {
        if (what.ends_with(' '))
          what.pop_back();
        return under(entry, what);
      });
      CHECK_MESSAGE(found, file, ": nobody needs ", list, " of ", entry);
    }
  };
  look("publish", sent);
  look("subscribe", heard);
}

/// The commands of a user in the ACL.
words commands_of(const std::string& user) {
  const auto acl = published("redis/hawkeye-customer-cache.acl");
  const auto begin = acl.find("user " + user + " ");
  return matches(acl.substr(begin, acl.find('\n', begin) - begin), "\\+(\\w+)");
}

/// That all of these are called at some time since the last look: a lease is renewed later.
void check_called(const server_process& redis, const std::string& user, const words& wanted) {
  words idle;
  CHECK_MESSAGE(eventually(
                    [&] {
                      const auto called =
                          matches(redis_cli(redis, {"info", "commandstats"}), "cmdstat_(\\w+)");
                      idle.clear();
                      std::set_difference(wanted.begin(), wanted.end(), called.begin(),
                                          called.end(), std::inserter(idle, idle.end()));
                      return idle.empty();
                    },
                    15s),
                user, " does not need ", json(idle).dump());
  redis_cli(redis, {"config", "resetstat"});
}

arguments command(arguments parts, const real_world& world) {
  for (auto& option : world.operator_options())
    parts.push_back(std::move(option));
  return parts;
}

std::string ready_page(const service_process& of) {
  std::string body;
  of.page("/ready", &body);
  return body;
}

std::string without(std::string text, const std::string& part) {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.erase(at, part.size());
}

} // namespace

TEST_CASE("all that is permitted on NATS is needed, and nothing else is") {
  real_world world{"trace: true\n"};
  world.start_bridges({"--probes=20", "--ambiguous=2"});
  const arguments with{"--notifier.email-recipient=noc@example.com"};
  const auto first = world.start_service(with);
  REQUIRE(first.await_ready());
  const auto second = world.start_service(with);
  REQUIRE(second.await_ready());
  const http_client follower{second.http};
  CHECK(follower.post("/api/refresh", {{"X-Hawkeye-Cache", "refresh"}}, "")->status == 202);
  const std::string serial = world.ask()["body"][0]["serial_number"];
  for (const arguments& asked :
       {arguments{"get"}, {"status"}, {"refresh", "--wait"}, {"explain", serial}})
    CHECK(world.run(command(asked, world)) == 0);
  CHECK(eventually([&] { return world.stats()["email_count"] == 1; }));
  const auto trace = world.nats.output();
  check_all_used("permissions.conf", trace, "hawkeye");
  check_all_used("operator-permissions.conf", trace, "operator");
  check_all_used("monitor-permissions.conf", trace, "monitor");
}

TEST_CASE("all that Redis' ACL lets the service do is needed, and nothing else is") {
  real_world world{"max_payload: 65536\n"};
  auto snapshots = start_redis(free_port(), redis_users()); // to tell the users' commands apart
  const auto in_database_1 = [](const server_process& redis, const std::string& user) {
    return redis_url(redis, user, 1);
  };
  const arguments with{"--redis.uri=" + in_database_1(snapshots, "hawkeye"),
                       "--redis.payload-uri=" + in_database_1(world.redis, "hawkeye-payload")};
  world.start_bridges(
      {"--probes=400", "--redis=redis://127.0.0.1:" + std::to_string(world.redis.port()) + "/1"});
  auto first = world.start_service(with);
  REQUIRE(first.await_ready());
  check_called(world.redis, "hawkeye-payload", {"select", "strlen", "get"}); // from the bridge
  const auto second = world.start_service(with);
  REQUIRE(second.await_ready());
  CHECK(world.ask().value("is_stored", false));
  for (const char* remembered : {"/api/refreshes", "/api/explain/NOBODY"})
    CHECK(second.page(remembered) != 0);
  check_called(world.redis, "hawkeye-payload", {"set"});
  CHECK(eventually([&] { // before a token is handed out again
    world.ask();
    return redis_cli(world.redis, {"info", "commandstats"}).find("cmdstat_exists")
           != std::string::npos;
  }));
  auto get = command({"get"}, world);
  std::erase_if(get, [](const std::string& x) { return x.starts_with("--redis.payload-uri="); });
  get.push_back("--redis.payload-uri=" + in_database_1(world.redis, "hawkeye-client"));
  CHECK(world.run(get) == 0);
  check_called(world.redis, "hawkeye-client", commands_of("hawkeye-client"));
  CHECK(commands_of("hawkeye-payload") == words{"exists", "get", "select", "set", "strlen"});
  CHECK(first.process.terminate() == 0);
  CHECK(eventually(
      [&] { return second.process.output().find("this instance refreshes") != std::string::npos; },
      15s));
  check_called(snapshots, "hawkeye", commands_of("hawkeye"));
  CHECK(violations(world.nats, snapshots).empty());
}

TEST_CASE("a subscription that is withheld is named in the log and in /ready, and works once it is "
          "permitted") {
  real_world world;
  world.violations_meant = true;
  const auto all = published("nats/permissions.conf");
  world.permit_service(without(all, "\"hawkeye.customer.cache.get customer_cache\", "));
  world.nats.signal(SIGHUP);
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service({"--hawkeye.timeout=1s"});
  const std::string named = "does not permit us to subscribe to hawkeye.customer.cache.get";
  CHECK(eventually([&] { return ready_page(service).find(named) != std::string::npos; }));
  CHECK(eventually([&] { return service.process.output().find(named) != std::string::npos; }));
  CHECK_FALSE(world.served());
  world.permit_service(all);
  world.nats.signal(SIGHUP);
  CHECK(service.await_ready());
  CHECK(world.served() == 5);
}

TEST_CASE(
    "a subscription that is withheld does not make an instance unready that answers all the same") {
  real_world world;
  world.violations_meant = true;
  const auto all = published("nats/permissions.conf");
  world.permit_service(without(all, ", \"hawkeye.customer.cache.explain customer_cache\""));
  world.nats.signal(SIGHUP);
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service();
  CHECK(service.await_ready());
  CHECK(eventually([&] {
    return service.process.output().find(
               "does not permit us to subscribe to hawkeye.customer.cache.explain")
           != std::string::npos;
  }));
  CHECK(service.page("/ready") == 200);
  std::string metrics;
  service.page("/metrics", &metrics);
  CHECK(metrics.find("hawkeye_cache_nats_connected 1") != std::string::npos);
  CHECK(world.served() == 5);
}

TEST_CASE("a bridge that may not be asked is named in the log, and asked once it is permitted") {
  real_world world;
  world.violations_meant = true;
  const auto all = published("nats/permissions.conf");
  world.permit_service(without(all, "\"hawkeye.probe.request\", "));
  world.nats.signal(SIGHUP);
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service({"--hawkeye.timeout=300ms"});
  CHECK(eventually([&] {
    const auto log = service.process.output();
    const auto at = log.find("NATS does not permit");
    return at != std::string::npos
           && log.substr(at, log.find('\n', at) - at).find("hawkeye.probe.request")
                  != std::string::npos;
  }));
  CHECK(eventually([&] { return world.ask()["status"] == 202; }));
  world.permit_service(all);
  world.nats.signal(SIGHUP);
  CHECK(service.await_ready());
}

TEST_CASE(
    "who wants replies where none may go cannot keep the service from others, also just after "
    "NATS is back") {
  real_world world;
  world.violations_meant = true;
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  world.nats.restart();
  const auto lines_with = [&](const std::string& part) {
    return matches(service.process.output(), "(.*" + part + ".*)").size();
  };
  REQUIRE(eventually([&] { return lines_with("NATS is back") == 1; }));
  world.forget_client();
  CHECK(eventually([&] { // each one is refused
    world.stage().tell(rpc_subject, R"({"body":{}})", "forbidden");
    return lines_with("does not permit something .64 times by now") == 1;
  }));
  CHECK(lines_with("connected to NATS") == 1);
  CHECK(world.served() == 5);
}

TEST_CASE("whoever names a bridge or the notifier for the reply gets none, and they hear nothing") {
  real_world world;
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  const auto heard = world.stats();
  std::size_t told = 0;
  for (const char* to : {"notification.slack.request", "notification.email.request",
                         "hawkeye.probe.request", "bruin.customer.get.info",
                         "bruin.inventory.management.status", "hawkeye.customer.cache.refresh"})
    for (const char* about : {"get", "status", "refresh", "explain"}) {
      world.stage().tell(std::string{"hawkeye.customer.cache."} + about, R"({"body":{}})", to);
      ++told;
    }
  CHECK(eventually([&] {
    std::string page;
    service.page("/metrics", &page);
    return page.find("requests_without_reply_total " + std::to_string(told)) != std::string::npos;
  }));
  CHECK(world.stats()["subjects"] == heard["subjects"]);
  CHECK(world.stats()["slack_count"] == 0);
  CHECK(world.stats()["email_count"] == 0);
}
