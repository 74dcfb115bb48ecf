// Vectors of 64 bytes in GCC's portable extension: one register with AVX-512, two or four narrower ones elsewhere.
// Arithmetic is in float32; bfloat16 exists in memory only.
#pragma once

#include <cstdint>
#include <cstring>

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

typedef float f32x16 __attribute__((vector_size(64)));
typedef int32_t i32x16 __attribute__((vector_size(64)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));
// The same, at any address
typedef float f32x16_at __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t u32x16_at __attribute__((vector_size(64), aligned(2), may_alias));
typedef uint16_t u16x16_at __attribute__((vector_size(32), aligned(2), may_alias));

constexpr long kLanes = 16;

struct bf16 {
  uint16_t bits;
};

inline f32x16 load(const float* p) { return *reinterpret_cast<const f32x16_at*>(p); }

inline f32x16 load(const bf16* p) {
  u16x16 bits = *reinterpret_cast<const u16x16_at*>(p);
  return (f32x16)(__builtin_convertvector(bits, u32x16) << 16);
}

inline void store(float* p, f32x16 v) { *reinterpret_cast<f32x16_at*>(p) = v; }

// Rounds to nearest even; a NaN stays one.
inline void store(bf16* p, f32x16 v) {
  u32x16 bits = (u32x16)v;
  u32x16 rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  rounded = v == v ? rounded : (u32x16){} + 0x7fc0;
  *reinterpret_cast<u16x16_at*>(p) = __builtin_convertvector(rounded, u16x16);
}

// The first n < 16 elements; the lanes behind them are zero.
template <class T>
inline f32x16 load_part(const T* p, long n) {
  T full[kLanes] = {};
  std::memcpy(full, p, n * sizeof(T));
  return load(full);
}

template <class T>
inline void store_part(T* p, f32x16 v, long n) {
  T full[kLanes];
  store(full, v);
  std::memcpy(p, full, n * sizeof(T));
}

inline f32x16 broadcast(float value) { return (f32x16){} + value; }

inline f32x16 max(f32x16 a, f32x16 b) { return a > b ? a : b; }

inline f32x16 swap8(f32x16 v) {
  return __builtin_shuffle(v, (i32x16){8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7});
}
inline f32x16 swap4(f32x16 v) {
  return __builtin_shuffle(v, (i32x16){4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11});
}
inline f32x16 swap2(f32x16 v) {
  return __builtin_shuffle(v, (i32x16){2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13});
}
inline f32x16 swap1(f32x16 v) {
  return __builtin_shuffle(v, (i32x16){1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14});
}

inline float sum(f32x16 v) {
  v += swap8(v);
  v += swap4(v);
  v += swap2(v);
  v += swap1(v);
  return v[0];
}

inline float max(f32x16 v) {
  v = max(v, swap8(v));
  v = max(v, swap4(v));
  v = max(v, swap2(v));
  v = max(v, swap1(v));
  return v[0];
}

// e^x within 2 units in the last place; 0 below -87.3, where it would be denormal, and infinite above 88.7.
inline f32x16 exp(f32x16 x) {
  f32x16 clamped = x < -87.3f ? broadcast(-87.3f) : x;
  clamped = clamped > 88.7f ? broadcast(88.7f) : clamped;
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  f32x16 n = clamped * 1.44269504f + magic - magic;
  f32x16 r = clamped - n * 0.693359375f + n * 2.12194440e-4f;  // ln 2 in two parts
  f32x16 p = r * 1.9875691500e-4f + 1.3981999507e-3f;  // Cephes expf
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // 2^n in two factors: n reaches 128, which one exponent field cannot hold
  i32x16 half = __builtin_convertvector(n, i32x16) >> 1;
  i32x16 rest = __builtin_convertvector(n, i32x16) - half;
  f32x16 result = p * (f32x16)((half + 127) << 23) * (f32x16)((rest + 127) << 23);
  result = x < -87.3f ? broadcast(0.0f) : result;
  return x > 88.7f ? broadcast(__builtin_inff()) : result;
}

inline f32x16 silu(f32x16 x) { return x / (exp(-x) + 1.0f); }

// How one 64-byte vector of weights meets one of activations: acc[lane] += sum of the lane's products.
template <class T>
struct Dot;

template <>
struct Dot<float> {
  static constexpr long kStep = 16;  // elements of one vector
  using Vector = f32x16;
  static Vector load(const float* p) { return ::load(p); }
  static f32x16 add(f32x16 acc, Vector w, Vector x) { return acc + w * x; }
};

template <>
struct Dot<bf16> {
  static constexpr long kStep = 32;
  using Vector = u32x16;  // a pair of bfloat16 in each lane
  static Vector load(const bf16* p) { return *reinterpret_cast<const u32x16_at*>(p); }
  static f32x16 add(f32x16 acc, Vector w, Vector x) {
#ifdef __AVX512BF16__
    return (f32x16)_mm512_dpbf16_ps((__m512)acc, (__m512bh)w, (__m512bh)x);
#else
    acc += (f32x16)(w << 16) * (f32x16)(x << 16);
    return acc + (f32x16)(w & 0xffff0000u) * (f32x16)(x & 0xffff0000u);
#endif
  }
};

// Calls f with a value of the element type that `dtype` names: 0 float32, 1 bfloat16 (kernels/cpu_library.py).
template <class F>
inline void with_type(int dtype, F f) {
  if (dtype == 0)
    f(float{});
  else
    f(bf16{});
}

// torch's own setting for the calling thread; libgomp, which torch brings, keeps one pool per calling thread.
namespace at {
int get_num_threads();
}
