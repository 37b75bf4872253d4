// What is wrong in the configuration is refused in one line that says where it stands and what
// would be right; a secret is in no line.
#include "messages/config/config.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/config_sources.hpp"

namespace hawkeye {

using namespace test;

TEST_CASE("each range holds at both ends and not beyond, in the file and on the command line") {
  struct range {
    const char *section, *key;
    std::vector<const char*> taken, refused;
  };
  const std::vector<range> ranges{
      {"nats", "max-pending", {"1", "10000000"}, {"0", "10000001", "-1", "1.5", "ten"}},
      {"redis", "payload-ttl", {"1s", "24h"}, {"999ms", "25h", "300"}},
      {"redis", "timeout", {"10ms", "60s"}, {"9ms", "61s", "2"}},
      {"refresh", "interval", {"100ms", "720h"}, {"99ms", "721h", "0s", "-1s"}},
      {"refresh", "jitter", {"0s", "4h"}, {"241min"}},
      {"refresh", "retry-min", {"10ms", "5min"}, {"9ms", "25h", "301s"}},
      {"refresh", "retry-max", {"5s", "24h"}, {"4s", "25h"}},
      {"refresh", "alert-after-attempts", {"1", "1000"}, {"0", "1001"}},
      {"refresh", "deadline", {"1s", "24h"}, {"999ms", "25h"}},
      {"refresh", "max-stale", {"0s", "720h"}, {"721h", "-1s"}},
      {"refresh", "guard-min-devices", {"0", "1000000"}, {"-1"}},
      {"refresh", "guard-max-drop", {"0", "100"}, {"-1", "101"}},
      {"refresh", "guard-confirm-after", {"100ms", "24h"}, {"99ms", "25h"}},
      {"hawkeye", "timeout", {"10ms", "10min"}, {"9ms", "11min"}},
      {"bruin", "timeout", {"10ms", "10min"}, {"9ms", "11min"}},
      {"bruin", "concurrency", {"1", "4096"}, {"0", "4097"}},
      {"bruin", "attempts", {"1", "20"}, {"0", "21"}},
  };
  for (const auto& [section, key, taken, wrong] : ranges) {
    const auto name = std::string{section} + "." + key;
    const auto in_file = [&](const char* value) {
      return sources("[" + std::string{section} + "]\n" + key + " = " + value + "\n");
    };
    for (const auto* value : taken) {
      CAPTURE(name + " = " + value);
      good(in_file(value));
      good(sources("", {name + "=" + value}));
    }
    for (const auto* value : wrong) {
      CAPTURE(name + " = " + value);
      const auto by_file = refused(in_file(value));
      CHECK(by_file.starts_with("test.ini"));
      CHECK(by_file.find(std::string{value} == "ten" ? "test.ini" : name) != std::string::npos);
      const auto by_option = refused(sources("", {name + "=" + value}));
      CHECK(by_option.starts_with("command line: " + name + " = "));
      CHECK(by_option.find("expected ") != std::string::npos);
    }
  }
}

TEST_CASE("a wrong value is refused in one line: where, which key, which value, what is right") {
  struct row {
    std::string text;
    std::vector<std::string> said;
  };
  const std::vector<row> table{
      {"[nats]\n\nqueue = 5\n", {"test.ini:3: nats.queue = 5: expected "}},
      {"[nats]\nqueue = \"\"\n", {"test.ini:2: nats.queue = \"\": expected "}},
      {"[nats]\nsubject = \"a.*\"\n", {"nats.subject = \"a.*\"", "no wildcards"}},
      {"[nats]\nsubject = \"dotless\"\n", {"nats.subject", "at least one dot"}},
      {"[nats]\nsubject = \"$SRV.PING\"\n", {"nats.subject", "beginning with $"}},
      {"[nats]\nsubject = \"_INBOX.x\"\n", {"nats.subject", "_INBOX"}},
      {"[nats]\nsubject = \"a.status\"\n",
       {"test.ini:2: nats.subject = \"a.status\": this subject is", "for status, too"}},
      {"[hawkeye]\nsubject = \"a.get\"\n[nats]\nsubject = \"a.get\"\n",
       {"test.ini:2: hawkeye.subject = \"a.get\": this subject is nats.subject, too"}},
      {"[nats]\nsubject = \"bruin.customer.get.x\"\n[bruin]\nclient-info-subject = "
       "\"bruin.customer.get.leader\"\n",
       {"test.ini:4: bruin.client-info-subject", "derived from nats.subject, for leader, too"}},
      {"[bruin]\nclient-info-subject = \"bruin.inventory.management.status\"\n",
       {"test.ini:2: bruin.client-info-subject", "bruin.management-status-subject, too"}},
      {"[notifier]\nslack-subject = \"hawkeye.probe.request\"\n",
       {"test.ini:2: notifier.slack-subject", "this subject is hawkeye.subject, too"}},
      {"[nats]\nservers = \"http://x\"\n", {"nats.servers = \"http://x\"", "nats://host:port"}},
      {"[nats]\nservers = \"nats://x:0\"\n", {"nats.servers"}},
      {"[nats]\nservers = \"nats://x,\"\n", {"nats.servers"}},
      {"[nats]\nservers = []\n", {"nats.servers"}},
      {"[nats]\nservers = [\"nats://x\", 5]\n", {"nats.servers"}},
      {"[nats]\nsubjct = \"x\"\n",
       {"test.ini:2: nats.subjct: there is no such key", "; did you mean nats.subject?"}},
      {"[natz]\nqueue = \"x\"\n", {"test.ini:2: natz.queue: there is no such key"}},
      {"[nats]\nqueue = \"a\"\nqueue = \"b\"\n", {"test.ini:3: nats.queue", "line 2 already"}},
      {"[nats]\nqueue = \"a\n", {"test.ini", "quote"}},
      {"nonsense", {"test.ini:1: nonsense", "INI"}},
      {"[nats]\nnonsense\n", {"test.ini:2: nonsense: not readable as INI", "key = value"}},
      {"[nats\n", {"test.ini:1: not readable as INI", "[name]"}},
      {"[nats] x\n", {"test.ini:1: not readable as INI"}},
      {"[nats]\nqueue =\n", {"test.ini:2: nats.queue: cannot be read"}},
      {"[nats]\nqueue = \"a\" b\n", {"test.ini:2: nats.queue: cannot be read"}},
      {"[nats]\nservers = [\"nats://a\",\n\"nats://b\"\n", {"test.ini:2: nats.servers", "bracket"}},
      {"[nats]\nqueue = abc\n", {"test.ini:2: nats.queue = abc: expected", "in double quotes"}},
      {"[service]\nname = \"a b\"\n", {"service.name = \"a b\"", "letters"}},
      {"[service]\nname = \"\"\n", {"service.name"}},
      {"[service]\nenvironment = 'atom'\n", {"service.environment", "double quotes"}},
      {"[redis]\nkey = \"\"\n", {"redis.key", "not empty"}},
      {"[redis]\nuri = \"http://x\"\n", {"test.ini:2: redis.uri", "redis://"}},
      {"[redis]\npayload-uri = \"redis://h/x\"\n", {"redis.payload-uri", "redis://"}},
      {"[redis]\nuri-file = \"gone\"\n", {"redis.uri-file = \"gone\": cannot be read"}},
      {"[redis]\nuri-file = \"empty\"\n", {"redis.uri-file = \"empty\": the file is empty"}},
      {"[nats]\ntls-ca = \"empty\"\n", {"nats.tls-ca = \"empty\": the file is empty"}},
      {"[nats]\ntoken-file = \"lines\"\n", {"nats.token-file", "not one line of text"}},
      {"[redis]\ntimeout = 2\n", {"redis.timeout = 2", "with its unit"}},
      {"[bruin]\nmonitored-statuses = []\n", {"bruin.monitored-statuses", "at least one"}},
      {"[bruin]\nmonitored-statuses = [\"\"]\n", {"bruin.monitored-statuses"}},
      {"[bruin]\nclient-info-subject = \"a..b\"\n", {"bruin.client-info-subject"}},
      {"[hawkeye]\nsubject = \"\"\n", {"hawkeye.subject"}},
      {"[notifier]\nslack-subject = \"a b\"\n", {"notifier.slack-subject", "(off)"}},
      {"[notifier]\nemail-recipient = \"nobody\"\n", {"notifier.email-recipient", "address"}},
      {"[http]\nlisten = \"5000\"\n", {"http.listen = \"5000\"", "address:port"}},
      {"[http]\nlisten = \"127.0.0.1:65536\"\n", {"http.listen"}},
      {"[log]\nlevel = \"loud\"\n", {"log.level = \"loud\"", "\"trace\""}},
      {"[log]\nformat = \"xml\"\n", {"log.format = \"xml\"", "\"json\""}},
      {"[nats]\nqueue = \"a\\nb\"\n", {"nats.queue = \"a\\u000ab\"", "control characters"}},
      {"[nats]\nservers = \"nats://\xFF\"\n", {"test.ini:2: no valid UTF-8"}},
      {std::string{"[nats]\nqueue = \"a\0b\"\n", 21}, {"test.ini:2: a zero byte", "no text file"}},
      {std::string(4096, '\0'), {"test.ini:1: a zero byte"}},
      {"[nats]\nuser = \"a\\tb\"\n", {"nats.user = \"a\\u0009b\"", "control characters"}},
      {"[log]\nlevel = \"" + std::string(3000, 'x') + "\"\n", {"…", "expected"}},
      {"[bruin]\nmonitored-statuses = [\"x\", 5]\n",
       {"test.ini:2: bruin.monitored-statuses: cannot be read", "only texts in a list"}},
      {"[bruin]\nmonitored-statuses = [\"\x1b[2J\"]\n",
       {"bruin.monitored-statuses", "control characters"}},
      {"[nats]\ntls-cert = \"ca.pem\"\n", {"test.ini:2: nats.tls-cert", "nats.tls-key"}},
      {"[nats]\ntls-ca = \"gone.pem\"\n", {"test.ini:2: nats.tls-ca = \"gone.pem\""}},
      {"[nats]\nnkey-seed-file = \"gone\"\n", {"nats.nkey-seed-file = \"gone\""}},
      {"[nats]\npassword = \"x\"\n", {"test.ini:2: nats.password", "needs nats.user"}},
      {"[refresh]\ninterval = 1s\njitter = 2s\n",
       {"test.ini:3: refresh.jitter = 2s: expected at most refresh.interval, which is 1s"}},
      {"[refresh]\nretry-min = 10min\n",
       {"refresh.retry-min = 10min: expected at most refresh.retry-max, which is 5min"}},
  };
  for (const auto& [text, said] : table) {
    CAPTURE(text);
    const auto why = refused(sources(text));
    CAPTURE(why);
    CHECK(why.find('\n') == std::string::npos);
    CHECK(why.size() < 1000);
    for (const auto& words : said)
      CHECK(why.find(words) != std::string::npos);
  }
}

TEST_CASE(
    "on the command line a list or an address that is not whole is refused, not half understood") {
  using texts = std::vector<std::string>;
  for (const char* list : {"[]", "[ ]", "[\"\"]", "[A]", "[\"A\"", "[1]"})
    CHECK(
        refused(sources("", {std::string{"bruin.monitored-statuses="} + list})).find("at least one")
        != std::string::npos);
  for (const char* address : {"[::1:5000", "::1]:5000", "[]:5000", ":5000", "[[::1]]:5000",
                              "::1:5000", "256.1.1.1:5000", "[localhost]:5000", "127.1:5000"})
    CHECK(refused(sources("", {std::string{"http.listen="} + address})).find("address:port")
          != std::string::npos);
  const auto listen = [](const std::string& text) {
    return good(sources("", {"http.listen=" + text})).http.listen;
  };
  CHECK(listen("[::1]:5000") == texts{"[::1]:5000"});
  CHECK(listen("0.0.0.0:5000, [::1]:5000,h:9090") == texts{"0.0.0.0:5000", "[::1]:5000", "h:9090"});
  CHECK(listen("[fe80::1%lo]:5000,127.0.0.1:5000").size() == 2);
  CHECK(listen(R"(["a:1", "b:2"])") == texts{"a:1", "b:2"});
  CHECK(listen("").empty());
  CHECK(listen("h:0,h:0") == texts{"h:0", "h:0"});
  CHECK(refused(sources("", {"http.listen=127.0.0.1:1,0.0.0.0:1"}))
            .find("0.0.0.0:1 includes 127.0.0.1:1: give one of them")
        != std::string::npos);
  CHECK(refused(sources("", {"http.listen=[::]:1,[::1]:1"})).find("includes [::1]:1")
        != std::string::npos);
  CHECK(refused(sources("", {"http.listen=0.0.0.0:1,[::]:1,127.0.0.1:2,0.0.0.0:0,0.0.0.0:0"}))
        == "(taken)");
  CHECK(refused(sources("", {"refresh.max-stale=-9223372036854775808h"})) != "(taken)");
  CHECK(refused(sources("", {"http.listen=a:1,b:2,a:1"})).find("a:1 is given twice")
        != std::string::npos);
  CHECK(good(sources("", {"bruin.monitored-statuses=A, B"})).bruin.monitored_statuses
        == texts{"A", "B"});
  CHECK(refused(sources("", {"refresh.interval=-4h"})).find("refresh.interval = -4h:")
        != std::string::npos);
}

TEST_CASE("a secret is in no sentence about it, wherever it came from") {
  const std::string url = "redis://u:" + secret + "@h:x/0";
  std::vector<config_sources> wrong{
      sources("[nats]\npassword = \"" + secret + "\"\n"),
      sources("[nats]\ntoken = [\"" + secret + "\"]\n"),
      sources("[redis]\nuri = \"" + url + "\"\n"),
      sources("[redis]\nuri = [\"" + url + "\"]\n"),
      sources("[nats]\nservers = \"nats://u:" + secret + "@h:x\"\n"),
      sources("[nats]\nservers = \"nats://ok,nats://u:" + secret + "@h:x\"\n"),
      sources("[nats]\nservers = [\"nats://u:" + secret + "@h:x\"]\n"),
      sources("[nats]\nservers = nats://u:" + secret + "@h:4222\n"),
      sources("[nats]\nservers = \"nats://h\"\nnats://u:" + secret + "@h:4222\n"),
      sources("", {"nats.servers=[\"nats://u:" + secret + "@h:4222\""}),
      sources("[redis]\nuri-file = \"bad-uri\"\n"),
      sources("[nats]\npassword-file = \"secret\"\n"),
      sources("[nats]\npassword = \"" + secret + "\"\npassword = \"" + secret + "\"\n"),
      sources("[nats]\npassword = \"" + secret + "\n"),
      sources("", {"redis.uri=" + url}),
      sources("", {"redis.payload-uri=" + url}),
      sources("", {"nats.password=" + secret}),
      sources("", {"nats.pasword=" + secret}),
      sources("", {"nats.servers=nats://" + secret + "@h:x"}),
      sources("", {"nats.servers=nats://u:p," + secret + "@h:x, tls://u:" + secret + ",p@h:y"}),
  };
  wrong.push_back(sources("", {}, {{"HAWKEYE_CACHE_NATS_PASSWORD", secret}}));
  for (const char* name : {"HAWKEYE_CACHE_REDIS_URI", "HAWKEYE_CACHE_REDIS_PAYLOAD_URI",
                           "HAWKEYE_CACHE_NATS_SERVERS", "HAWKEYE_CACHE_NATS_PASWORD"})
    wrong.push_back(sources("", {}, {{name, url}}));
  wrong.push_back(sources("", {}, {{"HAWKEYE_CACHE_REDIS_URI", "redis://u:" + secret}}));
  wrong.push_back(sources("", {"nats.password=" + secret, "nats.password=other"}));
  for (const auto& from : wrong) {
    const auto why = refused(from);
    CAPTURE(why);
    CHECK(why != "(taken)");
    CHECK(why.find(secret) == std::string::npos);
  }
}

TEST_CASE("secrets come from the environment and from files; the command line is stronger") {
  auto from =
      sources("[nats]\nuser = \"u\"\npassword-file = \"secret\"\n[redis]\nuri-file = \"uri\"\n");
  auto with = good(from);
  CHECK(with.nats.password == secret);
  CHECK(with.redis.address.password == secret);
  CHECK(with.redis.address.host == "localhost");
  CHECK(with.redis.address.port == 7);
  CHECK(with.redis.payload_address.database == 2);
  from = sources("[nats]\nuser = \"u\"\n", {}, {{"HAWKEYE_CACHE_NATS_PASSWORD", "env"}});
  CHECK(good(from).nats.password == "env");
  from.options =
      split_options({"nats.password=typed", "nats.queue=other", "redis.timeout=30ms",
                     "bruin.monitored-statuses=[\"A\",\"B\"]", "nats.servers=nats://a,tls://b:1"});
  with = good(from);
  CHECK(with.nats.password == "typed");
  CHECK(with.nats.queue == "other");
  CHECK(with.redis.timeout == 30ms);
  CHECK(with.bruin.monitored_statuses == std::vector<std::string>{"A", "B"});
  CHECK(with.nats.servers == std::vector<std::string>{"nats://a", "tls://b:1"});
}

TEST_CASE("a key that is given twice with different values is refused, and its values not shown") {
  CHECK(refused(sources("", {"nats.queue=a", "nats.queue=b"}))
        == "command line: nats.queue is given twice, with different values: give it once");
  CHECK(good(sources("", {"nats.queue=a", "nats.queue=a"})).nats.queue == "a");
}

TEST_CASE("a byte order mark, CRLF and lists over several lines are read; comments are not") {
  const auto with =
      good(sources("\xEF\xBB\xBF; a comment\r\n[nats] ; another\r\nqueue = \"q;1\" ; one\r\n"
                   "servers = [\"nats://a\", ; first\r\n  \"nats://b\",\r\n]\r\n"
                   "max-pending=7;x\r\n"));
  CHECK(with.nats.queue == "q;1");
  CHECK(with.nats.servers == std::vector<std::string>{"nats://a", "nats://b"});
  CHECK(with.nats.max_pending == 7);
  CHECK(with.sources.at("nats.max-pending") == "test.ini:7");
}

TEST_CASE("the PEM files of redis.tls-* are those of both addresses; a certificate needs its key") {
  const auto with = good(sources("[redis]\nuri = \"rediss://:hush@h\"\ntls-ca = \"ca.pem\"\n"
                                 "payload-uri = \"rediss://p:7\"\n"));
  for (const auto* address : {&with.redis.address, &with.redis.payload_address}) {
    CHECK(address->tls);
    CHECK(address->tls_ca == "ca.pem");
  }
  CHECK(refused(sources("[redis]\ntls-cert = \"ca.pem\"\n"))
        == "test.ini:2: redis.tls-cert: redis.tls-cert and redis.tls-key belong together: one of "
           "them is missing");
  CHECK(refused(sources("[redis]\ntls-ca = \"gone.pem\"\n"))
        == "test.ini:2: redis.tls-ca = \"gone.pem\": cannot be read");
}

TEST_CASE("the jitter is a tenth of the interval where it is not given, at most a minute") {
  CHECK(good(sources("[refresh]\ninterval = 10s\n")).refresh.jitter == 1s);
  CHECK(good(sources("[refresh]\ninterval = 10h\n")).refresh.jitter == 1min);
  CHECK(good(sources("[refresh]\ninterval = 10s\njitter = 10s\n")).refresh.jitter == 10s);
}

} // namespace hawkeye
