// simulation [--seeds=N] [--first=SEED] [--seed=S] [--verbose]
// Plays N stories (2000), each from its seed; the first one that breaks a promise ends the program
// with the command that plays it again. Every fiftieth seed is played twice: a story must be the
// same each time, or a replay would be worth nothing.
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include <unistd.h>

#include "tests/simulation/simulation.hpp"

namespace {

struct options {
  std::uint64_t first = 1, seeds = 2000;
  bool verbose = false;
};

bool read_number(std::string_view argument, std::string_view name, std::uint64_t& out) {
  if (!argument.starts_with(name))
    return false;
  argument.remove_prefix(name.size());
  const auto end = argument.data() + argument.size();
  const auto [rest, problem] = std::from_chars(argument.data(), end, out);
  return problem == std::errc{} && rest == end;
}

bool read_options(int count, char** arguments, options& out) {
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--verbose")
      out.verbose = true;
    else if (read_number(argument, "--seed=", out.first))
      out.seeds = 1;
    else if (!read_number(argument, "--first=", out.first)
             && !read_number(argument, "--seeds=", out.seeds))
      return false;
  }
  return true;
}

using tally = std::map<std::string, std::uint64_t>;

/// What has to happen in so many seeds, or they prove nothing.
constexpr std::uint64_t seeds_that_show_all = 200;
constexpr std::array kinds{"asked",
                           "answers",
                           "hawkeye.probe.request",
                           "bruin.customer.get.info",
                           "reply lost",
                           "reply late",
                           "reply delayed",
                           "reply repeated",
                           "reply offloaded",
                           "update lost",
                           "reply corrupted",
                           "redis",
                           "redis fails",
                           "lease",
                           "disconnected",
                           "cut in one direction",
                           "redis link",
                           "redis damaged",
                           "stays cut off",
                           "reload",
                           "wall clock",
                           "rolling restart",
                           "quiet",
                           "flood",
                           "apart",
                           "killed",
                           "started",
                           "jump",
                           "refresh requested",
                           "fleet",
                           "weather",
                           "stored",
                           "holds"};

/// The first kind that never happened; null: all did.
const char* missing_kind(const tally& happened) {
  for (const char* kind : kinds)
    if (!happened.contains(kind))
      return kind;
  return nullptr;
}

/// A seed takes some 20 ms, with sanitizers ten times that: this one goes round in circles.
constexpr unsigned longest_seed = 60; // seconds

/// Of the story that is playing, written down before it can crash or hang.
char crash_note[128];
std::size_t crash_note_size = 0;

void on_crash(int signal) {
  [[maybe_unused]] const auto written = write(STDOUT_FILENO, crash_note, crash_note_size);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

hawkeye::simulation::verdict_of_seed play(std::uint64_t seed, bool verbose) {
  const auto note = "seed " + std::to_string(seed)
                    + ": crashed or does not end\nto see it again: simulation --seed="
                    + std::to_string(seed) + " --verbose\n";
  crash_note_size = note.copy(crash_note, sizeof crash_note);
  alarm(longest_seed);
  return hawkeye::simulation::simulation{seed, verbose}.run();
}

/// Whether the seed kept every promise, and is the same story when played again.
bool passes(std::uint64_t seed, bool verbose, std::uint64_t& steps, tally& happened) {
  const auto said = play(seed, verbose);
  steps += said.steps;
  for (const auto& [what, count] : said.counts)
    happened[what] += count;
  std::string problem = said.broken.value_or("");
  if (problem.empty() && seed % 50 == 0 && play(seed, false).trace != said.trace)
    problem = "played twice, it is not the same story";
  if (verbose)
    std::cout << "trace " << std::hex << said.trace << std::dec << '\n';
  if (!problem.empty())
    std::cout << "seed " << seed << ": " << problem
              << "\nto see it again: simulation --seed=" << seed << " --verbose\n";
  return problem.empty();
}

} // namespace

int main(int count, char** arguments) {
  options chosen;
  if (!read_options(count, arguments, chosen)) {
    std::cerr << "usage: simulation [--seeds=N] [--first=SEED] [--seed=S] [--verbose]\n";
    return 2;
  }
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGALRM})
    std::signal(signal, on_crash);
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t steps = 0;
  tally happened;
  for (auto seed = chosen.first; seed < chosen.first + chosen.seeds; ++seed)
    if (!passes(seed, chosen.verbose, steps, happened)) {
      std::cout << "found after " << seed - chosen.first + 1 << " seeds\n";
      return 1;
    }
  const char* missing = missing_kind(happened);
  for (const char* kind : kinds)
    std::cout << happened[kind] << ' ' << kind << (kind == kinds.back() ? "\n" : ", ");
  if (missing && chosen.seeds >= seeds_that_show_all) {
    std::cout << "in all these seeds this never happened: " << missing << '\n';
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << chosen.seeds << " seeds, " << steps << " steps, no promise broken, " << took.count()
            << " s\n";
  return 0;
}
