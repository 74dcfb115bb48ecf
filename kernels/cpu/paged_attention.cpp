// Causal attention over a paged cache, for decoding and for reading prompts alike.
//
// Work is cut into items: one context, one key head, a block of its queries, a stretch of keys. The G query heads that
// share a key head are rows of the same item, so every page is read once for all of them. Scores lie along the keys of a
// page (keys are stored transposed), sums of values along the head dimension: neither needs a sum across lanes.
// A row's keys are summed stretch by stretch, and stretches are folded in order, whether one item has them all or each
// is an item of its own: the result does not depend on the other contexts, on the threads, or on how many queries of the
// context are asked at once.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "simd.h"

namespace {

// Queries of one item, times G, about: their scores and sums stay in the second cache.
constexpr long kRows = 96;
// From here on a page is turned into float32 once for all rows of an item.
constexpr long kManyRows = 12;
// Keys of a stretch. Those of a context with a single query are shared among threads. Not tuned.
constexpr long kSplit = 512;

// Rows and vectors whose sums are kept in registers at once
constexpr int kTileRows = VECTOR_BYTES == 64 ? 12 : VECTOR_BYTES == 32 ? 6 : 4;
constexpr int kWide = 2;

struct Sizes {
  long Hq, Hkv, D, P;  // query heads, key heads, head size, tokens of a page; D and P are multiples of 16
  long group() const { return Hq / Hkv; }
  long stretch() const { return (kSplit + P - 1) / P * P; }
};

struct Item {
  const int32_t* pages;  // block table of the context
  long head;             // key head
  long first_query, num_queries;  // rows of q
  long position;                  // of the first query in its context
  long key_begin, key_end;
  long num_splits;  // 1: these are all keys, the item writes the output
  long partial;     // otherwise: where the result of its first row belongs, the next row's num_splits behind it

