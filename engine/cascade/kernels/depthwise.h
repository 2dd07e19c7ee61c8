// Depthwise convolution on rows: every row reads those of its neighbours that are cells of the region, and no others.
//
// out[i] = activation(sum over taps of x[table[i][tap]] * w[tap] + bias); w is taps × channels in fp32.
//
// Included after product.h.
#pragma once

#include "product.h"

namespace {

constexpr int kMostTaps = 64;

template <typename Type, int VECTORS>
void columns_of_row(const RegionStep& step, int64_t row, int64_t column, const int64_t* from, const float* const* by, int present) {
  const int64_t left = step.channels - column;
  typename Type::Vector sums[VECTORS];
#pragma GCC unroll 4
  for (int k = 0; k < VECTORS; k++)
    sums[k] = Type::floats(step.bias + column + k * Type::kLanes, left - k * Type::kLanes);
  for (int tap = 0; tap < present; tap++) {
#pragma GCC unroll 4
    for (int k = 0; k < VECTORS; k++) {
      const int64_t at = column + k * Type::kLanes, rest = left - k * Type::kLanes;
      sums[k] = Type::onto(sums[k], Type::load(step.x, from[tap] + at, rest), Type::floats(by[tap] + at, rest));
    }
  }
#pragma GCC unroll 4
  for (int k = 0; k < VECTORS; k++)
    Type::store(step.out, row * step.out_stride + column + k * Type::kLanes, left - k * Type::kLanes,
                activated<Type>(sums[k], step.activation));
}

template <typename Type>
void depthwise(const RegionStep& step, int64_t begin, int64_t end) {
  const float* weights = static_cast<const float*>(step.weights);
  for (int64_t row = begin; row < end; row++) {
    int64_t from[kMostTaps];
    const float* by[kMostTaps];
    int present = 0;
    for (int64_t tap = 0; tap < step.taps; tap++) {
      const int64_t source = step.table[row * step.taps + tap];
      if (source >= step.sources) continue;
      from[present] = source * step.x_stride;
      by[present++] = weights + tap * step.channels;
    }
    int64_t column = 0;
    for (; column + 4 * Type::kLanes <= step.channels; column += 4 * Type::kLanes)
      columns_of_row<Type, 4>(step, row, column, from, by, present);
    for (; column < step.channels; column += Type::kLanes) columns_of_row<Type, 1>(step, row, column, from, by, present);
  }
}

}  // namespace
