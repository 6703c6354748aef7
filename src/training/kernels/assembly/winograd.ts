/**
 * Convolution by 3 × 3 in steps of one, and the gradient to its filter, by minimal filtering, F(2×2, 3×3) of Winograd (Lavin
 * and Gray, 2016, "Fast algorithms for convolutional neural networks"): 16 products a channel where a direct sum takes 36.
 * Images are cut into tiles of 4 × 4 pixels that give 2 × 2 outputs each. Tiles, filter and gradients are taken to 16 points,
 * where products over channels (forward) or over tiles (gradient) are all that is left. The same sums as in
 * `../native/winograd.h`. Strides in bytes.
 */
import { packFilter, padded } from './convolution';
import { pieceOf, TILE_COLUMNS, tiles, tileTransposed } from './tile';
import { least } from './vector';
import { filterGradientRow, filterRow, gradientPoints, imagePoints, outputs } from './winograd-points';

const POINTS: i32 = 16;
/** Tiles whose points are held at once. */
const FORWARD_TILES: i32 = 12;
const GRADIENT_TILES: i32 = 48;
/** Floats between points, so that they do not compete for the same lines of the cache. */
const SPACE: i32 = 16;

// @ts-ignore: decorator of AssemblyScript
@inline
function greatest(a: i32, b: i32): i32 {
  return a > b ? a : b;
}

