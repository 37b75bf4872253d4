#include "messages/config/keys.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/base/json_value.hpp"
#include "messages/base/text.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

namespace {

/// Whole seconds, such as "14400", as the older service read them.
std::optional<std::string> from_seconds(const std::string& text) {
  const bool valid = text.size() < 10 && whole_number<unsigned>(text);
  return valid ? std::optional{text + "s"} : std::nullopt;
}

/// Accepts only a JSON list; a single text is an error.
std::optional<std::string> from_json_list(const std::string& text) {
  const auto read = read_quoted(text);
  return read && read->is == written_value::form::list ? std::optional{text} : std::nullopt;
}

/// A Redis host with an optional port: the older service had no other form.
std::optional<std::string> from_host(const std::string& text) {
  auto uri = "redis://" + text + "/0";
  const bool plain = text.find_first_of("/@?#, \t") == std::string::npos;
  return plain && parse_redis_uri(uri) ? std::optional{std::move(uri)} : std::nullopt;
}

std::optional<std::string> as_it_is(const std::string& text) {
  return text;
}

#define AT(member)                                                                                 \
  +[](settings & x) -> auto& {                                                                     \
    return x.member;                                                                               \
  }

constexpr std::int64_t ns(duration x) {
  return x.count();
}

constexpr std::int64_t month = ns(24h * 30);
constexpr std::string_view
    name_form = "letters, digits, - and _, 1 to 64 of them",
    subject_form = "a literal subject without wildcards",
    optional_subject = R"(a literal subject, or "" (off))",
    statuses_form =
        R"(a list of at least one text, such as ["Pending", "Active – Gold Monitoring"])";

constexpr config_key text(std::string_view section, std::string_view name, setting_member where,
                          std::string_view help, std::string_view form,
                          bool (*right)(std::string_view) = nullptr) {
  return {section, name, where, help, right, form};
}

constexpr config_key file(std::string_view section, std::string_view name, setting_member where,
                          std::string_view help) {
  return text(section, name, where, help, "the name of a file");
}

constexpr config_key flag(std::string_view section, std::string_view name, setting_member where,
                          std::string_view help) {
  return {section, name, where, help};
}

constexpr config_key number(std::string_view section, std::string_view name, setting_member where,
                            std::string_view help, std::int64_t least, std::int64_t most) {
  return {section, name, where, help, nullptr, {}, least, most};
}

constexpr config_key live(config_key key) {
  key.live = true;
  return key;
}

constexpr config_key secret(config_key key) {
  key.secret = true;
  return key;
}

constexpr config_key older(config_key key, older_variable variable) {
  key.older = variable;
  return key;
}

// In the order of config.ini. The older service kept its cache in one Redis, and exchanged payloads
// larger than NATS' limit through another one, which it shared with the bridges.
const config_key rows[] = {
    text("service", "name", AT(service.name),
         "The name of this service in messages, the status, and NATS' lists of clients and "
         "services.",
         name_form, is_name),
    older(text("service", "environment", AT(service.environment),
               "The name of this installation, such as \"production\".", name_form, is_name),
          {"ENVIRONMENT_NAME", as_it_is, name_form}),
    older(
        text(
            "nats", "servers", AT(nats.servers),
            "The NATS servers: URLs nats:// or tls://; any one of them is used.",
            "URLs nats://host:port or tls://host:port: one, several separated by commas, or a list",
            is_server_url),
        {"NATS_SERVER1", as_it_is, "a URL nats://host:port or tls://host:port"}),
    text("nats", "user", AT(nats.user), "The user of a login with a password.", "a text"),
    secret(text("nats", "password", AT(nats.password), "The password of nats.user.", "a text")),
    file("nats", "password-file", AT(nats.password_file),
         "The file that contains the password instead."),
    secret(text("nats", "token", AT(nats.token), "The token of a login without user.", "a text")),
    file("nats", "token-file", AT(nats.token_file), "The file that contains the token instead."),
    file("nats", "credentials-file", AT(nats.credentials_file),
         "The credentials file of a login by JWT, which sends no secret."),
    file("nats", "nkey-seed-file", AT(nats.nkey_seed_file),
         "The seed file of a login by nkey, which sends no secret."),
    file("nats", "tls-ca", AT(nats.tls_ca),
         "The authority that signed the server's certificate (PEM)."),
    file("nats", "tls-cert", AT(nats.tls_cert),
         "The client certificate, if the server requires one (PEM)."),
    file("nats", "tls-key", AT(nats.tls_key), "The key of the client certificate (PEM)."),
    text("nats", "subject", AT(nats.subject),
         "The subject of requests; related subjects are derived from it.",
         "a literal subject with at least one dot, no wildcards, not beginning with $ or _INBOX",
         is_subject_with_siblings),
    text("nats", "queue", AT(nats.queue),
         "The queue group, of which one instance gets each request.",
         "a queue group's name without wildcards", is_literal_subject),
    number("nats", "max-pending", AT(nats.max_pending),
           "The most requests that may wait for their answer; further ones get a 503 at once.", 1,
           10'000'000),
    older(secret(text("redis", "uri", AT(redis.uri), "The Redis that stores the snapshot.",
                      redis_uri_forms)),
          {"REDIS_CUSTOMER_CACHE_HOSTNAME", from_host, "a host's name, or host:port"}),
    file("redis", "uri-file", AT(redis.uri_file), "The file that contains the URI instead."),
    older(secret(text(
              "redis", "payload-uri", AT(redis.payload_uri),
              "The Redis that stores replies larger than NATS' limit; \"\": the same as redis.uri.",
              redis_uri_forms)),
          {"REDIS_HOSTNAME", from_host, "a host's name, or host:port"}),
    file("redis", "payload-uri-file", AT(redis.payload_uri_file),
         "The file that contains that URI instead."),
    file("redis", "tls-ca", AT(redis.tls_ca),
         "For rediss://: the authority that signed Redis' certificate (PEM)."),
    file("redis", "tls-cert", AT(redis.tls_cert),
         "For rediss://: the client certificate, if Redis requires one (PEM)."),
    file("redis", "tls-key", AT(redis.tls_key),
         "For rediss://: the key of the client certificate (PEM)."),
    flag("redis", "allow-plaintext-password", AT(redis.allow_plaintext_password),
         "Whether a password may be sent to another machine without TLS."),
    text("redis", "key", AT(redis.key),
         "The key of the snapshot; KEY:meta, KEY:lease, KEY:history, KEY:devices and KEY:incidents "
         "are used, too.",
         "a key's name, not empty", not_empty),
    number("redis", "payload-ttl", AT(redis.payload_ttl),
           "How long a stored reply is kept; its token is sent during the first half of this time.",
           ns(1s), ns(24h)),
    number("redis", "timeout", AT(redis.timeout),
           "The longest wait for one answer of Redis, including the connection.", ns(10ms),
           ns(60s)),
    older(live(number("refresh", "interval", AT(refresh.interval),
                      "The time from the end of one refresh to the start of the next.", ns(100ms),
                      month)),
          {"REFRESH_JOB_INTERVAL", from_seconds, "whole seconds, 1 to 2592000"}),
    live(number("refresh", "jitter", AT(refresh.jitter),
                "A random part of this is added to the interval.", 0, month)),
    number("refresh", "retry-min", AT(refresh.retry_min),
           "The pause after a first failed refresh; each further failure doubles it.", ns(10ms),
           ns(24h)),
    number("refresh", "retry-max", AT(refresh.retry_max),
           "The longest pause after a failed refresh.", ns(10ms), ns(24h)),
    number("refresh", "alert-after-attempts", AT(refresh.alert_after_attempts),
           "After this many failures in a row one message is sent to the notifier.", 1, 1000),
    number("refresh", "deadline", AT(refresh.deadline),
           "A refresh that takes longer is finished with what is known by then.", ns(1s), ns(24h)),
    number("refresh", "max-stale", AT(refresh.max_stale),
           "A device for which Bruin does not answer keeps its last good record for this long.", 0,
           month),
    number("refresh", "guard-min-devices", AT(refresh.guard_min_devices),
           "If one refresh would remove more devices than this ...", 0, 1'000'000'000),
    number("refresh", "guard-max-drop", AT(refresh.guard_max_drop),
           "... and more than this percentage of the served devices ...", 0, 100),
    number(
        "refresh", "guard-confirm-after", AT(refresh.guard_confirm_after),
        "... they stay until a second answer, asked for at least this much later, says the same.",
        ns(100ms), ns(24h)),
    text("hawkeye", "subject", AT(hawkeye.subject),
         "The subject on which hawkeye-bridge is asked for all probes.", subject_form,
         is_literal_subject),
    number("hawkeye", "timeout", AT(hawkeye.timeout), "The longest wait for the list of probes.",
           ns(10ms), ns(10min)),
    text("bruin", "client-info-subject", AT(bruin.client_info_subject),
         "The subject on which bruin-bridge is asked for a probe's customer.", subject_form,
         is_literal_subject),
    text("bruin", "management-status-subject", AT(bruin.management_status_subject),
         "The subject on which bruin-bridge is asked for a probe's management status.",
         subject_form, is_literal_subject),
    number("bruin", "timeout", AT(bruin.timeout), "The longest wait for one answer of Bruin.",
           ns(10ms), ns(10min)),
    live(number("bruin", "concurrency", AT(bruin.concurrency),
                "The most calls in flight; fewer are made if more would slow Bruin down.", 1,
                4096)),
    number("bruin", "attempts", AT(bruin.attempts),
           "Tries per call that fails (no answer, an error, a wrong shape).", 1, 20),
    older(live(text("bruin", "monitored-statuses", AT(bruin.monitored_statuses),
                    "The management statuses of monitored devices, spelt exactly as in Bruin.",
                    statuses_form, not_empty)),
          {"WHITELISTED_MANAGEMENT_STATUSES", from_json_list,
           R"(a JSON list of at least one text, such as ["Pending", "Active – Gold Monitoring"])"}),
    text("notifier", "slack-subject", AT(notifier.slack_subject),
         "The subject of messages to Slack; \"\" switches them off.", optional_subject,
         is_subject_or_off),
    text("notifier", "email-subject", AT(notifier.email_subject),
         "The subject of e-mails; \"\" switches them off.", optional_subject, is_subject_or_off),
    older(text("notifier", "email-recipient", AT(notifier.email_recipient),
               "The recipient of the e-mails; \"\": none.", R"(an e-mail address, or "" (off))",
               is_recipient_or_off),
          {"DUPLICATE_INVENTORIES_RECIPIENT", as_it_is, "an e-mail address"}),
    text("http", "listen", AT(http.listen),
         "Where the page, /_health, /ready, /metrics and /api are served; \"\" switches it off.",
         R"(address:port, several separated by commas, a list of them, or "" (off))", is_listen),
    live(text("log", "level", AT(log.level),
              "The least severe level that is written to standard error.",
              R"("trace", "debug", "info", "warn", "error" or "off")", is_level)),
    text("log", "format", AT(log.format), "\"text\" for people, \"json\" for machines.",
         R"("text" or "json")", is_format),
};

#undef AT

// -- reading a value ------------------------------------------------------------------------------

template <class Number>
bool in_range(const config_key& key, std::int64_t value, Number& to) {
  if (value < key.least || value > key.most)
    return false;
  to = static_cast<Number>(value);
  return true;
}

constexpr std::pair<std::string_view, duration> units[] = {
    {"h", 1h}, {"min", 1min}, {"s", 1s}, {"ms", 1ms}, {"us", 1us}, {"ns", duration{1}}};

/// A whole number with its unit, such as "90s" or "-4h", in nanoseconds.
std::optional<std::int64_t> read_duration(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("-0123456789"), text.size());
  const auto count = whole_number<std::int64_t>(text.substr(0, digits));
  for (const auto& [name, unit] : units)
    if (const auto most = std::numeric_limits<std::int64_t>::max() / unit.count();
        count && text.substr(digits) == name && *count <= most && *count >= -most)
      return *count * unit.count();
  return {};
}

/// The elements of a list, or one text split at its commas.
std::vector<std::string> cut_at_commas(const written_value& value) {
  if (value.is == written_value::form::list)
    return value.texts;
  std::vector<std::string> result;
  std::string_view rest = value.texts.front();
  while (true) {
    const auto end = std::min(rest.find(','), rest.size());
    result.emplace_back(trimmed(rest.substr(0, end), " "));
    if (end == rest.size())
      return result;
    rest.remove_prefix(end + 1);
  }
}

/// A list that was not read as one: a shell or an env file kept its quotes.
bool has_outer_quote(std::string_view text) {
  constexpr std::string_view quotes = "\"'";
  return !text.empty()
         && (quotes.find(text.front()) != quotes.npos || quotes.find(text.back()) != quotes.npos);
}

bool is_number(const setting_member& where) {
  return std::holds_alternative<std::size_t& (*)(settings&)>(where)
         || std::holds_alternative<unsigned& (*)(settings&)>(where);
}

/// Reads a value into a member of the settings, depending on the member's type.
struct reader {
  const config_key& key;
  const written_value& value;

