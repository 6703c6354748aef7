/**
 * Batch normalisation (Ioffe and Szegedy, 2015) over the rows of a matrix, and its gradient. Sums run in blocks of rows, so
 * that their rounding does not grow with the number of rows.
 */
import { least, load4, store4 } from './vector';

const BLOCK: i32 = 64;

/** mean and variance of each column of x, and y = (x − mean)·gamma/√(variance + epsilon) + beta. */
export function batchNorm(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  variance: usize,
  rows: i32,
  columns: i32,
  epsilon: f32,
): void {
  const stride = (<usize>columns) << 2,
    count = <f32>rows;
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    const o = (<usize>j) << 2;
    let total = f32x4.splat(0);
    for (let from = 0; from < rows; from += BLOCK) {
      let sum = f32x4.splat(0);
      for (let r = from; r < least(rows, from + BLOCK); r++) sum = f32x4.add(sum, load4(x + o + <usize>r * stride));
      total = f32x4.add(total, sum);
    }
    const middle = f32x4.div(total, f32x4.splat(count));
    total = f32x4.splat(0);
    for (let from = 0; from < rows; from += BLOCK) {
      let sum = f32x4.splat(0);
      for (let r = from; r < least(rows, from + BLOCK); r++) {
        const apart = f32x4.sub(load4(x + o + <usize>r * stride), middle);
        sum = f32x4.add(sum, f32x4.mul(apart, apart));
      }
      total = f32x4.add(total, sum);
    }
    const spread = f32x4.div(total, f32x4.splat(count));
    store4(mean + o, middle);
    store4(variance + o, spread);
    const scale = f32x4.div(load4(gamma + o), f32x4.sqrt(f32x4.add(spread, f32x4.splat(epsilon)))),
      shift = load4(beta + o);
    for (let r = 0; r < rows; r++) {
      const at = o + <usize>r * stride;
      store4(y + at, f32x4.add(f32x4.mul(f32x4.sub(load4(x + at), middle), scale), shift));
    }
  }
  for (; j < columns; j++) {
    const o = (<usize>j) << 2;
    let total: f32 = 0;
    for (let from = 0; from < rows; from += BLOCK) {
      let sum: f32 = 0;
      for (let r = from; r < least(rows, from + BLOCK); r++) sum += load<f32>(x + o + <usize>r * stride);
      total += sum;
    }
    const middle = total / count;
    total = 0;
    for (let from = 0; from < rows; from += BLOCK) {
      let sum: f32 = 0;
      for (let r = from; r < least(rows, from + BLOCK); r++) {
        const apart = load<f32>(x + o + <usize>r * stride) - middle;
        sum += apart * apart;
      }
      total += sum;
    }
    const spread = total / count;
    store<f32>(mean + o, middle);
    store<f32>(variance + o, spread);
    const scale = load<f32>(gamma + o) / sqrt<f32>(spread + epsilon),
      shift = load<f32>(beta + o);
    for (let r = 0; r < rows; r++) {
      const at = o + <usize>r * stride;
      store<f32>(y + at, (load<f32>(x + at) - middle) * scale + shift);
    }
  }
}

/** The gradients of x, gamma and beta, from that of y and what the forward pass found. */
export function batchNormGradient(
  x: usize,
  dy: usize,
  gamma: usize,
  mean: usize,
  variance: usize,
  dx: usize,
  dGamma: usize,
  dBeta: usize,
  rows: i32,
  columns: i32,
  epsilon: f32,
): void {
  const stride = (<usize>columns) << 2,
    count = <f32>rows;
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    const o = (<usize>j) << 2,
      middle = load4(mean + o);
    let slopes = f32x4.splat(0),
      products = f32x4.splat(0);
    for (let from = 0; from < rows; from += BLOCK) {
      let slope = f32x4.splat(0),
        product = f32x4.splat(0);
      for (let r = from; r < least(rows, from + BLOCK); r++) {
        const at = o + <usize>r * stride,
          g = load4(dy + at);
        slope = f32x4.add(slope, g);
        product = f32x4.add(product, f32x4.mul(g, f32x4.sub(load4(x + at), middle)));
      }
      slopes = f32x4.add(slopes, slope);
      products = f32x4.add(products, product);
    }
    const inverse = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(load4(variance + o), f32x4.splat(epsilon)))),
      turned = f32x4.mul(products, inverse);
    store4(dBeta + o, slopes);
    store4(dGamma + o, turned);
    const scale = f32x4.mul(load4(gamma + o), inverse),
      level = f32x4.div(slopes, f32x4.splat(count)),
      tilt = f32x4.div(f32x4.mul(turned, inverse), f32x4.splat(count));
    for (let r = 0; r < rows; r++) {
      const at = o + <usize>r * stride;
      const rest = f32x4.sub(f32x4.sub(load4(dy + at), level), f32x4.mul(f32x4.sub(load4(x + at), middle), tilt));
      store4(dx + at, f32x4.mul(rest, scale));
    }
  }
  for (; j < columns; j++) {
    const o = (<usize>j) << 2,
      middle = load<f32>(mean + o);
    let slopes: f32 = 0,
      products: f32 = 0;
    for (let from = 0; from < rows; from += BLOCK) {
      let slope: f32 = 0,
        product: f32 = 0;
      for (let r = from; r < least(rows, from + BLOCK); r++) {
        const at = o + <usize>r * stride,
          g = load<f32>(dy + at);
        slope += g;
        product += g * (load<f32>(x + at) - middle);
      }
      slopes += slope;
      products += product;
    }
    const inverse: f32 = <f32>1 / sqrt<f32>(load<f32>(variance + o) + epsilon),
      turned: f32 = products * inverse;
    store<f32>(dBeta + o, slopes);
    store<f32>(dGamma + o, turned);
    const scale: f32 = load<f32>(gamma + o) * inverse,
      level: f32 = slopes / count,
      tilt: f32 = (turned * inverse) / count;
    for (let r = 0; r < rows; r++) {
      const at = o + <usize>r * stride;
      store<f32>(dx + at, (load<f32>(dy + at) - level - (load<f32>(x + at) - middle) * tilt) * scale);
    }
  }
}
