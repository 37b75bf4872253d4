// The dialog that says why a serial number is in or out.
import { byId, clock, element, post, words } from "./format.js";

const dialog = byId("explain");
let asked = 0;

byId("explain-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

const shown = (x) => (x === null || x === undefined ? "–" : typeof x === "string" ? x : JSON.stringify(x));

function facts(x) {
  const list = element("dl");
  const add = (name, value) => list.append(element("dt", {}, name), element("dd", { dir: "auto" }, value));
  add("Outcome", words(x.outcome ?? "not known"));
  if (x.reason) add("Reason", x.reason);
  if (x.since) add("Since", clock(x.since));
  if (x.carried_over_since) add("Carried over since", clock(x.carried_over_since));
  if (x.client) add("Client", `${shown(x.client.client_name)} (${shown(x.client.client_id)})`);
  if (x.client_ids?.length > 1) add("All its clients", x.client_ids.map(shown).join(", "));
  if (x.management_status !== undefined) add("Management status", shown(x.management_status));
  if (x.last_seen) add("Last seen", `${clock(x.last_seen.at)}, version ${x.last_seen.version}`);
  if (x.outcome_before) add("Outcome before", words(x.outcome_before));
  for (const error of x.errors ?? []) add(`Error at ${clock(error.at)}`, `${error.question}: ${error.error}`);
  return list;
}

export async function explain(serial) {
  const mine = ++asked;
  byId("explain-title").textContent = serial;
  byId("explain-title").title = serial.slice(0, 300);
  const body = byId("explain-body");
  body.replaceChildren(element("p", { class: "small" }, "asking …"));
  if (!dialog.open) dialog.showModal();
  try {
    const x = await post("/api/explain", "explain", { serial_number: serial });
    if (mine !== asked) return;
    const verdict = element("p", { class: "verdict", "data-state": x.served ? "good" : "bad" }, x.rule);
    body.replaceChildren(verdict, facts(x));
    if (x.probe !== undefined && x.probe !== null)
      body.append(element("h3", {}, "As Hawkeye gave it"), element("pre", { tabindex: "0" }, typeof x.probe === "string" ? x.probe : JSON.stringify(x.probe, null, 2)));
  } catch (error) {
    if (mine === asked) body.replaceChildren(element("p", { class: "verdict", "data-state": "bad" }, error.message));
  }
}

/// A serial number that explains itself on click.
export function explainable(serial) {
  const button = element("button", { type: "button", class: "plain", dir: "auto" }, serial);
  button.addEventListener("click", () => explain(serial));
  return button;
}
