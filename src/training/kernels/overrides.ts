/**
 * Our kernels in place of the stock ones of the tfjs WASM backend, which has no gradient of a convolution, of a depthwise
 * convolution or of a look-up at all. What is out of a kernel's range goes to the stock one, where there is one.
 */
import * as tf from '@tensorflow/tfjs';
import type { Heap } from './heap.js';
import { convolutionArguments, suitsWinograd, type ConvolutionGeometry } from './kernels.js';

export interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4 = [number, number, number, number];
type Inputs = Readonly<Record<string, tf.TensorInfo>>;
/** Undefined: out of range. */
type Compute = (inputs: Inputs, attributes: Readonly<Record<string, unknown>>) => tf.TensorInfo | undefined;

let registered = false;

/** Once per thread. */
export const overrideKernels = (heap: Heap): void => {
  if (registered) return;
  registered = true;
  override('Conv2D', ({ x, filter }, attributes) => {
    const convolution = attributes as unknown as ConvolutionAttributes;
    return isPlain(convolution) ? convolveOnHeap(heap, x!, filter!, convolution, 0, false) : undefined;
  });
  override('Conv2DBackpropInput', inputGradient(heap));
  override('Conv2DBackpropFilter', filterGradient(heap));
  override('DepthwiseConv2dNativeBackpropInput', depthwiseInputGradient(heap));
  override('DepthwiseConv2dNativeBackpropFilter', depthwiseFilterGradient(heap));
  override('MaxPool', ({ x }, attributes) => pool(heap, x!, undefined, attributes as unknown as PoolAttributes));
  override('MaxPoolGrad', ({ dy, input }, attributes) => pool(heap, input!, dy!, attributes as unknown as PoolAttributes));
  override('BatchMatMul', batchProduct(heap));
  override('Sum', leadingSum(heap));
  override('UnsortedSegmentSum', segmentSum(heap));
  // The stock one copies.
  override('Identity', ({ x }) => heap.alias(x!));
  override('Tile', repeated(heap));
};

const override = (kernelName: string, compute: Compute): void => {
  const stock = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined;
  if (stock !== undefined) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelName,
    backendName: 'wasm',
    kernelFunc: (parameters) => {
      const attributes = (parameters.attrs ?? {}) as Readonly<Record<string, unknown>>;
      const made = compute(parameters.inputs as Inputs, attributes);
      if (made !== undefined) return made;
      if (stock !== undefined) return stock.kernelFunc(parameters);
      throw new RangeError(`${kernelName}: not for ${JSON.stringify(attributes)} on the WASM backend`);
    },
  });
};

const isPlain = ({ dataFormat, dilations }: ConvolutionAttributes): boolean =>
  (dataFormat ?? 'NHWC') === 'NHWC' && [dilations ?? 1].flat().every((dilation) => dilation === 1);

const infoOf = (xShape: readonly number[], filterShape: readonly number[], attributes: ConvolutionAttributes, depthwise = false) =>
  tf.backend_util.computeConv2DInfo(
    xShape as Shape4,
    filterShape as Shape4,
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
    depthwise,
  );

const geometryOf = (xShape: readonly number[], filterShape: readonly number[], attributes: ConvolutionAttributes) => {
  const info = infoOf(xShape, filterShape, attributes);
  const { top, bottom, left, right } = info.padInfo;
  const [H, W, KH, KW, OH, OW] = [info.inHeight, info.inWidth, info.filterHeight, info.filterWidth, info.outHeight, info.outWidth];
  const [SH, SW] = [info.strideHeight, info.strideWidth];
  const PH = Math.max(H + top + bottom, (OH - 1) * SH + KH);
  const PW = Math.max(W + left + right, (OW - 1) * SW + KW);
  const channels = { N: info.batchSize, IC: info.inChannels, OC: info.outChannels };
  return { geometry: { ...channels, H, W, KH, KW, OH, OW, SH, SW, top, left, PH, PW, DH: 1, DW: 1 }, outShape: info.outShape };
};

export const convolveOnHeap = (
  heap: Heap,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attributes: ConvolutionAttributes,
  bias: number,
  relu: boolean,
): tf.TensorInfo => {
  const { geometry, outShape } = geometryOf(x.shape, filter.shape, attributes);
  const y = heap.output(outShape);
  convolveWith(heap, x, filter, y, bias, relu, false, geometry);
  return y;
};

const convolveWith = (
  { addressOf, kernels }: Heap,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  y: tf.TensorInfo,
  bias: number,
  relu: boolean,
  flipped: boolean,
  geometry: ConvolutionGeometry,
): void => {
  const kernel = suitsWinograd(geometry) ? 'winogradConvolve' : 'convolve';
  kernels[kernel](addressOf(x), addressOf(filter), addressOf(y), bias, relu, flipped, ...convolutionArguments(geometry));
};

