// What the monitoring reads: the metrics of the running program, the alert rules and the dashboard
// that are shipped, as promtool sees them.
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

const auto rules = source_path("packaging/prometheus/hawkeye-customer-cache.rules.yml");
const auto rules_tests = source_path("packaging/prometheus/hawkeye-customer-cache.rules.test.yml");
const auto dashboard = source_path("packaging/grafana/hawkeye-customer-cache.json");

std::string content(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void promtool(const std::string& command) {
  server_process run{{"sh", "-c", "promtool " + command}};
  const auto code = run.wait_for_exit(30s);
  CHECK_MESSAGE(code == 0, run.output());
}

/// How often each match of the pattern's group stands there.
std::map<std::string, int> found(const std::string& text, const std::string& pattern) {
  const std::regex what{pattern};
  std::map<std::string, int> result;
  for (std::sregex_iterator i{text.begin(), text.end(), what}, end; i != end; ++i)
    ++result[i->str(1)];
  return result;
}

/// The metrics page of a service that has published and was asked, well and badly.
std::string metrics_page() {
  real_world world;
  world.start_bridges({"--probes=20"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  CHECK(world.served());
  CHECK(world.ask("garbage")["status"] == 400);
  std::string page;
  // The snapshot is served a timestamp before its refresh is counted.
  CHECK(eventually([&] {
    return service.page("/metrics", &page) == 200
           && page.find(R"(refreshes_total{result="published",trigger="start"} 1)")
                  != std::string::npos;
  }));
  return page;
}

} // namespace

TEST_CASE("the metrics pass promtool, each with help and a name that tells its unit") {
  const auto page = metrics_page();
  scratch_directory files;
  promtool("check metrics <" + files.write("metrics", page));
  const auto types = found(page, "# TYPE (\\S+)"), helps = found(page, "# HELP (\\S+) \\S");
  CHECK(types == helps);
  for (const auto& [name, count] : types) {
    CHECK_MESSAGE(name.starts_with("hawkeye_cache_"), name);
    CHECK_MESSAGE(count == 1, name);
  }
  for (const auto& [name, count] : found(page, "# TYPE (\\S+) counter"))
    CHECK_MESSAGE(name.ends_with("_total"), name);
  for (const auto& [name, count] : found(page, "# TYPE (\\S+) histogram"))
    CHECK_MESSAGE(name.ends_with("_seconds"), name);
}

TEST_CASE("every metric that an alert or the dashboard looks at is there") {
  const auto there = found(metrics_page(), "# TYPE (\\S+)");
  const std::regex part{"_(bucket|sum|count)$"};
  for (const auto& file : {rules, rules_tests, dashboard}) {
    const auto named = found(content(file), "(hawkeye_cache_\\w+)");
    CHECK(named.size() >= 10);
    for (const auto& [name, count] : named) {
      const bool known = there.contains(name) || there.contains(std::regex_replace(name, part, ""));
      CHECK_MESSAGE(known, file, " names ", name);
    }
  }
}

TEST_CASE("the alert rules are right, and each alert fires and resolves") {
  promtool("check rules " + rules);
  promtool("test rules " + rules_tests);
  const auto alerts = found(content(rules), "alert: (\\w+)");
  const auto tests = content(rules_tests);
  const auto looked_at = found(tests, "alertname: (\\w+)");
  const auto resolved = found(tests, "alertname: (\\w+)\\s+exp_alerts: \\[\\]");
  CHECK(alerts.size() >= 10);
  for (const auto& [name, count] : alerts) {
    const auto looks = looked_at.find(name), ends = resolved.find(name);
    CHECK_MESSAGE((looks != looked_at.end() && ends != resolved.end()), name);
    CHECK_MESSAGE(looks->second > ends->second, name, " never fires in the tests");
  }
}
