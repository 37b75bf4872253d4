#include "actors/redis/connection.hpp"

#include <vector>

#include "actors/redis/scripts.hpp"
#include "messages/base/limits.hpp"
#include "messages/config/config.hpp"
#include "messages/config/login_error_hint.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/history/refresh_report.hpp"

namespace hawkeye {

namespace {

/// After a reply of so many bytes the connection is made anew.
constexpr std::size_t large_reply = 1u << 20;

timeval to_timeval(duration x) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(x).count();
  return {us / 1'000'000, us % 1'000'000};
}

std::string_view text_of(const redisReply& x) {
  return x.str ? std::string_view{x.str, static_cast<std::size_t>(x.len)} : std::string_view{};
}

bool is_over(long long bytes, std::size_t most) {
  return bytes > static_cast<long long>(most);
}

/// Stands for a value that is left unread. No JSON, so that every reader refuses it, with these
/// words.
payload_ptr too_large(long long bytes) {
  return make_payload("(" + std::to_string(bytes) + " bytes, too many to be read)");
}

} // namespace

redis_connection::redis_connection(redis_address where, std::string key, duration timeout,
                                   std::string named_by)
    : where_{std::move(where)}, key_{std::move(key)}, meta_key_{key_ + ":meta"},
      lease_key_{key_ + ":lease"}, history_key_{key_ + ":history"},
      devices_key_{key_ + ":devices"}, timeout_{timeout}, named_by_{std::move(named_by)} {}

unexpected_failure redis_connection::problem(std::string_view why) const {
  return fail("Redis at " + to_string(where_) + ": " + redis_problem(why, where_, named_by_));
}

std::optional<failure> redis_connection::connect() {
  if (context_)
    return {};
  const auto limit = to_timeval(timeout_);
  context_.reset(where_.socket_path.empty()
                     ? redisConnectWithTimeout(where_.host.c_str(), where_.port, limit)
                     : redisConnectUnixWithTimeout(where_.socket_path.c_str(), limit));
  std::optional<failure> why;
  if (!context_)
    why = problem("out of memory");
  else if (context_->err != 0)
    why = problem(context_->errstr);
  else if (redisSetTimeout(context_.get(), limit) != REDIS_OK)
    why = problem("no timeout can be set");
  else
    why = introduce();
  if (why)
    context_.reset();
  return why;
}

/// Password and database, as the address says.
std::optional<failure> redis_connection::introduce() {
  const auto say = [this](words parts) {
    return failure_of(command_once(parts));
  };
  if (!where_.password.empty()) {
    auto why = where_.user.empty() ? say({"AUTH", where_.password})
                                   : say({"AUTH", where_.user, where_.password});
    if (why)
      return why;
  }
  return where_.database == 0 ? std::nullopt : say({"SELECT", std::to_string(where_.database)});
}

/// One command on a connection that stands; afterwards it may stand no more.
expected<redis_connection::reply_ptr> redis_connection::command_once(words parts) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto part : parts) {
    texts.push_back(part.data() ? part.data() : "");
    sizes.push_back(part.size());
  }
  reply_ptr reply{static_cast<redisReply*>(redisCommandArgv(
      context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data()))};
  if (!reply) {
    const bool late = context_->err == REDIS_ERR_IO && errno == EAGAIN;
    auto why = problem(late ? "no answer in time" : context_->errstr);
    context_.reset();
    return why;
  }
  if (reply->type == REDIS_REPLY_ERROR) {
    auto why = problem(text_of(*reply));
    // A login that ran out, a replica that became read-only: the next try begins anew.
    if (!text_of(*reply).starts_with("WRONGTYPE"))
      context_.reset();
    return why;
  }
  return reply;
}

expected<redis_connection::reply_ptr> redis_connection::command(words parts) {
  const bool used_before = context_ != nullptr;
  if (auto why = connect())
    return fail(*why);
  auto reply = command_once(parts);
  // A connection that Redis closed while we were silent shows only now; one that timed out does not
  // get a second chance.
  if (!reply.has_value() && used_before && !context_ && errno != EAGAIN) {
    if (auto why = connect())
      return fail(*why);
    return command_once(parts);
  }
  return reply;
}

/// All of them, or none -> the array of their replies. The first error among them is the failure.
expected<redis_connection::reply_ptr>
redis_connection::transaction(std::initializer_list<words> commands) {
  auto reply = command({"MULTI"});
  for (const auto& each : commands)
    if (reply.has_value())
      reply = command_once(each);
  if (reply.has_value())
    reply = command_once({"EXEC"});
  if (!reply.has_value())
    return reply;
  const auto& all = **reply;
  if (all.type != REDIS_REPLY_ARRAY || all.elements != commands.size())
    return problem("an answer of the wrong type");
  for (std::size_t i = 0; i < all.elements; ++i)
    if (all.element[i]->type == REDIS_REPLY_ERROR)
      return problem(text_of(*all.element[i]));
  return reply;
}

