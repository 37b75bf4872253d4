// What systemd hears of the service, with a socket of ours in systemd's place.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "actors/admin.hpp"
#include "actors/process/systemd.hpp"
#include "actors/service.hpp"
#include "messages/admin/service_status.hpp"
#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

/// Keeps everything that it is told.
class fake_systemd {
public:
  fake_systemd() : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    address_.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~fake_systemd() {
    ::close(fd_);
  }
  fake_systemd(const fake_systemd&) = delete;
  fake_systemd& operator=(const fake_systemd&) = delete;

  const std::string& address() const {
    return address_;
  }

  /// All it was told so far, a line a message.
  const std::string& heard() {
    char part[2048];
    for (ssize_t got = 0; (got = ::recv(fd_, part, sizeof part, 0)) > 0;)
      heard_.append(part, static_cast<std::size_t>(got)).append("\n");
    return heard_;
  }
  bool heard(std::string_view what) {
    return heard().find(what) != std::string::npos;
  }
  bool hears(std::string_view what) {
    return eventually([&] { return heard(what); });
  }
  void forget() {
    heard();
    heard_.clear();
  }

private:
  scratch_directory files_;
  std::string address_ = files_.path("notify");
  int fd_;
  std::string heard_;
};

/// As in a process that systemd started: with a watchdog of `period_us`.
class under_systemd {
public:
  under_systemd(const std::string& socket, const char* period_us) {
    ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    ::setenv("WATCHDOG_USEC", period_us, 1);
  }
  ~under_systemd() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
};

} // namespace

TEST_CASE("systemd hears when the service is ready, works, reads its configuration, and stops") {
  fake_systemd systemd;
  real_world world;
  world.start_bridges({"--probes=20"});
  arguments argv{service_program(), "serve", "--http.listen="};
  for (auto& option : world.service_options())
    argv.push_back(std::move(option));
  server_process service{
      std::move(argv), 0, {"NOTIFY_SOCKET=" + systemd.address(), "WATCHDOG_USEC=300000"}};
  CHECK(systemd.hears("READY=1"));
  CHECK(systemd.hears("WATCHDOG=1\nSTATUS=serves 20 devices, version 1\n"));
  systemd.forget();
  service.signal(SIGHUP);
  CHECK(systemd.hears("READY=1"));
  const auto reloading = systemd.heard().find("RELOADING=1");
  CHECK(reloading < systemd.heard().find("READY=1"));
  systemd.forget();
  CHECK(systemd.hears("WATCHDOG=1"));
  CHECK(service.terminate() == 0);
  CHECK(systemd.heard("STOPPING=1"));
}

TEST_CASE("the watchdog hears nothing while the service does not work") {
  fake_systemd systemd;
  const under_systemd here{systemd.address(), "30000"};
  std::atomic<int> looks = 0;
  std::atomic<bool> works = false;
  systemd_notifier manager{[&]() -> expected<std::string> {
    ++looks;
    return works ? expected<std::string>{"fine\nMAINPID=1"}
                 : expected<std::string>{fail("redis_store does not answer")};
  }};
  manager.ready();
  CHECK(eventually([&] { return looks > 4; }));
  CHECK(systemd.heard("READY=1"));
  CHECK_FALSE(systemd.heard("WATCHDOG=1"));
  works = true;
  CHECK(systemd.hears("WATCHDOG=1\nSTATUS=fine"));
  CHECK_FALSE(systemd.heard("\nMAINPID=1"));
  manager.stopping();
}

TEST_CASE("a sign of life is the answer of every actor that a request needs") {
  caf::actor_system_config config;
  configure(config);
  caf::actor_system system{config};
  service_status status;
  const auto admin_that_says = [&](service_status x) {
    // With an argument: CAF takes the address of none.
    return system.spawn(
        [](admin_actor::pointer, const service_status& x) -> admin_actor::behavior_type {
          const auto nothing = std::make_shared<const admin_reply>();
          return {[x](status_atom) { return std::make_shared<const service_status>(x); },
                  [=](overview_atom) { return nothing; },
                  [=](refresh_atom, const std::string&) { return nothing; },
                  [=](explain_atom, const std::string&) { return nothing; },
                  [=](history_atom) { return nothing; },
                  [](wake_atom, endpoint, const std::string&, const std::string&) {},
                  [](leader_atom, const std::string&, const std::string&) {},
                  [](drain_atom) { return true; },
                  [](reload_atom, const settings_ptr&) {
                  }};
        },
        std::move(x));
  };
  CHECK(watchdog_status(system, admin_that_says(status))().has_value());
  status.silent = {"rpc_responder"};
  const auto silent = watchdog_status(system, admin_that_says(status))();
  REQUIRE_FALSE(silent.has_value());
  CHECK(silent.error().reason == "rpc_responder does not answer");
  const auto admin = admin_that_says({});
  caf::anon_send_exit(admin, caf::exit_reason::kill);
  const auto gone = watchdog_status(system, admin)();
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().reason == "admin does not answer");
}
