#include "messages/history/refresh_report.hpp"

#include <array>
#include <chrono>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

std::string ms(duration x) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(x).count());
}

void append_reasons(std::string& out, const snapshot_changes::group& x) {
  out += R"("count":)" + std::to_string(x.count) + R"(,"by_reason":{)";
  bool first = true;
  for (const auto& [reason, count] : x.by_reason) {
    append_json_string(out += first ? "" : ",", reason);
    out += ':' + std::to_string(count);
    first = false;
  }
  out += '}';
}

void append_group(std::string& out, const snapshot_changes::group& x, bool named) {
  append_reasons(out += '{', x);
  out += R"(,"devices":[)";
  for (std::size_t i = 0; named && i < x.first.size(); ++i) {
    append_json_string(out += i == 0 ? R"({"serial_number":)" : R"(,{"serial_number":)",
                       x.first[i].serial_number);
    append_json_string(out += R"(,"reason":)", x.first[i].reason);
    out += '}';
  }
  out += "]}";
}

void append_moved(std::string& out, const snapshot_changes& x, bool named) {
  out += R"({"count":)" + std::to_string(x.moved_count) + R"(,"devices":[)";
  for (std::size_t i = 0; named && i < x.first_moved.size(); ++i) {
    const auto& one = x.first_moved[i];
    append_json_string(out += i == 0 ? R"({"serial_number":)" : R"(,{"serial_number":)",
                       one.serial_number);
    out += R"(,"from":)" + one.from + R"(,"to":)" + one.to + '}';
  }
  out += "]}";
}

std::string write(const refresh_report& x, bool named) {
  std::string out = R"({"version":)" + std::to_string(x.version);
  append_json_string(out += R"(,"trigger":)", to_string(x.trigger));
  out += R"(,"serial_number":)";
  if (x.serial_number.empty())
    out += "null";
  else
    append_json_string(out, printable(x.serial_number));
  out += std::string{R"(,"in_redis":)"} + (x.in_redis ? "true" : "false");
  append_json_string(out += R"(,"started_at":)", to_string(x.started));
  append_json_string(out += R"(,"finished_at":)", to_string(x.finished));
  out += R"(,"duration_ms":{"total":)" + ms(x.fetching + x.resolving + x.building + x.publishing)
         + R"(,"fetch":)" + ms(x.fetching) + R"(,"resolve":)" + ms(x.resolving) + R"(,"build":)"
         + ms(x.building) + R"(,"publish":)" + ms(x.publishing) + R"(},"devices":)"
         + std::to_string(x.devices) + R"(,"outcomes":{)";
  for (std::size_t i = 0; i < outcome_count; ++i) {
    append_json_string(i == 0 ? out : out += ',', to_string(static_cast<outcome>(i)));
    out += ':' + std::to_string(x.counts.values[i]);
  }
  append_group(out += R"(},"gained":)", x.changes.gained, named);
  append_group(out += R"(,"lost":)", x.changes.lost, named);
  append_moved(out += R"(,"moved":)", x.changes, named);
  append_json_string(out += R"(,"instance":)", x.instance);
  return out += '}';
}

} // namespace

std::string_view to_string(refresh_trigger x) noexcept {
  constexpr std::array<std::string_view, refresh_trigger_count> names{"start", "interval", "retry",
                                                                      "request", "device"};
  return names[static_cast<std::size_t>(x)];
}

std::string_view to_string(refresh_result x) noexcept {
  constexpr std::array<std::string_view, refresh_result_count> names{"published", "kept_in_memory",
                                                                     "held", "failed", "dropped"};
  return names[static_cast<std::size_t>(x)];
}

std::string write_report(const refresh_report& x) {
  auto whole = write(x, true);
  return whole.size() <= max_report_bytes ? whole : write(x, false);
}

std::string write_history(const std::vector<std::string>& reports, std::size_t most) {
  std::string list = "[";
  for (const auto& report : reports) {
    if (!report.starts_with('{') || !is_valid_json(report))
      continue;
    if (list.size() + report.size() + 2 > most)
      break;
    list += (list.size() > 1 ? "," : "") + report;
  }
  return list + ']';
}

} // namespace hawkeye
