#include "messages/history/refresh_report.hpp"

#include <array>
#include <chrono>

#include "messages/base/json_writer.hpp"

namespace hawkeye {

namespace {

auto ms(duration x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
}

void write_group(json_writer& out, std::string_view name, const snapshot_changes::group& x,
                 bool named) {
  out.key(name).begin_object().member("count", x.count).key("by_reason").begin_object();
  for (const auto& [reason, count] : x.by_reason)
    out.member(reason, count);
  out.end_object().key("devices").begin_array();
  for (std::size_t i = 0; named && i < x.first.size(); ++i)
    out.begin_object()
        .member("serial_number", x.first[i].serial_number)
        .member("reason", x.first[i].reason)
        .end_object();
  out.end_array().end_object();
}

void write_moved(json_writer& out, const snapshot_changes& x, bool named) {
  out.key("moved").begin_object().member("count", x.moved_count).key("devices").begin_array();
  for (std::size_t i = 0; named && i < x.first_moved.size(); ++i) {
    const auto& one = x.first_moved[i];
    out.begin_object().member("serial_number", one.serial_number);
    out.key("from").raw(one.from).key("to").raw(one.to).end_object();
  }
  out.end_array().end_object();
}

std::string write(const refresh_report& x, bool named) {
  json_writer out;
  out.begin_object().member("version", x.version).member("trigger", to_string(x.trigger));
  out.text_or_null("serial_number", printable(x.serial_number)).member("in_redis", x.in_redis);
  out.member("started_at", to_string(x.started)).member("finished_at", to_string(x.finished));
  out.key("duration_ms").begin_object();
  out.member("total", ms(x.fetching + x.resolving + x.building + x.publishing));
  out.member("fetch", ms(x.fetching)).member("resolve", ms(x.resolving));
  out.member("build", ms(x.building)).member("publish", ms(x.publishing)).end_object();
  out.member("devices", x.devices).key("outcomes").begin_object();
  for (const auto which : all_outcomes)
    out.member(to_string(which), x.counts[which]);
  out.end_object();
  write_group(out, "gained", x.changes.gained, named);
  write_group(out, "lost", x.changes.lost, named);
  write_moved(out, x.changes, named);
  return out.member("instance", x.instance).end_object().take();
}

} // namespace

std::string_view to_string(refresh_trigger x) noexcept {
  constexpr std::array<std::string_view, refresh_trigger_count> names{
      "start", "interval", "retry", "request", "device", "confirm"};
  return names[static_cast<std::size_t>(x)];
}

std::string_view to_string(refresh_result x) noexcept {
  constexpr std::array<std::string_view, refresh_result_count> names{"published", "kept_in_memory",
                                                                     "failed"};
  return names[static_cast<std::size_t>(x)];
}

std::string write_report(const refresh_report& x) {
  auto whole = write(x, true);
  return whole.size() <= max_report_bytes ? whole : write(x, false);
}

std::string write_history(const std::vector<std::string>& reports, std::size_t most) {
  json_writer list;
  list.begin_array();
  for (const auto& report : reports) {
    if (!report.starts_with('{') || !is_valid_json(report))
      continue;
    if (list.text().size() + report.size() + 2 > most)
      break;
    list.raw(report);
  }
  return list.end_array().take();
}

} // namespace hawkeye
