// The examples of docs/clients.md, as a reader would build and run them, against a running service:
// what they print is compared with the truth. What neither Debian nor npm has a client for (Python,
// the nats command) is not run.
#include <algorithm>
#include <map>
#include <mutex>

#include <doctest/doctest.h>

#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// The examples, once for all tests compiled where that is their way.
struct examples {
  static const examples& built() {
    static const examples all;
    return all;
  }
  examples() {
    const auto folder = source_path("docs/clients/");
    server_process c{{"cc", "-Wall", "-Wextra", "-Werror", "-o", files.path("c"),
                      folder + "devices.c", "-lnats", "-lhiredis", "-ljansson"}};
    server_process go{{"go", "build", "-o", files.path("go"), folder + "devices.go"},
                      0,
                      {"GO111MODULE=off", "GOPATH=/usr/share/gocode",
                       "GOFLAGS=", "GOCACHE=" + source_path("build/go-cache")}};
    const auto c_ended = c.wait_for_exit(60s), go_ended = go.wait_for_exit(150s);
    REQUIRE_MESSAGE(c_ended == 0, c.output());
    REQUIRE_MESSAGE(go_ended == 0, go.output());
    commands = {{files.path("c")}, {files.path("go")}, {"node", folder + "devices.mjs"}};
  }

  scratch_directory files;
  std::vector<arguments> commands;
};

struct outcome {
  std::string program;
  std::optional<int> code;
  std::string printed; ///< by both streams
};

/// All examples at once against these servers; `moment`: the filter, "" for none.
std::vector<outcome> run(const examples& with, const std::string& nats, const std::string& redis,
                         const std::string& timestamp = "") {
  std::vector<server_process> running;
  for (auto command : with.commands) {
    if (!timestamp.empty())
      command.push_back(timestamp);
    running.emplace_back(command, 0, arguments{"NATS_URL=" + nats, "REDIS_URL=" + redis});
  }
  std::vector<outcome> result;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const auto code = running[i].wait_for_exit(30s);
    result.push_back({with.commands[i].back(), code, running[i].output()});
  }
  return result;
}

std::vector<outcome> run(const examples& with, const real_world& world,
                         const std::string& timestamp = "") {
  return run(with, nats_url(world.nats), redis_url(world.redis), timestamp);
}

void check_devices(const std::vector<outcome>& outcomes, const json& right) {
  for (const auto& one : outcomes) {
    CAPTURE(one.program);
    REQUIRE_MESSAGE(one.code == 0, one.printed);
    CHECK(json::parse(one.printed, nullptr, false) == right);
  }
}

void check_problem(const std::vector<outcome>& outcomes, const std::string& sentence) {
  for (const auto& one : outcomes) {
    CAPTURE(one.program);
    CHECK(one.code == 1);
    CHECK(one.printed.find(sentence) != std::string::npos);
    CHECK(one.printed.find("[]") == std::string::npos); // no failure looks like "no devices"
  }
}

/// Answers in the service's place: the questions of each connection, in turn, with `replies`, the
/// last one for ever; an empty one is silence. For what a real service does not do at a wish.
class scripted_service {
public:
  scripted_service(const real_world& world, std::vector<std::string> replies)
      : replies_{std::move(replies)} {
    REQUIRE(natsConnection_ConnectTo(&nats_, nats_url(world.nats).c_str()) == NATS_OK);
    REQUIRE(natsConnection_Subscribe(&subscription_, nats_, rpc_subject, &on_message, this)
            == NATS_OK);
    REQUIRE(natsConnection_Flush(nats_) == NATS_OK);
  }
  ~scripted_service() {
    natsSubscription_Destroy(subscription_);
    natsConnection_Destroy(nats_);
  }
  scripted_service(const scripted_service&) = delete;
  scripted_service& operator=(const scripted_service&) = delete;

  /// How often each connection asked.
  std::vector<std::size_t> asked() {
    const std::lock_guard lock{mutex_};
    std::vector<std::size_t> result;
    for (const auto& [inbox, count] : asked_)
      result.push_back(count);
    return result;
  }

private:
  static void on_message(natsConnection* nats, natsSubscription*, natsMsg* message, void* closure) {
    auto& self = *static_cast<scripted_service*>(closure);
    const std::lock_guard lock{self.mutex_};
    const std::string inbox = natsMsg_GetReply(message); // _INBOX.CONNECTION.QUESTION
    const auto turn = self.asked_[inbox.substr(0, inbox.rfind('.'))]++;
    const auto& reply = self.replies_[std::min(turn, self.replies_.size() - 1)];
    if (!reply.empty())
      natsConnection_PublishString(nats, inbox.c_str(), reply.c_str());
    natsMsg_Destroy(message);
  }

