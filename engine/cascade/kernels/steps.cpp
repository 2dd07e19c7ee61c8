// The library's functions: what this processor runs, and running the steps of a block one after another.

#include <cpuid.h>
#include <omp.h>

#include "step.h"

namespace {

enum Level { kNone, kNarrow, kWide };  // nothing, AVX2, AVX-512

const Processor* processor = nullptr;

Level level_of_this_machine() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return kWide;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? kNarrow : kNone;
}

// Tile registers, with which oneDNN's products in bf16 are several times as quick as those here.
bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1);
}

}  // namespace

extern "C" {

// Changes with struct RegionStep and the layouts of weights, so that a library built from other sources is not used.
int rhoscope_interface() { return 3; }

// Takes the best kernels that run here, of those up to `most` (1: AVX2, 2: AVX-512); before any other call. Returns
// what they take: bit 0 fp32, bit 1 bf16 and nothing is quicker. Kernels laid out for another choice must not be run.
int rhoscope_choose(int most) {
  const int level = most < level_of_this_machine() ? most : level_of_this_machine();
  processor = level == kWide ? &kAvx512 : level == kNarrow ? &kAvx2 : nullptr;
  const bool bf16 = level == kWide && __builtin_cpu_supports("avx512bf16") && !has_tiles();
  return (processor ? 1 : 0) | (bf16 ? 2 : 0);
}

// Outputs that stand together in laid-out weights.
int rhoscope_panel_columns() { return processor->panel_columns; }

// What one thread needs as scratch for a product.
int64_t rhoscope_scratch_bytes(int64_t channels, int64_t taps, int bf16) {
  return processor->scratch_bytes(channels, taps, bf16);
}

// Each step may read what those before it wrote. Scratch: threads × scratch_bytes, on a multiple of 64 bytes.
void rhoscope_run(const RegionStep* steps, int64_t count, int threads, char* scratch, int64_t scratch_bytes) {
#pragma omp parallel num_threads(threads)
  {
    const int64_t thread = omp_get_thread_num(), of = omp_get_num_threads();
    for (int64_t number = 0; number < count; number++) {
      const RegionStep& step = steps[number];
      const int64_t begin = step.rows * thread / of, end = step.rows * (thread + 1) / of;
      const void* next = number + 1 < count ? steps[number + 1].weights : nullptr;
      if (begin < end) processor->run(step, begin, end, scratch + thread * scratch_bytes, next);
#pragma omp barrier
    }
  }
}
}
