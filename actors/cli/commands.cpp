#include "actors/cli/commands.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/cli/command_line.hpp"
#include "actors/process/read_file.hpp"
#include "actors/redis/tls.hpp"
#include "messages/config/config.hpp"

namespace hawkeye {

namespace {

using given = command_arguments;

std::string version_text(const given&) {
  return "hawkeye-customer-cache " PROJECT_VERSION "\n";
}

std::string topic_help(const given& arguments) {
  return help_text(arguments.topic);
}

const command table[] = {
    {"serve", "Run the service; the default", {}, run_serve},
    {"get",
     "Ask a running service for its devices, as a table",
     {{"--last-contact-filter", "TIMESTAMP", "Only devices last contacted after this time",
       &given::last_contact_filter},
      {"--json", "", "Print one JSON array", &given::json}},
     run_get},
    {"status",
     "How a running service is; exit code 3: not healthy",
     {{"--json", "", "Print one JSON object", &given::json}},
     run_status},
    {"refresh",
     "Have a running service refresh now",
     {{"--wait", "", "Show its progress until it has ended", &given::wait},
      {"--serial", "SERIAL", "Only this device", &given::serial_number}},
     run_refresh},
    {"explain",
     "Why a device is in or out; exit code 3: nothing is known of it",
     {{"SERIAL", "SERIAL", "Its serial number", &given::serial_number, 1, true},
      {"--json", "", "Print one JSON object", &given::json}},
     run_explain},
    {"diff",
     "Compare with another service; exit code 3: different",
     {{"--against", "SUBJECT", "Ask that subject what this service is asked", &given::against},
      {"--redis-keys", "A B", "Compare two keys of Redis instead", &given::redis_keys, 2},
      {"--ignore", "FIELD,...", "Fields that may differ, such as last_contact",
       &given::ignored_fields, 0},
      {"--json", "", "Print one JSON object", &given::json}},
     run_diff},
    {"check-config", "Check the configuration and say what it means", {}, run_check_config},
    {"version", "Print the version", {}, nullptr, version_text},
    {"help",
     "Print this help, or that of a command",
     {{"COMMAND", "COMMAND", "The command", &given::topic}},
     nullptr,
     topic_help},
};

std::map<std::string, std::string> read_environment() {
  std::map<std::string, std::string> result;
  for (char** at = environ; at && *at; ++at) {
    const std::string_view variable{*at};
    const auto equals = variable.find('=');
    if (equals != std::string_view::npos)
      result.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return result;
}

/// Without --config-file: the file of the current directory, otherwise that of the package.
std::string default_config_file() {
  const std::string here = "config.ini", installed = "/etc/hawkeye-customer-cache/config.ini";
  return is_there(here) || !is_there(installed) ? here : installed;
}

int run_with_settings(const command& asked, const command_arguments& arguments) {
  const auto settings = read_settings(arguments);
  if (const auto* why = error_of(settings))
    return print_error(why->reason, exit_usage);
  const auto& redis = settings->redis;
  for (const auto& [address, key] : {std::pair{&redis.address, "redis.uri"},
                                     std::pair{&redis.payload_address, "redis.payload-uri"}})
    if (const auto why = unsupported(*address, key))
      return print_error(why->reason, exit_usage);
  if (asked.run != run_serve)
    spdlog::set_level(spdlog::level::off);
  return asked.run(arguments, *settings);
}

} // namespace

std::span<const command> commands() {
  return table;
}

expected<settings> read_settings(const command_arguments& arguments, const settings* before) {
  config_sources from;
  from.options = arguments.keys;
  from.environment = read_environment();
  from.read_file = [](const std::string& name) {
    return read_file(name);
  };
  const auto& given =
      before && !before->config_file.empty() ? before->config_file : arguments.config_file;
  from.file_name = given.empty() ? default_config_file() : given;
  if (given.empty() && !is_there(from.file_name))
    return read_config(from);
  auto text = read_file(from.file_name);
  if (auto* why = error_of(text))
    return fail("{}: {}; give --config-file=FILE", from.file_name, why->reason);
  if (before && text->empty())
    return fail("{}: it is empty", from.file_name);
  from.file_text = *std::move(text);
  auto result = read_config(from);
  if (result)
    result->config_file = from.file_name;
  return result;
}

int run_command(const command& asked, const command_arguments& arguments) {
  int result = exit_done;
  if (asked.text)
    std::cout << asked.text(arguments);
  else
    result = run_with_settings(asked, arguments);
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::cout && std::ferror(stdout) == 0)
    return result;
  return print_error(fmt::format("the output cannot be written: {}", std::strerror(errno)));
}

int print_error(const std::string& reason, int code) {
  std::cerr << "hawkeye-customer-cache: " << reason << '\n';
  return code;
}

} // namespace hawkeye
