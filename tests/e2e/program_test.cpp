// The program as its operator meets it: commands, exit codes, sentences, pages.
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "actors/cli/commands.hpp"
#include "actors/redis/tls.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct outcome_of_run {
  std::optional<int> code;
  std::string output;
};

outcome_of_run run(arguments command, std::vector<std::string> environment = {}) {
  command.insert(command.begin(), service_program());
  server_process once{std::move(command), 0, std::move(environment)};
  outcome_of_run result;
  result.code = once.wait_for_exit(20s);
  result.output = once.output();
  return result;
}

/// Takes a port until the end of the scope, and answers nobody.
class taken_port {
public:
  taken_port() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd_, 8) == 0);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~taken_port() {
    ::close(fd_);
  }
  taken_port(const taken_port&) = delete;
  taken_port& operator=(const taken_port&) = delete;

  std::uint16_t port = 0;

private:
  int fd_;
};

/// A client of the page that connects, perhaps sends a little, and then nothing.
int silent_client(std::uint16_t port, std::string_view sent) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::send(fd, sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size()));
  return fd;
}

} // namespace

TEST_CASE("what needs no server says what it is for and ends with its exit code") {
  CHECK(run({"version"}).code == 0);
  CHECK(run({"version"}).output.find("hawkeye-customer-cache " PROJECT_VERSION) == 0);
  const auto help = run({"help"});
  CHECK(help.code == 0);
  for (const char* word : {"serve", "get", "check-config", "--config-file"})
    CHECK(help.output.find(word) != std::string::npos);
  CHECK(run({"get", "--help"}).output == run({"help", "get"}).output);
  CHECK(run({"get", "--help"}).output.find("--json") != std::string::npos);
  CHECK(run({"check-config", "--config-file=" + source_path("config.ini")}).code == 0);
  const auto unknown = run({"sing"});
  CHECK(unknown.code == 2);
  CHECK(unknown.output.find("sing") != std::string::npos);
}

