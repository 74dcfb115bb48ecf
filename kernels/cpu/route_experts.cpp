// Which experts each token goes to: softmax over all, then the largest of every group.
//
// T tokens, E experts in G groups of neighbours, C choices per token, C / G of each group.
#include <algorithm>
#include <vector>

#include "simd.h"

namespace {

// Rows that one thread sorts in the time that it takes to wake another. Not tuned.
constexpr long kFewRows = 64;

// shares = exp(logits - largest), their sum is returned
float soften(const float* logits, long E, float* shares) {
  float peak = logits[0];
  for (long e = 1; e < E; e++) peak = std::max(peak, logits[e]);
  for (long e = 0; e < E; e += kLanes) {
    const long n = std::min(kLanes, E - e);
    const Floats share = exp((n == kLanes ? load(logits + e) : load_part(logits + e, n)) - peak);
    n == kLanes ? store(shares + e, share) : store_part(shares + e, share, n);
  }
  float total = 0.0f;
  for (long e = 0; e < E; e++) total += shares[e];
  return total;
}

// The num_chosen largest of a group, in descending order, the first of equal ones before the others
void choose(float* shares, long first, long size, long num_chosen, int64_t* ids, float* weights) {
  for (long c = 0; c < num_chosen; c++) {
    const long best = std::max_element(shares + first, shares + first + size) - shares;
    ids[c] = best;
    weights[c] = shares[best];
    shares[best] = -1.0f;
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
