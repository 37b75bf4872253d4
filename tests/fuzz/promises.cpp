#include "tests/fuzz/promises.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "messages/base/json.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

/// Looks for a name that stands twice in one object.
class name_watch {
public:
  bool operator()(int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start)
      open_.emplace_back();
    else if (event == json::parse_event_t::object_end)
      open_.pop_back();
    else if (event == json::parse_event_t::key)
      twice_ |= !open_.back().insert(parsed.get<std::string>()).second;
    return true;
  }
  bool twice() const {
    return twice_;
  }

private:
  std::vector<std::set<std::string>> open_;
  bool twice_ = false;
};

/// One code point of valid UTF-8 that a terminal does not act on.
bool is_plain(std::string_view text, std::size_t pos) {
  const auto byte = static_cast<unsigned char>(text[pos]);
  if (byte < 0x20 || byte == 0x7F)
    return false;
  if (byte == 0xC2) // U+0080 to U+009F
    return static_cast<unsigned char>(text[pos + 1]) >= 0xA0;
  const auto three = text.substr(pos, 3);
  return three != "\xE2\x80\xAE" && three != "\xE2\x80\xA8" && three != "\xE2\x81\xA6";
}

/// An escaped character counts as one.
std::size_t characters_of(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\\u")
      i = std::min(i + 5, text.size() - 1);
    count += (text[i] & 0xC0) != 0x80 ? 1 : 0;
  }
  return count;
}

} // namespace

void demand(bool holds, const char* promise) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

opinion second_opinion(std::string_view text) {
  opinion result;
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
    result.counts = false;
    return result;
  }
  name_watch watch;
  try {
    result.value = json::parse(text.begin(), text.end(), std::ref(watch));
    result.counts = !watch.twice();
  } catch (const json::exception& why) {
    constexpr int number_overflow = 406;
    result.counts = why.id != number_overflow
                    && std::string_view{why.what()}.find("surrogate") == std::string_view::npos;
  }
  return result;
}

std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0, most = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      most = std::max(most, ++depth);
    else if (!in_string && (c == '}' || c == ']'))
      --depth;
  }
  return most;
}

void demand_sentence(std::string_view sentence, std::size_t most_characters) {
  demand(!sentence.empty(), "a refusal says why");
  demand(simdjson::validate_utf8(sentence.data(), sentence.size()), "a sentence is valid UTF-8");
  demand(characters_of(sentence) <= most_characters, "a sentence is short");
  for (std::size_t i = 0; i < sentence.size(); ++i)
    demand(is_plain(sentence, i), "a sentence is one line that no terminal acts on");
}

json demand_reply(std::string_view reply, int status) {
  demand(is_valid_json(reply), "a reply is valid JSON");
  const auto said = second_opinion(reply);
  if (!said.counts)
    return {};
  demand(said.value && said.value->is_object() && said.value->size() == 3,
         "a reply is an object with three fields");
  demand(said.value->contains("request_id") && said.value->contains("body"),
         "a reply has a request_id and a body");
  demand(said.value->value("status", json{}) == status, "a reply has its status");
  return *said.value;
}

std::optional<json_slice> as_body(std::string_view bytes) {
  std::string reply = R"({"body":)";
  reply += bytes;
  reply += R"(,"status":200})";
  const auto read = read_bridge_reply(make_payload(reply));
  const auto* body = std::get_if<json_slice>(&read);
  return body ? std::optional{*body} : std::nullopt;
}

} // namespace hawkeye::fuzz
