// What goes over a limit is refused by name, counted, and harms nobody else.
#include <set>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "messages/bridges/probe.hpp"
#include "tests/support/virtual_admin.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using nlohmann::json;

namespace {

const std::string token = "01234567-0123-0123-0123-0123456789ab";

double went_over(virtual_service& of, limit what) {
  return value(of, "over_limit_total{limit=\"" + std::string{to_string(what)} + "\"}");
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

/// Bruin answers `subject` with this body.
fake_bridges::fault_hook answering(const std::string& subject, const std::string& body) {
  return [=](const std::string& asked, const json&) {
    return asked == subject
               ? std::optional{fault_answer{false, false, R"({"status":200,"body":)" + body + "}"}}
               : std::nullopt;
  };
}

} // namespace

TEST_CASE("each limit has a name of its own, and stands at zero until something goes over") {
  serving x;
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < limit_count; ++i) {
    names.insert(to_string(static_cast<limit>(i)));
    CHECK(went_over(x.service, static_cast<limit>(i)) == 0);
  }
  CHECK(names.size() == limit_count);
}

TEST_CASE("a request too long or too deep is refused by name, for clients and operators alike") {
  serving x;
  const auto told = [&](const std::string& request, const char* to) {
    const auto reply = json::parse(
        x.service.ask(request, std::string{"hawkeye.customer.cache."} + to).value_or("{}"));
    CHECK(reply["status"] == 400);
    return reply["body"].get<std::string>();
  };
  const auto deep = R"({"body":{"x":)" + nested(max_json_depth) + "}}";
  const auto longest = R"({"body":{"x":")" + std::string(max_request_bytes, 'x') + "\"}}";
  const auto named =
      R"({"request_id":")" + std::string(max_request_id_bytes, 'x') + R"(","body":{}})";
  for (const char* to : {"get", "status", "explain"}) {
    CHECK(told(named, to) == "request_id is longer than 16 kB");
    CHECK(told(deep, to).starts_with("The request nests deeper than 512 levels"));
    CHECK(told(longest, to)
          == (std::string_view{to} == "get" ? "The request is longer than 1 MiB"
                                            : "The request is longer than 64 kB"));
  }
  CHECK(went_over(x.service, limit::nesting) == 3);
  CHECK(went_over(x.service, limit::request_bytes) == 6);
  CHECK(x.service.served() == 2);
}

TEST_CASE("requests that wait hold so many bytes and no more; those over get their 503 at once") {
  serving x;
  const auto large = R"({"body":{"x":")" + std::string(max_request_bytes - 1000, 'x') + "\"}}";
  const auto fit = max_waiting_bytes / max_request_bytes;
  for (std::size_t i = 0; i < fit + 2; ++i)
    x.service.via->deliver("hawkeye.customer.cache.get", "flood." + std::to_string(i), large);
  const auto status = [&](std::size_t of) {
    const auto replies = x.service.via->sent_to("flood." + std::to_string(of));
    return replies.empty() ? json{} : json::parse(replies[0])["status"];
  };
  CHECK(status(fit) == 503);
  CHECK(status(fit + 1) == 503);
  x.world.settle();
  CHECK(status(0) == 200);
  CHECK(went_over(x.service, limit::waiting_requests) == 2);
}

TEST_CASE("requests whose answer has yet to stand in Redis hold so many bytes and no more") {
  serving x;
  x.service.via->limit = 100;
  // A little less than the inbox holds, whose count leaves out what each takes while it waits.
  const std::string request =
      R"({"request_id":")" + std::string(max_request_id_bytes - 2, 'x') + R"(","body":{}})";
  const auto count = max_waiting_bytes / (request.size() + 500);
  for (std::size_t i = 0; i < count; ++i)
    x.service.via->deliver("hawkeye.customer.cache.get", "flood." + std::to_string(i), request);
  x.world.settle();
  std::size_t stored = 0, refused = 0;
  std::set<std::string> answered;
  for (const auto& message : x.service.via->published) {
    if (!message.subject.starts_with("flood."))
      continue;
    answered.insert(message.subject);
    stored += message.data.find(R"("token":")") != std::string::npos ? 1 : 0;
    refused += message.data.ends_with(R"("status":503})") ? 1 : 0;
  }
  CHECK(stored > 0);
  CHECK(refused > 0);
  CHECK(stored + refused == count);
  CHECK(answered.size() == count);
  CHECK(went_over(x.service, limit::waiting_requests) == refused);
  CHECK(json::parse(x.service.ask(R"({"body":{}})").value_or("{}")).contains("token"));
}

