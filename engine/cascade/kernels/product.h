// Products of gathered rows with laid-out weights: a region convolution in one pass.
//
// out[i] = activation(concat over taps of x[table[i][tap]] · W + bias + add[i])
//
// Rows are taken tile by tile. A tile's neighbours are copied side by side into the core's own cache once and then meet
// every panel of columns of the weights, so gathering costs a few percent of the product and nothing is written to
// memory in between (the indirect convolution of Dukhan, arXiv 1907.02129, with a copy for its pointers). A row's sums
// are taken in one order whatever the number of rows, so results never depend on it.
//
// Included once the target is set and the std headers are in; Type is one of avx512.h or avx2.h.
#pragma once

#include "step.h"

namespace {

constexpr int kChunkBytes = 64;             // of one row of a tile
constexpr int kChunkWords = 16;             // an fp32 value or a pair of bf16 values each
// Tiles that share a panel while it is in the cache: few rows are taken at once, so that the weights are read once;
// of many, the next block's come to the cache beside those at work.
constexpr int64_t kOnlyBlockBytes = 448 << 10;
constexpr int64_t kBlockBytes = 256 << 10;
constexpr int kAhead = 4096;                // bytes of weights to bring to the first-level cache ahead

template <typename Type>
constexpr int panel_columns() {
  return 2 * Type::kLanes;
}

template <typename Type>
constexpr int64_t chunk_of_panel_bytes() {
  return kChunkWords * panel_columns<Type>() * static_cast<int64_t>(sizeof(float));
}

template <typename Type>
int64_t chunks_of_tap(int64_t channels) {
  return (channels * Type::kBytes + kChunkBytes - 1) / kChunkBytes;
}

template <typename Type>
int64_t tile_bytes(int64_t chunks) {
  return chunks * kChunkBytes * Type::kTileRows;
}

// How many tiles of so many chunks share a panel, of `tiles` in all.
template <typename Type>
int64_t block_tiles(int64_t chunks, int64_t tiles) {
  if (tiles * tile_bytes<Type>(chunks) <= kOnlyBlockBytes) return tiles;
  return std::max<int64_t>(1, kBlockBytes / tile_bytes<Type>(chunks));
}

template <typename Type>
int64_t product_scratch(int64_t channels, int64_t taps) {
  const int64_t chunks = chunks_of_tap<Type>(channels) * taps;
  return std::max(kOnlyBlockBytes, tile_bytes<Type>(chunks));
}

template <typename Type>
typename Type::Vector activated(typename Type::Vector values, int64_t activation) {
  if (activation >= kRelu) values = Type::higher(values, Type::zero());
  return activation == kRelu6 ? Type::lower(values, Type::all(6.0f)) : values;
}

// Weights that are wanted soon, and how many lines of 64 bytes of them to ask for with every chunk of a tile: spread
// over the tiles that share a panel, they come from memory while the sums are taken.
struct Ahead {
  const char* from;
  int lines;
  const char* rows;  // that the next block gathers, one behind another, or null
};

// Asks for the lines of `bytes` bytes at `from`, to read (0) or to write (1).
template <int WRITE>
void fetch(const char* from, int64_t bytes) {
  for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(from + at, WRITE, 3);
}

// Rows `row`.. of the output in the columns of one panel. The tile is chunks × ROWS × 16 words, a panel of the weights
// chunks × 16 words × its columns.
template <typename Type, int ROWS>
void panel_of_tile(const RegionStep& step, const float* tile, int64_t chunks, int64_t row, int64_t panel, Ahead ahead) {
  constexpr int kColumns = panel_columns<Type>();
  const float* weights = static_cast<const float*>(step.weights) + panel * chunks * kChunkWords * kColumns;
  // What the sums will meet at the end, read or written, comes to the cache meanwhile.
  const int64_t first_column = panel * kColumns;
  const int64_t wide = std::min<int64_t>(kColumns, step.outputs - first_column) * Type::kBytes;
  for (int r = 0; r < ROWS; r++) {
    if (step.add) fetch<0>(static_cast<const char*>(step.add) + ((row + r) * step.add_stride + first_column) * Type::kBytes, wide);
    fetch<1>(static_cast<const char*>(step.out) + ((row + r) * step.out_stride + first_column) * Type::kBytes, wide);
  }
  typename Type::Vector sums[ROWS][2];
#pragma GCC unroll 14
  for (int r = 0; r < ROWS; r++) sums[r][0] = sums[r][1] = Type::zero();
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++)
      _mm_prefetch(reinterpret_cast<const char*>(tile + (2 * ROWS + r) * kChunkWords), _MM_HINT_T0);
    for (int line = 0; line < ahead.lines; line++, ahead.from += 64) _mm_prefetch(ahead.from, _MM_HINT_T1);
    if (ahead.rows)
      for (int r = 0; r < ROWS; r++)
        _mm_prefetch(ahead.rows + r * step.x_stride * Type::kBytes + chunk * kChunkBytes, _MM_HINT_T1);
#pragma GCC unroll 4
    for (int word = 0; word < kChunkWords; word++) {
      const typename Type::Vector left = Type::aligned(weights), right = Type::aligned(weights + Type::kLanes);
      _mm_prefetch(reinterpret_cast<const char*>(weights) + kAhead, _MM_HINT_T0);
      if (kColumns > 16) _mm_prefetch(reinterpret_cast<const char*>(weights) + kAhead + 64, _MM_HINT_T0);
#pragma GCC unroll 14
      for (int r = 0; r < ROWS; r++) {
        const typename Type::Vector x = Type::all(tile[r * kChunkWords + word]);
        sums[r][0] = Type::words_onto(sums[r][0], x, left);
        sums[r][1] = Type::words_onto(sums[r][1], x, right);
      }
      weights += kColumns;
    }
    tile += ROWS * kChunkWords;
  }
