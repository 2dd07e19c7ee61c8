// Sixteen values at a time in the two precisions; sums are fp32 in both. Included once the target is AVX-512.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "step.h"

namespace {

struct Fp32 {
  static constexpr int kBytes = 4;
  // Every word of x times the word of w that stands with it: one product here, two of bf16.
  static __m512 multiplied_onto(__m512 sum, __m512 x, __m512 w) { return _mm512_fmadd_ps(x, w, sum); }
  static __m512 load(const void* from, int64_t at, __mmask16 mask) {
    return _mm512_maskz_loadu_ps(mask, static_cast<const float*>(from) + at);
  }
  static void store(void* to, int64_t at, __mmask16 mask, __m512 values) {
    _mm512_mask_storeu_ps(static_cast<float*>(to) + at, mask, values);
  }
};

struct Bf16 {
  static constexpr int kBytes = 2;
  static __m512 multiplied_onto(__m512 sum, __m512 x, __m512 w) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(w));
  }
  static __m512 load(const void* from, int64_t at, __mmask16 mask) {
    const __m256i halves = _mm256_maskz_loadu_epi16(mask, static_cast<const uint16_t*>(from) + at);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
  static void store(void* to, int64_t at, __mmask16 mask, __m512 values) {
    const __m256i halves = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values));
    _mm256_mask_storeu_epi16(static_cast<uint16_t*>(to) + at, mask, halves);
  }
};

inline __m512 activated(__m512 values, int64_t activation) {
  if (activation >= kRelu) values = _mm512_max_ps(values, _mm512_setzero_ps());
  return activation == kRelu6 ? _mm512_min_ps(values, _mm512_set1_ps(6.0f)) : values;
}

// Of sixteen columns those that are among the `left` last ones.
inline __mmask16 columns_left(int64_t left) {
  return left >= 16 ? static_cast<__mmask16>(0xffff) : static_cast<__mmask16>((1u << left) - 1);
}

}  // namespace
