/**
 * The contract on the backends of this machine. Others, where they are installed, by name:
 * TRAINING_BACKENDS=tensorflow-gpu,webgpu npm run jest -- tests/training/backends
 */
import { nativeInstructionSets } from '../../src/training/kernels/native-kernels.js';
import type { BackendName } from '../../src/training/protocol.js';
import { backendContract, opened } from './backend-contract.js';

const here: readonly BackendName[] = ['wasm-plain', 'wasm', ...(nativeInstructionSets().sets.length > 0 ? (['native'] as const) : [])];
const named = process.env['TRAINING_BACKENDS']?.split(',') as readonly BackendName[] | undefined;

/** GPUs multiply with fewer bits where a library lets them. */
const toleranceOf = (name: BackendName): number => (name === 'webgpu' || name === 'tensorflow-gpu' ? 1e-3 : 1e-5);

for (const name of named ?? here) backendContract(name, toleranceOf(name));

test('a backend that is not there is refused by name when it is forced, with the reason', async () => {
  await expect(opened('tensorflow-gpu')).rejects.toThrow(
    'backend tensorflow-gpu was asked for (LOWTIDE_BACKEND), but npm package @tensorflow/tfjs-node-gpu is not installed',
  );
  await expect(opened('webgpu')).rejects.toThrow('backend webgpu was asked for');
});

test('left to itself, the choice is the native kernels where they are built, else those from AssemblyScript', async () => {
  const { build } = await opened('auto', 1);
  expect(build.kernels).toMatch(nativeInstructionSets().sets.length > 0 ? /^native avx(2|512), 1 thread$/ : /^assemblyscript /);
});
