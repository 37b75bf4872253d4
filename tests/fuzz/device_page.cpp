// One page of the device table: each line of the input is `name=value`, as a URL's parameters were
// decoded. The naive second opinion has the devices' texts by nlohmann-json, and searches them one
// by one.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "messages/admin/device_query.hpp"
#include "messages/base/json.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

/// Ten devices whose texts differ in kind: numbers, cases, escapes, none at all.
const snapshot& searched_devices() {
  static const auto result = [] {
    std::vector<device> all;
    const std::string_view names[] = {R"("METTEL/NEW YORK")", R"("Caf\u00e9 \"10\"")", R"("<b>")",
                                      "null", "17"};
    for (int i = 0; i < 10; ++i) {
      const timestamp at{1'593'561'600 + i / 2 * 86'400, 0};
      const auto serial = (i % 3 == 0 ? "b827" : "B827EB\n") + std::to_string(i);
      const auto client = R"({"client_id":)" + std::to_string(i * 7 % 11) + R"(,"client_name":)"
                          + std::string{names[i % 5]} + "}";
      all.push_back({serial, at,
                     device_json(serial, to_string(at), client,
                                 R"("probe_id":"27","probe_uid":null,"probe_group":"FIS",)"
                                 R"("device_type_name":"xr_pi")")});
    }
    return snapshot{snapshot_meta{}, std::move(all)};
  }();
  return result;
}

std::multimap<std::string, std::string> parameters_of(std::string_view text) {
  std::multimap<std::string, std::string> result;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    const auto is = std::min(line.find('='), line.size());
    result.emplace(line.substr(0, is), line.substr(std::min(is + 1, line.size())));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return result;
}

std::string shown(const json& x) {
  return x.is_string() ? x.get<std::string>() : x.is_null() ? std::string{} : x.dump();
}

bool holds(const std::string& text, const std::string& what) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  return std::search(text.begin(), text.end(), what.begin(), what.end(),
                     [&](char a, char b) { return lower(a) == lower(b); })
         != text.end();
}

using texts = std::vector<std::string>;

/// What is shown of each device.
std::vector<texts> texts_of_devices() {
  std::vector<texts> result;
  for (const auto& x : json::parse(searched_devices().array())) {
    auto& shown_of_it = result.emplace_back();
    for (const auto& part : x)
      if (!part.is_object())
        shown_of_it.push_back(shown(part));
    for (const auto* name : {"client_name", "client_id"})
      shown_of_it.push_back(shown(x["bruin_client_info"][name]));
  }
  return result;
}

std::size_t count_matches_slowly(const std::string& search) {
  static const auto devices = texts_of_devices();
  const auto has_it = [&](const texts& one) {
    return std::any_of(one.begin(), one.end(), [&](const auto& x) { return holds(x, search); });
  };
  return static_cast<std::size_t>(std::count_if(devices.begin(), devices.end(), has_it));
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t result = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++result;
  return result;
}

} // namespace

void device_page(std::string_view bytes) {
  const auto read = read_device_query(parameters_of(bytes));
  if (const auto* why = error_of(read))
    return demand_sentence(why->reason, 400);
  const auto& asked = *read;
  const auto written = write_device_page(searched_devices(), asked);
  demand(is_valid_json(written), "a page is valid JSON");
  const auto matched = count_matches_slowly(asked.search);
  const auto before = std::min(matched, (asked.page - 1) * asked.size);
  const auto shown_here = std::min(asked.size, matched - before);
  // A quote within a text is escaped, so that both can only be the names of members.
  demand(count(written, "\"matched\":" + std::to_string(matched) + ",") == 1,
         "a search finds what a naive one finds");
  demand(count(written, R"({"serial_number":)") == shown_here,
         "a page has as many devices as it should");
  if (!is_chosen(bytes, 16))
    return;
  const auto page = json::parse(written);
  demand(page["matched"] == matched && page["devices"].size() == shown_here,
         "a page says so to whoever reads it with nlohmann-json");
}

} // namespace hawkeye::fuzz
