/** WebGPU through the npm package `webgpu` (Dawn) and tfjs-backend-webgpu, both optional; only on a real adapter. */
import * as tf from '@tensorflow/tfjs';
import type { TrainingBackend } from './backend.js';
import { isNotInstalled } from './optional-package.js';
import { stockBackend } from './stock-backend.js';

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}
interface Gpu {
  requestAdapter(): Promise<{ readonly info: AdapterInfo; readonly isFallbackAdapter?: boolean } | null>;
}

/** Adapters that compute on the CPU, slower than our kernels do. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;
const PACKAGES = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];

export const webgpuBackend = async (): Promise<TrainingBackend | { readonly missing: string; readonly broken: boolean }> => {
  let made: { create(options: string[]): Gpu; globals: object };
  try {
    made = (await import(PACKAGES[0]!)) as typeof made;
    Object.assign(globalThis, made.globals);
    const gpu = made.create([]);
    const adapter = await gpu.requestAdapter();
    if (adapter === null) return { missing: 'WebGPU finds no adapter', broken: false };
    const { vendor, architecture, device, description } = adapter.info;
    const name = [vendor, architecture, device, description].filter((part) => part !== '').join(' ');
    if (adapter.isFallbackAdapter === true || SOFTWARE.test(name))
      return { missing: `its only adapter computes in software (${name})`, broken: false };
    Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
    await import(PACKAGES[1]!);
    // Without a device setBackend answers false, and everything would run on the cpu backend.
    if (!(await tf.setBackend('webgpu'))) return { missing: `tfjs does not start on ${name}`, broken: true };
    return stockBackend({ name: 'webgpu', kernels: name, numericClass: 'webgpu' });
  } catch (failure) {
    const notInstalled = PACKAGES.some((name) => isNotInstalled(failure, name));
    return {
      missing: notInstalled ? `npm packages ${PACKAGES.join(' and ')} are not both installed` : String(failure),
      broken: !notInstalled,
    };
  }
};