  bool is_right(const std::string& text) const {
    return is_printable(text) && (!key.right || key.right(text));
  }

  bool operator()(std::string& to) const {
    if (value.is != written_value::form::text || !is_right(value.texts.front()))
      return false;
    to = value.texts.front();
    return true;
  }

  bool operator()(std::vector<std::string>& to) const {
    if (value.is == written_value::form::word)
      return false;
    auto texts = cut_at_commas(value);
    const bool may_be_off = key.form.find("(off)") != std::string_view::npos;
    if (may_be_off && texts == std::vector<std::string>{""})
      texts.clear();
    if ((texts.empty() && !may_be_off)
        || !std::all_of(texts.begin(), texts.end(), [&](const auto& x) { return is_right(x); })
        || (value.is == written_value::form::text
            && std::any_of(texts.begin(), texts.end(), has_outer_quote)))
      return false;
    to = std::move(texts);
    return true;
  }

  bool operator()(bool& to) const {
    to = word() == "true";
    return to || word() == "false";
  }

  template <class Integer>
  bool operator()(Integer& to) const {
    const auto number = whole_number<std::int64_t>(word());
    return number && in_range(key, *number, to);
  }

  bool operator()(duration& to) const {
    std::int64_t count = 0;
    const auto read = read_duration(word());
    if (!read || !in_range(key, *read, count))
      return false;
    to = duration{count};
    return true;
  }

