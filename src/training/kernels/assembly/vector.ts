/** Four floats at a time. Built twice: with fused multiply-add (relaxed SIMD), and without. */

// @ts-ignore: decorator of AssemblyScript
@inline
export function load4(p: usize): v128 {
  return v128.load(p, 0, 4);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function store4(p: usize, x: v128): void {
  v128.store(p, x, 0, 4);
}

/** a·b + c, rounded once in the relaxed build and twice in the plain one: two numeric classes. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function least(a: i32, b: i32): i32 {
  return a < b ? a : b;
}
