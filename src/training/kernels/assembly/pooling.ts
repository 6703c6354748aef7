/** Max-pooling with any windows, strides and padding, and its gradient. */
import { least, load4, store4 } from './vector';

/**
 * With `dy` 0: y[N,OH,OW,C] = the greatest of each window of x that lies inside. Else y is dx: each output's gradient
 * goes to the first of its greatest inputs.
 */
export function maxPool(
  x: usize,
  dy: usize,
  y: usize,
  N: i32,
  H: i32,
  W: i32,
  C: i32,
  OH: i32,
  OW: i32,
  FH: i32,
  FW: i32,
  SH: i32,
  SW: i32,
  top: i32,
  left: i32,
): void {
  if (dy != 0) memory.fill(y, 0, (N * H * W * C) << 2);
  for (let n = 0; n < N; n++) {
    const image = x + ((n * H * W * C) << 2),
      base = (n * OH * OW * C) << 2,
      back = y + ((n * H * W * C) << 2);
    for (let oy = 0; oy < OH; oy++) {
      for (let ox = 0; ox < OW; ox++) {
        const firstRow = max(0, oy * SH - top),
          endRow = least(H, oy * SH - top + FH),
          firstColumn = max(0, ox * SW - left),
          endColumn = least(W, ox * SW - left + FW),
          at = base + (((oy * OW + ox) * C) << 2);
        let c = 0;
        for (; c + 4 <= C; c += 4) {
          let best = f32x4.splat(-Infinity),
            place = i32x4.splat(-1);
          for (let i = firstRow; i < endRow; i++) {
            for (let j = firstColumn; j < endColumn; j++) {
              const value = load4(image + (((i * W + j) * C + c) << 2)),
                greater = f32x4.gt(value, best);
              best = v128.bitselect(value, best, greater);
              place = v128.bitselect(i32x4.splat(i * W + j), place, greater);
            }
          }
          if (dy == 0) {
            store4(y + at + (c << 2), best);
            continue;
          }
          const gradient = load4(dy + at + (c << 2));
          for (let i = firstRow; i < endRow; i++) {
            for (let j = firstColumn; j < endColumn; j++) {
              const p = back + (((i * W + j) * C + c) << 2);
              store4(p, f32x4.add(load4(p), v128.and(gradient, i32x4.eq(place, i32x4.splat(i * W + j)))));
            }
          }
        }
        for (; c < C; c++) {
          let best: f32 = -Infinity,
            place: i32 = -1;
          for (let i = firstRow; i < endRow; i++) {
            for (let j = firstColumn; j < endColumn; j++) {
              const offset = ((i * W + j) * C + c) << 2,
                value = load<f32>(image + offset);
              if (value > best) {
                best = value;
                place = offset;
              }
            }
          }
          if (dy == 0) store<f32>(y + at + (c << 2), best);
          else if (place >= 0) store<f32>(back + place, load<f32>(back + place) + load<f32>(dy + at + (c << 2)));
        }
      }
    }
  }
}
