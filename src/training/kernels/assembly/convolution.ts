/** Convolution over NHWC images with any strides and padding, and its gradients to the image and to the filter. */
import { finish } from './dense';
import { pack, pieceOf, tile, TILE_COLUMNS, tileTransposed } from './tile';
import { least } from './vector';

/** Output rows whose gradients are summed together before they go back to memory. */
const BAND: i32 = 8;

/**
 * The image itself, or a copy of PH × PW with its pixels DH and DW apart and zeros between and around; what falls
 * outside is cut.
 */
export function padded(image: usize, H: i32, W: i32, C: i32, top: i32, left: i32, PH: i32, PW: i32, DH: i32, DW: i32, buffer: usize): usize {
  if (PH == H && PW == W && top == 0 && left == 0 && DH == 1 && DW == 1) return image;
  memory.fill(buffer, 0, (PH * PW * C) << 2);
  for (let y = 0; y < H; y++) {
    const py = y * DH + top;
    if (py < 0 || py >= PH) continue;
    for (let x = 0; x < W; x++) {
      const px = x * DW + left;
      if (px < 0 || px >= PW) continue;
      // A whole row at once where nothing lies between its pixels.
      const run = DW == 1 ? least(W - x, PW - px) : 1;
      memory.copy(buffer + (((py * PW + px) * C) << 2), image + (((y * W + x) * C) << 2), (run * C) << 2);
      x += run - 1;
    }
  }
  return buffer;
}

/** A panel of the filter's columns, [taps·IC][8], zero-filled; `flipped` as in `convolve`. */
export function packFilter(filter: usize, flipped: bool, panel: i32, taps: i32, IC: i32, OC: i32, target: usize): void {
  const j = panel * TILE_COLUMNS,
    columns = least(TILE_COLUMNS, OC - j);
  if (!flipped) {
    pack(filter + (j << 2), (<usize>OC) << 2, false, taps * IC, columns, target);
    return;
  }
  for (let tap = 0; tap < taps; tap++) {
    const source = filter + ((((taps - 1 - tap) * OC + j) * IC) << 2);
    pack(source, (<usize>IC) << 2, true, IC, columns, target + ((tap * IC * TILE_COLUMNS) << 2));
  }
}

/** Bytes of scratch that `convolve` needs. */
export function convolveScratch(KH: i32, KW: i32, IC: i32, OC: i32, PH: i32, PW: i32): i32 {
  const panels = (OC + TILE_COLUMNS - 1) / TILE_COLUMNS;
  return (panels * KH * KW * IC * TILE_COLUMNS + PH * PW * IC) << 2;
}

/**
 * y[N,OH,OW,OC] = x[N,H,W,IC] ∗ filter[KH,KW,IC,OC] (+ bias) (then ReLU), in steps of SH and SW over images padded to
 * PH × PW with `top` and `left` zeros before, their pixels DH and DW apart. `flipped`: the filter is that of the
 * forward pass, [KH,KW,OC,IC], read backwards with its channels exchanged; with the strides of the forward pass as DH and
 * DW this makes the gradient to its input.
 */
export function convolve(
  scratch: usize,
  x: usize,
  filter: usize,
  y: usize,
  bias: usize,
  relu: bool,
  flipped: bool,
  N: i32,
  H: i32,
  W: i32,
  IC: i32,
  KH: i32,
  KW: i32,
  OC: i32,
  OH: i32,
  OW: i32,
  SH: i32,
  SW: i32,
  top: i32,
  left: i32,
  PH: i32,
  PW: i32,
  DH: i32,
  DW: i32,
): void {
  const taps = KH * KW,
    K = taps * IC;
  const panels = (OC + TILE_COLUMNS - 1) / TILE_COLUMNS,
    buffer = scratch + ((panels * K * TILE_COLUMNS) << 2),
    step = pieceOf(OW);
  for (let panel = 0; panel < panels; panel++) packFilter(filter, flipped, panel, taps, IC, OC, scratch + ((panel * K * TILE_COLUMNS) << 2));
  for (let n = 0; n < N; n++) {
    const image = padded(x + ((n * H * W * IC) << 2), H, W, IC, top, left, PH, PW, DH, DW, buffer),
      out = y + ((n * OH * OW * OC) << 2);
    for (let panel = 0; panel < panels; panel++) {
      const j = panel * TILE_COLUMNS,
        columns = least(TILE_COLUMNS, OC - j),
        b = scratch + ((panel * K * TILE_COLUMNS) << 2);
      for (let oy = 0; oy < OH; oy++) {
        for (let ox = 0; ox < OW; ox += step) {
          tile(
            least(step, OW - ox),
            image + (((oy * SH * PW + ox * SW) * IC) << 2),
            (SW * IC) << 2,
            (PW * IC) << 2,
            b,
            TILE_COLUMNS * 4,
            (KW * IC * TILE_COLUMNS) << 2,
            KH,
            KW * IC,
            out + (((oy * OW + ox) * OC + j) << 2),
            (<usize>OC) << 2,
            columns,
            false,
          );
        }
      }
    }
    if (bias != 0 || relu) finish(out, OH * OW, OC, bias, relu);
  }
}

/** Bytes of scratch that `filterGradient` needs. */
export function filterGradientScratch(IC: i32, PH: i32, PW: i32, OW: i32): i32 {
  return (PH * PW * IC + BAND * OW * TILE_COLUMNS) << 2;
}

/** dFilter[KH,KW,IC,OC] of the convolution above from dy[N,OH,OW,OC], summed over images in their order. */
export function filterGradient(
  scratch: usize,
  x: usize,
  dy: usize,
  dFilter: usize,
  N: i32,
  H: i32,
  W: i32,
  IC: i32,
  KH: i32,
  KW: i32,
  OC: i32,
  OH: i32,
  OW: i32,
  SH: i32,
  SW: i32,
  top: i32,
  left: i32,
  PH: i32,
  PW: i32,
  DH: i32,
  DW: i32,
): void {
  const line = KW * IC,
    step = pieceOf(line),
    packed = scratch + ((PH * PW * IC) << 2);
  for (let n = 0; n < N; n++) {
    const image = padded(x + ((n * H * W * IC) << 2), H, W, IC, top, left, PH, PW, DH, DW, scratch),
      gradient = dy + ((n * OH * OW * OC) << 2);
    for (let oy = 0; oy < OH; oy += BAND) {
      const band = least(BAND, OH - oy);
      for (let j = 0; j < OC; j += TILE_COLUMNS) {
        const columns = least(TILE_COLUMNS, OC - j);
        let b = gradient + ((oy * OW * OC + j) << 2),
          bStep: usize = (<usize>OC) << 2;
        if (columns < TILE_COLUMNS) {
          pack(b, bStep, false, band * OW, columns, packed);
          b = packed;
          bStep = TILE_COLUMNS * 4;
        }
        for (let ky = 0; ky < KH; ky++) {
          for (let i = 0; i < line; i += step) {
            tileTransposed(
              least(step, line - i),
              image + (((oy * SH + ky) * PW * IC + i) << 2),
              (SW * IC) << 2,
              (SH * PW * IC) << 2,
              b,
              bStep,
              OW * bStep,
              band,
              OW,
              dFilter + (((ky * line + i) * OC + j) << 2),
              (<usize>OC) << 2,
              columns,
              n > 0 || oy > 0,
            );
          }
        }
      }
    }
  }
}
