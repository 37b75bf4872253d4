#include "tests/support/scratch_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace hawkeye::test {

scratch_directory::scratch_directory() {
  auto name = (std::filesystem::temp_directory_path() / "hawkeye-test-XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw std::runtime_error{"no temporary directory"};
  path_ = name;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string scratch_directory::write(std::string_view name, std::string_view content) const {
  const auto file = path_ / name;
  std::ofstream{file, std::ios::binary} << content;
  std::filesystem::permissions(file, std::filesystem::perms::owner_read
                                         | std::filesystem::perms::owner_write);
  return file.string();
}

} // namespace hawkeye::test
