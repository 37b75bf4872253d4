// node check.mjs URL DEVICES HOSTILE [FOLDER]: looks at the page in headless Chromium as a person
// would. Says "away please" and "back please" on lines of their own where the caller has to end the
// service and start it again. Exit code 0: everything held; else the first thing that did not.
// With FOLDER it leaves screenshots there. STAND_IN is the program that plays the bridges at NATS_URL.
import { execFileSync } from "node:child_process";
import { demand, openBrowser } from "./browser.mjs";
import { lowContrast } from "./contrast.mjs";

const [url, wanted, hostile, folder] = process.argv.slice(2);
const devices = Number(wanted);
const { page, close } = await openBrowser();

const said = [], elsewhere = [];
let away = false;
// A serial number that nobody knows is a 404, and a browser says so of each.
page.on("console", (x) => { if (!away && ["error", "warning"].includes(x.type()) && !x.location().url.endsWith("/api/explain")) said.push(x.text()); });
page.on("pageerror", (x) => said.push(String(x)));
page.on("request", (x) => { if (!x.url().startsWith(url)) elsewhere.push(x.url()); });

const text = (selector) => page.locator(selector).innerText();
const until = (what, argument) => page.waitForFunction(what, argument);
const says = (id, part) => until(([i, p]) => document.getElementById(i).textContent.includes(p), [id, part]);
const rows = () => page.locator("#rows tr");
const firstSerial = () => page.locator("#rows tr").first().locator("button").innerText();
const shot = async (name) => { if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: !["light", "dark", "phone"].includes(name) }); };

async function elements() {
  await page.goto(url);
  await says("live", "live");
  await until(() => document.querySelectorAll("#rows button").length > 0);
  await until(() => document.querySelectorAll("#refreshes details").length > 0);
  demand((await text("#version")).includes("version "), "the snapshot's version is shown");
  demand(/^\d+ (s|min|h)/.test(await text("#age")), "the snapshot's age is shown");
  demand(/^in |now|running/.test(await text("#next")), "the next refresh is shown");
  demand(await text("#served") === devices.toLocaleString("en-US"), "all devices are counted");
  for (const name of ["NATS", "Redis", "Hawkeye bridge", "Bruin: client info", "Bruin: management status", "Lease"])
    demand((await page.locator("#states dt", { hasText: name }).count()) > 0, `the state of ${name} is shown`);
  demand((await page.locator('#states dd:not([data-state="good"])').count()) === 0, "all connections are well, as they are");
  demand(await page.locator("#outcomes tr").count() > 0 && (await text("#outcomes")).includes("monitored"), "devices per outcome are drawn");
  demand(await page.locator("#durations svg rect").count() > 3, "durations of refreshes are drawn");
  demand((await page.locator("#durations svg").getAttribute("aria-label")).includes("took"), "the plots can be heard");
}

async function table() {
  demand(await rows().count() === 25, "one page of the devices is in the browser, not all");
  await page.click("#next-page");
  await says("page-number", "page 2 of");
  await page.click("#last-page");
  const pages = Math.ceil(devices / 25).toLocaleString("en-US");
  await says("page-number", `page ${pages} of ${pages}`);
  await page.click("#first-page");
  await says("page-number", "page 1 of");
  for (const sort of ["ascending", "descending"]) {
    await page.click('th[data-key="serial_number"] button');
    await page.waitForSelector(`th[data-key="serial_number"][aria-sort="${sort}"]`);
    await until((down) => {
      const serials = [...document.querySelectorAll("#rows td:first-child button")].map((x) => x.textContent.toLowerCase());
      return serials.every((x, i) => i === 0 || (down ? serials[i - 1] >= x : serials[i - 1] <= x));
    }, sort === "descending");
  }
  demand(true, "the table is sorted as asked");
  const serials = await page.locator("#rows td:first-child button").allTextContents();
  const one = serials.find((x) => /^[0-9A-F]{12}$/.test(x));
  await page.fill("#search", one.toLowerCase());
  await until((x) => document.getElementById("found").textContent === x, `1 of ${devices.toLocaleString("en-US")} match`);
  demand(await firstSerial() === one, "a search finds a device among all");
  await page.locator("#rows button").first().click();
  await says("explain-body", "Bruin names a client");
  demand((await text("#explain-title")) === one, "a click explains a device");
  await page.keyboard.press("Escape");
  await page.fill("#search", "NOBODY");
  await says("rows", "None matches");
  await page.keyboard.press("Enter");
  await says("explain-body", "Nothing is known");
  demand(true, "a serial number that is not served is explained, too");
  await page.keyboard.press("Escape");
  await page.fill("#search", "");
  await until(() => document.querySelectorAll("#rows tr").length === 25);
}

