#include "messages/config/environment_variables.hpp"

#include <algorithm>
#include <charconv>

#include <caf/all.hpp>
#include <nlohmann/json.hpp>

#include "messages/base/json.hpp"
#include "messages/config/redis_uri.hpp"

namespace hawkeye::config_keys {

namespace {

using caf::config_value;

std::optional<config_value> as_it_is(const std::string& text) {
  return config_value{text};
}

/// "14400": whole seconds, as the older service read them.
std::optional<config_value> seconds(const std::string& text) {
  std::int64_t count = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, count);
  constexpr std::int64_t too_many = 1'000'000'000; // over any range, and no overflow in ns
  if (problem != std::errc{} || end != last || count < 0 || count > too_many)
    return {};
  return config_value{caf::timespan{std::chrono::seconds{count}}};
}

std::optional<config_value> json_list(const std::string& text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (!parsed.is_array())
    return {};
  config_value::list result;
  for (const auto& item : parsed) {
    if (!item.is_string())
      return {};
    result.emplace_back(item.get<std::string>());
  }
  return config_value{std::move(result)};
}

/// A Redis by its name alone, at the usual port: all that the older service could say of one.
std::optional<config_value> redis_host(const std::string& text) {
  const auto uri = "redis://" + text + "/0";
  if (text.find_first_of("/@?# \t") != std::string::npos || !parse_redis_uri(uri).has_value())
    return {};
  return config_value{uri};
}

struct variable {
  const char* name;
  std::string_view section, key;
  std::optional<config_value> (*read)(const std::string&);
  const char* expected; ///< what would be right, for messages; null: what the key says
};

/// Of two variables for one key the upper one counts. The older service kept its cache in one Redis
/// and exchanged payloads over NATS' limit through another, which it shared with the bridges.
constexpr variable variables[] = {
    {"HAWKEYE_CACHE_NATS_USER", "nats", "user", as_it_is, nullptr},
    {"HAWKEYE_CACHE_NATS_PASSWORD", "nats", "password", as_it_is, nullptr},
    {"HAWKEYE_CACHE_NATS_TOKEN", "nats", "token", as_it_is, nullptr},
    {"HAWKEYE_CACHE_REDIS_URI", "redis", "uri", as_it_is, nullptr},
    {"HAWKEYE_CACHE_REDIS_PAYLOAD_URI", "redis", "payload-uri", as_it_is, nullptr},
    {"NATS_SERVER1", "nats", "servers", as_it_is, "a URL nats://host:port or tls://host:port"},
    {"ENVIRONMENT_NAME", "service", "environment", as_it_is, "letters, digits, - and _"},
    {"REFRESH_JOB_INTERVAL", "refresh", "interval", seconds, "whole seconds, 1 to 2592000"},
    {"WHITELISTED_MANAGEMENT_STATUSES", "bruin", "monitored-statuses", json_list,
     R"(a JSON list of at least one text, such as ["Pending", "Active – Gold Monitoring"])"},
    {"REDIS_CUSTOMER_CACHE_HOSTNAME", "redis", "uri", redis_host, "a host's name, or host:port"},
    {"REDIS_HOSTNAME", "redis", "payload-uri", redis_host, "a host's name, or host:port"},
};

/// Where the key was given, itself or as the name of a file that holds it; null: nowhere.
const std::string* given_at(const draft& x, const std::string& key) {
  for (const auto& name : {key, key + "-file"})
    if (const auto found = x.sources.find(name); found != x.sources.end())
      return &found->second;
  return nullptr;
}

problem take_variable(const variable& by, const std::string& text, draft& into) {
  const auto source = std::string{"environment variable "} + by.name;
  auto value = by.read(text);
  auto wrong = value ? take(source, by.section, by.key, *value, into) : failure{};
  if (!wrong || !by.expected)
    return wrong;
  const auto at = text.rfind('@'); // what stands before it may be a secret
  const auto shown = at == std::string::npos ? text : "***" + text.substr(at);
  return fail(source + " = \"" + printable(shown) + "\" (it stands for "
              + full_name(by.section, by.key) + "): expected " + by.expected);
}

} // namespace

problem take_environment(const config_sources& from, draft& into) {
  if (!from.environment)
    return {};
  for (const auto& by : variables) {
    const auto text = from.environment(by.name);
    if (!text)
      continue;
    const auto key = full_name(by.section, by.key);
    if (const auto* above = given_at(into, key))
      into.overruled.push_back(std::string{by.name} + " (" + key + " comes from " + *above + ")");
    else if (auto wrong = take_variable(by, *text, into))
      return wrong;
  }
  return {};
}

} // namespace hawkeye::config_keys
