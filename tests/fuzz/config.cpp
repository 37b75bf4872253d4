// config.ini, and behind a line `--` options of the command line, one a line.
#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/json.hpp"
#include "messages/config/config_report.hpp"
#include "messages/config/keys.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

const std::string secret = "tHe-SeCrEt-0f-tHe-EnViRoNmEnT";

using options = std::vector<std::pair<std::string, std::string>>;

config_sources no_file() {
  config_sources from;
  from.file_name = "config.ini";
  from.environment = {{"HAWKEYE_CACHE_REDIS_URI", "redis://u:" + secret + "@127.0.0.1:7/2"},
                      {"HAWKEYE_CACHE_NATS_TOKEN", secret}};
  from.read_file = [](const std::string& name) -> expected<std::string> {
    if (name == "uri")
      return "redis://u:" + secret + "@h:x/2\n";
    return name == "secret" ? expected<std::string>{secret + "\n"} : fail("cannot be read");
  };
  return from;
}

/// Valid until the next call: what is the same for all inputs is made once.
const config_sources& sources(std::string_view text, options given) {
  static auto from = no_file();
  from.file_text = text;
  from.options = std::move(given);
  return from;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    result.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

/// The settings as options of the command line, from which they must be read as they are; but no
/// files, which the values were read from already.
options reprinted(const settings& x) {
  options result;
  for (const auto& key : config_keys())
    if (!key.name.ends_with("-file") || !partner_of(key))
      result.emplace_back(key.full_name(), value_text(key, x));
  return result;
}

} // namespace

void config(std::string_view bytes) {
  const auto cut = bytes.find("\n--\n");
  options given;
  if (cut != std::string_view::npos)
    for (const auto& line : lines_of(bytes.substr(cut + 4))) {
      const auto name = std::string_view{line}.substr(line.starts_with("--") ? 2 : 0);
      const auto equals = std::min(name.find('='), name.size());
      given.emplace_back(name.substr(0, equals), name.substr(std::min(equals + 1, name.size())));
    }
  const auto read = read_config(sources(bytes.substr(0, cut), std::move(given)));
  const bool learned = bytes.find(secret) != std::string_view::npos; // the fuzzer does
  if (const auto* why = error_of(read)) {
    demand(learned || why->reason.find(secret) == std::string::npos,
           "no secret stands in a complaint");
    return demand_sentence(why->reason, 2000);
  }
  const auto& settings = *read;
  demand(learned || to_string(settings.redis.address).find(secret) == std::string::npos,
         "no secret is shown");
  if (!is_chosen(bytes, 3)) // to write all settings and read them again takes longest
    return;
  const auto again = read_config(sources({}, reprinted(settings)));
  demand(again.has_value(), "settings that are taken can be given anew");
  auto change = compare_settings(settings, *again);
  std::erase_if(change.at_restart, [](const std::string& key) { return key.ends_with("-file"); });
  demand(change.live.empty() && change.at_restart.empty(), "settings reprinted mean the same");
}

} // namespace hawkeye::fuzz
