#include "actors/process/logging.hpp"

#include <memory>
#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

/// Longest message that is logged whole (characters).
constexpr std::size_t longest_message = 4000;

/// The pattern flag `%*`: the message, printable for text, a JSON string literal for JSON.
class printable_message final : public spdlog::custom_flag_formatter {
public:
  explicit printable_message(bool json) : json_{json} {}
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& into) override {
    const std::string_view text{message.payload.data(), message.payload.size()};
    std::string safe;
    if (json_) {
      append_json_string(safe, text);
      safe = printable(safe, std::string::npos); // what JSON allows and a terminal should not see
    } else {
      safe = printable(text, longest_message);
    }
    into.append(safe.data(), safe.data() + safe.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<printable_message>(json_);
  }

private:
  bool json_;
};

spdlog::level::level_enum level_of(const log_settings& with) {
  return spdlog::level::from_str(with.level == "error" ? "err" : with.level);
}

} // namespace

void set_log_level(const log_settings& with) {
  spdlog::set_level(level_of(with));
}

std::unique_ptr<spdlog::formatter> log_formatter(bool json) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<printable_message>('*', json);
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %*");
  return formatter;
}

void start_logging(const log_settings& with) {
  auto logger = spdlog::stderr_color_mt("service");
  logger->set_formatter(log_formatter(with.format == "json"));
  logger->set_level(level_of(with));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

} // namespace hawkeye
