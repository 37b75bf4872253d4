// The two plots, drawn as SVG: devices per outcome now and over the last refreshes, and durations.
import { drawing, element, number, took, words } from "./format.js";

const phases = ["fetch", "resolve", "build", "publish"];

function sparkline(values, label) {
  const most = Math.max(...values, 1);
  const step = values.length > 1 ? 96 / (values.length - 1) : 0;
  const points = values.map((x, i) => `${2 + i * step},${18 - (x / most) * 15}`).join(" ");
  return drawing("svg", { viewBox: "0 0 100 20", height: 20, preserveAspectRatio: "none", role: "img", "aria-label": label },
    drawing("polyline", { class: "spark", points }));
}

/// `now`: counts by outcome; `reports`: newest first.
export function drawOutcomes(into, now, reports) {
  const past = [...reports].reverse();
  const most = Math.max(...Object.values(now), 1);
  const rows = Object.entries(now)
    .filter(([name, count]) => count > 0 || name === "monitored" || past.some((x) => x.outcomes?.[name] > 0))
    .map(([name, count]) => {
      const history = past.map((x) => x.outcomes?.[name] ?? 0);
      const bar = drawing("svg", { viewBox: "0 0 100 12", height: 12, preserveAspectRatio: "none", "aria-hidden": "true" },
        drawing("rect", { class: "track", width: 100, height: 12, rx: 2 }),
        drawing("rect", { class: "bar", width: count > 0 ? Math.max(1, (count / most) * 100) : 0, height: 12, rx: 2 }));
      return element("tr", {}, element("td", {}, words(name)), element("td", {}, bar),
        element("td", { class: "number" }, number(count)),
        element("td", {}, sparkline(history.length > 1 ? history : [count, count],
          `${words(name)} over the last refreshes: ${history.slice(-10).join(", ")}`)));
    });
  into.replaceChildren(element("table", {}, element("tbody", {}, ...rows)));
}

function axis(most, height, width) {
  const lines = [];
  for (const part of [0, 0.5, 1]) {
    const y = 8 + (height - 30) * (1 - part);
    lines.push(drawing("line", { class: "axis", x1: 52, x2: width, y1: y, y2: y }),
      drawing("text", { x: 46, y: y + 4, "text-anchor": "end" }, took(Math.round(most * part))));
  }
  return lines;
}

export function drawDurations(into, reports) {
  const past = reports.filter((x) => x.duration_ms).slice(0, 25).reverse();
  if (past.length === 0) return into.replaceChildren(element("p", { class: "small" }, "No refresh has published yet."));
  const width = 520, height = 190;
  const most = Math.max(...past.map((x) => x.duration_ms.total), 1);
  const slot = (width - 60) / Math.max(past.length, 8);
  const step = Math.ceil(past.length / 8); // of the versions that are named; on a phone every second of them
  const bars = past.map((x, i) => {
    let y = height - 22;
    const parts = phases.map((phase) => {
      const h = ((x.duration_ms[phase] ?? 0) / most) * (height - 30);
      y -= h;
      return drawing("rect", { class: phase, x: 56 + i * slot, y, width: Math.max(2, Math.min(34, slot - 4)), height: h });
    });
    const told = `version ${x.version}: ${took(x.duration_ms.total)} (${phases.map((p) => `${p} ${took(x.duration_ms[p] ?? 0)}`).join(", ")})`;
    return drawing("g", {}, drawing("title", {}, told), ...parts,
      ...(i % step === 0 ? [drawing("text", { class: i % (2 * step) ? "wide" : "", x: 56 + i * slot, y: height - 6 }, `v${x.version}`)] : []));
  });
  const label = `Duration of ${past.length} refreshes; the last took ${took(past.at(-1).duration_ms.total)}, the longest ${took(most)}`;
  const key = phases.map((p) => element("li", {}, element("span", { class: p }), p));
  into.replaceChildren(
    drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...axis(most, height, width), ...bars),
    element("ul", { class: "key" }, ...key));
}
