// Sixteen values at a time, in fp32 or bf16; sums are fp32 in both. `left` says how many columns of a row are left.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace {

struct Lanes512 {
  using Vector = __m512;
  static constexpr int kLanes = 16;
  static constexpr int kTileRows = 14;  // with two registers of columns each: 28 sums, the rest for weights and inputs
  static Vector zero() { return _mm512_setzero_ps(); }
  static Vector all(float value) { return _mm512_set1_ps(value); }
  static Vector aligned(const float* from) { return _mm512_load_ps(from); }
  static Vector floats(const float* from, int64_t left) { return _mm512_maskz_loadu_ps(mask(left), from); }
  static Vector sum(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static Vector onto(Vector sum, Vector a, Vector b) { return _mm512_fmadd_ps(a, b, sum); }
  static Vector higher(Vector a, Vector b) { return _mm512_max_ps(a, b); }
  static Vector lower(Vector a, Vector b) { return _mm512_min_ps(a, b); }
  static __mmask16 mask(int64_t left) {
    return left >= kLanes ? static_cast<__mmask16>(0xffff) : static_cast<__mmask16>((1u << left) - 1);
  }
};

struct Fp32 : Lanes512 {
  static constexpr int kBytes = 4;
  // Every word of x times the word of w that stands with it: one product here, two of bf16.
  static Vector words_onto(Vector sum, Vector x, Vector w) { return onto(sum, x, w); }
  static Vector load(const void* from, int64_t at, int64_t left) {
    return floats(static_cast<const float*>(from) + at, left);
  }
  static void store(void* to, int64_t at, int64_t left, Vector values) {
    _mm512_mask_storeu_ps(static_cast<float*>(to) + at, mask(left), values);
  }
};

struct Bf16 : Lanes512 {
  static constexpr int kBytes = 2;
  static Vector words_onto(Vector sum, Vector x, Vector w) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(x), reinterpret_cast<__m512bh>(w));
  }
  static Vector load(const void* from, int64_t at, int64_t left) {
    const __m256i halves = _mm256_maskz_loadu_epi16(mask(left), static_cast<const uint16_t*>(from) + at);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
  static void store(void* to, int64_t at, int64_t left, Vector values) {
    const __m256i halves = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values));
    _mm256_mask_storeu_epi16(static_cast<uint16_t*>(to) + at, mask(left), halves);
  }
};

}  // namespace
