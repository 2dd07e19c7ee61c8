// The library's functions: what this processor runs, and running the steps of a program one after another.

#include <cpuid.h>
#include <omp.h>

#include <vector>

#include "program.h"
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

struct Array {
  char* data;
  int64_t stride, rows;
};

int64_t element_bytes(const RegionProgram& program) { return program.steps[0].bf16 ? 2 : 4; }

// The arrays of a call; what follows them in its memory goes to `rest`.
std::vector<Array> arrays_of(const RegionProgram& program, const RegionCall& call, char** rest) {
  const int64_t last = program.steps[program.step_count - 1].to, bytes = element_bytes(program);
  char* free = call.memory;
  std::vector<Array> arrays(program.array_count);
  for (int64_t number = 0; number < program.array_count; number++) {
    const PlannedArray& planned = program.arrays[number];
    const int64_t rows = call.rows[planned.coarse];
    if (number == 0) {
      arrays[number] = {static_cast<char*>(const_cast<void*>(call.x)), call.x_stride, rows};
    } else if (number == last) {
      arrays[number] = {static_cast<char*>(call.out), call.out_stride, rows};
    } else {
      arrays[number] = {free, planned.width, rows};
      free += (rows * planned.width * bytes + 63) / 64 * 64;
    }
  }
  *rest = free;
  return arrays;
}

std::vector<RegionStep> resolved(const RegionProgram& program, const RegionCall& call, char** scratch) {
  const int64_t bytes = element_bytes(program);
  const std::vector<Array> arrays = arrays_of(program, call, scratch);
  std::vector<RegionStep> steps;
  for (int64_t number = 0; number < program.step_count; number++) {
    const PlannedStep& step = program.steps[number];
    const Array &source = arrays[step.source], &to = arrays[step.to], &onto = arrays[step.onto < 0 ? 0 : step.onto];
    steps.push_back({
        .x = source.data + step.source_column * bytes,
        .x_stride = source.stride,
        .table = step.table < 0 ? nullptr : call.tables[step.table],
        .sources = source.rows,
        .rows = to.rows,
        .taps = step.taps,
        .channels = step.channels,
        .weights = step.weights,
        .bias = step.bias,
        .add = step.onto < 0 ? nullptr : onto.data + step.onto_column * bytes,
        .add_stride = onto.stride,
        .out = to.data + step.to_column * bytes,
        .out_stride = to.stride,
        .outputs = step.outputs,
        .activation = step.activation,
        .bf16 = step.bf16,
        .depthwise = step.depthwise,
    });
  }
  return steps;
}

}  // namespace

extern "C" {

// Changes with the structs of program.h and the layouts of weights, so that a library built from other sources is not used.
int rhoscope_interface() { return 4; }

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

// Each step may read what those before it wrote.
void rhoscope_run(const RegionProgram* program, const RegionCall* call) {
  char* scratch = nullptr;
  const std::vector<RegionStep> steps = resolved(*program, *call, &scratch);
#pragma omp parallel num_threads(static_cast<int>(call->threads))
  {
    const int64_t thread = omp_get_thread_num(), of = omp_get_num_threads();
    for (int64_t number = 0; number < program->step_count; number++) {
      const RegionStep& step = steps[number];
      const int64_t begin = step.rows * thread / of, end = step.rows * (thread + 1) / of;
      const void* next = number + 1 < program->step_count ? steps[number + 1].weights : nullptr;
      if (begin < end) processor->run(step, begin, end, scratch + thread * program->scratch_bytes, next);
#pragma omp barrier
    }
  }
}
}
