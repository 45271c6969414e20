// 00-judge.mjs: what judges the pages finds a fault where there is one, also on a page whose policy forbids every script.
import assert from "node:assert/strict";
import http from "node:http";
import test from "node:test";
import { accessible, fits, open } from "./lib/browser.mjs";

const good = "<!doctype html><html lang=vi><title>Thử</title><main><h1>Thử</h1><p>Một dòng.</p></main>";
const bad = "<!doctype html><html><title></title><img src=x><div id=wide style='width:9000px'>&nbsp;</div>";

test("a good page passes, a bad one does not", async () => {
  const server = http.createServer((request, answer) => {
    answer.setHeader("Content-Type", "text/html; charset=utf-8");
    answer.setHeader("Content-Security-Policy", request.url === "/good" ? "default-src 'none'" : "script-src 'none'");
    answer.end(request.url === "/good" ? good : bad);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const at = `http://127.0.0.1:${server.address().port}`;
  const browser = await open({ width: 390 });
  try {
    const page = await browser.newPage();
    await page.goto(`${at}/good`);
    await accessible(page);
    await fits(page);
    await page.goto(`${at}/bad`);
    await assert.rejects(accessible(page), /image-alt/);
    await assert.rejects(fits(page), /wide in/);
  } finally {
    await browser.close();
    server.close();
  }
});
