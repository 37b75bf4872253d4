#include "messages/config/config.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "messages/base/json.hpp"
#include "messages/base/text.hpp"
#include "messages/config/ini.hpp"
#include "messages/config/keys.hpp"
#include "messages/config/plaintext_passwords.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

namespace {

using problem = std::optional<failure>;
using form = written_value::form;

constexpr std::string_view our_variables = "HAWKEYE_CACHE_";

std::string by_variable(std::string_view name) {
  return fmt::format("environment variable {}", name);
}

// -- one value ------------------------------------------------------------------------------------

/// The value for an error message, without secrets.
std::string shown(const written_value& value) {
  if (value.is == form::word)
    return printable(without_secrets(value.texts.front()));
  std::string result;
  for (const auto& text : value.texts)
    result += fmt::format("{}\"{}\"", result.empty() ? "" : ", ", printable(without_secrets(text)));
  return value.is == form::text ? result : "[" + printable(result) + "]";
}

std::string expected_of(const config_key& key, const written_value& value) {
  auto result = key.expected();
  if ((key.is_text() || key.is_list()) && value.is == form::word)
    result += ", in double quotes";
  if (!std::all_of(value.texts.begin(), value.texts.end(), is_printable))
    result += ", in UTF-8 and without control characters";
  return result;
}

/// Collects values from one source after the other. Later sources override earlier ones.
class settings_draft {
public:
  settings result;

  bool has(const std::string& key) const {
    return result.sources.contains(key);
  }

  /// The key, preceded by the source of its value.
  std::string at(const std::string& key) const {
    const auto found = result.sources.find(key);
    return fmt::format("{}: {}", found == result.sources.end() ? "defaults" : found->second, key);
  }

  /// Sets a value. `source` is its place, for messages: "config.ini:12", "command line".
  problem take(const config_key& key, const written_value& value, const std::string& source) {
    if (!put_value(key, value, result))
      return fail("{}: {} = {}: expected {}", source, key.full_name(),
                  key.secret ? "(not shown)" : shown(value), expected_of(key, value));
    overrule(key.full_name(), source);
    if (const auto* partner = partner_of(key);
        partner && has(partner->full_name())
        && kind_of(result.sources.at(partner->full_name())) != kind_of(source)) {
      overrule(partner->full_name(), source);
      copy_value(*partner, settings{}, result);
      result.sources.erase(partner->full_name());
    }
    result.sources[key.full_name()] = source;
    return {};
  }

  /// The source of the key or of its `-file` key; null if neither was given.
  const std::string* given_at(const config_key& key) const {
    auto found = result.sources.find(key.full_name());
    const auto* partner = partner_of(key);
    if (found == result.sources.end() && partner)
      found = result.sources.find(partner->full_name());
    return found == result.sources.end() ? nullptr : &found->second;
  }

  void unused(std::string_view variable, std::string_view key, std::string_view source) {
    result.overruled.push_back(fmt::format("{} ({} comes from {})", variable, key, source));
  }

private:
  /// The kind of source: all lines of one file are one kind, all environment variables another.
  static std::string_view kind_of(std::string_view source) {
    return source.substr(0, source.find_first_of(" :"));
  }