TEST_CASE("questions of operators and other instances that wait are bounded, and a stop waits for "
          "none that was dropped") {
  serving x;
  const std::string body = R"({"body":{}})";
  for (std::size_t i = 0; i < max_admin_requests; ++i)
    x.service.via->deliver("hawkeye.customer.cache.leader", "peer", body);
  x.service.via->deliver("hawkeye.customer.cache.leader", "peer.late", body);
  x.service.via->deliver("hawkeye.customer.cache.status", "late", body);
  CHECK(json::parse(x.service.via->sent_to("late").at(0))["status"] == 503);
  CHECK(x.service.via->sent_to("peer").empty());
  caf::scoped_actor self{x.world.system};
  auto stop = self->request(x.service.instance->actors().admin, caf::infinite, drain_atom_v);
  x.world.settle();
  REQUIRE(self->has_next_message());
  bool drained = false;
  stop.receive([&](bool done) { drained = done; }, [](const caf::error&) {});
  CHECK(drained);
  CHECK(x.service.via->sent_to("peer").size() == max_admin_requests);
  CHECK(x.service.via->sent_to("peer.late").empty());
  CHECK(went_over(x.service, limit::admin_requests) == 2);
  CHECK(x.ask("status")["status"] == 200);
}

TEST_CASE("a bridge that sends too much of anything fails, and no device is lost") {
  serving x;
  REQUIRE(x.service.served() == 2);
  std::string named;
  SUBCASE("a client") {
    x.service.bridges.fault = answering(
        "bruin.customer.get.info",
        json::array({{{"client_id", 1}, {"x", std::string(max_client_bytes, 'x')}}}).dump());
  }
  SUBCASE("a management status") {
    x.service.bridges.fault = answering("bruin.inventory.management.status",
                                        json(std::string(max_status_bytes, 'x')).dump());
  }
  SUBCASE("a text in a probe: this one alone is left out") {
    auto probes = x.service.bridges.probes();
    probes.push_back(probes[0]);
    probes.back()["serialNumber"] = std::string(max_probe_text + 1, 'x');
    x.service.bridges.fault = answering("hawkeye.probe.request", probes.dump());
  }
  SUBCASE("probes") {
    named = "more than " + std::to_string(max_probes) + " probes";
    std::string list = "[0";
    for (std::size_t i = 0; i < max_probes; ++i)
      list += ",0";
    x.service.bridges.fault = answering("hawkeye.probe.request", list + "]");
  }
  x.ask("refresh");
  x.world.pass(10min, 1s);
  CHECK(x.service.served() == 2);
  if (!named.empty())
    CHECK(x.status()["refresh"]["last_reason"].get<std::string>().find(named) != std::string::npos);
}

TEST_CASE(
    "too many different large replies: each further one is refused at once, and none is lost") {
  virtual_system world;
  virtual_service service{world, {}, nullptr, 3000};
  service.bridges.add_devices(10); // the fifth was last heard of at 13:57:14, and so on
  world.pass(1s);
  service.via->limit = 200;
  const auto ask = [&](const char* since) {
    const auto request = json{{"request_id", 1}, {"body", {{"last_contact_filter", since}}}};
    return json::parse(service.ask(request.dump()).value_or("{}"));
  };
  const auto first = ask("2020-11-05T13:57:09Z");
  CHECK(first["is_stored"] == true);
  const auto refused = ask("2020-11-05T13:57:11Z");
  CHECK(refused["status"] == 503);
  CHECK(
      refused["body"]
      == "The answer is larger than NATS allows and cannot be stored in Redis: too many different "
         "large replies are stored already");
  CHECK(went_over(service, limit::offloaded_bytes) == 1);
  CHECK(ask("2020-11-05T13:57:09Z")["token"] == first["token"]);
  world.pass(200s, 1s); // handed out no more, but Redis still holds it
  CHECK(ask("2020-11-05T13:57:11Z")["status"] == 503);
  world.pass(101s, 1s); // its life is over: there is room again
  CHECK(ask("2020-11-05T13:57:11Z")["is_stored"] == true);
  caf::scoped_actor self{world.system};
  const auto stop [[maybe_unused]] =
      self->request(service.instance->actors().responder, caf::infinite, drain_atom_v);
  world.settle();
  CHECK(self->has_next_message()); // nobody is waited for any more
}

TEST_CASE("a client's token is never followed: it is a request without a body") {
  serving x;
  std::size_t looked_up = 0;
  x.service.redis->payloads[token] = R"({"body":[],"status":200})";
  x.service.redis->before = [&](const char* call) {
    looked_up += std::string_view{call} == "recover";
    return std::optional<failure>{};
  };
  for (const char* to : {"get", "status", "refresh", "explain", "leader"}) {
    const auto reply = x.service.ask(R"({"is_stored":true,"token":")" + token + R"("})",
                                     std::string{"hawkeye.customer.cache."} + to);
    x.world.pass(2s);
    if (reply)
      CHECK(json::parse(*reply)["status"] == 400);
  }
  CHECK(looked_up == 0);
}
