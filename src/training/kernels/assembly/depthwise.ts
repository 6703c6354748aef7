/**
 * Gradients of the depthwise convolution x[N,H,W,C] ∗ filter[KH,KW,C,M] → [N,OH,OW,C·M], in steps of SH and SW, with
 * `top` and `left` zeros before. Each output element is summed over outputs in their order, each term rounded twice.
 */
import { load4, store4 } from './vector';

/** target[c] += the sum over m of a[c·M + m]·b[c·M + m], for each of C channels. */
function addProducts(target: usize, a: usize, b: usize, C: i32, M: i32): void {
  let c = 0;
  if (M == 1) {
    for (; c + 4 <= C; c += 4) store4(target + (c << 2), f32x4.add(load4(target + (c << 2)), f32x4.mul(load4(a + (c << 2)), load4(b + (c << 2)))));
  }
  for (; c < C; c++) {
    const at = target + (c << 2);
    for (let m = 0; m < M; m++) store<f32>(at, load<f32>(at) + load<f32>(a + ((c * M + m) << 2)) * load<f32>(b + ((c * M + m) << 2)));
  }
}

/** target[c·M + m] += a[c·M + m]·x[c]. */
function addScaledBy(target: usize, a: usize, x: usize, C: i32, M: i32): void {
  if (M == 1) return addProducts(target, a, x, C, 1);
  for (let c = 0; c < C; c++) {
    for (let m = 0; m < M; m++) {
      const at = (c * M + m) << 2;
      store<f32>(target + at, load<f32>(target + at) + load<f32>(a + at) * load<f32>(x + (c << 2)));
    }
  }
}

export function depthwiseInputGradient(
  dy: usize,
  filter: usize,
  dx: usize,
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  M: i32,
  KH: i32,
  KW: i32,
  OH: i32,
  OW: i32,
  SH: i32,
  SW: i32,
  top: i32,
  left: i32,
): void {
  memory.fill(dx, 0, (N * H * W * C) << 2);
  for (let n = 0; n < N; n++) {
    for (let oy = 0; oy < OH; oy++) {
      for (let ox = 0; ox < OW; ox++) {
        const gradient = dy + ((((n * OH + oy) * OW + ox) * C * M) << 2);
        for (let ky = 0; ky < KH; ky++) {
          for (let kx = 0; kx < KW; kx++) {
            const y = oy * SH + ky - top,
              x = ox * SW + kx - left;
            if (y < 0 || y >= H || x < 0 || x >= W) continue;
            addProducts(dx + ((((n * H + y) * W + x) * C) << 2), gradient, filter + (((ky * KW + kx) * C * M) << 2), C, M);
          }
        }
      }
    }
  }
}

export function depthwiseFilterGradient(
  x: usize,
  dy: usize,
  dFilter: usize,
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  M: i32,
  KH: i32,
  KW: i32,
  OH: i32,
  OW: i32,
  SH: i32,
  SW: i32,
  top: i32,
  left: i32,
): void {
  memory.fill(dFilter, 0, (KH * KW * C * M) << 2);
  for (let ky = 0; ky < KH; ky++) {
    for (let kx = 0; kx < KW; kx++) {
      const target = dFilter + (((ky * KW + kx) * C * M) << 2);
      for (let n = 0; n < N; n++) {
        for (let oy = 0; oy < OH; oy++) {
          const y = oy * SH + ky - top;
          if (y < 0 || y >= H) continue;
          for (let ox = 0; ox < OW; ox++) {
            const column = ox * SW + kx - left;
            if (column < 0 || column >= W) continue;
            addScaledBy(target, dy + ((((n * OH + oy) * OW + ox) * C * M) << 2), x + ((((n * H + y) * W + column) * C) << 2), C, M);
          }
        }
      }
    }
  }
}
