// One step on the rows of a region, as engine/cascade/region_steps.py fills it in. Strides and sizes count elements.
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
  const void* weights;  // laid out by the class that owns them, on a multiple of 64 bytes
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

// out[i] = activation(concat over taps of x[table[i][tap]] · W + bias + add[i]) for begin ≤ i < end.
void product_of_rows(const RegionStep& step, int64_t begin, int64_t end, char* scratch);

// What one thread needs for it, on a multiple of 64 bytes.
int64_t product_scratch_bytes(int64_t channels, int64_t taps, bool bf16);

// out[i] = activation(sum over taps of x[table[i][tap]] * w[tap] + bias) for begin ≤ i < end.
void depthwise_of_rows(const RegionStep& step, int64_t begin, int64_t end);
