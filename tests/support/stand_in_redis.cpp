// The stand-in's side of the token exchange.
#include "tests/support/stand_in_redis.hpp"

#include <charconv>

#include <hiredis/hiredis.h>

#include "tests/support/stand_in_reply.hpp"

namespace hawkeye::stand_in {

namespace {

constexpr timeval timeout_limit{2, 0};

struct reply_closer {
  void operator()(redisReply* x) const {
    freeReplyObject(x);
  }
};
using reply_ptr = std::unique_ptr<redisReply, reply_closer>;

template <class... Ts>
reply_ptr command(redisContext* via, const char* format, Ts... xs) {
  return reply_ptr{static_cast<redisReply*>(redisCommand(via, format, xs...))};
}

bool is_ok(const reply_ptr& x) {
  return x && x->type == REDIS_REPLY_STATUS;
}

std::string cut(std::string& rest, char end) {
  const auto at = rest.find(end);
  const auto part = rest.substr(0, at);
  rest.erase(0, at == std::string::npos ? rest.size() : at + 1);
  return part;
}

} // namespace

redis_shelf::redis_shelf(std::string url) : url_{std::move(url)} {}
redis_shelf::~redis_shelf() = default;

void redis_shelf::closer::operator()(redisContext* x) const {
  redisFree(x);
}

bool redis_shelf::connect() {
  if (context_ && context_->err == 0)
    return true;
  if (url_.empty())
    return false;
  auto rest = url_;
  if (rest.rfind("unix://", 0) == 0) {
    context_.reset(redisConnectUnixWithTimeout(rest.c_str() + 7, timeout_limit));
    return context_ && context_->err == 0
           && redisSetTimeout(context_.get(), timeout_limit) == REDIS_OK;
  }
  rest.erase(0, rest.rfind("redis://", 0) == 0 ? 8 : 0);
  const auto login = rest.find('@') == std::string::npos ? "" : cut(rest, '@');
  const auto host = cut(rest, ':');
  const auto port_text = cut(rest, '/');
  int port = 6'379;
  std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  context_.reset(redisConnectWithTimeout(host.c_str(), port, timeout_limit));
  if (!context_ || context_->err != 0 || redisSetTimeout(context_.get(), timeout_limit) != REDIS_OK)
    return false;
  if (!login.empty()) {
    auto password = login;
    const auto user = cut(password, ':');
    if (!is_ok(user.empty()
                   ? command(context_.get(), "AUTH %s", password.c_str())
                   : command(context_.get(), "AUTH %s %s", user.c_str(), password.c_str())))
      return false;
  }
  return rest.empty() || is_ok(command(context_.get(), "SELECT %s", rest.c_str()));
}

std::optional<std::string> redis_shelf::put(std::string_view payload) {
  const std::lock_guard lock{mutex_};
  if (!connect())
    return {};
  auto token = new_token();
  if (!is_ok(command(context_.get(), "SET %s %b EX 300", token.c_str(), payload.data(),
                     payload.size())))
    return {};
  return token;
}

std::optional<std::string> redis_shelf::get(const std::string& token) {
  const std::lock_guard lock{mutex_};
  if (!connect())
    return {};
  const auto found = command(context_.get(), "GET %s", token.c_str());
  if (!found || found->type != REDIS_REPLY_STRING)
    return {};
  return std::string{found->str, found->len};
}

} // namespace hawkeye::stand_in
