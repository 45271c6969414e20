// 31-console-work.mjs: the console beside a broker at work, with 10,000 dossiers and an adapter that comes and goes; what was written by hands that mean
// harm; and what the pages say when the console or the broker is killed under them.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import test, { after, before } from "node:test";
import { accessible, fits, look, open } from "./lib/browser.mjs";
import { console_of, NOBODY, pid_of } from "./lib/console.mjs";

const bin = (name) => path.join(process.env.LT_BUILD_DIR, "bin", name);
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const DOSSIERS = 10000, GUEST = "H37.15"; // an office that carries none of the load
let bench, lines, folder, info, desk, guest;

async function said(what) {
  const { value } = await lines.next();
  const [name, words] = (value ?? "").split("\t");
  assert.equal(name, what);
  return words;
}

async function until(what, check, seconds = 40) {
  const end = Date.now() + seconds * 1000;
  while (!(await check())) {
    assert.ok(Date.now() < end, what);
    await rest(100);
  }
}

before(async () => {
  bench = spawn(bin("lienthong-bench"), ["console", String(DOSSIERS)], { stdio: ["pipe", "pipe", "ignore"] });
  lines = readline.createInterface({ input: bench.stdout })[Symbol.asyncIterator]();
  folder = await said("site");
  info = JSON.parse(fs.readFileSync(path.join(folder, "sandbox.json"), "utf8"));
  desk = await console_of(folder);
}, { timeout: 180000 });

after(async () => {
  await come(false);
  await desk?.stop();
  bench.stdin.end();
  await new Promise((done) => (bench.exitCode === null ? bench.on("exit", done) : done()));
});

// An adapter as it is run at an office.
async function come(there) {
  if (there) guest = spawn(bin("lienthong-adapter"), ["--config", path.resolve(folder, agency(GUEST).conf)], { stdio: "ignore" });
  else if (guest && guest.exitCode === null) {
    const ended = new Promise((done) => guest.on("exit", done));
    guest.kill("SIGTERM");
    await ended;
  }
}

const agency = (code) => info.agencies.find((one) => one.code === code);
const text = (page) => page.locator("main").innerText();
// Written down by the page itself when its script changes it: no reload.
const watch = (page) => page.evaluate(() => { window.same = true; });
const same = (page) => page.evaluate(() => window.same === true);

test("10,000 dossiers: the first page says what is owed, and is new by itself while work goes on", async () => {
  const context = await open({});
  try {
    const page = await desk.enter(context);
    await until("the copy is whole", async () => {
      await page.reload();
      return !(await page.locator("progress").count()) && Number(await page.locator("a[href*='cause=owed'] b").innerText().then((n) => n.replace(/\D/g, ""))) >= DOSSIERS / 2;
    }, 90);
    assert.match(await page.locator("main h2").innerText(), /\S/);
    assert.equal(await page.locator("main tbody tr").count() > 0, true);
    await watch(page);
    const before = Number(await page.locator("#sequence").innerText());
    bench.stdin.write("200 8\n");
    await page.waitForFunction((old) => Number(document.querySelector("#sequence").textContent) > old + 100, before, { timeout: 30000 });
    assert.ok(await same(page));
    await said("begun");
    // What a person asks for while it goes on, each by one line typed or one click.
    const plain = await page.locator("main tbody td.head .dim").first().innerText();
    await page.fill("#q", plain.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase());
    const begun = Date.now();
    await page.press("#q", "Enter");
    await page.waitForURL(/text=/);
    assert.equal(await page.locator("main tbody tr").count(), 50);
    console.log(`a search among ${DOSSIERS} was answered in ${Date.now() - begun} ms under load`);
    const code = await page.locator("main tbody a").first().innerText();
    await page.fill("#q", code);
    await page.press("#q", "Enter");
    await page.waitForURL((url) => url.pathname === "/dossiers/" + code);
    assert.match(await text(page), /BÂY GIỜ[^]*TRỄ[^]*CÓ THỂ[^]*Đường đi/);
    await page.click("a[lang=en]");
    assert.match(await text(page), /NOW[^]*LATE[^]*CAN[^]*Route/);
    await page.click("a[lang=vi]");
    await said("rate");
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
  }
});

