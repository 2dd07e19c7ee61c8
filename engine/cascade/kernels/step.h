// One step on the rows of a region. Strides and sizes count elements.
#pragma once

#include <cstdint>

struct RegionStep {
  const void* x;
  int64_t x_stride;
  const int64_t* table;  // rows × taps, numbers of rows of x; `sources` or more: zeros. Null: row i itself, one tap
  int64_t sources;
  int64_t rows;
  int64_t taps;
  int64_t channels;
  const void* weights;  // laid out by RegionKernel, on a multiple of 64 bytes
  const float* bias;
  const void* add;  // rows × outputs, summed before the activation; null: nothing
  int64_t add_stride;
  void* out;
  int64_t out_stride;
  int64_t outputs;
  int64_t activation;
  int64_t bf16;
  int64_t depthwise;
};

constexpr int kRelu = 1;
constexpr int kRelu6 = 2;

// What one kind of processor brings to a step.
struct Processor {
  // Computes rows begin ≤ i < end. Scratch: scratch_bytes(channels, taps, bf16), on a multiple of 64 bytes. Next: the
  // weights that will be wanted then, or null.
  void (*run)(const RegionStep& step, int64_t begin, int64_t end, char* scratch, const void* next);
  int64_t (*scratch_bytes)(int64_t channels, int64_t taps, bool bf16);
  int panel_columns;  // outputs that stand together in laid-out weights
};

extern const Processor kAvx512;
extern const Processor kAvx2;
