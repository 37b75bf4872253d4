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

#include "actors/admin.hpp"
#include "actors/cli/admin_commands.hpp"
#include "actors/cli/diff.hpp"
#include "actors/cli/get.hpp"
#include "actors/cli/service_client.hpp"
#include "actors/http/pages/admin.hpp"
#include "actors/http/pages/health.hpp"
#include "actors/http/pages/web_files.hpp"
#include "actors/http/server.hpp"
#include "actors/nats/connection.hpp"
#include "actors/nats/options.hpp"
#include "actors/process/logging.hpp"
#include "actors/process/systemd.hpp"
#include "actors/redis/connection.hpp"
#include "actors/redis/tls.hpp"
#include "actors/service.hpp"
#include "messages/base/text.hpp"
#include "messages/config/command_line.hpp"
#include "messages/config/config.hpp"
#include "messages/config/plaintext_passwords.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/config/settings_change.hpp"
#include "messages/config/source_report.hpp"

namespace {

using namespace hawkeye;

/// SIGTERM to exit takes 5 s at most: what is not finished by then is abandoned.
constexpr auto stop_limit = 3500ms;
constexpr auto last_word = 4200ms;

expected<std::string> read_file(const std::string& name) {
  std::ifstream in{name, std::ios::binary};
  if (!in || std::filesystem::is_directory(name))
    return fail("cannot be read");
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (in.bad())
    return fail("cannot be read");
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

expected<settings> configure_from(const command_line& asked) {
  config_sources from;
  from.options = asked.options;
  from.environment = read_environment;
  from.read_file = read_file;
  from.file_name = asked.config_file.value_or(default_config_file());
  if (asked.config_file || std::filesystem::exists(from.file_name)) {
    auto text = read_file(from.file_name);
    if (auto* why = error_of(text))
      return fail(from.file_name + ": " + why->reason + "; give --config-file=FILE");
    from.file_text = *std::move(text);
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
  if (auto* why = error_of(read))
    return spdlog::error("SIGHUP received, nothing is changed: {}", why->reason);
  const auto change = compare_settings(with, *read);
  with = change.next;
  set_log_level(with.log);
  running.reload(with);
  spdlog::info("SIGHUP received: {}",
               change.live.empty() ? "nothing changes" : "from now on: " + joined(change.live));
  if (!change.at_restart.empty())
    spdlog::warn("only a restart changes: {}", joined(change.at_restart));
}

/// A service that lost an actor is stopped as by SIGTERM and ends with 1, to be started anew.
std::atomic<bool> lost_an_actor{false};

/// A library call that hangs must not keep the process: everything that matters is written by now,
/// or cannot be.
void end_hard_after(std::chrono::milliseconds limit) {
  std::thread{[limit] {
    std::this_thread::sleep_for(limit);
    // Without a word: the log may be gone already.
    std::_Exit(lost_an_actor ? exit_failed : exit_done);
  }}.detach();
}

void run_until_told(const sigset_t& ours, const command_line& asked, settings& with,
                    service& running, systemd_notifier& manager) {
  for (int received = 0;;) {
    if (sigwait(&ours, &received) != 0)
      continue;
    if (received != SIGHUP) {
      end_hard_after(last_word); // before anything else, also before the first word about it
      return spdlog::info("{} received, stopping", received == SIGTERM ? "SIGTERM" : "SIGINT");
    }
    manager.reloading();
    reload(asked, with, running);
    manager.ready();
  }
}

void stop_for_loss(const std::string& what) {
  spdlog::critical("{}; stopping, to be started anew", what);
  lost_an_actor = true;
  kill(getpid(), SIGTERM);
}

redis_backend_factory redis_at(const redis_address& where, const settings& with) {
  const char* named_by = where == with.redis.address ? "redis.uri" : "redis.payload-uri";
  return [where, key = with.redis.key, timeout = with.redis.timeout, named_by] {
    return std::make_unique<redis_connection>(where, key, timeout, named_by);
  };
}

/// The pages of http.listen; null where they are switched off.
expected<std::unique_ptr<http_server>>
start_pages(const http_settings& with, caf::actor_system& system, const service& running) {
  if (with.listen.empty())
    return std::unique_ptr<http_server>{};
  const auto events = watch_status(system, running);
  auto all = health_pages(system, running.actors().admin);
  for (auto& page : operator_pages(system, running, events))
    all.push_back(std::move(page));
  for (auto& page : web_pages())
    all.push_back(std::move(page));
  auto server = start_http(with.listen, std::move(all),
                           {.over =
                                [metrics = running.metrics()](limit x) {
                                  metrics->over(x);
                                }},
                           [events] { events->tick(); });
  if (server)
    spdlog::info("the pages are served at {}", joined((*server)->addresses()));
  return server;
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
  const auto log = start_logging(with.log);
  auto connected = connect_nats(with.nats, with.service.name);
  if (auto* why = error_of(connected))
    return complain(why->reason, exit_usage);
  tell_settings(with);
  const auto via = *connected;
  caf::actor_system_config cfg;
  configure(cfg);
  caf::actor_system system{cfg};
  service running{system,
                  with,
                  {via, redis_at(with.redis.address, with),
                   redis_at(with.redis.payload_address, with), real_platform(), true,
                   stop_for_loss}};
  const auto give_up = [&](const failure& why) {
    running.stop(1s);
    return complain(why.reason);
  };
  if (const auto why = running.open())
    return give_up(*why);
  auto pages = start_pages(with.http, system, running);
  if (const auto* why = error_of(pages))
    return give_up(*why);
  spdlog::info("{} {} answers {}", with.service.name, PROJECT_VERSION, with.nats.subject);
  systemd_notifier manager{life_of(system, running.actors().admin)};
  manager.ready();
  run_until_told(signals, asked, with, running, manager);
  manager.stopping();
  running.stop(stop_limit); // first, so that pages that wait for an actor get their answer
  pages->reset();
  spdlog::info("stopped");
  return lost_an_actor ? exit_failed : exit_done;
}

int check_config(const settings& with) {
  if (auto options = nats_options(with.nats, with.service.name); auto* why = error_of(options))
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
  if (auto* why = error_of(read))
    return complain(why->reason, exit_usage);
  const auto& with = *read;
  for (const auto& [address, key] : {std::pair{&with.redis.address, "redis.uri"},
                                     std::pair{&with.redis.payload_address, "redis.payload-uri"}})
    if (auto why = unsupported(*address, key))
      return complain(why->reason, exit_usage);
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
  if (const auto* why = error_of(asked))
    return complain(why->reason, exit_usage);
  return run(*asked);
}
