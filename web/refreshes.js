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

const key = (x) => `${x.version} ${x.finished_at}`;

function line(x) {
  const head = element("summary", {}, element("strong", {}, `v${x.version}`), element("span", {}, clock(x.finished_at)),
    element("span", { class: "small" }, `${words(x.trigger)}, ${took(x.duration_ms?.total ?? 0)}`),
    element("span", {}, `${number(x.devices)} devices`),
    element("span", { class: "gained" }, `+${number(x.gained?.count)} gained`),
    element("span", { class: "lost" }, `−${number(x.lost?.count)} lost`),
    element("span", { class: "moved" }, `${number(x.moved?.count)} moved`));
  const inner = element("div", { class: "inner" });
  const made = element("details", { "data-version": x.version, "data-key": key(x) }, head, inner);
  made.addEventListener("toggle", () => { if (made.open && !inner.hasChildNodes()) inner.append(...detail(x)); });
  return made;
}

/// Lines that stand there already stay as they are: none loses its focus or closes when the next refresh is added.
function update(into, reports) {
  const there = new Set(reports.map(key));
  for (const child of [...into.children]) if (child.id !== "more-refreshes" && !there.has(child.dataset.key)) child.remove();
  let at = into.firstElementChild;
  for (const x of reports) {
    if (at?.dataset.key === key(x)) at = at.nextElementSibling;
    else into.insertBefore(line(x), at);
  }
}

let shown = 20; // until all are asked for

export function showRefreshes(into, reports) {
  if (reports.length === 0) return into.replaceChildren(element("p", { class: "small" }, "No refresh has published yet."));
  update(into, reports.slice(0, shown));
  const more = reports.length - shown;
  let button = document.getElementById("more-refreshes");
  if (more <= 0) return button?.remove();
  if (!button) into.append(button = element("button", { type: "button", id: "more-refreshes" }));
  button.textContent = `Show ${number(more)} more`;
  button.onclick = () => {
    const first = shown;
    shown = Infinity;
    showRefreshes(into, reports);
    into.children[first].querySelector("summary").focus(); // the button is gone: whoever came by keyboard goes on here
  };
}
