// Small helpers of the page: elements, numbers, times. Text only ever goes in as text.
export const byId = (id) => document.getElementById(id);

/// element("td", {class: "x"}, "text", child): attributes, then children; texts stay texts.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export const setText = (id, text) => {
  const where = byId(id);
  if (where.textContent !== text) where.textContent = text; // or a screen reader would read it again
};

export const number = (x) => Number(x ?? 0).toLocaleString("en-US");
export const words = (x) => String(x ?? "").replaceAll("_", " ");

/// Seconds as people say them: 42 s, 7 min, 3 h 47 min, 2 d 4 h.
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const took = (ms) => (ms < 1000 ? `${ms} ms` : ms < 90000 ? `${(ms / 1000).toFixed(1)} s` : span(ms / 1000));

/// A time as the log and the commands have it, in UTC.
export function clock(text) {
  const at = new Date(text);
  if (!text || Number.isNaN(at.getTime())) return "–";
  const year = at.getUTCFullYear() === new Date().getUTCFullYear() ? undefined : "numeric";
  return at.toLocaleString(undefined, { timeZone: "UTC", year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/// The page's one way to the service. Errors are sentences.
export async function ask(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? `the service answers ${answer.status}`);
  return said;
}

export const post = (path, what, body = {}) =>
  ask(path, { method: "POST", headers: { "X-Hawkeye-Cache": what, "Content-Type": "application/json" }, body: JSON.stringify(body) });
