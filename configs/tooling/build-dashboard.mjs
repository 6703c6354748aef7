/** Builds the dashboard unless what it is made of is what it was made of the last time. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const STAMP = path.join(ROOT, 'dist/dashboard/made-of.txt');

const filesIn = (folder) =>
  fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

const digest = () => {
  const hash = createHash('sha256');
  const files = [
    ...filesIn('src/dashboard'),
    ...filesIn('src/client'),
    ...['package-lock.json', 'configs/tooling/vite.config.mjs'].map((name) => path.join(ROOT, name)),
  ];
  for (const file of files.sort()) hash.update(path.relative(ROOT, file)).update('\0').update(fs.readFileSync(file)).update('\0');
  return hash.digest('hex');
};

const wanted = digest();
if (!fs.existsSync(STAMP) || fs.readFileSync(STAMP, 'utf8') !== wanted) {
  const { build } = await import('vite');
  await build({ configFile: path.join(ROOT, 'configs/tooling/vite.config.mjs'), logLevel: 'warn' });
  fs.writeFileSync(STAMP, wanted);
}
