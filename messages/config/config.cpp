#include "messages/config/config.hpp"
#include "messages/config/redis_uri.hpp"

#include <algorithm>
#include <tuple>

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

/// The content of the file that a `*-file` key names, without its last line's end, into `to`.
problem take_secret_file(const config_sources& from, const draft& into, const char* key,
                         const std::string& file, std::string& to) {
  if (file.empty())
    return {};
  auto content = from.read_file(file);
  if (auto* why = error_of(content))
    return fail("{} = \"{}\": {}", at(into, key), printable(file), why->reason);
  while (content->ends_with('\n') || content->ends_with('\r'))
    content->pop_back();
  to = *std::move(content);
  return {};
}

problem take_files(const config_sources& from, draft& into) {
  auto& nats = into.result.nats;
  auto& redis = into.result.redis;
  std::string unused; // files that libraries read themselves: better to say now that they cannot
  const std::tuple<const char*, const std::string&, std::string&> files[] = {
      {"nats.password-file", nats.password_file, nats.password},
      {"nats.token-file", nats.token_file, nats.token},
      {"nats.credentials-file", nats.credentials_file, unused},
      {"nats.nkey-seed-file", nats.nkey_seed_file, unused},
      {"nats.tls-ca", nats.tls_ca, unused},
      {"nats.tls-cert", nats.tls_cert, unused},
      {"nats.tls-key", nats.tls_key, unused},
      {"redis.uri-file", redis.uri_file, redis.uri},
      {"redis.payload-uri-file", redis.payload_uri_file, redis.payload_uri},
      {"redis.tls-ca", redis.tls_ca, unused},
      {"redis.tls-cert", redis.tls_cert, unused},
      {"redis.tls-key", redis.tls_key, unused},
  };
  for (const auto& [key, file, to] : files)
    if (auto why = take_secret_file(from, into, key, file, to))
      return why;
  return {};
}

/// A certificate without its key, or the reverse.
problem check_pair(const draft& into, const std::string& section, const std::string& cert,
                   const std::string& key) {
  if (cert.empty() == key.empty())
    return {};
  return fail("{}: {}.tls-cert and {}.tls-key belong together: one of them is missing",
              at(into, section + (cert.empty() ? ".tls-key" : ".tls-cert")), section, section);
}

/// The address that the key names, or its `-file`.
problem take_uri(const draft& from, const std::string& key, const std::string& file,
                 const std::string& uri, redis_address& to) {
  const auto& redis = from.result.redis;
  auto address = parse_redis_uri(uri);
  const auto where = at(from, file.empty() ? key : key + "-file");
  if (auto* why = error_of(address))
    return fail("{}: {}", where, why->reason);
  to = *std::move(address);
  to.tls_ca = redis.tls_ca, to.tls_cert = redis.tls_cert, to.tls_key = redis.tls_key;
  if (auto why = unprotected_password(to, redis.allow_plaintext_password))
    return fail("{}: {}", where, why->reason);
  return {};
}

problem finish(const config_sources& from, draft& into) {
  auto& nats = into.result.nats;
  auto& redis = into.result.redis;
  auto& refresh = into.result.refresh;
  if (auto why = take_files(from, into))
    return why;
  if (auto why = check_pair(into, "nats", nats.tls_cert, nats.tls_key))
    return why;
  if (auto why = check_pair(into, "redis", redis.tls_cert, redis.tls_key))
    return why;
  if (auto why = take_uri(into, "redis.uri", redis.uri_file, redis.uri, redis.address))
    return why;
  redis.payload_address = redis.address;
  if (!redis.payload_uri.empty())
    if (auto why = take_uri(into, "redis.payload-uri", redis.payload_uri_file, redis.payload_uri,
                            redis.payload_address))
      return why;
  refresh.jitter = into.jitter.value_or(std::min<duration>(refresh.interval / 10, 1min));
  if (refresh.jitter > refresh.interval)
    return wrong_order(into, "refresh.jitter", refresh.jitter, "refresh.interval",
                       refresh.interval);
  if (refresh.retry_min > refresh.retry_max)
    return wrong_order(into, "refresh.retry-min", refresh.retry_min, "refresh.retry-max",
                       refresh.retry_max);
  if (!nats.password.empty() && nats.user.empty())
    return fail("{} = (not shown): a password needs nats.user; a secret alone is nats.token",
                at(into, nats.password_file.empty() ? "nats.password" : "nats.password-file"));
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
