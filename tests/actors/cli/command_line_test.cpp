// What a person types is done as it was meant, or refused in one line that says what would be
// right.
#include "actors/cli/command_line.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "messages/config/keys.hpp"

namespace hawkeye {
namespace {

using words = std::vector<std::string>;
using keys = std::vector<std::pair<std::string, std::string>>;

command_line read(const words& arguments) {
  const auto result = read_command_line(arguments);
  if (const auto* why = error_of(result))
    FAIL(why->reason);
  return *result;
}

std::string refused(const words& arguments) {
  const auto result = read_command_line(arguments);
  return result ? "(taken)" : result.error().reason;
}

TEST_CASE("every command and option is taken as it was typed, with = or a space") {
  for (const auto& command : commands())
    if (std::string_view{command.name} != "explain")
      CHECK(std::string{read({command.name}).asked->name} == command.name);
  const auto asked = [](const words& arguments) {
    return std::string{read(arguments).asked->name};
  };
  CHECK(asked({}) == "serve");
  CHECK(asked({"--version"}) == "version");
  CHECK(asked({"--config-file=a.ini"}) == "serve");
  CHECK(asked({"--config-file=a.ini", "get"}) == "get");
  for (const auto& line :
       {words{"get", "--help"}, words{"get", "--json", "-h"}, words{"help", "get"}}) {
    CHECK(asked(line) == "help");
    CHECK(read(line).arguments.topic == "get");
  }
  CHECK(read({"--config-file=/etc/a b.ini"}).arguments.config_file == "/etc/a b.ini");
  CHECK(read({"serve", "--config-file", "x=y.ini"}).arguments.config_file == "x=y.ini");
  CHECK(read({"--nats.servers=nats://h:1,nats://g:2", "--log.level", "debug"}).arguments.keys
        == keys{{"nats.servers", "nats://h:1,nats://g:2"}, {"log.level", "debug"}});
  CHECK(read({"get", "--nats.user=a=b.c", "--nats.queue=", "--http.listen", "",
              "--bruin.monitored-statuses", "[\"A\", \"B\"]", "--refresh.interval=-4h"})
            .arguments.keys
        == keys{{"nats.user", "a=b.c"},
                {"nats.queue", ""},
                {"http.listen", ""},
                {"bruin.monitored-statuses", "[\"A\", \"B\"]"},
                {"refresh.interval", "-4h"}});
  CHECK(read({"--nats.queue=a", "--nats.queue=b"}).arguments.keys.size() == 2);
  for (const auto& line :
       {words{"get", "--json", "--last-contact-filter=2020-01-16 14:50:00.123456"},
        words{"get", "--last-contact-filter", "2020-01-16 14:50:00.123456", "--json"}}) {
    CHECK(read(line).arguments.last_contact_filter == "2020-01-16 14:50:00.123456");
    CHECK(read(line).arguments.json);
  }
  // Whether it is a timestamp, the service that is asked says.
  CHECK(read({"get", "--last-contact-filter="}).arguments.last_contact_filter == "");
  CHECK_FALSE(read({"get"}).arguments.last_contact_filter);
  CHECK(read({"explain", "status", "--json"}).arguments.serial_number == "status");
  for (const auto& line : {words{"refresh", "--serial=S 1", "--wait"},
                           words{"refresh", "--serial", "S 1", "--wait"}}) {
    CHECK(read(line).arguments.serial_number == "S 1");
    CHECK(read(line).arguments.wait);
  }
  const auto diff = read({"diff", "--redis-keys", "hawkeye", "get", "--redis.uri=redis://h",
                          "--ignore=last_contact,probe_id"})
                        .arguments;
  CHECK(diff.redis_keys == words{"hawkeye", "get"});
  CHECK(diff.ignored_fields == words{"last_contact", "probe_id"});
  CHECK(diff.keys == keys{{"redis.uri", "redis://h"}});
  CHECK(read({"diff", "--against=a.b", "--json"}).arguments.against == "a.b");
}

TEST_CASE("every key of config.ini is an option of every command") {
  for (const auto& key : config_keys())
    for (const auto* command : {"serve", "status", "check-config"}) {
      const auto line = read({command, "--" + key.full_name(), "x"});
      CHECK(line.arguments.keys == keys{{key.full_name(), "x"}});
    }
}

TEST_CASE("what cannot be meant so is refused in one line that says what would be right") {
  struct row {
    words arguments;
    std::vector<std::string_view> said;
  };
  const std::vector<row> table{
      {{"gett"}, {"unknown command gett: known are serve, get, status", "; did you mean get?"}},
      {{""}, {"unknown command"}},
      {{"Get"}, {"unknown command Get", "did you mean get?"}},
      {{"get\nserve"}, {"unknown command"}},
      {{"serve", "get"}, {"serve: unexpected word get"}},
      {{"get", "2020-07-15"}, {"get: unexpected word 2020-07-15", "get --help"}},
      {{"-"}, {"unknown command -"}},
      {{"-x"}, {"unknown option -x"}},
      {{"--"}, {"unknown option --"}},
      {{"--verbose=yes"},
       {"unknown option --verbose of serve: known are --config-file, and --section.key"}},
      {{"--config-fil=a.ini"}, {"did you mean --config-file?"}},
      {{"--config-file"}, {"--config-file"}},
      {{"--config-file="}, {"--config-file: needs a value"}},
      {{"--nats.serverz=x"}, {"unknown option --nats.serverz", "did you mean --nats.servers?"}},
      {{"--log.level"}, {"--log.level"}},
      {{"get", "--last-contact"}, {"known are --config-file, --last-contact-filter, --json"}},
      {{"get", "--json=yes"}, {"get: json"}},
      {{"--json"}, {"unknown option --json of serve"}},
      {{"status", "--wait"}, {"unknown option --wait of status"}},
      {{"refresh", "--serial"}, {"refresh: ", "--serial"}},
      {{"refresh", "--serial="}, {"refresh: --serial: needs a value"}},
      {{"refresh", "S1"}, {"refresh: unexpected word S1"}},
      {{"explain"}, {"explain: SERIAL is required"}},
      {{"explain", ""}, {"explain: SERIAL: needs a value"}},
      {{"explain", "A", "B"}, {"explain: unexpected word B"}},
      {{"diff", "--redis-keys", "a"}, {"diff: ", "--redis-keys"}},
      {{"diff", "--against=a.b", "--ignore="}, {"diff: --ignore: needs a value"}},
      {{"diff", "--agains=a.b"}, {"did you mean --against?"}},
  };
  for (const auto& [arguments, said] : table) {
    CAPTURE(fmt::format("{}", fmt::join(arguments, " ")));
    const auto why = refused(arguments);
    CAPTURE(why);
    CHECK(why != "(taken)");
    CHECK(why.find('\n') == std::string::npos);
    for (const auto& part : said)
      CHECK(why.find(part) != std::string::npos);
  }
}

TEST_CASE("a secret behind a mistyped option is not repeated") {
  for (const std::string option :
       {"--nats-password=hush", "--password=hush.hush", "--nats.pasword=hush", "--=hush"}) {
    CAPTURE(option);
    CHECK(refused({option}).find("hush") == std::string::npos);
  }
}

TEST_CASE(
    "the help names every command, its options, every key with its default, and the exit codes") {
  const auto all = help_text("");
  CHECK(all.find("3 what the help of the command names") != std::string::npos);
  for (const auto& command : commands()) {
    CHECK(all.find(std::string{"  "} + command.name + " ") != std::string::npos);
    const auto own = help_text(command.name);
    CHECK(own.find(command.help) != std::string::npos);
    for (const auto& option : command.options)
      CHECK_MESSAGE(own.find(option.help) != std::string::npos, own);
  }
  for (const auto& key : config_keys())
    CHECK(help_text("serve").find("--" + key.full_name() + "\n") != std::string::npos);
  CHECK(help_text("serve").find("Default: \"customer_cache\"") != std::string::npos);
}

TEST_CASE("a secret among the arguments shows as asterisks in a list of processes") {
  const std::vector<std::pair<words, words>> table{
      {{"--nats.password=hunter2"}, {"--nats.password=*******"}},
      {{"--nats.password", "hunter2", "get"}, {"--nats.password", "*******", "get"}},
      {{"--nats.token=t"}, {"--nats.token=*"}},
      {{"--nats.password=a://b@c"}, {"--nats.password=*******"}},
      {{"--nats.password="}, {"--nats.password="}},
      {{"--nats.password"}, {"--nats.password"}},
      {{"--nats.user=u", "--nats.password-file", "f"},
       {"--nats.user=u", "--nats.password-file", "f"}},
      {{"--nats.servers=nats://u:p@ss@a:1,tls://v:q@b"},
       {"--nats.servers=nats://********************@b"}},
      {{"--nats.servers=nats://a:1"}, {"--nats.servers=nats://a:1"}},
      {{"--redis.uri=redis://u:p@h:1/0"}, {"--redis.uri=redis://***@h:1/0"}},
      {{"--redis.payload-uri", "redis://:p@h"}, {"--redis.payload-uri", "redis://**@h"}},
      {{"--redis.uri=a@b://c"}, {"--redis.uri=*******"}},
      {{"--notifier.email-recipient=ops@x", ""}, {"--notifier.email-recipient=ops@x", ""}},
  };
  for (const auto& [given, shown] : table)
    CHECK(masked(given) == shown);
}

} // namespace
} // namespace hawkeye