TEST_CASE("a command whose output cannot be written fails with a line that says so") {
  const auto full = [](const std::string& command) {
    server_process once{{"sh", "-c", service_program() + " " + command + " >/dev/full"}};
    CHECK_MESSAGE(once.wait_for_exit(20s) == 1, command);
    CHECK_MESSAGE(once.output()
                      == "hawkeye-customer-cache: the output cannot be written: No space left on "
                         "device\n",
                  command);
  };
  for (const char* command :
       {"version", "help", "help get", "check-config --config-file=/dev/null"})
    full(command);
  real_world world;
  world.start_bridges({"--probes=300"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  std::string to;
  for (const auto& option : world.operator_options())
    to += " '" + option + "'";
  for (const char* command : {"get", "get --json", "status", "status --json", "refresh"})
    full(command + to);
}

TEST_CASE("a service started with its standard descriptors closed keeps its log out of sockets") {
  real_world world;
  world.start_bridges({"--probes=5"});
  const auto http = free_port();
  std::string command =
      "exec " + service_program()
      + " serve --log.level=trace --http.listen=127.0.0.1:" + std::to_string(http);
  for (const auto& option : world.service_options())
    command += " '" + option + "'";
  const service_process service{server_process{{"sh", "-c", command + " <&- >&- 2>&-"}, http},
                                http};
  REQUIRE(service.await_ready());
  for (const char* fd : {"0", "1", "2"}) {
    std::error_code unreadable; // only root may look
    const auto target = std::filesystem::read_symlink(
        "/proc/" + std::to_string(service.process.pid()) + "/fd/" + fd, unreadable);
    CHECK((unreadable || target == "/dev/null"));
  }
  CHECK(world.served() == 5);
}

TEST_CASE("the manual and the completion name every command and each of its options") {
  const auto text = [](const char* file) {
    std::ifstream in{source_path(file)};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  const auto manual = text("packaging/man/hawkeye-customer-cache.1"),
             completion = text("packaging/bash-completion/hawkeye-customer-cache.in");
  for (const auto& command : commands()) {
    const std::string name = command.name;
    CHECK(manual.find(".It Cm " + name) != std::string::npos);
    CHECK(completion.find(" " + name + " ") != std::string::npos);
    for (const auto& option : command.options) {
      const std::string_view shown = option.name;
      if (!shown.starts_with("--"))
        continue;
      CHECK(manual.find("Fl Fl " + std::string{shown.substr(2)}) != std::string::npos);
      CHECK(completion.find(std::string{shown}) != std::string::npos);
    }
  }
}

TEST_CASE("a wrong configuration stops the start with 2 and one line that says what to mend") {
  scratch_directory files;
  struct row {
    arguments given;
    std::vector<const char*> said;
  };
  const std::vector<row> table{
      {{"--refresh.interval=fast"}, {"refresh.interval", "fast"}},
      {{"--bruin.concurrency=0"}, {"bruin.concurrency", "0", "1 to 4096"}},
      {{"--nats.subjct=x"}, {"nats.subjct", "did you mean --nats.subject?"}},
      {{"--nats.queue=a", "--nats.queue", "b"}, {"nats.queue is given twice"}},
      {{"--config-file=" + files.write("zero.ini", std::string(4096, '\0'))},
       {"zero.ini", "zero byte"}},
      {{"--config-file=" + files.write("latin.ini", "[service]\nname = \"\xFC\"\n")},
       {"latin.ini:2", "UTF-8"}},
      {{"--redis.uri=http://x"}, {"redis.uri", "redis://"}},
      {{"--config-file=/nowhere/config.ini"}, {"/nowhere/config.ini"}},
      {{"--config-file=" + files.write("a.ini", "[nats]\nqueue = 5\n")}, {"a.ini", "queue", "5"}},
      {{"--config-file=" + files.write("b.ini", "[natz]\nx = 5\n")}, {"b.ini", "natz"}},
      {{"--nats.credentials-file=/nowhere/creds"}, {"nats.credentials-file", "/nowhere/creds"}},
  };
  for (const auto& [given, said] : table)
    for (const char* command : {"serve", "check-config", "get"}) {
      auto argv = given;
      argv.insert(argv.begin(), command);
      const auto result = run(argv);
      CAPTURE(result.output);
      CHECK(result.code == 2);
      CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 1);
      for (const char* word : said)
        CHECK(result.output.find(word) != std::string::npos);
    }
}

TEST_CASE(
    "a wrong or unknown variable stops the start with 2 and one line; an empty older one is told") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"HAWKEYE_CACHE_BRUIN_CONCURRENCY=0", "1 to 4096"},
      {"HAWKEYE_CACHE_REDIS_URL=redis://h", "did you mean HAWKEYE_CACHE_REDIS_URI?"},
      {"HAWKEYE_CACHE_NATS_TLS_CA=/nowhere/ca.pem", "/nowhere/ca.pem"},
      {"HAWKEYE_CACHE_NATS_QUEUE=\xFF", "UTF-8"},
  };
  for (const auto& [variable, right] : table)
    for (const char* command : {"serve", "check-config"}) {
      const auto result = run({command}, {variable});
      CAPTURE(result.output);
      CHECK(result.code == 2);
      CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 1);
      const auto name = variable.substr(0, variable.find('='));
      CHECK(result.output.find("environment variable " + name) != std::string::npos);
      CHECK(result.output.find(right) != std::string::npos);
    }
  const auto empty = run({"check-config"}, {"ENVIRONMENT_NAME="});
  CHECK(empty.code == 0);
  CHECK(empty.output.find("ENVIRONMENT_NAME (empty: counts as not set)") != std::string::npos);
}

TEST_CASE("rediss:// is taken where the build speaks TLS; elsewhere the ways out are named") {
  redis_address with_tls;
  with_tls.tls = true;
  const bool speaks = !unsupported(with_tls, "redis.uri");
  for (const std::string key : {"redis.uri", "redis.payload-uri"})
    for (const char* command : {"serve", "check-config"}) {
      if (speaks && command == std::string{"serve"})
        continue;
      const auto result = run({command, "--" + key + "=rediss://h/0"});
      CAPTURE(result.output);
      CHECK(result.code == (speaks ? 0 : 2));
      if (speaks)
        continue;
      CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 1);
      for (const auto& word : {key, std::string{"rediss://"}, std::string{"Debian 13"},
                               std::string{"container"}, std::string{"docs/security.md"}})
        CHECK(result.output.find(word) != std::string::npos);
    }
}

TEST_CASE("a secret never appears in what the program prints, right or wrong") {
  const std::string secret = "hunter2hunter2";
  const auto checked = run({"check-config", "--nats.user=u", "--nats.password=" + secret,
                            "--redis.uri=redis://u:" + secret + "@localhost:1/0"});
  CHECK(checked.code == 0);
  CHECK(checked.output.find(secret) == std::string::npos);
  const auto wrong = run({"check-config", "--redis.uri=redis://u:" + secret + "@h:x/0"});
  CHECK(wrong.code == 2);
  CHECK(wrong.output.find(secret) == std::string::npos);
  const auto by_environment =
      run({"check-config"}, {"HAWKEYE_CACHE_REDIS_URI=redis://u:" + secret});
  CHECK(by_environment.output.find(secret) == std::string::npos);
  // Against servers that refuse it.
  real_world world;
  auto service = world.start_service(
      {"--nats.user=u", "--nats.password=" + secret,
       "--redis.uri=redis://u:" + secret + "@127.0.0.1:" + std::to_string(world.redis.port()),
       "--log.level=trace"});
  CHECK(eventually([&] {
    const auto log = service.process.output();
    return log.find("Redis is away") != std::string::npos
           && log.find("Violation") != std::string::npos;
  }));
  CHECK(service.process.terminate() == 0);
  CHECK(service.process.output().find(secret) == std::string::npos);
}

