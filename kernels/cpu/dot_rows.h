// Rows of a weight matrix times a few vectors of activations. Each row is read once, in order, however many tokens share
// it. A product's rounding does not depend on the number of tokens: every one has the same two chains of additions.
#pragma once

#include <algorithm>

#include "simd.h"

// Tokens per pass over a row: two sums each, the two weight vectors and one of activations fit in the registers.
constexpr long kTokens = kHasManyRegisters ? 8 : 4;
// Bytes to fetch ahead of the multiplication: on a 2-core AMD Turin it doubled the bandwidth of one sequential stream
// against none (shared measurement of 2026-11, 24 -> 45 GB/s with 2 threads).
constexpr long kPrefetch = 2048;

// Weights that one thread multiplies in the time that it takes to wake another. Not tuned.
constexpr long kFewWeights = 1 << 16;

// out[t * stride] = w . x[t] for N tokens
template <class T, int N>
inline void dot_row(const T* w, const T* const* x, long K, float* out, long stride) {
  using D = Dot<T>;
  constexpr long S = D::kStep;
  Floats even[N] = {}, odd[N] = {};
  long k = 0;
  for (; k + 2 * S <= K; k += 2 * S) {
    __builtin_prefetch(reinterpret_cast<const char*>(w + k) + kPrefetch);
    __builtin_prefetch(reinterpret_cast<const char*>(w + k + S) + kPrefetch);
    auto w0 = D::load(w + k), w1 = D::load(w + k + S);
#pragma GCC unroll 8
    for (int t = 0; t < N; t++) {
      even[t] = D::add(even[t], w0, D::load(x[t] + k));
      odd[t] = D::add(odd[t], w1, D::load(x[t] + k + S));
    }
  }
  if (k + S <= K) {
    auto w0 = D::load(w + k);
#pragma GCC unroll 8
    for (int t = 0; t < N; t++) even[t] = D::add(even[t], w0, D::load(x[t] + k));
    k += S;
  }
  if (k < K) {
    T w_tail[S] = {};
    std::copy(w + k, w + K, w_tail);
    for (int t = 0; t < N; t++) {
      T x_tail[S] = {};
      std::copy(x[t] + k, x[t] + K, x_tail);
      odd[t] = D::add(odd[t], D::load(w_tail), D::load(x_tail));
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < N; t++) out[t * stride] = sum(even[t] + odd[t]);
}

// out[t * kLanes + r] for num_rows <= kLanes rows of w and N tokens
template <class T, int N>
void dot_group(const T* w, long num_rows, const T* const* x, long K, float* out) {
  for (long r = 0; r < num_rows; r++) dot_row<T, N>(w + r * K, x, K, out + r, kLanes);
}

// The same for any number of tokens; rows stay in the nearest cache from one group of tokens to the next.
template <class T>
inline void dot_block(const T* w, long num_rows, const T* const* x, long num_tokens, long K, float* out) {
  using Group = void (*)(const T*, long, const T* const*, long, float*);
  static constexpr Group kGroups[] = {
      nullptr,         dot_group<T, 1>, dot_group<T, 2>, dot_group<T, 3>, dot_group<T, 4>,
      dot_group<T, 5>, dot_group<T, 6>, dot_group<T, 7>, dot_group<T, 8>,
  };
  for (long t = 0; t < num_tokens; t += kTokens)
    kGroups[std::min(kTokens, num_tokens - t)](w, num_rows, x + t, K, out + t * kLanes);
}

// n <= kLanes results of one token to where they belong
template <class T>
inline void store_block(T* p, Floats v, long n) {
  if (n == kLanes)
    store(p, v);
  else
    store_part(p, v, n);
}
