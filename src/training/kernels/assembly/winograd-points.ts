/**
 * To the points of minimal filtering and back, as in `winograd.ts`: B, G and A of F(2×2, 3×3), Lavin and Gray (2016). Sums in one
 * fixed order, the same as in `../native/winograd.h`. Strides in bytes.
 */
import { load4, store4 } from './vector';

// Four channels at once (T = v128), or one (T = f32).
// @ts-ignore: decorator of AssemblyScript
@inline
function get<T>(p: usize): T {
  if (isVector<T>()) return load4(p);
  return load<f32>(p);
}

// @ts-ignore: decorator of AssemblyScript
@inline
function put<T>(p: usize, x: T): void {
  if (isVector<T>()) store4(p, x);
  else store<f32>(p, x);
}

// @ts-ignore: decorator of AssemblyScript
@inline
function plus<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.add(a, b);
  return a + b;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function minus<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.sub(a, b);
  return a - b;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function halved<T>(a: T): T {
  if (isVector<T>()) return f32x4.mul(a, f32x4.splat(0.5));
  return a * <f32>0.5;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function aboveZero<T>(x: T): T {
  if (isVector<T>()) return v128.and(x, f32x4.gt(x, f32x4.splat(0)));
  return x > 0 ? x : 0;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function zero<T>(): T {
  if (isVector<T>()) return f32x4.splat(0);
  return <f32>0;
}

/** Of an image, by B = (1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 −1 0 1) from both sides. */
// @ts-ignore: decorator of AssemblyScript
@inline
function imagePoint<T>(i: i32, d0: T, d1: T, d2: T, d3: T): T {
  return i == 0 ? minus<T>(d0, d2) : i == 1 ? plus<T>(d1, d2) : i == 2 ? minus<T>(d2, d1) : minus<T>(d3, d1);
}

/** Row i of a tile's points. x: the tile's first pixel. */
// @ts-ignore: decorator of AssemblyScript
@inline
function imageRow<T>(i: i32, x: usize, line: usize, pixel: usize, out: usize, point: usize): void {
  const y = x + line, z = y + line, last = z + line;
  const r0 = imagePoint<T>(i, get<T>(x), get<T>(y), get<T>(z), get<T>(last));
  const r1 = imagePoint<T>(i, get<T>(x + pixel), get<T>(y + pixel), get<T>(z + pixel), get<T>(last + pixel));
  const r2 = imagePoint<T>(i, get<T>(x + 2 * pixel), get<T>(y + 2 * pixel), get<T>(z + 2 * pixel), get<T>(last + 2 * pixel));
  const r3 = imagePoint<T>(i, get<T>(x + 3 * pixel), get<T>(y + 3 * pixel), get<T>(z + 3 * pixel), get<T>(last + 3 * pixel));
  const target = out + 4 * i * point;
  put<T>(target, imagePoint<T>(0, r0, r1, r2, r3));
  put<T>(target + point, imagePoint<T>(1, r0, r1, r2, r3));
  put<T>(target + 2 * point, imagePoint<T>(2, r0, r1, r2, r3));
  put<T>(target + 3 * point, imagePoint<T>(3, r0, r1, r2, r3));
}

// @ts-ignore: decorator of AssemblyScript
@inline
function imageRows<T>(x: usize, line: usize, pixel: usize, out: usize, point: usize): void {
  imageRow<T>(0, x, line, pixel, out, point);
  imageRow<T>(1, x, line, pixel, out, point);
  imageRow<T>(2, x, line, pixel, out, point);
  imageRow<T>(3, x, line, pixel, out, point);
}

/** The points of all channels of a tile. */
export function imagePoints(x: usize, line: usize, channels: i32, out: usize, point: usize): void {
  const pixel = (<usize>channels) << 2;
  let c = 0;
  for (; c + 4 <= channels; c += 4) imageRows<v128>(x + (c << 2), line, pixel, out + (c << 2), point);
  for (; c < channels; c++) imageRows<f32>(x + (c << 2), line, pixel, out + (c << 2), point);
}

/** Of a filter, by G = (1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1) from both sides. */
// @ts-ignore: decorator of AssemblyScript
@inline
function filterPoint(i: i32, g0: v128, g1: v128, g2: v128): v128 {
  if (i == 0) return g0;
  if (i == 3) return g2;
  const outer = f32x4.add(g0, g2);
  return halved<v128>(i == 1 ? f32x4.add(outer, g1) : f32x4.sub(outer, g1));
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function filterRow(i: i32, g: usize, tap: usize, u: usize, point: usize): void {
  const r0 = filterPoint(i, load4(g), load4(g + 3 * tap), load4(g + 6 * tap));
  const r1 = filterPoint(i, load4(g + tap), load4(g + 4 * tap), load4(g + 7 * tap));
  const r2 = filterPoint(i, load4(g + 2 * tap), load4(g + 5 * tap), load4(g + 8 * tap));
  const target = u + 4 * i * point;
  store4(target, filterPoint(0, r0, r1, r2));
  store4(target + point, filterPoint(1, r0, r1, r2));
  store4(target + 2 * point, filterPoint(2, r0, r1, r2));
  store4(target + 3 * point, filterPoint(3, r0, r1, r2));
}

/** Outputs from points, by A = (1 1 1 0; 0 1 −1 1) from both sides; then bias and ReLU. `line`: from one row of outputs to the next. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function outputs<T>(m: usize, point: usize, y: usize, line: usize, pixel: usize, rows: i32, columns: i32, bias: usize, relu: bool): void {
  const offset = bias != 0 ? get<T>(bias) : zero<T>();
  for (let i = 0; i < rows; i++) {
    const s0 = outputSum<T>(i, m, 4 * point), s1 = outputSum<T>(i, m + point, 4 * point), s2 = outputSum<T>(i, m + 2 * point, 4 * point), s3 = outputSum<T>(i, m + 3 * point, 4 * point);
    const left = plus<T>(plus<T>(plus<T>(s0, s1), s2), offset), right = plus<T>(plus<T>(minus<T>(s1, s2), s3), offset);
    put<T>(y, relu ? aboveZero<T>(left) : left);
    if (columns == 2) put<T>(y + pixel, relu ? aboveZero<T>(right) : right);
    y += line;
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function outputSum<T>(i: i32, m: usize, row: usize): T {
  const m1 = get<T>(m + row), m2 = get<T>(m + 2 * row);
  return i == 0 ? plus<T>(plus<T>(get<T>(m), m1), m2) : plus<T>(minus<T>(m1, m2), get<T>(m + 3 * row));
}

/** Of the gradient to a tile's outputs, zero outside of the image: A from the other side. */
// @ts-ignore: decorator of AssemblyScript
@inline
function gradientPoint<T>(i: i32, y0: T, y1: T): T {
  return i == 0 ? y0 : i == 1 ? plus<T>(y0, y1) : i == 2 ? minus<T>(y0, y1) : y1;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function gradientRow<T>(i: i32, a: T, b: T, c: T, d: T, out: usize, point: usize): void {
  const left = gradientPoint<T>(i, a, c), right = gradientPoint<T>(i, b, d);
  const target = out + 4 * i * point;
  put<T>(target, gradientPoint<T>(0, left, right));
  put<T>(target + point, gradientPoint<T>(1, left, right));
  put<T>(target + 2 * point, gradientPoint<T>(2, left, right));
  put<T>(target + 3 * point, gradientPoint<T>(3, left, right));
}

// @ts-ignore: decorator of AssemblyScript
@inline
function gradientRows<T>(dy: usize, line: usize, pixel: usize, rows: i32, columns: i32, out: usize, point: usize): void {
  const nothing = zero<T>();
  const a = get<T>(dy), b = columns == 2 ? get<T>(dy + pixel) : nothing;
  const c = rows == 2 ? get<T>(dy + line) : nothing, d = rows == 2 && columns == 2 ? get<T>(dy + line + pixel) : nothing;
  gradientRow<T>(0, a, b, c, d, out, point);
  gradientRow<T>(1, a, b, c, d, out, point);
  gradientRow<T>(2, a, b, c, d, out, point);
  gradientRow<T>(3, a, b, c, d, out, point);
}

export function gradientPoints(dy: usize, line: usize, rows: i32, columns: i32, channels: i32, out: usize, point: usize): void {
  const pixel = (<usize>channels) << 2;
  let c = 0;
  for (; c + 4 <= channels; c += 4) gradientRows<v128>(dy + (c << 2), line, pixel, rows, columns, out + (c << 2), point);
  for (; c < channels; c++) gradientRows<f32>(dy + (c << 2), line, pixel, rows, columns, out + (c << 2), point);
}

// @ts-ignore: decorator of AssemblyScript
@inline
function filterSum<T>(k: i32, m0: T, m1: T, m2: T, m3: T): T {
  if (k == 1) return halved<T>(minus<T>(m1, m2));
  const half = halved<T>(plus<T>(m1, m2));
  return k == 0 ? plus<T>(m0, half) : plus<T>(half, m3);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function filterGradientRow<T>(k: i32, sums: usize, dFilter: usize, bytes: usize): void {
  const row = 4 * bytes;
  const r0 = filterSum<T>(k, get<T>(sums), get<T>(sums + row), get<T>(sums + 2 * row), get<T>(sums + 3 * row));
  sums += bytes;
  const r1 = filterSum<T>(k, get<T>(sums), get<T>(sums + row), get<T>(sums + 2 * row), get<T>(sums + 3 * row));
  sums += bytes;
  const r2 = filterSum<T>(k, get<T>(sums), get<T>(sums + row), get<T>(sums + 2 * row), get<T>(sums + 3 * row));
  sums += bytes;
  const r3 = filterSum<T>(k, get<T>(sums), get<T>(sums + row), get<T>(sums + 2 * row), get<T>(sums + 3 * row));
  const target = dFilter + 3 * k * bytes;
  put<T>(target, filterSum<T>(0, r0, r1, r2, r3));
  put<T>(target + bytes, filterSum<T>(1, r0, r1, r2, r3));
  put<T>(target + 2 * bytes, filterSum<T>(2, r0, r1, r2, r3));
}
