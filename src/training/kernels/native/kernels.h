// The training kernels, compiled once per instruction set with the compiler's flags for it (../build.mjs): the including file sets WIDTH (floats per vector), ROWS (height
// of the register tile, which is two vectors wide), INSTRUCTION_SET (its namespace and the name of its table).
//
// A call's arguments are doubles: addresses in the heap, sizes and strides in elements, flags, factors. Every output
// element is computed by one part alone and its sums run in one fixed order, the same as in ../assembly: so results depend
// neither on the number of parts nor on the instruction set. Nothing of the C++ library may be used here: an inline
// function compiled for AVX-512 could be linked into the others.
#include "batch-norm.h"
#include "convolution.h"
#include "dense.h"
#include "depthwise.h"
#include "elementwise.h"
#include "pooling.h"
#include "winograd.h"

namespace INSTRUCTION_SET {

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
    {dropout, dropoutWork},
    {adam, adamWork},
    {byteShares, byteSharesWork},
    {batchNorm, batchNormWork},
    {batchNormGradient, batchNormGradientWork},
    {winogradConvolve, winogradConvolveWork},
    {winogradGradientPoints, winogradGradientPointsWork},
    {winogradFilterGradient, winogradFilterGradientWork},
};
extern const int kernelCount = sizeof kernels / sizeof *kernels;

}  // namespace INSTRUCTION_SET
