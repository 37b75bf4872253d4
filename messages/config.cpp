#include "messages/config.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <caf/all.hpp>

#include "messages/config_keys.hpp"
#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

using config_keys::draft;
using problem = std::optional<failure>;

std::string full_name(std::string_view section, std::string_view key) {
  return std::string{section} + "." + std::string{key};
}

/// A value as it may be shown in a message.
std::string shown(const caf::config_value& value) {
  if (const auto* text = caf::get_if<std::string>(&value))
    return "\"" + printable(without_secrets(*text)) + "\"";
  if (const auto* time = caf::get_if<caf::timespan>(&value))
    return std::to_string(std::chrono::duration<double>(*time).count()) + "s";
  return printable(caf::to_string(value));
}

problem take(std::string_view source, std::string_view section, std::string_view name,
             const caf::config_value& value, draft& into) {
  const auto where = std::string{source} + ": " + full_name(printable(section), printable(name));
  const auto* key = config_keys::find(section, name);
  if (!key)
    return failure{where + ": there is no such key; config.ini as it ships names all of them"};
  if (key->take(into, value))
    return {};
  return failure{where + " = " + (key->secret ? "(not shown)" : shown(value)) + ": expected "
                 + key->expected};
}

// -- the file ----------------------------------------------------------------------------------

/// Where each key of an INI text stands. CAF drops what comes twice, and everything after a quote
/// that is never closed, without a word.
struct key_line {
  std::string section, key;
  std::size_t line;
};

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  text.remove_suffix(text.size() - (text.find_last_not_of(" \t\r") + 1));
  return text;
}

std::vector<key_line> find_keys(const std::string& text) {
  std::vector<key_line> result;
  std::istringstream lines{text};
  std::string line, section;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const auto content = trimmed(line);
    if (content.starts_with('[') && content.find(']') != std::string_view::npos
        && content.find('"') == std::string_view::npos) {
      section = content.substr(1, content.find(']') - 1);
      continue;
    }
    const auto equals = content.find('=');
    if (equals == std::string_view::npos || content.find_first_of("\";[,") < equals)
      continue;
    result.push_back({section, std::string{trimmed(content.substr(0, equals))}, number});
  }
  return result;
}

std::string at_line(const config_sources& from, std::size_t line) {
  return from.file_name + ":" + std::to_string(line);
}

/// What CAF's parser says about a text it cannot read.
failure syntax_error(const config_sources& from, const caf::error& why) {
  return {from.file_name + ": not readable as INI: " + printable(caf::to_string(why))
          + "; strings need double quotes, comments begin with ;, durations are whole numbers "
            "with a unit"};
}

problem take_file(const config_sources& from, draft& into) {
  std::istringstream in{from.file_text};
  const auto parsed = caf::actor_system_config::parse_config(in);
  if (!parsed)
    return syntax_error(from, parsed.error());
  std::map<std::string, std::size_t> lines;
  for (const auto& found : find_keys(from.file_text)) {
    const auto name = full_name(found.section, found.key);
    if (const auto [first, is_new] = lines.emplace(name, found.line); !is_new)
      return failure{at_line(from, found.line) + ": " + printable(name) + " stands in line "
                     + std::to_string(first->second) + " already"};
    const auto section = parsed->find(found.section);
    const auto* keys = section == parsed->end()
                           ? nullptr
                           : caf::get_if<caf::config_value::dictionary>(&section->second);
    if (!found.section.empty() && (!keys || !keys->contains(found.key)))
      return failure{at_line(from, found.line) + ": " + printable(name)
                     + ": the value cannot be read: is a quote or bracket left open?"};
  }
  for (const auto& [section, content] : *parsed) {
    const auto* keys = caf::get_if<caf::config_value::dictionary>(&content);
    if (!keys)
      return take(from.file_name, "", section, content, into);
    for (const auto& [key, value] : *keys) {
      const auto line = lines.find(full_name(section, key));
      const auto source = line == lines.end() ? from.file_name : at_line(from, line->second);
      if (auto why = take(source, section, key, value, into))
        return why;
    }
  }
  return {};
}

// -- the command line and the environment --------------------------------------------------------

problem take_option(const std::string& option, draft& into) {
  const auto equals = option.find('=');
  const auto dot = option.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals)
    return failure{"command line: " + printable(option) + ": expected --section.key=value"};
  const auto section = option.substr(0, dot);
  const auto key = option.substr(dot + 1, equals - dot - 1);
  const auto text = option.substr(equals + 1);
  // As in the file where it reads so; else the text as it is, so that texts need no quotes.
  auto value = caf::config_value::parse(text);
  const bool bare = !value || caf::holds_alternative<caf::atom_value>(*value)
                    || caf::holds_alternative<caf::uri>(*value);
  auto first = take("command line", section, key, bare ? caf::config_value{text} : *value, into);
  if (first && !bare && !caf::holds_alternative<std::string>(*value)
      && !take("command line", section, key, caf::config_value{text}, into))
    return {};
  return first;
}