TEST_CASE("a secret given as an argument stands in no list of processes and in no core dump") {
  const auto http = free_port();
  const server_process service{{service_program(), "serve", "--nats.user=u",
                                "--nats.password=hunter2",
                                "--http.listen=127.0.0.1:" + std::to_string(http)},
                               http};
  const auto told = [&](const char* what) {
    std::ifstream in{"/proc/" + std::to_string(service.pid()) + "/" + what};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  CHECK(told("cmdline").find("--nats.password=*******") != std::string::npos);
  CHECK(told("cmdline").find("hunter2") == std::string::npos);
  CHECK(told("limits").find("Max core file size        0                    0 ")
        != std::string::npos);
}

TEST_CASE("a login that is refused is tried again, and works once the server takes it") {
  real_world world;
  world.configure_nats("authorization: {user: hawkeye, password: other}\n");
  world.nats.restart();
  const auto service = world.start_service();
  CHECK(
      eventually([&] { return service.process.output().find("Violation") != std::string::npos; }));
  world.configure_nats("authorization: {user: hawkeye, password: hawkeye}\n");
  world.nats.restart();
  CHECK(eventually(
      [&] { // connected; only a snapshot is missing, for there are no bridges
        std::string why;
        return service.page("/ready", &why) == 503 && why.find("NATS") == std::string::npos;
      },
      20s));
}

TEST_CASE("get prints a table, with --json the devices, and says in its exit code how it went") {
  real_world world;
  const auto to = world.operator_options();
  const auto get = [&](arguments more) {
    more.insert(more.begin(), "get");
    more.insert(more.end(), to.begin(), to.end());
    return run(more);
  };
  CHECK(get({}).code == 1); // nobody answers
  world.start_bridges({"--probes=5"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  const auto table = get({});
  CHECK(table.code == 0);
  CHECK(table.output.find("SERIAL") == 0);
  CHECK(std::count(table.output.begin(), table.output.end(), '\n') == 6);
  const auto devices = get({"--json"});
  CHECK(devices.code == 0);
  CHECK(json::parse(devices.output) == world.ask()["body"]);
  const auto none = get({"--json", "--last-contact-filter=9999-01-01"});
  CHECK(none.code == 0);
  CHECK(json::parse(none.output) == json::array());
  // A wrong filter is refused with the service's own sentence, before anybody is asked.
  const auto sentence = world.ask(R"({"body":{"last_contact_filter":"soon"}})")["body"];
  for (const auto& wrong :
       {get({"--last-contact-filter=soon"}),
        run({"get", "--last-contact-filter=soon", "--nats.servers=nats://127.0.0.1:1"})}) {
    CHECK(wrong.code == 2);
    CHECK_MESSAGE(wrong.output.find(sentence.get<std::string>()) != std::string::npos,
                  wrong.output);
    CHECK(wrong.output.find("NATS") == std::string::npos);
  }
  CHECK(run({"get", "--nats.servers=nats://127.0.0.1:" + std::to_string(free_port())}).code == 1);
}

TEST_CASE("the pages say how it is; a busy port ends the start; silent clients hold up nobody") {
  real_world world;
  world.start_bridges({"--probes=5"});
  auto service = world.start_service();
  REQUIRE(service.await_ready());
  std::string body;
  CHECK(service.page("/ready", &body) == 200);
  CHECK(json::parse(body)["devices"] == 5);
  CHECK(service.page("/_health", &body) == 200);
  CHECK(json::parse(body)["status"] == "up");
  CHECK(service.page("/nothing", &body) == 404);
  CHECK(json::parse(body).is_object());

  taken_port taken;
  auto command = world.service_options({"--http.listen=127.0.0.1:" + std::to_string(taken.port)});
  command.insert(command.begin(), "serve");
  const auto busy = run(command);
  CHECK(busy.code == 1);
  CHECK(busy.output.find(std::to_string(taken.port)) != std::string::npos);
  CHECK(busy.output.find("refreshes") == std::string::npos); // it takes no lease first

  std::vector<int> silent;
  for (int i = 0; i < 40; ++i)
    silent.push_back(silent_client(service.http, i % 2 ? "GET /rea" : ""));
  CHECK(world.served() == 5);
  CHECK(service.process.terminate() == 0);
  for (const int fd : silent)
    ::close(fd);
}
