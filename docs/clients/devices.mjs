// Prints, as a JSON array, the devices last contacted after a moment (all without one).
//   npm install nats redis
//   NATS_URL=... REDIS_URL=... node devices.mjs [2020-07-15T15:25:42Z]
import { randomUUID } from "node:crypto";
import { connect, ErrorCode } from "nats";
import { createClient } from "redis";

// The library takes user and password beside the URL, not from it.
function login(url) {
  const { host, protocol, username, password } = new URL(url);
  const [user, pass] = [username, password].map((x) => decodeURIComponent(x) || undefined);
  return { servers: host, user, pass, tls: protocol === "tls:" ? {} : undefined, name: "example" };
}

class TryAgain extends Error {} // it may be over in a second

// A reply over the server's max_payload stands in Redis. Only then is Redis needed.
async function stored(token) {
  const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379/0";
  const redis = createClient({ url, socket: { connectTimeout: 2000, reconnectStrategy: false } });
  redis.on("error", () => {}); // the calls below throw it
  try {
    await redis.connect();
    const text = await redis.get(token);
    if (text === null) throw new TryAgain("the stored reply has expired");
    return JSON.parse(text);
  } catch (error) {
    throw error instanceof TryAgain ? error : new TryAgain(`Redis: ${error.message || error.code}`);
  } finally {
    redis.destroy();
  }
}

async function devices(nats, after) {
  const request = { request_id: randomUUID(), body: { last_contact_filter: after ?? null } };
  let reply;
  try {
    const message = await nats.request("hawkeye.customer.cache.get", JSON.stringify(request), { timeout: 3000 });
    reply = message.json();
  } catch (error) {
    if (error.code === ErrorCode.NoResponders) throw new TryAgain("no instance of the service is running");
    if (error.code === ErrorCode.Timeout) throw new TryAgain("no reply within 3 s");
    throw error;
  }
  if (reply.is_stored) reply = await stored(reply.token);
  if (reply.status === 200) return reply.body;
  if (reply.status === 404) return []; // really none: not a failure
  const problem = `${reply.status}: ${reply.body}`;
  throw reply.status === 503 ? new TryAgain(problem) : new Error(problem); // 202, 400
}

async function patiently(ask) {
  for (let pause = 500; ; pause *= 2) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TryAgain) || pause > 1000) throw error; // three tries
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

let nats;
try {
  nats = await connect(login(process.env.NATS_URL ?? "nats://127.0.0.1:4222"));
  console.log(JSON.stringify(await patiently(() => devices(nats, process.argv[2]))));
} catch (error) {
  console.error(error.message); // nothing is known now: not the same as no devices
  process.exitCode = 1;
} finally {
  await nats?.close();
}
