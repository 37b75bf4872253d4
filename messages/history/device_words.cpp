#include "messages/history/device_words.hpp"

#include <algorithm>
#include <optional>

#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

void append_time(std::string& out, std::string_view name, asked_at x) {
  append_json_string(out, name);
  out += ':';
  if (x > 0)
    append_json_string(out, to_string(to_timestamp(x)));
  else
    out += "null";
}

void append_answers(std::string& out, const testimony& x) {
  append_time(out += '{', "yes_asked", x.yes);
  append_time(out += ',', "no_asked", x.no);
  append_json_string(out += R"(,"no_reason":)", x.no > 0 ? to_string(x.reason) : "");
  append_time(out += ',', "removed_asked", x.removed);
  append_time(out += ',', "waits_since", x.waits() ? x.waits_since() : 0);
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
  append_answers(record += R"(,"words":{"hawkeye":)", state->listing);
  append_answers(record += R"(},"bruin":)", state->verdict);
  append_time(record += ',', "client_asked", state->client_asked);
  append_json_string(record += R"(,"management_status":)", state->status);
  const auto silent = std::chrono::floor<std::chrono::seconds>(state->silent_for).count();
  record += R"(,"silent_for_s":)" + std::to_string(silent);
  append_time(record += ',', "expired", state->expired);
  return record += "}}}";
}

} // namespace hawkeye
