/** Builds the dashboard to dist/dashboard, each file also compressed, so that the server only reads and sends. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const COMPRESSED = /\.(js|css|html|svg|json)$/;

const compressed = {
  name: 'compressed',
  closeBundle() {
    const folder = path.join(ROOT, 'dist/dashboard');
    for (const name of fs.readdirSync(folder, { recursive: true })) {
      const file = path.join(folder, name);
      if (!COMPRESSED.test(name)) continue;
      const content = fs.readFileSync(file);
      fs.writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      fs.writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
    }
  },
};

export default defineConfig({
  root: path.join(ROOT, 'src/dashboard'),
  base: '/',
  publicDir: false,
  cacheDir: path.join(ROOT, 'node_modules/.vite'),
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  plugins: [compressed],
  build: {
    outDir: path.join(ROOT, 'dist/dashboard'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
});
