// node check.mjs URL: finds the service with nats.js' service client and prints what it says of
// itself as one JSON object. Exit code 1 where the library does not understand it.
import { connect, ServiceError } from "nats";

const connection = await connect({ servers: process.argv[2] });
const client = connection.services.client({ strategy: "stall", maxWait: 2000, stall: 500 });
const name = "hawkeye-customer-cache";

const all = async (iterator) => {
  const found = [];
  for await (const one of await iterator) found.push(one);
  return found;
};

const anybody = await all(client.ping());
const pings = await all(client.ping(name));
const infos = await all(client.info(name));
const stats = await all(client.stats(name, pings[0]?.id));
const refused = await connection.request("hawkeye.customer.cache.get", "no JSON");
const good = await connection.request("hawkeye.customer.cache.get", '{"request_id":1,"body":{}}');
console.log(JSON.stringify({
  anybody, pings, infos, stats,
  refused: { isError: ServiceError.isServiceError(refused), error: ServiceError.toServiceError(refused) },
  good: { isError: ServiceError.isServiceError(good), status: JSON.parse(good.string()).status },
}));
await connection.drain();
process.exit(pings.length === 1 ? 0 : 1);
