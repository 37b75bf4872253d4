// fuzz_replay CORPUS [--mutations=N] [TARGET...]: plays every file of CORPUS/TARGET through its
// target, and N small random changes of each, the same in every run. So a finding stays found, and
// no target can rot, where there is no clang. What was being played stands in the last line
// printed.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/targets.hpp"

namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> read_corpus(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{directory})
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> result;
  for (const auto& file : files)
    result.push_back(content_of(file));
  return result;
}

/// A few bytes changed, cut, doubled, or taken from another input.
class mutator {
public:
  explicit mutator(const std::vector<std::string>& corpus) : corpus_{corpus} {}

  std::string change(std::string x) {
    for (auto rounds = 1 + below(4); rounds > 0; --rounds) {
      const auto at = below(x.size() + 1), size = std::min(below(16), x.size() - at);
      switch (below(5)) {
      case 0:
        x.insert(at, 1, odd_byte());
        break;
      case 1:
        x.erase(at, size);
        break;
      case 2:
        x.insert(at, x.substr(at, size));
        break;
      case 3:
        if (at < x.size())
          x[at] = odd_byte();
        break;
      default:
        const auto& other = corpus_[below(corpus_.size())];
        const auto from = below(other.size() + 1);
        x.insert(at, other, from, below(64));
      }
    }
    return x;
  }

private:
  std::size_t below(std::size_t end) {
    return end == 0 ? 0 : random_() % end;
  }

  /// Rather one that means something.
  char odd_byte() {
    constexpr char meaning[] = "\"\\{}[]:,0-9.eE+tn \n\0\x1b\x7f\xc2\xed\xf4\xff";
    return below(2) == 0 ? meaning[below(sizeof meaning - 1)] : static_cast<char>(below(256));
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{1}; // the engine's sequence is the same everywhere
};

/// How many inputs were played.
std::size_t replay(std::string_view name, const fs::path& directory, std::size_t mutations) {
  const auto target = hawkeye::fuzz::find_target(name);
  if (!target || !fs::is_directory(directory)) {
    std::cerr << "no such target or corpus: " << name << '\n';
    std::exit(2);
  }
  std::cout << name << std::flush;
  const auto corpus = read_corpus(directory);
  mutator change{corpus};
  for (const auto& input : corpus) {
    target(input);
    for (std::size_t i = 0; i < mutations; ++i)
      target(change.change(input));
  }
  const auto played = corpus.size() * (1 + mutations);
  std::cout << ": " << corpus.size() << " files, " << played << " inputs\n";
  return played;
}

} // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: fuzz_replay CORPUS [--mutations=N] [TARGET...]\n";
    return 2;
  }
  const fs::path corpus{arguments[1]};
  constexpr std::string_view option = "--mutations=";
  std::size_t mutations = 0;
  std::vector<std::string_view> names;
  for (int i = 2; i < count; ++i) {
    std::string_view argument{arguments[i]};
    if (argument.starts_with(option))
      std::from_chars(argument.data() + option.size(), argument.data() + argument.size(),
                      mutations);
    else
      names.push_back(argument);
  }
  if (names.empty())
    for (const auto& [name, target] : hawkeye::fuzz::targets)
      names.push_back(name);
  std::size_t played = 0;
  for (const auto name : names)
    played += replay(name, corpus / name, mutations);
  return played > 0 ? 0 : 1;
}
