// The value of KEY:meta as it is written, and what its beginning tells without reading the rest.
#include <charconv>
#include <cstring>

#include "messages/json_text.hpp"
#include "messages/stored_snapshot.hpp"

namespace hawkeye {

std::uint64_t fingerprint(std::string_view bytes) noexcept {
  // FNV-1a over words of eight bytes, with a rotation that carries high bits down. Guards against
  // mistakes, not against malice.
  std::uint64_t hash = 0xcbf29ce484222325u ^ bytes.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001b3u;
    hash = (hash << 29) | (hash >> 35);
  };
  std::size_t pos = 0;
  for (; pos + 8 <= bytes.size(); pos += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + pos, 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (pos < bytes.size())
    std::memcpy(&rest, bytes.data() + pos, bytes.size() - pos);
  mix(rest);
  return hash * 0x100000001b3u;
}

std::string fingerprint_text(std::string_view bytes) {
  char text[17];
  const auto [end, problem] = std::to_chars(text, text + sizeof text, fingerprint(bytes), 16);
  return problem == std::errc{} ? std::string{text, end} : std::string{};
}

std::string write_meta(const snapshot& x) {
  const auto& meta = x.meta();
  std::string out = R"({"version":)" + std::to_string(meta.version) + R"(,"built_at":)";
  if (meta.built_at)
    append_json_string(out, to_string(*meta.built_at));
  else
    out += "null";
  out += R"(,"bytes":)" + std::to_string(x.array().size()) + R"(,"fingerprint":")"
         + fingerprint_text(x.array()) + R"(","counts":{)";
  for (std::size_t i = 0; i < outcome_count; ++i) {
    append_json_string(i == 0 ? out : out += ',', to_string(static_cast<outcome>(i)));
    out += ':' + std::to_string(meta.counts.values[i]);
  }
  out += R"(},"carried_over":{)";
  for (std::size_t i = 0; i < meta.carried.size(); ++i) {
    append_json_string(i == 0 ? out : out += ',', meta.carried[i].serial_number);
    append_json_string(out += ':', to_string(meta.carried[i].since));
  }
  return out += "}}";
}

std::optional<std::uint64_t> read_version(std::string_view meta_text) noexcept {
  constexpr std::string_view begin = R"({"version":)";
  if (!meta_text.starts_with(begin))
    return {};
  meta_text.remove_prefix(begin.size());
  std::uint64_t version = 0;
  const auto [end, problem] =
      std::from_chars(meta_text.data(), meta_text.data() + meta_text.size(), version);
  if (problem != std::errc{} || end == meta_text.data() + meta_text.size() || *end != ','
      || version >= last_version)
    return {};
  return version;
}

bool is_meta_of(std::string_view head, const snapshot& x) {
  const auto& built_at = x.meta().built_at;
  return read_version(head) == x.meta().version
         && (!built_at || head.find(to_string(*built_at)) != std::string_view::npos);
}

} // namespace hawkeye
