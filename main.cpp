// The program: reads its arguments and configuration, ties the service to the real servers, and
// ends it when told to.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>
#include <vector>

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "actors/desk_commands.hpp"
#include "actors/diff_command.hpp"
#include "actors/get_command.hpp"
#include "actors/health_pages.hpp"
#include "actors/http_server.hpp"
#include "actors/logging.hpp"
#include "actors/nats_connection.hpp"
#include "actors/nats_options.hpp"
#include "actors/operator_pages.hpp"
#include "actors/redis_connection.hpp"
#include "actors/service.hpp"
#include "actors/service_client.hpp"
#include "actors/service_manager.hpp"
#include "actors/web_pages.hpp"
#include "messages/command_line.hpp"
#include "messages/config.hpp"
#include "messages/config_report.hpp"
#include "messages/config_safety.hpp"
#include "messages/settings_change.hpp"

namespace {

using namespace hawkeye;

/// SIGTERM to exit takes 5 s at most: what is not finished by then is abandoned.
constexpr auto stop_limit = 3500ms;
constexpr auto last_word = 4200ms;

fallible<std::string> read_file(const std::string& name) {
  std::ifstream in{name, std::ios::binary};
  if (!in || std::filesystem::is_directory(name))
    return failure{"cannot be read"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (in.bad())
    return failure{"cannot be read"};
  return text;
}

std::optional<std::string> read_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>{value} : std::nullopt;
}

/// Where nobody names a file: that of the current directory, else that of the package.
std::string default_config_file() {
  const std::string here = "config.ini", installed = "/etc/hawkeye-customer-cache/config.ini";
  return std::filesystem::exists(here) || !std::filesystem::exists(installed) ? here : installed;
}

fallible<settings> configure_from(const command_line& asked) {
  config_sources from;
  from.options = asked.options;
  from.environment = read_environment;
  from.read_file = read_file;
  from.file_name = asked.config_file.value_or(default_config_file());
  if (asked.config_file || std::filesystem::exists(from.file_name)) {
    auto text = read_file(from.file_name);
    if (auto* why = std::get_if<failure>(&text))
      return failure{from.file_name + ": " + why->reason + "; give --config-file=FILE"};
    from.file_text = std::get<std::string>(std::move(text));
  }
  return read_config(from);
}

/// Before any thread exists, so that all of them inherit it and only `run_until_told` sees them.
sigset_t block_signals() {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGTERM);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &ours, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return ours;
}

/// SIGHUP: what can change while the service runs does; what cannot is named. A broken file changes
/// nothing.
void reload(const command_line& asked, settings& with, service& running) {
  auto read = configure_from(asked);
  if (auto* why = std::get_if<failure>(&read))
    return spdlog::error("SIGHUP received, nothing is changed: {}", why->reason);
  const auto change = compare_settings(with, std::get<settings>(read));
  with = change.next;
  set_log_level(with.log);
  running.reload(with);
  spdlog::info("SIGHUP received: {}",
               change.live.empty() ? "nothing changes" : "from now on: " + joined(change.live));
  if (!change.at_restart.empty())
    spdlog::warn("only a restart changes: {}", joined(change.at_restart));
}

void run_until_told(const sigset_t& ours, const command_line& asked, settings& with,
                    service& running, service_manager& manager) {
  for (int received = 0;;) {
    if (sigwait(&ours, &received) != 0)
      continue;
    if (received != SIGHUP)
      return spdlog::info("{} received, stopping", received == SIGTERM ? "SIGTERM" : "SIGINT");
    manager.reloading();
    reload(asked, with, running);
    manager.ready();
  }
}

/// A service that lost an actor is stopped as by SIGTERM and ends with 1, to be started anew.
std::atomic<bool> lost_an_actor{false};

void stop_for_loss(const std::string& what) {
  spdlog::critical("{}; stopping, to be started anew", what);
  lost_an_actor = true;
  kill(getpid(), SIGTERM);
}

/// A library call that hangs must not keep the process: everything that matters is written by now,
/// or cannot be.
void end_hard_after(std::chrono::milliseconds limit) {
  std::thread{[limit] {
    std::this_thread::sleep_for(limit);
    // Without a word: the log may be gone already.
    std::_Exit(lost_an_actor ? exit_failed : exit_done);
  }}.detach();
}

redis_backend_factory redis_at(const redis_address& where, const settings& with) {
  const char* named_by = where == with.redis.address ? "redis.uri" : "redis.payload-uri";
  return [where, key = with.redis.key, timeout = with.redis.timeout, named_by] {
    return std::make_unique<redis_connection>(where, key, timeout, named_by);
  };
}

/// The pages of http.listen; null where they are switched off.
fallible<std::unique_ptr<http_server>>
start_pages(const http_settings& with, caf::actor_system& system, const service& running,
            const std::shared_ptr<bus>& via, const std::shared_ptr<status_events>& events) {
  if (with.listen.empty())
    return std::unique_ptr<http_server>{};
  auto all = health_pages(system, running.actors(), via);
  for (auto& page : operator_pages(system, running, events))
    all.push_back(std::move(page));
  for (auto& page : web_pages())
    all.push_back(std::move(page));
  return start_http(with.listen, std::move(all), {.over = [meter = running.meter()](limit x) {
                      meter->over(x);
                    }});
}

