# Prints, as a JSON array, the devices last contacted after a moment (all without one).
#   pip install nats-py redis
#   NATS_URL=... REDIS_URL=... python3 devices.py [2020-07-15T15:25:42Z]
import asyncio
import json
import os
import sys
import uuid

import nats
import nats.errors
import redis.asyncio
import redis.exceptions


class TryAgain(Exception):
    """It may be over in a second."""


async def stored(token):
    """A reply over the server's max_payload stands in Redis. Only then is Redis needed."""
    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
    try:
        async with redis.asyncio.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            text = await client.get(token)
    except redis.exceptions.RedisError as error:
        raise TryAgain(f"Redis: {error}")
    if text is None:
        raise TryAgain("the stored reply has expired")
    return json.loads(text)


async def devices(connection, after=None):
    request = {"request_id": str(uuid.uuid4()), "body": {"last_contact_filter": after}}
    try:
        message = await connection.request("hawkeye.customer.cache.get", json.dumps(request).encode(), timeout=3)
    except nats.errors.NoRespondersError:
        raise TryAgain("no instance of the service is running")
    except nats.errors.TimeoutError:
        raise TryAgain("no reply within 3 s")
    reply = json.loads(message.data)
    if reply.get("is_stored"):
        reply = await stored(reply["token"])
    if reply["status"] == 200:
        return reply["body"]
    if reply["status"] == 404:
        return []  # really none: not a failure
    problem = f"{reply['status']}: {reply['body']}"
    raise TryAgain(problem) if reply["status"] == 503 else RuntimeError(problem)  # 202, 400


async def patiently(ask):
    for pause in (0.5, 1):
        try:
            return await ask()
        except TryAgain:
            await asyncio.sleep(pause)
    return await ask()  # the third and last try


async def main():
    url = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
    connection = await nats.connect(url, name="example", max_reconnect_attempts=3)
    try:
        after = sys.argv[1] if len(sys.argv) > 1 else None
        print(json.dumps(await patiently(lambda: devices(connection, after))))
    finally:
        await connection.close()


try:
    asyncio.run(main())
except Exception as error:
    sys.exit(str(error))  # nothing is known now: not the same as no devices