  bool operator()(std::chrono::seconds& to) const {
    duration exact{};
    const bool right = (*this)(exact);
    to = std::chrono::ceil<std::chrono::seconds>(exact);
    return right;
  }

  std::string_view word() const {
    return value.is == written_value::form::word ? std::string_view{value.texts.front()} : "";
  }
};

struct writer {
  std::string operator()(const std::string& x) const {
    return one_line_json(nlohmann::json(x));
  }

  std::string operator()(const std::vector<std::string>& x) const {
    if (x.empty())
      return (*this)(std::string{});
    if (x.size() == 1 && x.front().find_first_of(", ") == std::string::npos
        && !has_outer_quote(x.front())) // only within a list a text may have one
      return (*this)(x.front());
    std::string result;
    for (const auto& item : x)
      result += (result.empty() ? "[" : ", ") + (*this)(item);
    return result + "]";
  }

  std::string operator()(bool x) const {
    return x ? "true" : "false";
  }

  template <std::integral Number>
  std::string operator()(Number x) const {
    return std::to_string(x);
  }

  std::string operator()(duration x) const {
    return in_units(x);
  }
};

} // namespace

bool config_key::is_list() const {
  return std::holds_alternative<std::vector<std::string>& (*)(settings&)>(where);
}

bool config_key::is_text() const {
  return std::holds_alternative<std::string& (*)(settings&)>(where);
}

