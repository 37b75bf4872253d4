#include "actors/redis/connection.hpp"

#include <algorithm>
#include <vector>

#include <netdb.h>

#include "actors/redis/scripts.hpp"
#include "actors/redis/tls.hpp"
#include "messages/base/limits.hpp"
#include "messages/config/login_error_hint.hpp"
#include "messages/config/redis_uri.hpp"
#include "messages/history/refresh_report.hpp"
#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye {

namespace {

/// A connection is closed after a reply of more bytes than this, which frees its buffer.
constexpr std::size_t max_kept_buffer = 1u << 20;
/// The least time for an attempt to connect, even if the time is used up.
constexpr duration shortest_attempt = 10ms;
/// The open incidents take some hundred bytes; a larger value is another program's.
constexpr std::size_t max_incident_bytes = 64u << 10;

timeval to_timeval(duration x) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(x).count();
  return {us / 1'000'000, us % 1'000'000};
}

std::string_view text_of(const redisReply& x) {
  return x.str ? std::string_view{x.str, static_cast<std::size_t>(x.len)} : std::string_view{};
}

const auto is_one = [](const auto& reply) {
  return reply->integer == 1;
};

/// The value of a key. A key of another type is another program's: it counts as missing.
template <class T>
expected<T> missing_if_foreign(expected<T> value) {
  if (!value && value.error().reason.find("WRONGTYPE") != std::string::npos)
    return T{};
  return value;
}

std::optional<std::string> text_or_none(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string>{text};
}

bool exceeds(long long bytes, std::size_t most) {
  return bytes > static_cast<long long>(most);
}

/// All addresses of a name: hiredis tries only the first.
std::vector<std::string> addresses_of(const std::string& host) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
    return {};
  std::vector<std::string> result;
  for (const auto* x = found; x; x = x->ai_next) {
    char text[NI_MAXHOST] = "";
    if (::getnameinfo(x->ai_addr, x->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST)
        == 0)
      result.emplace_back(text);
  }
  ::freeaddrinfo(found);
  return result;
}

/// Takes the place of a value that is not read. It is not JSON, so every reader rejects it and
/// quotes it.
payload_ptr too_large(long long bytes) {
  return make_payload("(" + std::to_string(bytes) + " bytes, too many to be read)");
}

} // namespace

redis_connection::redis_connection(redis_address address, std::string key, duration timeout,
                                   std::string named_by)
    : address_{std::move(address)}, key_{std::move(key)}, meta_key_{key_ + ":meta"},
      lease_key_{key_ + ":lease"}, history_key_{key_ + ":history"}, devices_key_{key_ + ":devices"},
      incidents_key_{key_ + ":incidents"}, timeout_{timeout}, named_by_{std::move(named_by)},
      peer_{address_}, sentinels_{address_.sentinels} {}

unexpected_failure redis_connection::problem(std::string_view why) const {
  return fail("Redis at {}: {}", to_string(peer_), redis_problem(why, address_, named_by_));
}

std::optional<failure> redis_connection::connect() {
  if (context_)
    return {};
  refuses_writes_ = false;
  const auto until = std::chrono::steady_clock::now() + timeout_;
  auto why = address_.sentinels.empty() ? open_at({address_.host, address_.port}, until)
                                        : open_at_master(until);
  if (!why)
    why = log_in_and_select();
  if (why)
    context_.reset();
  closed_ = false;
  return why;
}

/// Connects to `to`, or to the socket if the address names one.
std::optional<failure> redis_connection::open_at(const host_port& to, time_limit until) {
  peer_ = address_;
  peer_.host = to.host;
  peer_.port = to.port;
  peer_.sentinels.clear();
  if (peer_.socket_path.empty()) {
    if (auto why = open_tcp(until))
      return why;
  } else {
    context_.reset(redisConnectUnixWithTimeout(peer_.socket_path.c_str(), to_timeval(timeout_)));
  }
  if (!context_)
    return problem("out of memory");
  if (context_->err != 0)
    return problem(context_->errstr);
  if (redisSetTimeout(context_.get(), to_timeval(timeout_)) != REDIS_OK)
    return problem("no timeout can be set");
  if (peer_.tls)
    if (auto why = start_redis_tls(*context_, peer_))
      return problem(why->reason);
  return {};
}

