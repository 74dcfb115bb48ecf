// Which experts each token goes to: softmax over all, then the largest of every group.
//
// T tokens, E experts in G groups of neighbours, C choices per token, C / G of each group.
#include <algorithm>
#include <vector>

#include "simd.h"

namespace {

// Rows that one thread sorts in the time that it takes to wake another. Not tuned.
constexpr long kFewRows = 64;

// The first n lanes of a row, n <= kLanes
Floats load_some(const float* p, long n) { return n >= kLanes ? load(p) : load_part(p, n); }

// shares = exp(logits - largest), their sum is returned
float soften(const float* logits, long E, float* shares) {
  Floats peaks = broadcast(logits[0]);
  long e = 0;
  for (; e + kLanes <= E; e += kLanes) peaks = max(peaks, load(logits + e));
  float peak = max(peaks);
  for (; e < E; e++) peak = std::max(peak, logits[e]);
  Floats totals = {};
  for (e = 0; e + kLanes <= E; e += kLanes) {
    const Floats share = exp(load(logits + e) - peak);
    store(shares + e, share);
    totals += share;
  }
  float total = sum(totals);
  if (e == E) return total;
  store_part(shares + e, exp(load_part(logits + e, E - e) - peak), E - e);
  for (; e < E; e++) total += shares[e];
  return total;
}

// The num_chosen largest of `size` shares from `first` on, in descending order, the first of equal ones before the others.
// A share that was chosen is -1 from then on.
void choose(float* shares, long first, long size, long num_chosen, int64_t* ids, float* weights) {
  for (long c = 0; c < num_chosen; c++) {
    Floats largest = broadcast(-1.0f);
    for (long e = 0; e < size; e += kLanes) largest = max(largest, load_some(shares + first + e, size - e));
    const float share = max(largest);
    const float* end = shares + first + size;
    const float* best = std::find<const float*>(shares + first, end, share);
    // among NaNs there is no largest: any that was not chosen
    if (best == end) best = std::find_if<const float*>(shares + first, end, [](float other) { return other != -1.0f; });
    ids[c] = best - shares;
    weights[c] = *best;
    shares[ids[c]] = -1.0f;
  }
}

}  // namespace

// A row with a logit that is not finite has weights that are NaN, and some experts all the same.
// logits [T, E] -> ids [T, C], weights [T, C]: softmax of the logits, divided by the sum of the chosen if is_normalised
extern "C" void route_experts(const float* logits, int64_t* ids, float* weights, long T, long E, long C, long G,
                              int is_normalised) {
#pragma omp parallel num_threads(at::get_num_threads()) if (T > kFewRows)
  {
    std::vector<float> shares(E);
#pragma omp for schedule(static)
    for (long t = 0; t < T; t++) {
      float total = soften(logits + t * E, E, shares.data());
      for (long g = 0; g < G; g++)
        choose(shares.data(), g * (E / G), E / G, C / G, ids + t * C + g * (C / G), weights + t * C + g * (C / G));
      float* mine = weights + t * C;
      if (is_normalised && total == total) {
        total = 0.0f;
        for (long c = 0; c < C; c++) total += mine[c];
      }
      for (long c = 0; c < C; c++) mine[c] /= total;
    }
  }
}