void take_environment(const config_sources& from, draft& into) {
  if (!from.environment)
    return;
  auto& nats = into.result.nats;
  nats.user = from.environment("HAWKEYE_CACHE_NATS_USER").value_or(nats.user);
  nats.password = from.environment("HAWKEYE_CACHE_NATS_PASSWORD").value_or(nats.password);
  nats.token = from.environment("HAWKEYE_CACHE_NATS_TOKEN").value_or(nats.token);
  if (auto uri = from.environment("HAWKEYE_CACHE_REDIS_URI"))
    into.redis_uri = std::move(uri);
  if (auto uri = from.environment("HAWKEYE_CACHE_REDIS_PAYLOAD_URI"))
    into.payload_uri = std::move(uri);
}

// -- what needs all keys -------------------------------------------------------------------------

/// The content of the file that a `*-file` key names.
problem take_secret_file(const config_sources& from, const char* key,
                         const std::optional<std::string>& file,
                         const std::function<void(std::string)>& put) {
  if (!file)
    return {};
  auto content = from.read_file(*file);
  if (auto* why = std::get_if<failure>(&content))
    return failure{std::string{key} + " = \"" + printable(*file) + "\": " + why->reason};
  auto text = std::get<std::string>(std::move(content));
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  put(std::move(text));
  return {};
}

problem take_files(const config_sources& from, draft& into) {
  auto& nats = into.result.nats;
  if (auto why = take_secret_file(from, "nats.password-file", into.password_file,
                                  [&](std::string x) { nats.password = std::move(x); }))
    return why;
  if (auto why = take_secret_file(from, "nats.token-file", into.token_file,
                                  [&](std::string x) { nats.token = std::move(x); }))
    return why;
  if (auto why = take_secret_file(from, "redis.uri-file", into.redis_uri_file,
                                  [&](std::string x) { into.redis_uri = std::move(x); }))
    return why;
  return take_secret_file(from, "redis.payload-uri-file", into.payload_uri_file,
                          [&](std::string x) { into.payload_uri = std::move(x); });
}

/// Files that libraries read themselves: better to say now that they cannot.
problem check_files(const config_sources& from, const nats_settings& nats) {
  const std::pair<const char*, const std::string&> files[] = {
      {"nats.credentials-file", nats.credentials_file},
      {"nats.nkey-seed-file", nats.nkey_seed_file},
      {"nats.tls-ca", nats.tls_ca},
      {"nats.tls-cert", nats.tls_cert},
      {"nats.tls-key", nats.tls_key},
  };
  for (const auto& [key, file] : files)
    if (!file.empty())
      if (auto why = take_secret_file(from, key, file, [](const std::string&) {}))
        return why;
  if (nats.tls_cert.empty() != nats.tls_key.empty())
    return failure{"nats.tls-cert and nats.tls-key belong together: one of them is missing"};
  return {};
}

problem take_uri(const char* key, const std::optional<std::string>& uri, redis_address& into) {
  if (!uri)
    return {};
  auto address = parse_redis_uri(*uri);
  if (auto* why = std::get_if<failure>(&address))
    return failure{std::string{key} + ": " + why->reason};
  into = std::get<redis_address>(std::move(address));
  return {};
}

problem finish(const config_sources& from, draft& into) {
  auto& [service, nats, redis, refresh, hawkeye, bruin, notifier, http, log] = into.result;
  if (auto why = take_files(from, into))
    return why;
  if (auto why = check_files(from, nats))
    return why;
  redis.address.host = "127.0.0.1";
  if (auto why = take_uri("redis.uri", into.redis_uri, redis.address))
    return why;
  redis.payload_address = redis.address;
  if (auto why = take_uri("redis.payload-uri", into.payload_uri, redis.payload_address))
    return why;
  refresh.jitter = into.jitter.value_or(std::min<duration>(refresh.interval / 10, 1min));
  if (refresh.jitter > refresh.interval)
    return failure{"refresh.jitter is longer than refresh.interval"};
  if (refresh.retry_min > refresh.retry_max)
    return failure{"refresh.retry-min is longer than refresh.retry-max"};
  return {};
}

} // namespace

fallible<settings> read_config(const config_sources& from) {
  draft into;
  take_environment(from, into);
  if (auto why = take_file(from, into))
    return *why;
  for (const auto& option : from.options)
    if (auto why = take_option(option, into))
      return *why;
  if (auto why = finish(from, into))
    return *why;
  return std::move(into.result);
}

bool is_literal_subject(std::string_view text) noexcept {
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.size() > 255)
    return false;
  char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '*' || c == '>' || (c == '.' && before == '.'))
      return false;
    before = c;
  }
  return true;
}

std::string without_secrets(std::string_view url) {
  std::string result;
  // Several URLs may stand there, separated by commas.
  for (std::size_t begin = 0; begin <= url.size();) {
    const auto end = std::min(url.find(',', begin), url.size());
    auto one = url.substr(begin, end - begin);
    const auto scheme = one.find("://");
    const auto at = one.rfind('@');
    if (!result.empty())
      result += ',';
    if (scheme != std::string_view::npos && at != std::string_view::npos && at > scheme)
      result.append(one.substr(0, scheme + 3)).append("***").append(one.substr(at));
    else
      result += one;
    begin = end + 1;
  }
  return result;
}

} // namespace hawkeye
