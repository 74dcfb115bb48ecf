// Mixture of experts: one pass over the weights of each expert that any token chose.
//
// T tokens, C choices per token, E experts, H hidden size, I width of an expert. int8 weights have a float32 scale a row.
// A token adds up its experts in ascending order, so its result does not depend on the other tokens.
#include "panels.h"

namespace {

// The choices (token * C + c) that fell on one expert
struct Group {
  long expert;
  std::vector<long> choices;
};

struct Groups : std::vector<Group> {
  size_t largest = 0;
};

Groups group_by_expert(const int64_t* ids, long num_choices, long E) {
  std::vector<std::vector<long>> choices(E);
  for (long i = 0; i < num_choices; i++) choices[ids[i]].push_back(i);
  Groups groups;
  for (long e = 0; e < E; e++) {
    groups.largest = std::max(groups.largest, choices[e].size());
    if (!choices[e].empty()) groups.push_back({e, std::move(choices[e])});
  }
  return groups;
}

// The rows that a group's choices read: one per token (C choices share it) or one per choice (C = 1)
template <class W>
std::vector<const typename Column<W>::X*> rows_of(const Group& group, const PackedRows<W>& rows, long C) {
  std::vector<const typename Column<W>::X*> pointers;
  pointers.reserve(group.choices.size());
  for (long choice : group.choices) pointers.push_back(rows[choice / C]);
  return pointers;
}

// Panels of matrices [E, N, K]
template <class W>
struct Matrices {
  const W* panels;
  const float* scales;  // [E, N], N padded to whole panels; null: none
  long N, K;
  long padded_rows() const { return num_panels(N) * kPanel; }
  const W* block(long expert, long n) const { return panels + (expert * padded_rows() + n) * padded<W>(K); }
  Floats scaled(Floats dots, long expert, long n) const {
    return scales ? dots * load(scales + expert * padded_rows() + n) : dots;
  }
};

// silu(gate) * up of every choice -> hidden [T * C, I]. w: gate and up of an expert are two matrices.
template <class W>
void gate_and_up(const Groups& groups, const PackedRows<W>& x, const Matrices<W>& w, float* hidden, long C) {
  const long I = w.N, blocks = (I + kBlockRows - 1) / kBlockRows, size = groups.largest * kBlockRows;
#pragma omp parallel num_threads(at::get_num_threads()) if (2 * I * w.K * groups.largest > kFewProducts)
  {
    static thread_local Scratch<float> memory;
    float *gate = memory.take(2 * size), *up = gate + size;
#pragma omp for schedule(dynamic)
    for (long item = 0; item < (long)groups.size() * blocks; item++) {
      const Group& group = groups[item / blocks];
      const auto rows = rows_of(group, x, C);
      const long e = 2 * group.expert, i = item % blocks * kBlockRows, num_rows = std::min(kBlockRows, I - i);
      products(w.block(e, i), num_panels(num_rows), rows.data(), rows.size(), w.K, gate, kBlockRows);
      products(w.block(e + 1, i), num_panels(num_rows), rows.data(), rows.size(), w.K, up, kBlockRows);
      for (size_t t = 0; t < rows.size(); t++)
        store_row(hidden + group.choices[t] * I + i, num_rows, [&](long j) {
          const long at = t * kBlockRows + j;
          return silu(w.scaled(load(gate + at), e, i + j)) * w.scaled(load(up + at), e + 1, i + j);
        });
    }
  }
}

// The weighted sum of every token's down projections -> out [T, H]; a thread sums some columns of all tokens.
template <class W, class Out>
void down_and_combine(const Groups& groups, const PackedRows<W>& hidden, const float* weights, const Matrices<W>& w,
                      Out* out, long num_tokens, long C) {
  const long H = w.N;
#pragma omp parallel num_threads(at::get_num_threads()) if (w.K * H * groups.largest > kFewProducts)
  {
    static thread_local Scratch<float> memory;
    float* dots = memory.take((groups.largest + num_tokens) * kBlockRows);
    float* total = dots + groups.largest * kBlockRows;
#pragma omp for schedule(dynamic)
    for (long h = 0; h < H; h += kBlockRows) {
      const long num_rows = std::min(kBlockRows, H - h);
      std::fill(total, total + num_tokens * kBlockRows, 0.0f);
      for (const Group& group : groups) {
        const auto rows = rows_of(group, hidden, 1);
        products(w.block(group.expert, h), num_panels(num_rows), rows.data(), rows.size(), w.K, dots, kBlockRows);
        for (size_t t = 0; t < rows.size(); t++) {
          const float weight = weights[group.choices[t]];
          float* sums = total + group.choices[t] / C * kBlockRows;
          for (long j = 0; j < num_rows; j += kLanes)
            store(sums + j, load(sums + j) + w.scaled(load(dots + t * kBlockRows + j), group.expert, h + j) * weight);
        }
      }
      for (long t = 0; t < num_tokens; t++)
        store_row(out + t * H + h, num_rows, [&](long j) { return load(total + t * kBlockRows + j); });
    }
  }
}

}  // namespace

// x [T, H] of type dtype, ids [T, C] int64, weights [T, C] float32; panels of weight_dtype: w13 [E, 2, I, H]: gate, then
// up, w2 [E, H, I], each with its scales or null -> out [T, H]
extern "C" void experts(const void* x, const int64_t* ids, const float* weights, const void* w13, const float* scales13,
                        const void* w2, const float* scales2, void* out, long T, long C, long E, long H, long I,
                        int dtype, int weight_dtype) {
  const Groups groups = group_by_expert(ids, T * C, E);
  with_weight_type(weight_dtype, [&](auto weight_type) {
    using W = decltype(weight_type);
    with_type(dtype, [&](auto type) {
      using Element = decltype(type);
      static thread_local Scratch<typename Column<W>::X> x_memory, hidden_memory;
      static thread_local Scratch<float> memory;
      float* hidden = memory.take(T * C * I);
      const PackedRows<W> rows(static_cast<const Element*>(x), T, H, x_memory);
      gate_and_up<W>(groups, rows, {static_cast<const W*>(w13), scales13, I, H}, hidden, C);
      const PackedRows<W> hidden_rows(hidden, T * C, I, hidden_memory);
      down_and_combine<W>(groups, hidden_rows, weights, {static_cast<const W*>(w2), scales2, H, I},
                          static_cast<Element*>(out), T, C);
    });
  });
}