  const std::vector<std::string> replies_;
  std::mutex mutex_; ///< the callback comes from a thread of nats.c
  std::map<std::string, std::size_t> asked_;
  natsConnection* nats_ = nullptr;
  natsSubscription* subscription_ = nullptr;
};

const std::vector<std::size_t> three_tries_each{3, 3, 3};
const std::string one_device = R"([{"serial_number":"A","bruin_client_info":{"client_id":9994}}])";

} // namespace

TEST_CASE("the examples get all devices, those after a moment, none, and stored replies") {
  const auto& all = examples::built();
  real_world world{"max_payload: 65536\n"};
  world.start_bridges({"--probes=300", "--hostile=3"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  const auto first = world.ask();
  REQUIRE(first.value("is_stored", false));
  const auto right = world.parked(first["token"])["body"];
  const auto expected = world.expected();
  CHECK(std::is_permutation(right.begin(), right.end(), expected.begin(), expected.end()));
  check_devices(run(all, world), right);

  const auto timestamp = right[20]["last_contact"].get<std::string>();
  check_devices(run(all, world, timestamp), json(right.begin(), right.begin() + 20));
  check_devices(run(all, world, "9999-12-31"), json::array());
  check_problem(run(all, world, "yesterday"), "400: ");

  world.redis.kill9();
  check_problem(run(all, world), "");
  check_devices(run(all, world, timestamp), json(right.begin(), right.begin() + 20));
}

TEST_CASE("the examples say what is wrong, and never take a failure for no devices") {
  const auto& all = examples::built();
  real_world world;
  check_problem(run(all, world), "no instance of the service is running");
  {
    const auto locked = start_nats(free_port(), {"--user", "u", "--pass", "p"});
    const auto place = "127.0.0.1:" + std::to_string(locked.port());
    for (const auto& one : run(all, "nats://" + place, redis_url(world.redis)))
      CHECK(one.code == 1);
    check_problem(run(all, "nats://u:p@" + place, redis_url(world.redis)),
                  "no instance of the service is running");
  }
  {
    const auto service = world.start_service(); // no bridges
    REQUIRE(eventually([&] { return world.ask().is_object(); }));
    check_problem(run(all, world), "Cache is still being built");
  }
  {
    scripted_service silent{world, {""}};
    check_problem(run(all, world), "no reply within 3 s");
    CHECK(silent.asked() == three_tries_each);
  }
  {
    scripted_service forgetful{world, {R"({"is_stored":true,"token":"GONE"})"}};
    check_problem(run(all, world), "the stored reply has expired");
    CHECK(forgetful.asked() == three_tries_each);
    const auto locked = start_redis(free_port(), {"--requirepass", "p"});
    const auto place = "127.0.0.1:" + std::to_string(locked.port()) + "/0";
    check_problem(run(all, nats_url(world.nats), "redis://" + place), "NOAUTH");
    check_problem(run(all, nats_url(world.nats), "redis://default:p@" + place),
                  "the stored reply has expired");
    for (const char* half : {"redis://:p@HOST:1/0", "redis://HOST/0", "redis://HOST:1", "HOST:1",
                             "redis://default:p@HOST:1/0x", "rediss://HOST:1/0"}) {
      server_process c{all.commands[0],
                       0,
                       {"NATS_URL=" + nats_url(world.nats), std::string{"REDIS_URL="} + half}};
      CHECK(c.wait_for_exit(30s) == 1);
      CHECK_MESSAGE(c.output().find("REDIS_URL is not redis://") != std::string::npos, c.output());
    }
  }
  world.nats.kill9();
  for (const auto& one : run(all, world))
    CHECK(one.code == 1);
}

TEST_CASE("the examples ask again after a 503 and an expired token") {
  const auto& all = examples::built();
  real_world world;
  const auto overloaded =
      R"({"request_id":1,"body":"Service is overloaded, try again later","status":503})";
  const auto good = R"({"request_id":1,"body":)" + one_device + R"(,"status":200})";
  {
    scripted_service busy{world, {overloaded, R"({"is_stored":true,"token":"GONE"})", good}};
    const auto outcomes = run(all, world);
    CHECK(busy.asked() == three_tries_each);
    check_devices(outcomes, json::parse(one_device));
  }
  scripted_service busy{world, {overloaded}};
  check_problem(run(all, world), "503: ");
  CHECK(busy.asked() == three_tries_each);
}
