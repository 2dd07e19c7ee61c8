#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

// What stands below runs only where steps.cpp found AVX2 and FMA.
#pragma GCC target("avx2,fma")
#include "avx2.h"
#include "depthwise.h"

namespace {

void run(const RegionStep& step, int64_t begin, int64_t end, char* scratch, const void* next) {
  if (step.depthwise)
    depthwise<Fp32>(step, begin, end);
  else
    product<Fp32>(step, begin, end, scratch, next);
}

int64_t scratch_bytes(int64_t channels, int64_t taps, bool) { return product_scratch<Fp32>(channels, taps); }

}  // namespace

const Processor kAvx2 = {run, scratch_bytes, panel_columns<Fp32>()};
