// Compiles the training kernels: once with fused multiply-add (relaxed SIMD) and once without, into dist/.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const sources = path.join(here, 'assembly');
const output = path.join(root, 'dist/src/training/kernels');
const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--memoryBase', '1024'];
const builds = { relaxed: ['--enable', 'simd,relaxed-simd'], plain: ['--enable', 'simd'] };

const hash = createHash('sha256').update(fs.readFileSync(fileURLToPath(import.meta.url)));
for (const file of fs.readdirSync(sources).sort()) hash.update(file).update(fs.readFileSync(path.join(sources, file)));
const stamp = hash.digest('hex');
const stampFile = path.join(output, 'built-from.sha256');
const upToDate =
  fs.existsSync(stampFile) &&
  fs.readFileSync(stampFile, 'utf8') === stamp &&
  Object.keys(builds).every((name) => fs.existsSync(path.join(output, `${name}.wasm`)));

if (!upToDate) {
  fs.mkdirSync(output, { recursive: true });
  for (const [name, features] of Object.entries(builds)) {
    const target = path.join(output, `${name}.wasm`);
    const { error, stderr } = await asc.main(
      [path.join(sources, 'index.ts'), ...flags, ...features, '-o', target, '--disableWarning', '201'],
      {
        readFile: (file, base) => {
          const at = path.resolve(base, file);
          return fs.existsSync(at) ? fs.readFileSync(at, 'utf8') : null;
        },
        writeFile: (file, contents, base) => fs.writeFileSync(path.resolve(base, file), contents),
      },
    );
    if (error !== null) {
      process.stderr.write(stderr.toString());
      throw new Error(`the ${name} training kernels do not compile: ${error.message}`);
    }
  }
  fs.writeFileSync(stampFile, stamp);
}
