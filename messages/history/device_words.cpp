#include "messages/history/device_words.hpp"

#include <algorithm>
#include <optional>

#include "messages/base/json_writer.hpp"

namespace hawkeye {

namespace {

void write_time(json_writer& out, std::string_view name, asked_at x) {
  out.text_or_null(name, x > 0 ? to_string(to_timestamp(x)) : "");
}

/// Writes one bridge's answers. The object stays open.
void write_answers(json_writer& out, std::string_view name, const testimony& x) {
  write_time(out.key(name).begin_object(), "yes_asked", x.yes);
  write_time(out, "no_asked", x.no);
  out.member("no_reason", x.no > 0 ? to_string(x.reason) : "");
  write_time(out, "removed_asked", x.removed);
  write_time(out, "waits_since", x.waits() ? x.waits_since() : 0);
}

std::optional<device_state> state_of(const snapshot& x, std::string_view serial_number) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (serial_of(x.at(i)) == serial_number)
      return x.state(i);
  const auto& kept = x.kept();
  const auto found =
      std::lower_bound(kept.begin(), kept.end(), serial_number,
                       [](const kept_device& a, auto b) { return a.serial_number < b; });
  if (found == kept.end() || found->serial_number != serial_number)
    return {};
  return found->state;
}

} // namespace

std::string with_words(std::string record, const snapshot& x, std::string_view serial_number) {
  const auto state = state_of(x, serial_number);
  if (!state || !record.ends_with('}'))
    return record;
  record.pop_back();
  json_writer out;
  write_answers(out.raw(record).key("words").begin_object(), "hawkeye", state->listing);
  write_answers(out.end_object(), "bruin", state->verdict);
  write_time(out, "client_asked", state->client_asked);
  out.member("management_status", state->status);
  out.member("silent_for_s", std::chrono::floor<std::chrono::seconds>(state->silent_for).count());
  write_time(out, "expired", state->expired);
  return out.end_object().end_object().end_object().take();
}

} // namespace hawkeye
