// The page: listens to the service's events and shows what they say. When none come it says so and
// tries again by itself.
import { ask, byId, clock, element, number, post, setText, span, words } from "./format.js";
import { drawDurations, drawOutcomes } from "./charts.js";
import { showRefreshes } from "./refreshes.js";
import { loadDevices } from "./devices.js";

const bridgeLooks = { answers: "good", fails: "bad", paused: "bad" };
const silence = 5000; // milliseconds without an event after which the service counts as away
let source, status, heardAt = 0, shownAt = 0, heardOnce, loaded, reports = [], before, firstBuild, polls = 0, polling = false;

// -- the connection --------------------------------------------------------------------------------

function connect() {
  source?.close();
  source = new EventSource("/api/events");
  source.addEventListener("status", (event) => heard(JSON.parse(event.data)));
}

function away() {
  if (byId("live").dataset.state !== "bad") {
    byId("live").dataset.state = "bad";
    setText("live", "no connection");
    byId("refresh-now").disabled = true;
  }
  setText("banner", `The service does not answer${heardOnce ? `. What stands here is of ${clock(heardOnce)}` : ""}. Trying again …`);
  byId("banner").hidden = false;
}

/// Events may be refused, because too many pages listen, while the service answers: then the page
/// asks for the status each second, and for events again now and then.
function poll() {
  if (++polls % 5 === 0) connect();
  if (polling) return;
  polling = true;
  ask("/api/status").then(heard, () => {}).finally(() => { polling = false; });
}

function watch() {
  if (document.hidden) return;
  const now = performance.now();
  if (source?.readyState === EventSource.CLOSED) poll();
  if (now - Math.max(heardAt, shownAt) > silence) {
    away();
    if (source?.readyState !== EventSource.CONNECTING || now - heardAt > 3 * silence) {
      heardAt = now - silence - 1;
      connect();
    }
  }
  if (status) tick();
}

function heard(next) {
  if (!next.snapshot && next.error) {
    setText("banner", next.error);
    byId("banner").hidden = false;
    return;
  }
  const back = byId("live").dataset.state === "bad";
  firstBuild ??= next.build.version;
  if (next.build.version !== firstBuild) return location.reload();
  heardAt = performance.now();
  heardOnce = new Date();
  byId("banner").hidden = true;
  byId("live").dataset.state = "good";
  setText("live", "live");
  status = next;
  show();
  const version = `${next.service.instance} ${next.snapshot?.version} ${next.refresh.ended}`;
  if (back || version !== loaded) {
    loaded = version;
    loadDevices();
    loadReports();
  }
}

async function loadReports() {
  try {
    reports = await ask("/api/refreshes");
  } catch {
    return; // the states say what is wrong; what stands there stays
  }
  showRefreshes(byId("refreshes"), reports);
  drawDurations(byId("durations"), reports);
  drawOutcomes(byId("outcomes"), status.snapshot?.outcomes ?? {}, reports);
}

// -- what it says ----------------------------------------------------------------------------------

function show() {
  const { service, snapshot, build } = status;
  setText("name", service.name);
  setText("environment", service.environment);
  setText("build", `${build.version} · ${service.instance} · up ${span(service.uptime_s)}`);
  byId("health-tile").dataset.state = status.healthy ? "good" : "bad";
  setText("health", status.healthy ? "Healthy" : "Not healthy");
  if (byId("problems").dataset.told !== status.problems.join("\n")) {
    byId("problems").dataset.told = status.problems.join("\n");
    byId("problems").replaceChildren(...status.problems.map((x) => element("li", {}, x)));
  }
  setText("version", snapshot ? `version ${snapshot.version}, built ${clock(snapshot.built_at)}` : "no snapshot yet");
  setText("served", snapshot ? number(snapshot.devices) : "–");
  setText("carried", snapshot ? (snapshot.carried_over ? `${number(snapshot.carried_over)} carried over` : "none carried over")
    + (snapshot.removals_waiting ? `, ${number(snapshot.removals_waiting)} wait to be removed` : "") : "");
  showRefresh();
  showStates();
  tick();
}

