/** From examples to tensors: the order of an epoch, augmentation, and the batch itself. */
import * as tf from '@tensorflow/tfjs';
import type { DatasetSpec } from '../../experiment/training-spec.js';
import { seededRandom } from '../../units/random.js';
import type { TrainingBackend } from '../backends/backend.js';
import type { Examples } from './dataset.js';
import { firstOf, type Rows } from './rows.js';

const BYTE_SHARES = Float32Array.from({ length: 256 }, (_none, byte) => byte / 255);

/** The order of an epoch's examples: Fisher and Yates' shuffle. */
export const shuffledOrder = (count: number, seed: number): Uint32Array => {
  const order = firstOf(count);
  const random = seededRandom(seed);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(random.next() * (index + 1));
    const moved = order[index]!;
    order[index] = order[other]!;
    order[other] = moved;
  }
  return order;
};

export interface Augmentation {
  readonly settings: NonNullable<DatasetSpec['augmentation']>;
  /** An example's own, so that it is changed alike however it is batched. */
  readonly seedOf: (example: number) => number;
}

/**
 * Those examples, in that order, as [count, ...shape]: pixels from 0 to 1, numbers, or int32 words.
 * @param shape of one example
 * @param indices the examples' numbers, which say how each is augmented
 */
export const inputsOf = (
  backend: Pick<TrainingBackend, 'pixels'>,
  shape: readonly number[],
  { values, places }: Rows,
  indices: ArrayLike<number>,
  augmentation?: Augmentation,
): tf.Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  const count = places.length;
  if (values instanceof Int32Array)
    return tf.tensor(gathered(values, new Int32Array(count * size), places, size), [count, ...shape], 'int32');
  if (values instanceof Float32Array) return tf.tensor(gathered(values, new Float32Array(count * size), places, size), [count, ...shape]);
  if (augmentation === undefined) return backend.pixels(values, places, size, [count, ...shape]);
  const pixels = new Float32Array(count * size);
  for (let row = 0; row < count; row++)
    augmented(values, places[row]! * size, shape, augmentation.settings, augmentation.seedOf(indices[row]!), pixels, row * size);
  return tf.tensor(pixels, [count, ...shape]);
};

const gathered = <T extends Float32Array | Int32Array>(values: T, target: T, indices: ArrayLike<number>, size: number): T => {
  for (let row = 0; row < indices.length; row++) target.set(values.subarray(indices[row]! * size, (indices[row]! + 1) * size), row * size);
  return target;
};

export const classesOf = ({ labels }: Pick<Examples, 'labels'>, indices: ArrayLike<number>): tf.Tensor =>
  tf.tensor1d(
    Int32Array.from(indices, (index) => labels[index]!),
    'int32',
  );

/** One image moved and turned as its seed says; what comes in from outside is 0. */
const augmented = (
  values: Uint8Array,
  source: number,
  shape: readonly number[],
  { shift, flip }: NonNullable<DatasetSpec['augmentation']>,
  seed: number,
  target: Float32Array,
  at: number,
): void => {
  const [height, width, channels] = shape as [number, number, number];
  const random = seededRandom(seed);
  const moved = () => Math.floor(random.next() * (2 * shift + 1)) - shift;
  const [down, right] = [moved(), moved()];
  const turned = flip && random.next() < 0.5;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromY = y - down;
      const fromX = (turned ? width - 1 - x : x) - right;
      if (fromY < 0 || fromY >= height || fromX < 0 || fromX >= width) continue;
      for (let channel = 0; channel < channels; channel++)
        target[at + (y * width + x) * channels + channel] = BYTE_SHARES[values[source + (fromY * width + fromX) * channels + channel]!]!;
    }
  }
};
