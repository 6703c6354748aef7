/**
 * Puts the trainer thread and all it imports into one file beside the compiled ones, because most of a thread's start would
 * go into loading hundreds of modules of tfjs. Stack traces stay readable: nothing is minified, and there is a source map.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What CommonJS packages in the bundle expect around them. */
const COMMON_JS = `
import { createRequire as createRequireHere } from 'node:module';
import { fileURLToPath as pathHere } from 'node:url';
const require = createRequireHere(import.meta.url);
const __dirname = pathHere(new URL('.', import.meta.url));
`;

await build({
  entryPoints: [path.join(root, 'dist/src/training/thread.js')],
  outfile: path.join(root, 'dist/src/training/thread.bundle.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  banner: { js: COMMON_JS },
  mainFields: ['module', 'main'],
  alias: { '@tensorflow/tfjs': fileURLToPath(new URL('tfjs-in-thread.mjs', import.meta.url)) },
  // Only for URLs, which a trainer never fetches.
  external: ['node-fetch'],
  sourcemap: true,
  legalComments: 'linked',
  // tfjs has parts that are not in the alias: to use one would be to call undefined.
  logOverride: { 'import-is-undefined': 'error' },
  logLevel: 'warning',
});