/// What moves between two events, by this machine's stopwatch and the service's clock.
function tick() {
  const since = (performance.now() - heardAt) / 1000;
  const age = status.snapshot?.age_s;
  setText("age", age === undefined || age === null ? "–" : span(age + since));
  const now = Date.parse(status.service.started_at) + (status.service.uptime_s + since) * 1000;
  const next = status.refresh.next_at ? (Date.parse(status.refresh.next_at) - now) / 1000 : undefined;
  setText("next", status.refresh.running ? "running" : next === undefined ? "–" : next <= 0 ? "now" : `in ${span(next)}`);
}

function showRefresh() {
  const x = status.refresh;
  byId("refresh-now").disabled = x.running;
  const order = ["fetching", "resolving", "building", "publishing"];
  const at = x.running ? order.indexOf(x.phase) : -1;
  [...byId("phases").children].forEach((step, i) => {
    step.dataset.state = i < at ? "done" : "";
    if (i === at) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
  const bar = byId("progress");
  const known = x.running && x.phase !== "fetching" && x.total > 0;
  bar.max = known ? x.total : 1;
  bar.value = known ? x.resolved : 0;
  setText("progress-text", x.running ? running(x, known) : ended(x));
  setText("last", x.last_result ? `last one: ${words(x.last_result)}` : "none has ended yet");
}

function running(x, known) {
  const here = { at: performance.now(), resolved: x.resolved };
  if (!before || before.total !== x.total || before.resolved > x.resolved) before = { ...here, total: x.total };
  const rate = (x.resolved - before.resolved) / ((here.at - before.at) / 1000);
  const left = known && rate > 0 ? `, ${Math.round(rate)} a second, ${span((x.total - x.resolved) / rate)} left` : "";
  return `${words(x.phase)} (${words(x.trigger)})${known ? `: ${number(x.resolved)} of ${number(x.total)} devices${left}` : ""}`;
}

function ended(x) {
  before = undefined;
  const why = x.last_reason ? `: ${x.last_reason}` : "";
  return x.last_result ? `No refresh is running. The last one: ${words(x.last_result)}${why}.` : "No refresh is running.";
}

function showStates() {
  const { nats, redis, payload_redis: payloads, bridges, lease } = status;
  const server = (x) => [x.ok ? "good" : "bad", x.ok ? "connected" : x.trouble];
  const bridge = (x) => [bridgeLooks[x] ?? "warn", words(x)];
  const holder = { ours: ["good", "this instance refreshes"], another: ["good", "another instance refreshes"],
    redis_away: ["bad", "Redis is away: each refreshes for itself"] };
  const states = {
    NATS: server(nats), Redis: server(redis), "Redis for payloads": server(payloads),
    "Hawkeye bridge": bridge(bridges.hawkeye),
    "Bruin: client info": bridge(bridges.client_info), "Bruin: management status": bridge(bridges.management_status),
    "Calls to Bruin": ["good", `${bridges.in_flight} in flight, limit now ${bridges.limit}`],
    Lease: holder[lease] ?? ["warn", words(lease)],
  };
  const told = JSON.stringify(states);
  if (byId("states").dataset.told === told) return;
  byId("states").dataset.told = told;
  byId("states").replaceChildren(...Object.entries(states).map(([name, [state, text]]) =>
    element("div", {}, element("dt", {}, name), element("dd", { "data-state": state }, text))));
}

byId("refresh-now").addEventListener("click", async () => {
  byId("refresh-now").disabled = true;
  try {
    await post("/api/refresh", "refresh");
    setText("progress-text", "Asked for; it begins.");
  } catch (error) {
    setText("progress-text", error.message);
    byId("refresh-now").disabled = false;
  }
});

// A browser has only a few connections for all pages of a service: a hidden page gives its own back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return source?.close();
  shownAt = performance.now();
  connect();
});

heardAt = performance.now();
if (!document.hidden) connect();
setInterval(watch, 1000);
