// A place for what a test needs as files. Threading: one owner.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hawkeye::test {

/// A directory for sockets and key files, removed at the end.
class scratch_directory {
public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  std::string path(std::string_view name) const {
    return (path_ / name).string();
  }
  /// Writes a file that only we may read; its path.
  std::string write(std::string_view name, std::string_view content) const;

private:
  std::filesystem::path path_;
};

} // namespace hawkeye::test