std::string config_key::full_name() const {
  return fmt::format("{}.{}", section, name);
}

std::string config_key::variable() const {
  auto result = fmt::format("HAWKEYE_CACHE_{}_{}", section, name);
  for (auto& c : result)
    c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

std::string config_key::range() const {
  if (most == 0)
    return "";
  return is_number(where)
             ? fmt::format("{} to {}", least, most)
             : fmt::format("{} to {}", in_units(duration{least}), in_units(duration{most}));
}

std::string config_key::expected() const {
  if (is_text() || is_list())
    return std::string{form};
  if (most == 0)
    return "true or false";
  return is_number(where)
             ? fmt::format("a whole number, {}", range())
             : fmt::format("a duration with its unit, {}, such as 90s, 5min or 4h", range());
}

std::span<const config_key> config_keys() {
  return rows;
}

const config_key* find_key(std::string_view full_name) {
  const auto dot = full_name.find('.');
  if (dot == full_name.npos)
    return nullptr;
  for (const auto& key : rows) // no section or name has a dot
    if (key.section == full_name.substr(0, dot) && key.name == full_name.substr(dot + 1))
      return &key;
  return nullptr;
}

const config_key* partner_of(const config_key& key) {
  constexpr std::string_view ending = "-file";
  const auto names_file_of = [&](const config_key& file, const config_key& itself) {
    return file.name.size() == itself.name.size() + ending.size()
           && file.name.starts_with(itself.name) && file.name.ends_with(ending);
  };
  for (const auto& other : rows)
    if (other.section == key.section && (names_file_of(other, key) || names_file_of(key, other)))
      return &other;
  return nullptr;
}

bool put_value(const config_key& key, const written_value& value, settings& to) {
  return std::visit([&](auto where) { return reader{key, value}(where(to)); }, key.where);
}

std::string value_text(const config_key& key, const settings& from) {
  // Only read. There is one accessor per member, and it is not const.
  auto& x = const_cast<settings&>(from);
  return std::visit([&](auto where) { return writer{}(std::as_const(where(x))); }, key.where);
}

void copy_value(const config_key& key, const settings& from, settings& to) {
  auto& x = const_cast<settings&>(from);
  std::visit([&](auto where) { where(to) = std::as_const(where(x)); }, key.where);
}

std::string in_units(duration x) {
  for (const auto& [name, unit] : units)
    if (x >= unit && x % unit == duration::zero())
      return fmt::format("{}{}", x / unit, name);
  return x == duration::zero() ? "0s" : fmt::format("{}ns", x.count());
}

} // namespace hawkeye