/// Connects to the first address of the host that accepts. The remaining time is divided evenly
/// among the remaining addresses. Resolving the name does not count: it may take seconds.
std::optional<failure> redis_connection::open_tcp(time_limit until) {
  const auto began = std::chrono::steady_clock::now();
  auto left = addresses_of(peer_.host);
  until += std::chrono::steady_clock::now() - began;
  if (left.empty())
    return problem("the name cannot be resolved");
  do {
    const auto share = (until - std::chrono::steady_clock::now()) / left.size();
    const auto limit = to_timeval(std::max<duration>(share, shortest_attempt));
    context_.reset(redisConnectWithTimeout(left.front().c_str(), peer_.port, limit));
    left.erase(left.begin());
  } while (!left.empty() && (!context_ || context_->err != 0));
  return {};
}

/// Asks the sentinels in turn for the master, until one names a master that accepts the connection.
/// The next call begins with another sentinel: one that has lost contact with the others may name
/// an old master for a long time.
std::optional<failure> redis_connection::open_at_master(time_limit until) {
  const auto in_order = sentinels_;
  std::rotate(sentinels_.begin(), sentinels_.begin() + 1, sentinels_.end());
  std::string reasons;
  for (auto sentinel = in_order.begin(); sentinel != in_order.end(); ++sentinel) {
    const auto now = std::chrono::steady_clock::now();
    const auto share = (until - now) / (in_order.end() - sentinel + 1);
    const auto master = ask_sentinel(*sentinel, now + share);
    auto why = master ? open_at(*master, until) : std::optional{master.error()};
    if (!why)
      return {};
    reasons += (reasons.empty() ? "" : "; ") + why->reason;
  }
  return fail("no sentinel names a master that can be reached: {}", reasons);
}

expected<host_port> redis_connection::ask_sentinel(const host_port& sentinel, time_limit until) {
  const auto open = [&] {
    auto why = open_at(sentinel, until);
    const auto left =
        std::max<duration>(until - std::chrono::steady_clock::now(), shortest_attempt);
    if (!why)
      redisSetTimeout(context_.get(), to_timeval(left));
    return why;
  };
  if (auto why = open())
    return fail(std::move(*why));
  // Many sentinels have no password and answer without one. A sentinel that needs another password
  // reports that below.
  const auto refused = address_.password.empty() ? std::nullopt : log_in();
  if (!context_)
    if (auto why = open())
      return fail(std::move(*why));
  auto reply = command_once({"SENTINEL", "get-master-addr-by-name", address_.master_name});
  if (!reply)
    return fail(refused ? *refused : reply.error());
  const auto& master = **reply;
  if (master.type != REDIS_REPLY_ARRAY || master.elements != 2)
    return problem(fmt::format("it knows no master \"{}\": mend the name in {}",
                               address_.master_name, named_by_));
  return host_port{std::string{text_of(*master.element[0])},
                   whole_number<std::uint16_t>(text_of(*master.element[1])).value_or(0)};
}

std::optional<failure> redis_connection::log_in() {
  return failure_of(address_.user.empty()
                        ? command_once({"AUTH", address_.password})
                        : command_once({"AUTH", address_.user, address_.password}));
}

/// Sends the password and selects the database of the address.
std::optional<failure> redis_connection::log_in_and_select() {
  if (!address_.password.empty())
    if (auto why = log_in())
      return why;
  return address_.database == 0
             ? std::nullopt
             : failure_of(command_once({"SELECT", std::to_string(address_.database)}));
}

