// What a person types is done as it was meant, or refused in one line that says what would be
// right.
#include "messages/config/command_line.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace hawkeye {
namespace {

using words = std::vector<std::string_view>;

command_line read(const words& arguments) {
  const auto result = read_command_line(arguments);
  if (const auto* why = error_of(result))
    FAIL(why->reason);
  return *result;
}

std::string joined(const words& arguments) {
  std::string result;
  for (const auto x : arguments)
    result.append(result.empty() ? "" : " ").append(x);
  return result;
}

struct good_line {
  words arguments;
  command_line expected;
};

const std::vector<good_line> good{
    {{}, {command::serve, {}, {}, {}, false}},
    {{"serve"}, {command::serve, {}, {}, {}, false}},
    {{"get"}, {command::get, {}, {}, {}, false}},
    {{"check-config"}, {command::check_config, {}, {}, {}, false}},
    {{"version"}, {command::version, {}, {}, {}, false}},
    {{"--version"}, {command::version, {}, {}, {}, false}},
    {{"help"}, {command::help, {}, {}, {}, false}},
    {{"--help"}, {command::help, {}, {}, {}, false}},
    {{"-h"}, {command::help, {}, {}, {}, false}},
    // Help is never far, whatever stands before it.
    {{"get", "--help"}, {command::help, {}, {}, {}, false}},
    {{"get", "--json", "-h"}, {command::help, {}, {}, {}, true}},
    {{"serve", "--log.level=debug", "--help"}, {command::help, {}, {"log.level=debug"}, {}, false}},
    {{"--config-file=/etc/a b.ini"}, {command::serve, "/etc/a b.ini", {}, {}, false}},
    {{"--config-file=x=y.ini"}, {command::serve, "x=y.ini", {}, {}, false}},
    {{"serve", "--config-file=a.ini"}, {command::serve, "a.ini", {}, {}, false}},
    {{"--config-file=a.ini", "serve"}, {command::serve, "a.ini", {}, {}, false}},
    {{"check-config", "--config-file=a.ini", "--refresh.interval=1h"},
     {command::check_config, "a.ini", {"refresh.interval=1h"}, {}, false}},
    {{"--nats.servers=nats://h:1,nats://g:2", "--log.level=debug"},
     {command::serve, {}, {"nats.servers=nats://h:1,nats://g:2", "log.level=debug"}, {}, false}},
    // What the value is, and whether there is such a key, the configuration decides.
    {{"--nats.queue="}, {command::serve, {}, {"nats.queue="}, {}, false}},
    {{"--no.such=1"}, {command::serve, {}, {"no.such=1"}, {}, false}},
    {{"--nats.user=a=b.c"}, {command::serve, {}, {"nats.user=a=b.c"}, {}, false}},
    {{"get", "--json"}, {command::get, {}, {}, {}, true}},
    {{"get", "--last-contact-filter=2020-01-16 14:50:00.123456"},
     {command::get, {}, {}, "2020-01-16 14:50:00.123456", false}},
    // Whether it is a timestamp, the service that is asked says.
    {{"get", "--last-contact-filter=x"}, {command::get, {}, {}, "x", false}},
    {{"get", "--last-contact-filter="}, {command::get, {}, {}, "", false}},
    {{"get", "--json", "--last-contact-filter=2020-07-15", "--nats.servers=nats://h:1",
      "--config-file=a.ini"},
     {command::get, "a.ini", {"nats.servers=nats://h:1"}, "2020-07-15", true}},
};

struct bad_line {
  words arguments;
  std::vector<std::string_view> named; ///< each stands in the one line
};

const std::vector<bad_line> bad{
    {{"gett"},
     {"unknown command gett", "serve, get, status, refresh, explain SERIAL, diff, check-config"}},
    {{""}, {"unknown command"}},
    {{"Get"}, {"unknown command Get"}},
    {{"get\nserve"}, {"unknown command"}},
    {{"serve", "get"}, {"get"}},
    {{"get", "get"}, {"get"}},
    {{"get", "2020-07-15"}, {"2020-07-15"}},
    {{"-"}, {"unknown command -"}},
    {{"-x"}, {"unknown command -x"}},
    {{"--"}, {"unknown option --", "--config-file=FILE", "--section.key=value"}},
    {{"--verbose"}, {"unknown option --verbose"}},
    {{"--verbose=yes"}, {"unknown option --verbose"}},
    {{"--config"}, {"unknown option --config"}},
    {{"--config-files=a.ini"}, {"--config-file=FILE"}},
    {{"--configfile=a.ini"}, {"unknown option --configfile"}},
    // Values that are missing, or stand apart
    {{"--config-file"}, {"--config-file=FILE"}},
    {{"--config-file", "a.ini"}, {"--config-file=FILE"}},
    {{"--log.level"}, {"unknown option --log.level", "--section.key=value"}},
    {{"--log.level", "debug"}, {"unknown option --log.level", "--section.key=value"}},
    {{"--loglevel=a.b"}, {"unknown option --loglevel", "--section.key=value"}},
    {{"get", "--last-contact-filter"}, {"--last-contact-filter=MOMENT, --json"}},
    {{"get", "--last-contact-filter", "2020-07-15"}, {"--last-contact-filter=MOMENT"}},
    {{"get", "--json=yes"}, {"unknown option --json", "--json"}},
    // What belongs to get belongs to it alone.
    {{"--json"}, {"unknown option --json"}},
    {{"serve", "--json"}, {"unknown option --json"}},
    {{"check-config", "--last-contact-filter=2020-07-15"}, {"--last-contact-filter"}},
};

TEST_CASE("every command and option is taken as it was typed") {
  for (const auto& x : good) {
    CAPTURE(joined(x.arguments));
    const auto line = read(x.arguments);
    CHECK(line.what == x.expected.what);
    CHECK(line.config_file == x.expected.config_file);
    CHECK(line.options == x.expected.options);
    CHECK(line.last_contact_filter == x.expected.last_contact_filter);
    CHECK(line.json == x.expected.json);
  }
}

TEST_CASE("what cannot be meant so is refused in one line that says what would be right") {
  for (const auto& x : bad) {
    CAPTURE(joined(x.arguments));
    const auto line = read_command_line(x.arguments);
    REQUIRE(!line.has_value());
    const auto& reason = line.error().reason;
    CAPTURE(reason);
    CHECK(reason.find('\n') == std::string::npos);
    CHECK(reason.find("known are") != std::string::npos);
    for (const auto named : x.named)
      CHECK(reason.find(named) != std::string::npos);
  }
}

TEST_CASE("diff takes another subject or two keys, and says what is missing") {
  auto line = read({"diff", "--against=a.b", "--ignore=last_contact,probe_id", "--json"});
  CHECK(line.what == command::diff);
  CHECK(line.against == "a.b");
  CHECK(line.ignored_fields == std::set<std::string>{"last_contact", "probe_id"});
  CHECK(line.json);
  line = read({"diff", "--redis-keys", "hawkeye", "get", "--redis.uri=redis://h"});
  CHECK(line.redis_keys == std::vector<std::string>{"hawkeye", "get"});
  CHECK(line.options == std::vector<std::string>{"redis.uri=redis://h"});
  const std::pair<words, const char*> wrong[] = {
      {{"diff"}, "--against=SUBJECT"},
      {{"diff", "--against="}, "--against=SUBJECT"},
      {{"diff", "--against=a.*"}, "literal subject"},
      {{"diff", "a.b"}, "unknown word a.b"},
      {{"diff", "--against=a.b", "c.d"}, "unknown word c.d"},
      {{"diff", "--redis-keys", "a"}, "two keys"},
      {{"diff", "--redis-keys", "a", "b", "c"}, "two keys"},
      {{"diff", "--redis-keys", "a", "b", "--against=c.d"}, "two keys"},
      {{"diff", "--against=a.b", "--ignore="}, "names of fields"},
      {{"diff", "--agains=a.b"}, "--against=SUBJECT, --redis-keys A B, --ignore=FIELD, --json"},
      {{"get", "--against=a.b"}, "unknown option --against"},
  };
  for (const auto& [arguments, named] : wrong) {
    CAPTURE(joined(arguments));
    const auto refused = read_command_line(arguments);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().reason.find(named) != std::string::npos);
  }
}

