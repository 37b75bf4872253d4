// The command `diff`: compares the answers of this service and another one, or two keys of Redis.
// Replies stored in Redis are fetched from redis.payload-uri, whoever stored them. Exit codes: 0
// equal; 3 different; 1 one of them could not be asked; 2 wrong usage, for example both are the
// same subject. Threading: blocking.
#include "actors/cli/commands.hpp"

#include <iostream>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "actors/cli/service_client.hpp"
#include "actors/redis/connection.hpp"
#include "messages/admin/comparison.hpp"
#include "messages/base/json.hpp"
#include "messages/base/json_value.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/config/text_forms.hpp"

namespace hawkeye {

namespace {

using nlohmann::ordered_json;

/// One side of the comparison: the answer and its devices.
struct side {
  compared_answer answer;
  device_table devices;
  std::size_t print = 0; ///< hash of the devices, to detect changes
};

side side_of(int status, nlohmann::json devices) {
  side result;
  const auto count = devices.size();
  result.print = std::hash<nlohmann::json>{}(devices);
  result.devices = read_device_table(std::move(devices));
  result.answer = {status, count, result.devices.duplicates, result.devices.malformed};
  return result;
}

void note_missing_fields(comparison& x, const side& here, const side& there) {
  for (const auto& field : missing_fields(x.ignored, here.devices, there.devices))
    x.notes.push_back(
        fmt::format("no device has the field \"{}\", which is ignored", printable(field)));
}

int print(const comparison& x, bool as_json) {
  if (as_json)
    std::cout << one_line_json(json_of(x)) << '\n';
  else
    std::cout << text_of(x);
  return x.equal() ? exit_done : exit_named;
}

class subject_comparison {
public:
  subject_comparison(const settings& settings, const std::string& against,
                     std::set<std::string> ignored)
      : client_{settings, settings.service.name + "-diff"} {
    result.here = settings.nats.subject;
    result.there = against;
    result.ignored = std::move(ignored);
  }

  /// A failure says why one of the two cannot be compared.
  std::optional<failure> ask_all() {
    const auto everything = ordered_json::object();
    side here, there;
    if (auto why = ask_both(everything, here, there))
      return why;
    add("all devices", here, there);
    note_missing_fields(result, here, there);
    // If the contact of a device differs, it may correctly be on different sides of a filter.
    if (result.ignored.contains("last_contact"))
      left_out_ = other_contacts(here.devices, there.devices);
    for (const auto& timestamp : filters_to_ask(here.devices, there.devices)) {
      side filtered_here, filtered_there;
      if (auto why = ask_both({{"last_contact_filter", timestamp}}, filtered_here, filtered_there))
        return why;
      add("after " + timestamp, filtered_here, filtered_there);
    }
    if (auto why = ask_without_body())
      return why;
    return note_changes(here, there);
  }

  comparison result;

private:
  std::optional<failure> ask_both(const ordered_json& body, side& here, side& there) {
    if (auto why = ask(result.here, body, here))
      return why;
    return ask(result.there, body, there);
  }

  std::optional<failure> ask(const std::string& subject, const ordered_json& body, side& to) {
    const auto reply = client_.ask(subject, body);
    if (const auto* why = error_of(reply))
      return fail(subject + ": " + why->reason);
    const auto& got = *reply;
    const auto status = status_of(got);
    nlohmann::json devices = got.value("body", ordered_json{});
    if (status == 404)
      devices = nlohmann::json::array();
    else if (status != 200 || !devices.is_array())
      return fail(subject + " answered with status " + std::to_string(status)
                  + ", which cannot be compared: " + sentence_of(got));
    to = side_of(status, std::move(devices));
    return {};
  }

  void add(std::string name, const side& here, const side& there) {
    result.questions.push_back(
        {std::move(name), here.answer, there.answer,
         compare_devices(here.devices, there.devices, result.ignored, left_out_)});
  }

  /// Both must refuse a request without a body. An invalid filter is not sent: the other service
  /// may not survive it, and people are using it.
  std::optional<failure> ask_without_body() {
    compared_question question{"no body", {}, {}, {}};
    for (auto [subject, answer] :
         {std::pair{&result.here, &question.here}, std::pair{&result.there, &question.there}}) {
      const auto reply = client_.ask_raw(*subject, {{"request_id", "diff"}});
      const auto* got = value_of(reply);
      if (!got && subject == &result.here) // this service answers every request
        return fail(*subject + ": " + error_of(reply)->reason);
      answer->status = got ? status_of(*got) : -1;
    }
    result.questions.push_back(std::move(question));
    return {};
  }

  /// Notes refreshes that ended during the comparison: they cause differences that are not real.
  std::optional<failure> note_changes(const side& here, const side& there) {
    side here_now, there_now;
    if (auto why = ask_both(ordered_json::object(), here_now, there_now))
      return why;
    if (here.print != here_now.print)
      result.notes.push_back(result.here + " refreshed meanwhile: compare again");
    if (there.print != there_now.print)
      result.notes.push_back(result.there + " refreshed meanwhile: compare again");
    return {};
  }

  service_client client_;
  std::set<std::string> left_out_;
};

expected<side> read_key(const settings& settings, const std::string& key) {
  redis_connection redis{settings.redis.address, key, settings.redis.timeout};
  const auto loaded = redis.load();
  if (const auto* why = error_of(loaded))
    return fail(*why);
  const auto& array = loaded->array;
  if (!array)
    return fail("Redis at " + to_string(settings.redis.address) + " holds no text under the key "
                + printable(key));
  auto devices = read_json<nlohmann::json>(array->view());
  if (!devices.is_array())
    return fail("what Redis holds under the key " + printable(key) + " is no JSON array");
  return side_of(0, std::move(devices));
}

int compare_subjects(const settings& settings, const std::string& against,
                     std::set<std::string> ignored, bool as_json) {
  subject_comparison both{settings, against, std::move(ignored)};
  if (auto why = both.ask_all())
    return print_error(why->reason);
  return print(both.result, as_json);
}

int compare_keys(const settings& settings, const std::vector<std::string>& keys,
                 std::set<std::string> ignored, bool as_json) {
  std::vector<side> sides;
  for (const auto& key : keys) {
    auto read = read_key(settings, key);
    if (auto* why = error_of(read))
      return print_error(why->reason);
    sides.push_back(*std::move(read));
  }
  comparison result{keys[0], keys[1], std::move(ignored), {}, {}};
  result.questions.push_back({"devices", sides[0].answer, sides[1].answer,
                              compare_devices(sides[0].devices, sides[1].devices, result.ignored)});
  note_missing_fields(result, sides[0], sides[1]);
  return print(result, as_json);
}

} // namespace

int run_diff(const command_arguments& arguments, const settings& settings) {
  const auto& [against, keys] = std::tie(arguments.against, arguments.redis_keys);
  std::set<std::string> ignored{arguments.ignored_fields.begin(), arguments.ignored_fields.end()};
  if (!keys.empty() && !against.empty())
    return print_error("diff: give --against or --redis-keys, not both", exit_usage);
  if (!keys.empty())
    return compare_keys(settings, keys, std::move(ignored), arguments.json);
  if (!is_literal_subject(against))
    return print_error("diff needs --against=SUBJECT, a literal subject without wildcards, or "
                       "--redis-keys A B",
                       exit_usage);
  if (against == settings.nats.subject)
    return print_error(
        fmt::format("--against={} is the subject that nats.subject names already: it "
                    "would be compared with itself",
                    against),
        exit_usage);
  return compare_subjects(settings, against, std::move(ignored), arguments.json);
}

} // namespace hawkeye
