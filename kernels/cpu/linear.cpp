// Linear layers for few tokens: one pass over the weights.
//
// T tokens, N rows of the weight, K columns.
#include <vector>

#include "dot_rows.h"

namespace {

template <class T>
std::vector<const T*> row_pointers(const T* x, long num_tokens, long K) {
  std::vector<const T*> rows(num_tokens);
  for (long t = 0; t < num_tokens; t++) rows[t] = x + t * K;
  return rows;
}

template <class T, class Out>
void linear_rows(const T* x, const T* w, Out* out, long num_tokens, long N, long K) {
  const auto rows = row_pointers(x, num_tokens, K);
#pragma omp parallel num_threads(at::get_num_threads()) if (N * K > kFewWeights)
  {
    std::vector<float> dots(num_tokens * kLanes);
#pragma omp for schedule(static)
    for (long n = 0; n < N; n += kLanes) {
      const long num_rows = std::min(kLanes, N - n);
      dot_block(w + n * K, num_rows, rows.data(), num_tokens, K, dots.data());
      for (long t = 0; t < num_tokens; t++) store_block(out + t * N + n, load(&dots[t * kLanes]), num_rows);
    }
  }
}

template <class T>
void gated_rows(const T* x, const T* w, T* out, long num_tokens, long I, long K) {
  const auto rows = row_pointers(x, num_tokens, K);
#pragma omp parallel num_threads(at::get_num_threads()) if (2 * I * K > kFewWeights)
  {
    std::vector<float> gate(num_tokens * kLanes), up(num_tokens * kLanes);
#pragma omp for schedule(static)
    for (long i = 0; i < I; i += kLanes) {
      const long num_rows = std::min(kLanes, I - i);
      dot_block(w + i * K, num_rows, rows.data(), num_tokens, K, gate.data());
      dot_block(w + (I + i) * K, num_rows, rows.data(), num_tokens, K, up.data());
      for (long t = 0; t < num_tokens; t++)
        store_block(out + t * I + i, silu(load(&gate[t * kLanes])) * load(&up[t * kLanes]), num_rows);
    }
  }
}

}  // namespace

// x [T, K], w [N, K] of type dtype -> out [T, N] of type out_dtype
extern "C" void linear(const void* x, const void* w, void* out, long T, long N, long K, int dtype, int out_dtype) {
  with_type(dtype, [&](auto type) {
    using E = decltype(type);
    with_type(out_dtype, [&](auto out_type) {
      using Out = decltype(out_type);
      linear_rows(static_cast<const E*>(x), static_cast<const E*>(w), static_cast<Out*>(out), T, N, K);
    });
  });
}

// x [T, K], w [2 I, K]: gate rows, then up rows -> out [T, I] = silu(gate) * up
extern "C" void gated_linear(const void* x, const void* w, void* out, long T, long I, long K, int dtype) {
  with_type(dtype, [&](auto type) {
    using E = decltype(type);
    gated_rows(static_cast<const E*>(x), static_cast<const E*>(w), static_cast<E*>(out), T, I, K);
  });
}
