// What operators ask of the running program: commands, HTTP, metrics.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>

#include <doctest/doctest.h>

#include "tests/support/http_client.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A world with a running service, and its page.
struct admin {
  explicit admin(arguments options = {}, arguments bridges = {"--probes=20"}) {
    world.start_bridges(std::move(bridges));
    service.emplace(world.start_service(std::move(options)));
    REQUIRE(service->await_ready());
  }

  int run(arguments command, std::string* output = nullptr) {
    for (auto& option : world.operator_options())
      command.push_back(std::move(option));
    return world.run(std::move(command), output).value_or(-1);
  }

  std::optional<http_response> post(const http_headers& headers, const std::string& body = "") {
    return http_client{service->http}.post("/api/refresh", headers, body);
  }

  json page(const std::string& path, int expected = 200) {
    std::string body;
    CHECK(service->page(path, &body) == expected);
    return json::parse(body, nullptr, false);
  }

  bool published(int version) {
    return eventually([&] { return page("/api/status")["snapshot"]["version"] == version; });
  }

  /// A serial number that is served.
  std::string served_serial() {
    return world.ask()["body"][0]["serial_number"];
  }

  real_world world;
  std::optional<service_process> service;
};

} // namespace

TEST_CASE("status, refresh and explain answer on a terminal, and in their exit codes") {
  admin x;
  std::string said;
  CHECK(x.run({"status"}, &said) == 0);
  CHECK(said.find("healthy           yes") != std::string::npos);
  CHECK(said.find("version 1 with ") != std::string::npos);
  CHECK(x.run({"status", "--json"}, &said) == 0);
  CHECK(json::parse(said)["lease"] == "ours");
  CHECK(x.run({"refresh", "--wait"}, &said) == 0);
  CHECK(said.find("refreshed: published") != std::string::npos);
  CHECK(x.page("/api/status")["snapshot"]["version"] == 2);
  const auto serial = x.served_serial();
  CHECK(x.run({"explain", serial, "--json"}, &said) == 0);
  CHECK(json::parse(said)["outcome"] == "monitored");
  CHECK(x.run({"explain", serial}, &said) == 0);
  CHECK(said.find("outcome: monitored") != std::string::npos);
  CHECK(x.run({"explain", "NOBODY"}, &said) == 3);
  CHECK(said.find("NOBODY") != std::string::npos);
  CHECK(x.run({"refresh", "--wait", "--serial=" + serial}, &said) == 0);
  CHECK(x.run({"refresh", "--wait", "--serial=NOBODY"}, &said) == 1);
  CHECK(said.find("does not list") != std::string::npos);
  x.world.redis.kill9();
  CHECK(eventually([&] { return x.run({"status"}, &said) == 3; }));
  CHECK(said.find("Redis") != std::string::npos);
  x.service->process.kill9();
  CHECK(x.run({"status"}, &said) == 1);
}

TEST_CASE("the same over HTTP; a page of another site cannot refresh") {
  admin x;
  const auto serial = x.served_serial();
  CHECK(x.page("/api/explain/" + serial)["serial_number"] == serial);
  CHECK(x.page("/api/explain/NOBODY", 404)["error"].get<std::string>().find("NOBODY")
        != std::string::npos);
  CHECK(x.page("/api/explain/%3Cscript%3E", 404).is_object());
  CHECK(x.page("/api/explain/", 404).is_object());
  CHECK(x.page("/api/../etc/passwd", 404).is_object());
  CHECK(eventually([&] { return x.page("/api/refreshes").size() == 1; }));
  CHECK(x.post({})->status == 403);
  CHECK(x.post({{"X-Hawkeye-Cache", "refresh"}, {"Sec-Fetch-Site", "cross-site"}})->status == 403);
  CHECK(x.post({{"X-Hawkeye-Cache", "refresh"}}, "[")->status == 400);
  CHECK(x.page("/api/status")["snapshot"]["version"] == 1);
  const auto accepted = x.post({{"X-Hawkeye-Cache", "refresh"}});
  CHECK(accepted->status == 202);
  CHECK(json::parse(accepted->body) == json{{"state", "started"}});
  CHECK(x.published(2));
  CHECK(eventually([&] { return x.page("/api/refreshes")[0]["trigger"] == "request"; }));
}

