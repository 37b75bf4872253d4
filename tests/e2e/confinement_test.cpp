// What the service needs of the machine: no root, no capability, no file to write.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/places.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

std::string content(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// A line of /proc/PID/status, behind its name.
std::string status_of(pid_t pid, const std::string& name) {
  std::istringstream in{content("/proc/" + std::to_string(pid) + "/status")};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":"))
      return line.substr(line.find_first_not_of("\t ", name.size() + 1));
  return {};
}

/// Files that stand open for writing, but for sockets, pipes and the output that the test reads.
std::vector<std::string> open_for_writing(pid_t pid) {
  const auto process = "/proc/" + std::to_string(pid);
  std::vector<std::string> result;
  for (const auto& each : fs::directory_iterator{process + "/fd"}) {
    std::error_code gone;
    const auto target = fs::read_symlink(each.path(), gone).string();
    std::istringstream info{content(process + "/fdinfo/" + each.path().filename().string())};
    std::string name;
    unsigned flags = 0;
    while (info >> name)
      if (name == "flags:")
        info >> std::oct >> flags;
    const bool file = target.starts_with("/") && !target.starts_with("/memfd:output")
                      && !target.starts_with("/dev/null");
    if (file && (flags & O_ACCMODE) != O_RDONLY)
      result.push_back(target);
  }
  return result;
}

/// What nobody's processes can leave behind: where everybody may write.
std::set<std::string> left_behind() {
  std::set<std::string> result;
  for (const char* place : {"/tmp", "/var/tmp", "/dev/shm"}) {
    std::error_code why;
    for (const auto& each : fs::directory_iterator{place, why}) {
      struct stat about {};
      if (::lstat(each.path().c_str(), &about) == 0 && about.st_uid == nobody)
        result.insert(each.path());
    }
  }
  return result;
}

/// The words that run a command as nobody, without a capability, in an empty directory that nobody
/// can write to, where a byte written to any file ends the process.
arguments confined(const fs::path& directory) {
  arguments result{"env", "-C", directory};
  if (::geteuid() == 0)
    result.insert(result.end(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                 "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"});
  result.insert(result.end(), {"prlimit", "--fsize=0"});
  return result;
}

/// Starts the service as a user that has no other process, with at most so many threads.
class fewer_threads {
public:
  fewer_threads() {
    fs::create_directories(program_.parent_path());
    fs::copy_file(service_program(), program_); // that user may not look into every checkout
    for (const auto& each : {fs::path{files_.path("")}, program_.parent_path(), program_})
      fs::permissions(each, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  }
  arguments serve(int threads, const arguments& options) const {
    const auto user = std::to_string(60578 + ::getpid() % 600); // Debian assigns none of these
    arguments result{"setpriv",         "--reuid=" + user,
                     "--regid=" + user, "--clear-groups",
                     "prlimit",         "--nproc=" + std::to_string(threads),
                     program_,          "serve"};
    result.insert(result.end(), options.begin(), options.end());
    return result;
  }

private:
  scratch_directory files_;
  fs::path program_{fs::path{files_.path("place")} / "hawkeye-customer-cache"};
};

} // namespace

TEST_CASE(
    "as nobody, without a capability and without a file to write, the service does all it does") {
  scratch_directory files;
  const fs::path place{files.path("place")}, program{place / "hawkeye-customer-cache"};
  fs::create_directories(place / "empty");
  fs::copy_file(service_program(), program); // nobody may not look into every checkout
  for (const auto& each : {fs::path{files.path("")}, place, place / "empty", program})
    fs::permissions(each, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  real_world world{"max_payload: 65536\n"};
  world.start_bridges({"--probes=400", "--ambiguous=2"});
  const auto before = left_behind();

  const auto http = free_port();
  auto argv = confined(place / "empty");
  argv.insert(argv.end(), {program, "serve", "--http.listen=127.0.0.1:" + std::to_string(http),
                           "--log.level=off"}); // the log is a file here
  for (auto& option : world.service_options())
    argv.push_back(std::move(option));
  service_process service{server_process{std::move(argv), http}, http};
  REQUIRE(service.await_ready());
  const auto pid = service.process.pid();
  if (::geteuid() == 0)
    CHECK(status_of(pid, "Uid") == "65534\t65534\t65534\t65534");
  CHECK(status_of(pid, "CapEff") == "0000000000000000");
  CHECK(status_of(pid, "CapPrm") == "0000000000000000");

  CHECK(world.ask().value("is_stored", false));
  CHECK(world.served() == world.expected().size());
  arguments refresh{"refresh", "--wait"};
  for (auto& option : world.operator_options())
    refresh.push_back(std::move(option));
  CHECK(world.run(refresh) == 0);
  for (const char* page : {"/", "/metrics", "/api/status", "/api/devices", "/api/refreshes"})
    CHECK(service.page(page) == 200);
  if (::geteuid() == 0) // the service lets nobody else of its user look
    CHECK(open_for_writing(pid) == std::vector<std::string>{});
  CHECK(fs::is_empty(place / "empty"));
  CHECK(left_behind() == before);
  CHECK(service.process.terminate() == 0);
  CHECK(left_behind() == before);
}

TEST_CASE("where the machine allows too few threads the service ends with a line that says so") {
  if (::geteuid() != 0)
    return; // nobody's own limit is another one
  const fewer_threads limited;
  server_process service{limited.serve(3, {"--config-file=/dev/null", "--http.listen="})};
  CHECK(service.wait_for_exit(10s) == 1);
  CHECK_MESSAGE(service.output().find("threads can be made (Resource temporarily unavailable): "
                                      "raise the limit of processes and threads (ulimit -u")
                    != std::string::npos,
                service.output());
}

TEST_CASE(
    "the number of threads that docs/operations.md names is enough, and one less is refused") {
  if (::geteuid() != 0)
    return; // only root can start it as a user that has no other process
  const auto guide = content(source_path("docs/operations.md"));
  std::smatch found;
  REQUIRE(std::regex_search(guide, found, std::regex{"(\\d+) threads are needed"}));
  const auto needed = std::stoi(found[1]);
  const fewer_threads limited;
  server_process refused{limited.serve(needed - 1, {"--config-file=/dev/null", "--http.listen="})};
  CHECK(refused.wait_for_exit(10s) == 1);
  CHECK_MESSAGE(refused.output().find("threads can be made") != std::string::npos,
                refused.output());

  real_world world;
  world.start_bridges({"--probes=400"});
  const auto http = free_port();
  auto options = world.service_options({"--http.listen=127.0.0.1:" + std::to_string(http)});
  // With a watchdog as systemd's, which takes one more; nobody listens to what it is told.
  service_process service{server_process{limited.serve(needed, options),
                                         http,
                                         {"NOTIFY_SOCKET=/nowhere", "WATCHDOG_USEC=3000000"}},
                          http};
  REQUIRE(service.await_ready());
  arguments refresh{"refresh", "--wait"};
  for (auto& option : world.operator_options())
    refresh.push_back(std::move(option));
  CHECK(world.run(refresh) == 0);
  for (const char* page : {"/", "/metrics", "/api/status", "/api/devices?search=a"})
    CHECK(service.page(page) == 200);
  world.nats.restart();
  world.redis.restart();
  CHECK(eventually([&] { return world.served() == world.expected().size(); }, 20s));
  CHECK(service.process.terminate() == 0);
}
