// What a page is asked with: the first line is the target of a request, the rest a POST's body.
#include <string>

#include "messages/admin/http_target.hpp"
#include "messages/base/json.hpp"
#include "messages/rpc/admin_request.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

using nlohmann::json;

void http_input(std::string_view bytes) {
  const auto line = std::min(bytes.find('\n'), bytes.size());
  const auto target = bytes.substr(0, line);
  const auto body = bytes.substr(std::min(line + 1, bytes.size()));
  const auto [path, parameters] = read_http_target(target);
  demand(path.size() <= target.size(), "a path is no longer than it was sent");
  std::string shown = "[";
  append_json_string(shown, path);
  std::size_t read_bytes = 0;
  for (const auto& [name, value] : parameters) {
    append_json_string(shown += ',', name + value);
    read_bytes += name.size() + value.size();
  }
  demand(read_bytes <= target.size(), "a query holds no more than was sent");
  demand(is_valid_json(shown + "]"), "whatever is asked with, an answer can quote it");
  if (target.starts_with('/') && target.find_first_of("%?") == std::string_view::npos)
    demand(path == target, "a plain path is what was sent");
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
