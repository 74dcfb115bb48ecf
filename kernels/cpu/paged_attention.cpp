// Causal attention over a paged cache, for decoding and for reading prompts alike.
//
// Work is cut into items: one context, one key head, a block of its queries, a stretch of keys. The G query heads that
// share a key head are rows of the same item, so every page is read once for all of them. Scores lie along the keys of a
// page (keys are stored transposed), sums of values along the head dimension: neither needs a sum across lanes.
// A row's keys are summed stretch by stretch, and stretches are folded in order, whether one item has them all or each
// is an item of its own: the result does not depend on the other contexts, on the threads, or on how many queries of the
// context are asked at once.
//
// Where the processor multiplies pairs of bfloat16, two dimensions of a key meet two of a query, and two keys' values meet
// their two weights, which are rounded to bfloat16 for it.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "simd.h"

namespace {

// Queries of one item, times G, about: their scores and sums stay in the second cache.
constexpr long kRows = 96;
// From here on a page is turned into float32 once for all rows of an item, unless pairs are multiplied as they are.
constexpr long kManyRows = 12;
// Keys of a stretch. Those of a context with a single query are shared among threads. Not tuned.
constexpr long kSplit = 512;

// Pages of one head that are under way from memory while one is multiplied. 2 to 12 made no difference on a Zen 4.
constexpr long kPartsAhead = 4;

// Rows and vectors whose sums are kept in registers at once
constexpr int kTileRows = VECTOR_BYTES == 64 ? 12 : VECTOR_BYTES == 32 ? 6 : 4;
constexpr int kWide = 2;
// The same for few rows: long pieces of a page, nearly in the order in which they lie in memory
constexpr int kFewRows = 6, kLongTileRows = 2, kLong = kHasManyRegisters ? 8 : 4;

// How elements of type T in the cache meet those of type X in a row, kTogether of them at a time. A page [n, width] lies
// in memory as [n / kTogether, width, kTogether].
template <class T>
struct Meeting {
  using X = float;
  using Vector = Floats;
  static Vector of_page(const T* p) { return load(p); }
  static Vector of_row(const X* x) { return broadcast(*x); }
  static Vector only_first(Vector v) { return v; }
  static Floats add(Floats sum, Vector v, Vector x) { return sum + v * x; }
};

#ifdef __AVX512BF16__
template <>
struct Meeting<bf16> {
  using X = bf16;
  using Vector = Words;  // a pair in each lane
  static Vector of_page(const bf16* p) { return *reinterpret_cast<const WordsAt*>(p); }
  static Vector of_row(const X* x) {
    uint32_t pair;
    std::memcpy(&pair, x, sizeof(pair));
    return (Words){} + pair;
  }
  static Vector only_first(Vector v) { return v & 0xffff; }
  static Floats add(Floats sum, Vector v, Vector x) {
    return (Floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)v, (__m512bh)x);
  }
};
#endif

struct Sizes {
  long Hq, Hkv, D, P;  // query heads, key heads, head size, tokens of a page; D and P are multiples of 16
  long group() const { return Hq / Hkv; }
  long stretch() const { return (kSplit + P - 1) / P * P; }
};

struct Item {
  const int32_t* pages;           // block table of the context
  long head, num_heads;           // key heads
  long first_query, num_queries;  // rows of q
  long position;                  // of the first query in its context
  long key_begin, key_end;
  long num_splits;  // stretches of the context that are merged later; 1: the item has all keys and writes the output
  long partial;     // where the first stretch of the first row belongs; the next row's is num_splits behind it

