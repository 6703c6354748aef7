// The training kernels, compiled once per instruction set with the compiler's flags for it (../build.mjs): the including file sets WIDTH (floats per vector), ROWS (height
// of the register tile, which is two vectors wide), INSTRUCTION_SET (its namespace and the name of its table).
//
// A call's arguments are doubles: addresses in the heap, sizes and strides in elements, flags, factors. Every output
// element is computed by one part alone and its sums run in one fixed order, the same as in ../assembly: so results depend
// neither on the number of parts nor on the instruction set. Nothing of the C++ library may be used here: an inline
// function compiled for AVX-512 could be linked into the others.
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

// ---- The register tile -----------------------------------------------------------------------------------------------
// C[rows × columns] (+)= the sum over `segments` runs of `length` terms of A(row, k)·B(k, column). Strides in floats.
struct Tile {
  const float *a;
  long aRow, aStep, aSegment;
  const float *b;
  long bStep, bSegment;
  int segments, length;
  float *c;
  long cRow;
  int columns;
  bool accumulate;
};

template <int rows> INLINE void sum(const Tile &t, const long aRow, const long aStep) {
  Vector sums[rows][2];
  UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = splat(0);
  for (int segment = 0; segment < t.segments; segment++) {
    const float *b = t.b + segment * t.bSegment;
    // One pointer per three rows: the addressing mode reaches the others.
    const float *p[5];
    UNROLL for (int g = 0; g < 5; g++) p[g] = t.a + segment * t.aSegment + 3 * g * aRow;
    for (int k = t.length; k > 0; k--) {
      const Vector left = load(b), right = load(b + WIDTH);
      UNROLL for (int r = 0; r < rows; r++) {
        const Vector value = splat(p[r / 3][(r % 3) * aRow]);
        sums[r][0] = multiplyAdd(value, left, sums[r][0]);
        sums[r][1] = multiplyAdd(value, right, sums[r][1]);
      }
      UNROLL for (int g = 0; g < (rows + 2) / 3; g++) p[g] += aStep;
      b += t.bStep;
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    float *c = t.c + r * t.cRow;
    if (t.columns == COLUMNS) {
      UNROLL for (int half = 0; half < 2; half++) {
        float *d = c + half * WIDTH;
        store(d, t.accumulate ? load(d) + sums[r][half] : sums[r][half]);
      }
    } else {
      float out[COLUMNS];
      store(out, sums[r][0]);
      store(out + WIDTH, sums[r][1]);
      for (int j = 0; j < t.columns; j++) c[j] = t.accumulate ? c[j] + out[j] : out[j];
    }
  }
}

#define CASE(n) case n: sum<n>(t, aRow, aStep); break;
#if ROWS == 12
#define CASES CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#else
#define CASES CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#endif
// The terms of one row of A lie side by side.
static __attribute__((noinline)) void tile(int rows, const Tile &t) {
  const long aRow = t.aRow, aStep = 1;
  switch (rows) { CASES }
}
// The rows of A lie side by side.
static __attribute__((noinline)) void tileTransposed(int rows, const Tile &t) {
  const long aRow = 1, aStep = t.aStep;
  switch (rows) { CASES }
}

// Cuts n rows into pieces of nearly equal size, none above the tile's height.
INLINE int pieceOf(int n) {
  const int pieces = (n + ROWS - 1) / ROWS;
  return pieces > 0 ? (n + pieces - 1) / pieces : 1;
}

// Copies K rows of up to COLUMNS columns into [K][COLUMNS], zero-filled. `transposed`: the source holds them as columns.
static void pack(const float *source, long row, bool transposed, int K, int columns, float *target) {
  if (transposed) {
    for (int j = 0; j < COLUMNS; j++)
      for (int k = 0; k < K; k++) target[k * COLUMNS + j] = j < columns ? source[j * row + k] : 0;
  } else if (columns == COLUMNS) {
    for (int k = 0; k < K; k++) {
      store(target + k * COLUMNS, load(source + k * row));
      store(target + k * COLUMNS + WIDTH, load(source + k * row + WIDTH));
    }
  } else {
    for (int k = 0; k < K; k++)
      for (int j = 0; j < COLUMNS; j++) target[k * COLUMNS + j] = j < columns ? source[k * row + j] : 0;
  }
}

// Adds a bias to every row and cuts below zero, in place, on `columns` of rows `line` floats apart.
static void finish(float *c, int rows, long line, int columns, const float *bias, bool relu) {
  const Vector zero = splat(0);
  for (int r = 0; r < rows; r++, c += line) {
    int j = 0;
    for (; j + WIDTH <= columns; j += WIDTH) {
      Vector x = load(c + j);
      if (bias) x += load(bias + j);
      store(c + j, relu ? choose(x > zero, x, zero) : x);
    }
    for (; j < columns; j++) {
      const float x = bias ? c[j] + bias[j] : c[j];
      c[j] = relu && !(x > 0) ? 0 : x;
    }
  }
}

static void clear(float *p, int64_t n) { __builtin_memset(p, 0, n * 4); }

// ---- Matrix product: a, lda, transposeA, b, ldb, transposeB, c, M, N, K, bias, relu ------------------------------------
static const int DEPTH = 512;

static void gemm(const Call &call) {
  const float *a = at(call, 0), *b = at(call, 3), *bias = whole(call, 10) ? at(call, 10) : nullptr;
  float *c = at(call, 6);
  const long lda = whole(call, 1), ldb = whole(call, 4);
  const bool transposeA = whole(call, 2), transposeB = whole(call, 5), relu = whole(call, 11);
  const int M = whole(call, 7), N = whole(call, 8), K = whole(call, 9), panels = (N + COLUMNS - 1) / COLUMNS;
  float *packed = reserve(call, DEPTH * COLUMNS);
  if (!packed) return;
  const bool byPanels = panels >= 2 * call.parts;
  const Share columnsShare = byPanels ? Share::of(call, panels) : Share{0, panels};
  const Share rowsShare = byPanels ? Share{0, M} : Share::of(call, M);
  const int rows = rowsShare.to - rowsShare.from, step = pieceOf(rows);
  for (int j = columnsShare.from * COLUMNS; j < least(N, columnsShare.to * COLUMNS); j += COLUMNS) {
    const int columns = least(COLUMNS, N - j);
    for (int k = 0; k < K; k += DEPTH) {
      const int depth = least(DEPTH, K - k);
      const float *panel = transposeB ? b + j * ldb + k : b + k * ldb + j;
      long panelStep = ldb;
      if (transposeB || columns < COLUMNS || rows > ROWS) {
        pack(panel, ldb, transposeB, depth, columns, packed);
        panel = packed;
        panelStep = COLUMNS;
      }
      for (int i = rowsShare.from; i < rowsShare.to; i += step) {
        const Tile t = {transposeA ? a + k * lda + i : a + i * lda + k, lda, lda, 0, panel, panelStep, 0, 1, depth, c + (long)i * N + j, N, columns, k > 0};
        if (transposeA) tileTransposed(least(step, rowsShare.to - i), t);
        else tile(least(step, rowsShare.to - i), t);
      }
    }
    if (bias || relu) finish(c + (long)rowsShare.from * N + j, rows, N, columns, bias ? bias + j : nullptr, relu);
  }
}
static double gemmWork(const Call &call) { return (double)whole(call, 7) * whole(call, 8) * whole(call, 9) / 8; }

// ---- Convolution ------------------------------------------------------------------------------------------------------
struct Convolution {
  int N, H, W, IC, KH, KW, OC, OH, OW, SH, SW, top, left, PH, PW, DH, DW;
};
INLINE Convolution convolutionAt(const Call &call, int argument) {
  Convolution c;
  int *fields = &c.N;
  for (int i = 0; i < 17; i++) fields[i] = whole(call, argument + i);
  return c;
}
INLINE bool isPadded(const Convolution &c) { return c.PH != c.H || c.PW != c.W || c.top != 0 || c.left != 0 || c.DH != 1 || c.DW != 1; }

// The image itself, or a copy of PH × PW with its pixels DH and DW apart and zeros between and around; what falls outside is cut.
static const float *padded(const Convolution &c, const float *image, float *buffer) {
  if (!isPadded(c)) return image;
  clear(buffer, (int64_t)c.PH * c.PW * c.IC);
  for (int y = 0; y < c.H; y++) {
    const int py = y * c.DH + c.top;
    if (py < 0 || py >= c.PH) continue;
    for (int x = 0; x < c.W; x++) {
      const int px = x * c.DW + c.left;
      if (px < 0 || px >= c.PW) continue;
      // A whole row at once where nothing lies between its pixels.
      const int run = c.DW == 1 ? least(c.W - x, c.PW - px) : 1;
      __builtin_memcpy(buffer + ((int64_t)py * c.PW + px) * c.IC, image + ((int64_t)y * c.W + x) * c.IC, (size_t)run * c.IC * 4);
      x += run - 1;
    }
  }
  return buffer;
}

// x, filter, y, bias, relu, flipped, geometry
static void convolve(const Call &call) {
  const Convolution c = convolutionAt(call, 6);
  const float *x = at(call, 0), *filter = at(call, 1), *bias = whole(call, 3) ? at(call, 3) : nullptr;
  float *y = at(call, 2);
  const bool relu = whole(call, 4), flipped = whole(call, 5);
  const int taps = c.KH * c.KW, K = taps * c.IC, panels = (c.OC + COLUMNS - 1) / COLUMNS, pixels = c.OH * c.OW;
  const Share images = Share::of(call, c.N);
  if (images.from == images.to) return;
  float *packed = reserve(call, (size_t)panels * K * COLUMNS + (size_t)c.PH * c.PW * c.IC);
  if (!packed) return;
  float *buffer = packed + (size_t)panels * K * COLUMNS;
  for (int panel = 0; panel < panels; panel++) {
    const int j = panel * COLUMNS, columns = least(COLUMNS, c.OC - j);
    float *target = packed + (long)panel * K * COLUMNS;
    if (!flipped) pack(filter + j, c.OC, false, K, columns, target);
    else
      for (int tap = 0; tap < taps; tap++)
        pack(filter + ((long)(taps - 1 - tap) * c.OC + j) * c.IC, c.IC, true, c.IC, columns, target + (long)tap * c.IC * COLUMNS);
  }
  // A 1 × 1 convolution reads an image as one long row.
  const bool flat = c.KH == 1 && c.KW == 1 && c.SH == 1 && c.SW == 1 && c.PH == c.OH && c.PW == c.OW;
  const int rows = flat ? 1 : c.OH, width = flat ? pixels : c.OW, step = pieceOf(width);
  for (int n = images.from; n < images.to; n++) {
    const float *image = padded(c, x + (long)n * c.H * c.W * c.IC, buffer);
    float *out = y + (long)n * pixels * c.OC;
    for (int panel = 0; panel < panels; panel++) {
      const int j = panel * COLUMNS;
      Tile t = {nullptr, (long)c.SW * c.IC, 1, (long)c.PW * c.IC, packed + (long)panel * K * COLUMNS, COLUMNS, (long)c.KW * c.IC * COLUMNS, c.KH, c.KW * c.IC, nullptr, c.OC, least(COLUMNS, c.OC - j), false};
      for (int oy = 0; oy < rows; oy++)
        for (int ox = 0; ox < width; ox += step) {
          t.a = image + ((long)oy * c.SH * c.PW + (long)ox * c.SW) * c.IC;
          t.c = out + ((long)oy * width + ox) * c.OC + j;
          tile(least(step, width - ox), t);
        }
    }
    if (bias || relu) finish(out, pixels, c.OC, c.OC, bias, relu);
  }
}
static double convolveWork(const Call &call) {
  const Convolution c = convolutionAt(call, 6);
  return (double)c.N * c.OH * c.OW * c.OC * c.KH * c.KW * c.IC / 8;
}

// x, dy, dFilter, geometry. Parts share the output's tiles, not the images: there are no partial sums to add.
static const int BAND = 8;

static void filterGradient(const Call &call) {
  const Convolution c = convolutionAt(call, 3);
  const float *x = at(call, 0), *dy = at(call, 1);
  float *dFilter = at(call, 2);
  const int line = c.KW * c.IC, step = pieceOf(line), strips = (line + step - 1) / step;
  const Share tiles = Share::of(call, c.KH * strips);
  if (tiles.from == tiles.to) return;
  const size_t imageFloats = ((size_t)c.PH * c.PW * c.IC + 15) & ~(size_t)15;
  float *buffer = reserve(call, imageFloats + (size_t)BAND * c.OW * COLUMNS);
  if (!buffer) return;
  float *packed = buffer + imageFloats;
  for (int n = 0; n < c.N; n++) {
    const float *image = padded(c, x + (long)n * c.H * c.W * c.IC, buffer), *gradient = dy + (long)n * c.OH * c.OW * c.OC;
    for (int oy = 0; oy < c.OH; oy += BAND) {
      const int band = least(BAND, c.OH - oy);
      for (int j = 0; j < c.OC; j += COLUMNS) {
        const int columns = least(COLUMNS, c.OC - j);
        const float *b = gradient + (long)oy * c.OW * c.OC + j;
        long bStep = c.OC;
        if (columns < COLUMNS) {
          pack(b, bStep, false, band * c.OW, columns, packed);
          b = packed;
          bStep = COLUMNS;
        }
        for (int s = tiles.from; s < tiles.to; s++) {
          const int ky = s / strips, i = s % strips * step;
          const Tile t = {image + ((long)oy * c.SH + ky) * c.PW * c.IC + i, 1, (long)c.SW * c.IC, (long)c.SH * c.PW * c.IC, b, bStep, c.OW * bStep, band, c.OW,
                          dFilter + ((long)ky * line + i) * c.OC + j, c.OC, columns, n > 0 || oy > 0};
          tileTransposed(least(step, line - i), t);
        }
      }
    }
  }
}
static double filterGradientWork(const Call &call) {
  const Convolution c = convolutionAt(call, 3);
  return (double)c.N * c.OH * c.OW * c.OC * c.KH * c.KW * c.IC / 8;
}

// ---- Depthwise convolution: x or dx [N,H,W,C], filter [KH,KW,C,M], dy [N,OH,OW,C·M] ----------------------------------------
struct Depthwise {
  int N, H, W, C, M, KH, KW, OH, OW, SH, SW, top, left;
};
INLINE Depthwise depthwiseAt(const Call &call, int argument) {
  Depthwise d;
  int *fields = &d.N;
  for (int i = 0; i < 13; i++) fields[i] = whole(call, argument + i);
  return d;
}

// dy, filter, dx, geometry
static void depthwiseInputGradient(const Call &call) {
  const Depthwise d = depthwiseAt(call, 3);
  const float *dy = at(call, 0), *filter = at(call, 1);
  float *dx = at(call, 2);
  const Share images = Share::of(call, d.N);
  for (int n = images.from; n < images.to; n++) {
    float *image = dx + (long)n * d.H * d.W * d.C;
    clear(image, (int64_t)d.H * d.W * d.C);
    for (int oy = 0; oy < d.OH; oy++)
      for (int ox = 0; ox < d.OW; ox++) {
        const float *g = dy + (((long)n * d.OH + oy) * d.OW + ox) * d.C * d.M;
        for (int ky = 0; ky < d.KH; ky++)
          for (int kx = 0; kx < d.KW; kx++) {
            const int y = oy * d.SH + ky - d.top, x = ox * d.SW + kx - d.left;
            if (y < 0 || y >= d.H || x < 0 || x >= d.W) continue;
            float *target = image + ((long)y * d.W + x) * d.C;
            const float *f = filter + ((long)ky * d.KW + kx) * d.C * d.M;
            if (d.M == 1) for (int c = 0; c < d.C; c++) target[c] += g[c] * f[c];
            else
              for (int c = 0; c < d.C; c++)
                for (int m = 0; m < d.M; m++) target[c] += g[c * d.M + m] * f[c * d.M + m];
          }
      }
  }
}

// x, dy, dFilter, geometry. Parts share the taps.
static void depthwiseFilterGradient(const Call &call) {
  const Depthwise d = depthwiseAt(call, 3);
  const float *x = at(call, 0), *dy = at(call, 1);
  float *dFilter = at(call, 2);
  const Share taps = Share::of(call, d.KH * d.KW);
  for (int tap = taps.from; tap < taps.to; tap++) {
    const int ky = tap / d.KW, kx = tap % d.KW;
    float *target = dFilter + (long)tap * d.C * d.M;
    clear(target, (int64_t)d.C * d.M);
    for (int n = 0; n < d.N; n++)
      for (int oy = 0; oy < d.OH; oy++) {
        const int y = oy * d.SH + ky - d.top;
        if (y < 0 || y >= d.H) continue;
        for (int ox = 0; ox < d.OW; ox++) {
          const int at = ox * d.SW + kx - d.left;
          if (at < 0 || at >= d.W) continue;
          const float *g = dy + (((long)n * d.OH + oy) * d.OW + ox) * d.C * d.M, *source = x + (((long)n * d.H + y) * d.W + at) * d.C;
          if (d.M == 1) for (int c = 0; c < d.C; c++) target[c] += g[c] * source[c];
          else
            for (int c = 0; c < d.C; c++)
              for (int m = 0; m < d.M; m++) target[c * d.M + m] += g[c * d.M + m] * source[c];
        }
      }
  }
}
static double depthwiseWork(const Call &call) {
  const Depthwise d = depthwiseAt(call, 3);
  return (double)d.N * d.OH * d.OW * d.C * d.M * d.KH * d.KW / 4;
}

// ---- Max-pooling: x, dy, y, N, H, W, C, OH, OW, FH, FW, SH, SW, top, left ---------------------------------------------------
// With dy 0, y = the greatest of each window; else y is dx, and a gradient goes to the first of its greatest inputs.
static void maxPool(const Call &call) {
  const bool backward = whole(call, 1);
  const int H = whole(call, 4), W = whole(call, 5), C = whole(call, 6), OH = whole(call, 7), OW = whole(call, 8), FH = whole(call, 9), FW = whole(call, 10), SH = whole(call, 11), SW = whole(call, 12), top = whole(call, 13), left = whole(call, 14);
  const Share images = Share::of(call, whole(call, 3));
  for (int n = images.from; n < images.to; n++) {
    const float *x = at(call, 0) + (long)n * H * W * C, *dy = backward ? at(call, 1) + (long)n * OH * OW * C : nullptr;
    float *out = at(call, 2) + (long)n * (backward ? H * W : OH * OW) * C;
    if (backward) clear(out, (int64_t)H * W * C);
    for (int oy = 0; oy < OH; oy++)
      for (int ox = 0; ox < OW; ox++) {
        const int y0 = oy * SH - top, x0 = ox * SW - left;
        const int ya = y0 < 0 ? 0 : y0, yb = least(H, y0 + FH), xa = x0 < 0 ? 0 : x0, xb = least(W, x0 + FW);
        const long o = ((long)oy * OW + ox) * C;
        int c = 0;
        for (; c + WIDTH <= C; c += WIDTH) {
          Vector best = splat(-__builtin_inff());
          Lanes place = splatLanes(-1);
          for (int i = ya; i < yb; i++)
            for (int j = xa; j < xb; j++) {
              const Vector value = load(x + ((long)i * W + j) * C + c);
              const Lanes greater = value > best;
              best = choose(greater, value, best);
              place = (greater & splatLanes(i * W + j)) | (~greater & place);
            }
          if (!backward) {
            store(out + o + c, best);
            continue;
          }
          const Vector gradient = load(dy + o + c);
          for (int i = ya; i < yb; i++)
            for (int j = xa; j < xb; j++) {
              float *p = out + ((long)i * W + j) * C + c;
              store(p, load(p) + choose(place == splatLanes(i * W + j), gradient, splat(0)));
            }
        }
        for (; c < C; c++) {
          float best = -__builtin_inff();
          long place = -1;
          for (int i = ya; i < yb; i++)
            for (int j = xa; j < xb; j++) {
              const float value = x[((long)i * W + j) * C + c];
              if (value > best) {
                best = value;
                place = (long)i * W + j;
              }
            }
          if (!backward) out[o + c] = best;
          else if (place >= 0) out[place * C + c] += dy[o + c];
        }
      }
  }
}
static double maxPoolWork(const Call &call) { return (double)whole(call, 3) * whole(call, 4) * whole(call, 5) * whole(call, 6); }

// ---- Sums and elementwise -----------------------------------------------------------------------------------------------
// x, out, rows, columns: out[column] = the sum over rows in their order.
static void columnSums(const Call &call) {
  const int rows = whole(call, 2), columns = whole(call, 3);
  const float *x = at(call, 0);
  float *out = at(call, 1);
  const Share share = Share::of(call, (columns + WIDTH - 1) / WIDTH);
  int v = share.from;
  for (; v + 4 <= share.to && (v + 4) * WIDTH <= columns; v += 4) {
    Vector sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    const float *p = x + v * WIDTH;
    for (int r = 0; r < rows; r++, p += columns) UNROLL for (int q = 0; q < 4; q++) sums[q] += load(p + q * WIDTH);
    UNROLL for (int q = 0; q < 4; q++) store(out + (v + q) * WIDTH, sums[q]);
  }
  for (; v < share.to; v++) {
    const int from = v * WIDTH;
    if (from + WIDTH <= columns) {
      Vector sums = splat(0);
      for (int r = 0; r < rows; r++) sums += load(x + (long)r * columns + from);
      store(out + from, sums);
    } else
      for (int c = from; c < columns; c++) {
        float sum = 0;
        for (int r = 0; r < rows; r++) sum += x[(long)r * columns + c];
        out[c] = sum;
      }
  }
}
static double columnSumsWork(const Call &call) { return (double)whole(call, 2) * whole(call, 3); }

// x, ids, out, rows, columns, segments: out[id] = the sum of the rows of that id, in their order; other ids are left out.
static void segmentSums(const Call &call) {
  const float *x = at(call, 0);
  const int32_t *ids = (const int32_t *)at(call, 1);
  float *out = at(call, 2);
  const int rows = whole(call, 3), columns = whole(call, 4), segments = whole(call, 5);
  const Share share = Share::of(call, columns);
  for (int s = 0; s < segments; s++) clear(out + (long)s * columns + share.from, share.to - share.from);
  for (int r = 0; r < rows; r++) {
    if (ids[r] < 0 || ids[r] >= segments) continue;
    float *target = out + (long)ids[r] * columns;
    const float *source = x + (long)r * columns;
    for (int c = share.from; c < share.to; c++) target[c] += source[c];
  }
}
static double segmentSumsWork(const Call &call) { return (double)whole(call, 3) * whole(call, 4) / 4; }

#define EACH(count, VECTOR, SCALAR) \
  { \
    const Share share = Share::of(call, count); \
    int64_t i = share.from; \
    for (; i + WIDTH <= share.to; i += WIDTH) { VECTOR; } \
    for (; i < share.to; i++) { SCALAR; } \
  }

// y, dy, dx, n
static void reluGradient(const Call &call) {
  const float *y = at(call, 0), *dy = at(call, 1);
  float *dx = at(call, 2);
  const Vector zero = splat(0);
  EACH(whole(call, 3), store(dx + i, choose(load(y + i) > zero, load(dy + i), zero)), dx[i] = y[i] > 0 ? dy[i] : 0)
}
static double reluGradientWork(const Call &call) { return whole(call, 3); }

// sum, x, n, factor
static void addScaled(const Call &call) {
  float *sum = at(call, 0);
  const float *x = at(call, 1), factor = (float)call.arguments[3];
  EACH(whole(call, 2), store(sum + i, load(sum + i) + load(x + i) * factor), sum[i] = sum[i] + x[i] * factor)
}
static double addScaledWork(const Call &call) { return whole(call, 2); }

// x, y, keys, rows, columns, threshold, scale. The hash is lowbias32 (Chris Wellons, public domain), as in ../assembly.
static void dropout(const Call &call) {
  const int columns = whole(call, 4);
  const uint32_t threshold = (uint32_t)(uint64_t)call.arguments[5], golden = 0x9e3779b9u;
  const float scale = (float)call.arguments[6];
  const Share share = Share::of(call, whole(call, 3));
  Hashes first;
  for (int q = 0; q < WIDTH; q++) first[q] = q * golden;
  for (int r = share.from; r < share.to; r++) {
    const uint32_t key = ((const uint32_t *)at(call, 2))[r];
    const float *x = at(call, 0) + (long)r * columns;
    float *y = at(call, 1) + (long)r * columns;
    int j = 0;
    for (; j + WIDTH <= columns; j += WIDTH) {
      Hashes h = first + (key + j * golden);
      h = (h ^ (h >> 16)) * 0x7feb352du;
      h = (h ^ (h >> 15)) * 0x846ca68bu;
      h ^= h >> 16;
      store(y + j, choose((Lanes)(h >= threshold), load(x + j) * scale, splat(0)));
    }
    for (; j < columns; j++) {
      uint32_t h = key + j * golden;
      h = (h ^ (h >> 16)) * 0x7feb352du;
      h = (h ^ (h >> 15)) * 0x846ca68bu;
      h ^= h >> 16;
      y[j] = h >= threshold ? x[j] * scale : 0;
    }
  }
}
static double dropoutWork(const Call &call) { return 2.0 * whole(call, 3) * whole(call, 4); }

// w, g, m, v, out, n, beta1, beta2, rate, epsilon, correction1, correction2: as in ../assembly/elementwise.ts.
static void adam(const Call &call) {
  const float *w = at(call, 0), *g = at(call, 1);
  float *m = at(call, 2), *v = at(call, 3), *out = at(call, 4);
  const double *f = call.arguments + 6;
  const float beta1 = (float)f[0], beta2 = (float)f[1], rate = (float)f[2], epsilon = (float)f[3], correction1 = (float)f[4], correction2 = (float)f[5];
  EACH(whole(call, 5),
       const Vector gradient = load(g + i); const Vector mean = load(m + i) * beta1 + gradient * (1 - beta1);
       const Vector square = load(v + i) * beta2 + gradient * gradient * (1 - beta2);
       store(m + i, mean); store(v + i, square);
       store(out + i, load(w + i) - mean * correction1 * rate / (squareRoot(square * correction2) + epsilon)),
       const float gradient = g[i]; const float mean = m[i] * beta1 + gradient * (1 - beta1);
       const float square = v[i] * beta2 + gradient * gradient * (1 - beta2);
       m[i] = mean; v[i] = square;
       out[i] = w[i] - mean * correction1 * rate / (squareRoot1(square * correction2) + epsilon))
}
static double adamWork(const Call &call) { return 4.0 * whole(call, 5); }

// bytes, out, n
static void byteShares(const Call &call) {
  const uint8_t *bytes = (const uint8_t *)at(call, 0);
  float *out = at(call, 1);
  const Share share = Share::of(call, whole(call, 2));
  for (int i = share.from; i < share.to; i++) out[i] = (float)bytes[i] / 255.0f;
}
static double byteSharesWork(const Call &call) { return whole(call, 2); }

// ---- Batch normalisation -------------------------------------------------------------------------------------------------
INLINE void get(Vector &to, const float *p) { to = load(p); }
INLINE void get(float &to, const float *p) { to = *p; }
INLINE void put(float *p, Vector x) { store(p, x); }
INLINE void put(float *p, float x) { *p = x; }
INLINE Vector root(Vector x) { return squareRoot(x); }
INLINE float root(float x) { return squareRoot1(x); }

// Rows summed before they are added to the others.
static const int BLOCK = 64;

// A column, or as many as a Vector has floats.
template <class Values> INLINE void batchNormColumns(const Call &call, int column) {
  const int rows = whole(call, 6);
  const long stride = whole(call, 7);
  const float *x = at(call, 0) + column, epsilon = (float)call.arguments[8], count = (float)rows;
  float *y = at(call, 3) + column;
  Values value, total = {};
  for (int from = 0; from < rows; from += BLOCK) {
    Values sum = {};
    for (int r = from; r < least(rows, from + BLOCK); r++) { get(value, x + r * stride); sum = sum + value; }
    total = total + sum;
  }
  const Values mean = total / count;
  total = Values{};
  for (int from = 0; from < rows; from += BLOCK) {
    Values sum = {};
    for (int r = from; r < least(rows, from + BLOCK); r++) {
      get(value, x + r * stride);
      const Values apart = value - mean;
      sum = sum + apart * apart;
    }
    total = total + sum;
  }
  const Values variance = total / count;
  put(at(call, 4) + column, mean);
  put(at(call, 5) + column, variance);
  Values gamma, beta;
  get(gamma, at(call, 1) + column);
  get(beta, at(call, 2) + column);
  const Values scale = gamma / root(variance + epsilon);
  for (int r = 0; r < rows; r++) { get(value, x + r * stride); put(y + r * stride, (value - mean) * scale + beta); }
}

template <class Values> INLINE void batchNormGradientColumns(const Call &call, int column) {
  const int rows = whole(call, 8);
  const long stride = whole(call, 9);
  const float *x = at(call, 0) + column, *dy = at(call, 1) + column, epsilon = (float)call.arguments[10], count = (float)rows;
  float *dx = at(call, 5) + column;
  Values value, g, mean, gamma, variance, slopes = {}, products = {};
  get(gamma, at(call, 2) + column);
  get(mean, at(call, 3) + column);
  get(variance, at(call, 4) + column);
  for (int from = 0; from < rows; from += BLOCK) {
    Values slope = {}, product = {};
    for (int r = from; r < least(rows, from + BLOCK); r++) {
      get(value, x + r * stride);
      get(g, dy + r * stride);
      slope = slope + g;
      product = product + g * (value - mean);
    }
    slopes = slopes + slope;
    products = products + product;
  }
  const Values inverse = 1.0f / root(variance + epsilon), turned = products * inverse;
  put(at(call, 6) + column, turned);
  put(at(call, 7) + column, slopes);
  const Values scale = gamma * inverse, level = slopes / count, tilt = turned * inverse / count;
  for (int r = 0; r < rows; r++) {
    get(value, x + r * stride);
    get(g, dy + r * stride);
    put(dx + r * stride, (g - level - (value - mean) * tilt) * scale);
  }
}

#define COLUMN_BY_COLUMN(columns, EACH_COLUMN) \
  { \
    const Share share = Share::of(call, (columns + WIDTH - 1) / WIDTH); \
    for (int v = share.from; v < share.to; v++) { \
      if ((v + 1) * WIDTH <= columns) EACH_COLUMN<Vector>(call, v * WIDTH); \
      else for (int c = v * WIDTH; c < columns; c++) EACH_COLUMN<float>(call, c); \
    } \
  }

// x, gamma, beta, y, mean, variance, rows, columns, epsilon: as in ../assembly/batch-norm.ts.
static void batchNorm(const Call &call) { COLUMN_BY_COLUMN(whole(call, 7), batchNormColumns) }
static double batchNormWork(const Call &call) { return 4.0 * whole(call, 6) * whole(call, 7); }

// x, dy, gamma, mean, variance, dx, dGamma, dBeta, rows, columns, epsilon
static void batchNormGradient(const Call &call) { COLUMN_BY_COLUMN(whole(call, 9), batchNormGradientColumns) }
static double batchNormGradientWork(const Call &call) { return 4.0 * whole(call, 8) * whole(call, 9); }

// In the order of NATIVE_KERNELS in ../native-kernels.ts.
extern const Kernel kernels[] = {
    {gemm, gemmWork},
    {convolve, convolveWork},
    {filterGradient, filterGradientWork},
    {depthwiseInputGradient, depthwiseWork},
    {depthwiseFilterGradient, depthwiseWork},
    {maxPool, maxPoolWork},
    {columnSums, columnSumsWork},
    {segmentSums, segmentSumsWork},
    {reluGradient, reluGradientWork},
    {addScaled, addScaledWork},
    {dropout, dropoutWork},
    {adam, adamWork},
    {byteShares, byteSharesWork},
    {batchNorm, batchNormWork},
    {batchNormGradient, batchNormGradientWork},
};
extern const int kernelCount = sizeof kernels / sizeof *kernels;

}  // namespace INSTRUCTION_SET
