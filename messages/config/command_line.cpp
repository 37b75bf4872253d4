#include "messages/config/command_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "messages/base/json.hpp"
#include "messages/config/config.hpp"

namespace hawkeye {

namespace {

constexpr std::array<std::pair<std::string_view, command>, 12> commands{{
    {"serve", command::serve},
    {"get", command::get},
    {"status", command::status},
    {"refresh", command::refresh},
    {"explain", command::explain},
    {"diff", command::diff},
    {"check-config", command::check_config},
    {"version", command::version},
    {"--version", command::version},
    {"help", command::help},
    {"--help", command::help},
    {"-h", command::help},
}};

std::optional<command> find_command(std::string_view name) {
  for (const auto& [known, what] : commands)
    if (known == name)
      return what;
  return {};
}

/// The value of `--name=value`, where `argument` is that.
std::optional<std::string> value_of(std::string_view argument, std::string_view name) {
  if (argument.starts_with(name) && argument.substr(name.size()).starts_with('='))
    return std::string{argument.substr(name.size() + 1)};
  return {};
}

/// For a complaint: the options that only this command has.
const char* own_options(command what) {
  switch (what) {
  case command::get:
    return ", --last-contact-filter=MOMENT, --json";
  case command::status:
  case command::explain:
    return ", --json";
  case command::refresh:
    return ", --serial=SERIAL, --wait";
  case command::diff:
    return ", --against=SUBJECT, --redis-keys A B, --ignore=FIELD, --json";
  default:
    return "";
  }
}

bool speaks_json(command what) {
  return what == command::get || what == command::status || what == command::explain
         || what == command::diff;
}

/// Whether it is an option of `diff` alone.
bool take_diff_option(std::string_view argument, command_line& into) {
  if (auto subject = value_of(argument, "--against")) {
    into.against = std::move(*subject);
    return true;
  }
  if (const auto fields = value_of(argument, "--ignore")) {
    for (std::size_t begin = 0; begin <= fields->size();) {
      const auto end = std::min(fields->find(',', begin), fields->size());
      into.ignored_fields.insert(fields->substr(begin, end - begin));
      begin = end + 1;
    }
    return true;
  }
  return argument == "--redis-keys"; // the keys themselves are words of their own
}

std::optional<failure> check_diff(const command_line& asked, bool by_keys) {
  if (by_keys && (asked.redis_keys.size() != 2 || !asked.against.empty()))
    return fail("--redis-keys needs two keys, and no --against: diff --redis-keys A B");
  if (!by_keys && !asked.redis_keys.empty())
    return fail("unknown word " + printable(asked.redis_keys.front())
                + ": two keys of Redis stand behind --redis-keys");
  if (!by_keys && !is_literal_subject(asked.against))
    return fail("diff needs --against=SUBJECT, a literal subject without wildcards, or "
                "--redis-keys A B");
  if (asked.ignored_fields.contains(""))
    return fail("--ignore= needs names of fields, separated by commas");
  return {};
}

std::optional<failure> take_option(std::string_view argument, command_line& into) {
  if (auto file = value_of(argument, "--config-file")) {
    into.config_file = std::move(file);
    return {};
  }
  if (auto filter = value_of(argument, "--last-contact-filter");
      filter && into.what == command::get) {
    into.last_contact_filter = std::move(filter);
    return {};
  }
  if (auto serial = value_of(argument, "--serial"); serial && into.what == command::refresh) {
    if (serial->empty())
      return fail("--serial= needs a serial number");
    into.serial_number = std::move(*serial);
    return {};
  }
  if (argument == "--json" && speaks_json(into.what)) {
    into.json = true;
    return {};
  }
  if (argument == "--wait" && into.what == command::refresh) {
    into.wait = true;
    return {};
  }
  if (into.what == command::diff && take_diff_option(argument, into))
    return {};
  const auto equals = argument.find('=');
  if (equals == std::string_view::npos
      || argument.substr(0, equals).find('.') == std::string_view::npos)
    // What stands behind the = may be a secret.
    return fail("unknown option " + printable(argument.substr(0, equals))
                + ": known are --config-file=FILE, --section.key=value" + own_options(into.what));
  into.options.emplace_back(argument.substr(2));
  return {};
}

} // namespace

expected<command_line> read_command_line(const std::vector<std::string_view>& arguments) {
  command_line result;
  bool named = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto argument = arguments[i];
    const auto known = find_command(argument);
    if (known && !named) {
      result.what = *known;
      named = true;
    } else if (known == command::help) {
      result.what = command::help;
    } else if (argument == "--serial" && result.what == command::refresh
               && i + 1 < arguments.size()) {
      if (auto problem = take_option("--serial=" + std::string{arguments[++i]}, result))
        return fail(*problem);
    } else if (result.what == command::diff && !argument.starts_with("--")) {
      result.redis_keys.emplace_back(argument);
    } else if (!argument.starts_with("--")) {
      if (result.what != command::explain || !result.serial_number.empty() || argument.empty())
        return fail(
            "unknown command " + printable(argument)
            + ": known are serve, get, status, refresh, explain SERIAL, diff, check-config, "
              "version, help");
      result.serial_number = argument;
    } else if (auto problem = take_option(argument, result)) {
      return fail(*problem);
    }
  }
  if (result.what == command::explain && result.serial_number.empty())
    return fail("explain needs a serial number: explain SERIAL");
  if (result.what == command::diff)
    if (auto problem =
            check_diff(result, std::find(arguments.begin(), arguments.end(), "--redis-keys")
                                   != arguments.end()))
      return fail(*problem);
  return result;
}