TEST_CASE("a secret behind a mistyped option is not repeated") {
  for (const std::string_view option :
       {"--nats-password=hush", "--password=hush.hush", "--natspassword=hush", "--=hush"}) {
    CAPTURE(option);
    const auto line = read_command_line({option});
    REQUIRE(!line.has_value());
    CHECK(line.error().reason.find("hush") == std::string::npos);
  }
}

TEST_CASE("operators' commands take a serial number with or without an equals sign") {
  CHECK(read({"status", "--json"}).json);
  const auto explain = read({"explain", "B827EB76A8DE", "--json"});
  CHECK(explain.what == command::explain);
  CHECK(explain.serial_number == "B827EB76A8DE");
  CHECK(explain.json);
  CHECK(read({"explain", "status"}).serial_number == "status");
  const auto refresh = read({"refresh", "--wait"});
  CHECK(refresh.wait);
  CHECK(refresh.serial_number.empty());
  for (const auto& line : {words{"refresh", "--serial=S 1", "--wait"},
                           words{"refresh", "--serial", "S 1", "--wait"}}) {
    CHECK(read(line).serial_number == "S 1");
    CHECK(read(line).wait);
  }
  for (const auto& line : {words{"refresh", "--serial"}, words{"refresh", "--serial="},
                           words{"refresh", "--serial", ""}, words{"refresh", "S1"},
                           words{"status", "--wait"}, words{"explain"}, words{"explain", ""},
                           words{"explain", "A", "B"}, words{"get", "--serial=A"}})
    CHECK_MESSAGE(!read_command_line(line).has_value(), joined(line));
}

TEST_CASE("the help names every command and option that is understood, and the exit codes") {
  const std::string help{help_text()};
  for (const auto name :
       {"[serve]", " get ", " diff ", " check-config ", "--against=SUBJECT", "--redis-keys A B",
        " version\n", " help\n", "--last-contact-filter=MOMENT", "--json", "--config-file=FILE",
        "--section.key=value", "0 done", "1 failed", "2 wrong"}) {
    CAPTURE(name);
    CHECK(help.find(name) != std::string::npos);
  }
  CHECK(help.ends_with('\n'));
}

TEST_CASE("a secret among the arguments shows as asterisks in a list of processes") {
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"--nats.password=hunter2", "--nats.password=*******"},
      {"--nats.token=t", "--nats.token=*"},
      {"--nats.password=", "--nats.password="},
      {"--nats.user=u", "--nats.user=u"},
      {"--nats.servers=nats://u:p@ss@a:1,tls://v:q@b",
       "--nats.servers=nats://********************@b"},
      {"--nats.servers=nats://a:1", "--nats.servers=nats://a:1"},
      {"--redis.uri=redis://u:p@h:1/0", "--redis.uri=redis://***@h:1/0"},
      {"--redis.payload-uri=redis://:p@h", "--redis.payload-uri=redis://**@h"},
      {"--redis.uri=a@b://c", "--redis.uri=a@b://c"},
      {"--notifier.email-recipient=ops@x", "--notifier.email-recipient=ops@x"},
      {"", ""},
  };
  for (const auto& [given, shown] : table)
    CHECK(masked(given) == shown);
}

} // namespace
} // namespace hawkeye
