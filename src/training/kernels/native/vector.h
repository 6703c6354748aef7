// As many floats at a time as the instruction set has, a call's arguments, and a part's share of the work.
#pragma once
#include <immintrin.h>
#include <stdint.h>
#include "call.h"

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

namespace INSTRUCTION_SET {

typedef float Vector __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));
typedef int32_t Lanes __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));
typedef uint32_t Hashes __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));

static const int COLUMNS = 2 * WIDTH;

INLINE Vector splat(float x) { return x - Vector{}; }
INLINE Lanes splatLanes(int32_t x) { return x - Lanes{}; }
INLINE Vector load(const float *p) { return *(const Vector *)p; }
INLINE void store(float *p, Vector x) { *(Vector *)p = x; }
INLINE Vector choose(Lanes mask, Vector a, Vector b) { return (Vector)((mask & (Lanes)a) | (~mask & (Lanes)b)); }
INLINE int least(int a, int b) { return a < b ? a : b; }
// Rounded once. Built with -ffp-contract=off, so that this is the only place where it is.
#if WIDTH == 16
INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
INLINE Vector squareRoot(Vector x) { return (Vector)_mm512_sqrt_ps((__m512)x); }
#else
INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
INLINE Vector squareRoot(Vector x) { return (Vector)_mm256_sqrt_ps((__m256)x); }
#endif
INLINE float squareRoot1(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }

INLINE float *at(const Call &call, int argument) { return (float *)(call.heap + (uint64_t)call.arguments[argument]); }
INLINE int whole(const Call &call, int argument) { return (int)call.arguments[argument]; }

// This part's share of n things.
struct Share {
  int from, to;
  INLINE Share of(const Call &call, int64_t n) { return {(int)(n * call.part / call.parts), (int)(n * (call.part + 1) / call.parts)}; }
};

static void clear(float *p, int64_t n) { __builtin_memset(p, 0, n * 4); }

// For what is the same of a Vector and of a float.
INLINE void get(Vector &to, const float *p) { to = load(p); }
INLINE void get(float &to, const float *p) { to = *p; }
INLINE void put(float *p, Vector x) { store(p, x); }
INLINE void put(float *p, float x) { *p = x; }
INLINE Vector root(Vector x) { return squareRoot(x); }
INLINE Vector aboveZero(Vector x) { return choose(x > splat(0), x, splat(0)); }
INLINE float aboveZero(float x) { return x > 0 ? x : 0; }
INLINE float root(float x) { return squareRoot1(x); }

#define COLUMN_BY_COLUMN(columns, EACH_COLUMN) \
  { \
    const Share share = Share::of(call, (columns + WIDTH - 1) / WIDTH); \
    for (int v = share.from; v < share.to; v++) { \
      if ((v + 1) * WIDTH <= columns) EACH_COLUMN<Vector>(call, v * WIDTH); \
      else for (int c = v * WIDTH; c < columns; c++) EACH_COLUMN<float>(call, c); \
    } \
  }

}  // namespace INSTRUCTION_SET