/** The image is padded so far that its tiles are whole. */
// @ts-ignore: decorator of AssemblyScript
@inline
function paddedLength(outputs: i32, padded: i32): i32 {
  return greatest(padded, 2 * ((outputs + 1) / 2) + 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
function panelsOf(OC: i32): i32 {
  return (OC + TILE_COLUMNS - 1) / TILE_COLUMNS;
}

/** Bytes of scratch that `winogradConvolve` needs. */
export function winogradConvolveScratch(IC: i32, OC: i32, OH: i32, OW: i32, PH: i32, PW: i32): i32 {
  const width = panelsOf(OC) * TILE_COLUMNS;
  return (POINTS * (width * IC + FORWARD_TILES * (IC + width) + 2 * SPACE) + 9 * IC * TILE_COLUMNS + paddedLength(OH, PH) * paddedLength(OW, PW) * IC) << 2;
}

/** As `convolve`, of 3 × 3 taps, steps of one and no spaces between pixels. */
export function winogradConvolve(
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
  PH = paddedLength(OH, PH);
  PW = paddedLength(OW, PW);
  const across = (OW + 1) / 2, wanted = across * ((OH + 1) / 2), panels = panelsOf(OC);
  const pixel = (<usize>IC) << 2, line = PW * pixel, outPixel = (<usize>OC) << 2, outLine = OW * outPixel;
  const panelBytes = pixel * TILE_COLUMNS, uPoint = panels * panelBytes, vPoint = FORWARD_TILES * pixel + (SPACE << 2);
  const width = (<usize>(panels * TILE_COLUMNS)) << 2, mPoint = FORWARD_TILES * width + (SPACE << 2);
  const u = scratch, v = u + POINTS * uPoint, m = v + POINTS * vPoint, packed = m + POINTS * mPoint, buffer = packed + 9 * panelBytes;
  for (let panel = 0; panel < panels; panel++) {
    packFilter(filter, flipped, panel, 9, IC, OC, packed);
    for (let k: usize = 0; k < panelBytes; k += 16) {
      const target = u + panel * panelBytes + k;
      filterRow(0, packed + k, panelBytes, target, uPoint);
      filterRow(1, packed + k, panelBytes, target, uPoint);
      filterRow(2, packed + k, panelBytes, target, uPoint);
      filterRow(3, packed + k, panelBytes, target, uPoint);
    }
  }
  for (let n = 0; n < N; n++) {
    const image = padded(x + n * H * W * pixel, H, W, IC, top, left, PH, PW, 1, 1, buffer), out = y + n * OH * outLine;
    for (let from = 0; from < wanted; from += FORWARD_TILES) {
      const count = least(FORWARD_TILES, wanted - from);
      for (let t = 0; t < count; t++) {
        const row = 2 * ((from + t) / across), column = 2 * ((from + t) % across);
        imagePoints(image + row * line + column * pixel, line, IC, v + t * pixel, vPoint);
      }
      for (let p = 0; p < POINTS; p++) {
        for (let panel = 0; panel < panels; panel++) {
          const target = m + p * mPoint + ((panel * TILE_COLUMNS) << 2);
          tiles(count, v + p * vPoint, pixel, u + p * uPoint + panel * panelBytes, IC, target, width);
        }
      }
      for (let t = 0; t < count; t++) {
        const row = 2 * ((from + t) / across), column = 2 * ((from + t) % across), rows = least(2, OH - row), columns = least(2, OW - column);
        const source = m + t * width, target = out + row * outLine + column * outPixel;
        let c = 0;
        for (; c + 4 <= OC; c += 4) outputs<v128>(source + (c << 2), mPoint, target + (c << 2), outLine, outPixel, rows, columns, bias != 0 ? bias + (c << 2) : 0, relu);
        for (; c < OC; c++) outputs<f32>(source + (c << 2), mPoint, target + (c << 2), outLine, outPixel, rows, columns, bias != 0 ? bias + (c << 2) : 0, relu);
      }
    }
  }
}

/** Bytes of scratch that `winogradGradientPoints` needs. */
export function winogradGradientPointsScratch(IC: i32, OC: i32, OH: i32, OW: i32, PH: i32, PW: i32): i32 {
  return (POINTS * (GRADIENT_TILES * (IC + panelsOf(OC) * TILE_COLUMNS) + 2 * SPACE) + paddedLength(OH, PH) * paddedLength(OW, PW) * IC) << 2;
}

/** sums[16,IC,OC]: the points of the filter's gradient, summed over tiles and images in their order. */
export function winogradGradientPoints(
  scratch: usize,
  x: usize,
  dy: usize,
  sums: usize,
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
  PH = paddedLength(OH, PH);
  PW = paddedLength(OW, PW);
  const across = (OW + 1) / 2, wanted = across * ((OH + 1) / 2), step = pieceOf(IC);
  const pixel = (<usize>IC) << 2, line = PW * pixel, outPixel = (<usize>OC) << 2, outLine = OW * outPixel;
  const width = (<usize>(panelsOf(OC) * TILE_COLUMNS)) << 2, vPoint = GRADIENT_TILES * pixel + (SPACE << 2), dPoint = GRADIENT_TILES * width + (SPACE << 2);
  const v = scratch, d = v + POINTS * vPoint, buffer = d + POINTS * dPoint;
  if (width > outPixel) memory.fill(d, 0, POINTS * dPoint);
  for (let n = 0; n < N; n++) {
    const image = padded(x + n * H * W * pixel, H, W, IC, top, left, PH, PW, 1, 1, buffer), gradient = dy + n * OH * outLine;
    for (let from = 0; from < wanted; from += GRADIENT_TILES) {
      const count = least(GRADIENT_TILES, wanted - from);
      for (let t = 0; t < count; t++) {
        const row = 2 * ((from + t) / across), column = 2 * ((from + t) % across);
        imagePoints(image + row * line + column * pixel, line, IC, v + t * pixel, vPoint);
        gradientPoints(gradient + row * outLine + column * outPixel, outLine, least(2, OH - row), least(2, OW - column), OC, d + t * width, dPoint);
      }
      for (let p = 0; p < POINTS; p++) {
        for (let i = 0; i < IC; i += step) {
          for (let j = 0; j < OC; j += TILE_COLUMNS) {
            const target = sums + (p * IC + i) * outPixel + (j << 2);
            tileTransposed(least(step, IC - i), v + p * vPoint + (i << 2), pixel, 0, d + p * dPoint + (j << 2), width, 0, 1, count, target, outPixel, least(TILE_COLUMNS, OC - j), n > 0 || from > 0);
          }
        }
      }
    }
  }
}

/** dFilter[9,floats] from the points [16,floats] of its gradient: G from the other side. */
export function winogradFilterGradient(sums: usize, dFilter: usize, floats: i32): void {
  const bytes = (<usize>floats) << 2;
  for (let k = 0; k < 3; k++) {
    let i = 0;
    for (; i + 4 <= floats; i += 4) filterGradientRow<v128>(k, sums + (i << 2), dFilter + (i << 2), bytes);
    for (; i < floats; i++) filterGradientRow<f32>(k, sums + (i << 2), dFilter + (i << 2), bytes);
  }
}
