// reasons.mjs: names and numbers, read from SPEC.md, which gives them.
import fs from "node:fs";
import path from "node:path";

const spec = fs.readFileSync(path.resolve(import.meta.dirname, "../../../proto/SPEC.md"), "utf8");
export const REASONS = Object.fromEntries([...spec.matchAll(/^\|\s*(\d+)\s*\|\s*`(\w+)`\s*\|\s*(?:yes|no)/gm)].map(([, value, name]) => [name, Number(value)]));
const NAMES = Object.fromEntries(Object.entries(REASONS).map(([name, value]) => [value, name]));
export const reasonName = (value) => NAMES[value] ?? `UNKNOWN ${value}`;
