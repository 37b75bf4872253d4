// The table of devices: the service searches, sorts and cuts, the page shows one page of it.
import { ask, byId, clock, element, number } from "./format.js";
import { explain, explainable } from "./explain.js";

const columns = [["serial_number", "Serial"], ["client_name", "Client"], ["client_id", "Client id"],
  ["last_contact", "Last contact"], ["probe_group", "Group"], ["device_type_name", "Type"]];
const waits = {
  not_listed: "Hawkeye does not list it any more: served until a second list says so",
  removal_unconfirmed: "Bruin says no: served until a second answer says so",
};
const state = { search: "", sort: "last_contact", order: "desc", page: 1, size: 25, pages: 1 };
let asked = 0;

function cell(device, [key, label]) {
  if (key === "serial_number") return element("td", { "data-label": label }, explainable(device.serial_number));
  const text = device[key] ?? "–";
  const shown = element("span", { class: "cut", dir: "auto", title: text }, text);
  const made = element("td", { "data-label": label }, shown);
  if (key === "last_contact" && device.carried_over_since)
    made.append(element("span", { class: "badge", title: `Bruin is silent about it since ${clock(device.carried_over_since)}` }, "carried over"));
  if (key === "last_contact" && waits[device.outcome])
    made.append(element("span", { class: "badge", title: waits[device.outcome] }, "removal waits"));
  return made;
}

function show(x) {
  state.pages = Math.max(1, x.pages);
  byId("found").textContent = state.search ? `${number(x.matched)} of ${number(x.total)} match` : `${number(x.total)} devices`;
  byId("page-number").textContent = `page ${number(x.page)} of ${number(state.pages)}`;
  const rows = x.devices.map((device) => element("tr", {}, ...columns.map((column) => cell(device, column))));
  if (rows.length === 0) rows.push(element("tr", {}, element("td", { colspan: columns.length },
    x.total === 0 ? "No device is served." : "None matches. “Explain this serial” says why a device is not in here.")));
  byId("rows").replaceChildren(...rows);
  for (const [id, off] of [["first-page", x.page <= 1], ["previous-page", x.page <= 1], ["next-page", x.page >= state.pages], ["last-page", x.page >= state.pages]])
    byId(id).disabled = off;
}

export async function loadDevices() {
  const mine = ++asked;
  const { pages, ...parameters } = state;
  try {
    const x = await ask(`/api/devices?${new URLSearchParams(parameters)}`);
    if (mine !== asked) return; // a newer question is on its way
    if (x.devices.length === 0 && x.pages > 0 && state.page > x.pages) return go(x.pages);
    show(x);
  } catch (error) {
    if (mine === asked) byId("found").textContent = error.message;
  }
}

function go(page) {
  state.page = Math.min(Math.max(1, page), state.pages);
  return loadDevices();
}

function sortBy(key) {
  const other = { asc: "desc", desc: "asc" };
  state.order = state.sort === key ? other[state.order] : key === "last_contact" ? "desc" : "asc";
  state.sort = key;
  markSorted();
  go(1);
}

function markSorted() {
  for (const heading of byId("columns").children)
    heading.setAttribute("aria-sort", heading.dataset.key !== state.sort ? "none" : state.order === "asc" ? "ascending" : "descending");
  byId("sort").value = `${state.sort} ${state.order}`;
}

function prepare() {
  for (const [key, label] of columns) {
    const button = element("button", { type: "button" }, label);
    button.addEventListener("click", () => sortBy(key));
    byId("columns").append(element("th", { scope: "col", "data-key": key }, button));
    for (const [order, arrow] of [["asc", "▲"], ["desc", "▼"]])
      byId("sort").append(element("option", { value: `${key} ${order}` }, `${label} ${arrow}`));
  }
  byId("sort").addEventListener("change", (event) => {
    [state.sort, state.order] = event.target.value.split(" ");
    markSorted();
    go(1);
  });
  let typing;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(typing);
    byId("explain-typed").disabled = event.target.value.trim() === "";
    typing = setTimeout(() => { state.search = event.target.value; go(1); }, 200);
  });
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const serial = byId("search").value.trim();
    if (serial) explain(serial);
  });
  byId("size").addEventListener("change", (event) => { state.size = Number(event.target.value); go(1); });
  byId("first-page").addEventListener("click", () => go(1));
  byId("previous-page").addEventListener("click", () => go(state.page - 1));
  byId("next-page").addEventListener("click", () => go(state.page + 1));
  byId("last-page").addEventListener("click", () => go(state.pages));
  byId("explain-typed").disabled = true;
  markSorted();
}

prepare();
