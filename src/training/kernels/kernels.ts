/**
 * The training kernels, whoever computes them. Addresses in bytes on the heap (0: none), sizes in elements; their
 * contracts stand with the sources in `assembly/`.
 */

export interface Kernels {
  gemm(
    a: number,
    lda: number,
    transposeA: boolean,
    b: number,
    ldb: number,
    transposeB: boolean,
    c: number,
    M: number,
    N: number,
    K: number,
    bias: number,
    relu: boolean,
  ): void;
  convolve(
    x: number,
    filter: number,
    y: number,
    bias: number,
    relu: boolean,
    flipped: boolean,
    ...geometry: ReturnType<typeof convolutionArguments>
  ): void;
  filterGradient(x: number, dy: number, dFilter: number, ...geometry: ReturnType<typeof convolutionArguments>): void;
  /** As `convolve`, where `suitsWinograd`. */
  winogradConvolve: Kernels['convolve'];
  /** To `sums` [16,IC,OC], from which `winogradFilterGradient` makes dFilter of `floats` = IC·OC a tap. */
  winogradGradientPoints(x: number, dy: number, sums: number, ...geometry: ReturnType<typeof convolutionArguments>): void;
  winogradFilterGradient(sums: number, dFilter: number, floats: number): void;
  depthwiseInputGradient(dy: number, filter: number, dx: number, ...geometry: number[]): void;
  depthwiseFilterGradient(x: number, dy: number, dFilter: number, ...geometry: number[]): void;
  maxPool(x: number, dy: number, y: number, ...geometry: number[]): void;
  columnSums(x: number, out: number, rows: number, columns: number): void;
  segmentSums(x: number, ids: number, out: number, rows: number, columns: number, segments: number): void;
  reluGradient(y: number, dy: number, dx: number, n: number): void;
  byteShares(bytes: number, out: number, n: number): void;
  batchNorm(
    x: number,
    gamma: number,
    beta: number,
    y: number,
    mean: number,
    variance: number,
    rows: number,
    columns: number,
    epsilon: number,
  ): void;
  batchNormGradient(
    x: number,
    dy: number,
    gamma: number,
    mean: number,
    variance: number,
    dx: number,
    dGamma: number,
    dBeta: number,
    rows: number,
    columns: number,
    epsilon: number,
  ): void;
  dropout(x: number, y: number, keys: number, rows: number, columns: number, threshold: number, scale: number): void;
  adam(
    w: number,
    g: number,
    m: number,
    v: number,
    out: number,
    n: number,
    beta1: number,
    beta2: number,
    rate: number,
    epsilon: number,
    correction1: number,
    correction2: number,
  ): void;
}

/** See `convolve` in `assembly/convolution.ts`. */
export interface ConvolutionGeometry {
  readonly N: number;
  readonly H: number;
  readonly W: number;
  readonly IC: number;
  readonly KH: number;
  readonly KW: number;
  readonly OC: number;
  readonly OH: number;
  readonly OW: number;
  readonly SH: number;
  readonly SW: number;
  readonly top: number;
  readonly left: number;
  readonly PH: number;
  readonly PW: number;
  readonly DH: number;
  readonly DW: number;
}

/** With 8 channels a direct sum takes as long, with 16 it takes 1.6 times as long (26 × 26 pixels, AVX-512). */
const LEAST_CHANNELS = 16;

/** Whether minimal filtering applies, and pays: see `assembly/winograd.ts`. */
export const suitsWinograd = ({ KH, KW, SH, SW, DH, DW, IC, OC }: ConvolutionGeometry): boolean =>
  KH === 3 && KW === 3 && SH === 1 && SW === 1 && DH === 1 && DW === 1 && Math.min(IC, OC) >= LEAST_CHANNELS;

/** A geometry in the order in which both kernel sets take it. */
export const convolutionArguments = (g: ConvolutionGeometry) =>
  [g.N, g.H, g.W, g.IC, g.KH, g.KW, g.OC, g.OH, g.OW, g.SH, g.SW, g.top, g.left, g.PH, g.PW, g.DH, g.DW] as const;
