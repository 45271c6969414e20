// browser.mjs: Debian's chromium for the tests of this folder.
//
//   const browser = await open({ width: 390 });      a window; close() at the end
//   const page = await browser.newPage();            playwright's page
//   await accessible(page);                          no finding of axe-core, by WCAG 2.1 A and AA
//   await fits(page);                                nothing sticks out at the side
//   await look(page, "todo-390");                    a picture for a person, build/pages/looks/todo-390.png
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const folder = process.env.LT_PAGES_DIR;
const require = createRequire(path.join(folder, "package.json"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// A process of its own for each: what one test leaves behind is no other's. Root needs no sandbox around what it may do anyway.
export async function open({ width = 1440, height = 900, scheme = "light", locale = "vi-VN", script = true, scale = 1 } = {}) {
  const program = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  const context = await program.newContext({
    viewport: { width: Math.floor(width / scale), height: Math.floor(height / scale) }, deviceScaleFactor: scale, colorScheme: scheme,
    locale, javaScriptEnabled: script, bypassCSP: false,
  });
  context.setDefaultTimeout(15000);
  context.close = () => program.close();
  return context;
}

// axe runs in a world of its own, which the page's content security policy does not rule; a window without scripts runs none of it either.
export async function accessible(page, { rules = {} } = {}) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  await session.send("Runtime.evaluate", { expression: axe + ";0", contextId });
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  let timer;
  const late = new Promise((_, bad) => (timer = setTimeout(() => bad(new Error("axe does not answer")), 30000)));
  const { result, exceptionDetails } = await Promise.race([late, session.send("Runtime.evaluate", {
    expression: `axe.run(document, ${JSON.stringify({ runOnly: tags, rules })}).then(r => JSON.stringify(r.violations.map(v => v.id + ": " + v.help
      + "\\n  " + v.nodes.slice(0, 5).map(n => n.html + " | " + (n.failureSummary ?? "")).join("\\n  "))))`,
    contextId, awaitPromise: true, returnByValue: true,
  })]);
  clearTimeout(timer);
  assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
  const found = JSON.parse(result.value);
  assert.equal(found.length, 0, `${page.url()}\n${found.join("\n")}`);
  await session.detach();
}

export async function fits(page) {
  const session = await page.context().newCDPSession(page);
  const { cssContentSize, cssLayoutViewport } = await session.send("Page.getLayoutMetrics");
  await session.detach();
  assert.ok(cssContentSize.width <= cssLayoutViewport.clientWidth, `${page.url()}: ${cssContentSize.width} wide in ${cssLayoutViewport.clientWidth}`);
}

export async function look(page, name) {
  await page.screenshot({ path: path.join(folder, "looks", `${name}.png`), fullPage: true });
}
