// The last refreshes: what each gained, lost and moved, with names on a click.
import { clock, element, number, took, words } from "./format.js";
import { explainable } from "./explain.js";

function group(label, kind, x, note) {
  if (!x?.count) return [];
  const reasons = Object.entries(x.by_reason ?? {}).map(([reason, count]) => `${words(reason)} ${number(count)}`).join(", ");
  const more = x.count - x.devices.length;
  const items = x.devices.map((one) => element("li", {}, explainable(one.serial_number), " ", element("span", { class: "small" }, note(one))));
  return [element("p", { class: kind }, `${label} ${number(x.count)}${reasons ? `: ${reasons}` : ""}`),
    element("ul", {}, ...items, ...(more > 0 ? [element("li", {}, `and ${number(more)} more`)] : []))];
}

function detail(x) {
  const inner = [...group("Gained", "gained", x.gained, (one) => words(one.reason)),
    ...group("Lost", "lost", x.lost, (one) => words(one.reason)),
    ...group("Moved", "moved", x.moved, (one) => `from ${JSON.stringify(one.from)} to ${JSON.stringify(one.to)}`)];
  return inner.length ? inner : [element("p", { class: "small" }, "Nothing changed.")];
}

function line(x) {
  const head = element("summary", {}, element("strong", {}, `v${x.version}`), element("span", {}, clock(x.finished_at)),
    element("span", { class: "small" }, `${words(x.trigger)}, ${took(x.duration_ms?.total ?? 0)}`),
    element("span", {}, `${number(x.devices)} devices`),
    element("span", { class: "gained" }, `+${number(x.gained?.count)} gained`),
    element("span", { class: "lost" }, `−${number(x.lost?.count)} lost`),
    element("span", { class: "moved" }, `${number(x.moved?.count)} moved`));
  const inner = element("div", { class: "inner" });
  const made = element("details", { "data-version": x.version }, head, inner);
  made.addEventListener("toggle", () => { if (made.open && !inner.hasChildNodes()) inner.append(...detail(x)); });
  return made;
}

export function showRefreshes(into, reports) {
  if (reports.length === 0) return into.replaceChildren(element("p", { class: "small" }, "No refresh has published yet."));
  into.replaceChildren(...reports.slice(0, 20).map(line));
}
