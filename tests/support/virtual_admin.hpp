// A virtual service that serves, and an operator who asks it over NATS.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/virtual_world.hpp"

namespace hawkeye::test {

/// Four devices: S0000 and S0003 are served, S0001 has no customer, S0002 is not monitored.
struct serving {
  using json = nlohmann::json;

  explicit serving(settings with = {}) : service{world, with} {
    service.bridges.add_devices(4);
    service.bridges.fleet["S0001"].clients = json::array();
    service.bridges.fleet["S0002"].status = "Cancelled";
    world.pass(2s);
  }
  json ask(const std::string& what, const json& body = json::object()) {
    return ask(service, what, body);
  }
  static json ask(virtual_service& whom, const std::string& what,
                  const json& body = json::object()) {
    const auto reply =
        whom.ask(json{{"request_id", 1}, {"body", body}}.dump(), "hawkeye.customer.cache." + what);
    return reply ? json::parse(*reply) : json{};
  }
  json explain(const std::string& serial) {
    return ask("explain", {{"serial_number", serial}});
  }
  json status() {
    return ask("status")["body"];
  }
  /// Bruin stays silent about this one.
  void silence(const std::string& serial) {
    service.bridges.fault = [serial](const std::string& subject, const json& body) {
      return subject == "bruin.customer.get.info" && body["service_number"] == serial
                 ? std::optional{fault_answer{false, false, R"({"body":"oh","status":500})"}}
                 : std::nullopt;
    };
  }

  virtual_system world;
  virtual_service service;
};

/// The value of one series of the page of an instance; -1 where it is not there.
inline double value(virtual_service& of, const std::string& series) {
  caf::scoped_actor self{of.world.system};
  auto handle = self->request(of.instance->actors().admin, caf::infinite, status_atom_v);
  of.world.settle();
  service_status_ptr now;
  handle.receive([&](const service_status_ptr& x) { now = x; }, [](const caf::error&) {});
  if (!now)
    return -1;
  const auto page = "\n" + of.instance->metrics()->page(*now);
  const auto found = page.find("\nhawkeye_cache_" + series + ' ');
  return found == std::string::npos ? -1 : std::stod(page.substr(page.find(' ', found)));
}

} // namespace hawkeye::test
