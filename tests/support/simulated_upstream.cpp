#include "tests/support/simulated_upstream.hpp"

#include <algorithm>

namespace hawkeye::test {

namespace {

duration part(duration of, double factor) {
  return duration{static_cast<duration::rep>(static_cast<double>(of.count()) * factor)};
}

} // namespace

simulated_upstream::simulated_upstream(upstream_shape shape, std::uint64_t seed, std::size_t most)
    : shape{shape}, limit{most}, random_{seed} {}

duration simulated_upstream::run_calls(std::size_t calls) {
  const auto begin = now_;
  to_send_ = calls;
  for (const auto end = ended_ + calls; ended_ < end;)
    step();
  to_send_ = unlimited;
  return now_ - begin;
}

simulated_upstream::figures simulated_upstream::run_for(duration time) {
  const auto begin = now_;
  peak_ = in_flight_;
  served_work_ = integral_ = 0;
  while (now_ < begin + time)
    step();
  const auto passed = static_cast<double>((now_ - begin).count());
  return {served_work_ / (passed * static_cast<double>(shape.parallel)), peak_, integral_ / passed};
}

double simulated_upstream::chance() {
  return std::uniform_real_distribution<double>{0, 1}(random_);
}

void simulated_upstream::step() {
  send();
  serve();
  const auto next = events_.top();
  events_.pop();
  integral_ += static_cast<double>((next.at - now_).count()) * static_cast<double>(in_flight_);
  now_ = next.at;
  const time_point clock{now_ + 1h};
  switch (next.kind) {
  case what::served:
    --busy_;
    events_.push({now_ + part(shape.noise, chance()), what::answered, next.of});
    return;
  case what::answered:
    limit.succeeded(next.of.kind, now_ - next.of.sent, in_flight_, clock);
    break;
  case what::timed_out:
    limit.failed(clock);
    break;
  }
  --in_flight_;
  ++ended_;
}

void simulated_upstream::send() {
  while (in_flight_ < limit.value() && to_send_ > 0) {
    ++in_flight_;
    if (to_send_ != unlimited)
      --to_send_;
    const call sent{sent_++ % 2, now_};
    if (shape.silent)
      events_.push({now_ + shape.timeout, what::timed_out, sent});
    else
      waiting_.push_back(sent);
  }
  peak_ = std::max(peak_, in_flight_);
}

void simulated_upstream::serve() {
  while (busy_ < shape.parallel && !waiting_.empty()) {
    ++busy_;
    const auto next = waiting_.front();
    waiting_.pop_front();
    const auto takes = part(shape.latency[next.kind], 1 + shape.jitter * (2 * chance() - 1));
    served_work_ += static_cast<double>(takes.count());
    events_.push({now_ + takes, what::served, next});
  }
}

} // namespace hawkeye::test
