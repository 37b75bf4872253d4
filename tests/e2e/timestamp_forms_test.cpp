// The texts that are read as moments, compared with what Python's dateutil makes of them: it stands
// behind the older service, and monitors write what it takes.
#include <sstream>

#include <doctest/doctest.h>

#include "messages/base/timestamp.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/support/server_process.hpp"

using namespace hawkeye;
using namespace hawkeye::test;

namespace {

/// Seconds and microseconds since 1970 of each line, or `-`. What has no zone is UTC.
constexpr const char* dateutil = R"(
import sys
from datetime import datetime, timezone
from dateutil import parser
for line in open(sys.argv[1], newline='\n'):
    try:
        moment = parser.parse(line[:-1], default=datetime(2000, 1, 1))
    except (ValueError, OverflowError):
        print('-')
        continue
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    print(since.days * 86400 + since.seconds, since.microseconds)
)";

std::vector<std::string> all_forms() {
  std::vector<std::string> result;
  const auto add = [&](const std::string& date_and_time) {
    for (const char* zone : {"", "Z", "z", "UTC", "+02:00", "+0200", "+02", "-05:30", "-0530",
                             "+00:00", "-00:00", "+14:00", "-12"})
      for (const char* before : {"", " "})
        result.push_back(date_and_time + (*zone ? before : "") + zone);
  };
  for (const char* day : {"2020-07-15", "2020-02-29", "1999-12-31"})
    for (const char* separator : {"T", "t", " "})
      for (const char* time : {"15:25", "15:25:42", "15:25:42.5", "15:25:42,123", "23:59:59.123456",
                               "00:00:00.123456789", "15:25:42.1234567899999"})
        add(std::string{day} + separator + time);
  for (const char* basic :
       {"20200715T152542", "20200715t152542", "20200715T152542.25", "20200715T152542,123456"})
    add(basic);
  for (const char* other : {"2020-07-15", " 2020-07-15 ", "\t2020-07-15T15:25:42Z\r", "20200715",
                            "2020-07", "15.07.2020", "2020-07-15T24:00:00", "2020-07-15T15:25:60",
                            "2020-02-30", "1594826742", "Wed, 15 Jul 2020 15:25:42 GMT"})
    result.emplace_back(other);
  return result;
}

} // namespace

TEST_CASE("a moment that both we and Python's dateutil can read is the same moment") {
  const auto forms = all_forms();
  std::string lines;
  for (const auto& form : forms)
    lines += form + '\n';
  scratch_directory files;
  server_process python{{"python3", "-W", "ignore", "-c", dateutil, files.write("forms", lines)}};
  REQUIRE_MESSAGE(python.wait_for_exit(std::chrono::seconds{60}) == 0, python.output());
  std::istringstream said{python.output()};
  std::size_t both = 0;
  for (const auto& form : forms) {
    CAPTURE(form);
    std::string line;
    REQUIRE(std::getline(said, line));
    const auto ours = parse_timestamp(form);
    if (!ours || line == "-")
      continue;
    ++both;
    CHECK(line == std::to_string(ours->seconds) + ' ' + std::to_string(ours->nanoseconds / 1000));
  }
  CHECK(both > 1500);
}
