// Headless Chromium with a profile of its own, gone with it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { chromium } from "playwright-core";

export async function openBrowser() {
  const profile = mkdtempSync(`${tmpdir()}/page-check-`);
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium", headless: true, colorScheme: "light", viewport: { width: 1280, height: 900 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const page = browser.pages()[0];
  page.setDefaultTimeout(20000);
  const close = async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { page, close };
}

export function demand(holds, promise) {
  if (!holds) throw new Error(`broken: ${promise}`);
  console.log(`held: ${promise}`);
}
