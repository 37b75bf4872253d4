#include "tests/soak/hostile_clients.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <arpa/inet.h>
#include <nats/nats.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/soak/hostile_bytes.hpp"
#include "tests/support/http_client.hpp"

namespace hawkeye::soak {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using clock = std::chrono::steady_clock;

/// After it a request counts as unanswered.
constexpr auto answer_limit = 10s;
const std::string answer_inbox = "_INBOX.hostile.answers.";

/// As much as `bytes_per_second` allows, on the average since the begin.
class pace {
public:
  explicit pace(double bytes_per_second) : bytes_per_second_{bytes_per_second} {}
  void sent(std::size_t bytes) {
    bytes_ += static_cast<double>(bytes);
    const auto due = begin_ + std::chrono::duration<double>(bytes_ / bytes_per_second_);
    // In short steps, so that an end is noticed; behind the time at once, as after an outage.
    std::this_thread::sleep_until(
        std::min<std::chrono::time_point<clock, std::chrono::duration<double>>>(due, clock::now()
                                                                                         + 500ms));
  }

private:
  double bytes_per_second_, bytes_ = 0;
  clock::time_point begin_ = clock::now();
};

/// A reply of the contract: id, body and status; or id and token. Or what `$SRV` answers. The id is
/// left out of it: it is the sender's, and JSON allows more than parsers here (lone surrogates,
/// numbers of a thousand digits).
bool well_formed(std::string_view reply) {
  const auto field = [&](std::string_view name) {
    return reply.find(name);
  };
  const auto rest = std::min(field(R"(,"body":)"), field(R"(,"is_stored":)"));
  if (!reply.starts_with(R"({"request_id":)") || rest == std::string_view::npos) {
    const auto discovered = json::parse(reply, nullptr, false);
    return discovered.is_object() && discovered.contains("type");
  }
  const auto parsed = json::parse("{" + std::string{reply.substr(rest + 1)}, nullptr, false);
  return parsed.is_object()
         && ((parsed.contains("body") && parsed.contains("status")) || parsed.contains("token"));
}

/// Whatever is said there. Not on inboxes and other services' discovery; what instances ask each
/// other is answered only where it is well-formed.
bool is_answered(std::string_view subject) {
  if (subject.starts_with("$SRV."))
    return subject.find('7') == std::string_view::npos;
  return subject.starts_with("hawkeye.") && !subject.ends_with(".updated")
         && !subject.ends_with(".leader");
}

/// The last part of the reply's subject says which request it answers.
void take_answer(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  auto& counts = *static_cast<hostile_tally*>(closure);
  const std::string_view reply{natsMsg_GetData(message),
                               static_cast<std::size_t>(natsMsg_GetDataLength(message))};
  const char* status = nullptr;
  const bool nobody = reply.empty() && natsMsgHeader_Get(message, "Status", &status) == NATS_OK;
  if (!nobody) { // "no responders": the server's, while the service is not connected
    ++counts.answers;
    const std::string_view subject{natsMsg_GetSubject(message)};
    counts.pending.answered(std::strtoull(&subject[subject.rfind('.') + 1], nullptr, 10));
    if (!well_formed(reply) && ++counts.bad_answers <= 3)
      std::cout << "bad answer to hostile input: " << reply.substr(0, 300) << " (" << reply.size()
                << " bytes)\n";
  }
  natsMsg_Destroy(message);
}

/// To one of the subjects; how many bytes it were.
std::size_t send_one(natsConnection* made, const std::vector<std::string>& subjects,
                     hostile_bytes& bytes, hostile_tally& counts) {
  const auto most = static_cast<std::size_t>(natsConnection_GetMaxPayload(made));
  const auto& subject = subjects[bytes.draw() % subjects.size()];
  const auto data = bytes.message(most);
  const auto size = static_cast<int>(data.size());
  // One of eight awaits no answer, one wants it where the service may not publish.
  const auto kind = bytes.draw() % 8;
  const auto number = ++counts.nats_messages;
  const bool due = kind > 1 && is_answered(subject);
  if (due)
    counts.pending.sent(number, subject + ' ' + data.substr(0, 200));
  const auto reply = kind == 1 ? "forbidden" : answer_inbox + std::to_string(number);
  const auto sent = kind == 0 ? natsConnection_Publish(made, subject.c_str(), data.data(), size)
                              : natsConnection_PublishRequest(made, subject.c_str(), reply.c_str(),
                                                              data.data(), size);
  if (sent == NATS_OK) {
    counts.awaited += due;
    counts.nats_bytes += data.size();
  } else {
    counts.pending.answered(number);
  }
  return data.size();
}

class raw_connection {
public:
  explicit raw_connection(std::uint16_t port)
      : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const timeval timeout_limit{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout_limit, sizeof timeout_limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout_limit, sizeof timeout_limit);
    open_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~raw_connection() {
    ::close(fd_);
  }
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;

  bool open() const {
    return open_;
  }
  /// How many of the bytes the other side took; it may close at any time.
  std::size_t send(std::string_view bytes) {
    std::size_t sent = 0;
    while (open_ && sent < bytes.size()) {
      const auto got = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      open_ = got > 0;
      sent += open_ ? static_cast<std::size_t>(got) : 0;
    }
    return sent;
  }
  void read_once() const {
    std::array<char, 65'536> answer{};
    [[maybe_unused]] const auto got = ::recv(fd_, answer.data(), answer.size(), 0);
  }

private:
  int fd_;
  bool open_ = false;
};

} // namespace

