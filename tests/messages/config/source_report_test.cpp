// Where each setting came from can be seen, and no secret with it.
#include "messages/config/source_report.hpp"

#include <doctest/doctest.h>

#include "messages/config/config.hpp"

namespace hawkeye {

TEST_CASE("where settings came from is told by kind of source, without any value") {
  config_sources from;
  from.file_name = "test.ini";
  from.file_text = "[nats]\nservers = \"nats://u:hunter2@h\"\n[log]\nlevel = \"warn\"\n";
  from.options = {"http.listen="};
  from.environment = [](const std::string& name) {
    return name == "NATS_SERVER1" || name == "ENVIRONMENT_NAME" ? std::optional<std::string>{"nats"}
                                                                : std::nullopt;
  };
  const auto read = read_config(from);
  REQUIRE(read.has_value());
  CHECK(source_report(*read)
        == "from the environment: service.environment (ENVIRONMENT_NAME)\n"
           "from test.ini: log.level, nats.servers\n"
           "from the command line: http.listen\n"
           "set in the environment, but overruled: NATS_SERVER1 (nats.servers comes from "
           "test.ini:2)\n");
}

} // namespace hawkeye
