/* Prints, as a JSON array, the devices last contacted after a moment (all without one).
 *   apt-get install gcc libnats-dev libhiredis-dev libjansson-dev
 *   cc -o devices devices.c -lnats -lhiredis -ljansson
 *   NATS_URL=... REDIS_URL=... ./devices [2020-07-15T15:25:42Z]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <hiredis/hiredis.h>
#include <jansson.h>
#include <nats/nats.h>

enum outcome { done, try_again, failed }; /* try_again: it may be over in a second */

static char problem[512];

static enum outcome say(enum outcome what, const char* text, const char* detail) {
  snprintf(problem, sizeof problem, "%s%s", text, detail);
  return what;
}

static const char* setting(const char* name, const char* otherwise) {
  const char* value = getenv(name);
  return value && *value ? value : otherwise;
}

/* A reply over the server's max_payload stands in Redis. Only then is Redis needed. */
static enum outcome stored(const char* token, json_t** answer) {
  const char* url = setting("REDIS_URL", ""); /* hiredis reads none */
  char user[64] = "default", password[256] = "", host[256] = "127.0.0.1";
  int port = 6379, database = 0, end = 0; /* end: of a form that was read whole */
  sscanf(url, "redis://%63[^:@]:%255[^@]@%255[^:/]:%d/%d%n", user, password, host, &port, &database,
         &end);
  if (!end) {
    *password = 0; /* what was read is host and port */
    sscanf(url, "redis://%255[^:/]:%d/%d%n", host, &port, &database, &end);
  }
  if (url[end])
    return say(failed, "REDIS_URL is not redis://[user:password@]host:port/db", "");
  const struct timeval limit = {2, 0};
  redisContext* redis = redisConnectWithTimeout(host, port, limit);
  if (!redis || redis->err) {
    enum outcome result = say(try_again, "Redis: ", redis ? redis->errstr : "out of memory");
    if (redis)
      redisFree(redis);
    return result;
  }
  redisSetTimeout(redis, limit);
  if (*password)
    freeReplyObject(redisCommand(redis, "AUTH %s %s", user, password)); /* else GET says it */
  redisReply* selected = redisCommand(redis, "SELECT %d", database);
  redisReply* text = redisCommand(redis, "GET %s", token);
  enum outcome result = done;
  if (!selected || !text)
    result = say(try_again, "Redis: ", redis->errstr);
  else if (text->type == REDIS_REPLY_NIL)
    result = say(try_again, "the stored reply has expired", "");
  else if (text->type != REDIS_REPLY_STRING)
    result = say(failed, "Redis: ", text->str ? text->str : "no text");
  else if (!(*answer = json_loadb(text->str, text->len, 0, NULL)))
    result = say(failed, "the stored reply is no JSON", "");
  freeReplyObject(selected);
  freeReplyObject(text);
  redisFree(redis);
  return result;
}

/* What came for one question: a reply with a status, or why there is none. */
static enum outcome exchange(natsConnection* nats, const char* request, json_t** answer) {
  natsMsg* message = NULL;
  const natsStatus status =
      natsConnection_RequestString(&message, nats, "hawkeye.customer.cache.get", request, 3000);
  if (status == NATS_NO_RESPONDERS)
    return say(try_again, "no instance of the service is running", "");
  if (status == NATS_TIMEOUT)
    return say(try_again, "no reply within 3 s", "");
  if (status != NATS_OK)
    return say(failed, "NATS: ", natsStatus_GetText(status));
  *answer = json_loadb(natsMsg_GetData(message), natsMsg_GetDataLength(message), 0, NULL);
  natsMsg_Destroy(message);
  if (!*answer)
    return say(failed, "the reply is no JSON", "");
  if (!json_is_true(json_object_get(*answer, "is_stored")))
    return done;
  json_t* whole = NULL;
  const enum outcome result = stored(json_string_value(json_object_get(*answer, "token")), &whole);
  json_decref(*answer);
  *answer = whole;
  return result;
}

/* `found` is a JSON array where it is done. */
static enum outcome devices(natsConnection* nats, const char* request, json_t** found) {
  json_t* answer = NULL;
  enum outcome result = exchange(nats, request, &answer);
  if (result == done) {
    const int status = (int)json_integer_value(json_object_get(answer, "status"));
    json_t* body = json_object_get(answer, "body");
    if (status == 200 && json_is_array(body)) {
      *found = json_incref(body);
    } else if (status == 404) {
      *found = json_array(); /* really none: not a failure */
    } else {                 /* 202, 400; 503 is worth another try */
      char number[16];
      snprintf(number, sizeof number, "%d: ", status);
      result = say(status == 503 ? try_again : failed, number,
                   json_is_string(body) ? json_string_value(body) : "");
    }
  }
  json_decref(answer);
  return result;
}

int main(int count, char** arguments) {
  json_t* question = json_pack("{s:i, s:{s:s?}}", "request_id", (int)getpid(), "body",
                               "last_contact_filter", count > 1 ? arguments[1] : NULL);
  char* request = json_dumps(question, 0);
  json_decref(question);
  natsConnection* nats = NULL;
  const natsStatus status = natsConnection_ConnectTo(&nats, setting("NATS_URL", NATS_DEFAULT_URL));
  enum outcome result =
      status == NATS_OK ? try_again : say(failed, "NATS: ", natsStatus_GetText(status));
  json_t* found = NULL;
  for (int pause = 0; result == try_again && pause <= 1000; pause += 500) { /* three tries */
    const struct timespec rest = {pause / 1000, pause % 1000 * 1000000L};
    nanosleep(&rest, NULL);
    result = devices(nats, request, &found);
  }
  if (found) {
    json_dumpf(found, stdout, JSON_COMPACT);
    puts("");
  } else {
    fprintf(stderr, "%s\n", problem); /* nothing is known now: not the same as no devices */
  }
  json_decref(found);
  free(request);
  natsConnection_Destroy(nats);
  return found ? 0 : 1;
}
