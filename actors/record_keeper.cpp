#include "actors/record_keeper.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/redis_worker.hpp"

namespace hawkeye {

namespace {

constexpr caf::timespan retry_interval = std::chrono::seconds{5};
/// Who asks does not wait longer for Redis: memory has to do then.
constexpr caf::timespan longest_read = std::chrono::seconds{5};

} // namespace

/// Redis did not answer a moment ago: whoever asks now does not wait for it again.
bool record_keeper_state::redis_rests() const {
  return self->clock().now() < asks_again;
}

void record_keeper_state::failed(const caf::error& why) {
  spdlog::debug("what refreshes found out cannot be read from Redis: {}", reason_of(why));
  if (fault_of(why) == fault::unavailable)
    asks_again = self->clock().now() + retry_interval;
}

caf::result<device_journal_ptr> record_keeper_state::newest_journal() {
  if (redis_rests())
    return journal_in_memory();
  auto promise = self->make_response_promise<device_journal_ptr>();
  self->request(worker, std::min(patience, longest_read), journal_atom_v,
                journal ? journal->version() : 0)
      .then(
          [this, promise](const device_journal_ptr& newer) mutable {
            if (newer)
              journal = newer;
            promise.deliver(journal);
          },
          [this, promise](const caf::error& why) mutable {
            failed(why);
            if (journal || fault_of(why) == fault::unreadable)
              promise.deliver(journal);
            else
              promise.deliver(why);
          });
  return promise;
}

caf::result<device_journal_ptr> record_keeper_state::journal_in_memory() const {
  if (journal)
    return journal;
  return make_fault(fault::unavailable, "Redis does not answer");
}

caf::result<payload_list> record_keeper_state::history() {
  if (redis_rests())
    return payload_list{reports.begin(), reports.end()};
  auto promise = self->make_response_promise<payload_list>();
  self->request(worker, std::min(patience, longest_read), history_atom_v)
      .then([promise](const payload_list& stored) mutable { promise.deliver(stored); },
            [this, promise](const caf::error& why) mutable {
              failed(why);
              promise.deliver(payload_list{reports.begin(), reports.end()});
            });
  return promise;
}

void record_keeper_state::take(const refresh_record& x) {
  journal = x.journal;
  reports.push_front(write_report(x.report));
  unwritten.push_back(reports.front());
  if (reports.size() > max_reports)
    reports.pop_back();
  if (unwritten.size() > max_reports && !busy) // the front one is on its way
    unwritten.pop_front();
  write();
}

void record_keeper_state::write() {
  if (unwritten.empty() || std::exchange(busy, true))
    return;
  self->request(worker, patience, history_atom_v, unwritten.front(), journal)
      .then([this](bool) { written(); }, [this](const caf::error& why) { not_written(why); });
}

void record_keeper_state::written() {
  busy = false;
  unwritten_log.note({});
  unwritten.pop_front();
  write();
}

void record_keeper_state::not_written(const caf::error& why) {
  busy = false;
  unwritten_log.note(failure{reason_of(why)});
  self->delayed_send(self, retry_interval, tick_atom_v);
}

record_keeper_actor::behavior_type record_keeper(record_keeper_state::pointer self,
                                                 redis_worker_actor worker, caf::timespan timeout) {
  self->state.worker = std::move(worker);
  self->state.patience = worker_patience(timeout, 6);
  return {
      [self](journal_atom) { return self->state.newest_journal(); },
      [self](publish_atom, const refresh_record_ptr& x) { self->state.take(*x); },
      [self](history_atom) { return self->state.history(); },
      [self](tick_atom) { self->state.write(); },
  };
}

} // namespace hawkeye
