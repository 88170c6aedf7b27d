// Puts a .gz and a .br beside every built file that shrinks by it, so that the server compresses nothing.
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const output = new URL("../target/classes/deepflow/web/", import.meta.url).pathname;

/** What a first visit may load, all scripts and styles together; a page that grows past it fails the build. */
const FIRST_LOAD_MAX = 300_000;

const files = readdirSync(output, { recursive: true })
  .map((name) => join(output, name))
  .filter((path) => statSync(path).isFile() && /\.(html|js|css|svg|json)$/.test(path));

let total = 0;
for (const path of files) {
  const bytes = readFileSync(path);
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  total += Math.min(bytes.length, gzip.length);
  for (const [suffix, packed] of [
    [".gz", gzip],
    [".br", brotli],
  ]) {
    if (packed.length < bytes.length) {
      writeFileSync(path + suffix, packed);
    }
  }
}
console.log(`web: ${files.length} files, ${(total / 1000).toFixed(0)} kB gzipped`);
if (total > FIRST_LOAD_MAX) {
  throw new Error(`The UI weighs ${total} bytes gzipped, more than ${FIRST_LOAD_MAX}.`);
}
