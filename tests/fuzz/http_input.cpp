// What a page is asked with: the first line is the serial number in a path, as it was decoded; the
// rest a POST's body.
#include <string>

#include "messages/base/json.hpp"
#include "messages/rpc/admin_request.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

using nlohmann::json;

void http_input(std::string_view bytes) {
  const auto line = std::min(bytes.find('\n'), bytes.size());
  const auto serial = bytes.substr(0, line);
  const auto body = bytes.substr(std::min(line + 1, bytes.size()));
  std::string shown;
  append_json_string(shown, serial);
  demand(is_valid_json(shown), "whatever a path holds, the answer is valid JSON");
  for (const auto to : {endpoint::refresh, endpoint::explain}) {
    const auto read = read_admin_body(to, body);
    if (!read) {
      demand_sentence(read.error().sentence, 400);
      continue;
    }
    const auto& asked = *read;
    demand(asked.request_id == "null", "a page's request has no id");
    const auto said = second_opinion(body.empty() ? "{}" : body);
    if (said.counts)
      demand(said.value && said.value->is_object()
                 && (asked.serial_number.empty()
                     || said.value->value("serial_number", json{}) == asked.serial_number),
             "the serial number is the one that was sent");
  }
}

} // namespace hawkeye::fuzz
