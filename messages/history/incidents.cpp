#include "messages/history/incidents.hpp"

#include <nlohmann/json.hpp>

#include "messages/base/json_value.hpp"

namespace hawkeye {

using json = nlohmann::ordered_json;

/// The program has fewer incident names than this.
constexpr std::size_t max_incidents = 100;
/// The latest valid time in seconds, in about 30,000 years.
constexpr std::int64_t last_second = 1'000'000'000'000;

std::string write_incidents(const incident_map& x) {
  json result = json::object();
  for (const auto& [name, one] : x)
    result[name] = {
        {"sent", one.sent}, {"fingerprint", one.fingerprint}, {"affected", one.affected}};
  return one_line_json(result);
}

incident_map read_incidents(std::string_view raw) {
  const auto read = read_json<json>(raw);
  incident_map result;
  if (!read.is_object() || read.size() > max_incidents)
    return result;
  for (const auto& [name, one] : read.items()) {
    const auto sent = one.is_object() ? one.value("sent", json()) : json();
    const auto fingerprint = one.is_object() ? one.value("fingerprint", json()) : json();
    if (!sent.is_number_integer() || !fingerprint.is_string())
      continue;
    const auto affected = one.value("affected", json());
    if (const auto at = sent.get<std::int64_t>(); at >= 0 && at < last_second)
      result[name] = {at, fingerprint.get<std::string>(),
                      affected.is_number_unsigned() ? affected.get<std::uint64_t>() : 0};
  }
  return result;
}

} // namespace hawkeye
