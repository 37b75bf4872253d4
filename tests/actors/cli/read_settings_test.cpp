// The files of the configuration: what is read at start and at SIGHUP, and what is refused.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "actors/cli/commands.hpp"
#include "actors/process/read_file.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;

namespace {

std::string refusal(const expected<std::string>& x) {
  const auto* why = error_of(x);
  return why ? why->reason : "(read)";
}

std::string refusal(const expected<settings>& x) {
  const auto* why = error_of(x);
  return why ? why->reason : "(read)";
}

/// Everything in it runs in this directory.
struct in_directory {
  explicit in_directory(const std::string& name) : before{std::filesystem::current_path()} {
    std::filesystem::current_path(name);
  }
  ~in_directory() {
    std::filesystem::current_path(before);
  }
  const std::filesystem::path before;
};

} // namespace

TEST_CASE("a file is read whole; what never ends, is too large or is a directory is refused") {
  scratch_directory files;
  CHECK(*read_file(files.write("some", "text\n")) == "text\n");
  CHECK(read_file(files.write("none", ""))->empty());
  CHECK(*read_file(files.write("largest", std::string(1 << 20, 'x'))) == std::string(1 << 20, 'x'));
  CHECK(refusal(read_file(files.write("large", std::string((1 << 20) + 1, 'x'))))
        == "cannot be read: it is larger than 1 MiB");
  CHECK(refusal(read_file(files.path("gone"))) == "cannot be read: No such file or directory");
  CHECK(refusal(read_file("/dev/zero")) == "cannot be read: it is larger than 1 MiB");
  CHECK(read_file("/dev/null")->empty());
  CHECK(refusal(read_file(files.path(""))) == "cannot be read: Is a directory");
}

TEST_CASE("a pipe is read to its end, and left where nobody writes or the writer stops") {
  scratch_directory files;
  const auto pipe = files.path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(refusal(read_file(pipe, 50ms)).starts_with("cannot be read: its end did not come"));
  const auto writes = std::async(std::launch::async, [&] { std::ofstream{pipe} << "text"; });
  CHECK(*read_file(pipe, 20s) == "text");
  writes.wait();
  std::promise<void> refused;
  const auto stops = std::async(std::launch::async, [&] {
    std::ofstream out{pipe};
    out << "te" << std::flush;
    refused.get_future().wait();
  });
  CHECK(refusal(read_file(pipe, 50ms)).starts_with("cannot be read: its end did not come"));
  refused.set_value();
}

TEST_CASE("read again, the file of the start must still be there and hold something") {
  scratch_directory files;
  const in_directory here{files.path("")};
  const command_arguments none;
  files.write("config.ini", "[bruin]\nmonitored-statuses = \"Mine\"\n");
  const auto before = read_settings(none);
  REQUIRE(before.has_value());
  CHECK(before->bruin.monitored_statuses == std::vector<std::string>{"Mine"});
  CHECK(read_settings(none, &*before)->bruin.monitored_statuses
        == std::vector<std::string>{"Mine"});
  files.write("config.ini", "");
  CHECK(refusal(read_settings(none, &*before)) == "config.ini: it is empty");
  CHECK(read_settings(none).has_value());
  std::filesystem::remove("config.ini");
  CHECK(refusal(read_settings(none, &*before)).starts_with("config.ini: cannot be read: No such"));
  CHECK(read_settings(none)->config_file.empty());
  std::filesystem::create_symlink("gone", "config.ini");
  CHECK(refusal(read_settings(none)).starts_with("config.ini: cannot be read: No such"));
}
