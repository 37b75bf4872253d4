// The reports of refreshes that Redis holds, one a line; the first byte says how long the history
// may be, in eighths of kilobytes.
#include <string>
#include <vector>

#include "messages/base/json.hpp"
#include "messages/history/refresh_report.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

std::vector<std::string> reports_in(std::string_view text) {
  std::vector<std::string> result;
  for (std::size_t end = 0; end != std::string_view::npos; text.remove_prefix(end + 1)) {
    end = text.find('\n');
    result.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos)
      break;
  }
  return result;
}

} // namespace

void stored_reports(std::string_view bytes) {
  if (bytes.empty())
    return;
  const auto most = 2 + 128u * static_cast<unsigned char>(bytes[0]);
  const auto reports = reports_in(bytes.substr(1));
  const auto history = write_history(reports, most);
  demand(history.size() <= most, "a history is as long as it may be");
  demand(is_valid_json(history), "a history is valid JSON, whatever stands in Redis");
  if (!is_chosen(bytes, 3)) // the naive reading of each report takes longest
    return;
  auto rest = std::string_view{history}.substr(1);
  bool full = false;
  for (const auto& report : reports) {
    const auto said = second_opinion(report);
    if (!said.counts)
      return; // what it thinks of the others depends on this one
    const bool counts = said.value && said.value->is_object() && report[0] == '{'
                        && depth_of(report) <= max_json_depth;
    if (!counts || full)
      continue;
    full = !rest.starts_with(report);
    if (!full)
      rest.remove_prefix(std::min(report.size() + 1, rest.size()));
    demand(!full || history.size() + report.size() + 1 > most,
           "a report is left out only where it does not fit, and all behind it");
  }
  demand(rest.empty() || rest == "]", "only reports stand in the history");
}

} // namespace hawkeye::fuzz
