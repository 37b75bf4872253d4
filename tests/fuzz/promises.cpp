#include "tests/fuzz/promises.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "messages/base/json.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

/// Builds the value that nlohmann-json reads, and looks for a name that stands twice in one object.
/// By events, because throwing an exception for each text that is no JSON costs more than reading
/// it.
class value_builder {
public:
  bool null() {
    return put(nullptr);
  }
  bool boolean(bool x) {
    return put(x);
  }
  bool number_integer(json::number_integer_t x) {
    return put(x);
  }
  bool number_unsigned(json::number_unsigned_t x) {
    return put(x);
  }
  bool number_float(json::number_float_t x, const json::string_t&) {
    return put(x);
  }
  bool string(json::string_t& x) {
    return put(std::move(x));
  }
  bool binary(json::binary_t&) {
    return false; // no text has one
  }
  bool key(json::string_t& name) {
    auto& members = open_.back()->get_ref<json::object_t&>();
    const auto [member, is_new] = members.try_emplace(std::move(name));
    twice_ |= !is_new;
    member_ = &member->second;
    return true;
  }
  bool start_object(std::size_t) {
    open_.push_back(&add(json::object()));
    return true;
  }
  bool start_array(std::size_t) {
    open_.push_back(&add(json::array()));
    return true;
  }
  bool end_object() {
    return close();
  }
  bool end_array() {
    return close();
  }
  bool parse_error(std::size_t, const std::string&, const json::exception& why) {
    constexpr int number_overflow = 406;
    counts_ = why.id != number_overflow
              && std::string_view{why.what()}.find("surrogate") == std::string_view::npos;
    return false;
  }

  opinion take(bool is_json) {
    if (!is_json)
      return {counts_, {}};
    return {!twice_, std::move(whole_)};
  }

private:
  template <class T>
  bool put(T&& x) {
    add(std::forward<T>(x));
    return true;
  }

  /// The place stays where it is while its container is open: only the last one grows.
  json& add(json x) {
    if (open_.empty())
      return whole_ = std::move(x);
    if (auto* list = open_.back()->get_ptr<json::array_t*>())
      return list->emplace_back(std::move(x));
    return *member_ = std::move(x);
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json whole_;
  std::vector<json*> open_;
  json* member_ = nullptr; ///< of the innermost object, whose name was read last
  bool counts_ = true, twice_ = false;
};

/// One code point of valid UTF-8 that a terminal does not act on.
bool is_plain(std::string_view text, std::size_t pos) {
  const auto byte = static_cast<unsigned char>(text[pos]);
  if (byte < 0x20 || byte == 0x7F)
    return false;
  if (byte == 0xC2) // U+0080 to U+009F
    return static_cast<unsigned char>(text[pos + 1]) >= 0xA0;
  if (byte != 0xE2)
    return true;
  const auto three = text.substr(pos, 3);
  return three != "\xE2\x80\xAE" && three != "\xE2\x80\xA8" && three != "\xE2\x81\xA6";
}

/// An escaped character counts as one.
std::size_t characters_of(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && text.substr(i, 2) == "\\u")
      i = std::min(i + 5, text.size() - 1);
    count += (text[i] & 0xC0) != 0x80 ? 1 : 0;
  }
  return count;
}

} // namespace

void broken(const char* promise) {
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

bool is_chosen(std::string_view bytes, std::size_t n) {
  return checks_everything || std::hash<std::string_view>{}(bytes) % n == 0;
}

opinion second_opinion(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF"))
    return {false, {}};
  value_builder builder;
  return builder.take(json::sax_parse(text.begin(), text.end(), &builder));
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
  bool plain = true;
  for (std::size_t i = 0; i < sentence.size(); ++i)
    plain = plain && is_plain(sentence, i);
  demand(plain, "a sentence is one line that no terminal acts on");
}

json demand_reply(std::string_view reply, int status) {
  demand(is_valid_json(reply), "a reply is valid JSON");
  if (!is_chosen(reply, 4)) // what it takes to read it again is a large part of all
    return {};
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
  if (!is_valid_json(bytes)) // said in words of its own, which `bridge_reply` looks at
    return {};
  std::string reply = R"({"body":)";
  reply += bytes;
  reply += R"(,"status":200})";
  const auto read = read_bridge_reply(make_payload(reply));
  const auto* body = std::get_if<json_slice>(&read);
  return body ? std::optional{*body} : std::nullopt;
}

} // namespace hawkeye::fuzz
