// The commands `serve` and `check-config`: runs the service with its real servers until a signal
// ends it, and checks its configuration. Exit codes of `serve`: 0 ended by SIGTERM or SIGINT; 1 it
// could not start, or lost an actor; 2 wrong configuration. Threading: blocking.
#include "actors/cli/commands.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>

#include <malloc.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "actors/admin.hpp"
#include "actors/http/pages/admin.hpp"
#include "actors/http/pages/web_files.hpp"
#include "actors/http/server.hpp"
#include "actors/nats/connection.hpp"
#include "actors/nats/options.hpp"
#include "actors/process/logging.hpp"
#include "actors/process/start.hpp"
#include "actors/process/systemd.hpp"
#include "actors/redis/connection.hpp"
#include "actors/service.hpp"
#include "messages/base/text.hpp"
#include "messages/config/config_report.hpp"
#include "messages/config/plaintext_passwords.hpp"
#include "messages/config/redis_uri.hpp"

namespace hawkeye {

namespace {

/// From SIGTERM to the exit it takes 5 s at most: work that is not finished by then is abandoned.
constexpr auto stop_limit = 3500ms;
constexpr auto hard_limit = 4200ms;

/// Called before any thread exists, so that all threads inherit the mask and only
/// `run_until_signal` receives the signals. SIGUSR1 and SIGUSR2 would end the process; other
/// programs open their log files again then.
sigset_t block_signals() {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int each : {SIGTERM, SIGINT, SIGQUIT, SIGHUP})
    sigaddset(&ours, each);
  pthread_sigmask(SIG_BLOCK, &ours, nullptr);
  for (const int each : {SIGPIPE, SIGUSR1, SIGUSR2})
    std::signal(each, SIG_IGN);
  return ours;
}

/// An exception, for example because memory is short, must not end a service that works.
expected<settings> read_again(const command_arguments& arguments, const settings& before) {
  try {
    return read_settings(arguments, &before);
  } catch (const std::exception& problem) {
    return fail("{}", problem.what());
  }
}

/// SIGHUP: applies the settings that can change at run time and names those that cannot. An invalid
/// file changes nothing.
void reload(const command_arguments& arguments, settings& settings, service& running) {
  auto read = read_again(arguments, settings);
  if (auto* why = error_of(read))
    return spdlog::error("SIGHUP received, nothing is changed: {}", why->reason);
  const auto change = compare_settings(settings, *read);
  settings = change.next;
  set_log_level(settings.log);
  running.reload(settings);
  spdlog::info("SIGHUP received: {}",
               change.live.empty() ? "nothing changes" : "from now on: " + joined(change.live));
  if (!change.at_restart.empty())
    spdlog::warn("only a restart changes: {}", joined(change.at_restart));
}

/// A service that lost an actor is stopped as by SIGTERM and exits with 1, so that it is restarted.
std::atomic<bool> lost_an_actor{false};

/// Ends the process even if a library call hangs: by then everything that matters is written, or
/// cannot be.
void exit_after(std::chrono::milliseconds limit) {
  std::thread{[limit] {
    std::this_thread::sleep_for(limit);
    // No log line, because the log may be gone already.
    std::_Exit(lost_an_actor ? exit_failed : exit_done);
  }}.detach();
}

void run_until_signal(const sigset_t& ours, const command_arguments& arguments, settings& settings,
                      service& running, systemd_notifier& manager) {
  for (int received = 0;;) {
    if (sigwait(&ours, &received) != 0)
      continue;
    if (received != SIGHUP) {
      exit_after(hard_limit); // before anything else, even before the first log line about it
      return spdlog::info("SIG{} received, stopping", sigabbrev_np(received));
    }
    manager.reloading();
    reload(arguments, settings, running);
    manager.ready();
  }
}

void stop_after_loss(const std::string& reason) {
  spdlog::critical("{}; stopping, to be started anew", reason);
  lost_an_actor = true;
  kill(getpid(), SIGTERM);
}

redis_backend_factory redis_at(const redis_address& address, const settings& settings) {
  const auto& redis = settings.redis;
  return [address, key = redis.key, timeout = redis.timeout, named_by = redis.key_of(address)] {
    return std::make_unique<redis_connection>(address, key, timeout, named_by);
  };
}

/// Starts the HTTP server; null: it is disabled.
expected<std::unique_ptr<http_server>>
start_pages(std::vector<listener> at, caf::actor_system& system, const service& running) {
  if (at.empty())
    return std::unique_ptr<http_server>{};
  const auto events = watch_status(system, running);
  auto all = operator_pages(system, running, events);
  for (auto& page : web_pages())
    all.push_back(std::move(page));
  auto server = start_http(std::move(at), std::move(all),
                           {.over =
                                [metrics = running.metrics()](limit x) {
                                  metrics->over(x);
                                }},
                           [events] { events->tick(); });
  if (server)
    spdlog::info("the pages are served at {}", joined((*server)->addresses()));
  return server;
}

/// Makes the memory that a refresh frees go back to the system.
void set_up_malloc() {
  // Most threads sleep nearly always. With one arena per thread, each would keep memory that a
  // refresh freed there.
  mallopt(M_ARENA_MAX, 2);
  // With a fixed threshold, large blocks always go back to the system; glibc would raise the
  // threshold and soon take them from the heap.
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

void log_sources(const settings& settings) {
  for (const auto& warning : config_warnings(settings))
    spdlog::warn("{}", warning);
  if (const auto keys = keys_from_environment(settings); !keys.empty())
    spdlog::info("from the environment: {}", keys);
  if (!settings.overruled.empty())
    spdlog::info("set in the environment, but not used: {}", joined(settings.overruled));
}

} // namespace

int run_serve(const command_arguments& arguments, const hawkeye::settings& given) {
  auto settings = given; // SIGHUP changes them
  const auto signals = block_signals();
  set_up_malloc();
  if (const auto why = try_threads())
    return print_error(why->reason);
  const auto log = start_logging(settings.log);
  auto listeners = listen_on(settings.http.listen); // first: a start that fails must not refresh
  if (auto* why = error_of(listeners))
    return print_error(why->reason);
  auto connected = connect_nats(settings.nats, settings.service.name);
  if (auto* why = error_of(connected))
    return print_error(why->reason, exit_usage);
  log_sources(settings);
  const auto nats = *connected;
  caf::actor_system_config cfg;
  configure(cfg);
  caf::actor_system system{cfg};
  service running{system,
                  settings,
                  {nats, redis_at(settings.redis.address, settings),
                   redis_at(settings.redis.payload_address, settings), real_platform(), true,
                   stop_after_loss}};
  const auto give_up = [&](const failure& why) {
    running.stop(1s);
    return print_error(why.reason);
  };
  if (const auto why = running.open())
    return give_up(*why);
  auto pages = start_pages(*std::move(listeners), system, running);
  if (const auto* why = error_of(pages))
    return give_up(*why);
  spdlog::info("{} {} has started, for requests on {}", settings.service.name, PROJECT_VERSION,
               settings.nats.subject);
  systemd_notifier manager{watchdog_status(system, running.actors().admin)};
  manager.ready();
  run_until_signal(signals, arguments, settings, running, manager);
  manager.stopping();
  running.stop(stop_limit); // first, so that pages that wait for an actor get their answer
  pages->reset();
  spdlog::info("stopped");
  return lost_an_actor ? exit_failed : exit_done;
}

int run_check_config(const command_arguments&, const settings& settings) {
  if (auto options = nats_options(settings.nats, settings.service.name);
      auto* why = error_of(options))
    return print_error(why->reason, exit_usage);
  for (const auto& warning : config_warnings(settings))
    std::cerr << "hawkeye-customer-cache: beware: " << warning << '\n';
  std::cout << "configuration is right: answers " << settings.nats.subject << " (queue group "
            << settings.nats.queue << "), Redis " << to_string(settings.redis.address) << " key "
            << settings.redis.key << ", payloads over NATS' limit in "
            << to_string(settings.redis.payload_address) << '\n'
            << source_report(settings);
  return exit_done;
}

} // namespace hawkeye
