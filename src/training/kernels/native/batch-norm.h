// Batch normalisation over the rows of a matrix, as in ../assembly/batch-norm.ts.
#pragma once
#include "vector.h"

namespace INSTRUCTION_SET {

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

// x, gamma, beta, y, mean, variance, rows, columns, epsilon: as in ../assembly/batch-norm.ts.
static void batchNorm(const Call &call) { COLUMN_BY_COLUMN(whole(call, 7), batchNormColumns) }
static double batchNormWork(const Call &call) { return 4.0 * whole(call, 6) * whole(call, 7); }

// x, dy, gamma, mean, variance, dx, dGamma, dBeta, rows, columns, epsilon
static void batchNormGradient(const Call &call) { COLUMN_BY_COLUMN(whole(call, 9), batchNormGradientColumns) }
static double batchNormGradientWork(const Call &call) { return 4.0 * whole(call, 8) * whole(call, 9); }

}  // namespace INSTRUCTION_SET