TEST_CASE(
    "on a terminal a refresh shows a bar and the log has colours, in a pipe there are lines") {
  admin x{{}, {"--probes=40", "--latency=40", "--parallel=4"}};
  const auto on_terminal = [](const std::string& command) {
    return server_process{{"script", "-qec", command, "/dev/null"}, 0, {"TERM=xterm"}};
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  std::string said;
  auto bar = on_terminal(service_program()
                         + " refresh --wait --nats.user=operator --nats.password=operator"
                         + " --nats.servers=" + nats_url(x.world.nats));
  CHECK(bar.wait_for_exit(30s) == 0);
  for (const std::string part : {"\r\x1b[K[#", "] resolving at Bruin ", " of 40, ", "/s, ",
                                 " s left", "refreshed: published"})
    CHECK_MESSAGE(has(bar.output(), part.c_str()), part, " is not in: ", bar.output());
  CHECK(x.run({"refresh", "--wait"}, &said) == 0);
  CHECK(has(said, "resolving "));
  CHECK(has(said, " of 40"));
  CHECK(has(said, "refreshed: published"));
  CHECK_FALSE(has(said, "\x1b"));
  CHECK_FALSE(has(said, "\r"));
  CHECK_FALSE(has(x.service->process.output(), "\x1b"));
  auto log = on_terminal("timeout 30 " + service_program()
                         + " --http.listen= --nats.servers=nats://127.0.0.1:"
                         + std::to_string(free_port()));
  CHECK_MESSAGE(eventually([&] { return has(log.output(), "\x1b[33m"); }, 20s), log.output());
}

TEST_CASE("SIGHUP changes what can change, names what cannot; a broken file changes nothing") {
  scratch_directory files;
  const auto config = files.write("config.ini", "[refresh]\ninterval = 4h\n");
  admin x{{"--config-file=" + config}};
  const auto hang_up = [&] {
    ::kill(x.service->process.pid(), SIGHUP);
  };
  const auto logged = [&](const char* text) {
    return eventually([&] { return x.service->process.output().find(text) != std::string::npos; });
  };
  files.write("config.ini", "[refresh]\ninterval = soon\n");
  hang_up();
  CHECK(logged("nothing is changed"));
  files.write("config.ini", "");
  hang_up();
  CHECK(logged("config.ini: it is empty"));
  std::filesystem::remove(config);
  hang_up();
  CHECK(logged("config.ini: cannot be read: No such file or directory"));
  x.service->process.signal(SIGUSR1); // these two end it no more
  x.service->process.signal(SIGUSR2);
  files.write("config.ini", "[refresh]\ninterval = 200ms\njitter = 0s\n[nats]\nqueue = \"other\"\n"
                            "[log]\nlevel = \"debug\"\n[bruin]\nconcurrency = 1\nattempts = 1\n");
  hang_up();
  CHECK(logged("from now on: refresh.interval, refresh.jitter, bruin.concurrency, log.level"));
  CHECK(logged("only a restart changes: nats.queue, bruin.attempts"));
  CHECK(x.page("/api/status")["bridges"]["limit"] == 1);
  CHECK(eventually([&] { return x.page("/api/status")["snapshot"]["version"] > 3; }));
  x.service->process.signal(SIGQUIT);
  CHECK(x.service->process.wait_for_exit(20s) == 0);
  CHECK(x.service->process.output().find("SIGQUIT received, stopping") != std::string::npos);
}

TEST_CASE("with two instances the one that holds the lease refreshes, whichever is asked") {
  admin x;
  const auto second = x.world.start_service();
  REQUIRE(second.await_ready());
  const http_client follower{second.http};
  CHECK(json::parse(follower.get("/api/status")->body)["lease"] == "another");
  const auto accepted = follower.post("/api/refresh", {{"X-Hawkeye-Cache", "refresh"}}, "");
  REQUIRE(accepted.has_value());
  CHECK(accepted->status == 202);
  CHECK(x.published(2));
  // What the refresh found out is written after its snapshot.
  CHECK(eventually([&] { return json::parse(follower.get("/api/refreshes")->body).size() == 2; }));
  const auto explained = "/api/explain/" + x.served_serial();
  CHECK(eventually(
      [&] { return json::parse(follower.get(explained)->body)["last_seen"]["version"] == 2; }));
  CHECK(json::parse(follower.get("/api/status")->body)["refresh"]["instance"]
        == x.page("/api/status")["service"]["instance"]);
}

TEST_CASE("as JSON every line of the log is one object, with the counts of each refresh") {
  admin x{{"--log.format=json"}};
  CHECK(x.service->process.terminate() == 0);
  std::istringstream log{x.service->process.output()};
  bool counted = false;
  for (std::string line; std::getline(log, line);) {
    const auto entry = json::parse(line, nullptr, false);
    REQUIRE_MESSAGE(entry.is_object(), line);
    CHECK(entry["level"].is_string());
    const auto message = entry["message"].get<std::string>();
    counted = counted || (message.find("refresh finished") == 0 && message.find("monitored") > 0);
  }
  CHECK(counted);
}

TEST_CASE("a refresh that is waited for says what it does, and why nothing was published") {
  admin x{{}, {"--probes=5"}};
  std::string said;
  const auto has = [&](const char* part) {
    const bool found = said.find(part) != std::string::npos;
    CHECK_MESSAGE(found, part, " is not in: ", said);
  };
  x.world.control({{"latency", 900}});
  CHECK(x.run({"refresh", "--wait"}, &said) == 0);
  has("asking Hawkeye for its list\n");
  has("resolving at Bruin 0 of 5");
  has("refreshed: published, version 2 with 5 devices\n");
  x.world.control({{"latency", 0}});
  redis_cli(x.world.redis, {"config", "set", "maxmemory", "1"});
  CHECK(x.run({"refresh", "--wait"}, &said) == 0);
  has("kept in memory and not published, version 3");
  has("it refuses to write: its memory is full");
  x.world.bridges->kill9();
  CHECK(x.run({"refresh", "--wait"}, &said) == 1);
  has("nothing was published: failed: hawkeye.probe.request: nobody answers this subject");
}

TEST_CASE("every time that is shown to people has whole seconds, its zone and its age") {
  admin x;
  const std::regex time{R"((\d\d:\d\d:\d\d)(.{0,3}))"};
  for (const arguments& command : {arguments{"status"}, {"explain", x.served_serial()}}) {
    std::string said;
    CHECK(x.run(command, &said) == 0);
    std::size_t times = 0;
    for (std::sregex_iterator each{said.begin(), said.end(), time}, end; each != end; ++each) {
      ++times;
      CHECK_MESSAGE((*each)[2] == "Z (", said);
    }
    CHECK(times >= 2);
  }
  std::string table;
  CHECK(x.run({"get"}, &table) == 0);
  for (std::sregex_iterator each{table.begin(), table.end(), time}, end; each != end; ++each)
    CHECK_MESSAGE((*each)[2].str().starts_with("Z "), table);
}
