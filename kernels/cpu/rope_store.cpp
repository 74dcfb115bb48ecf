// Between the qkv projection and attention: normalise (some models) and rotate q and k, put k and v in the paged cache.
//
// T tokens, Hq query heads, Hkv key heads of size D, pages of P tokens. D is a multiple of 16, at most kMaxHeadSize.
// Angles are D / 2 cosines, then D / 2 sines.
#include <algorithm>

#include "simd.h"

namespace {

constexpr long kMaxHeadSize = 512;

struct Norm {
  const void* weight;  // [D], or null: no normalisation
  float eps;
};

// One head: normalised if asked, then dimension i rotated with i + D / 2.
template <class T>
void rotate(const T* head, Norm norm, const float* angles, long D, T* out) {
  float x[kMaxHeadSize], rotated[kMaxHeadSize];
  Floats squares = {};
  for (long d = 0; d < D; d += kLanes) {
    store(x + d, load(head + d));
    squares += load(x + d) * load(x + d);
  }
  if (norm.weight) {
    const float scale = 1.0f / __builtin_sqrtf(sum(squares) / D + norm.eps);
    const T* weight = static_cast<const T*>(norm.weight);
    for (long d = 0; d < D; d += kLanes) store(x + d, load(x + d) * scale * load(weight + d));
  }
  const long half = D / 2;
  for (long d = 0; d < half; d++) {
    rotated[d] = x[d] * angles[d] - x[half + d] * angles[half + d];
    rotated[half + d] = x[half + d] * angles[d] + x[d] * angles[half + d];
  }
  for (long d = 0; d < D; d += kLanes) store(out + d, load(rotated + d));
}

}  // namespace

// qkv [T, (Hq + 2 Hkv) D], slots [S]: page * P + place, or negative for none, S <= T; angles in table, float32:
// [positions, D] and positions [T], or, with null for positions, [T, Hkv, D], where a key head shares its angles with
// its group of queries -> q [T, Hq, D]; k_cache [pages, Hkv, D, P] and v_cache [pages, Hkv, P, D] at the slots
extern "C" void rope_store(const void* qkv, const void* q_weight, const void* k_weight, float eps, const float* table,
                           const int64_t* positions, const int64_t* slots, void* q, void* k_cache, void* v_cache,
                           long T, long S, long Hq, long Hkv, long D, long P, int dtype) {
  with_type(dtype, [&](auto type) {
    using E = decltype(type);
#pragma omp parallel for schedule(static) num_threads(at::get_num_threads()) if (T > 16)
    for (long t = 0; t < T; t++) {
      const E* row = static_cast<const E*>(qkv) + t * (Hq + 2 * Hkv) * D;
      const float* angles = table + (positions ? positions[t] : t * Hkv) * D;
      const long stride = positions ? 0 : D;  // from a key head's angles to the next one's
      for (long h = 0; h < Hq; h++)
        rotate(row + h * D, {q_weight, eps}, angles + h / (Hq / Hkv) * stride, D, static_cast<E*>(q) + (t * Hq + h) * D);
      if (t >= S || slots[t] < 0) continue;
      const long page = slots[t] / P, place = slots[t] % P;
      for (long h = 0; h < Hkv; h++) {
        E key[kMaxHeadSize];
        rotate(row + (Hq + h) * D, {k_weight, eps}, angles + h * stride, D, key);
        constexpr long S = kTogether<E>;
        E* keys = static_cast<E*>(k_cache) + (page * Hkv + h) * D * P;
        for (long d = 0; d < D; d++) keys[(d / S * P + place) * S + d % S] = key[d];
        const E* value = row + (Hq + Hkv + h) * D;
        E* values = static_cast<E*>(v_cache) + (page * Hkv + h) * D * P;
        for (long d = 0; d < D; d++) values[(place / S * D + d) * S + place % S] = value[d];
      }
    }
  });
}