void tell_settings(const settings& with) {
  for (const auto& warning : config_warnings(with))
    spdlog::warn("{}", warning);
  if (const auto keys = keys_from_environment(with); !keys.empty())
    spdlog::info("from the environment: {}", keys);
  if (!with.overruled.empty())
    spdlog::info("set in the environment, but overruled: {}", joined(with.overruled));
}

int serve(const command_line& asked, settings with) {
  const auto signals = block_signals();
  // Most threads sleep nearly always. An arena for each of them keeps what a refresh freed there.
  mallopt(M_ARENA_MAX, 2);
  start_logging(with.log);
  auto connected = connect_nats(with.nats, with.service.name);
  if (auto* why = std::get_if<failure>(&connected))
    return complain(why->reason, exit_usage);
  tell_settings(with);
  const auto via = std::get<std::shared_ptr<nats_connection>>(connected);
  caf::actor_system_config cfg;
  configure(cfg);
  caf::actor_system system{cfg};
  service running{system,
                  with,
                  {via, redis_at(with.redis.address, with),
                   redis_at(with.redis.payload_address, with), real_environment(), true,
                   stop_for_loss}};
  const auto give_up = [&](const failure& why) {
    running.stop(1s);
    return complain(why.reason);
  };
  if (const auto why = running.open())
    return give_up(*why);
  const auto events = watch_status(system, running);
  auto pages = start_pages(with.http, system, running, via, events);
  if (const auto* why = std::get_if<failure>(&pages))
    return give_up(*why);
  spdlog::info("{} {} answers {}", with.service.name, PROJECT_VERSION, with.nats.subject);
  service_manager manager{life_of(system, running.actors().desk)};
  manager.ready();
  run_until_told(signals, asked, with, running, manager);
  manager.stopping();
  end_hard_after(last_word);
  events->stop();
  running.stop(stop_limit); // first, so that pages that wait for an actor get their answer
  std::get<std::unique_ptr<http_server>>(pages).reset();
  spdlog::info("stopped");
  spdlog::shutdown();
  return lost_an_actor ? exit_failed : exit_done;
}

int check_config(const settings& with) {
  if (auto options = nats_options(with.nats, with.service.name);
      auto* why = std::get_if<failure>(&options))
    return complain(why->reason, exit_usage);
  for (const auto& warning : config_warnings(with))
    std::cerr << "hawkeye-customer-cache: beware: " << warning << '\n';
  std::cout << "configuration is right: answers " << with.nats.subject << " (queue group "
            << with.nats.queue << "), Redis " << to_string(with.redis.address) << " key "
            << with.redis.key << ", payloads over NATS' limit in "
            << to_string(with.redis.payload_address) << '\n'
            << source_report(with);
  return exit_done;
}

int run(const command_line& asked) {
  if (asked.what == command::help) {
    std::cout << help_text();
    return exit_done;
  }
  if (asked.what == command::version) {
    std::cout << "hawkeye-customer-cache " << PROJECT_VERSION << '\n';
    return exit_done;
  }
  auto read = configure_from(asked);
  if (auto* why = std::get_if<failure>(&read))
    return complain(why->reason, exit_usage);
  const auto& with = std::get<settings>(read);
  if (asked.what != command::serve)
    spdlog::set_level(spdlog::level::off);
  switch (asked.what) {
  case command::get:
    return run_get(with, asked.last_contact_filter, asked.json);
  case command::status:
    return run_status(with, asked.json);
  case command::refresh:
    return run_refresh(with, asked.serial_number, asked.wait);
  case command::explain:
    return run_explain(with, asked.serial_number, asked.json);
  case command::diff: {
    const diff_wishes wishes{asked.ignored_fields, asked.json};
    return asked.redis_keys.empty() ? run_diff(with, asked.against, wishes)
                                    : run_diff_of_keys(with, asked.redis_keys, wishes);
  }
  case command::check_config:
    return check_config(with);
  default:
    return serve(asked, with);
  }
}

/// What we know is no business of other programs of the same user: none may attach or read our
/// memory, and no core dump is written. (The leak sanitizer attaches to its own process.)
void keep_to_ourselves() {
#ifndef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 0);
#endif
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

/// Everybody can read the arguments of every process.
void hide_secrets(char* argument) {
  const auto shown = masked(argument);
  shown.copy(argument, shown.size());
}

} // namespace

int main(int argc, char** argv) {
  keep_to_ourselves();
  const auto asked = read_command_line({argv + 1, argv + argc});
  std::for_each(argv + 1, argv + argc, hide_secrets);
  if (const auto* why = std::get_if<failure>(&asked))
    return complain(why->reason, exit_usage);
  return run(std::get<command_line>(asked));
}
