// Who may do what on the tests' servers: the permissions and the ACL that are published in
// packaging/, read from there. Clients without a login (the stand-ins, and the tests where they
// arrange things) may do all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scratch_directory.hpp"
#include "tests/support/server_process.hpp"

namespace hawkeye::test {

/// A nats-server's users: `hawkeye` is the service, `operator` runs the program's commands,
/// `monitor` asks for devices. Each one's password is its name. For a configuration file in
/// `directory`, because nats-server reads includes relative to the file. `service_permissions`: the
/// service's, if other than the published.
std::string nats_users(const scratch_directory& directory,
                       const std::string& service_permissions = {});

/// What redis-server is started with to know the users of the published ACL.
std::vector<std::string> redis_users();

/// redis://USER:PASSWORD@127.0.0.1:port/database, for a user of the published ACL.
std::string redis_url(const server_process& server, const std::string& user, int database = 0);

/// What someone did there without being permitted to, a line each; of the time since the servers'
/// last start. Refused logins do not count.
std::vector<std::string> violations(const server_process& nats, server_process& redis);

/// Runs redis-cli and returns what it prints; a std::runtime_error where it fails.
std::string redis_cli(const server_process& redis, std::vector<std::string> words);

} // namespace hawkeye::test