test("an adapter that comes and goes is seen on its page, without a reload", async () => {
  const context = await open({});
  try {
    const page = await desk.enter(context);
    await page.goto(`${desk.address}/agencies/${GUEST}`);
    assert.match(await text(page), /không kết nối/);
    await watch(page);
    for (let i = 0; i < 2; i++) {
      await come(true);
      await page.waitForFunction(() => /có kết nối/.test(document.querySelector("dl.facts").textContent), null, { timeout: 40000 });
      await come(false);
      await page.waitForFunction(() => /không kết nối/.test(document.querySelector("dl.facts").textContent), null, { timeout: 40000 });
    }
    assert.ok(await same(page));
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
  }
});

const MARKS = "\u202e\u2067"; // what turns the reading direction
const HARM = `"><script>document.title="taken"</script><img src=x onerror=alert(1)><svg onload=alert(2)>{{7*7}}\${7*7}' & שלום`;

test("what was written to do harm is text on every page, on the command line and in the log", async () => {
  const context = await open({ width: 390 });
  try {
    const page = await desk.enter(context);
    await page.goto(`${desk.address}/dossiers`);
    const code = await page.locator("main tbody a").first().innerText();
    // The acts that an operator writes, by the page's own form: what has no form is refused and said, and nothing is lost of what has it.
    for (const [words, status] of [[HARM + MARKS, 422], ["x".repeat(10000), 422], [HARM, 200], ["ồ".repeat(1000), 200]]) {
      await page.goto(`${desk.address}/dossiers/${code}`);
      const form = page.locator("main form.act:has(input[value=remind])");
      await form.locator("input[name=reason]").evaluate((field) => field.removeAttribute("maxlength"));
      await form.locator("input[name=reason]").fill(words);
      const [answer] = await Promise.all([page.waitForNavigation(), form.locator("button").click()]);
      assert.equal(answer.status(), status);
    }
    const long = encodeURIComponent("ồ".repeat(200)), harm = encodeURIComponent(HARM + MARKS);
    const places = ["/", `/dossiers/${code}`, "/system/acts", `/dossiers?text=${harm}`, `/dossiers?text=${long}`, `/?agency=${harm}`, `/?cause=${harm}`,
      `/agencies?text=${harm}`, `/reports?report=${harm}`, `/dossiers?procedure=${harm}&holder=${harm}`, `/dossiers/${encodeURIComponent("<b>x</b>")}`,
      `/agencies/${encodeURIComponent("<b>")}`];
    for (const place of places) {
      await page.goto(desk.address + place);
      assert.equal(await page.title().then((title) => /taken/.test(title)), false, place);
      assert.equal(await page.locator("img, main script, svg[onload], main b:has-text('x')").count(), 0, place);
      await fits(page);
      await accessible(page);
    }
    await page.goto(`${desk.address}/dossiers/${code}`);
    await until("the reminder stands in the history", async () => { await page.reload(); return (await text(page)).includes(HARM); });
    await look(page, "console-harm-390-light");
    assert.deepEqual(page.errors.filter((line) => !/status of (404|422)/.test(line)), []);
    for (const words of [["trace", code], ["audit"], ["dossier", "show", code]]) {
      const out = desk.cli(...words);
      assert.ok(!/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(out), words.join(" "));
    }
  } finally {
    await context.close();
  }
});

test("a console that is killed, and started again, is said and found again", async () => {
  const context = await open({});
  try {
    const page = await desk.enter(context);
    const program = desk.program;
    assert.ok(program);
    await desk.stop("SIGKILL");
    await page.waitForFunction(() => document.body.dataset.state === "away", null, { timeout: 30000 });
    await look(page, "console-away-1440-light");
    await desk.start();
    // Its sessions have gone with it: the page says how to come in, and whoever does finds all as it was.
    await page.waitForFunction(() => /lienthong console login/.test(document.body.innerText), null, { timeout: 40000 });
    await page.goto(desk.cli("console", "login").trim());
    await page.click("main button");
    await page.waitForSelector(".tiles");
    assert.ok(Number(await page.locator("a[href*='cause=owed'] b").innerText().then((n) => n.replace(/\D/g, ""))) >= DOSSIERS / 2);
  } finally {
    await context.close();
  }
});