/** As a convolution in steps of one over dy, its pixels set apart by the strides, with the filter turned round. */
const inputGradient =
  (heap: Heap): Compute =>
  ({ dy, filter }, attributes) => {
    const convolution = attributes as unknown as ConvolutionAttributes;
    if (!isPlain(convolution)) return undefined;
    const inputShape = attributes['inputShape'] as number[];
    const { geometry: g } = geometryOf(inputShape, filter!.shape, convolution);
    const back: ConvolutionGeometry = {
      ...{ N: g.N, H: g.OH, W: g.OW, IC: g.OC, KH: g.KH, KW: g.KW, OC: g.IC, OH: g.H, OW: g.W, SH: 1, SW: 1 },
      ...{ top: g.KH - 1 - g.top, left: g.KW - 1 - g.left, PH: g.H + g.KH - 1, PW: g.W + g.KW - 1, DH: g.SH, DW: g.SW },
    };
    const dx = heap.output(inputShape);
    convolveWith(heap, dy!, filter!, dx, 0, false, true, back);
    return dx;
  };

const filterGradient =
  (heap: Heap): Compute =>
  ({ x, dy }, attributes) => {
    const convolution = attributes as unknown as ConvolutionAttributes;
    if (!isPlain(convolution)) return undefined;
    const filterShape = attributes['filterShape'] as number[];
    const { geometry } = geometryOf(x!.shape, filterShape, convolution);
    const dFilter = heap.output(filterShape);
    const { addressOf, kernels } = heap;
    if (!suitsWinograd(geometry)) {
      kernels.filterGradient(addressOf(x!), addressOf(dy!), addressOf(dFilter), ...convolutionArguments(geometry));
      return dFilter;
    }
    const { IC, OC } = geometry;
    const sums = tf.engine().makeTensorFromTensorInfo(heap.output([16, IC, OC]));
    kernels.winogradGradientPoints(addressOf(x!), addressOf(dy!), addressOf(sums), ...convolutionArguments(geometry));
    kernels.winogradFilterGradient(addressOf(sums), addressOf(dFilter), IC * OC);
    sums.dispose();
    return dFilter;
  };

const depthwiseArguments = (xShape: readonly number[], filterShape: readonly number[], attributes: ConvolutionAttributes) => {
  const info = infoOf(xShape, filterShape, attributes, true);
  const { batchSize, inHeight, inWidth, inChannels, filterHeight, filterWidth, outHeight, outWidth, strideHeight, strideWidth } = info;
  const multiplier = info.outChannels / inChannels;
  const sizes = [batchSize, inHeight, inWidth, inChannels, multiplier, filterHeight, filterWidth, outHeight, outWidth];
  return [...sizes, strideHeight, strideWidth, info.padInfo.top, info.padInfo.left];
};

const depthwiseInputGradient =
  (heap: Heap): Compute =>
  ({ dy, filter }, attributes) => {
    const convolution = attributes as unknown as ConvolutionAttributes;
    if (!isPlain(convolution)) return undefined;
    const inputShape = attributes['inputShape'] as number[];
    const dx = heap.output(inputShape);
    const geometry = depthwiseArguments(inputShape, filter!.shape, convolution);
    heap.kernels.depthwiseInputGradient(heap.addressOf(dy!), heap.addressOf(filter!), heap.addressOf(dx), ...geometry);
    return dx;
  };

const depthwiseFilterGradient =
  (heap: Heap): Compute =>
  ({ x, dy }, attributes) => {
    const convolution = attributes as unknown as ConvolutionAttributes;
    if (!isPlain(convolution)) return undefined;
    const filterShape = attributes['filterShape'] as number[];
    const dFilter = heap.output(filterShape);
    const geometry = depthwiseArguments(x!.shape, filterShape, convolution);
    heap.kernels.depthwiseFilterGradient(heap.addressOf(x!), heap.addressOf(dy!), heap.addressOf(dFilter), ...geometry);
    return dFilter;
  };

const pool = (heap: Heap, x: tf.TensorInfo, dy: tf.TensorInfo | undefined, attributes: PoolAttributes): tf.TensorInfo | undefined => {
  if (x.dtype !== 'float32') return undefined;
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computePool2DInfo(x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const made = heap.output(dy === undefined ? info.outShape : x.shape);
  heap.kernels.maxPool(
    heap.addressOf(x),
    dy === undefined ? 0 : heap.addressOf(dy),
    heap.addressOf(made),
    ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth],
    ...[info.padInfo.top, info.padInfo.left],
  );
  return made;
};

