// One thread that runs small tasks when their moment has come: how the stand-in lets thousands of
// calls wait without a thread each. Tasks run one after the other; any thread may add one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace hawkeye::stand_in {

class timer {
public:
  using clock = std::chrono::steady_clock;

  timer();
  ~timer(); ///< drops what is still waiting
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  void at(clock::time_point when, std::function<void()> task);

private:
  struct entry {
    clock::time_point when;
    std::uint64_t number; ///< equal timestamps: first come, first served
    std::function<void()> task;
    friend bool operator<(const entry& a, const entry& b) {
      return a.when != b.when ? a.when > b.when : a.number > b.number;
    }
  };

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<entry> waiting_;
  std::uint64_t next_number_ = 0;
  bool stopped_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace hawkeye::stand_in
