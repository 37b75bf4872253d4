#include "tests/simulation/upstream.hpp"

#include <algorithm>

namespace hawkeye::simulation {

using nlohmann::json;

upstream::upstream(event_log& log, oracle& judge, chance& luck, const settings& options,
                   scheduler_function later)
    : log_{log}, judge_{judge}, luck_{luck}, options_{options}, later_{std::move(later)},
      fleet_{std::make_shared<test::fake_nats_client>()} {}

bool upstream::of_hawkeye(const question& x) const {
  return x.subject == options_.hawkeye.subject;
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
    next->run = judge_.begin_run(one->who, redis_answers(*one));
    open_[one->who].clear();
  } else {
    next->serial = json::parse(message.data).at("body").value("service_number", "");
    const auto& others = open_[one->who];
    if (others.empty())
      return log_.broke(one->who, "Bruin is asked though there was no refresh");
    next->run = others.front()->run;
    judge_.asks_bruin(next->run, next->serial);
    if (next->run->asked.size() > 1 || fleet_.fleet.size() < 3)
      on_whole_refresh();
  }
  open_[one->who].push_back(next);
  log_.note(one->who, message.subject, next->serial);
  if (!one->mute)
    reply_to(next);
}

/// Never two refreshes at once in one instance: a question of the last one that is still open means
/// that it is not over, unless its deadline is.
void upstream::check_no_other(std::size_t who) {
  const auto now = log_.now();
  for (const auto& x : open_[who]) {
    const bool hawkeye = of_hawkeye(*x);
    const auto timeout_limit = hawkeye ? options_.hawkeye.timeout : options_.bruin.timeout;
    const bool over = x->answered || now >= x->asked + timeout_limit
                      || (!hawkeye && now >= x->run->started + options_.refresh.deadline);
    if (!over)
      log_.broke(who, "a refresh begins while another one waits for an answer of " + x->subject);
  }
}

void upstream::reply_to(const question_ptr& to) {
  if (luck_.per_mille(rates.lost) || (of_hawkeye(*to) ? hawkeye_ : bruin_) == weather::silent)
    return log_.note(to->who, "reply lost");
  auto what = decide(*to);
  if (luck_.per_mille(rates.repeated)) {
    log_.note(to->who, "reply repeated");
    auto again = luck_.one_in(2) ? what : decide(*to);
    if (!again.no_responders) // the server's word comes at once, or never
      later_(50ms * luck_.between(1, 60),
             [this, to, again = std::move(again)] { arrive(to, again); });
  }
  send_late_or_now(to, std::move(what));
}

void upstream::send_late_or_now(const question_ptr& to, answer what) {
  if (what.no_responders)
    return arrive(to, what);
  const auto timeout_limit = of_hawkeye(*to) ? options_.hawkeye.timeout : options_.bruin.timeout;
  if (luck_.per_mille(rates.late)) {
    log_.note(to->who, "reply late");
    later_(timeout_limit + 50ms * luck_.below(20), [this, to, what] { arrive(to, what); });
  } else if (luck_.per_mille(rates.delayed)) {
    log_.note(to->who, "reply delayed");
    later_(50ms * luck_.between(1, 20), [this, to, what] { arrive(to, what); });
  } else {
    arrive(to, what);
  }
}

void upstream::arrive(const question_ptr& to, const answer& what) {
  const auto by = to->by.lock();
  if (!by || by->dead || by->via->closed || by->deaf)
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
  if (of_hawkeye(to))
    return judge_.heard_list(to.run, what.number, {to.asked, to.asked, to.who}, what.listed);
  const auto now = log_.now();
  bruin_word word;
  word.asked = {to.run->asked.at(to.serial).first, to.asked, to.who};
  word.in_time =
      now < to.asked + options_.bruin.timeout && now < to.run->started + options_.refresh.deadline;
  if (to.subject == options_.bruin.client_info_subject) {
    word.names_client = !what.body.empty();
    word.number = what.number;
  } else {
    word.status = what.body.is_string() ? what.body.get<std::string>() : std::string{};
  }
  judge_.heard_bruin(to.run, to.serial, std::move(word));
}

void upstream::calm() {
  rates = {};
  hawkeye_ = bruin_ = weather::fine;
  if (monitored().empty())
    add_devices(1);
}

void upstream::deny_clients() {
  bruin_ = weather::no_client;
  share_ = luck_.below(1u << 20);
}

void upstream::change_weather() {
  const bool hawkeye = luck_.one_in(3);
  auto& one = hawkeye ? hawkeye_ : bruin_;
  share_ = luck_.below(1u << 20);
  if (one != weather::fine)
    one = weather::fine;
  else if (luck_.one_in(2))
    one = static_cast<weather>(luck_.between(1, 4));
  else if (hawkeye)
    one = luck_.one_in(3) ? weather::contactless : weather::cut;
  else
    one = static_cast<weather>(luck_.between(7, 9));
  log_.note(0, "weather", std::to_string(static_cast<int>(one)));
}

} // namespace hawkeye::simulation
