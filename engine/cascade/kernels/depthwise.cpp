// Depthwise convolution on rows: every row reads those of its neighbours that are cells of the region, and no others.

#include <cstdint>

#include "step.h"

#pragma GCC target("avx512f,avx512bw,avx512vl,avx512bf16")
#include "simd.h"

namespace {

constexpr int kMostTaps = 64;

// Weights are taps × channels in fp32 for both precisions.
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
    for (; column + 64 <= step.channels; column += 64) {
      __m512 sums[4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++) sums[k] = _mm512_loadu_ps(step.bias + column + 16 * k);
      for (int tap = 0; tap < present; tap++) {
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
          const __m512 x = Type::load(step.x, from[tap] + column + 16 * k, 0xffff);
          sums[k] = _mm512_fmadd_ps(x, _mm512_loadu_ps(by[tap] + column + 16 * k), sums[k]);
        }
      }
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++)
        Type::store(step.out, row * step.out_stride + column + 16 * k, 0xffff, activated(sums[k], step.activation));
    }
    for (; column < step.channels; column += 16) {
      const __mmask16 mask = columns_left(step.channels - column);
      __m512 sum = _mm512_maskz_loadu_ps(mask, step.bias + column);
      for (int tap = 0; tap < present; tap++)
        sum = _mm512_fmadd_ps(Type::load(step.x, from[tap] + column, mask), _mm512_maskz_loadu_ps(mask, by[tap] + column), sum);
      Type::store(step.out, row * step.out_stride + column, mask, activated(sum, step.activation));
    }
  }
}

}  // namespace

void depthwise_of_rows(const RegionStep& step, int64_t begin, int64_t end) {
  if (step.bf16)
    depthwise<Bf16>(step, begin, end);
  else
    depthwise<Fp32>(step, begin, end);
}