/// Both at once, so that they belong together: a script would do, too, but costs Redis and us two
/// more copies of the array. Sizes first: a lie is left unread.
expected<stored_values> redis_connection::load() {
  auto sizes = command({"EVAL", sizes_script, "2", key_, meta_key_});
  if (auto* why = error_of(sizes))
    return fail(std::move(*why));
  const auto& size_of = **sizes;
  if (size_of.elements != 2)
    return problem("an answer of the wrong type");
  const auto array_size = size_of.element[0]->integer;
  if (array_size < 0)
    return beside_unread(make_payload("(no text, but another of Redis' types)"));
  if (is_over(array_size, max_stored_bytes))
    return beside_unread(too_large(array_size));
  const auto meta_size = size_of.element[1]->integer;
  if (meta_size < 0 || is_over(meta_size, max_stored_bytes)) {
    auto array = read(key_, max_stored_bytes);
    if (auto* why = error_of(array))
      return fail(std::move(*why));
    return beside_unread(*std::move(array));
  }
  auto reply = transaction({{"GET", key_}, {"GET", meta_key_}});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  const auto& both = **reply;
  stored_values result;
  if (both.element[0]->type == REDIS_REPLY_STRING)
    result.array = make_payload(text_of(*both.element[0]));
  if (both.element[1]->type == REDIS_REPLY_STRING)
    result.meta = std::string{text_of(*both.element[1])};
  forget_buffer_of(result.array ? result.array->size() : 0);
  return result;
}

/// Where one of the two is not to be read whole, the beginning of the meta still tells a version.
expected<stored_values> redis_connection::beside_unread(payload_ptr array) {
  auto head = peek_meta();
  if (auto* why = error_of(head))
    return fail(std::move(*why));
  return stored_values{std::move(array), *std::move(head)};
}

/// hiredis keeps the buffer of a reply until the next one comes, which can be hours away.
void redis_connection::forget_buffer_of(std::size_t bytes) {
  if (bytes > large_reply)
    context_.reset();
}

expected<std::optional<std::string>> redis_connection::peek(const std::string& key) {
  auto reply = command({"GETRANGE", key, "0", "63"});
  if (auto* why = error_of(reply)) {
    if (why->reason.find("WRONGTYPE") != std::string::npos)
      return std::optional<std::string>{}; // nothing of ours
    return fail(std::move(*why));
  }
  const auto text = text_of(**reply);
  return text.empty() ? std::nullopt : std::optional{std::string{text}};
}

expected<std::optional<std::string>> redis_connection::peek_meta() {
  return peek(meta_key_);
}

expected<publish_verdict> redis_connection::publish(std::string_view array, std::string_view meta,
                                                    std::string_view holder,
                                                    std::uint64_t version) {
  auto reply = command({"EVAL", publish_script, "3", key_, meta_key_, lease_key_, array, meta,
                        holder, std::to_string(version)});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  const auto word = text_of(**reply);
  if (word == "published")
    return publish_verdict::published;
  return word == "lease_lost" ? publish_verdict::lease_lost : publish_verdict::superseded;
}

expected<lease_verdict> redis_connection::hold_lease(std::string_view holder,
                                                     std::chrono::milliseconds ttl) {
  auto reply =
      command({"EVAL", lease_script, "1", lease_key_, holder, std::to_string(ttl.count())});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  return text_of(**reply) == "ours" ? lease_verdict::ours : lease_verdict::another;
}

expected<bool> redis_connection::release_lease(std::string_view holder) {
  auto reply = command({"EVAL", release_script, "1", lease_key_, holder});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  return (*reply)->integer == 1;
}

std::optional<failure> redis_connection::offload(const std::string& token, std::string_view bytes,
                                                 std::chrono::seconds ttl) {
  return failure_of(command({"SET", token, bytes, "EX", std::to_string(ttl.count())}));
}

expected<payload_ptr> redis_connection::recover(const std::string& token, std::size_t most) {
  if (!is_token(token) || token == key_) // never another key
    return payload_ptr{};
  return read(token, most);
}

expected<payload_ptr> redis_connection::read(const std::string& key, std::size_t most) {
  auto size = command({"STRLEN", key});
  if (auto* why = error_of(size))
    return fail(std::move(*why));
  if (const auto bytes = (*size)->integer; is_over(bytes, most))
    return too_large(bytes);
  auto reply = command({"GET", key});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  const auto& value = **reply;
  if (value.type != REDIS_REPLY_STRING)
    return payload_ptr{};
  forget_buffer_of(value.len);
  return make_payload(text_of(value));
}

std::optional<failure> redis_connection::keep_records(std::string_view report,
                                                      std::string_view explanations,
                                                      std::size_t most_reports) {
  const auto last = std::to_string(most_reports - 1);
  const words devices{"SET", devices_key_, explanations}, push{"LPUSH", history_key_, report};
  const words trim{"LTRIM", history_key_, "0", last};
  return failure_of(transaction({devices, push, trim}));
}

expected<std::vector<std::string>> redis_connection::load_reports(std::size_t most) {
  auto reply = command({"EVAL", reports_script, "1", history_key_, std::to_string(most - 1),
                        std::to_string(max_report_bytes + 1)});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  const auto& list = **reply;
  std::vector<std::string> result;
  for (std::size_t i = 0; i < list.elements; ++i)
    result.emplace_back(text_of(*list.element[i]));
  return result;
}

expected<std::optional<std::string>> redis_connection::peek_explanations() {
  return peek(devices_key_);
}

expected<payload_ptr> redis_connection::load_explanations(std::size_t most) {
  return read(devices_key_, most);
}

std::optional<failure> redis_connection::ping() {
  return failure_of(command({"PING"}));
}

} // namespace hawkeye
