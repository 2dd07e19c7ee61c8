// The library's functions: which precisions this processor runs, and running the steps of a block one after another.

#include <cpuid.h>
#include <omp.h>

#include "step.h"

extern "C" {

// Changes with struct RegionStep and the layouts of weights, so that a library built from other sources is not used.
int rhoscope_interface() { return 2; }

// Bit 0: steps in fp32 run here. Bit 1: steps in bf16 do and are the quickest; with tile registers oneDNN's are.
int rhoscope_precisions() {
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool tiles = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1);
  return (wide ? 1 : 0) | (wide && __builtin_cpu_supports("avx512bf16") && !tiles ? 2 : 0);
}

// What one thread needs as scratch for a product.
int64_t rhoscope_scratch_bytes(int64_t channels, int64_t taps, int bf16) {
  return product_scratch_bytes(channels, taps, bf16);
}

// Each step may read what those before it wrote. Scratch: threads × scratch_bytes, on a multiple of 64 bytes.
void rhoscope_run(const RegionStep* steps, int64_t count, int threads, char* scratch, int64_t scratch_bytes) {
#pragma omp parallel num_threads(threads)
  {
    const int64_t thread = omp_get_thread_num(), of = omp_get_num_threads();
    for (int64_t number = 0; number < count; number++) {
      const RegionStep& step = steps[number];
      const int64_t begin = step.rows * thread / of, end = step.rows * (thread + 1) / of;
      if (begin < end && step.depthwise)
        depthwise_of_rows(step, begin, end);
      else if (begin < end)
        product_of_rows(step, begin, end, scratch + thread * scratch_bytes);
#pragma omp barrier
    }
  }
}
}
