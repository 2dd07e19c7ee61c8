// The steps of a block, as engine/cascade/program_plan.py plans them, and what a call of it brings.
#pragma once

#include <cstdint>

// What a step reads and writes are columns of arrays; array 0 is the call's input, the last step's the call's output.
struct PlannedStep {
  int64_t source, source_column;
  int64_t to, to_column;
  int64_t onto, onto_column;  // summed before the activation; array -1: nothing
  int64_t table;              // which of the call's tables; -1: row i reads row i
  int64_t taps;
  int64_t channels;
  int64_t outputs;
  int64_t activation;
  int64_t bf16;
  int64_t depthwise;
  const void* weights;  // laid out by RegionKernel, on a multiple of 64 bytes
  const float* bias;
};

struct PlannedArray {
  int64_t width;
  int64_t coarse;  // whether it has the second number of rows
};

struct RegionProgram {
  const PlannedStep* steps;
  int64_t step_count;
  const PlannedArray* arrays;
  int64_t array_count;
  int64_t scratch_bytes;  // of each thread, a multiple of 64
};

struct RegionCall {
  const void* x;
  int64_t x_stride;
  void* out;
  int64_t out_stride;
  const int64_t* const* tables;
  int64_t rows[2];
  char* memory;  // on a multiple of 64 bytes: the other arrays, each rounded up to one, and the threads' scratch
  int64_t threads;
};
