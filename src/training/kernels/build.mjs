/**
 * Compiles the training kernels into dist/: in AssemblyScript, once with fused multiply-add (relaxed SIMD) and once
 * without; and, where a C++ compiler for x86-64 is, as a native addon. What cannot be built natively is said once and
 * never fails the build: the AssemblyScript kernels train anywhere.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.join(here, '../../../dist/src/training/kernels');

/** Builds only if the sources, or the tools, have changed since. */
const whenChanged = async (name, sources, tools, products, build) => {
  const hash = createHash('sha256')
    .update(fs.readFileSync(fileURLToPath(import.meta.url)))
    .update(tools.join());
  for (const file of fs.readdirSync(sources).sort()) hash.update(file).update(fs.readFileSync(path.join(sources, file)));
  const stamp = hash.digest('hex');
  const stampFile = path.join(output, `${name}.sha256`);
  const built = fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === stamp;
  if (built && products.every((product) => fs.existsSync(path.join(output, product)))) return;
  fs.mkdirSync(output, { recursive: true });
  await build();
  fs.writeFileSync(stampFile, stamp);
};

const ASSEMBLY_FLAGS = [
  ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--memoryBase', '1024'],
  ...['--disableWarning', '201'],
];
const ASSEMBLY_BUILDS = { relaxed: ['--enable', 'simd,relaxed-simd'], plain: ['--enable', 'simd'] };

const buildAssembly = async () => {
  const { default: asc } = await import('assemblyscript/asc');
  for (const [name, features] of Object.entries(ASSEMBLY_BUILDS)) {
    const target = path.join(output, `${name}.wasm`);
    const { error, stderr } = await asc.main([path.join(here, 'assembly/index.ts'), ...ASSEMBLY_FLAGS, ...features, '-o', target], {
      readFile: (file, base) => {
        const at = path.resolve(base, file);
        return fs.existsSync(at) ? fs.readFileSync(at, 'utf8') : null;
      },
      writeFile: (file, contents, base) => fs.writeFileSync(path.resolve(base, file), contents),
    });
    if (error !== null) {
      process.stderr.write(stderr.toString());
      throw new Error(`the ${name} training kernels do not compile: ${error.message}`);
    }
  }
};

/** Multiply and add are fused only where the source says so: that keeps all builds equal to the bit. */
const NATIVE_FLAGS = ['-std=c++17', '-O3', '-fno-math-errno', '-ffp-contract=off', '-fPIC', '-fvisibility=hidden', '-pthread', '-w'];
const NATIVE_UNITS = {
  addon: [],
  avx2: ['-mavx2', '-mfma'],
  avx512: ['-mavx512f', '-mavx512dq', '-mavx512vl', '-mavx512bw', '-mavx2', '-mfma', '-mprefer-vector-width=512'],
};

const buildNative = async () => {
  fs.rmSync(path.join(output, 'native.node'), { force: true });
  const reason =
    process.arch === 'x64' && process.platform !== 'win32'
      ? await compileWithAny()
      : `they are written for x86-64 with AVX2, this is ${process.platform} ${process.arch}`;
  if (reason !== undefined)
    process.stderr.write(
      `native training kernels not built: ${reason}; the AssemblyScript kernels will train instead, about three times slower\n`,
    );
};

const COMPILERS = ['g++', 'clang++', 'c++'];

/** The one that CXX names, or else those on the path. */
const compilers = () => {
  if (process.env['CXX']) return [process.env['CXX']];
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return COMPILERS.filter((name) => folders.some((folder) => fs.existsSync(path.join(folder, name))));
};

/** Why no compiler managed it; undefined when one did. */
const compileWithAny = async () => {
  const reasons = [];
  if (compilers().length === 0) return `none of ${COMPILERS.join(', ')} is installed`;
  for (const compiler of compilers()) {
    try {
      await compile(compiler);
      return undefined;
    } catch (failure) {
      const lines = String(failure.stderr || '').split('\n');
      reasons.push(
        failure.code === 'ENOENT'
          ? `${compiler} is not installed`
          : `${compiler}: ${lines.find((line) => line.includes('error')) ?? `it ended with ${failure.code ?? failure.message}`}`,
      );
    }
  }
  return reasons.join(', ');
};

const compile = async (compiler) => {
  const run = promisify(execFile);
  const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers');
  const work = fs.mkdtempSync(path.join(output, 'native-'));
  try {
    const object = (unit) => path.join(work, `${unit}.o`);
    await Promise.all(
      Object.entries(NATIVE_UNITS).map(([unit, flags]) =>
        run(compiler, [...NATIVE_FLAGS, ...flags, '-I', headers, '-c', path.join(here, `native/${unit}.cc`), '-o', object(unit)]),
      ),
    );
    const linking = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
    const addon = path.join(work, 'native.node');
    await run(compiler, ['-shared', '-pthread', ...linking, ...Object.keys(NATIVE_UNITS).map(object), '-o', addon]);
    // A running trainer may have the old one open: it keeps its own.
    fs.renameSync(addon, path.join(output, 'native.node'));
  } finally {
    fs.rmSync(work, { recursive: true });
  }
};

await whenChanged('assembly', path.join(here, 'assembly'), [], ['relaxed.wasm', 'plain.wasm'], buildAssembly);
await whenChanged('native', path.join(here, 'native'), compilers(), [], buildNative);
