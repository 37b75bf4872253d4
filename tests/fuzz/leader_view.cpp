// What another instance that refreshes tells of itself: it becomes part of our own status.
#include <string>

#include "messages/admin/service_status.hpp"
#include "messages/base/json.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

using nlohmann::json;

void leader_view(std::string_view bytes) {
  service_status status{};
  status.leader = read_leader_view(bytes);
  const auto said = second_opinion(bytes);
  const auto part = [&](const char* name) {
    return said.value && said.value->is_object() ? said.value->value(name, json{}) : json{};
  };
  if (said.counts && depth_of(bytes) <= max_json_depth)
    demand(status.leader.has_value()
               == (part("refresh").is_object() && part("bridges").is_object()
                   && part("problems").is_array()),
           "a view is taken exactly where its three parts are there");
  if (!status.leader)
    return;
  const auto written = write_status(status);
  demand(is_valid_json(written), "a status is valid JSON whatever the other instance told");
  const auto shown = json::parse(written);
  if (said.counts)
    demand(shown["refresh"] == part("refresh") && shown["bridges"] == part("bridges"),
           "what the other instance told is handed on as it was");
  for (const auto& problem : status.leader->problems)
    demand_sentence(problem, 1000);
}

} // namespace hawkeye::fuzz
