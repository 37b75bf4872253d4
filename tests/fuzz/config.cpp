// config.ini, and behind a line `--` options of the command line, one a line.
#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"

#include <map>
#include <string>
#include <vector>

#include "messages/base/json.hpp"
#include "messages/config/command_line.hpp"
#include "messages/config/settings_change.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

const std::string secret = "tHe-SeCrEt-0f-tHe-EnViRoNmEnT";

config_sources sources(std::string_view text, std::vector<std::string> options) {
  config_sources from;
  from.file_name = "config.ini";
  from.file_text = text;
  from.options = std::move(options);
  from.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HAWKEYE_CACHE_REDIS_URI")
      return "redis://u:" + secret + "@127.0.0.1:7/2";
    return name == "HAWKEYE_CACHE_NATS_TOKEN" ? std::optional{secret} : std::nullopt;
  };
  from.read_file = [](const std::string& name) -> expected<std::string> {
    if (name == "uri")
      return "redis://u:" + secret + "@h:x/2\n";
    return name == "secret" ? expected<std::string>{secret + "\n"} : fail("cannot be read");
  };
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

std::string ns(duration x) {
  return std::to_string(x.count()) + "ns";
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto special = std::string_view{"\n\r\t\"\\"}.find(c);
    if (special == std::string_view::npos)
      result += c;
    else
      result += {'\\', "nrt\"\\"[special]};
  }
  return result + '"';
}

std::string in_quotes(const std::vector<std::string>& texts) {
  std::string result = "[";
  for (const auto& x : texts)
    result += (result.size() > 1 ? ", " : "") + in_quotes(x);
  return result + "]";
}

/// The settings as options of the command line, from which they must be read as they are.
std::vector<std::string> reprinted(const settings& x) {
  const std::map<std::string, std::string> all{
      {"service.name", in_quotes(x.service.name)},
      {"service.environment", in_quotes(x.service.environment)},
      {"nats.user", in_quotes(x.nats.user)},
      {"nats.password", in_quotes(x.nats.password)},
      {"nats.token", in_quotes(x.nats.token)},
      {"nats.credentials-file", in_quotes(x.nats.credentials_file)},
      {"nats.nkey-seed-file", in_quotes(x.nats.nkey_seed_file)},
      {"nats.tls-ca", in_quotes(x.nats.tls_ca)},
      {"nats.tls-cert", in_quotes(x.nats.tls_cert)},
      {"nats.tls-key", in_quotes(x.nats.tls_key)},
      {"redis.key", in_quotes(x.redis.key)},
      {"redis.tls-ca", in_quotes(x.redis.tls_ca)},
      {"redis.tls-cert", in_quotes(x.redis.tls_cert)},
      {"redis.tls-key", in_quotes(x.redis.tls_key)},
      {"nats.subject", in_quotes(x.nats.subject)},
      {"nats.queue", in_quotes(x.nats.queue)},
      {"nats.max-pending", std::to_string(x.nats.max_pending)},
      {"redis.payload-ttl", ns(x.redis.payload_ttl)},
      {"redis.timeout", ns(x.redis.timeout)},
      {"refresh.interval", ns(x.refresh.interval)},
      {"refresh.jitter", ns(x.refresh.jitter)},
      {"refresh.retry-min", ns(x.refresh.retry_min)},
      {"refresh.retry-max", ns(x.refresh.retry_max)},
      {"refresh.alert-after-attempts", std::to_string(x.refresh.alert_after_attempts)},
      {"refresh.deadline", ns(x.refresh.deadline)},
      {"refresh.max-stale", ns(x.refresh.max_stale)},
      {"refresh.guard-min-devices", std::to_string(x.refresh.guard_min_devices)},
      {"refresh.guard-max-drop", std::to_string(x.refresh.guard_max_drop)},
      {"refresh.guard-confirm-after", ns(x.refresh.guard_confirm_after)},
      {"hawkeye.subject", in_quotes(x.hawkeye.subject)},
      {"hawkeye.timeout", ns(x.hawkeye.timeout)},
      {"bruin.client-info-subject", in_quotes(x.bruin.client_info_subject)},
      {"bruin.management-status-subject", in_quotes(x.bruin.management_status_subject)},
      {"bruin.timeout", ns(x.bruin.timeout)},
      {"bruin.concurrency", std::to_string(x.bruin.concurrency)},
      {"bruin.attempts", std::to_string(x.bruin.attempts)},
      {"notifier.slack-subject", in_quotes(x.notifier.slack_subject)},
      {"notifier.email-subject", in_quotes(x.notifier.email_subject)},
      {"notifier.email-recipient", in_quotes(x.notifier.email_recipient)},
      {"http.listen", x.http.listen.empty() ? "" : in_quotes(x.http.listen)},
      {"log.level", in_quotes(x.log.level)},
      {"log.format", in_quotes(x.log.format)},
      {"nats.servers", in_quotes(x.nats.servers)},
      {"bruin.monitored-statuses", in_quotes(x.bruin.monitored_statuses)}};
  std::vector<std::string> result;
  for (const auto& [key, value] : all)
    result.push_back(key + "=" + value);
  return result;
}

} // namespace

void config(std::string_view bytes) {
  const auto cut = bytes.find("\n--\n");
  std::vector<std::string> options;
  if (cut != std::string_view::npos) {
    const auto lines = lines_of(bytes.substr(cut + 4));
    const auto line = read_command_line({lines.begin(), lines.end()});
    if (const auto* why = error_of(line))
      return demand_sentence(why->reason, 1000);
    options = line->options;
  }
  const auto read = read_config(sources(bytes.substr(0, cut), std::move(options)));
  const bool learned = bytes.find(secret) != std::string_view::npos; // the fuzzer does
  if (const auto* why = error_of(read)) {
    demand(learned || why->reason.find(secret) == std::string::npos,
           "no secret stands in a complaint");
    return demand_sentence(why->reason, 2000);
  }
  const auto& with = *read;
  demand(learned || to_string(with.redis.address).find(secret) == std::string::npos,
         "no secret is shown");
  const auto again = read_config(sources({}, reprinted(with)));
  demand(again.has_value(), "settings that are taken can be given anew");
  auto change = compare_settings(with, *again);
  std::erase_if(change.at_restart, [](const std::string& key) {
    return key == "redis.uri" || key == "redis.payload-uri"; // see uri.cpp
  });
  demand(change.live.empty() && change.at_restart.empty(), "settings reprinted mean the same");
}

} // namespace hawkeye::fuzz
