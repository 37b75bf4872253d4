#include "messages/config/config_keys.hpp"

#include <algorithm>

#include <caf/all.hpp>

#include "messages/config/value_parsers.hpp"

namespace hawkeye::config_keys {

namespace {

using caf::config_value;
using check = bool (*)(std::string_view);

/// The value's text, where it can be shown and sent: libraries take texts up to a NUL, and subjects
/// and names end up in JSON.
const std::string* plain_text(const config_value& value) {
  const auto* given = caf::get_if<std::string>(&value);
  return given && is_plain(*given) ? given : nullptr;
}

/// One text, several separated by commas, or a list of texts.
std::optional<std::vector<std::string>> texts(const config_value& value, bool commas) {
  std::vector<std::string> result;
  if (const auto* list = caf::get_if<config_value::list>(&value)) {
    for (const auto& item : *list) {
      const auto* text = plain_text(item);
      if (!text)
        return {};
      result.push_back(*text);
    }
    return result;
  }
  const auto* text = plain_text(value);
  if (!text
      || (text->starts_with('[') && text->find("]:") == std::string::npos)) // a list that is none
    return {};
  for (std::size_t begin = 0; begin <= text->size();) {
    const auto end = commas ? std::min(text->find(',', begin), text->size()) : text->size();
    auto part = text->substr(begin, end - begin);
    part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
    part.erase(part.find_last_not_of(' ') + 1);
    result.push_back(std::move(part));
    begin = end + 1;
  }
  return result;
}

key text(std::string_view section, std::string_view name, std::string expected, check right,
         std::function<std::string&(draft&)> where, bool secret = false) {
  return {section, name, std::move(expected), secret,
          [right, where = std::move(where)](draft& into, const config_value& value) {
            const auto* given = plain_text(value);
            if (!given || !right(*given))
              return false;
            where(into) = *given;
            return true;
          }};
}

key flag(std::string_view section, std::string_view name, std::function<bool&(draft&)> where) {
  return {section, name, "true or false", false,
          [where = std::move(where)](draft& into, const config_value& value) {
            const auto* given = caf::get_if<config_value::boolean>(&value);
            if (given)
              where(into) = *given;
            return given != nullptr;
          }};
}

key time(std::string_view section, std::string_view name, std::string range, duration least,
         duration most, std::function<void(draft&, duration)> put) {
  return {section, name, "a duration with its unit, " + range + ", such as 90s, 5min or 4h", false,
          [least, most, put = std::move(put)](draft& into, const config_value& value) {
            const auto* given = caf::get_if<caf::timespan>(&value);
            if (!given || *given < least || *given > most)
              return false;
            put(into, *given);
            return true;
          }};
}

template <class Integer>
key count(std::string_view section, std::string_view name, std::int64_t least, std::int64_t most,
          std::function<Integer&(draft&)> where) {
  return {section, name,
          "a whole number from " + std::to_string(least) + " to " + std::to_string(most), false,
          [least, most, where = std::move(where)](draft& into, const config_value& value) {
            const auto* given = caf::get_if<config_value::integer>(&value);
            if (!given || *given < least || *given > most)
              return false;
            where(into) = static_cast<Integer>(*given);
            return true;
          }};
}

// -- the sections of config.ini ------------------------------------------------------------------

#define AT(member)                                                                                 \
  [](draft & d) -> auto& {                                                                         \
    return d.result.member;                                                                        \
  }
#define PUT(member)                                                                                \
  [](draft& d, duration x) {                                                                       \
    d.result.member = x;                                                                           \
  }

void add_service_and_nats(std::vector<key>& to) {
  const std::string name = "letters, digits, - and _, 1 to 64 of them, in double quotes";
  const std::string file = "the name of a file, in double quotes";
  to.push_back(text("service", "name", name, is_name, AT(service.name)));
  to.push_back(text("service", "environment", name, is_name, AT(service.environment)));
  to.push_back(
      {"nats", "servers",
       R"(URLs nats://host:port or tls://host:port, in double quotes: one, several separated by commas, or a list)",
       false, [](draft& into, const config_value& value) {
         auto given = texts(value, true);
         if (!given || given->empty() || !std::all_of(given->begin(), given->end(), is_server_url))
           return false;
         into.result.nats.servers = std::move(*given);
         return true;
       }});
  to.push_back(text("nats", "user", "a text in double quotes", anything, AT(nats.user)));
  to.push_back(
      text("nats", "password", "a text in double quotes", anything, AT(nats.password), true));
  to.push_back(text("nats", "password-file", file, anything, AT(nats.password_file)));
  to.push_back(text("nats", "token", "a text in double quotes", anything, AT(nats.token), true));
  to.push_back(text("nats", "token-file", file, anything, AT(nats.token_file)));
  to.push_back(text("nats", "credentials-file", file, anything, AT(nats.credentials_file)));
  to.push_back(text("nats", "nkey-seed-file", file, anything, AT(nats.nkey_seed_file)));
  to.push_back(text("nats", "tls-ca", file, anything, AT(nats.tls_ca)));
  to.push_back(text("nats", "tls-cert", file, anything, AT(nats.tls_cert)));
  to.push_back(text("nats", "tls-key", file, anything, AT(nats.tls_key)));
  to.push_back(text(
      "nats", "subject", "a literal subject with at least one dot, no wildcards, in double quotes",
      [](std::string_view x) {
        return is_literal_subject(x) && x.find('.') != std::string_view::npos;
      },
      AT(nats.subject)));
  to.push_back(text("nats", "queue", "a queue group's name without white space, in double quotes",
                    is_literal_subject, AT(nats.queue)));
  to.push_back(count<std::size_t>("nats", "max-pending", 1, 10'000'000, AT(nats.max_pending)));
}

void add_redis(std::vector<key>& to) {
  const std::string uri =
      "redis:// or rediss://[user:password@]host:port/db, unix:///path?db=N, or "
      "redis+sentinel://[user:password@]host:port[,host:port...]/master-name/db, in double quotes";
  const std::string file = "the name of a file, in double quotes";
  to.push_back(text("redis", "uri", uri, not_empty, AT(redis.uri), true));
  to.push_back(text("redis", "uri-file", file, anything, AT(redis.uri_file)));
  to.push_back(text("redis", "payload-uri", uri, anything, AT(redis.payload_uri), true));
  to.push_back(text("redis", "payload-uri-file", file, anything, AT(redis.payload_uri_file)));
  to.push_back(text("redis", "tls-ca", file, anything, AT(redis.tls_ca)));
  to.push_back(text("redis", "tls-cert", file, anything, AT(redis.tls_cert)));
  to.push_back(text("redis", "tls-key", file, anything, AT(redis.tls_key)));
  to.push_back(flag("redis", "allow-plaintext-password", AT(redis.allow_plaintext_password)));
  to.push_back(
      text("redis", "key", "a key's name, not empty, in double quotes", not_empty, AT(redis.key)));
  to.push_back(time("redis", "payload-ttl", "1s to 24h", 1s, 24h, [](draft& d, duration x) {
    d.result.redis.payload_ttl = std::chrono::ceil<std::chrono::seconds>(x);
  }));
  to.push_back(time("redis", "timeout", "10ms to 60s", 10ms, 60s, PUT(redis.timeout)));
}

void add_refresh(std::vector<key>& to) {
  constexpr duration month = 24h * 30;
  to.push_back(time("refresh", "interval", "100ms to 720h", 100ms, month, PUT(refresh.interval)));
  to.push_back(time("refresh", "jitter", "0s to refresh.interval", 0s, month,
                    [](draft& d, duration x) { d.jitter = x; }));
  to.push_back(time("refresh", "retry-min", "10ms to 24h", 10ms, 24h, PUT(refresh.retry_min)));
  to.push_back(time("refresh", "retry-max", "10ms to 24h", 10ms, 24h, PUT(refresh.retry_max)));
  to.push_back(count<std::size_t>("refresh", "alert-after-attempts", 1, 1000,
                                  AT(refresh.alert_after_attempts)));
  to.push_back(time("refresh", "deadline", "1s to 24h", 1s, 24h, PUT(refresh.deadline)));
  to.push_back(time("refresh", "max-stale", "0s (off) to 720h", 0s, month, PUT(refresh.max_stale)));
  to.push_back(count<std::size_t>("refresh", "guard-min-devices", 0, 1'000'000'000,
                                  AT(refresh.guard_min_devices)));
  to.push_back(count<unsigned>("refresh", "guard-max-drop", 0, 100, AT(refresh.guard_max_drop)));
  to.push_back(time("refresh", "guard-confirm-after", "100ms to 24h", 100ms, 24h,
                    PUT(refresh.guard_confirm_after)));
}

void add_bridges(std::vector<key>& to) {
  const std::string subject = "a literal subject without wildcards, in double quotes";
  to.push_back(text("hawkeye", "subject", subject, is_literal_subject, AT(hawkeye.subject)));
  to.push_back(time("hawkeye", "timeout", "10ms to 10min", 10ms, 10min, PUT(hawkeye.timeout)));
  to.push_back(text("bruin", "client-info-subject", subject, is_literal_subject,
                    AT(bruin.client_info_subject)));
  to.push_back(text("bruin", "management-status-subject", subject, is_literal_subject,
                    AT(bruin.management_status_subject)));
  to.push_back(time("bruin", "timeout", "10ms to 10min", 10ms, 10min, PUT(bruin.timeout)));
  to.push_back(count<std::size_t>("bruin", "concurrency", 1, 4096, AT(bruin.concurrency)));
  to.push_back(count<std::size_t>("bruin", "attempts", 1, 20, AT(bruin.attempts)));
  to.push_back({"bruin", "monitored-statuses",
                R"(a list of at least one text, such as ["Pending", "Active – Gold Monitoring"])",
                false, [](draft& into, const config_value& value) {
                  auto given = texts(value, false);
                  if (!given || given->empty()
                      || !std::all_of(given->begin(), given->end(), not_empty))
                    return false;
                  into.result.bruin.monitored_statuses = std::move(*given);
                  return true;
                }});
}

void add_outlets(std::vector<key>& to) {
  const std::string subject = R"(a literal subject in double quotes, or "" (off))";
  to.push_back(
      text("notifier", "slack-subject", subject, is_subject_or_off, AT(notifier.slack_subject)));
  to.push_back(
      text("notifier", "email-subject", subject, is_subject_or_off, AT(notifier.email_subject)));
  to.push_back(text(
      "notifier", "email-recipient", R"(an address in double quotes, or "" (off))",
      [](std::string_view x) {
        return x.empty()
               || (x.find('@') != std::string_view::npos
                   && x.find_first_of(" \t\r\n") == std::string_view::npos);
      },
      AT(notifier.email_recipient)));
  to.push_back(
      {"http", "listen",
       R"(address:port in double quotes, several separated by commas, a list of them, or "" (off))",
       false, [](draft& into, const config_value& value) {
         auto given = texts(value, true);
         if (given && *given == std::vector<std::string>{""})
           given->clear();
         if (!given || !std::all_of(given->begin(), given->end(), is_listen))
           return false;
         into.result.http.listen = std::move(*given);
         return true;
       }});
  to.push_back(text("log", "level", R"("trace", "debug", "info", "warn", "error" or "off")",
                    is_level, AT(log.level)));
  to.push_back(text("log", "format", R"("text" or "json")", is_format, AT(log.format)));
}

#undef AT
#undef PUT

std::vector<key> make_all() {
  std::vector<key> result;
  add_service_and_nats(result);
  add_redis(result);
  add_refresh(result);
  add_bridges(result);
  add_outlets(result);
  return result;
}

} // namespace

const std::vector<key>& all() {
  static const auto table = make_all();
  return table;
}

const key* find(std::string_view section, std::string_view name) {
  for (const auto& x : all())
    if (x.section == section && x.name == name)
      return &x;
  return nullptr;
}

} // namespace hawkeye::config_keys
