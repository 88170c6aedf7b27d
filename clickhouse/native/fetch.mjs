// Brings the engine's library into node_modules, unless it is there and as new as the lock file.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const library = join(here, `node_modules/@chdb/lib-linux-${process.arch}-gnu/libchdb.so`);
const installed = join(here, 'node_modules/.package-lock.json');
const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

if (!existsSync(library) || modified(installed) < modified(join(here, 'package-lock.json'))) {
  execFileSync('npm', ['ci'], { cwd: here, stdio: 'inherit' });
}
if (!existsSync(library)) {
  console.warn(
    `the engine's library is not to be had for ${process.platform}-${process.arch}: ` +
      'the server and the tests of the engine can run on linux-x64 with glibc only',
  );
}
