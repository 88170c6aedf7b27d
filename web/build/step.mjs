// What Maven runs: `node build/step.mjs install|build|test`. A step whose inputs have not changed since it last
// succeeded does nothing, whatever their dates say: a fresh clone or another branch gives files new dates.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const STEPS = {
  install: {
    inputs: ["package-lock.json", ".npmrc"],
    mark: "node_modules/.deepflow-inputs",
    commands: [["npm", "ci"]],
  },
  build: {
    inputs: ["package-lock.json", "index.html", "vite.config.ts", "tsconfig.json", "build", "public", "src"],
    mark: "target/web-inputs",
    output: "target/classes/deepflow/web/index.html",
    commands: [["npm", "run", "--silent", "build"]],
  },
  test: {
    commands: [
      ["npm", "run", "--silent", "check"],
      ["npm", "test", "--silent"],
    ],
  },
};

function files(path) {
  return statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => files(join(path, name)))
    : [path];
}

function fingerprint(inputs) {
  const hash = createHash("sha256");
  for (const path of inputs.flatMap((input) => files(join(root, input)))) {
    hash.update(path.slice(root.length)).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

function isDone(step, print) {
  const mark = join(root, step.mark);
  const hasOutput = step.output === undefined || existsSync(join(root, step.output));
  return hasOutput && existsSync(mark) && readFileSync(mark, "utf8") === print;
}

const name = process.argv[2] ?? "";
const step = STEPS[name];
if (!step) {
  console.error(`usage: node build/step.mjs ${Object.keys(STEPS).join("|")}`);
  process.exit(2);
}
const print = step.mark && fingerprint(step.inputs);
if (print && isDone(step, print)) {
  process.exit(0);
}
for (const [program, ...words] of step.commands) {
  const { status, error } = spawnSync(program, words, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (error || status !== 0) {
    console.error(
      error
        ? `${program}: ${error.message}. The UI needs Node.js 20.19 or newer with npm.`
        : `web: "${[program, ...words].join(" ")}" failed`,
    );
    process.exit(1);
  }
}
if (print) {
  const mark = join(root, step.mark);
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, print);
}