  // Row r of the item among the query heads of all tokens
  long query_head(long r, const Sizes& s) const {
    return (first_query + r / s.group()) * s.Hq + head * s.group() + r % s.group();
  }
};

// Softmax over some keys, not yet divided by its mass, for R rows
struct Softmax {
  std::vector<float> sums;        // [R, D] of exp(score - peak) * value
  std::vector<float> peak, mass;  // [R] largest score so far, sum of exp(score - peak)
  void clear(long R, const Sizes& s) {
    sums.assign(R * s.D, 0.0f);
    peak.assign(R, -__builtin_inff());
    mass.assign(R, 0.0f);
  }
};

// The rows of one item: row r is query r / G of query head head * G + r % G.
struct Rows {
  std::vector<float> q, scores;  // [R, D] scaled, [R, P]
  std::vector<float> page;       // of keys or values, as float32
  Softmax stretch, total;        // of the stretch at hand and of those before it
  void resize(long R, const Sizes& s) {
    q.resize(R * s.D);
    scores.resize(R * s.P);
    stretch.clear(R, s);
    total.clear(R, s);
  }
};

// Add the next stretch to what there is of the stretches before it; both are [D] sums with their peak and mass.
void fold(float* sums, float& peak, float& mass, const float* next_sums, float next_peak, float next_mass, long D) {
  if (next_peak == -__builtin_inff()) return;  // none of its keys is visible
  const float new_peak = std::max(peak, next_peak);
  const float shrink = exp(broadcast(peak - new_peak))[0], next_shrink = exp(broadcast(next_peak - new_peak))[0];
  peak = new_peak;
  mass = mass * shrink + next_mass * next_shrink;
  for (long d = 0; d < D; d += kLanes) store(sums + d, load(sums + d) * shrink + load(next_sums + d) * next_shrink);
}

void fold_stretch(Rows& rows, long R, const Sizes& s) {
  Softmax &total = rows.total, &next = rows.stretch;
  for (long r = 0; r < R; r++)
    fold(&total.sums[r * s.D], total.peak[r], total.mass[r], &next.sums[r * s.D], next.peak[r], next.mass[r], s.D);
  next.clear(R, s);
}

// The next page of keys or values. Pages lie anywhere, so the processor cannot guess it, and all at once would be more
// than the processor keeps under way: it is fetched part by part while this one is multiplied.
struct NextPage {
  const char* begin;  // null: there is none
  long num_bytes;
  void fetch(long part, long num_parts) const {
    if (!begin) return;
    for (long i = num_bytes * part / num_parts; i < num_bytes * (part + 1) / num_parts; i += 64)
      __builtin_prefetch(begin + i);
  }
};

// scores[r, :] = q[r] . keys of one page, for N rows and W vectors of keys
template <int N, int W, class T>
void score(const float* q, const T* keys, float* scores, const Sizes& s) {
  Floats acc[N][W] = {};
  for (long d = 0; d < s.D; d++) {
    Floats key[W];
#pragma GCC unroll 2
    for (int w = 0; w < W; w++) key[w] = load(keys + d * s.P + w * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < N; r++)
#pragma GCC unroll 2
      for (int w = 0; w < W; w++) acc[r][w] += key[w] * q[r * s.D + d];
  }
  for (int r = 0; r < N; r++)
    for (int w = 0; w < W; w++) store(scores + r * s.P + w * kLanes, acc[r][w]);
}

template <int N, class T>
void score(const float* q, const T* keys, const NextPage& next, float* scores, const Sizes& s) {
  long j = 0;
  for (; j + kWide * kLanes <= s.P; j += kWide * kLanes) {
    next.fetch(j / (kWide * kLanes), s.P / (kWide * kLanes));
    score<N, kWide>(q, keys + j, scores + j, s);
  }
  for (; j < s.P; j += kLanes) score<N, 1>(q, keys + j, scores + j, s);
}

// sums[r, d] += weights[r, :] . values[:, d] for N rows and W vectors of dimensions
template <int N, int W, class T>
void add_values(const float* weights, const T* values, long num_keys, float* sums, const Sizes& s) {
  Floats acc[N][W];
  for (int r = 0; r < N; r++)
    for (int w = 0; w < W; w++) acc[r][w] = load(sums + r * s.D + w * kLanes);
  for (long k = 0; k < num_keys; k++) {
    Floats value[W];
#pragma GCC unroll 2
    for (int w = 0; w < W; w++) value[w] = load(values + k * s.D + w * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < N; r++)
#pragma GCC unroll 2
      for (int w = 0; w < W; w++) acc[r][w] += value[w] * weights[r * s.P + k];
  }
  for (int r = 0; r < N; r++)
    for (int w = 0; w < W; w++) store(sums + r * s.D + w * kLanes, acc[r][w]);
}

template <int N, class T>
void add_values(const float* weights, const T* values, long num_keys, const NextPage& next, float* sums,
                const Sizes& s) {
  long d = 0;
  for (; d + kWide * kLanes <= s.D; d += kWide * kLanes) {
    next.fetch(d / (kWide * kLanes), s.D / (kWide * kLanes));
    add_values<N, kWide>(weights, values + d, num_keys, sums + d, s);
  }
  for (; d < s.D; d += kLanes) add_values<N, 1>(weights, values + d, num_keys, sums + d, s);
}

// Turn a row's scores into weights and rescale what was summed under a smaller peak
void soften(float* scores, float* sums, float& peak, float& mass, const Sizes& s) {
  Floats largest = broadcast(peak);
  for (long j = 0; j < s.P; j += kLanes) largest = max(load(scores + j), largest);
  const float new_peak = max(largest);
  Floats total = {};
  for (long j = 0; j < s.P; j += kLanes) {
    const Floats weight = exp(load(scores + j) - new_peak);
    store(scores + j, weight);
    total += weight;
  }
  const float shrink = exp(broadcast(peak - new_peak))[0];
  peak = new_peak;
  mass = mass * shrink + sum(total);
  if (shrink != 1.0f)
    for (long d = 0; d < s.D; d += kLanes) store(sums + d, load(sums + d) * shrink);
}

// Calls f(first row, number of rows as a constant) for rows [first, end), at most N at a time.
template <int N, class F>
void by_tiles(long first, long end, F f) {
  for (; first + N <= end; first += N) f(first, std::integral_constant<int, N>());
  if constexpr (N > 1) by_tiles<N - 1>(first, end, f);
}

// The page itself, or, for many rows, a float32 copy of it; calls f with its address.
template <class T, class F>
void with_page(const T* page, long num_rows, const Sizes& s, Rows& rows, F f) {
  if (std::is_same_v<T, float> || num_rows < kManyRows) return f(page);
  rows.page.resize(s.D * s.P);
  for (long i = 0; i < s.D * s.P; i += kLanes) store(&rows.page[i], load(page + i));
  f(static_cast<const float*>(rows.page.data()));
}

template <class T>
void attend(const Item& item, const T* k_cache, const T* v_cache, const Sizes& s, Rows& rows) {
  const long G = s.group(), R = item.num_queries * G;
  const auto offset_of = [&](long key) { return (item.pages[key / s.P] * s.Hkv + item.head) * s.D * s.P; };
  Softmax& softmax = rows.stretch;
  for (long base = item.key_begin; base < item.key_end; base += s.P) {
    if (base % s.stretch() == 0 && base > item.key_begin) fold_stretch(rows, R, s);
    const long offset = offset_of(base), num_keys = std::min(s.P, item.key_end - base);
    const long next_offset = base + s.P < item.key_end ? offset_of(base + s.P) : -1;
    const auto next_page = [&](const T* cache, long r) {  // fetched for the first rows only
      const bool is_wanted = next_offset >= 0 && r == 0;
      return NextPage{is_wanted ? reinterpret_cast<const char*>(cache + next_offset) : nullptr,
                      s.D * s.P * static_cast<long>(sizeof(T))};
    };
    with_page(k_cache + offset, R, s, rows, [&](auto keys) {
      by_tiles<kTileRows>(0, R, [&](long r, auto n) {
        score<n()>(&rows.q[r * s.D], keys, next_page(k_cache, r), &rows.scores[r * s.P], s);
      });
    });
    for (long r = 0; r < R; r++) {
      float* scores = &rows.scores[r * s.P];
      // What lies behind the query, or behind the end of the context, where a page may hold anything
      const long num_visible = std::min(num_keys, item.position + r / G + 1 - base);
      std::fill(scores + std::max(0l, num_visible), scores + s.P, -__builtin_inff());
      soften(scores, &softmax.sums[r * s.D], softmax.peak[r], softmax.mass[r], s);
    }
    with_page(v_cache + offset, R, s, rows, [&](auto values) {
      by_tiles<kTileRows>(0, R, [&](long r, auto n) {
        add_values<n()>(&rows.scores[r * s.P], values, num_keys, next_page(v_cache, r), &softmax.sums[r * s.D], s);
      });
    });
  }
  fold_stretch(rows, R, s);
}

template <class T>
void load_queries(const Item& item, const T* q, const Sizes& s, float scale, Rows& rows) {
  const long G = s.group();
  rows.resize(item.num_queries * G, s);
  for (long r = 0; r < item.num_queries * G; r++) {
    const T* from = q + item.query_head(r, s) * s.D;
    for (long d = 0; d < s.D; d += kLanes) store(&rows.q[r * s.D + d], load(from + d) * scale);
  }
}

template <class T>
void write_head(const float* sums, float mass, T* out, long D) {
  for (long d = 0; d < D; d += kLanes) store(out + d, load(sums + d) / mass);
}

// Stretches of one head's keys, [peak, mass, sums of D] each, become its output.
template <class T>
void merge(const float* partials, long num_splits, T* out, const Sizes& s) {
  const long width = s.D + 2;
  float peak = -__builtin_inff(), mass = 0.0f;
  std::vector<float> sums(s.D, 0.0f);
  for (long i = 0; i < num_splits; i++) {
    const float* part = partials + i * width;
    fold(sums.data(), peak, mass, part + 2, part[0], part[1], s.D);
  }
  write_head(sums.data(), mass, out, s.D);
}

// A context with one query whose keys were split: its heads' partial results follow one another.
struct Split {
  long query, first_partial, num_splits;
};

struct Work {
  std::vector<Item> items;
  std::vector<Split> splits;
  long num_partials = 0;
};

Work cut(const int32_t* tables, long width, const int32_t* starts, const int32_t* lengths, long B, const Sizes& s) {
  Work work;
  const long G = s.group(), block = std::max(1l, kRows / G), split = s.stretch();
  for (long b = 0; b < B; b++) {
    const long first = starts[b], n = starts[b + 1] - first, length = lengths[b];
    const int32_t* pages = tables + b * width;
    if (n == 1 && length > split) {
      const long num_splits = (length + split - 1) / split;
      work.splits.push_back({first, work.num_partials, num_splits});
      for (long h = 0; h < s.Hkv; h++)
        for (long i = 0; i < num_splits; i++)
          work.items.push_back({pages, h, first, 1, length - 1, i * split, std::min(length, (i + 1) * split),
                                num_splits, work.num_partials + h * G * num_splits + i});
      work.num_partials += s.Hq * num_splits;
      continue;
    }
    for (long h = 0; h < s.Hkv; h++)
      for (long i = 0; i < n; i += block) {
        const long num_queries = std::min(block, n - i), position = length - n + i;
        work.items.push_back({pages, h, first + i, num_queries, position, 0, position + num_queries, 1, 0});
      }
  }
  return work;
}

template <class T>
void keep(const Item& item, const Rows& rows, T* out, float* partials, const Sizes& s) {
  for (long r = 0; r < item.num_queries * s.group(); r++) {
    const float* sums = &rows.total.sums[r * s.D];
    if (item.num_splits == 1) {
      write_head(sums, rows.total.mass[r], out + item.query_head(r, s) * s.D, s.D);
      continue;
    }
    float* partial = partials + (item.partial + r * item.num_splits) * (s.D + 2);
    partial[0] = rows.total.peak[r];
    partial[1] = rows.total.mass[r];
    std::copy(sums, sums + s.D, partial + 2);
  }
}

template <class T>
void attention(const T* q, const T* k_cache, const T* v_cache, const Work& work, T* out, const Sizes& s, float scale) {
  static thread_local std::vector<float> memory;
  memory.resize(work.num_partials * (s.D + 2));
  float* partials = memory.data();
#pragma omp parallel num_threads(at::get_num_threads()) if (work.items.size() > 1)
  {
    static thread_local Rows rows;
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < work.items.size(); i++) {
      load_queries(work.items[i], q, s, scale, rows);
      attend(work.items[i], k_cache, v_cache, s, rows);
      keep(work.items[i], rows, out, partials, s);
    }
  }
  for (const Split& split : work.splits)
    for (long h = 0; h < s.Hq; h++)
      merge(&partials[(split.first_partial + h * split.num_splits) * (s.D + 2)], split.num_splits,
            out + (split.query * s.Hq + h) * s.D, s);
}

}  // namespace

// q [T, Hq, D], k_cache [pages, Hkv, D, P], v_cache [pages, Hkv, P, D], tables [B, width], starts [B + 1]: the queries of
// context b are rows starts[b] to starts[b + 1] of q and the last of its lengths[b] tokens -> out [T, Hq, D]
extern "C" void paged_attention(const void* q, const void* k_cache, const void* v_cache, const int32_t* tables,
                                const int32_t* starts, const int32_t* lengths, void* out, long B, long width, long Hq,
                                long Hkv, long D, long P, float scale, int dtype) {
  const Sizes s = {Hq, Hkv, D, P};
  const Work work = cut(tables, width, starts, lengths, B, s);
  with_type(dtype, [&](auto type) {
    using E = decltype(type);
    attention(static_cast<const E*>(q), static_cast<const E*>(k_cache), static_cast<const E*>(v_cache), work,
              static_cast<E*>(out), s, scale);
  });
}
