#include "actors/cli/command_line.hpp"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "messages/base/json.hpp"
#include "messages/base/text.hpp"
#include "messages/config/config_report.hpp"
#include "messages/config/keys.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

namespace {

constexpr const char* summary =
    "hawkeye-customer-cache: which Hawkeye probes belong to which Bruin customers, answered over "
    "NATS";
constexpr const char* exit_codes =
    "Exit codes: 0 done, 1 failed at run time, 2 wrong usage or configuration, 3 what the help of "
    "the command names.";

std::string not_empty_value(const std::string& text) {
  return text.empty() ? "needs a value" : "";
}

/// Adds an option of a command; its value is stored in the arguments.
struct option_adder {
  CLI::App& to;
  const command_option& option;
  command_arguments& arguments;

  void operator()(bool command_arguments::*member) const {
    to.add_flag(option.name, arguments.*member, option.help)->disable_flag_override();
  }

  void operator()(std::string command_arguments::*member) const {
    to.add_option(option.name, arguments.*member, option.help)
        ->type_name(option.value)
        ->required(option.required)
        ->check(not_empty_value);
  }

  void operator()(std::optional<std::string> command_arguments::*member) const {
    to.add_option_function<std::string>(
          option.name, [this_ = &(arguments.*member)](const std::string& x) { *this_ = x; },
          option.help)
        ->type_name(option.value);
  }

  void operator()(std::vector<std::string> command_arguments::*member) const {
    auto* added = to.add_option(option.name, arguments.*member, option.help)
                      ->type_name(option.value)
                      ->check(not_empty_value)
                      ->allow_extra_args(false);
    if (option.values == 0)
      added->delimiter(',');
    else
      added->expected(option.values);
  }
};

/// CLI11's parser, built from the tables of commands and keys.
class parser {
public:
  explicit parser(command_arguments& arguments) : app_{summary, "hawkeye-customer-cache"} {
    app_.set_help_flag("-h,--help", "Print this help, or that of the command before it");
    app_.set_version_flag("--version", "hawkeye-customer-cache " PROJECT_VERSION);
    app_.add_option("--config-file", arguments.config_file,
                    "The configuration; default: config.ini in the current directory where there "
                    "is one, else /etc/hawkeye-customer-cache/config.ini")
        ->type_name("FILE")
        ->check(not_empty_value);
    for (const auto& key : config_keys()) {
      const auto name = key.full_name();
      const auto take = [&arguments, name](const std::string& value) {
        arguments.keys.emplace_back(name, value);
      };
      app_.add_option_function<std::string>("--" + name, take)
          ->trigger_on_parse()
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
          ->group(""); // hidden: they are too many for the help of every command
    }
    app_.footer(fmt::format("Every key of config.ini is an option, too: --section.key VALUE; "
                            "`serve --help` lists them.\n{}",
                            exit_codes));
    for (const auto& command : commands()) {
      auto* sub = app_.add_subcommand(command.name, command.help)->fallthrough()->allow_extras();
      for (const auto& option : command.options)
        std::visit(option_adder{*sub, option, arguments}, option.to);
      const std::string_view name = command.name;
      if (name == "serve" || name == "check-config")
        sub->footer("Keys of config.ini:\n" + keys_help());
      else if (command.run)
        sub->footer("Takes --config-file and every key of config.ini, as `serve` does.");
    }
    app_.require_subcommand(0, 1)->allow_extras();
  }

  /// Throws CLI::Error.
  void parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    app_.parse(std::move(arguments));
  }

  /// The name of the given command; empty: none was given.
  std::string named() const {
    const auto all = app_.get_subcommands();
    return all.empty() ? "" : all.front()->get_name();
  }

  std::vector<std::string> remaining() const {
    return app_.remaining(true);
  }

  std::string help(const std::string& topic) const {
    // Without a filter: all commands, not only those that were parsed.
    for (const auto* sub : app_.get_subcommands({}))
      if (sub->get_name() == topic)
        return sub->help();
    return app_.help();
  }

private:
  CLI::App app_;
};

const command& find_command(std::string_view name) {
  const auto all = commands();
  return *std::find_if(all.begin(), all.end(), [name](const command& x) { return name == x.name; });
}

