// Where each setting came from can be seen, and no secret with it.
#include "messages/config/config_report.hpp"

#include <doctest/doctest.h>

#include "tests/support/config_sources.hpp"

namespace hawkeye {

TEST_CASE("where settings came from is told by kind of source, without any value") {
  const auto read = read_config(test::sources(
      "[nats]\nservers = \"nats://u:hunter2@h\"\n[log]\nlevel = \"warn\"\n", {"http.listen="},
      {{"NATS_SERVER1", "nats"}, {"ENVIRONMENT_NAME", "nats"}, {"REDIS_HOSTNAME", ""}}));
  REQUIRE(read.has_value());
  CHECK(source_report(*read)
        == "from the environment: service.environment (ENVIRONMENT_NAME)\n"
           "from test.ini: log.level, nats.servers\n"
           "from the command line: http.listen\n"
           "set in the environment, but not used: NATS_SERVER1 (nats.servers comes from "
           "test.ini:2), REDIS_HOSTNAME (empty: counts as not set)\n");
}

} // namespace hawkeye
