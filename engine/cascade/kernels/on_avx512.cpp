#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

// What stands below runs only where steps.cpp found AVX-512.
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512bf16")
#include "avx512.h"
#include "depthwise.h"

namespace {

void run(const RegionStep& step, int64_t begin, int64_t end, char* scratch, const void* next) {
  if (step.depthwise)
    step.bf16 ? depthwise<Bf16>(step, begin, end) : depthwise<Fp32>(step, begin, end);
  else
    step.bf16 ? product<Bf16>(step, begin, end, scratch, next) : product<Fp32>(step, begin, end, scratch, next);
}

int64_t scratch_bytes(int64_t channels, int64_t taps, bool bf16) {
  return bf16 ? product_scratch<Bf16>(channels, taps) : product_scratch<Fp32>(channels, taps);
}

}  // namespace

const Processor kAvx512 = {run, scratch_bytes, panel_columns<Fp32>()};
