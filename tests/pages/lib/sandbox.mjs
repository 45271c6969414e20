// sandbox.mjs: a broker and the adapters of some agencies, for the tests of this folder.
//
//   const site = await run("H37.24", "H37.11");
//   await site.call("H37.24", "GET", "/v1/todo");    the adapter's API; what it answers, as JSON
//   await site.end();
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export async function run(...agencies) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pages-"));
  const program = spawn(path.join(process.env.LT_BUILD_DIR, "bin/lienthong"), ["sandbox", path.join(folder, "s"), "--json", "--run", ...agencies],
    { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const info = await new Promise((good, bad) => {
    program.stdout.on("data", (data) => {
      text += data;
      if (text.endsWith("}\n")) good(JSON.parse(text));
    });
    program.on("exit", (code) => bad(new Error(`the sandbox ended with ${code}`)));
  });
  const running = (code) => info.running.find((one) => one.code === code);
  return {
    folder: path.join(folder, "s"),
    info,
    address: (code) => running(code).api,
    token: (code) => fs.readFileSync(running(code).token_file, "utf8").trim(),
    async call(code, method, where, body, headers = {}) {
      const answer = await fetch(running(code).api + where, {
        method, headers: { Authorization: `Bearer ${this.token(code)}`, ...headers }, body: body === undefined ? undefined : JSON.stringify(body),
      });
      return answer.json();
    },
    async end() {
      program.removeAllListeners("exit");
      const ended = new Promise((done) => program.on("exit", done));
      program.kill("SIGINT");
      await ended;
      fs.rmSync(folder, { recursive: true });
    },
  };
}
