// console.mjs: lienthong-console beside a sandbox, and an operator who comes in.
//
//   const desk = await console_of(folder);      starts it, unless it runs already; end() at the end
//   const page = await desk.enter(context);     playwright's page, logged in; page.errors: what went wrong in it
//   await desk.admit_another();                 nobody becomes an operator of the broker: desk.enter(context, NOBODY). Needs root
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const bin = (name) => path.join(process.env.LT_BUILD_DIR, "bin", name);
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

export const NOBODY = 65534;

// The process that runs with this file, by the first letters of its program's name.
export function pid_of(name, file) {
  return Number(fs.readdirSync("/proc").find((one) => {
    try {
      return /^\d+$/.test(one) && fs.readFileSync(`/proc/${one}/comm`, "utf8").startsWith(name) && fs.readFileSync(`/proc/${one}/cmdline`, "utf8").includes(file);
    } catch {
      return false; // it has ended meanwhile
    }
  }));
}

export async function console_of(folder) {
  const conf = path.join(folder, "console.conf");
  const address = "http://" + fs.readFileSync(conf, "utf8").match(/^listen=(.*)$/m)[1];
  const up = () => fetch(address + "/healthz").then((answer) => answer.ok, () => false);
  const desk = {
    address,
    cli: (...words) => execFileSync(bin("lienthong"), [...words, "--sandbox", folder], { stdio: ["ignore", "pipe", "ignore"] }).toString(),
    cli_as: (uid, ...words) =>
      execFileSync(bin("lienthong"), [...words, "--sandbox", folder], { uid, gid: uid, stdio: ["ignore", "pipe", "ignore"] }).toString(),
    async admit_another() {
      for (const one of [path.join(folder, "broker"), path.join(folder, "console"), folder, path.dirname(folder)])
        fs.chmodSync(one, fs.statSync(one).mode | 0o1);
      fs.chmodSync(path.join(folder, "broker/control.sock"), 0o666);
      const file = path.join(folder, "broker.conf");
      if (!fs.readFileSync(file, "utf8").includes("operator=nobody")) fs.appendFileSync(file, "\n[operators]\noperator=nobody\n");
      process.kill(pid_of("lienthong-broke", file), "SIGHUP");
      for (let i = 0; ; i++) {
        try {
          return this.cli_as(NOBODY, "time", "show");
        } catch (error) {
          if (i === 200) throw error;
          await rest(50);
        }
      }
    },
    async start() {
      this.program = spawn(bin("lienthong-console"), ["--config", conf], { stdio: ["ignore", "ignore", "ignore"] });
      for (let i = 0; i < 600 && !(await up()); i++) await rest(50);
    },
    // SIGKILL: it dies under the pages; its program is waited for.
    async stop(signal = "SIGTERM") {
      const program = this.program;
      if (!program || program.exitCode !== null) return;
      const ended = new Promise((done) => program.on("exit", done));
      program.kill(signal);
      await ended;
    },
    async enter(context, uid) {
      const page = await context.newPage();
      page.errors = [];
      page.on("console", (said) => { if (said.type() === "error") page.errors.push(said.text()); });
      page.on("pageerror", (error) => page.errors.push(String(error)));
      page.on("dialog", (dialog) => { page.errors.push("a dialog: " + dialog.message()); dialog.dismiss(); });
      page.on("request", (asked) => { if (!asked.url().startsWith(address)) page.errors.push("asked elsewhere: " + asked.url()); });
      await page.goto((uid ? this.cli_as(uid, "console", "login") : this.cli("console", "login")).trim());
      await page.click("main button");
      await page.waitForSelector("#verdict");
      for (let i = 0; i < 100 && !(await page.locator(".tiles").count()); i++) await page.reload();
      return page;
    },
  };
  if (!(await up())) await desk.start();
  return desk;
}