/** c = op(a)·op(b) (+ bias) (then ReLU) of the matrices in a's, b's and c's last two axes, from `offset` matrices on. */
export const product = (
  { kernels, addressOf }: Heap,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  c: tf.TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  bias: number,
  relu: boolean,
  offset: { readonly a: number; readonly b: number; readonly c: number } = { a: 0, b: 0, c: 0 },
): void => {
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const columnsB = b.shape.at(-1)!;
  const [M, N] = c.shape.slice(-2) as [number, number];
  const K = transposeA ? rowsA : columnsA;
  const [left, right] = [addressOf(a) + 4 * offset.a * rowsA * columnsA, addressOf(b) + 4 * offset.b * K * N];
  kernels.gemm(left, columnsA, transposeA, right, columnsB, transposeB, addressOf(c) + 4 * offset.c * M * N, M, N, K, bias, relu);
};

const batchProduct =
  (heap: Heap): Compute =>
  ({ a, b }, { transposeA, transposeB }) => {
    if (a!.dtype !== 'float32' || b!.dtype !== 'float32') return undefined;
    const [batchA, batchB] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
    const [countA, countB] = [tf.util.sizeFromShape(batchA), tf.util.sizeFromShape(batchB)];
    // Broadcasting beyond one matrix against many is left to the stock kernel.
    if (countA !== countB && countA !== 1 && countB !== 1) return undefined;
    const M = transposeA === true ? a!.shape.at(-1)! : a!.shape.at(-2)!;
    const N = transposeB === true ? b!.shape.at(-2)! : b!.shape.at(-1)!;
    const batch = countA > countB || (countA === countB && batchA.length >= batchB.length) ? batchA : batchB;
    if (M * N === 0 || a!.shape.at(transposeA === true ? -2 : -1) === 0) return undefined;
    const c = heap.output([...batch, M, N]);
    for (let index = 0; index < Math.max(countA, countB); index++) {
      const offset = { a: countA === 1 ? 0 : index, b: countB === 1 ? 0 : index, c: index };
      product(heap, a!, b!, c, transposeA === true, transposeB === true, 0, false, offset);
    }
    return c;
  };

/** Sums over all axes but the last: the gradient of a bias. */
const leadingSum =
  (heap: Heap): Compute =>
  ({ x }, { axis, keepDims }) => {
    const rank = x!.shape.length;
    const axes = tf.util.parseAxisParam(axis as number | number[], x!.shape);
    const isLeading = axes.length === rank - 1 && [...axes].sort((a, b) => a - b).every((each, index) => each === index);
    if (x!.dtype !== 'float32' || rank < 2 || keepDims === true || !isLeading) return undefined;
    const columns = x!.shape[rank - 1]!;
    const rows = tf.util.sizeFromShape(x!.shape) / columns;
    if (!(rows > 0)) return undefined;
    const sums = heap.output([columns]);
    heap.kernels.columnSums(heap.addressOf(x!), heap.addressOf(sums), rows, columns);
    return sums;
  };

const segmentSum =
  (heap: Heap): Compute =>
  ({ x, segmentIds }, { numSegments }) => {
    if (x!.dtype !== 'float32' || segmentIds!.dtype !== 'int32' || segmentIds!.shape.length !== 1) return undefined;
    const rows = segmentIds!.shape[0]!;
    const columns = tf.util.sizeFromShape(x!.shape) / rows;
    const sums = heap.output([Number(numSegments), ...x!.shape.slice(1)]);
    heap.kernels.segmentSums(heap.addressOf(x!), heap.addressOf(segmentIds!), heap.addressOf(sums), rows, columns, Number(numSegments));
    return sums;
  };

/** One block repeated, as in the gradient of batch normalisation; the stock kernel takes hundreds of times longer. */
const repeated =
  (heap: Heap): Compute =>
  ({ x }, { reps }) => {
    const times = reps as readonly number[];
    const last = times.findLastIndex((each) => each !== 1);
    if (x!.dtype !== 'float32' || times.length !== x!.shape.length || x!.shape.slice(0, last + 1).some((length) => length !== 1))
      return undefined;
    const size = tf.util.sizeFromShape(x!.shape);
    const tiled = heap.output(x!.shape.map((length, axis) => length * times[axis]!));
    const target = heap.floats(tiled);
    if (target.length === 0) return tiled;
    target.set(heap.floats(x!));
    for (let done = size; done < target.length; done *= 2) target.copyWithin(done, 0, Math.min(done, target.length - done));
    return tiled;
  };
