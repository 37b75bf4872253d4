// bench [--quick] [--only=WORD] [--out=DIRECTORY]: measures against bare programs on the same
// servers, prints one table, writes the samples as CSV; exit code 1 where a reach is missed. Ratios
// of one run mean something; a lone time on a shared machine does not.
#include "bench/bench.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace hawkeye::bench {

std::string thousands(std::size_t x) {
  auto text = std::to_string(x);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string request_for(const std::string& filter) {
  return R"({"request_id":"00000000-0000-0000-0000-000000000000","body":{)"
         + (filter.empty() ? "" : R"("last_contact_filter":")" + filter + '"') + "}}";
}

fleet_world::fleet_world(std::size_t probes, const test::arguments& with,
                         const test::arguments& bridges)
    : service{start(probes, with, bridges)} {
  // By its log, not by its pages: a page asked every few milliseconds costs what is measured here.
  test::eventually([this] { return refreshes() > 0; }, 120s);
  if (!service.await_ready(120s))
    throw std::runtime_error{"the service does not get ready"};
}

test::service_process fleet_world::start(std::size_t probes, const test::arguments& with,
                                         test::arguments bridges) {
  bridges.push_back("--probes=" + std::to_string(probes));
  world.start_bridges(std::move(bridges));
  return world.start_service(with);
}

double fleet_world::refresh_ms(std::size_t n) const {
  constexpr std::string_view before = "refresh finished in ";
  // What is served is told a timestamp later.
  test::eventually([&] { return refreshes() >= n; }, 10s);
  const auto log = service.process.output();
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    at = log.find(before, at);
    if (at == std::string::npos)
      throw std::runtime_error{"there was no such refresh"};
    at += before.size();
  }
  return std::stod(log.substr(at));
}

std::size_t fleet_world::refreshes() const {
  const auto log = service.process.output();
  std::size_t n = 0;
  for (auto at = log.find("refresh finished"); at != std::string::npos;
       at = log.find("refresh finished", at + 1))
    ++n;
  return n;
}

namespace {

int run(const effort& with, const std::string& only, const std::string& directory) {
  report to{directory};
  const std::pair<const char*, void (*)(report&, const effort&)> all[] = {
      {"replies", measure_replies}, {"nothing", measure_no_devices},
      {"refresh", measure_refresh}, {"memory", measure_memory},
      {"restore", measure_restore}, {"busy", measure_while_refreshing},
      {"scraped", measure_scraped}};
  for (const auto& [name, measure] : all)
    if (only.empty() || only == name)
      measure(to, with);
  if (only == "lasting")
    measure_lasting(to, with);
  return to.finish() ? 0 : 1;
}

} // namespace

} // namespace hawkeye::bench

int main(int count, char** arguments) {
  hawkeye::bench::effort with;
  std::string only, directory = "build/bench";
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--quick")
      with.quick = true;
    else if (argument.starts_with("--only="))
      only = argument.substr(7);
    else if (argument.starts_with("--minutes=") && std::atoi(argument.c_str() + 10) > 0)
      with.lasting = std::chrono::minutes{std::atoi(argument.c_str() + 10)};
    else if (argument.starts_with("--out="))
      directory = argument.substr(6);
    else {
      std::cerr
          << "usage: bench [--quick] [--only=replies|nothing|refresh|memory|restore|busy|scraped] "
             "[--only=lasting [--minutes=60]] [--out=DIRECTORY]\n";
      return 2;
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return hawkeye::bench::run(with, only, directory);
  } catch (const std::exception& why) {
    std::cerr << "bench: " << why.what() << '\n';
    return 1;
  }
}