std::string masked(std::string_view argument) {
  std::string result{argument};
  const auto hide = [&result](std::size_t from, std::size_t to) {
    std::fill(result.begin() + static_cast<std::ptrdiff_t>(from),
              result.begin() + static_cast<std::ptrdiff_t>(to), '*');
  };
  for (const auto key : {"--nats.password=", "--nats.token="})
    if (argument.starts_with(key))
      hide(std::string_view{key}.size(), argument.size());
  for (const auto key : {"--nats.servers=", "--redis.uri=", "--redis.payload-uri="}) {
    const auto from = argument.find("://"), to = argument.rfind('@');
    if (argument.starts_with(key) && to != std::string_view::npos && from < to)
      hide(from + 3, to);
  }
  return result;
}

std::string_view help_text() noexcept {
  return R"(hawkeye-customer-cache: which Hawkeye probes belong to which Bruin customers, answered over NATS

  hawkeye-customer-cache [serve]        run the service
  hawkeye-customer-cache get            ask a running service for its devices, as a table
      --last-contact-filter=MOMENT      only devices last contacted after this moment
      --json                            as one JSON array
  hawkeye-customer-cache status         how a running service is; exit code 3: not healthy
      --json                            as one JSON object
  hawkeye-customer-cache refresh        have it refresh now
      --wait                            show how it goes on, until it has ended
      --serial=SERIAL                   only this device
  hawkeye-customer-cache explain SERIAL why this device is in or out; exit code 3: nothing is known of it
      --json                            as one JSON object
  hawkeye-customer-cache diff           compare with another service; exit code 3: different
      --against=SUBJECT                 ask that subject what this service is asked
      --redis-keys A B                  compare two keys of Redis instead
      --ignore=FIELD,...                fields that may differ, such as last_contact
      --json                            as one JSON object
  hawkeye-customer-cache check-config   check the configuration and say what it means
  hawkeye-customer-cache version
  hawkeye-customer-cache help

  --config-file=FILE       configuration (default: config.ini in the current directory, where there is one,
                           else /etc/hawkeye-customer-cache/config.ini)
  --section.key=value      any key of config.ini, stronger than the file

Exit codes: 0 done, 1 failed at run time, 2 wrong usage or configuration, 3 as said above.
)";
}

} // namespace hawkeye
