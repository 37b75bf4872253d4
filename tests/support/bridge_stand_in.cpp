// hawkeye-bridge, bruin-bridge and the notifier in one program, for the demo, the tests and the
// benchmarks: an invented fleet, any latency, any fault. Runs until SIGTERM or SIGINT.
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "tests/support/stand_in_client.hpp"
#include "tests/support/stand_in_server.hpp"

namespace {

using namespace hawkeye;
using namespace hawkeye::stand_in;

constexpr std::string_view help =
    R"(bridge_stand_in: Hawkeye's and Bruin's bridges and the notifier, invented

  --nats=URL                  where to listen (nats://127.0.0.1:4222)
  --redis=URL                 where replies are parked: those over max_payload, and the fault token
The fleet, the same for the same options:
  --probes=N --seed=S         so many probes (300), from this seed (1)
  --malformed-probes=N --no-serial=N --never-contacted=N --duplicates=N     these come on top
  --ambiguous=N               so many of the probes have two clients
  --hostile=N                 so many have names made to do harm: markup, marks of direction, 10 kB
  --moved=N                   so many, the last ones, have another client than without it
  --unmonitored=PERCENT --no-customer=PERCENT
  --contact-shift=SECONDS     every last contact is moved by so much
Serving:
  --latency=MS --parallel=P   each call takes so long, P at a time at each bridge (0: all)
Faults:
  --hawkeye-fault=NAME[:PERCENT[:COUNT]], --client-info-fault=, --management-status-fault=
  --bruin-fault=              both of Bruin's
                              NAME: none null_status error_status error_object error_null
                              wrong_type garbage deep silence not_subscribed empty_list partial token
                              token_gone token_bad_form twice late huge
                              PERCENT of the calls are hit, COUNT of them, then it is over
  --sticky-faults=true        PERCENT picks serial numbers instead of calls
  --late-by=MS                for late (100000)
  --huge-bytes=N              for huge (0: as much as NATS lets through)
Instead of serving:
  --print=probes|expected     prints the fleet as Hawkeye lists it, or the devices of a right answer
  --ask=SUBJECT [--body=JSON] [--timeout=MS] [--same-as=FILE|-]
                              asks, prints the reply, or compares it with a list in FILE
While it runs it answers:
  stand_in.control            {"hawkeye_fault":"partial","probes":100,"reset_stats":true}
  stand_in.stats              counts, most calls in flight, the notifier's messages
  stand_in.expected           the devices of a right answer; {"partial":true}: of the first third
)";

struct command_line {
  options with;
  question what{"nats://127.0.0.1:4222", "", "", "", "", 10'000};
  std::string print;
  bool help = false;
  std::string problem;
};

/// What is no option of the bridges themselves.
bool take_own(command_line& into, std::string_view name, std::string_view value) {
  if (name == "timeout") {
    std::from_chars(value.data(), value.data() + value.size(), into.what.timeout_ms);
    return true;
  }
  auto* slot = name == "nats"      ? &into.what.nats_url
               : name == "redis"   ? &into.what.redis_url
               : name == "ask"     ? &into.what.subject
               : name == "body"    ? &into.what.body
               : name == "same-as" ? &into.what.same_as
               : name == "print"   ? &into.print
                                   : nullptr;
  if (slot)
    *slot = value;
  return slot != nullptr;
}

command_line read(int argc, char** argv) {
  command_line result;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument{argv[i]};
    const auto equals = argument.find('=');
    if (argument == "--help") {
      result.help = true;
    } else if (argument.substr(0, 2) != "--" || equals == std::string_view::npos) {
      result.problem = std::string{argument} + " is not of the form --name=value";
    } else {
      const auto name = argument.substr(2, equals - 2);
      const auto value = argument.substr(equals + 1);
      if (take_own(result, name, value))
        continue;
      if (auto why = set_option(result.with, name, value))
        result.problem = std::string{argument} + ": " + *why;
    }
  }
  return result;
}

int serve(const command_line& asked, const sigset_t& signals) {
  auto connected = connect(asked.what.nats_url, true);
  if (auto* why = error_of(connected)) {
    std::cerr << "bridge_stand_in: " << why->reason << '\n';
    return 1;
  }
  server bridges{*std::move(connected), asked.what.redis_url, asked.with};
  if (auto why = bridges.open()) {
    std::cerr << "bridge_stand_in: " << *why << '\n';
    return 1;
  }
  std::cout << "bridge_stand_in: ready with " << asked.with.fleet.probes << " probes" << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  std::_Exit(0); // there is nothing to save, and a callback may be under way
}

} // namespace

int main(int argc, char** argv) {
  const auto asked = read(argc, argv);
  if (asked.help || !asked.problem.empty()) {
    (asked.help ? std::cout : std::cerr) << (asked.help ? std::string{help} : asked.problem + '\n');
    return asked.help ? 0 : 2;
  }
  if (!asked.print.empty()) {
    const fleet invented{asked.with.fleet};
    std::cout << (asked.print == "probes" ? invented.probes(false) : invented.expected(false))
              << '\n';
    return 0;
  }
  if (!asked.what.subject.empty())
    return ask(asked.what);
  sigset_t signals; // before any thread exists, so that only sigwait sees them
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return serve(asked, signals);
}