  long rows_per_head(const Sizes& s) const { return num_queries * s.group(); }
  long num_rows(const Sizes& s) const { return num_heads * rows_per_head(s); }
  // Row r of the item is query r % rows_per_head / G of query head (head + r / rows_per_head) * G + r % G
  long query(long r, const Sizes& s) const { return r % rows_per_head(s) / s.group(); }
  // Among the query heads of all tokens
  long query_head(long r, const Sizes& s) const {
    return (first_query + query(r, s)) * s.Hq + (head + r / rows_per_head(s)) * s.group() + r % s.group();
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

// The rows of one item. W: keys of a stretch.
template <class T>
struct Rows {
  using X = typename Meeting<T>::X;
  std::vector<X> q;           // [R, D]
  std::vector<float> scores;  // [R, W] of the stretch at hand
  std::vector<X> weights;     // [R, W]
  std::vector<float> page;    // of keys or values, as float32
  std::vector<const T*> parts;  // where pages are, in the order in which they are read
  Softmax stretch, total;     // of the stretch at hand and of those before it
  void resize(long R, const Sizes& s) {
    q.resize(R * s.D);
    scores.resize(R * s.stretch());
    weights.resize(R * s.stretch());
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

void fold_stretch(Softmax& total, Softmax& next, long R, const Sizes& s) {
  for (long r = 0; r < R; r++)
    fold(&total.sums[r * s.D], total.peak[r], total.mass[r], &next.sums[r * s.D], next.peak[r], next.mass[r], s.D);
  next.clear(R, s);
}

// A page [n, width]. Pages lie anywhere, so the processor cannot guess the next one: it is fetched line by line while this
// one is read, `ahead` elements from it.
template <class T>
struct Page {
  const T* begin;
  long width, ahead;
  Page at(long column) const { return {begin + column * kTogether<T>, width, ahead}; }
  typename Meeting<T>::Vector load(long row, long column) const {
    const T* p = begin + row * width + column * kTogether<T>;
    __builtin_prefetch(p + ahead, 0, 2);
    return Meeting<T>::of_page(p);
  }
};

// out[r, :] += x[r] . page for N rows and W vectors of its columns. Of the last kTogether rows only the first counts where
// num_rows is not a multiple; the others may hold anything.
template <int N, int W, class T>
void multiply(const typename Meeting<T>::X* x, long x_width, const Page<T>& page, long num_rows, float* out,
              long out_width) {
  using M = Meeting<T>;
  Floats acc[N][W];
  for (int r = 0; r < N; r++)
    for (int w = 0; w < W; w++) acc[r][w] = load(out + r * out_width + w * kLanes);
  for (long i = 0; i < num_rows; i += kTogether<T>) {
    typename M::Vector row[W];
#pragma GCC unroll 8
    for (int w = 0; w < W; w++) row[w] = page.load(i, w * kLanes);
    if (i + kTogether<T> > num_rows)
      for (int w = 0; w < W; w++) row[w] = M::only_first(row[w]);
#pragma GCC unroll 16
    for (int r = 0; r < N; r++) {
      const auto value = M::of_row(x + r * x_width + i);
#pragma GCC unroll 8
      for (int w = 0; w < W; w++) acc[r][w] = M::add(acc[r][w], row[w], value);
    }
  }
  for (int r = 0; r < N; r++)
    for (int w = 0; w < W; w++) store(out + r * out_width + w * kLanes, acc[r][w]);
}

// The same for all columns from j on, at most W vectors at a time
template <int N, int W, class T>
void multiply_columns(const typename Meeting<T>::X* x, long x_width, const Page<T>& page, long num_rows, float* out,
                      long out_width, long j = 0) {
  for (; j + W * kLanes <= page.width; j += W * kLanes)
    multiply<N, W, T>(x, x_width, page.at(j), num_rows, out + j, out_width);
  if constexpr (W > 1) multiply_columns<N, W / 2, T>(x, x_width, page, num_rows, out, out_width, j);
}

// Calls f(first row, number of rows as a constant) for rows [first, end), at most N at a time.
template <int N, class F>
void by_tiles(long first, long end, F f) {
  for (; first + N <= end; first += N) f(first, std::integral_constant<int, N>());
  if constexpr (N > 1) by_tiles<N - 1>(first, end, f);
}

// out[r, :] += x[r] . page [num_rows, width] for all R rows
template <class T>
void multiply_rows(const typename Meeting<T>::X* x, long x_width, const Page<T>& page, long num_rows, float* out,
                   long out_width, long R, std::vector<float>& memory) {
  if constexpr (sizeof(T) < sizeof(float) && kTogether<T> == 1)
    if (R >= kManyRows) {
      memory.resize(num_rows * page.width);
      for (long i = 0; i < num_rows; i++)
        for (long j = 0; j < page.width; j += kLanes) store(&memory[i * page.width + j], page.load(i, j));
      return multiply_rows(x, x_width, Page<float>{memory.data(), page.width, 0}, num_rows, out, out_width, R, memory);
    }
  const auto columns = [&](long r, auto n, auto w) {
    multiply_columns<n(), w(), T>(x + r * x_width, x_width, page, num_rows, out + r * out_width, out_width);
  };
  if (R <= kFewRows)
    by_tiles<kLongTileRows>(0, R, [&](long r, auto n) { columns(r, n, std::integral_constant<int, kLong>()); });
  else
    by_tiles<kTileRows>(0, R, [&](long r, auto n) { columns(r, n, std::integral_constant<int, kWide>()); });
}

// Turn a row's scores into the weights exp(scale * (score - peak)). Those of keys from num_visible on are zero: they lie
// behind the query, or behind the end of the context, where a page may hold anything. Meanwhile as many bytes as there are
// scores are fetched from `wanted`.
template <class X>
void soften(float* scores, X* weights, float scale, long num_visible, long num_keys, const void* wanted, float& peak,
            float& mass) {
  std::fill(scores + std::clamp(num_visible, 0l, num_keys), scores + num_keys, -__builtin_inff());
  Floats largest = broadcast(-__builtin_inff());
  for (long j = 0; j < num_keys; j += kLanes) largest = max(load(scores + j), largest);
  const float largest_score = max(largest);
  Floats total = {};
  for (long j = 0; j < num_keys; j += kLanes) {
    store(weights + j, exp((load(scores + j) - largest_score) * scale));
    total += load(weights + j);
    __builtin_prefetch(static_cast<const float*>(wanted) + j, 0, 2);
  }
  peak = largest_score * scale;
  mass = sum(total);
}

// Where the pages of keys [begin, end) are, those of all heads of the item, in the order in which they are read
template <class T>
void add_parts(const Item& item, const T* cache, long begin, long end, const Sizes& s, std::vector<const T*>& parts) {
  for (long key = begin; key < end; key += s.P)
    for (long h = 0; h < item.num_heads; h++)
      parts.push_back(cache + (item.pages[key / s.P] * s.Hkv + item.head + h) * s.D * s.P);
}

// Scores, weights and sums of values over the keys [begin, end) of one stretch
template <class T>
void attend_stretch(const Item& item, long begin, long end, const T* k_cache, const T* v_cache, const Sizes& s,
                    float scale, Rows<T>& rows) {
  const long R = item.num_rows(s), H = item.num_heads, rows_of_head = R / H, width = s.stretch();
  const long num_keys = (end - begin + s.P - 1) / s.P * s.P, num_parts = num_keys / s.P * H;
  const long part_bytes = s.D * s.P * sizeof(T), row_bytes = num_keys * sizeof(float);
  const long num_more = std::min(kPartsAhead, R * row_bytes / part_bytes);  // fetched while scores are softened
  auto& parts = rows.parts;
  parts.clear();
  add_parts(item, k_cache, begin, end, s, parts);
  add_parts(item, v_cache, begin, end, s, parts);
  add_parts(item, k_cache, end, std::min(end + kPartsAhead * s.P, item.key_end), s, parts);
  parts.resize(2 * num_parts + kPartsAhead + num_more, parts.back());
  const auto part = [&](long i, long row_width, long ahead) {
    return Page<T>{parts[i], row_width, parts[i + ahead] - parts[i]};
  };
  for (long r = 0; r < R; r++) std::fill_n(&rows.scores[r * width], num_keys, 0.0f);
  for (long key = 0, i = 0; key < num_keys; key += s.P)
    for (long r = 0; r < R; r += rows_of_head, i++)
      multiply_rows(&rows.q[r * s.D], s.D, part(i, s.P, kPartsAhead), s.D, &rows.scores[r * width + key], width,
                    rows_of_head, rows.page);
  for (long r = 0; r < R; r++) {
    const long wanted = std::min(num_parts + kPartsAhead + r * row_bytes / part_bytes, 2 * num_parts);
    soften(&rows.scores[r * width], &rows.weights[r * width], scale, item.position + item.query(r, s) + 1 - begin,
           num_keys, reinterpret_cast<const char*>(parts[wanted]) + r * row_bytes % part_bytes, rows.stretch.peak[r],
           rows.stretch.mass[r]);
  }
  for (long key = 0, i = num_parts; key < num_keys; key += s.P)
    for (long r = 0; r < R; r += rows_of_head, i++)
      multiply_rows(&rows.weights[r * width + key], width, part(i, s.D, kPartsAhead + num_more),
                    std::min(s.P, end - begin - key), &rows.stretch.sums[r * s.D], s.D, rows_of_head, rows.page);
}

// A stretch of keys whose result belongs to a row's partials
void keep_stretch(const Item& item, long i, Softmax& stretch, float* partials, const Sizes& s) {
  const long R = item.num_rows(s);
  for (long r = 0; r < R; r++) {
    float* partial = partials + (item.partial + r * item.num_splits + i) * (s.D + 2);
    partial[0] = stretch.peak[r];
    partial[1] = stretch.mass[r];
    std::copy_n(&stretch.sums[r * s.D], s.D, partial + 2);
  }
  stretch.clear(R, s);
}

template <class T>
void attend(const Item& item, const T* k_cache, const T* v_cache, const Sizes& s, float scale, float* partials,
            Rows<T>& rows) {
  for (long begin = item.key_begin, i = 0; begin < item.key_end; begin += s.stretch(), i++) {
    attend_stretch(item, begin, std::min(begin + s.stretch(), item.key_end), k_cache, v_cache, s, scale, rows);
    if (item.num_splits > 1)
      keep_stretch(item, i, rows.stretch, partials, s);
    else
      fold_stretch(rows.total, rows.stretch, item.num_rows(s), s);
  }
}

template <class T>
void load_queries(const Item& item, const T* q, const Sizes& s, Rows<T>& rows) {
  rows.resize(item.num_rows(s), s);
  for (long r = 0; r < item.num_rows(s); r++) {
    const T* from = q + item.query_head(r, s) * s.D;
    for (long d = 0; d < s.D; d += kLanes) store(&rows.q[r * s.D + d], load(from + d));
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
      // Pages lie head behind head: they are read in order where there are stretches enough for every thread.
      const long num_items = 2 * at::get_num_threads();
      const long num_heads = num_splits >= num_items ? s.Hkv : 1, step = (num_splits + num_items - 1) / num_items;
      for (long h = 0; h < s.Hkv; h += num_heads)
        for (long i = 0; i < num_splits; i += step)
          work.items.push_back({pages, h, num_heads, first, 1, length - 1, i * split,
                                std::min(length, (i + step) * split), num_splits,
                                work.num_partials + h * G * num_splits + i});
      work.num_partials += s.Hq * num_splits;
      continue;
    }
    for (long h = 0; h < s.Hkv; h++)
      for (long i = 0; i < n; i += block) {
        const long num_queries = std::min(block, n - i), position = length - n + i;
        work.items.push_back({pages, h, 1, first + i, num_queries, position, 0, position + num_queries, 1, 0});
      }
  }
  return work;
}

template <class T>
void write(const Item& item, const Rows<T>& rows, T* out, const Sizes& s) {
  for (long r = 0; r < item.num_rows(s); r++)
    write_head(&rows.total.sums[r * s.D], rows.total.mass[r], out + item.query_head(r, s) * s.D, s.D);
}

template <class T>
void attention(const T* q, const T* k_cache, const T* v_cache, const Work& work, T* out, const Sizes& s, float scale) {
  static thread_local std::vector<float> memory;
  memory.resize(work.num_partials * (s.D + 2));
  float* partials = memory.data();
#pragma omp parallel num_threads(at::get_num_threads()) if (work.items.size() > 1)
  {
    static thread_local Rows<T> rows;
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < work.items.size(); i++) {
      load_queries(work.items[i], q, s, rows);
      attend(work.items[i], k_cache, v_cache, s, scale, partials, rows);
      if (work.items[i].num_splits == 1) write(work.items[i], rows, out, s);
    }
#pragma omp for schedule(static)
    for (size_t i = 0; i < work.splits.size() * s.Hq; i++) {
      const Split& split = work.splits[i / s.Hq];
      const long h = i % s.Hq;
      merge(&partials[(split.first_partial + h * split.num_splits) * (s.D + 2)], split.num_splits,
            out + (split.query * s.Hq + h) * s.D, s);
    }
  }
}

}  // namespace

// Neighbours that lie together in the paged cache of a type
extern "C" int cache_step(int dtype) {
  return dtype == 0 ? kTogether<float> : kTogether<bf16>;
}

// q [T, Hq, D], k_cache [pages, Hkv, D, P], v_cache [pages, Hkv, P, D] (bfloat16 with kTogether in place of the D and the P
// in the middle, see Meeting), tables [B, width], starts [B + 1]: the queries of
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
