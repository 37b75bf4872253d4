// Hawkeye's and Bruin's bridges for all instances: one fleet that changes, and every way in which
// an answer can be late, lost, repeated or wrong. Tells the rules what each instance got to hear.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "tests/simulation/chance.hpp"
#include "tests/simulation/replica.hpp"
#include "tests/simulation/rules.hpp"

namespace hawkeye::simulation {

/// Hands something to a time to come.
using scheduler_function = std::function<void(duration, std::function<void()>)>;

class upstream {
public:
  upstream(event_log& log, rules& law, chance& luck, const settings& with,
           scheduler_function later);

  /// An instance asks a bridge.
  void asked(const std::weak_ptr<replica>& by, const test::published_message& message);

  /// Something changes in Hawkeye or Bruin.
  void change_fleet();
  void add_devices(std::size_t count);
  /// How the bridges are for a while: fine, or broken as a whole.
  void change_weather();
  /// Everything is fine from now on, and there is something to serve.
  void calm();

  /// Serials and clients that a right answer holds.
  std::map<std::string, std::string> monitored() const;

  /// Called when an instance asks Hawkeye: a refresh begins.
  std::function<void(replica&)> on_refresh;

  faults with_faults;

private:
  enum class weather { fine, silent, no_responders, error, garbage };

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
    snapshot_id number = 0;       ///< of a good reply of Hawkeye
    std::set<std::string> listed; ///< by it
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
  answer wrong(const question& to);
  static answer broken(weather how);
  answer parked(answer what);

  event_log& log_;
  rules& law_;
  chance& luck_;
  settings with_;
  scheduler_function later_;
  test::fake_bridges fleet_;
  weather hawkeye_ = weather::fine, bruin_ = weather::fine;
  std::map<std::size_t, std::vector<question_ptr>> open_; ///< by life
  snapshot_id replies_ = 0;
  std::size_t names_ = 0;

public:
  std::map<std::string, std::string>* payloads = nullptr; ///< where large replies are offloaded
};

} // namespace hawkeye::simulation
