#include "actors/refresh_history.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"

namespace hawkeye {

constexpr caf::timespan write_retry_interval = std::chrono::seconds{5};
/// A request waits this long for Redis; then it is answered from memory.
constexpr caf::timespan longest_read = std::chrono::seconds{5};

/// True if Redis did not answer a short time ago: a request now does not wait for it again.
bool refresh_history_state::redis_failed_recently() const {
  return self->clock().now() < redis_retry_at;
}

void refresh_history_state::failed(const caf::error& why) {
  spdlog::debug("what refreshes found out cannot be read from Redis: {}", reason_of(why));
  if (fault_of(why) == fault::unavailable)
    redis_retry_at = self->clock().now() + write_retry_interval;
}

caf::result<device_explanations_ptr> refresh_history_state::newest_explanations() {
  if (redis_failed_recently()) {
    if (explanations)
      return explanations;
    return make_fault(fault::unavailable, "Redis does not answer");
  }
  auto promise = self->make_response_promise<device_explanations_ptr>();
  self->request(worker, std::min(timeout_limit, longest_read), explained_atom_v,
                explanations ? explanations->version() : 0)
      .then(
          [this, promise](const device_explanations_ptr& newer) mutable {
            if (newer)
              explanations = newer;
            promise.deliver(explanations);
          },
          [this, promise](const caf::error& why) mutable {
            failed(why);
            if (explanations || fault_of(why) == fault::unreadable)
              promise.deliver(explanations);
            else
              promise.deliver(why);
          });
  return promise;
}

caf::result<payload_list> refresh_history_state::history() {
  if (redis_failed_recently())
    return payload_list{reports.begin(), reports.end()};
  auto promise = self->make_response_promise<payload_list>();
  self->request(worker, std::min(timeout_limit, longest_read), history_atom_v)
      .then([promise](const payload_list& stored) mutable { promise.deliver(stored); },
            [this, promise](const caf::error& why) mutable {
              failed(why);
              promise.deliver(payload_list{reports.begin(), reports.end()});
            });
  return promise;
}

void refresh_history_state::take(const refresh_record& x) {
  explanations = x.explanations;
  reports.push_front(write_report(x.report));
  unwritten.push_back(reports.front());
  if (reports.size() > max_reports)
    reports.pop_back();
  if (unwritten.size() > max_reports && !busy) // the first one is being written
    unwritten.pop_front();
  write();
}

void refresh_history_state::write() {
  if (unwritten.empty() || timer_set || std::exchange(busy, true))
    return;
  self->request(worker, timeout_limit, history_atom_v, unwritten.front(), explanations)
      .then([this](bool) { written(); }, [this](const caf::error& why) { not_written(why); });
}

void refresh_history_state::written() {
  busy = false;
  failed_writes = 0;
  unwritten_log.note({});
  unwritten.pop_front();
  write();
}

void refresh_history_state::not_written(const caf::error& why) {
  busy = false;
  unwritten_log.note(failure{reason_of(why)});
  timer_set = true;
  const auto doublings = std::min<std::size_t>(failed_writes++, 4);
  self->delayed_send(self, write_retry_interval * (1 << doublings), tick_atom_v);
}

refresh_history_actor::behavior_type refresh_history(refresh_history_state::pointer self,
                                                     redis_worker_actor worker,
                                                     caf::timespan timeout) {
  self->state.worker = std::move(worker);
  self->state.timeout_limit = worker_timeout(timeout, 6);
  return {
      [self](explained_atom) { return self->state.newest_explanations(); },
      [self](publish_atom, const refresh_record_ptr& x) { self->state.take(*x); },
      [self](history_atom) { return self->state.history(); },
      [self](tick_atom) {
        self->state.timer_set = false;
        self->state.write();
      },
  };
}

} // namespace hawkeye
