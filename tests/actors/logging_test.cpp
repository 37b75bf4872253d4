// What the log writes, whatever it is told.
#include <algorithm>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "actors/process/failure_log.hpp"
#include "actors/process/logging.hpp"

using namespace hawkeye;
using nlohmann::json;

namespace {

const std::string hostile[] = {"",
                               "plain",
                               "two\nlines\r\n",
                               R"(","level":"forged"})",
                               R"(back\slash " quote)",
                               std::string("nul \0 inside", 12),
                               "bell \a escape \x1b[31m",
                               "\xff\xfe no UTF-8 \xc3",
                               "\xe2\x80\xa8 separator \xf0\x9f\x98\x80",
                               "\x7f delete \xc2\x9b\x33\x31m \xc2\x85 next line",
                               "\xe2\x80\xae right to left \xe2\x81\xa6 \xef\xbb\xbf",
                               "bare C1 \x9b\x85",
                               "%v {} {0} %*",
                               std::string(100'000, '"')};

/// Whether a terminal shows it as it stands there: no C0, DEL, C1, no mark of direction, valid.
bool is_harmless(const std::string& line) {
  for (const char* bad : {"\xc2\x80", "\xc2\x85", "\xc2\x9b", "\xc2\x9f", "\xe2\x80\xa8",
                          "\xe2\x80\xae", "\xe2\x81\xa6", "\xef\xbb\xbf", "\x7f"})
    if (line.find(bad) != std::string::npos)
      return false;
  return std::all_of(line.begin(), line.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20; })
         && simdjson::validate_utf8(line);
}

/// All lines that are written for these messages.
std::vector<std::string> lines(const char* format) {
  std::ostringstream out;
  spdlog::logger logger{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(out)};
  logger.set_formatter(log_formatter(format == std::string{"json"}));
  for (const auto& message : hostile)
    logger.warn("{}", message);
  std::vector<std::string> result;
  std::istringstream in{out.str()};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

} // namespace

TEST_CASE("as JSON every message is one line with one object, whatever is in it") {
  const auto written = lines("json");
  REQUIRE(written.size() == std::size(hostile));
  for (std::size_t i = 0; i < written.size(); ++i) {
    const auto entry = json::parse(written[i], nullptr, false);
    REQUIRE_MESSAGE(entry.is_object(), written[i]);
    CHECK(entry.size() == 3);
    CHECK(entry["level"] == "warning");
    CHECK(entry["time"].get<std::string>().ends_with("Z"));
    CHECK_MESSAGE(is_harmless(written[i]), written[i]);
    if (simdjson::validate_utf8(hostile[i]))
      CHECK(entry["message"] == hostile[i]);
  }
}

TEST_CASE("as text no message makes a second line, or speaks to the terminal") {
  const auto written = lines("text");
  REQUIRE(written.size() == std::size(hostile));
  for (const auto& line : written) {
    CHECK(line.find(" warning ") != std::string::npos);
    CHECK(line.size() < 5000);
    CHECK_MESSAGE(is_harmless(line), line);
  }
}

TEST_CASE("what fails a thousand times in a row makes ten lines, and its end makes none") {
  std::ostringstream out;
  auto before = spdlog::default_logger();
  const auto level = spdlog::get_level();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(out)));
  failure_log log{"it could not be done"};
  for (int i = 0; i < 1000; ++i)
    log.note(failure{"no"});
  log.note({});
  log.note(failure{"again"});
  spdlog::set_default_logger(std::move(before));
  spdlog::set_level(level);
  const auto text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 11);
  CHECK(text.find("it could not be done (512 in a row): no") != std::string::npos);
  CHECK(text.find("it could not be done (1 in a row): again") != std::string::npos);
}

namespace {

/// A pipe that is read only when the test wants to.
struct slow_reader {
  int ends[2] = {-1, -1};
  slow_reader() {
    REQUIRE(::pipe(ends) == 0);
  }
  ~slow_reader() {
    ::close(ends[0]);
  }
  /// Everything that is written until the other end is closed by `log.finish`.
  std::string read_all(log_writer& log) {
    std::string result;
    std::thread reader{[&] {
      char bytes[4096];
      for (ssize_t size = 0; (size = ::read(ends[0], bytes, sizeof bytes)) > 0;)
        result.append(bytes, static_cast<std::size_t>(size));
    }};
    CHECK(log.finish(std::chrono::seconds{20}));
    ::close(ends[1]);
    reader.join();
    return result;
  }
};

} // namespace

TEST_CASE("a log that nobody reads blocks nobody, and says later how many lines it lost") {
  slow_reader pipe;
  log_writer log{pipe.ends[1], false};
  spdlog::logger logger{"test", log.as_sink()};
  constexpr int count = 30'000;
  for (int i = 0; i < count; ++i) // far more than the pipe and the queue hold
    logger.info("line {} {}", i, std::string(100, '.'));
  const auto text = pipe.read_all(log);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const auto word = text.find(" log lines were dropped: standard error was not read");
  REQUIRE(word != std::string::npos);
  const auto lost = std::stoi(text.substr(text.rfind(' ', word - 1)));
  CHECK(lines - 1 + lost == count);
  CHECK(text.find("line 0 ") != std::string::npos);
  CHECK(text.find("line " + std::to_string(count - 1) + ' ') != std::string::npos);
}

TEST_CASE("a log that is read loses nothing") {
  slow_reader pipe;
  log_writer log{pipe.ends[1], true};
  spdlog::logger logger{"test", log.as_sink()};
  for (int i = 0; i < 1000; ++i)
    logger.info("line {}", i);
  const auto text = pipe.read_all(log);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1000);
  CHECK(text.find("dropped") == std::string::npos);
}
