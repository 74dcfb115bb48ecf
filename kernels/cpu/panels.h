// Products of a weight matrix with any number of tokens.
//
// The rows of the matrix lie in panels of 16, column by column, so that a vector of weights belongs to neighbouring rows
// and meets one activation: no sum runs across lanes, and a panel is read once, in order. int8 columns, and bfloat16 ones
// where the processor multiplies pairs of them, come in pairs: [K / 2, 16, 2]. Missing rows and columns are zeros.
//
// int8 weights meet activations of 16 bits, with a scale for every stretch of a token: 256 times as fine as the weights,
// and the sum of a stretch is exact.
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
  using Sum = Floats;
  static constexpr long kStep = 1;
  static Vector weights(const W* column, int v) { return load(column + v * kLanes); }
  static Vector activation(const X* x) { return broadcast(*x); }
  static Sum add(Sum sum, Vector w, Vector x) { return sum + w * x; }
  static Floats finish(Sum sum, float) { return sum; }
};

#ifdef __AVX512BF16__
template <>
struct Column<bf16> {
  using X = bf16;
  using Vector = Words;  // a pair of bfloat16 in each lane
  using Sum = Floats;
  static constexpr long kStep = 2;
  static Vector weights(const bf16* columns, int v) {
    return *reinterpret_cast<const WordsAt*>(columns + v * 2 * kLanes);
  }
  static Vector activation(const X* x) {
    uint32_t pair;
    std::memcpy(&pair, x, sizeof(pair));
    return (Words){} + pair;
  }
  static Sum add(Sum sum, Vector w, Vector x) {
    return (Floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)w, (__m512bh)x);
  }
  static Floats finish(Sum sum, float) { return sum; }
};
#endif

template <>
struct Column<int8_t> {
  using X = int16_t;
  using Vector = Ints;  // a pair of int16 in each lane
  using Sum = Ints;
  static constexpr long kStep = 2;
  static Vector weights(const int8_t* columns, int v) { return load_pairs(columns + v * 2 * kLanes); }
  static Vector activation(const X* x) {
    int32_t pair;
    std::memcpy(&pair, x, sizeof(pair));
    return (Ints){} + pair;
  }
  static Sum add(Sum sum, Vector w, Vector x) { return sum + multiply_pairs(w, x); }
  static Floats finish(Sum sum, float scale) { return __builtin_convertvector(sum, Floats) * scale; }
};

template <class W>
inline long padded(long K) {
  return (K + Column<W>::kStep - 1) / Column<W>::kStep * Column<W>::kStep;
}

inline long num_panels(long N) { return (N + kPanel - 1) / kPanel; }

inline long num_stretches(long K) { return (K + kDepth - 1) / kDepth; }

// Where the scales of a packed row are: behind its activations, one for each stretch
inline float* scales_of(int16_t* row, long width) { return reinterpret_cast<float*>(row + width); }

// What the activations of a row in the stretch that begins there are to be multiplied by
template <class X>
inline float stretch_scale(const X* row, long width, long begin) {
  if constexpr (std::is_same_v<X, int16_t>) return scales_of(const_cast<X*>(row), width)[begin / kDepth];
  return 1.0f;
}

// A tile of P panels and N tokens over the stretch of `width` columns that begins at `begin`:
// out[t * stride + r] is set to the sum, or increased by it.
template <class W, int P, int N>
void tile(const W* panels, long width, const typename Column<W>::X* const* x, long begin, float* out, long stride) {
  using C = Column<W>;
  constexpr int V = P * kVectors;
  const long end = std::min(begin + kDepth, width), panel_size = width * kPanel;
  typename C::Sum sums[N][V] = {};
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
  for (int t = 0; t < N; t++) {
    const float scale = stretch_scale(rows[t], width, begin);
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) {
      float* to = out + t * stride + v * kLanes;
      const Floats sum = C::finish(sums[t][v], scale);
      store(to, begin == 0 ? sum : load(to) + sum);
    }
  }
}

template <class W>
using Tile = void (*)(const W*, long, const typename Column<W>::X* const*, long, float*, long);

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
  const long width = padded<W>(K);
  const auto run = [&](long p, long t, long n, long begin) {
    const W* panel = panels + p * width * kPanel;
    float* to = out + t * stride + p * kPanel;
    if (n <= kQuadTokens && p + 3 < count) {
      kQuad.of[n - 1](panel, width, x + t, begin, to, stride);
      return 4;
    }
    if (n <= kPairTokens && p + 1 < count) {
      kPair.of[n - 1](panel, width, x + t, begin, to, stride);
      return 2;
    }
    kSingle.of[n - 1](panel, width, x + t, begin, to, stride);
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
      for (long p = 0, done = 1; p < count; p += done)
        for (long t = first; t < end_of_tiles; t += kTileTokens) done = run(p, t, kTileTokens, begin);
      if (end_of_tiles < last)
        for (long p = 0, done = 0; p < count; p += done) done = run(p, end_of_tiles, last - end_of_tiles, begin);
    }
}

// Activations [K] as weights of type W meet them, with zeros behind them
template <class W, class E, class X>
inline void pack(const E* from, long K, X* to) {
  long k = 0;
  for (; k + kLanes <= K; k += kLanes) store(to + k, load(from + k));
  if (k < K) store_part(to + k, load_part(from + k, K - k), K - k);
  std::fill(to + K, to + padded<W>(K), X{});
}

// As 16 bits, and the scales behind them. A stretch with a number that is not finite has no scale: its sum is NaN.
template <class W, class E>
inline void pack(const E* from, long K, int16_t* to) {
  const long width = padded<W>(K);
  for (long begin = 0; begin < K; begin += kDepth) {
    const long n = std::min(kDepth, K - begin);
    float values[kDepth] = {};
    long k = 0;
    for (; k + kLanes <= n; k += kLanes) store(values + k, load(from + begin + k));
    if (k < n) store_part(values + k, load_part(from + begin + k, n - k), n - k);
    Floats largest = {}, total = {};
    for (k = 0; k < kDepth; k += kLanes) {
      const Floats v = load(values + k);
      largest = max(max(v, -v), largest);
      total += v * 0.0f;  // NaN where a value is not finite
    }
    const float peak = max(largest);
    const float scale = peak / 32767.0f + sum(total), inverse = peak > 0.0f ? 32767.0f / peak : 0.0f;
    scales_of(to, width)[begin / kDepth] = scale;
    if (scale != scale) {
      std::fill(to + begin, to + begin + n, int16_t{});
      continue;
    }
    for (k = 0; k < n; k++) to[begin + k] = static_cast<int16_t>(__builtin_rintf(values[k] * inverse));
  }
  std::fill(to + K, to + width, int16_t{});
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
  PackedRows(const E* x, long num_rows, long K, Scratch<X>& memory) : rows_(num_rows) {
    const long scales = std::is_same_v<X, int16_t> ? num_stretches(K) * sizeof(float) / sizeof(X) : 0;
    width_ = padded<W>(K) + scales + kLinePadding<X>;
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