// A record of a dossier has ended the replay, and was skipped by an operator: the dossier stands until two have said how it goes on.
function freeze(record) {
  const data = path.join(folder, "broker/data"), mark = Buffer.alloc(32);
  for (const one of ["store", "snapshots"]) fs.rmSync(path.join(data, one), { recursive: true, force: true });
  [record, record, 1, 0].forEach((number, i) => mark.writeBigUInt64LE(BigInt(number), 8 * i));
  fs.writeFileSync(path.join(data, "replaying"), mark);
  assert.equal(spawnSync(bin("lienthong-broker"), ["--config", path.join(folder, "broker.conf")], { stdio: "ignore" }).status, 65);
  desk.cli("store", "skip", String(record), "--operator", "an", "--reason", "thử");
}

async function close_by_two(page, code) {
  const others = await open({});
  try {
    await desk.admit_another();
    const other = await desk.enter(others, NOBODY);
    const press = async (where, act, reason) => {
      const form = where.locator(`form.act:has(input[value=${act}])`);
      await form.locator("input[name=reason]").fill(reason);
      await form.locator("button").click();
    };
    const row = page.locator("main tbody a", { hasText: "Sửa hoặc đóng" });
    await until("the frozen dossier is on the first page's list", async () => { await page.goto(desk.address + "/?cause=frozen"); return await row.count(); });
    await row.first().click();
    await page.waitForURL(new RegExp(`/dossiers/${code}`));
    await press(page, "dossier-close", "mở nhầm, dân đã nộp hồ sơ khác");
    await page.waitForURL(/proposed=\d+/);
    const proposal = page.url().match(/proposed=(\d+)/)[1];
    await other.goto(desk.address + "/system/acts");
    await other.locator(`a[href*='${code}?confirm=${proposal}']`).click();
    await press(other, "dossier-confirm", "đã hỏi nơi nhận");
    await other.waitForSelector(".banner.good");
    assert.equal(await other.locator(".tag.bad", { hasText: "đóng băng" }).count(), 0);
    assert.equal(await other.locator("form.act").count(), 0); // nothing is owed any more
    await accessible(other);
    assert.deepEqual(other.errors, []);
  } finally {
    await others.close();
  }
}

// The last: the bench's own broker dies.
test("a broker that is killed is said on every page, and found again", async () => {
  const context = await open({});
  try {
    const page = await desk.enter(context);
    const code = await page.locator("main table a").first().innerText();
    const last = JSON.parse(desk.cli("trace", code, "--json")).hops.at(-1).sequence;
    process.kill(pid_of("lienthong-broke", path.join(folder, "broker.conf")), "SIGKILL");
    await page.waitForFunction(() => /Máy chủ trung chuyển không trả lời/.test(document.querySelector("main").textContent), null, { timeout: 40000 });
    for (const place of ["/dossiers", "/agencies", "/reports", "/system", `/dossiers/${code}`]) {
      await page.goto(desk.address + place);
      assert.match(await text(page), /không trả lời|không còn|đã đứt/, place);
      await accessible(page);
    }
    await look(page, "console-no-broker-1440-light");
    await page.goto(desk.address + "/");
    freeze(last);
    const again = spawn(bin("lienthong-broker"), ["--config", path.join(folder, "broker.conf")], { stdio: "ignore" });
    await page.waitForFunction(() => !/trung chuyển không trả lời/.test(document.querySelector("main").textContent), null, { timeout: 60000 });
    assert.match(await text(page), /lienthong console login/); // his own connection has gone with it
    const fresh = await desk.enter(context);
    await fresh.goto(`${desk.address}/dossiers/${code}`);
    assert.match(await text(fresh), /BÂY GIỜ/);
    await close_by_two(fresh, code);
    const ended = new Promise((done) => again.on("exit", done));
    again.kill("SIGTERM");
    await ended;
  } finally {
    await context.close();
  }
});
