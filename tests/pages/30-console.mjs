// 30-console.mjs: the operators' console, as an operator uses it: five troubles are planted, each is found in at most three clicks from the first page,
// and what can be done about it in one more; every page is judged, narrow and wide, light and dark, in both languages.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { accessible, fits, look, open } from "./lib/browser.mjs";
import { console_of, NOBODY } from "./lib/console.mjs";

const bin = (name) => path.join(process.env.LT_BUILD_DIR, "bin", name);
const root = path.join(import.meta.dirname, "../..");
let demo, folder, address, desk;

// The demo that stays is the fixture: `./dev demo --stay` plants the troubles.
before(async () => {
  demo = spawn("/usr/bin/python3", [path.join(root, "tests/demo.py"), "--build", process.env.LT_BUILD_DIR, "--stay"], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  await new Promise((good, bad) => {
    demo.stdout.on("data", (data) => { text += data; if (/^Logs: /m.test(text)) good(); });
    demo.on("exit", (code) => bad(new Error(`the demo ended with ${code}: ${text}`)));
  });
  folder = text.match(/^Logs: (.*)\/logs$/m)[1];
  desk = await console_of(folder);
  address = desk.address;
}, { timeout: 120000 });

after(async () => {
  await desk?.stop();
  demo.removeAllListeners("exit");
  const ended = new Promise((done) => demo.on("exit", done));
  demo.kill("SIGTERM");
  await ended;
});

const enter = (context) => desk.enter(context);

// What an office whose adapter was away finds in its own list of mail.
async function reminders(code) {
  const info = JSON.parse(fs.readFileSync(path.join(folder, "sandbox.json"), "utf8")).agencies.find((one) => one.code === code);
  const adapter = spawn(bin("lienthong-adapter"), ["--config", path.resolve(folder, info.conf)], { stdio: "ignore" });
  try {
    const Authorization = "Bearer " + fs.readFileSync(path.resolve(folder, info.token_file), "utf8").split(/\s/)[0];
    for (let i = 0; i < 100; i++) {
      const list = await fetch(info.api + "/v1/inbox?wait=1", { headers: { Authorization } }).then((answer) => answer.json(), () => ({}));
      const found = (list.items ?? []).filter((one) => one.kind === "REMINDER");
      if (found.length) return found.map(({ dossier, subject, reason }) => ({ dossier, subject, reason }));
      await new Promise((good) => setTimeout(good, 100));
    }
    return [];
  } finally {
    const ended = new Promise((good) => adapter.on("exit", good));
    adapter.kill("SIGTERM");
    await ended;
  }
}

const places = { work: "/", late: "/?cause=late", stuck: "/?cause=stuck", dossiers: "/dossiers", dossier: "/dossiers/CODE", agencies: "/agencies",
  agency: "/agencies/H37.15", ending: "/agencies/H37.28", reports: "/reports", system: "/system", acts: "/system/acts", procedure: "/system/procedures/1.009994" };

for (const [width, scheme, lang, scale] of [[1440, "light", "vi", 1], [390, "light", "vi", 1], [1440, "dark", "en", 1], [1280, "light", "vi", 4]]) {
  test(`every page is accessible and fits: ${width} ${scheme} ${lang}${scale > 1 ? " at 400 %" : ""}`, async () => {
    const context = await open({ width, scheme, scale });
    try {
      const page = await enter(context);
      const code = await page.locator("main table a").first().textContent();
      for (const [name, where] of Object.entries(places)) {
        await page.goto(address + where.replace("CODE", code) + (where.includes("?") ? "&" : "?") + "lang=" + lang);
        await accessible(page);
        await fits(page);
        await look(page, `console-${name}-${width}-${scheme}${scale > 1 ? "-400" : ""}`);
      }
      assert.deepEqual(page.errors, []);
      if (width === 1440 && lang === "vi" && process.env.LT_PICTURE)
        fs.copyFileSync(path.join(process.env.LT_PAGES_DIR, "looks/console-work-1440-light.png"), path.join(root, "docs/console.png"));
    } finally {
      await context.close();
    }
  });
}

test("the sender of what could not be taken is asked to send it anew, by its record", async () => {
  const context = await open({});
  try {
    const page = await enter(context);
    const stuck = page.locator("main tbody td.head a").first();
    await page.goto(address + "/?cause=stuck");
    for (let i = 0; i < 40 && !(await stuck.count()); i++) { // mailboxes are looked at each ten seconds
      await page.waitForTimeout(500);
      await page.reload();
    }
    await stuck.click();
    const form = page.locator(".banner.bad form:has(input[name=record])").first();
    const record = await form.locator("input[name=record]").inputValue();
    await form.locator("input[name=reason]").fill("tệp hỏng, xin gửi lại");
    await form.locator("button").click();
    await page.waitForSelector(".banner.good");
    assert.match(await page.locator("main").innerText(), /Người vận hành nhắc[^]*tệp hỏng, xin gửi lại/);
    await page.goto(address + "/system/acts");
    const row = await page.locator("tbody tr").first().innerText();
    assert.ok(row.includes("tệp hỏng, xin gửi lại"), row);
    const reminder = JSON.parse(desk.cli("trace", row.match(/H37\.24-\d+-\d+/)[0], "--json")).hops.at(-1);
    assert.deepEqual([reminder.kind, reminder.to[0].agency], ["REMINDER", "H37.24"]); // who had sent that record, not who owes
    assert.ok(Number(record) < reminder.sequence);
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
  }
});

test("each trouble is found in three clicks, and its act done in one more", async () => {
  const context = await open({});
  try {
    const page = await enter(context);
    const first = address + "/";
    const click = async (...steps) => {
      await page.goto(first);
      assert.ok(steps.length <= 3);
      for (const step of steps) await page.locator(step).first().click();
      await page.waitForLoadState();
      return page.locator("main").innerText();
    };
    // One more: the button of the form that is open now. What was done is in the audit, under the reason that was given, or that stood there.
    const done = async (what, reason) => {
      const words = page.locator("main details[open] input[name=reason]").first();
      if (reason) await words.fill(reason);
      else reason = await words.inputValue();
      await page.locator("main details[open] form.act button").first().click();
      await page.waitForSelector(".banner.good");
      assert.ok(await page.locator(".banner.good").evaluate((one) => one === document.activeElement)); // who hears the page hears that first
      await page.goto(address + "/system/acts");
      const row = await page.locator("tbody tr").first().innerText();
      assert.match(row, what);
      assert.ok(row.includes(reason), row);
      return reason;
    };
    const code = /H37\.24-\d+-\d+/;
    assert.match(await click("li[data-cause=act-late] a", "main tbody summary"), /Quá hạn[^]*xử lý và chuyển tiếp/);
    await done(/dossier remind/, "dân đã đợi ba tuần");
    assert.match(await click("a[href*='cause=unanswered']", "main tbody summary"), /nhận hoặc từ chối/);
    const offered = (await page.locator("main tbody tr").first().innerText()).match(code)[0];
    await done(/dossier remind/, "chưa thấy nhận");
    assert.match(await click("li[data-cause=dossier-silent] a", "main tbody summary"), /Không động tĩnh/);
    await done(/dossier remind/, "chưa thấy làm gì");
    assert.match(await click("li[data-cause=item-stuck] a", "main tbody summary"), /Gửi lại/);
    await done(/redeliver H37\.15/, "đã sửa ở nơi nhận");
    assert.match(await click("li[data-cause=certificate-ends] a"), /Chứng thư cuối hết hạn/);
    const words = await done(/agency remind H37\.28/);
    assert.match(words, /đề nghị gửi yêu cầu cấp lại/);
    assert.deepEqual(await reminders("H37.28"), [{ dossier: null, subject: "Nhắc cơ quan", reason: words }]);
    // The list itself says who has no certificate soon, and how its adapter's machine does.
    await page.goto(address + "/agencies");
    assert.match(await page.locator("td[data-l='Chứng thư đến'] .warn").innerText(), /^\d\d\/\d\d\/\d{4}$/);
    assert.match(await page.locator("tr:has-text('H37.11') td[data-l='Đĩa trống']").last().innerText(), /^\d+ % /);
    assert.match(await page.locator("tr:has-text('H37.11') td[data-l='Đồng hồ lệch']").last().innerText(), /0,\d s$/);
    // The reminder has come to who is waited for, as a hop of the dossier.
    await page.goto(address + "/dossiers/" + offered);
    assert.match(await page.locator("main").innerText(), /Người vận hành nhắc[^]*chưa thấy nhận/);
    // Late is who has not answered, by working time as every other row; who has offered it is not.
    const late = await page.locator(".answers section:has(h2:text-is('TRỄ')) li").allInnerTexts();
    assert.equal(late.length, 1, late.join("\n"));
    assert.match(late[0], /^Sở Nội vụ[^]*nhận hoặc từ chối[^]*\d+\sgiờ làm việc$/);
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
  }
});

test("a hand-off that nobody answers comes back to its holder, when one has proposed it and another has confirmed", async () => {
  const context = await open({}), others = await open({});
  try {
    await desk.admit_another();
    const page = await enter(context), other = await desk.enter(others, NOBODY);
    const fill = async (where, form, reason) => {
      await where.locator(form + " input[name=reason]").first().fill(reason);
      await where.locator(form + " button").first().click();
    };
    const confirm = "form.act:has(input[value=dossier-confirm])";
    await page.goto(address + "/?cause=unanswered");
    const row = page.locator("main tbody tr:has(summary:has-text('Đề nghị trả về nơi đang giữ'))").first();
    const code = (await row.innerText()).match(/H37\.24-\d+-\d+/)[0];
    await row.locator("summary:has-text('Đề nghị trả về nơi đang giữ')").click();
    await fill(page, "main details[open] form:has(input[value=offer-back])", "gọi ba lần không ai nghe");
    await page.waitForURL(/proposed=\d+/);
    const proposal = page.url().match(/proposed=(\d+)/)[1];
    // Who has proposed it cannot confirm it; another finds it in the list of acts, and the page that it leads to has its number.
    await page.goto(`${address}/dossiers/${code}?confirm=${proposal}`);
    await fill(page, confirm, "chính tôi");
    await page.waitForSelector("text=OPERATOR_NOT_ADMITTED");
    await other.goto(address + "/system/acts");
    await other.locator(`a[href*='${code}?confirm=${proposal}']`).click();
    assert.equal(await other.locator(confirm + " input[name=record]").inputValue(), proposal);
    await accessible(other);
    await fill(other, confirm, "đã gọi lại, đúng vậy");
    await other.waitForSelector(".banner.good");
    assert.match(await other.locator("main").innerText(), /Hồ sơ trở về nơi đang giữ|không trả lời hồ sơ được chuyển đến/);
    assert.equal(await other.locator("input[value=offer-back]").count(), 0);
    assert.deepEqual([...page.errors, ...other.errors].filter((line) => !/status of 403/.test(line)), []);
  } finally {
    await context.close();
    await others.close();
  }
});

test("a dossier and a report are printed on A4, whole and without what is for the screen", async () => {
  const context = await open({ width: 718 }); // A4 between its margins of 1 cm
  try {
    const page = await enter(context);
    const code = await page.locator("main table a").first().textContent();
    await page.emulateMedia({ media: "print" });
    for (const [name, where] of [["dossier", `/dossiers/${code}`], ["report", "/reports?report=agencies"], ["work", "/"], ["agency", "/agencies/H37.11"]]) {
      await page.goto(address + where);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, where);
      for (const hidden of [".top nav", "form.act", ".filters", "main button"])
        assert.equal(await page.locator(hidden).filter({ visible: true }).count(), 0, `${where}: ${hidden}`);
      const cut = await page.evaluate(() => [...document.querySelectorAll(".scroll, .route, td, dd")].filter((one) => one.scrollWidth > one.clientWidth + 1).length);
      assert.equal(cut, 0, where);
      await page.pdf({ path: path.join(process.env.LT_PAGES_DIR, `looks/console-${name}-print.pdf`), format: "A4", margin: { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" } });
    }
  } finally {
    await context.close();
  }
});

test("without a script every page is there, and by the keyboard the search", async () => {
  const bare = await open({ script: false });
  try {
    const page = await enter(bare);
    await page.fill("#q", "dong dang khong co");
    await page.press("#q", "Enter");
    assert.match(await page.locator("main").innerText(), /Không có hồ sơ nào như vậy/);
  } finally {
    await bare.close();
  }
  const context = await open({});
  try {
    const page = await enter(context);
    await page.keyboard.press("/");
    await page.keyboard.type("to quoc ghi cong");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/dossiers\?text=/);
    assert.match(await page.locator("main table").innerText(), /Tổ quốc ghi công/);
  } finally {
    await context.close();
  }
});

test("a page is new by itself when something happens", async () => {
  const context = await open({});
  try {
    const page = await enter(context);
    await page.goto(address + "/agencies/H37.28");
    const seen = await page.locator("#sequence").textContent();
    const begun = Date.now();
    execFileSync(bin("lienthong"), ["agency", "suspend", "H37.28", "--reason", "thử", "--sandbox", folder], { stdio: "ignore" });
    await page.waitForFunction(() => /tạm ngừng/.test(document.querySelector("dl.facts").textContent), null, { timeout: 10000 });
    assert.notEqual(await page.locator("#sequence").textContent(), seen);
    console.log(`seen ${Date.now() - begun} ms after it was asked for`);
    // Who works by the keyboard stays where he stands, and what he has opened stays open.
    await page.goto(address + "/agencies");
    await page.locator("a[href='/agencies/H37.24']").focus();
    execFileSync(bin("lienthong"), ["agency", "resume", "H37.28", "--reason", "thử", "--sandbox", folder], { stdio: "ignore" });
    await page.waitForFunction(() => !/tạm ngừng/.test(document.querySelector("main").textContent), null, { timeout: 10000 });
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "/agencies/H37.24");
    await page.keyboard.press("Enter");
    await page.waitForURL(/H37\.24$/);
    // A page that lies behind another holds no connection: a browser has six to one host.
    const tabs = [];
    for (let i = 0; i < 7; i++) {
      tabs.push(await context.newPage());
      await tabs[i].goto(address + "/");
      await tabs[i].evaluate(() => {
        Object.defineProperty(document, "hidden", { value: true, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      });
    }
    await tabs[0].evaluate(() => {
      window.same = true;
      Object.defineProperty(document, "hidden", { value: false, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    const shown = Number(await tabs[0].locator("#sequence").textContent());
    execFileSync(bin("lienthong"), ["agency", "suspend", "H37.28", "--reason", "thử", "--sandbox", folder], { stdio: "ignore" });
    await tabs[0].waitForFunction((old) => Number(document.querySelector("#sequence").textContent) > old, shown, { timeout: 10000 });
    assert.ok(await tabs[0].evaluate(() => window.same));
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
  }
});
