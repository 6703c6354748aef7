/** Training kernels that work in place on the linear memory of the tfjs WASM backend; no data of their own in it. */
export { convolve, convolveScratch, filterGradient, filterGradientScratch } from './convolution';
export { batchNorm, batchNormGradient } from './batch-norm';
export { columnSums, gemm, gemmScratch, segmentSums } from './dense';
export { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise';
export { adam, byteShares, dropout, reluGradient } from './elementwise';
export { maxPool } from './pooling';
export {
  winogradConvolve,
  winogradConvolveScratch,
  winogradFilterGradient,
  winogradGradientPoints,
  winogradGradientPointsScratch,
} from './winograd';
