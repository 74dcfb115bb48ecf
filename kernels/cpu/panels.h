// Products of a weight matrix with any number of tokens.
//
// The rows of the matrix lie in panels of 16, column by column, so that a vector of weights belongs to neighbouring rows
// and meets one activation: no sum runs across lanes, and a panel is read once, in order. Where the processor multiplies
// pairs of bfloat16, columns come in pairs: [K / 2, 16, 2]. Missing rows and columns are zeros.
//
// A product's rounding does not depend on the number of tokens, on the tile or on the threads: for every row and token
// one chain of additions runs over each stretch of kDepth columns, and stretches are added up in order.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "simd.h"

constexpr long kPanel = 16;                           // rows
constexpr int kVectors = kPanel / kLanes;             // of one column of a panel
// Tokens of a tile: their sums, and the weights and the activation that meet, fill the registers.
constexpr int kTileTokens = VECTOR_BYTES == 64 ? 12 : VECTOR_BYTES == 32 ? 6 : 3;
// Columns of a stretch: short, so that rounding errors do not add up; a panel's stay in the nearest cache for all tokens.
constexpr long kDepth = 128;
// Tokens whose activations of one stretch stay in the second cache for all panels of a block.
constexpr long kBlockTokens = 96;
// Rows of a block: enough work for every thread when tokens are few, few enough to share activations when many.
constexpr long kBlockRows = 64;
// Bytes to fetch ahead where a panel is read for few tokens, from memory.
constexpr long kAhead = 2048;
// Products that one thread makes in the time that it takes to wake another. Not tuned.
constexpr long kFewProducts = 1 << 16;

// How a column of weights of type W meets activations of type X; some processors take kStep columns at a time.
template <class W>
struct Column {
  using X = float;
  using Vector = Floats;
  static constexpr long kStep = 1;
  static Vector weights(const W* column, int v) { return load(column + v * kLanes); }
  static Vector activation(const X* x) { return broadcast(*x); }
  static Floats add(Floats sum, Vector w, Vector x) { return sum + w * x; }
};

#ifdef __AVX512BF16__
template <>
struct Column<bf16> {
  using X = bf16;
  using Vector = Words;  // a pair of bfloat16 in each lane
  static constexpr long kStep = 2;
  static Vector weights(const bf16* columns, int v) {
    return *reinterpret_cast<const WordsAt*>(columns + v * 2 * kLanes);
  }
  static Vector activation(const X* x) {
    uint32_t pair;
    std::memcpy(&pair, x, sizeof(pair));
    return (Words){} + pair;
  }
  static Floats add(Floats sum, Vector w, Vector x) {
    return (Floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)w, (__m512bh)x);
  }
};
#endif

template <class W>
inline long padded(long K) {
  return (K + Column<W>::kStep - 1) / Column<W>::kStep * Column<W>::kStep;
}

inline long num_panels(long N) { return (N + kPanel - 1) / kPanel; }

// A tile of P panels and N tokens over columns [begin, end): out[t * stride + r] is set to the sum, or increased by it.
template <class W, int P, int N>
void tile(const W* panels, long panel_size, const typename Column<W>::X* const* x, long begin, long end, bool is_first,
          float* out, long stride) {
  using C = Column<W>;
  constexpr int V = P * kVectors;
  Floats sums[N][V] = {};
  const typename C::X* rows[N];
  for (int t = 0; t < N; t++) rows[t] = x[t];
  const auto add_column = [&](long k) {
    typename C::Vector weights[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; v++)
      weights[v] = C::weights(panels + v / kVectors * panel_size + k * kPanel, v % kVectors);
#pragma GCC unroll 16
    for (int t = 0; t < N; t++) {
      const auto activation = C::activation(rows[t] + k);
#pragma GCC unroll 8
      for (int v = 0; v < V; v++) sums[t][v] = C::add(sums[t][v], weights[v], activation);
    }
  };
  constexpr long kLine = 64 / (kPanel * sizeof(W)) > C::kStep ? 64 / (kPanel * sizeof(W)) : C::kStep;
  long k = begin;
  for (; k + kLine <= end; k += kLine) {
    if constexpr (N <= 2)
      for (int p = 0; p < P; p++)
        __builtin_prefetch(reinterpret_cast<const char*>(panels + p * panel_size + k * kPanel) + kAhead);
#pragma GCC unroll 4
    for (long i = 0; i < kLine; i += C::kStep) add_column(k + i);
  }
  for (; k < end; k += C::kStep) add_column(k);
#pragma GCC unroll 16
  for (int t = 0; t < N; t++)
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) {
      float* to = out + t * stride + v * kLanes;
      store(to, is_first ? sums[t][v] : load(to) + sums[t][v]);
    }
}

template <class W>
using Tile = void (*)(const W*, long, const typename Column<W>::X* const*, long, long, bool, float*, long);

