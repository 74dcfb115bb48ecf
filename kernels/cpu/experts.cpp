// Mixture of experts for few tokens: one pass over the weights of each expert that any of them chose.
//
// T tokens, C choices per token, E experts, H hidden size, I width of an expert.
// A token adds up its experts in ascending order, so its result does not depend on the other tokens.
#include <vector>

#include "dot_rows.h"

namespace {

// The choices (token * C + c) that fell on one expert
struct Group {
  long expert;
  std::vector<long> choices;
};

std::vector<Group> group_by_expert(const int64_t* ids, long num_choices, long E) {
  std::vector<std::vector<long>> choices(E);
  for (long i = 0; i < num_choices; i++) choices[ids[i]].push_back(i);
  std::vector<Group> groups;
  for (long e = 0; e < E; e++)
    if (!choices[e].empty()) groups.push_back({e, std::move(choices[e])});
  return groups;
}

// The rows of `values` that a group's choices read: one per token (C choices share it) or one per choice (C = 1)
template <class T>
std::vector<const T*> row_pointers(const Group& group, const T* values, long width, long C) {
  std::vector<const T*> rows;
  for (long choice : group.choices) rows.push_back(values + choice / C * width);
  return rows;
}

// silu(gate) * up of every choice -> hidden [T * C, I]
template <class T>
void gate_and_up(const std::vector<Group>& groups, const T* x, const T* w13, T* hidden, long C, long H, long I) {
  const long num_blocks = (I + kLanes - 1) / kLanes;
#pragma omp parallel for schedule(static) num_threads(at::get_num_threads()) if (2 * I * H > kFewWeights)
  for (long item = 0; item < (long)groups.size() * num_blocks; item++) {
    const Group& group = groups[item / num_blocks];
    const auto rows = row_pointers(group, x, H, C);
    const long num_tokens = rows.size(), i = item % num_blocks * kLanes, num_rows = std::min(kLanes, I - i);
    const T* w = w13 + group.expert * 2 * I * H;
    std::vector<float> gate(num_tokens * kLanes), up(num_tokens * kLanes);
    dot_block(w + i * H, num_rows, rows.data(), num_tokens, H, gate.data());
    dot_block(w + (I + i) * H, num_rows, rows.data(), num_tokens, H, up.data());
    for (long t = 0; t < num_tokens; t++)
      store_block(hidden + group.choices[t] * I + i, silu(load(&gate[t * kLanes])) * load(&up[t * kLanes]), num_rows);
  }
}

// The weighted sum of every token's down projections -> out [T, H]; a thread owns some columns of all tokens.
template <class T>
void down_and_combine(const std::vector<Group>& groups, const T* hidden, const float* weights, const T* w2, T* out,
                      long num_tokens, long C, long H, long I) {
#pragma omp parallel num_threads(at::get_num_threads()) if (I * H > kFewWeights)
  {
    std::vector<float> dots(num_tokens * C * kLanes), total(num_tokens * kLanes);
#pragma omp for schedule(static)
    for (long h = 0; h < H; h += kLanes) {
      const long num_rows = std::min(kLanes, H - h);
      std::fill(total.begin(), total.end(), 0.0f);
      for (const Group& group : groups) {
        const auto rows = row_pointers(group, hidden, I, 1);
        dot_block(w2 + (group.expert * H + h) * I, num_rows, rows.data(), rows.size(), I, dots.data());
        for (size_t i = 0; i < rows.size(); i++) {
          const long choice = group.choices[i];
          float* sum = &total[choice / C * kLanes];
          store(sum, load(sum) + load(&dots[i * kLanes]) * weights[choice]);
        }
      }
      for (long t = 0; t < num_tokens; t++) store_block(out + t * H + h, load(&total[t * kLanes]), num_rows);
    }
  }
}

}  // namespace

// x [T, H], ids [T, C] int64, weights [T, C] float32, w13 [E, 2 I, H]: gate rows then up rows, w2 [E, H, I] -> out [T, H]
extern "C" void experts(const void* x, const int64_t* ids, const float* weights, const void* w13, const void* w2,
                        void* out, long T, long C, long E, long H, long I, int dtype) {
  const auto groups = group_by_expert(ids, T * C, E);
  with_type(dtype, [&](auto type) {
    using Element = decltype(type);
    std::vector<Element> hidden(T * C * I);
    gate_and_up(groups, static_cast<const Element*>(x), static_cast<const Element*>(w13), hidden.data(), C, H, I);
    down_and_combine(groups, hidden.data(), weights, static_cast<const Element*>(w2), static_cast<Element*>(out), T, C,
                     H, I);
  });
}
