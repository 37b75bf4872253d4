#include "messages/admin/comparison.hpp"

#include <algorithm>

#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"
#include "messages/base/text.hpp"

namespace hawkeye {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t longest_value = 60; ///< characters of a field's value in a line of text

std::string value_text(const nlohmann::json& x) {
  return printable(one_line_json(x), longest_value);
}

bool flawless(const compared_answer& x) noexcept {
  return x.duplicates.count == 0 && x.malformed.count == 0;
}

std::string flaws(const compared_answer& x) {
  std::string result;
  if (x.duplicates.count != 0)
    result += ", " + std::to_string(x.duplicates.count) + " twice";
  if (x.malformed.count != 0)
    result += ", " + std::to_string(x.malformed.count) + " malformed";
  return result;
}

std::string cell(const compared_answer& x) {
  auto devices = std::to_string(x.devices) + flaws(x);
  if (x.status == 0)
    return devices;
  if (x.status < 0)
    return "no reply";
  return std::to_string(x.status) + (x.status == 200 ? ": " + devices : "");
}

std::string table_of(const comparison& x) {
  std::vector<table_row> rows{
      {"QUESTION", "HERE", "THERE", "ONLY HERE", "ONLY THERE", "FIELDS DIFFER", "RESULT"}};
  for (const auto& q : x.questions) {
    rows.push_back({q.name, cell(q.here), cell(q.there), std::to_string(q.diff.only_here.count),
                    std::to_string(q.diff.only_there.count), std::to_string(q.diff.differ),
                    q.equal() ? "equal" : "DIFFERENT"});
  }
  return text_table(rows);
}

/// A title, the first lines, and the number of the others.
std::string listed(const std::string& title, std::uint64_t count,
                   const std::vector<std::string>& lines, std::size_t most) {
  if (count == 0)
    return "";
  auto result = "\n" + title + " (" + std::to_string(count) + "):\n";
  const auto shown = std::min(most, lines.size());
  for (std::size_t i = 0; i < shown; ++i)
    result += "  " + lines[i] + "\n";
  if (count > shown)
    result += "  ... and " + std::to_string(count - shown) + " more\n";
  return result;
}

std::string listed(const std::string& title, const named_count& names, std::size_t most) {
  std::vector<std::string> lines;
  for (const auto& name : names.first)
    lines.push_back(printable(name, longest_value));
  return listed(title, names.count, lines, most);
}

void add_rows(const device_difference& x, std::size_t most, std::vector<table_row>& to) {
  const auto serial = printable(x.serial_number, longest_value);
  for (std::size_t i = 0; i < std::min(most, x.fields.size()); ++i) {
    const auto& [field, here, there] = x.fields[i];
    to.push_back(
        {serial, printable(field, longest_value), value_text(here), "|", value_text(there)});
  }
  if (x.fields.size() > most)
    to.push_back({serial, "... and " + std::to_string(x.fields.size() - most) + " more fields"});
}

std::string differing(const device_diff& x, std::size_t most) {
  if (x.differ == 0)
    return "";
  std::vector<std::string> fields;
  for (const auto& [field, count] : x.by_field)
    fields.push_back(printable(field, longest_value) + ": " + std::to_string(count));
  auto result = listed("devices by field that differs", fields.size(), fields, most);
  std::vector<table_row> rows{{"SERIAL", "FIELD", "HERE", "|", "THERE"}};
  for (std::size_t i = 0; i < std::min(most, x.first.size()); ++i)
    add_rows(x.first[i], most, rows);
  result += "\n" + text_table(rows);
  if (x.differ > most)
    result += "... and " + std::to_string(x.differ - most) + " more devices\n";
  return result;
}

std::string details(const compared_question& q, std::size_t most) {
  return "\n" + q.name + ":\n" + listed("only here", q.diff.only_here, most)
         + listed("only there", q.diff.only_there, most) + differing(q.diff, most)
         + listed("twice here", q.here.duplicates, most)
         + listed("twice there", q.there.duplicates, most)
         + listed("malformed here", q.here.malformed, most)
         + listed("malformed there", q.there.malformed, most);
}

ordered_json json_of(const named_count& x) {
  return {{"count", x.count}, {"first", x.first}};
}

ordered_json json_of(const compared_answer& x) {
  return {{"status", x.status > 0 ? ordered_json(x.status) : ordered_json{}},
          {"devices", x.devices},
          {"duplicates", json_of(x.duplicates)},
          {"malformed", json_of(x.malformed)}};
}

ordered_json json_of(const device_diff& x) {
  auto first = ordered_json::array();
  for (const auto& device : x.first) {
    auto fields = ordered_json::array();
    for (const auto& one : device.fields)
      fields.push_back({{"field", one.field}, {"here", one.here}, {"there", one.there}});
    first.push_back({{"serial_number", device.serial_number}, {"fields", std::move(fields)}});
  }
  return {{"count", x.differ}, {"by_field", x.by_field}, {"first", std::move(first)}};
}

} // namespace

bool compared_question::equal() const noexcept {
  return here.status == there.status && diff.equal() && flawless(here) && flawless(there);
}

bool comparison::equal() const noexcept {
  return std::all_of(questions.begin(), questions.end(), [](const auto& q) { return q.equal(); });
}

std::string text_of(const comparison& x, std::size_t most_lines) {
  auto result = text_table({{"here", x.here}, {"there", x.there}});
  for (const auto& field : x.ignored)
    result += "not compared: " + printable(field, longest_value) + "\n";
  result += "\n" + table_of(x);
  const auto found = std::find_if(x.questions.begin(), x.questions.end(),
                                  [](const auto& q) { return !q.equal(); });
  if (found != x.questions.end())
    result += details(*found, most_lines);
  for (const auto& note : x.notes)
    result += "\nnote: " + note + "\n";
  return result + (x.equal() ? "\nequal\n" : "\ndifferent\n");
}

ordered_json json_of(const comparison& x) {
  auto questions = ordered_json::array();
  for (const auto& q : x.questions)
    questions.push_back({{"question", q.name},
                         {"equal", q.equal()},
                         {"here", json_of(q.here)},
                         {"there", json_of(q.there)},
                         {"only_here", json_of(q.diff.only_here)},
                         {"only_there", json_of(q.diff.only_there)},
                         {"differ", json_of(q.diff)}});
  return {{"equal", x.equal()},   {"here", x.here},         {"there", x.there},
          {"ignored", x.ignored}, {"questions", questions}, {"notes", x.notes}};
}

} // namespace hawkeye