// The tiles of P panels by their number of tokens, from 1
template <class W, int P, int... N>
constexpr auto tiles(std::integer_sequence<int, N...>) {
  struct Table {
    Tile<W> of[sizeof...(N)];
  };
  return Table{{tile<W, P, N + 1>...}};
}

// out[t * stride + r] = row r . x[t] for panels that follow one another, and any number of tokens
template <class W>
void products(const W* panels, long count, const typename Column<W>::X* const* x, long num_tokens, long K, float* out,
              long stride) {
  // Several panels at a time where that leaves the registers for it: more chains of additions run side by side.
  constexpr int kPairTokens = kHasManyRegisters ? kTileTokens : kTileTokens / 2, kQuadTokens = kPairTokens / 2;
  static constexpr auto kSingle = tiles<W, 1>(std::make_integer_sequence<int, kTileTokens>());
  static constexpr auto kPair = tiles<W, 2>(std::make_integer_sequence<int, kPairTokens>());
  static constexpr auto kQuad = tiles<W, 4>(std::make_integer_sequence<int, kQuadTokens>());
  const long width = padded<W>(K), size = width * kPanel;
  const auto run = [&](long p, long t, long n, long begin) {
    const long end = std::min(begin + kDepth, width);
    float* to = out + t * stride + p * kPanel;
    if (n <= kQuadTokens && p + 3 < count) {
      kQuad.of[n - 1](panels + p * size, size, x + t, begin, end, begin == 0, to, stride);
      return 4;
    }
    if (n <= kPairTokens && p + 1 < count) {
      kPair.of[n - 1](panels + p * size, size, x + t, begin, end, begin == 0, to, stride);
      return 2;
    }
    kSingle.of[n - 1](panels + p * size, size, x + t, begin, end, begin == 0, to, stride);
    return 1;
  };
  if (num_tokens <= kTileTokens) {  // panel after panel, as they lie in memory
    for (long p = 0, done = 0; p < count; p += done)
      for (long begin = 0; begin < width; begin += kDepth) done = run(p, 0, num_tokens, begin);
    return;
  }
  for (long begin = 0; begin < width; begin += kDepth)
    for (long first = 0; first < num_tokens; first += kBlockTokens) {
      const long last = std::min(first + kBlockTokens, num_tokens);
      long end_of_tiles = first + (last - first) / kTileTokens * kTileTokens;
      for (long p = 0; p < count; p++)
        for (long t = first; t < end_of_tiles; t += kTileTokens) run(p, t, kTileTokens, begin);
      if (end_of_tiles < last)
        for (long p = 0, done = 0; p < count; p += done) done = run(p, end_of_tiles, last - end_of_tiles, begin);
    }
}

// Activations [K] as weights of type W meet them, with zeros behind them
template <class W, class E>
inline void pack(const E* from, long K, typename Column<W>::X* to) {
  long k = 0;
  for (; k + kLanes <= K; k += kLanes) store(to + k, load(from + k));
  if (k < K) store_part(to + k, load_part(from + k, K - k), K - k);
  for (k = K; k < padded<W>(K); k++) to[k] = {};
}

// Memory that stays with the calling thread: a step asks for the same again, and new pages cost more than using them.
template <class T>
class Scratch {
 public:
  T* take(size_t size) {
    if (memory_.size() < size) memory_.resize(size);
    return memory_.data();
  }

 private:
  std::vector<T> memory_;
};

// Between rows, so that the same column of several rows does not fall on the same place of a cache
template <class X>
constexpr long kLinePadding = 64 / sizeof(X);

// Rows of activations, packed, and pointers to them
template <class W>
class PackedRows {
 public:
  using X = typename Column<W>::X;
  template <class E>
  PackedRows(const E* x, long num_rows, long K, Scratch<X>& memory) : width_(padded<W>(K) + kLinePadding<X>), rows_(num_rows) {
    X* packed = memory.take(num_rows * width_);
#pragma omp parallel for schedule(static) num_threads(at::get_num_threads()) if (num_rows * K > kFewProducts)
    for (long t = 0; t < num_rows; t++) pack<W>(x + t * K, K, packed + t * width_);
    for (long t = 0; t < num_rows; t++) rows_[t] = packed + t * width_;
  }
  const X* const* data() const { return rows_.data(); }
  const X* operator[](long i) const { return rows_[i]; }

 private:
  long width_;
  std::vector<const X*> rows_;
};

// n <= kLanes results of one token to where they belong
template <class T>
inline void store_block(T* p, Floats v, long n) {
  if (n == kLanes)
    store(p, v);
  else
    store_part(p, v, n);
}

// The same for any n: one vector after another, f makes the i-th
template <class T, class F>
inline void store_row(T* p, long n, F f) {
  for (long i = 0; i < n; i += kLanes) store_block(p + i, f(i), std::min(kLanes, n - i));
}

// Calls f with a value of the type of weights that `dtype` names: as with_type, and 2 for int8.
template <class F>
inline void with_weight_type(int dtype, F f) {
  if (dtype == 2)
    f(int8_t{});
  else
    with_type(dtype, f);
}
