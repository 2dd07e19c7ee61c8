// Eight fp32 values at a time. `left` says how many columns of a row are left.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace {

struct Fp32 {
  using Vector = __m256;
  static constexpr int kBytes = 4;
  static constexpr int kLanes = 8;
  static constexpr int kTileRows = 6;  // with two registers of columns each: 12 of 16 registers hold sums
  static Vector zero() { return _mm256_setzero_ps(); }
  static Vector all(float value) { return _mm256_set1_ps(value); }
  static Vector aligned(const float* from) { return _mm256_load_ps(from); }
  static Vector floats(const float* from, int64_t left) {
    return left >= kLanes ? _mm256_loadu_ps(from) : _mm256_maskload_ps(from, mask(left));
  }
  static Vector sum(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static Vector onto(Vector sum, Vector a, Vector b) { return _mm256_fmadd_ps(a, b, sum); }
  static Vector words_onto(Vector sum, Vector x, Vector w) { return onto(sum, x, w); }
  static Vector higher(Vector a, Vector b) { return _mm256_max_ps(a, b); }
  static Vector lower(Vector a, Vector b) { return _mm256_min_ps(a, b); }
  static Vector load(const void* from, int64_t at, int64_t left) {
    return floats(static_cast<const float*>(from) + at, left);
  }
  static void store(void* to, int64_t at, int64_t left, Vector values) {
    float* place = static_cast<float*>(to) + at;
    if (left >= kLanes)
      _mm256_storeu_ps(place, values);
    else
      _mm256_maskstore_ps(place, mask(left), values);
  }
  static __m256i mask(int64_t left) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(left)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

}  // namespace
