#include "tests/simulation/upstream.hpp"

#include <algorithm>

namespace hawkeye::simulation {

using nlohmann::json;

upstream::upstream(event_log& log, rules& law, chance& luck, const settings& with,
                   scheduler_function later)
    : log_{log}, law_{law}, luck_{luck}, with_{with}, later_{std::move(later)},
      fleet_{std::make_shared<test::fake_nats_client>()} {}

bool upstream::of_hawkeye(const question& x) const {
  return x.subject == with_.hawkeye.subject;
}

void upstream::asked(const std::weak_ptr<replica>& by, const test::published_message& message) {
  const auto one = by.lock();
  auto next = std::make_shared<question>();
  next->by = by, next->who = one->who;
  next->subject = message.subject, next->reply = message.reply;
  next->asked = log_.now();
  if (of_hawkeye(*next)) {
    check_no_other(one->who);
    on_refresh(*one);
    next->run = law_.begin_run(one->who);
    open_[one->who].clear();
  } else {
    next->serial = json::parse(message.data).at("body").value("service_number", "");
    const auto& others = open_[one->who];
    if (others.empty())
      return log_.broke(one->who, "Bruin is asked though there was no refresh");
    next->run = others.front()->run;
    next->run->asked_bruin = true;
  }
  open_[one->who].push_back(next);
  log_.note(one->who, message.subject, next->serial);
  reply_to(next);
}

/// Never two refreshes at once in one instance: a question of the last one that is still open means
/// that it is not over, unless its deadline is.
void upstream::check_no_other(std::size_t who) {
  const auto now = log_.now();
  for (const auto& x : open_[who]) {
    const bool hawkeye = of_hawkeye(*x);
    const auto timeout_limit = hawkeye ? with_.hawkeye.timeout : with_.bruin.timeout;
    const bool over = x->answered || now >= x->asked + timeout_limit
                      || (!hawkeye && now >= x->run->started + with_.refresh.deadline);
    if (!over)
      log_.broke(who, "a refresh begins while another one waits for an answer of " + x->subject);
  }
}

void upstream::reply_to(const question_ptr& to) {
  if (luck_.per_mille(with_faults.lost) || (of_hawkeye(*to) ? hawkeye_ : bruin_) == weather::silent)
    return log_.note(to->who, "reply lost");
  auto what = decide(*to);
  if (luck_.per_mille(with_faults.repeated)) {
    log_.note(to->who, "reply repeated");
    auto again = luck_.one_in(2) ? what : decide(*to);
    later_(50ms * luck_.between(1, 60),
           [this, to, again = std::move(again)] { arrive(to, again); });
  }
  send_late_or_now(to, std::move(what));
}

void upstream::send_late_or_now(const question_ptr& to, answer what) {
  const auto timeout_limit = of_hawkeye(*to) ? with_.hawkeye.timeout : with_.bruin.timeout;
  if (luck_.per_mille(with_faults.late)) {
    log_.note(to->who, "reply late");
    later_(timeout_limit + 50ms * luck_.below(20), [this, to, what] { arrive(to, what); });
  } else if (luck_.per_mille(with_faults.delayed)) {
    log_.note(to->who, "reply delayed");
    later_(50ms * luck_.between(1, 20), [this, to, what] { arrive(to, what); });
  } else {
    arrive(to, what);
  }
}

void upstream::arrive(const question_ptr& to, const answer& what) {
  const auto by = to->by.lock();
  if (!by || by->dead || by->via->closed)
    return;
  log_.note(to->who, "reply", to->serial);
  if (!std::exchange(to->answered, true))
    heard(*to, what);
  by->deliver(to->reply, {}, what.bytes, what.no_responders);
}

/// The first answer to a question has arrived.
void upstream::heard(const question& to, const answer& what) {
  if (!what.good)
    return;
  if (of_hawkeye(to)) {
    to.run->listed.emplace(what.number, what.listed);
    return;
  }
  const auto now = log_.now();
  const bool sure =
      now < to.asked + with_.bruin.timeout && now < to.run->started + with_.refresh.deadline;
  auto& word = to.run->words[to.serial];
  const bool info = to.subject == with_.bruin.client_info_subject;
  const auto& statuses = with_.bruin.monitored_statuses;
  const bool yes =
      info ? !what.body.empty()
           : what.body.is_string()
                 && std::find(statuses.begin(), statuses.end(), what.body.get<std::string>())
                        != statuses.end();
  if (!yes) {
    word.maybe_no = true;
    word.sure_no |= sure;
  } else if (info) {
    word.clients.insert(what.body.front().dump());
    word.client_sure |= sure;
  } else {
    word.maybe_yes = true;
    word.sure_yes |= sure && word.client_sure;
  }
}

void upstream::calm() {
  with_faults = {};
  hawkeye_ = bruin_ = weather::fine;
  if (monitored().empty())
    add_devices(1);
}

void upstream::change_weather() {
  auto& one = luck_.one_in(3) ? hawkeye_ : bruin_;
  one = one == weather::fine ? static_cast<weather>(luck_.between(1, 4)) : weather::fine;
  log_.note(0, "weather", std::to_string(static_cast<int>(one)));
}

} // namespace hawkeye::simulation
