// node refreshes.mjs URL: looks at the list of refreshes of a service that has made as many as are kept, and
// adds one each second. Exit code 0: everything held; else the first thing that did not.
import { demand, openBrowser } from "./browser.mjs";

const { page, close } = await openBrowser();
const count = () => page.locator("#refreshes details").count();
const inList = (what) => page.evaluate(what);
const nextOne = async () => {
  const newest = await page.locator("#refreshes details").first().getAttribute("data-version");
  await page.waitForFunction((x) => document.querySelector("#refreshes details").dataset.version !== x, newest);
};

try {
  await page.goto(process.argv[2]);
  await page.waitForSelector("#more-refreshes");
  demand(await count() === 20, "the last twenty refreshes are shown at first");
  await page.locator("#refreshes summary").nth(2).click();
  await page.focus("#more-refreshes");
  await nextOne();
  demand(await count() === 20, "they stay twenty as the next one is added");
  demand(await page.locator("#refreshes details[open] .inner").innerText() === "Nothing changed.", "one that was opened stays open");
  await page.keyboard.press("Enter"); // the button still has the focus
  demand(await count() === 50, "all that are kept are shown when asked for");
  demand(await inList(() => [...document.querySelectorAll("#refreshes details")].indexOf(document.activeElement.parentElement)) >= 20, "the keyboard goes on at the first that was added");
  await nextOne();
  demand(await count() === 50 && await page.locator("#more-refreshes").count() === 0, "they stay shown as the next one is added");
  const versions = await inList(() => [...document.querySelectorAll("#refreshes details")].map((x) => Number(x.dataset.version)));
  demand(versions.every((x, i) => i === 0 || versions[i - 1] === x + 1), "they stand in their order, none twice");
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
} finally {
  await close();
}
