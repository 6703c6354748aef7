/** ReLU's gradient, dropout keyed by sample, and Adam's step. */
import { load4, store4 } from './vector';

/** dx = dy where the output was above zero. */
export function reluGradient(y: usize, dy: usize, dx: usize, n: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) store4(dx + (i << 2), v128.and(load4(dy + (i << 2)), f32x4.gt(load4(y + (i << 2)), zero)));
  for (; i < n; i++) store<f32>(dx + (i << 2), load<f32>(y + (i << 2)) > 0 ? load<f32>(dy + (i << 2)) : 0);
}

/**
 * y = x·scale where a hash of (the row's key, the element's index) is at least `threshold`, else 0. The mask depends on
 * nothing else, so it is the same however samples are batched, in the forward and in the backward pass, and after a resume.
 * Hash: lowbias32 (Chris Wellons, public domain).
 */
export function dropout(x: usize, y: usize, keys: usize, rows: i32, columns: i32, threshold: u32, scale: f32): void {
  const limit = i32x4.splat(<i32>threshold),
    factor = f32x4.splat(scale);
  for (let r = 0; r < rows; r++) {
    const key = load<i32>(keys + (r << 2)),
      keyed = i32x4.splat(key);
    let index = i32x4(0, 1, 2, 3),
      j = 0;
    for (; j + 4 <= columns; j += 4) {
      let h = i32x4.add(keyed, i32x4.mul(index, i32x4.splat(<i32>0x9e3779b9)));
      h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x7feb352d));
      h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 15)), i32x4.splat(<i32>0x846ca68b));
      h = v128.xor(h, i32x4.shr_u(h, 16));
      store4(y + (j << 2), v128.and(f32x4.mul(load4(x + (j << 2)), factor), i32x4.ge_u(h, limit)));
      index = i32x4.add(index, i32x4.splat(4));
    }
    for (; j < columns; j++) {
      let h: u32 = <u32>(key + j * <i32>0x9e3779b9);
      h = (h ^ (h >> 16)) * 0x7feb352d;
      h = (h ^ (h >> 15)) * 0x846ca68b;
      h = h ^ (h >> 16);
      store<f32>(y + (j << 2), h >= threshold ? load<f32>(x + (j << 2)) * scale : 0);
    }
    x += (<usize>columns) << 2;
    y += (<usize>columns) << 2;
  }
}

/**
 * One step of Adam (Kingma and Ba, 2015) as tf.train.adam does it: moments in place, the new weights to a fresh place.
 * `correction1`, `correction2`: 1 / (1 − β^t).
 */
export function adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  out: usize,
  n: i32,
  beta1: f32,
  beta2: f32,
  rate: f32,
  epsilon: f32,
  correction1: f32,
  correction2: f32,
): void {
  const b1 = f32x4.splat(beta1),
    b2 = f32x4.splat(beta2),
    d1 = f32x4.splat(1 - beta1),
    d2 = f32x4.splat(1 - beta2);
  const c1 = f32x4.splat(correction1),
    c2 = f32x4.splat(correction2),
    lr = f32x4.splat(rate),
    eps = f32x4.splat(epsilon);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const o = i << 2,
      gradient = load4(g + o);
    const mean = f32x4.add(f32x4.mul(load4(m + o), b1), f32x4.mul(gradient, d1));
    const square = f32x4.add(f32x4.mul(load4(v + o), b2), f32x4.mul(f32x4.mul(gradient, gradient), d2));
    store4(m + o, mean);
    store4(v + o, square);
    const step = f32x4.div(f32x4.mul(f32x4.mul(mean, c1), lr), f32x4.add(f32x4.sqrt(f32x4.mul(square, c2)), eps));
    store4(out + o, f32x4.sub(load4(w + o), step));
  }
  for (; i < n; i++) {
    const o = i << 2,
      gradient = load<f32>(g + o);
    const mean = load<f32>(m + o) * beta1 + gradient * (1 - beta1),
      square = load<f32>(v + o) * beta2 + gradient * gradient * (1 - beta2);
    store<f32>(m + o, mean);
    store<f32>(v + o, square);
    store<f32>(out + o, load<f32>(w + o) - (mean * correction1 * rate) / (sqrt<f32>(square * correction2) + epsilon));
  }
}

/** out = bytes / 255: pixels as shares of full brightness. */
export function byteShares(bytes: usize, out: usize, n: i32): void {
  const full = f32x4.splat(255);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const words = v128.load_ext<u8>(bytes + i);
    store4(out + (i << 2), f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(words)), full));
    store4(out + (i << 2) + 16, f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(words)), full));
  }
  for (; i < n; i++) store<f32>(out + (i << 2), <f32>load<u8>(bytes + i) / 255);
}
