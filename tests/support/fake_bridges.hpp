// hawkeye-bridge and bruin-bridge as functions on a fake bus: a fleet they answer for, and a hook
// for every fault.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/fake_nats_client.hpp"

namespace hawkeye::test {

struct fleet_device {
  std::string last_contact = "2020-11-05T13:57:07Z";
  nlohmann::json clients = nlohmann::json::array(
      {{{"client_id", 9994}, {"client_name", "METTEL/NEW YORK"}, {"site_id", 343}}});
  nlohmann::json status = "Pending";
};

/// What a bridge does instead of answering rightly.
struct fault_answer {
  bool silent = false;        ///< never answers
  bool no_responders = false; ///< nobody is subscribed
  std::string bytes;          ///< what it answers, if it does
};

class fake_bridges {
public:
  using fault_hook = std::function<std::optional<fault_answer>(const std::string& subject,
                                                               const nlohmann::json& body)>;

  explicit fake_bridges(std::shared_ptr<fake_nats_client> via) : via_{std::move(via)} {
    via_->on_publish = [this](const published_message& message) {
      take(message);
    };
  }

  /// `count` devices with serials S0000…, one second of contact apart, the last one newest.
  void add_devices(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto number = std::to_string(fleet.size());
      number.insert(0, 4 - std::min<std::size_t>(4, number.size()), '0');
      const auto second = 10 + fleet.size() % 50;
      fleet["S" + number].last_contact = "2020-11-05T13:57:" + std::to_string(second) + "Z";
    }
  }

  std::string reply_to(const std::string& subject, const nlohmann::json& body) const {
    nlohmann::json answer = nullptr;
    if (subject == "hawkeye.probe.request")
      answer = probes();
    else if (auto found = fleet.find(body.value("service_number", "")); found == fleet.end())
      answer = subject == "bruin.customer.get.info" ? nlohmann::json::array() : nlohmann::json{};
    else
      answer = subject == "bruin.customer.get.info" ? found->second.clients : found->second.status;
    return nlohmann::json{{"body", answer}, {"status", 200}}.dump();
  }

  nlohmann::json probes() const {
    auto list = nlohmann::json::array();
    for (const auto& [serial, device] : fleet)
      list.push_back({{"probeId", "27"},
                      {"uid", "b8:27:eb:76:a8:de"},
                      {"typeName", "xr_pi"},
                      {"serialNumber", serial},
                      {"probeGroup", "FIS"},
                      {"nodetonode", {{"status", 0}, {"lastUpdate", device.last_contact}}},
                      {"realservice", {{"status", 0}, {"lastUpdate", "never"}}}});
    return list;
  }

  /// Answers everything that was held back, in the order it was asked.
  void release() {
    for (const auto& message : std::exchange(held, {}))
      answer(message);
  }

  std::map<std::string, fleet_device> fleet;
  fault_hook fault;
  bool hold = false; ///< questions wait for `release`
  std::vector<published_message> held;
  std::map<std::string, std::size_t> asked; ///< per subject

private:
  void take(const published_message& message) {
    if (message.subject != "hawkeye.probe.request" && !message.subject.starts_with("bruin."))
      return;
    ++asked[message.subject];
    if (hold)
      held.push_back(message);
    else
      answer(message);
  }

  void answer(const published_message& message) {
    const auto body = nlohmann::json::parse(message.data).at("body");
    const auto wrong = fault ? fault(message.subject, body) : std::nullopt;
    if (!wrong)
      via_->deliver(message.reply, {}, reply_to(message.subject, body));
    else if (!wrong->silent)
      via_->deliver(message.reply, {}, wrong->bytes, wrong->no_responders);
  }

  std::shared_ptr<fake_nats_client> via_;
};

} // namespace hawkeye::test
