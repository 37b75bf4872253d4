#include "messages/config/settings_change.hpp"

#include <utility>

namespace hawkeye {

namespace {

class comparison {
public:
  explicit comparison(settings_change& into) : into_{into} {}

  template <class T>
  void fixed(const char* key, const T& running, const T& read) {
    if (!(running == read))
      into_.at_restart.emplace_back(key);
  }

  template <class T>
  void live(const char* key, T& running, const T& read) {
    if (running == read)
      return;
    running = read;
    into_.live.emplace_back(key);
  }

private:
  settings_change& into_;
};

void compare_nats(comparison& c, const nats_settings& a, const nats_settings& b) {
  c.fixed("nats.servers", a.servers, b.servers);
  c.fixed("nats.user", a.user, b.user);
  c.fixed("nats.password", a.password, b.password);
  c.fixed("nats.token", a.token, b.token);
  c.fixed("nats.credentials-file", a.credentials_file, b.credentials_file);
  c.fixed("nats.nkey-seed-file", a.nkey_seed_file, b.nkey_seed_file);
  c.fixed("nats.tls-ca", a.tls_ca, b.tls_ca);
  c.fixed("nats.tls-cert", a.tls_cert, b.tls_cert);
  c.fixed("nats.tls-key", a.tls_key, b.tls_key);
  c.fixed("nats.subject", a.subject, b.subject);
  c.fixed("nats.queue", a.queue, b.queue);
  c.fixed("nats.max-pending", a.max_pending, b.max_pending);
}

void compare_redis(comparison& c, const redis_settings& a, const redis_settings& b) {
  c.fixed("redis.uri", a.address, b.address);
  c.fixed("redis.payload-uri", a.payload_address, b.payload_address);
  c.fixed("redis.tls-ca", a.tls_ca, b.tls_ca);
  c.fixed("redis.tls-cert", a.tls_cert, b.tls_cert);
  c.fixed("redis.tls-key", a.tls_key, b.tls_key);
  c.fixed("redis.allow-plaintext-password", a.allow_plaintext_password, b.allow_plaintext_password);
  c.fixed("redis.key", a.key, b.key);
  c.fixed("redis.payload-ttl", a.payload_ttl, b.payload_ttl);
  c.fixed("redis.timeout", a.timeout, b.timeout);
}

void compare_refresh(comparison& c, refresh_settings& a, const refresh_settings& b) {
  c.live("refresh.interval", a.interval, b.interval);
  c.live("refresh.jitter", a.jitter, b.jitter); // its default follows the interval
  c.fixed("refresh.retry-min", a.retry_min, b.retry_min);
  c.fixed("refresh.retry-max", a.retry_max, b.retry_max);
  c.fixed("refresh.alert-after-attempts", a.alert_after_attempts, b.alert_after_attempts);
  c.fixed("refresh.deadline", a.deadline, b.deadline);
  c.fixed("refresh.max-stale", a.max_stale, b.max_stale);
  c.fixed("refresh.guard-min-devices", a.guard_min_devices, b.guard_min_devices);
  c.fixed("refresh.guard-max-drop", a.guard_max_drop, b.guard_max_drop);
  c.fixed("refresh.guard-confirm-after", a.guard_confirm_after, b.guard_confirm_after);
}

void compare_bridges(comparison& c, settings& a, const settings& b) {
  c.fixed("hawkeye.subject", a.hawkeye.subject, b.hawkeye.subject);
  c.fixed("hawkeye.timeout", a.hawkeye.timeout, b.hawkeye.timeout);
  c.fixed("bruin.client-info-subject", a.bruin.client_info_subject, b.bruin.client_info_subject);
  c.fixed("bruin.management-status-subject", a.bruin.management_status_subject,
          b.bruin.management_status_subject);
  c.fixed("bruin.timeout", a.bruin.timeout, b.bruin.timeout);
  c.live("bruin.concurrency", a.bruin.concurrency, b.bruin.concurrency);
  c.fixed("bruin.attempts", a.bruin.attempts, b.bruin.attempts);
  c.live("bruin.monitored-statuses", a.bruin.monitored_statuses, b.bruin.monitored_statuses);
}

} // namespace

settings_change compare_settings(const settings& running, const settings& read) {
  settings_change result{running, {}, {}};
  auto& a = result.next;
  comparison c{result};
  c.fixed("service.name", a.service.name, read.service.name);
  c.fixed("service.environment", a.service.environment, read.service.environment);
  compare_nats(c, a.nats, read.nats);
  compare_redis(c, a.redis, read.redis);
  compare_refresh(c, a.refresh, read.refresh);
  compare_bridges(c, a, read);
  c.fixed("notifier.slack-subject", a.notifier.slack_subject, read.notifier.slack_subject);
  c.fixed("notifier.email-subject", a.notifier.email_subject, read.notifier.email_subject);
  c.fixed("notifier.email-recipient", a.notifier.email_recipient, read.notifier.email_recipient);
  c.fixed("http.listen", a.http.listen, read.http.listen);
  c.live("log.level", a.log.level, read.log.level);
  c.fixed("log.format", a.log.format, read.log.format);
  return result;
}

} // namespace hawkeye
