#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"

#include <algorithm>

#include <caf/all.hpp>

#include "messages/base/json.hpp"
#include "messages/config/config_file.hpp"
#include "messages/config/environment_variables.hpp"
#include "messages/config/plaintext_passwords.hpp"

namespace hawkeye {

namespace {

using namespace config_keys;

// -- the command line ---------------------------------------------------------------------------

problem take_option(const std::string& option, draft& into) {
  const auto equals = option.find('=');
  const auto dot = option.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals)
    return fail("command line: " + printable(option) + ": expected --section.key=value");
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

// -- what needs all keys -------------------------------------------------------------------------

/// The key with where its value came from.
std::string at(const draft& into, const std::string& key) {
  const auto found = into.sources.find(key);
  return (found == into.sources.end() ? "defaults" : found->second) + ": " + key;
}

/// The other key's value, with where it came from where that is not seen in a file.
std::string in_comparison(const draft& into, const std::string& key, duration value) {
  const auto found = into.sources.find(key);
  const bool elsewhere = found != into.sources.end() && found->second.starts_with("environment");
  return key + ", which is " + in_units(value) + (elsewhere ? " by " + found->second : "");
}

/// Said of the key that was given, be it the lower or the upper one.
failure wrong_order(const draft& into, const std::string& low_key, duration low,
                    const std::string& high_key, duration high) {
  if (into.sources.contains(low_key))
    return {at(into, low_key) + " = " + in_units(low) + ": expected at most "
            + in_comparison(into, high_key, high)};
  return {at(into, high_key) + " = " + in_units(high) + ": expected at least "
          + in_comparison(into, low_key, low)};
}

/// The content of the file that a `*-file` key names.
problem take_secret_file(const config_sources& from, const draft& into, const char* key,
                         const std::optional<std::string>& file,
                         const std::function<void(std::string)>& put) {
  if (!file)
    return {};
  auto content = from.read_file(*file);
  if (auto* why = error_of(content))
    return fail(at(into, key) + " = \"" + printable(*file) + "\": " + why->reason);
  auto text = *std::move(content);
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  put(std::move(text));
  return {};
}

problem take_files(const config_sources& from, draft& into) {
  auto& nats = into.result.nats;
  if (auto why = take_secret_file(from, into, "nats.password-file", into.password_file,
                                  [&](std::string x) { nats.password = std::move(x); }))
    return why;
  if (auto why = take_secret_file(from, into, "nats.token-file", into.token_file,
                                  [&](std::string x) { nats.token = std::move(x); }))
    return why;
  if (auto why = take_secret_file(from, into, "redis.uri-file", into.redis_uri_file,
                                  [&](std::string x) { into.redis_uri = std::move(x); }))
    return why;
  return take_secret_file(from, into, "redis.payload-uri-file", into.payload_uri_file,
                          [&](std::string x) { into.payload_uri = std::move(x); });
}

/// Files that libraries read themselves: better to say now that they cannot.
problem check_files(const config_sources& from, const draft& into) {
  const auto& nats = into.result.nats;
  const std::pair<const char*, const std::string&> files[] = {
      {"nats.credentials-file", nats.credentials_file},
      {"nats.nkey-seed-file", nats.nkey_seed_file},
      {"nats.tls-ca", nats.tls_ca},
      {"nats.tls-cert", nats.tls_cert},
      {"nats.tls-key", nats.tls_key},
  };
  for (const auto& [key, file] : files)
    if (!file.empty())
      if (auto why = take_secret_file(from, into, key, file, [](const std::string&) {}))
        return why;
  if (nats.tls_cert.empty() != nats.tls_key.empty())
    return fail(at(into, nats.tls_cert.empty() ? "nats.tls-key" : "nats.tls-cert")
                + ": nats.tls-cert and nats.tls-key belong together: one of them is missing");
  return {};
}

problem take_uri(const draft& from, const char* key, const std::optional<std::string>& uri,
                 redis_address& into) {
  if (!uri)
    return {};
  auto address = parse_redis_uri(*uri);
  if (auto* why = error_of(address))
    return fail(at(from, key) + ": " + why->reason);
  into = *std::move(address);
  if (auto why = unprotected_password(into, from.result.redis.allow_plaintext_password))
    return fail(at(from, key) + ": " + why->reason);
  return {};
}

problem finish(const config_sources& from, draft& into) {
  auto& nats = into.result.nats;
  auto& redis = into.result.redis;
  auto& refresh = into.result.refresh;
  if (auto why = take_files(from, into))
    return why;
  if (auto why = check_files(from, into))
    return why;
  redis.address.host = "127.0.0.1";
  if (auto why = take_uri(into, "redis.uri", into.redis_uri, redis.address))
    return why;
  redis.payload_address = redis.address;
  if (auto why = take_uri(into, "redis.payload-uri", into.payload_uri, redis.payload_address))
    return why;
  refresh.jitter = into.jitter.value_or(std::min<duration>(refresh.interval / 10, 1min));
  if (refresh.jitter > refresh.interval)
    return wrong_order(into, "refresh.jitter", refresh.jitter, "refresh.interval",
                       refresh.interval);
  if (refresh.retry_min > refresh.retry_max)
    return wrong_order(into, "refresh.retry-min", refresh.retry_min, "refresh.retry-max",
                       refresh.retry_max);
  if (!nats.password.empty() && nats.user.empty())
    return fail(at(into, "nats.password")
                + " = (not shown): a password needs nats.user; a secret alone is nats.token");
  return {};
}

/// Where in a list of URLs the second one begins, its comma included; the list's end where there is
/// none. A comma alone says nothing: a password may hold one.
std::size_t next_url(std::string_view urls) noexcept {
  for (auto comma = urls.find(','); comma != std::string_view::npos;
       comma = urls.find(',', comma + 1)) {
    const auto scheme = urls.find_first_not_of(' ', comma + 1);
    for (const auto known : {"nats://", "tls://"})
      if (scheme != std::string_view::npos && urls.substr(scheme).starts_with(known) && comma > 0)
        return comma;
  }
  return urls.size();
}

} // namespace

expected<settings> read_config(const config_sources& from) {
  draft into;
  if (auto why = take_file(from, into))
    return fail(*why);
  for (const auto& option : from.options)
    if (auto why = take_option(option, into))
      return fail(*why);
  if (auto why = take_environment(from, into))
    return fail(*why);
  if (auto why = finish(from, into))
    return fail(*why);
  into.result.sources = std::move(into.sources);
  into.result.overruled = std::move(into.overruled);
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

std::string without_secrets(std::string_view urls) {
  std::string result;
  while (!urls.empty()) {
    const auto behind = next_url(urls);
    const auto one = urls.substr(0, behind);
    const auto scheme = one.find("://");
    const auto at = one.rfind('@');
    if (at == std::string_view::npos)
      result += one;
    else
      result.append(one.substr(0, scheme < at ? scheme + 3 : 0))
          .append("***")
          .append(one.substr(at));
    urls.remove_prefix(behind);
  }
  return result;
}

} // namespace hawkeye
