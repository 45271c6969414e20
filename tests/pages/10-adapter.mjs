// 10-adapter.mjs: the adapter's page, as people see it: a dossier from the counter to the department, without scripts; each place by axe-core, on a
// wide screen, on a telephone, at 400 %, dark, and by keyboard alone.
import assert from "node:assert/strict";
import path from "node:path";
import test, { after, before } from "node:test";
import { accessible, fits, look, open } from "./lib/browser.mjs";
import { run } from "./lib/sandbox.mjs";

const DISTRICT = "H37.24", DEPARTMENT = "H37.11", PROCEDURE = "1.010828";
const PAPER = path.resolve(import.meta.dirname, "../../conf/samples/giay-xac-nhan.pdf");
let site, code, item;

before(async () => {
  site = await run(DISTRICT, DEPARTMENT);
});
after(() => site?.end());

async function logIn(browser, office) {
  const page = await browser.newPage();
  await page.goto(`${site.address(office)}/`);
  await page.fill("#token", site.token(office));
  await page.click("main button");
  await page.waitForURL("**/page");
  return page;
}

// A list is some seconds behind: it is loaded again until it has this.
async function until(page, address, selector) {
  for (let i = 0; ; i++) {
    await page.goto(address);
    if (await page.locator(selector).count()) return;
    assert.ok(i < 60, `${address} has no ${selector}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

test("a dossier goes from counter to department without scripts", async () => {
  const browser = await open({ script: false });
  try {
    const district = await logIn(browser, DISTRICT), at = site.address(DISTRICT), there = site.address(DEPARTMENT);
    await until(district, `${at}/page/open`, `main a[href*="${PROCEDURE}"]`);
    await district.click(`main a[href*="${PROCEDURE}"]`);
    await district.fill("#name", "Hoàng Thị Sáu");
    await district.fill("#papers", "Đơn đề nghị = 1\nBản sao giấy chứng tử = 2");
    await district.click("main button");
    await district.click("main .acts a.button");
    code = (await district.locator("h1").innerText()).split(" ").pop();
    await district.click('a.button[href*="/acts/FORWARD"]');
    await district.fill("#subject", "Chuyển hồ sơ lên Sở Nội vụ");
    await district.setInputFiles("#files", [PAPER]);
    await district.click("main button");
    await district.waitForURL("**/page/sent/**");
    assert.match(await district.locator("main").innerText(), /giay-xac-nhan\.pdf/);
    const department = await logIn(browser, DEPARTMENT);
    await until(department, `${there}/page`, 'a.button[href^="/page/inbox/"]');
    await department.click('a.button[href^="/page/inbox/"]');
    item = new URL(department.url()).pathname;
    const [saved] = await Promise.all([department.waitForEvent("download"), department.click('a[href*="/parts/0"]')]);
    assert.equal(saved.suggestedFilename(), "giay-xac-nhan.pdf");
  } finally {
    await browser.close();
  }
});

const PLACES = [["todo", ""], ["inbox", "/inbox"], ["item", null], ["sent", "/sent"], ["dossiers", "/dossiers"], ["dossier", "/dossiers/CODE"],
  ["act", "/dossiers/CODE/acts/REQUEST_SUPPLEMENT"], ["open", "/open"], ["counter", `/open/${PROCEDURE}`], ["nothing", "/nothing"]];
const LOOKS = [["1440", { width: 1440 }], ["390", { width: 390, height: 844 }], ["dark", { width: 1440, scheme: "dark" }],
  ["400", { width: 1280, height: 1024, scale: 4 }], ["en", { width: 1440, locale: "en-US" }]];

for (const [name, options] of LOOKS) {
  test(`every place is readable: ${name}`, async () => {
    const browser = await open(options);
    try {
      const pages = { [DISTRICT]: await logIn(browser, DISTRICT), [DEPARTMENT]: await logIn(browser, DEPARTMENT) };
      for (const [place, where] of PLACES) {
        const office = where === null || where === "" || where === "/inbox" ? DEPARTMENT : DISTRICT;
        const page = pages[office];
        await page.goto(site.address(office) + (where === null ? item : `/page${where.replace("CODE", code)}`));
        await accessible(page);
        await fits(page);
        await look(page, `${place}-${name}`);
      }
    } finally {
      await browser.close();
    }
  });
}

test("what is refused is said at once, and nothing that was written is lost", async () => {
  const browser = await open({ width: 390, height: 844 });
  try {
    const page = await logIn(browser, DISTRICT);
    await page.goto(`${site.address(DISTRICT)}/page/dossiers/${code}/acts/REQUEST_SUPPLEMENT`);
    await page.fill("#reason", "x".repeat(10_000));
    await page.fill("#items", "Bản sao");
    await page.click("main button");
    assert.equal((await page.inputValue("#reason")).length, 10_000);
    assert.ok(await page.getByRole("alert").isVisible());
    assert.equal(await page.getAttribute("#reason", "aria-invalid"), "true");
    await accessible(page);
    await fits(page);
    await look(page, "refused-390");
  } finally {
    await browser.close();
  }
});

test("by keyboard alone: to the main content, an answer, out", async () => {
  const browser = await open();
  try {
    const page = await browser.newPage(), at = site.address(DEPARTMENT);
    await page.goto(`${at}/`);
    await page.locator("#token:focus").waitFor(); // it has the focus by itself
    await page.keyboard.type(site.token(DEPARTMENT));
    await page.keyboard.press("Enter");
    await page.waitForURL("**/page");
    await page.goto(at + item);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    const reached = [];
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press("Tab");
      const [label, seen] = await page.evaluate(() => {
        const one = document.activeElement, style = getComputedStyle(one);
        return [one.innerText || one.id, style.outlineStyle !== "none"];
      });
      if (label === "") break;
      assert.ok(seen, `no focus to be seen at ${label}`);
      reached.push(label);
      if (label === "Nhận hồ sơ") break;
    }
    assert.equal(reached.at(-1), "Nhận hồ sơ", reached.join(", "));
    await page.keyboard.press("Enter");
    await page.waitForURL("**/page/sent/**");
    assert.match(await page.locator("main").innerText(), /Trục đã nhận|Đã đến nơi/);
  } finally {
    await browser.close();
  }
});

test("a paper is printed without the page around it", async () => {
  const browser = await open();
  try {
    const page = await logIn(browser, DISTRICT);
    await page.goto(`${site.address(DISTRICT)}/page/dossiers/${code}`);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("nav").isVisible(), false);
    assert.equal(await page.locator(".acts").first().isVisible(), false);
    assert.equal(await page.locator("table").first().isVisible(), true);
    await look(page, "dossier-print");
  } finally {
    await browser.close();
  }
});