/// Sends one command on an open connection, which an error may close.
expected<redis_connection::reply_ptr> redis_connection::command_once(words parts) {
  closed_ = refuses_writes_ = false;
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto part : parts) {
    texts.push_back(part.data() ? part.data() : "");
    sizes.push_back(part.size());
  }
  reply_ptr reply{static_cast<redisReply*>(redisCommandArgv(
      context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data()))};
  if (!reply) {
    const bool io_error = context_->err == REDIS_ERR_IO, late = io_error && errno == EAGAIN;
    const auto tls = peer_.tls ? last_tls_error() : std::string{};
    closed_ = !late && (io_error || context_->err == REDIS_ERR_EOF);
    auto why = problem(!tls.empty() ? tls : late ? "no answer in time" : context_->errstr);
    context_.reset();
    return why;
  }
  if (reply->type == REDIS_REPLY_ERROR) {
    const auto text = text_of(*reply);
    refuses_writes_ = redis_refuses_writes(text);
    auto why = problem(text);
    // The login may have expired, or the server may have become a replica: the next attempt
    // connects again.
    if (!text.starts_with("WRONGTYPE"))
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
  // A connection that Redis closed while it was idle fails only now, so it is retried once. A
  // command that timed out is not.
  if (!reply && used_before && closed_) {
    if (auto why = connect())
      return fail(*why);
    return command_once(parts);
  }
  return reply;
}

/// A command whose reply is an array of `size` elements.
expected<redis_connection::reply_ptr> redis_connection::command_for_array(words parts,
                                                                          std::size_t size) {
  auto reply = command(parts);
  if (reply && (*reply)->elements != size)
    return problem("an answer of the wrong type");
  return reply;
}

/// Runs all commands or none -> the array of their replies. If one of them failed, its error is the
/// failure.
expected<redis_connection::reply_ptr>
redis_connection::transaction(std::initializer_list<words> commands) {
  auto reply = queue(commands);
  if (!reply && closed_) // none of the commands was run
    reply = queue(commands);
  if (reply)
    reply = command_once({"EXEC"});
  if (!reply)
    return reply;
  const auto& all = **reply;
  if (all.type != REDIS_REPLY_ARRAY || all.elements != commands.size())
    return problem("an answer of the wrong type");
  for (std::size_t i = 0; i < all.elements; ++i)
    if (all.element[i]->type == REDIS_REPLY_ERROR)
      return problem(text_of(*all.element[i]));
  return reply;
}

/// Queues the commands of a transaction, up to the EXEC.
expected<redis_connection::reply_ptr>
redis_connection::queue(std::initializer_list<words> commands) {
  auto reply = command({"MULTI"});
  for (const auto& each : commands)
    if (reply)
      reply = command_once(each);
  return reply;
}

/// Reads both keys in one transaction, so that they belong together. A script would do that, too,
/// but costs Redis and us two more copies of the array. The sizes are read first: a value that is
/// too large is not read. If one of the two is not read whole, the head of the meta still contains
/// a version.
expected<stored_values> redis_connection::load() {
  auto peeked = command_for_array({"EVAL", peek_script, "2", key_, meta_key_}, 3);
  if (auto* why = error_of(peeked))
    return fail(std::move(*why));
  const auto& parts = **peeked;
  const auto with_head = [&](payload_ptr array) {
    return stored_values{std::move(array), text_or_none(text_of(*parts.element[0]))};
  };
  const auto array_size = parts.element[1]->integer, meta_size = parts.element[2]->integer;
  if (array_size < 0)
    return with_head(make_payload("(no text, but another of Redis' types)"));
  if (exceeds(array_size, max_stored_bytes))
    return with_head(too_large(array_size));
  if (meta_size < 0 || exceeds(meta_size, max_stored_bytes))
    return read(key_, max_stored_bytes).map(with_head);
  auto reply = transaction({{"GET", key_}, {"GET", meta_key_}});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  const auto& both = **reply;
  stored_values result;
  if (both.element[0]->type == REDIS_REPLY_STRING)
    result.array = make_payload(text_of(*both.element[0]));
  if (both.element[1]->type == REDIS_REPLY_STRING)
    result.meta = std::string{text_of(*both.element[1])};
  release_buffer(result.array ? result.array->size() : 0);
  return result;
}

/// hiredis keeps the buffer of a reply until the next reply, which can be hours later.
void redis_connection::release_buffer(std::size_t bytes) {
  if (bytes > max_kept_buffer)
    context_.reset();
}

expected<std::optional<std::string>> redis_connection::peek_explanations() {
  const auto head_in = [](const reply_ptr& reply) {
    return text_or_none(text_of(*reply));
  };
  return missing_if_foreign(
      command({"GETRANGE", devices_key_, "0", std::to_string(meta_head_bytes - 1)}).map(head_in));
}

