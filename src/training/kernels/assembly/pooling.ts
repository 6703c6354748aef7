/** Max-pooling of whole windows (no padding; what is left over at the edge is not looked at) and its gradient. */
import { load4, store4 } from './vector';

/**
 * With `dy` 0: y[N,OH,OW,C] = the greatest of each window of x. Else y is dx: each output's gradient goes to the first
 * of its greatest inputs. OH = (H − F) / S + 1, rounded down.
 */
export function maxPool(x: usize, dy: usize, y: usize, N: i32, H: i32, W: i32, C: i32, F: i32, S: i32): void {
  const OH = (H - F) / S + 1,
    OW = (W - F) / S + 1;
  if (dy != 0) memory.fill(y, 0, (N * H * W * C) << 2);
  for (let n = 0; n < N; n++) {
    const image = x + ((n * H * W * C) << 2),
      base = (n * OH * OW * C) << 2,
      back = y + ((n * H * W * C) << 2);
    for (let oy = 0; oy < OH; oy++) {
      for (let ox = 0; ox < OW; ox++) {
        const corner = ((oy * S * W + ox * S) * C) << 2,
          at = base + (((oy * OW + ox) * C) << 2);
        let c = 0;
        for (; c + 4 <= C; c += 4) {
          let best = f32x4.splat(-Infinity),
            place = i32x4.splat(-1);
          for (let i = 0; i < F; i++) {
            for (let j = 0; j < F; j++) {
              const value = load4(image + corner + (((i * W + j) * C + c) << 2)),
                greater = f32x4.gt(value, best);
              best = v128.bitselect(value, best, greater);
              place = v128.bitselect(i32x4.splat(i * F + j), place, greater);
            }
          }
          if (dy == 0) {
            store4(y + at + (c << 2), best);
            continue;
          }
          const gradient = load4(dy + at + (c << 2));
          for (let i = 0; i < F; i++) {
            for (let j = 0; j < F; j++) {
              const p = back + corner + (((i * W + j) * C + c) << 2);
              store4(p, f32x4.add(load4(p), v128.and(gradient, i32x4.eq(place, i32x4.splat(i * F + j)))));
            }
          }
        }
        for (; c < C; c++) {
          let best: f32 = -Infinity,
            place: i32 = -1;
          for (let i = 0; i < F; i++) {
            for (let j = 0; j < F; j++) {
              const offset = corner + (((i * W + j) * C + c) << 2),
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