std::vector<std::string> subjects_of_service(std::uint16_t monitoring_port) {
  const auto page = test::http_client{monitoring_port}.get("/connz?subs=1");
  const auto all = page ? json::parse(page->body, nullptr, false) : json{};
  for (const auto& connection : all.value("connections", json::array())) {
    auto subjects = connection.value("subscriptions_list", std::vector<std::string>{});
    if (std::find(subjects.begin(), subjects.end(), test::rpc_subject) == subjects.end())
      continue;
    // Of the inboxes, one for each question that is open at once, one will do.
    const auto is_inbox = [](const std::string& x) {
      return x.starts_with("_INBOX.");
    };
    const auto first = std::find_if(subjects.begin(), subjects.end(), is_inbox);
    if (first != subjects.end())
      subjects.erase(std::remove_if(first + 1, subjects.end(), is_inbox), subjects.end());
    for (auto& subject : subjects)
      std::replace(subject.begin(), subject.end(), '*', '7');
    if (std::erase(subjects, "$SRV.>") > 0)
      for (const auto* verb : {"PING", "INFO", "STATS", "7"})
        subjects.push_back(std::string{"$SRV."} + verb);
    return subjects;
  }
  throw std::runtime_error{"nats-server knows no connection that serves"};
}

void awaited_answers::sent(std::uint64_t request, std::string what) {
  const std::lock_guard lock{mutex_};
  pending_.emplace(request, awaited{clock::now(), std::move(what)});
}

void awaited_answers::answered(std::uint64_t request) {
  const std::lock_guard lock{mutex_};
  pending_.erase(request);
}

bool awaited_answers::empty() const {
  const std::lock_guard lock{mutex_};
  return pending_.empty();
}

std::uint64_t awaited_answers::give_up(clock::time_point limit, const chaos::outages& nats) {
  const std::lock_guard lock{mutex_};
  std::uint64_t blamed = 0;
  while (!pending_.empty() && pending_.begin()->second.at < limit) {
    const auto& [at, what] = pending_.begin()->second;
    if (!nats.any(at) && ++blamed <= 3)
      std::cout << "no answer to hostile input: " << what << '\n';
    pending_.erase(pending_.begin());
  }
  return blamed;
}

hostile_clients::hostile_clients(std::string nats_url, std::vector<std::string> subjects,
                                 std::uint16_t http_port, double bytes_per_second,
                                 std::uint64_t seed, hostile_tally& counts,
                                 const chaos::outages& nats)
    : nats_url_{std::move(nats_url)}, subjects_{std::move(subjects)}, http_port_{http_port},
      bytes_per_second_{bytes_per_second}, counts_{counts}, nats_{nats} {
  threads_.emplace_back([this, seed] { send_over_nats(seed); });
  threads_.emplace_back([this, seed] { send_over_http(seed + 1); });
  threads_.emplace_back([this] { drip(); });
}

hostile_clients::~hostile_clients() {
  stopping_ = true;
  for (auto& thread : threads_)
    thread.join();
}

void hostile_clients::send_over_nats(std::uint64_t seed) {
  natsConnection* made = nullptr;
  if (!test::eventually(
          [&] { return natsConnection_ConnectTo(&made, nats_url_.c_str()) == NATS_OK; }))
    return;
  const std::unique_ptr<natsConnection, void (*)(natsConnection*)> via{made,
                                                                       natsConnection_Destroy};
  natsSubscription* subscription = nullptr;
  natsConnection_Subscribe(&subscription, made, (answer_inbox + '*').c_str(), take_answer,
                           &counts_);
  hostile_bytes bytes{seed};
  pace with{bytes_per_second_};
  while (!stopping_) {
    if (held_) {
      std::this_thread::sleep_for(10ms);
      continue;
    }
    with.sent(send_one(made, subjects_, bytes, counts_));
    give_up_before(clock::now() - answer_limit);
  }
  const auto end = clock::now();
  test::eventually([this] { return counts_.pending.empty(); }, answer_limit);
  give_up_before(end);
  natsSubscription_Destroy(subscription);
}

void hostile_clients::give_up_before(clock::time_point limit) {
  counts_.unanswered_with_nats += counts_.pending.give_up(limit, nats_);
}

void hostile_clients::send_over_http(std::uint64_t seed) {
  hostile_bytes bytes{seed};
  pace with{bytes_per_second_ / 10};
  while (!stopping_) {
    const auto data = bytes.http();
    raw_connection to{http_port_};
    const auto sent = to.send(data);
    if (bytes.draw() % 2 == 0) // the others go without hearing the answer
      to.read_once();
    counts_.http_bytes += sent;
    ++counts_.http_requests;
    with.sent(data.size());
  }
}

/// Each sends a byte every 200 ms and never ends its request; who is cut off comes again.
void hostile_clients::drip() const {
  constexpr std::size_t most = 16;
  constexpr std::string_view request = "GET /api/devices?search=drip";
  std::vector<std::unique_ptr<raw_connection>> slow(most);
  for (std::size_t i = 0; !stopping_; ++i) {
    for (auto& each : slow) {
      if (!each || !each->open())
        each = std::make_unique<raw_connection>(http_port_);
      each->send(request.substr(i % request.size(), 1));
    }
    std::this_thread::sleep_for(200ms);
  }
}

} // namespace hawkeye::soak
