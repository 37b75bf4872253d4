#include "tests/simulation/replica.hpp"

namespace hawkeye::simulation {

namespace {

constexpr const char* observer = "observer";

/// The wall clock to the nanosecond, so that two builds are never taken for one.
platform make_environment(test::virtual_system& world, std::uint64_t seed) {
  auto result = world.world(seed);
  result.wall_clock = [&world] {
    const auto passed = world.now() - world.begin + std::chrono::seconds{world.wall_clock_jump};
    const auto whole = std::chrono::floor<std::chrono::seconds>(passed);
    return timestamp{1'600'000'000 + whole.count(),
                     static_cast<std::int32_t>(std::chrono::nanoseconds{passed - whole}.count())};
  };
  return result;
}

} // namespace

replica::replica(test::virtual_system& world, const settings& options,
                 std::shared_ptr<test::redis_memory> memory,
                 std::shared_ptr<const redis_watch> watch, std::size_t who, std::uint64_t seed,
                 publish_handler on_publish)
    : who{who}, world_{world}, subject_{options.nats.subject} {
  via->inbox = "_INBOX.replica" + std::to_string(who);
  via->on_publish = [this, on_publish](const test::published_message& message) {
    if (message.subject == observer)
      observed_ = message.data;
    else if (!dead)
      on_publish(*this, message);
  };
  const auto make_redis = [memory, watch] {
    return std::make_unique<watched_redis>(memory, watch);
  };
  service_.emplace(
      world.system, options,
      service_seams{via, make_redis, make_redis, make_environment(world, seed), false});
  service_->open();
}

replica::~replica() {
  if (!dead)
    die();
  via->on_publish = nullptr;
}

void replica::die() {
  dead = true;
  via->close();
  service_->actors().for_each(
      [](const auto& actor, const char*) { caf::anon_send_exit(actor, caf::exit_reason::kill); });
  world_.settle();
}

/// Without waiting for what it has begun: that is what a SIGKILL after some seconds does.
void replica::stop() {
  via->unsubscribe(subject_, {});
  caf::anon_send(service_->actors().lease, release_atom_v);
  world_.settle();
  die();
}

bool replica::listens() const {
  return !dead && !deaf && !via->closed && via->handlers.contains(subject_);
}

void replica::deliver(const std::string& subject, const std::string& reply, std::string_view data,
                      bool no_responders) {
  if (!dead && !deaf && !via->closed)
    via->deliver(subject, reply, data, no_responders);
}

std::string replica::observe() {
  const auto closed = std::exchange(via->closed, false);
  const auto limit = std::exchange(via->limit, std::nullopt);
  observed_.clear();
  const bool taken = via->deliver(subject_, observer, R"({"request_id":0,"body":{}})");
  world_.settle();
  via->closed = closed;
  via->limit = limit;
  via->published.clear();
  if (!taken)
    return "-";
  constexpr std::string_view head = R"({"request_id":0,"body":)", tail = R"(,"status":200})";
  const std::string_view reply = observed_;
  if (reply.starts_with(head) && reply.ends_with(tail))
    return observed_.substr(head.size(), reply.size() - head.size() - tail.size());
  if (reply.ends_with(R"(,"status":404})"))
    return "[]";
  return reply == R"({"request_id":0,"body":"Cache is still being built","status":202})" ? "" : "?";
}

void replica::request_refresh(const std::string& serial) {
  caf::anon_send(service_->actors().scheduler, refresh_atom_v, serial);
}

void replica::reload(const settings& next) {
  service_->reload(next);
}

} // namespace hawkeye::simulation