#pragma GCC unroll 2
  for (int half = 0; half < 2; half++) {
    const int64_t column = first_column + half * Type::kLanes, left = step.outputs - column;
    if (left <= 0) return;
    const typename Type::Vector bias = Type::floats(step.bias + column, left);
#pragma GCC unroll 14
    for (int r = 0; r < ROWS; r++) {
      typename Type::Vector values = Type::sum(sums[r][half], bias);
      if (step.add) values = Type::sum(values, Type::load(step.add, (row + r) * step.add_stride + column, left));
      Type::store(step.out, (row + r) * step.out_stride + column, left, activated<Type>(values, step.activation));
    }
  }
}

using PanelOfTile = void (*)(const RegionStep&, const float*, int64_t, int64_t, int64_t, Ahead);

template <typename Type, int... ROWS>
PanelOfTile panel_function(int rows, std::integer_sequence<int, ROWS...>) {
  static const PanelOfTile by_rows[] = {panel_of_tile<Type, ROWS + 1>...};
  return by_rows[rows - 1];
}

// Copies the neighbours of `rows` rows from `row` on: chunks × rows × 64 bytes, zero where padded or outside.
template <typename Type>
void gather_tile(const RegionStep& step, char* tile, int64_t row, int rows) {
  const int64_t row_bytes = step.channels * Type::kBytes, height = kChunkBytes * rows;
  for (int r = 0; r < rows; r++) {
    char* to = tile + kChunkBytes * r;
    for (int64_t tap = 0; tap < step.taps; tap++) {
      const int64_t source = step.table ? step.table[(row + r) * step.taps + tap] : row + r;
      const bool inside = source < step.sources;
      const char* from = static_cast<const char*>(step.x) + (inside ? source * step.x_stride * Type::kBytes : 0);
      for (int64_t left = row_bytes; left > 0; left -= kChunkBytes, from += kChunkBytes, to += height) {
        if (inside && left >= kChunkBytes) {
          std::memcpy(to, from, kChunkBytes);
        } else {
          std::memset(to, 0, kChunkBytes);
          if (inside) std::memcpy(to, from, left);
        }
      }
    }
  }
}

template <typename Type>
void product(const RegionStep& step, int64_t begin, int64_t end, char* scratch, const void* next) {
  const int64_t chunks = chunks_of_tap<Type>(step.channels) * step.taps, bytes = tile_bytes<Type>(chunks);
  const int64_t panels = (step.outputs + panel_columns<Type>() - 1) / panel_columns<Type>();
  const int64_t rows = end - begin, tiles = (rows + Type::kTileRows - 1) / Type::kTileRows;
  const int64_t block = block_tiles<Type>(chunks, tiles);
  const auto start = [&](int64_t tile) { return begin + rows * tile / tiles; };  // of nearly equal heights
  const auto height = [&](int64_t tile) { return static_cast<int>(start(tile + 1) - start(tile)); };
  for (int64_t first = 0; first < tiles; first += block) {
    const int64_t last = std::min(first + block, tiles);
    for (int64_t tile = first; tile < last; tile++)
      gather_tile<Type>(step, scratch + (tile - first) * bytes, start(tile), height(tile));
    // Later blocks find the weights in a cache.
    const int64_t lines = first > 0 ? 0 : (chunk_of_panel_bytes<Type>() / 64 + last - first - 1) / (last - first);
    for (int64_t panel = 0; panel < panels; panel++) {
      const char* following = static_cast<const char*>(step.weights) + (panel + 1) * chunks * chunk_of_panel_bytes<Type>();
      const char* soon = panel + 1 < panels ? following : static_cast<const char*>(next);
      for (int64_t tile = first; tile < last; tile++) {
        const auto function = panel_function<Type>(height(tile), std::make_integer_sequence<int, Type::kTileRows>());
        const auto* gathered = reinterpret_cast<const float*>(scratch + (tile - first) * bytes);
        const bool fetch_rows = panel + 1 == panels && !step.table && tile + block < tiles;
        const char* rows = static_cast<const char*>(step.x) + (fetch_rows ? start(tile + block) : 0) * step.x_stride * Type::kBytes;
        const Ahead ahead{soon + (tile - first) * chunks * lines * 64, soon ? static_cast<int>(lines) : 0, fetch_rows ? rows : nullptr};
        function(step, gathered, chunks, start(tile), panel, ahead);
      }
    }
  }
}

}  // namespace
