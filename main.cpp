// The program: reads its arguments and runs the command that they name.
#include <cstring>
#include <string>
#include <vector>

#include "actors/cli/command_line.hpp"
#include "actors/cli/commands.hpp"
#include "actors/process/start.hpp"

int main(int argc, char** argv) {
  using namespace hawkeye;
  prepare_process();
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  const auto read = read_command_line(arguments);
  // Every user of the machine can read the arguments of a process, so secrets are overwritten.
  const auto safe = masked(arguments);
  for (std::size_t i = 0; i < safe.size(); ++i)
    std::memcpy(argv[i + 1], safe[i].data(), safe[i].size());
  if (const auto* why = error_of(read))
    return print_error(why->reason, exit_usage);
  return run_command(*read->asked, read->arguments);
}