async function harmless() {
  await page.fill("#search", "hacked");
  await until(() => document.getElementById("found").textContent.includes("of"));
  await until(() => document.querySelectorAll("#rows button").length >= 3 && document.getElementById("rows").textContent.includes("<script>"));
  demand((await text("#rows")).includes("<img src=x"), "hostile names stand there as text");
  for (const part of ["<script>", "WWWWWWWW", "evil"]) {
    await page.fill("#search", part);
    await until((x) => document.querySelector("#rows button")?.textContent.includes(x), part);
    await page.locator("#rows button").first().click();
    await says("explain-body", "Bruin names a client");
    await page.keyboard.press("Escape");
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  demand(!wide, "a name of 10 kB does not widen the page");
  const bidi = await page.locator("#rows button").first().evaluate((x) => getComputedStyle(x).unicodeBidi);
  demand(bidi === "isolate", "marks of direction end where the name ends");
  demand(await page.evaluate(() => window.hacked === undefined && !document.querySelector("main script, main img")), "hostile names change nothing");
  await page.fill("#search", "");
}

/// Returns once the page shows what the refresh published.
async function refresh(meanwhile = () => {}) {
  const version = Number(/version (\d+)/.exec(await text("#version"))[1]);
  await page.click("#refresh-now");
  await meanwhile();
  await page.waitForFunction((x) => document.getElementById("version").textContent.includes(`version ${x}`), version + 1, { timeout: 60000 });
  await until((x) => document.querySelector("#refreshes details")?.dataset.version === String(x), version + 1);
}

/// The newest refresh: its line, its lists by kind, each with its names; `rule` is what a click on the first name says.
async function tells(line, lists) {
  const newest = page.locator("#refreshes details").first();
  demand((await newest.locator("summary").innerText()).replace(/\s+/g, " ").endsWith(line), `the newest refresh says ${line}`);
  await newest.locator("summary").click();
  for (const { kind, head, notes, rule } of lists) {
    demand(await newest.locator(`p.${kind}`).innerText() === head, `it tells: ${head}`);
    const names = newest.locator(`p.${kind} + ul li`);
    const said = await names.locator("span").allInnerTexts();
    demand(said.length === Number(/\d+/.exec(head)) && said.every((x) => notes.test(x)), `and names each that is ${kind}`);
    const serial = await names.first().locator("button").innerText();
    await names.first().locator("button").click();
    await says("explain-body", rule);
    demand(await text("#explain-title") === serial, `a click on one that is ${kind} explains it`);
    await page.keyboard.press("Escape");
  }
}

async function refreshing() {
  const { STAND_IN, NATS_URL } = process.env;
  const bridges = (change) => execFileSync(STAND_IN, [`--nats=${NATS_URL}`, "--ask=stand_in.control", `--body=${JSON.stringify(change)}`]);
  bridges({ moved: 3 });
  await refresh(async () => {
    await until(() => document.querySelector("#phases [aria-current]"));
    await until(() => document.getElementById("progress").value > 0 && document.getElementById("progress-text").textContent.includes(" of "));
    demand(await page.locator("#refresh-now").isDisabled(), "a running refresh shows its progress");
    await shot("refreshing");
  });
  demand(await text("#served") === devices.toLocaleString("en-US"), "the button refreshes, and the page follows by itself");
  await tells("+0 gained −0 lost 3 moved", [
    { kind: "moved", head: "Moved 3", notes: /^from 9\d{3} to 10\d{3}$/, rule: "Bruin names a client" }]);
  bridges({ probes: devices + 20, moved: 0, latency: 0 });
  await refresh();
  await tells("+20 gained −0 lost 3 moved", [{ kind: "gained", head: "Gained 20: new 20", notes: /^new$/, rule: "Bruin names a client" }]);
  bridges({ probes: devices });
  await refresh();
  demand(await text("#served") === (devices + 20).toLocaleString("en-US"), "what one list lacks stays until a second one lacks it");
}

async function keyboard() {
  await page.reload();
  await says("live", "live");
  await until(() => document.querySelector("#rows button") && document.querySelector("#refreshes").children.length > 0); // else none can be reached
  const reached = new Set();
  for (let i = 0; i < 70; ++i) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const x = document.activeElement, style = getComputedStyle(x);
      return { id: x.id || x.closest("[id]")?.id, seen: x === document.body || style.outlineStyle !== "none" };
    });
    if (!at.seen) throw new Error(`broken: the focus on ${at.id} is seen`);
    reached.add(at.id);
  }
  for (const id of ["refresh-now", "columns", "search", "rows", "next-page", "size", "refreshes"])
    demand(reached.has(id), `the keyboard reaches ${id}`);
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, [role=img], progress")]
    .filter((x) => !(x.ariaLabel || x.textContent.trim() || x.labels?.length || x.getAttribute("aria-label"))).map((x) => x.outerHTML));
  demand(nameless.length === 0, `everything has a name ${nameless}`);
}