expected<stored_sizes> redis_connection::peek() {
  const auto sizes_in = [](const reply_ptr& parts) {
    return stored_sizes{std::string{text_of(*parts->element[0])}, parts->element[1]->integer};
  };
  return command_for_array({"EVAL", peek_script, "2", key_, meta_key_}, 3).map(sizes_in);
}

expected<std::string> redis_connection::eviction_policy() {
  return command({"INFO", "memory"}).map([](const reply_ptr& reply) {
    constexpr std::string_view field = "maxmemory_policy:";
    const auto text = text_of(*reply);
    const auto begin = text.find(field);
    if (begin == std::string_view::npos)
      return std::string{};
    const auto value = text.substr(begin + field.size());
    return std::string{value.substr(0, value.find_first_of("\r\n"))};
  });
}

expected<publish_verdict> redis_connection::publish(std::string_view array, std::string_view meta,
                                                    std::string_view expected_head) {
  auto reply = command({"EVAL", publish_script, "2", key_, meta_key_, array, meta, expected_head});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  return text_of(**reply) == "published" ? publish_verdict::published : publish_verdict::superseded;
}

expected<lease_verdict> redis_connection::hold_lease(std::string_view holder,
                                                     std::chrono::milliseconds ttl) {
  auto reply = command_for_array(
      {"EVAL", lease_script, "1", lease_key_, holder, std::to_string(ttl.count())}, 2);
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  const auto& both = **reply;
  const auto refused = text_of(*both.element[1]);
  refusal_ = refused.empty() ? std::string{} : problem(refused).value().reason;
  if (!refused.empty())
    context_.reset(); // this address may lead to a new master, or sentinels may know one
  const auto holds_it = text_of(*both.element[0]);
  return holds_it == "ours"   ? lease_verdict::ours
         : holds_it == "free" ? lease_verdict::free
                              : lease_verdict::another;
}

expected<bool> redis_connection::release_lease(std::string_view holder) {
  return command({"EVAL", release_script, "1", lease_key_, holder}).map(is_one);
}

std::optional<failure> redis_connection::offload(const std::string& token, std::string_view bytes,
                                                 std::chrono::seconds ttl) {
  return failure_of(command({"SET", token, bytes, "EX", std::to_string(ttl.count())}));
}

expected<payload_ptr> redis_connection::recover(const std::string& token, std::size_t most) {
  if (!is_token(token) || token == key_) // never another key
    return payload_ptr{};
  return missing_if_foreign(read(token, most));
}

expected<bool> redis_connection::has_payload(const std::string& token) {
  return command({"EXISTS", token}).map(is_one);
}

expected<payload_ptr> redis_connection::read(const std::string& key, std::size_t most) {
  auto size = command({"STRLEN", key});
  if (auto* why = error_of(size))
    return fail(std::move(*why));
  if (const auto bytes = (*size)->integer; exceeds(bytes, most))
    return too_large(bytes);
  auto reply = command({"GET", key});
  if (auto* why = error_of(reply))
    return fail(std::move(*why));
  const auto& value = **reply;
  if (value.type != REDIS_REPLY_STRING)
    return payload_ptr{};
  release_buffer(value.len);
  return make_payload(text_of(value));
}

std::optional<failure> redis_connection::keep_records(std::string_view report,
                                                      std::string_view explanations,
                                                      std::size_t most_reports) {
  return failure_of(command({"EVAL", keep_script, "2", devices_key_, history_key_, explanations,
                             report, std::to_string(most_reports - 1)}));
}

expected<std::optional<std::string>> redis_connection::load_incidents() {
  const auto text_in = [](const payload_ptr& bytes) {
    return bytes ? std::optional<std::string>{bytes->view()} : std::nullopt;
  };
  return missing_if_foreign(read(incidents_key_, max_incident_bytes).map(text_in));
}

std::optional<failure> redis_connection::keep_incidents(std::string_view incidents) {
  return failure_of(command({"SET", incidents_key_, incidents}));
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

expected<payload_ptr> redis_connection::load_explanations(std::size_t most) {
  return read(devices_key_, most);
}

std::optional<failure> redis_connection::try_offloading(const std::string& token) {
  return failure_of(command({"SET", token, "", "XX", "EX", "1"}));
}

} // namespace hawkeye
