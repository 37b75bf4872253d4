// The log: one line per event, as text for people or as JSON for programs. Control characters,
// direction marks and the like are escaped in both, so that foreign input can neither forge a line
// nor control a terminal. Logging never blocks: lines wait in a bounded queue for a thread that
// writes them. If nobody reads, the oldest lines are dropped and counted. Threading: any thread.
#pragma once

#include <chrono>
#include <memory>

#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// The format of a log line: JSON or text.
std::unique_ptr<spdlog::formatter> log_formatter(bool json);

/// Writes log lines to a descriptor, on a thread of its own.
class log_writer {
public:
  log_writer(int fd, bool json);
  log_writer(log_writer&&) noexcept = default;
  ~log_writer(); ///< calls `finish` with a limit of 300 ms
  spdlog::sink_ptr as_sink() const;
  /// Ends the thread once all lines are written; false if that takes longer than `limit`. Lines
  /// that are logged later are lost.
  bool finish(std::chrono::milliseconds limit);

private:
  class sink;
  std::shared_ptr<sink> sink_;
};

/// Makes spdlog's default logger write to standard error in the configured format and level.
log_writer start_logging(const log_settings& settings);

/// Changes the log level.
void set_log_level(const log_settings& settings);

} // namespace hawkeye