async function looks() {
  await page.setViewportSize({ width: 1280, height: 1400 });
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    const low = await page.evaluate(lowContrast);
    demand(low.length === 0, `text can be read in ${scheme} ${JSON.stringify(low.slice(0, 3))}`);
    await shot(scheme);
  }
  await page.setViewportSize({ width: 390, height: 1300 });
  demand(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "a phone needs no sideways scrolling");
  demand(await page.evaluate(() => {
    const plot = document.querySelector("#durations svg");
    return parseFloat(getComputedStyle(plot.querySelector("text")).fontSize) * plot.clientWidth / plot.viewBox.baseVal.width >= 11;
  }), "the plot can be read on a phone");
  demand(await page.evaluate(() => [...document.querySelectorAll('td[data-label="Last contact"] .cut')].every((x) => x.scrollWidth <= x.clientWidth)), "and no last contact is cut");
  const [label, select] = [await page.locator(".sort label").boundingBox(), await page.locator("#sort").boundingBox()];
  demand(label.y >= select.y && label.y + label.height <= select.y + select.height, "and the order stands beside its name");
  await shot("phone");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function crowded() {
  away = true; // a browser complains about each refused stream
  await page.route("**/api/events", (x) => x.fulfill({ status: 503, body: "{}" }));
  await page.reload();
  await says("live", "live");
  demand(await page.locator("#banner").isHidden(), "a page that gets no events asks for the status");
  await page.unroute("**/api/events");
  await page.waitForResponse((x) => x.url().endsWith("/api/events") && x.ok());
  demand(true, "and listens again once it may");
  away = false;
}

async function comesBack() {
  away = true;
  console.log("away please");
  await until(() => !document.getElementById("banner").hidden);
  demand((await text("#banner")).includes("does not answer"), "the page says that the service is away");
  await shot("away");
  console.log("back please");
  await says("live", "live");
  demand(await page.locator("#banner").isHidden(), "it comes back by itself");
}

try {
  await elements();
  await table();
  if (Number(hostile) > 0) await harmless();
  await refreshing();
  await keyboard();
  await looks();
  demand(said.length === 0, `the browser complains about nothing ${said.slice(0, 3)}`);
  await crowded();
  await comesBack();
  demand(elsewhere.length === 0, `nothing is fetched from elsewhere ${elsewhere.slice(0, 3)}`);
} catch (error) {
  console.log(error.message, "\nthe browser said:", said.join("\n"));
  await shot("broken");
  process.exitCode = 1;
} finally {
  await close();
}
