// Hawkeye's and Bruin's bridges for all instances: one fleet that changes, and every way in which
// an answer can be late, lost, repeated or wrong. Tells the oracle what each instance heard.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "tests/simulation/chance.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/replica.hpp"

namespace hawkeye::simulation {

/// Hands something to a time to come.
using scheduler_function = std::function<void(duration, std::function<void()>)>;

class upstream {
public:
  upstream(event_log& log, oracle& judge, chance& luck, const settings& options,
           scheduler_function later);

  /// An instance asks a bridge.
  void asked(const std::weak_ptr<replica>& by, const test::published_message& message);

  /// Something changes in Hawkeye or Bruin.
  void change_fleet();
  void add_devices(std::size_t count);
  /// How the bridges are for a while: fine, or broken as a whole.
  void change_weather();
  /// Bruin finds no client for a share of the devices.
  void deny_clients();
  /// Everything is fine from now on, and there is something to serve.
  void calm();

  /// Serials and clients that a right answer holds.
  std::map<std::string, std::string> monitored() const;

  /// Of a device in the fleet; now and then of none.
  std::string any_serial();

  /// Called when an instance asks Hawkeye: a refresh begins.
  std::function<void(replica&)> on_refresh;
  /// Called when a refresh asks Bruin about more than one device, or there are no more.
  std::function<void()> on_whole_refresh;
  /// Whether the instance's calls to Redis succeed now.
  std::function<bool(const replica&)> redis_answers;

  faults rates;

private:
  /// How all answers are. Those after `garbage` are good answers that say something wrong: cut,
  /// without contacts; no client, no status, another client for a share of the devices.
  enum class weather {
    fine,
    silent,
    no_responders,
    error,
    garbage,
    cut,
    contactless,
    no_client,
    no_status,
    wrong_client
  };

  struct question {
    std::weak_ptr<replica> by;
    std::size_t who;
    run_ptr run;
    std::string subject, reply, serial;
    time_point asked;
    bool answered = false;
  };
  using question_ptr = std::shared_ptr<question>;

  /// What goes back, and what it means where it counts.
  struct answer {
    std::string bytes;
    bool no_responders = false;
    std::uint64_t number = 0;     ///< of a good reply that has one
    std::set<std::string> listed; ///< with a contact, by Hawkeye
    bool good = false;            ///< a 2xx reply of the promised shape
    nlohmann::json body;          ///< of a good reply of Bruin
  };

  bool of_hawkeye(const question& x) const;
  void check_no_other(std::size_t who);
  void reply_to(const question_ptr& to);
  void send_late_or_now(const question_ptr& to, answer what);
  void arrive(const question_ptr& to, const answer& what);
  void heard(const question& to, const answer& what);
  answer decide(const question& to);
  answer right(const question& to);
  answer probes(bool partial);
  void spoil(nlohmann::json& list);
  answer about_device(const question& to);
  answer wrong(const question& to);
  static answer broken(weather how);
  answer offloaded(answer what);

  event_log& log_;
  oracle& judge_;
  chance& luck_;
  settings options_;
  scheduler_function later_;
  test::fake_bridges fleet_;
  weather hawkeye_ = weather::fine, bruin_ = weather::fine;
  std::map<std::size_t, std::vector<question_ptr>> open_; ///< by life
  std::uint64_t replies_ = 0;
  std::uint64_t share_ = 0; ///< decides which devices a weather strikes, and how many
  std::size_t names_ = 0;

public:
  std::map<std::string, std::string>* payloads = nullptr; ///< where large replies are offloaded
};

} // namespace hawkeye::simulation
