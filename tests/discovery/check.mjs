// node check.mjs URL: finds the service with nats.js' service client and prints what it says of
// itself as one JSON object. Exit code 1 where the library does not understand it.
import { connect, ServiceError } from "nats";

const connection = await connect({ servers: process.argv[2] });
const client = connection.services.client({ strategy: "stall", maxWait: 2000, stall: 300 });
const name = "hawkeye-customer-cache";

const all = async (iterator) => {
  const found = [];
  for await (const one of await iterator) found.push(one);
  return found;
};

const anybody = await all(client.ping());
const pings = await all(client.ping(name));
const id = pings[0]?.id;
const byId = await all(client.ping(name, id));
const everybodysInfo = await all(client.info());
const infos = await all(client.info(name));
const infosById = await all(client.info(name, id));
const refused = await connection.request("hawkeye.customer.cache.get", "no JSON");
const unknown = await connection.request("hawkeye.customer.cache.explain",
  JSON.stringify({ request_id: 1, body: { serial_number: "é\"\n" } }));
const good = await connection.request("hawkeye.customer.cache.get", '{"request_id":1,"body":{}}');
const everybodysStats = await all(client.stats());
const stats = await all(client.stats(name));
const statsById = await all(client.stats(name, id));
const strangers = [
  ...await all(client.ping("another-service")),
  ...await all(client.info(name, "another-id")),
  ...await all(client.stats("another-service", id)),
];
const error = (reply) => ({ isError: ServiceError.isServiceError(reply), error: ServiceError.toServiceError(reply),
  message: reply.headers?.get("Nats-Service-Error"), body: JSON.parse(reply.string()).body });
console.log(JSON.stringify({
  anybody, pings, byId, everybodysInfo, infos, infosById, everybodysStats, stats, statsById, strangers,
  refused: error(refused), unknown: error(unknown),
  good: { isError: ServiceError.isServiceError(good), status: JSON.parse(good.string()).status },
}));
await connection.drain();
process.exit(pings.length === 1 ? 0 : 1);
