// page_packages.mjs: what the page and its tests are made of runs on the node that Debian 12 has, 18.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./run_tests.mjs";

const debian = [18, 13, 0];  // the first of Debian 12

/// Whether a version is within "18", ">= 18.1", "^16 || >=18" and the like; throws at what it does not know.
function accepts(range, version) {
  const compare = (a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  return range.split("||").some((alternative) => alternative.trim().replace(/([\^~<>=])\s+/g, "$1").split(/\s+(?=[\^~<>=\d])/).every((text) => {
    if (text === "*" || text === "") return true;
    const parsed = /^(\^|~|>=|>|<=|<|=)?\s*v?(\d+)(?:\.(\d+|x))?(?:\.(\d+|x))?$/.exec(text.trim());
    if (!parsed) throw new Error(`unknown range: ${range}`);
    const given = parsed.slice(2, 5).map((part) => (part === undefined || part === "x" ? 0 : Number(part)));
    const order = compare(version, given);
    switch (parsed[1]) {
      case ">=": return order >= 0;
      case ">": return order > 0;
      case "<=": return order <= 0;
      case "<": return order < 0;
      case "~": return order >= 0 && version[0] === given[0] && (parsed[3] === undefined || version[1] === given[1]);
      default: return order >= 0 && version[0] === given[0];
    }
  }));
}

const locks = ["../../analyzer/report/web/package-lock.json", "package-lock.json"];
const lockOf = (path) => JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8"));

process.exit(await run({
  "ranges of versions are understood"() {
    for (const range of [">=18", ">= 18", "^18.0.0", "^14 || >=16.2", "18", "*", ">=12 <19", "~18.13"])
      assert.ok(accepts(range, debian), range);
    for (const range of [">=20", ">=18.14", "^16", "^20 || >=22", "<18", ">=12 <18"]) assert.ok(!accepts(range, debian), range);
    assert.throws(() => accepts("latest", debian), /unknown range/);
  },
  "each package accepts Debian's node"() {
    let asked = 0;
    for (const lock of locks) {
      for (const [name, { engines }] of Object.entries(lockOf(lock).packages)) {
        if (engines?.node === undefined) continue;
        ++asked;
        assert.ok(accepts(engines.node, debian), `${lock}: ${name} takes node ${engines.node}`);
      }
    }
    assert.ok(asked > 1);
  },
  "each package is of one version, and known by its digest"() {
    for (const lock of locks) {
      const { packages } = lockOf(lock);
      for (const [name, one] of Object.entries(packages)) {
        if (name === "") {
          for (const version of Object.values(one.dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
          continue;
        }
        assert.match(one.integrity, /^sha512-/, name);
      }
    }
  },
}));
