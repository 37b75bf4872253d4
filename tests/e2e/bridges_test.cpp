// Bridges that lie, stall and break, on real NATS; what the notifier hears; two instances.
#include <set>

#include <doctest/doctest.h>

#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const arguments impatient{"--hawkeye.timeout=300ms", "--bruin.timeout=300ms",
                          "--refresh.interval=200ms", "--refresh.jitter=0ms"};

std::size_t asked(real_world& world, const char* subject) {
  return world.stats()["subjects"][subject]["requests"];
}

/// Waits until so many more refreshes were begun.
bool refreshes(real_world& world, std::size_t more) {
  const auto before = asked(world, "hawkeye.probe.request");
  return eventually([&] { return asked(world, "hawkeye.probe.request") >= before + more; }, 30s);
}

} // namespace

TEST_CASE(
    "whatever hawkeye-bridge does wrong, what is served stays, and the next good reply is taken") {
  real_world world;
  world.start_bridges({"--probes=40", "--late-by=1000", "--huge-bytes=900000"});
  auto service = world.start_service(impatient);
  REQUIRE(service.await_ready());
  for (const std::string fault : {"null_status", "error_status", "error_object", "error_null",
                                  "wrong_type", "garbage", "deep", "silence", "not_subscribed",
                                  "empty_list", "token_gone", "token_bad_form", "late", "huge"}) {
    CAPTURE(fault);
    world.control({{"hawkeye_fault", fault}});
    if (fault == "not_subscribed")
      CHECK(eventually(
          [&] { return service.process.output().find("nobody answers") != std::string::npos; }));
    else
      CHECK(refreshes(world, 2));
    CHECK(world.served() == 40);
  }
  world.control({{"hawkeye_fault", "none"}, {"probes", 41}});
  CHECK(eventually([&] { return world.served() == 41; }, 20s));
}

TEST_CASE("whatever bruin-bridge does wrong, no device is lost") {
  real_world world;
  world.start_bridges({"--probes=20", "--late-by=1000", "--huge-bytes=900000"});
  auto with = impatient;
  with.emplace_back("--refresh.deadline=2s");
  with.emplace_back("--refresh.guard-confirm-after=500ms");
  auto service = world.start_service(with);
  REQUIRE(service.await_ready());
  for (const std::string fault :
       {"null_status", "error_status", "error_object", "error_null", "wrong_type", "garbage",
        "deep", "silence", "token_gone", "late", "twice"}) {
    CAPTURE(fault);
    // Not all calls: a Bruin that is down altogether is left alone for a while.
    world.control({{"bruin_fault", fault + ":40"}, {"reset_stats", true}});
    CHECK(eventually(
        [&] { return world.stats()["subjects"]["bruin.customer.get.info"]["faults"] > 2; }, 20s));
    CHECK(refreshes(world, 1));
    CHECK(world.served() == 20);
  }
  // A huge text is no fault where it names a client; as a status it would be a clear "no".
  world.control({{"bruin_fault", "none"}, {"client_info_fault", "huge:40"}, {"reset_stats", true}});
  CHECK(eventually(
      [&] { return world.stats()["subjects"]["bruin.customer.get.info"]["faults"] > 2; }, 20s));
  CHECK(refreshes(world, 1));
  CHECK(world.served() == 20);
  world.control({{"bruin_fault", "none"}, {"no_customer", 50}});
  CHECK(eventually([&] { return world.served().value_or(20) < 20; }, 40s));
}

TEST_CASE("serials with more than one client are told once, and again only when the list changed") {
  real_world world;
  world.start_bridges({"--probes=30", "--ambiguous=2"});
  auto with = impatient;
  with.emplace_back("--notifier.email-recipient=noc@example.com");
  auto service = world.start_service(with);
  REQUIRE(service.await_ready());
  CHECK(refreshes(world, 3));
  auto heard = world.stats();
  CHECK(heard["slack_count"] == 1);
  REQUIRE(heard["email_count"] == 1);
  const auto slack = heard["slack"][0]["body"]["message"].get<std::string>();
  CHECK(slack.starts_with("[hawkeye-customer-cache] "));
  CHECK(slack.find("B827EB") != std::string::npos);
  const auto email = heard["email"][0]["body"]["email_data"];
  CHECK(email["recipient"] == "noc@example.com");
  CHECK(email["images"] == json::array());
  CHECK(email["attachments"] == json::array());
  CHECK(email["text"].get<std::string>().find("B827EB") != std::string::npos);
  world.control({{"ambiguous", 3}});
  CHECK(eventually([&] { return world.stats()["slack_count"] == 2; }));
  CHECK(eventually([&] { return world.stats()["email_count"] == 2; }));
}

TEST_CASE("a hawkeye-bridge that is gone for long makes one Slack message, its return another") {
  real_world world;
  world.start_bridges({"--probes=5"});
  auto with = impatient;
  with.emplace_back("--refresh.alert-after-attempts=3");
  with.emplace_back("--refresh.retry-min=20ms");
  with.emplace_back("--refresh.retry-max=20ms");
  auto service = world.start_service(with);
  REQUIRE(service.await_ready());
  world.control({{"hawkeye_fault", "garbage"}});
  CHECK(refreshes(world, 10));
  CHECK(world.stats()["slack_count"] == 1);
  world.control({{"hawkeye_fault", "none"}});
  CHECK(eventually([&] { return world.stats()["slack_count"] == 2; }));
  CHECK(refreshes(world, 2));
  CHECK(world.stats()["slack_count"] == 2);
}

TEST_CASE("of two instances one refreshes, both answer alike, and each takes over from the other") {
  real_world world;
  world.start_bridges({"--probes=10"});
  std::optional<service_process> first{world.start_service()};
  REQUIRE(first->await_ready());
  auto second = world.start_service();
  REQUIRE(second.await_ready());
  CHECK(asked(world, "hawkeye.probe.request") == 1);
  std::string a, b;
  CHECK(first->page("/ready", &a) == 200);
  CHECK(second.page("/ready", &b) == 200);
  CHECK(json::parse(a)["version"] == json::parse(b)["version"]);
  CHECK(first->process.terminate() == 0);
  CHECK(eventually(
      [&] { return second.process.output().find("this instance refreshes") != std::string::npos; },
      15s));
  const auto replies = world.client().ask_many(rpc_subject, R"({"body":{}})", 100);
  CHECK(replies.size() == 100);
  for (const auto& reply : replies)
    CHECK(reply.ends_with(R"("status":200})"));
}
