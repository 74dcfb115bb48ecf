// Linear layers: one pass over the panels of the weight, in blocks.
//
// T tokens, N rows of the weight, K columns. int8 weights have one float32 scale a row, padded to whole panels.
#include "panels.h"

namespace {

template <class W>
struct Matrix {
  const W* panels;
  const float* scales;  // null: none
  long N, K;
  const W* block(long n) const { return panels + n * padded<W>(K); }
  Floats scaled(Floats dots, long n) const { return scales ? dots * load(scales + n) : dots; }
};

// Calls f(first row, number of rows, dots [T, kBlockRows]) for every block; with a second matrix of the same shape, f
// finds its products behind those of the first.
template <class W, class F>
void by_blocks(const PackedRows<W>& x, long num_tokens, const Matrix<W>* matrices, int num_matrices, F f) {
  const long N = matrices[0].N, K = matrices[0].K, size = num_tokens * kBlockRows;
#pragma omp parallel num_threads(at::get_num_threads()) if (num_matrices * N * K * num_tokens > kFewProducts)
  {
    static thread_local Scratch<float> memory;
    float* dots = memory.take(num_matrices * size);
#pragma omp for schedule(static)
    for (long n = 0; n < N; n += kBlockRows) {
      const long num_rows = std::min(kBlockRows, N - n);
      for (int i = 0; i < num_matrices; i++)
        products(matrices[i].block(n), num_panels(num_rows), x.data(), num_tokens, K, dots + i * size, kBlockRows);
      f(n, num_rows, dots);
    }
  }
}

template <class W, class E, class Out>
void linear_rows(const E* x, const Matrix<W>& w, Out* out, long num_tokens) {
  static thread_local Scratch<typename Column<W>::X> memory;
  const PackedRows<W> rows(x, num_tokens, w.K, memory);
  by_blocks(rows, num_tokens, &w, 1, [&](long n, long num_rows, const float* dots) {
    for (long t = 0; t < num_tokens; t++)
      store_row(out + t * w.N + n, num_rows,
                [&](long i) { return w.scaled(load(dots + t * kBlockRows + i), n + i); });
  });
}

template <class W, class E>
void gated_rows(const E* x, const Matrix<W> (&w)[2], E* out, long num_tokens) {
  static thread_local Scratch<typename Column<W>::X> memory;
  const PackedRows<W> rows(x, num_tokens, w[0].K, memory);
  by_blocks(rows, num_tokens, w, 2, [&](long n, long num_rows, const float* gate) {
    const float* up = gate + num_tokens * kBlockRows;
    for (long t = 0; t < num_tokens; t++)
      store_row(out + t * w[0].N + n, num_rows, [&](long i) {
        const long at = t * kBlockRows + i;
        return silu(w[0].scaled(load(gate + at), n + i)) * w[1].scaled(load(up + at), n + i);
      });
  });
}

// `to` may be the matrix itself where N is a multiple of a panel and K of a step.
template <class W>
void pack_panels(const W* matrix, W* to, long N, long K) {
  constexpr long S = Column<W>::kStep;
#pragma omp parallel num_threads(at::get_num_threads()) if (N * K > kFewProducts)
  {
    std::vector<W> rows(kPanel * padded<W>(K));
#pragma omp for schedule(static)
    for (long p = 0; p < num_panels(N); p++) {
      std::fill(rows.begin(), rows.end(), W{});
      for (long r = 0; r < std::min(kPanel, N - p * kPanel); r++)
        std::copy(matrix + (p * kPanel + r) * K, matrix + (p * kPanel + r + 1) * K, &rows[r * padded<W>(K)]);
      W* panel = to + p * kPanel * padded<W>(K);
      for (long k = 0; k < padded<W>(K); k += S)
        for (long r = 0; r < kPanel; r++)
          for (long i = 0; i < S; i++) panel[k * kPanel + r * S + i] = rows[r * padded<W>(K) + k + i];
    }
  }
}

}  // namespace

// matrix [N, K] of weight_dtype -> to [ceil(N / 16), ceil(K / step), 16, step], see panels.h
extern "C" void pack_panels(const void* matrix, void* to, long N, long K, int weight_dtype) {
  with_weight_type(weight_dtype, [&](auto weight_type) {
    using W = decltype(weight_type);
    pack_panels(static_cast<const W*>(matrix), static_cast<W*>(to), N, K);
  });
}

// Columns that lie together in the panels of a type
extern "C" int panel_step(int weight_dtype) {
  int step = 1;
  with_weight_type(weight_dtype, [&](auto weight_type) { step = Column<decltype(weight_type)>::kStep; });
  return step;
}

// x [T, K] of type dtype, w: panels of [N, K] of weight_dtype, scales or null -> out [T, N] of type out_dtype
extern "C" void linear(const void* x, const void* w, const float* scales, void* out, long T, long N, long K, int dtype,
                       int weight_dtype, int out_dtype) {
  with_weight_type(weight_dtype, [&](auto weight_type) {
    using W = decltype(weight_type);
    with_type(dtype, [&](auto type) {
      using E = decltype(type);
      with_type(out_dtype, [&](auto out_type) {
        using Out = decltype(out_type);
        const Matrix<W> matrix = {static_cast<const W*>(w), scales, N, K};
        linear_rows(static_cast<const E*>(x), matrix, static_cast<Out*>(out), T);
      });
    });
  });
}

// x [T, K], w: panels of gate [I, K], then those of up [I, K], scales of both or null -> out [T, I] = silu(gate) * up
extern "C" void gated_linear(const void* x, const void* w, const float* scales, void* out, long T, long I, long K,
                             int dtype, int weight_dtype) {
  with_weight_type(weight_dtype, [&](auto weight_type) {
    using W = decltype(weight_type);
    with_type(dtype, [&](auto type) {
      using E = decltype(type);
      const long rows = num_panels(I) * kPanel;
      const Matrix<W> gate = {static_cast<const W*>(w), scales, I, K};
      const Matrix<W> both[] = {gate, {gate.block(rows), scales ? scales + rows : nullptr, I, K}};
      gated_rows(static_cast<const E*>(x), both, static_cast<E*>(out), T);
    });
  });
}
