// Products of gathered rows with laid-out weights: a region convolution in one pass.
//
// Rows are taken tile by tile, at most 14 at a time. A tile's neighbours are copied side by side into the core's own
// cache once and then meet every panel of 32 columns of the weights, so gathering costs a few percent of the product
// and nothing is written to memory in between (the indirect convolution of Dukhan, arXiv 1907.02129, with a copy for
// its pointers). A row's sums are taken in one order whatever the number of rows, so results never depend on it.

#include <algorithm>
#include <cstdint>
#include <utility>

#include "step.h"

namespace {

constexpr int kTileRows = 14;      // with two registers of columns each: 28 sums, the rest for weights and inputs
constexpr int kPanelColumns = 32;  // two registers
constexpr int kChunkBytes = 64;    // of one row of a tile, a register
constexpr int kChunkWords = 16;    // an fp32 value or a pair of bf16 values each
constexpr int64_t kBlockBytes = 448 << 10;  // tiles that share a panel while it is in the cache
constexpr int kAhead = 4096;                // bytes of weights to fetch ahead: they come from memory where a stage starts

int64_t chunks_of_tap(int64_t channels, bool bf16) { return (channels * (bf16 ? 2 : 4) + kChunkBytes - 1) / kChunkBytes; }

// How many tiles of so many chunks share a panel.
int64_t block_tiles(int64_t chunks) { return std::max<int64_t>(1, kBlockBytes / (chunks * kChunkBytes * kTileRows)); }

}  // namespace

int64_t product_scratch_bytes(int64_t channels, int64_t taps, bool bf16) {
  const int64_t chunks = chunks_of_tap(channels, bf16) * taps;
  return block_tiles(chunks) * chunks * kChunkBytes * kTileRows;
}

#pragma GCC target("avx512f,avx512bw,avx512vl,avx512bf16")
#include "simd.h"

namespace {

// Rows `row`.. of the output in the columns of one panel. The tile is chunks × ROWS × 16 words, a panel of the weights
// chunks × 16 words × 32 columns.
template <typename Type, int ROWS>
void panel_of_tile(const RegionStep& step, const float* tile, int64_t chunks, int64_t row, int64_t panel) {
  const float* weights = static_cast<const float*>(step.weights) + panel * chunks * kChunkWords * kPanelColumns;
  __m512 sums[ROWS][2];
#pragma GCC unroll 14
  for (int r = 0; r < ROWS; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++)
      _mm_prefetch(reinterpret_cast<const char*>(tile + (2 * ROWS + r) * kChunkWords), _MM_HINT_T0);
#pragma GCC unroll 4
    for (int word = 0; word < kChunkWords; word++) {
      const __m512 left = _mm512_load_ps(weights), right = _mm512_load_ps(weights + 16);
      _mm_prefetch(reinterpret_cast<const char*>(weights) + kAhead, _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char*>(weights) + kAhead + 64, _MM_HINT_T0);
#pragma GCC unroll 14
      for (int r = 0; r < ROWS; r++) {
        const __m512 x = _mm512_set1_ps(tile[r * kChunkWords + word]);
        sums[r][0] = Type::multiplied_onto(sums[r][0], x, left);
        sums[r][1] = Type::multiplied_onto(sums[r][1], x, right);
      }
      weights += kPanelColumns;
    }
    tile += ROWS * kChunkWords;
  }
#pragma GCC unroll 2
  for (int half = 0; half < 2; half++) {
    const int64_t column = panel * kPanelColumns + 16 * half;
    if (column >= step.outputs) return;
    const __mmask16 mask = columns_left(step.outputs - column);
    const __m512 bias = _mm512_maskz_loadu_ps(mask, step.bias + column);
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++) {
      __m512 values = _mm512_add_ps(sums[r][half], bias);
      if (step.add) values = _mm512_add_ps(values, Type::load(step.add, (row + r) * step.add_stride + column, mask));
      Type::store(step.out, (row + r) * step.out_stride + column, mask, activated(values, step.activation));
    }
  }
}

using PanelOfTile = void (*)(const RegionStep&, const float*, int64_t, int64_t, int64_t);

template <typename Type, int... ROWS>
PanelOfTile panel_function(int rows, std::integer_sequence<int, ROWS...>) {
  static const PanelOfTile by_rows[] = {panel_of_tile<Type, ROWS + 1>...};
  return by_rows[rows - 1];
}

// Copies the neighbours of `rows` rows from `row` on: chunks × rows × 64 bytes, zero where padded or outside.
template <typename Type>
void gather_tile(const RegionStep& p, char* tile, int64_t row, int rows) {
  const int64_t row_bytes = p.channels * Type::kBytes, height = kChunkBytes * rows;
  const int64_t chunks = (row_bytes + kChunkBytes - 1) / kChunkBytes;
  for (int r = 0; r < rows; r++) {
    char* to = tile + kChunkBytes * r;
    for (int64_t tap = 0; tap < p.taps; tap++) {
      const int64_t source = p.table ? p.table[(row + r) * p.taps + tap] : row + r;
      if (source >= p.sources) {
        for (int64_t c = 0; c < chunks; c++, to += height) _mm512_store_si512(to, _mm512_setzero_si512());
        continue;
      }
      const char* from = static_cast<const char*>(p.x) + source * p.x_stride * Type::kBytes;
      int64_t left = row_bytes;
      for (; left >= kChunkBytes; left -= kChunkBytes, from += kChunkBytes, to += height)
        _mm512_store_si512(to, _mm512_loadu_si512(from));
      if (left > 0) {
        _mm512_store_si512(to, _mm512_maskz_loadu_epi8((static_cast<__mmask64>(1) << left) - 1, from));
        to += height;
      }
    }
  }
}

template <typename Type>
void product(const RegionStep& step, int64_t begin, int64_t end, char* scratch) {
  const int64_t chunks = chunks_of_tap(step.channels, step.bf16) * step.taps, tile_bytes = chunks * kChunkBytes * kTileRows;
  const int64_t panels = (step.outputs + kPanelColumns - 1) / kPanelColumns, block = block_tiles(chunks);
  const int64_t rows = end - begin, tiles = (rows + kTileRows - 1) / kTileRows;
  const auto start = [&](int64_t tile) { return begin + rows * tile / tiles; };  // of nearly equal heights
  const auto height = [&](int64_t tile) { return static_cast<int>(start(tile + 1) - start(tile)); };
  for (int64_t first = 0; first < tiles; first += block) {
    const int64_t last = std::min(first + block, tiles);
    for (int64_t tile = first; tile < last; tile++)
      gather_tile<Type>(step, scratch + (tile - first) * tile_bytes, start(tile), height(tile));
    for (int64_t panel = 0; panel < panels; panel++)
      for (int64_t tile = first; tile < last; tile++) {
        const auto function = panel_function<Type>(height(tile), std::make_integer_sequence<int, kTileRows>());
        const auto* gathered = reinterpret_cast<const float*>(scratch + (tile - first) * tile_bytes);
        function(step, gathered, chunks, start(tile), panel);
      }
  }
}

}  // namespace

void product_of_rows(const RegionStep& step, int64_t begin, int64_t end, char* scratch) {
  if (step.bf16)
    product<Bf16>(step, begin, end, scratch);
  else
    product<Fp32>(step, begin, end, scratch);
}