/// Splits `--option=` into the option and an empty value, because CLI11 would take the next word.
std::vector<std::string> with_empty_values_apart(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  for (const auto& argument : arguments) {
    const bool empty = argument.starts_with("--") && argument.find('=') + 1 == argument.size();
    result.push_back(empty ? argument.substr(0, argument.size() - 1) : argument);
    if (empty)
      result.emplace_back();
  }
  return result;
}

failure unknown_word(const std::string& word) {
  std::vector<std::string> known;
  for (const auto& command : commands())
    known.emplace_back(command.name);
  return {fmt::format("unknown command {}: known are {}{}", printable(word), joined(known),
                      suggestion(word, known))};
}

/// The text after the = is not shown, because it may be a secret.
failure unknown_option(const std::string& word, const command& asked) {
  std::vector<std::string> known{"--config-file"};
  for (const auto& option : asked.options)
    if (std::string_view{option.name}.starts_with("-"))
      known.emplace_back(option.name);
  const auto shown = joined(known);
  for (const auto& key : config_keys())
    known.push_back("--" + key.full_name());
  const auto name = word.substr(0, word.find('='));
  return {fmt::format("unknown option {} of {}: known are {}, and --section.key of every key of "
                      "config.ini{}",
                      printable(name), asked.name, shown, suggestion(name, known))};
}

/// Masks the value that begins at `from`. In a URL only user and password are masked.
void hide(const config_key& key, std::string& text, std::size_t from) {
  auto end = text.size();
  if (!key.secret || key.name.ends_with("uri")) {
    const auto scheme = text.find("://", from), at = text.rfind('@');
    if (scheme != std::string::npos && at == std::string::npos)
      return;
    if (scheme < at)
      from = scheme + 3, end = at;
  }
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(from),
            text.begin() + static_cast<std::ptrdiff_t>(end), '*');
}

} // namespace

expected<command_line> read_command_line(const std::vector<std::string>& given) {
  command_line result;
  parser reader{result.arguments};
  try {
    reader.parse(with_empty_values_apart(given));
  } catch (const CLI::CallForHelp&) {
    result.arguments.topic = reader.named();
    result.asked = &find_command("help");
    return result;
  } catch (const CLI::CallForVersion&) {
    result.asked = &find_command("version");
    return result;
  } catch (const CLI::ParseError& problem) {
    // CLI11 does not name a hidden option whose value is missing; it is the last argument.
    const std::string text = problem.what();
    return fail("{}{}{}{}", reader.named(), reader.named().empty() ? "" : ": ",
                text.starts_with(":") ? given.back() : "", printable(text));
  }
  const auto named = reader.named();
  result.asked = &find_command(named.empty() ? "serve" : named);
  const auto& topic = result.arguments.topic;
  const auto all = commands();
  if (!topic.empty()
      && std::none_of(all.begin(), all.end(), [&](const command& x) { return topic == x.name; }))
    return fail(unknown_word(topic));
  const auto rest = reader.remaining();
  if (rest.empty())
    return result;
  if (rest.front().starts_with("-") && rest.front() != "-")
    return fail(unknown_option(rest.front(), *result.asked));
  return fail(named.empty() ? unknown_word(rest.front())
                            : failure{fmt::format("{}: unexpected word {}; see {} --help", named,
                                                  printable(rest.front()), named)});
}

std::string help_text(const std::string& topic) {
  command_arguments unused;
  return parser{unused}.help(topic);
}

std::vector<std::string> masked(std::vector<std::string> arguments) {
  const config_key* before = nullptr; // key whose value is the next argument
  for (auto& argument : arguments) {
    const auto equals = argument.find('=');
    const auto* key = std::exchange(before, nullptr);
    std::size_t from = 0;
    if (!key) {
      key = argument.starts_with("--") ? find_key(argument.substr(2, equals - 2)) : nullptr;
      if (!key || (!key->secret && key->right != is_server_url))
        continue;
      if (equals == std::string::npos) {
        before = key;
        continue;
      }
      from = equals + 1;
    }
    hide(*key, argument, from);
  }
  return arguments;
}

} // namespace hawkeye
