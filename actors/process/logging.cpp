#include "actors/process/logging.hpp"

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

/// Longest message that is logged in full (characters).
constexpr std::size_t longest_message = 4000;
/// Limit of the bytes of waiting lines; above it the oldest lines are dropped.
constexpr std::size_t most_waiting_bytes = 1u << 20;
/// Time limit for writing the last lines.
constexpr auto last_lines = std::chrono::milliseconds{300};

/// The pattern flag `%*`: the message, printable for text, as a JSON string literal for JSON.
class printable_message final : public spdlog::custom_flag_formatter {
public:
  explicit printable_message(bool json) : json_{json} {}
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view text{message.payload.data(), message.payload.size()};
    std::string safe;
    if (json_) {
      append_json_string(safe, text);
      // Escapes characters that JSON allows but a terminal should not get.
      safe = printable(safe, std::string::npos);
    } else {
      safe = printable(text, longest_message);
    }
    out.append(safe.data(), safe.data() + safe.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<printable_message>(json_);
  }

private:
  bool json_;
};

/// Writes all of `text`, however long that takes. Gives up if the descriptor cannot be written to.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written > 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (pollfd ready{fd, POLLOUT, 0}; written < 0 && errno == EAGAIN)
      ::poll(&ready, 1, -1);
    else if (written == 0 || errno != EINTR)
      return;
  }
}

} // namespace

/// The queue between the logging threads and the thread that writes. That thread may block in a
/// write for ever, so it is detached and shares the ownership of the queue.
class line_queue {
public:
  line_queue(int fd, bool json) : fd_{fd}, formatter_{log_formatter(json)} {}

  void push(std::string line) {
    const std::lock_guard lock{mutex_};
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    for (; bytes_ > most_waiting_bytes; ++dropped_) {
      bytes_ -= lines_.front().size();
      lines_.pop_front();
    }
    changed_.notify_all();
  }

  /// Writes lines until `finish` is called and all are written.
  void run() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return finishing_ || !lines_.empty(); });
      if (lines_.empty())
        break;
      auto text = dropped_ > 0 ? dropped_line(std::exchange(dropped_, 0)) : std::string{};
      text += lines_.front();
      bytes_ -= lines_.front().size();
      lines_.pop_front();
      lock.unlock();
      write_all(fd_, text);
      lock.lock();
    }
    finished_ = true;
    changed_.notify_all();
  }

  /// True if all lines are written within `limit`.
  bool finish(std::chrono::milliseconds limit) {
    std::unique_lock lock{mutex_};
    finishing_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, limit, [this] { return finished_; });
  }

private:
  std::string dropped_line(std::size_t count) {
    const auto text = fmt::format("{} log lines were dropped: standard error was not read", count);
    spdlog::memory_buf_t line;
    formatter_->format({"service", spdlog::level::warn, text}, line);
    return {line.data(), line.size()};
  }

  int fd_;
  std::unique_ptr<spdlog::formatter> formatter_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0, dropped_ = 0;
  bool finishing_ = false, finished_ = false;
};

namespace {

std::string_view color_of(spdlog::level::level_enum level) {
  return level >= spdlog::level::err    ? "\033[31m"
         : level == spdlog::level::warn ? "\033[33m"
         : level == spdlog::level::info ? "\033[32m"
                                        : "";
}

} // namespace

/// Formats a line under its own mutex and puts it into the queue.
class log_writer::sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
  sink(int fd, bool json)
      : queue{std::make_shared<line_queue>(fd, json)}, colored_{::isatty(fd) != 0
                                                                && !std::getenv("NO_COLOR")} {
    set_formatter(log_formatter(json));
    std::thread{[shared = queue] {
      shared->run();
    }}.detach();
  }

  const std::shared_ptr<line_queue> queue;

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string text{line.data(), line.size()};
    if (colored_ && message.color_range_end > message.color_range_start) {
      text.insert(message.color_range_end, "\033[m");
      text.insert(message.color_range_start, color_of(message.level));
    }
    queue->push(std::move(text));
  }
  void flush_() override {}

  bool colored_;
};

log_writer::log_writer(int fd, bool json) : sink_{std::make_shared<sink>(fd, json)} {}

log_writer::~log_writer() {
  if (sink_)
    finish(last_lines);
}

spdlog::sink_ptr log_writer::as_sink() const {
  return sink_;
}

bool log_writer::finish(std::chrono::milliseconds limit) {
  return sink_->queue->finish(limit);
}

void set_log_level(const log_settings& settings) {
  spdlog::set_level(spdlog::level::from_str(settings.level == "error" ? "err" : settings.level));
}

std::unique_ptr<spdlog::formatter> log_formatter(bool json) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<printable_message>('*', json);
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %*");
  return formatter;
}

log_writer start_logging(const log_settings& settings) {
  log_writer writer{STDERR_FILENO, settings.format == "json"};
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("service", writer.as_sink()));
  set_log_level(settings);
  return writer;
}

} // namespace hawkeye