  void overrule(const std::string& key, const std::string& source) {
    const auto found = result.sources.find(key);
    const auto prefix = by_variable("");
    if (found != result.sources.end() && found->second.starts_with(prefix))
      unused(std::string_view{found->second}.substr(prefix.size()), key, source);
  }
};

// -- the sources ----------------------------------------------------------------------------------

failure no_such_key(std::string_view source, const std::string& name) {
  static const auto known = [] {
    std::vector<std::string> result;
    for (const auto& key : config_keys())
      result.push_back(key.full_name());
    return result;
  }();
  return {fmt::format("{}: {}: there is no such key; config.ini as it ships names all of them{}",
                      source, printable(name), suggestion(name, known))};
}

problem take_file(const config_sources& from, settings_draft& draft) {
  const auto entries = read_ini(from.file_text, from.file_name);
  if (const auto* why = error_of(entries))
    return *why;
  std::map<std::string, std::size_t> lines;
  for (const auto& entry : *entries) {
    const auto name = fmt::format("{}.{}", entry.section, entry.key);
    const auto source = fmt::format("{}:{}", from.file_name, entry.line);
    if (const auto [first, is_new] = lines.emplace(name, entry.line); !is_new)
      return fail("{}: {} stands in line {} already", source, printable(name), first->second);
    const auto* key = find_key(name);
    if (!key)
      return no_such_key(source, name);
    if (auto why = draft.take(*key, entry.value, source))
      return why;
  }
  return {};
}

/// A value from the command line or a variable, where quotes are not needed.
written_value bare_value(const config_key& key, const std::string& given, bool quotes) {
  const auto text = key.is_list() ? std::string{trimmed(given)} : given;
  const bool closed = text.size() > 1 && text.front() == '"' && text.back() == '"';
  const bool bracket = key.is_list() && text.starts_with('[');
  if (bracket || (quotes && closed && (key.is_text() || key.is_list())))
    if (auto read = read_quoted(text))
      return *std::move(read);
  // [::1]:5000 is an address, not a list. An invalid list is not accepted as a text either.
  const bool list = bracket && text.find("]:") == std::string::npos;
  return {(key.is_text() || key.is_list()) && !list ? form::text : form::word, {text}};
}

problem take_options(const config_sources& from, settings_draft& draft) {
  std::map<std::string_view, std::string_view> given;
  for (const auto& [name, text] : from.options) {
    const auto* key = find_key(name);
    if (!key)
      return no_such_key("command line", name);
    if (const auto [first, is_new] = given.emplace(name, text); !is_new && first->second != text)
      return fail("command line: {} is given twice, with different values: give it once", name);
    if (auto why = draft.take(*key, bare_value(*key, text, true), "command line"))
      return why;
  }
  return {};
}

/// True for the variables that Kubernetes sets for each Service, with a prefix made of the
/// Service's name. For a Service "hawkeye-cache" they are HAWKEYE_CACHE_SERVICE_HOST,
/// HAWKEYE_CACHE_SERVICE_PORT_HTTP, HAWKEYE_CACHE_PORT_80_TCP_ADDR and more; HAWKEYE_CACHE_PORT
/// always holds an address.
bool is_service_link(const std::string& name,
                     const std::map<std::string, std::string>& environment) {
  for (const std::string_view kind : {"_SERVICE_HOST", "_SERVICE_PORT", "_PORT"}) {
    const auto at = name.find(kind);
    const auto address =
        at == name.npos ? environment.end() : environment.find(name.substr(0, at) + "_PORT");
    if (address != environment.end() && address->second.find("://") != std::string::npos)
      return true;
  }
  return false;
}

/// Null if there is no such key.
const config_key* key_of_variable(const std::string& name) {
  static const auto known = [] {
    std::map<std::string, const config_key*> result;
    for (const auto& key : config_keys())
      result.emplace(key.variable(), &key);
    return result;
  }();
  const auto found = known.find(name);
  return found == known.end() ? nullptr : found->second;
}

problem take_variables(const config_sources& from, settings_draft& draft) {
  for (auto at = from.environment.lower_bound(std::string{our_variables});
       at != from.environment.end() && at->first.starts_with(our_variables); ++at) {
    const auto& name = at->first;
    const auto& text = at->second;
    const auto* key = key_of_variable(name);
    if (!key && is_service_link(name, from.environment))
      continue;
    if (!key) {
      std::vector<std::string> known;
      for (const auto& x : config_keys())
        known.push_back(x.variable());
      return fail("{}: there is no such key; it would be HAWKEYE_CACHE_SECTION_KEY of a key of "
                  "config.ini{}",
                  by_variable(printable(name)), suggestion(name, known));
    }
    if (auto why = draft.take(*key, bare_value(*key, text, false), by_variable(name)))
      return why;
  }
  return {};
}

/// The variables of the older service's deployment. They are used only if the key was not given
/// elsewhere. Otherwise their values are not checked, because they may belong to another program.
problem take_older_variables(const config_sources& from, settings_draft& draft) {
  for (const auto& key : config_keys()) {
    const auto found =
        key.older.name ? from.environment.find(key.older.name) : from.environment.end();
    if (found == from.environment.end())
      continue;
    const auto& [name, text] = *found;
    if (text.empty()) {
      draft.result.overruled.push_back(name + " (empty: counts as not set)");
    } else if (const auto* above = draft.given_at(key)) {
      draft.unused(name, key.full_name(), *above);
    } else {
      const auto translated = key.older.translate(text);
      const auto at = text.rfind('@'); // the text before it may be a secret
      const auto safe = at == std::string::npos ? text : "***" + text.substr(at);
      if (!translated || draft.take(key, bare_value(key, *translated, false), by_variable(name)))
        return fail("{}: {} = \"{}\": expected {}", by_variable(name), key.full_name(),
                    printable(safe), key.older.expected);
    }
  }
  return {};
}

// -- checks that need all keys --------------------------------------------------------------------

/// Reads the file that a `*-file` key names into `to`, without the line breaks at its end. What a
/// library reads (`to` is null) may be any text.
problem take_secret_file(const config_sources& from, const settings_draft& draft, const char* key,
                         const std::string& file, std::string* to) {
  if (file.empty())
    return {};
  auto content = from.read_file(file);
  if (auto* why = error_of(content))
    return fail("{} = \"{}\": {}", draft.at(key), printable(file), why->reason);
  while (content->ends_with('\n') || content->ends_with('\r'))
    content->pop_back();
  if (content->empty())
    return fail("{} = \"{}\": the file is empty", draft.at(key), printable(file));
  if (!to)
    return {};
  if (!is_printable(*content))
    return fail("{} = \"{}\": the file is not one line of text", draft.at(key), printable(file));
  const std::string name{key}, itself = name.substr(0, name.rfind("-file"));
  if (itself != name && draft.result.sources.contains(itself) && *to != *content)
    return fail("{}: {} is given, too, with another value: give one of them", draft.at(key),
                itself);
  *to = *std::move(content);
  return {};
}

problem take_files(const config_sources& from, settings_draft& draft) {
  auto& nats = draft.result.nats;
  auto& redis = draft.result.redis;
  // Those without a value are read later, by libraries: an error is reported now.
  const std::tuple<const char*, const std::string&, std::string*> files[] = {
      {"nats.password-file", nats.password_file, &nats.password},
      {"nats.token-file", nats.token_file, &nats.token},
      {"nats.credentials-file", nats.credentials_file, nullptr},
      {"nats.nkey-seed-file", nats.nkey_seed_file, nullptr},
      {"nats.tls-ca", nats.tls_ca, nullptr},
      {"nats.tls-cert", nats.tls_cert, nullptr},
      {"nats.tls-key", nats.tls_key, nullptr},
      {"redis.uri-file", redis.uri_file, &redis.uri},
      {"redis.payload-uri-file", redis.payload_uri_file, &redis.payload_uri},
      {"redis.tls-ca", redis.tls_ca, nullptr},
      {"redis.tls-cert", redis.tls_cert, nullptr},
      {"redis.tls-key", redis.tls_key, nullptr},
  };
  for (const auto& [key, file, to] : files)
    if (auto why = take_secret_file(from, draft, key, file, to))
      return why;
  return {};
}

/// Rejects a certificate without its key, or a key without its certificate.
problem check_pair(const settings_draft& draft, const std::string& section, const std::string& cert,
                   const std::string& key) {
  if (cert.empty() == key.empty())
    return {};
  return fail("{}: {}.tls-cert and {}.tls-key belong together: one of them is missing",
              draft.at(section + (cert.empty() ? ".tls-key" : ".tls-cert")), section, section);
}

/// Parses the address from the key or its `-file`.
problem take_uri(const settings_draft& from, const std::string& key, const std::string& file,
                 const std::string& uri, redis_address& to) {
  const auto& redis = from.result.redis;
  auto address = parse_redis_uri(uri);
  const auto where = from.at(file.empty() ? key : key + "-file");
  if (auto* why = error_of(address))
    return fail("{}: {}", where, why->reason);
  to = *std::move(address);
  to.tls_ca = redis.tls_ca, to.tls_cert = redis.tls_cert, to.tls_key = redis.tls_key;
  if (auto why = unprotected_password(to, redis.allow_plaintext_password))
    return fail("{}: {}", where, why->reason);
  return {};
}

problem take_uris(settings_draft& draft) {
  auto& redis = draft.result.redis;
  if (auto why = take_uri(draft, "redis.uri", redis.uri_file, redis.uri, redis.address))
    return why;
  redis.payload_address = redis.address;
  if (redis.payload_uri.empty() && redis.payload_uri_file.empty())
    return {};
  return take_uri(draft, "redis.payload-uri", redis.payload_uri_file, redis.payload_uri,
                  redis.payload_address);
}

/// The other key's value; its source is added if it is an environment variable, because the file
/// does not show it.
std::string in_comparison(const settings_draft& draft, const std::string& key, duration value) {
  const auto found = draft.result.sources.find(key);
  const bool elsewhere =
      found != draft.result.sources.end() && found->second.starts_with(by_variable(""));
  return fmt::format("{}, which is {}{}", key, in_units(value),
                     elsewhere ? " by " + found->second : "");
}

/// Checks low <= high. The message begins with the key that was given.
problem check_order(const settings_draft& draft, const std::string& low_key, duration low,
                    const std::string& high_key, duration high) {
  if (low <= high)
    return {};
  if (draft.has(low_key))
    return fail("{} = {}: expected at most {}", draft.at(low_key), in_units(low),
                in_comparison(draft, high_key, high));
  return fail("{} = {}: expected at least {}", draft.at(high_key), in_units(high),
              in_comparison(draft, low_key, low));
}

/// Rejects an address that another one includes: the second could not be bound. Port 0 is any free
/// port.
problem check_addresses(const settings_draft& draft) {
  const auto& addresses = draft.result.http.listen;
  const auto includes = [](std::string_view a, std::string_view b) {
    const auto colon = a.rfind(':'), other = b.rfind(':');
    const auto host = a.substr(0, colon), port = a.substr(colon);
    const bool is_v4 = b.find_first_not_of("0123456789.:") == b.npos;
    return port == b.substr(other) && port != ":0"
           && (a == b || (is_v4 && host == "0.0.0.0") || (b.starts_with('[') && host == "[::]"));
  };
  for (auto a = addresses.begin(); a != addresses.end(); ++a)
    for (auto b = addresses.begin(); b != addresses.end(); ++b)
      if (a != b && includes(*a, *b))
        return *a == *b
                   ? fail("{}: {} is given twice", draft.at("http.listen"), *a)
                   : fail("{}: {} includes {}: give one of them", draft.at("http.listen"), *a, *b);
  return {};
}

/// Rejects a subject that has two purposes: requests for one would be answered as the other.
problem check_subjects(const settings_draft& draft) {
  const auto& x = draft.result;
  struct purpose {
    std::string key, subject, name;
  };
  std::vector<purpose> all{{"nats.subject", x.nats.subject, "nats.subject"}};
  for (const auto name : sibling_subjects)
    all.push_back({"nats.subject", x.nats.sibling(name),
                   fmt::format("derived from nats.subject, for {}", name)});
  const std::pair<const char*, const std::string&> others[] = {
      {"hawkeye.subject", x.hawkeye.subject},
      {"bruin.client-info-subject", x.bruin.client_info_subject},
      {"bruin.management-status-subject", x.bruin.management_status_subject},
      {"notifier.slack-subject", x.notifier.slack_subject},
      {"notifier.email-subject", x.notifier.email_subject}};
  for (const auto& [key, subject] : others)
    all.push_back({key, subject, key});
  const auto refuse = [&draft](const purpose& x, const purpose& other) {
    return fail("{} = \"{}\": this subject is {}, too", draft.at(x.key), x.subject, other.name);
  };
  for (auto one = all.begin(); one != all.end(); ++one)
    for (auto other = all.begin(); other != one; ++other)
      if (!one->subject.empty() && one->subject == other->subject
          && !(one->key.starts_with("notifier.") && other->key.starts_with("notifier.")))
        return draft.has(one->key) && one->key != other->key ? refuse(*one, *other)
                                                             : refuse(*other, *one);
  return {};
}

problem finish(const config_sources& from, settings_draft& draft) {
  auto& nats = draft.result.nats;
  auto& redis = draft.result.redis;
  auto& refresh = draft.result.refresh;
  if (auto why = take_files(from, draft))
    return why;
  if (auto why = check_pair(draft, "nats", nats.tls_cert, nats.tls_key))
    return why;
  if (auto why = check_pair(draft, "redis", redis.tls_cert, redis.tls_key))
    return why;
  if (auto why = take_uris(draft))
    return why;
  if (auto why = check_addresses(draft))
    return why;
  if (auto why = check_subjects(draft))
    return why;
  if (!draft.has("refresh.jitter"))
    refresh.jitter = std::min<duration>(refresh.interval / 10, 1min);
  if (auto why = check_order(draft, "refresh.jitter", refresh.jitter, "refresh.interval",
                             refresh.interval))
    return why;
  if (auto why = check_order(draft, "refresh.retry-min", refresh.retry_min, "refresh.retry-max",
                             refresh.retry_max))
    return why;
  if (!nats.password.empty() && nats.user.empty())
    return fail("{} = (not shown): a password needs nats.user; a secret alone is nats.token",
                draft.at(nats.password_file.empty() ? "nats.password" : "nats.password-file"));
  return {};
}

} // namespace

expected<settings> read_config(const config_sources& from) {
  settings_draft draft;
  for (auto* step : {take_file, take_variables, take_options, take_older_variables, finish})
    if (auto why = step(from, draft))
      return fail(*std::move(why));
  return std::move(draft.result);
}

} // namespace hawkeye
