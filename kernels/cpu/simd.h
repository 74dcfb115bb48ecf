// Vectors in GCC's portable extension, as wide as the processor's registers. Arithmetic is in float32; bfloat16 exists in
// memory only.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#if defined(__AVX2__)
#include <immintrin.h>
#endif

typedef float Floats __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t Ints __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t Words __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t Halves __attribute__((vector_size(VECTOR_BYTES / 2)));
// The same, at any address
typedef float FloatsAt __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef uint32_t WordsAt __attribute__((vector_size(VECTOR_BYTES), aligned(2), may_alias));
typedef uint16_t HalvesAt __attribute__((vector_size(VECTOR_BYTES / 2), aligned(2), may_alias));

constexpr long kLanes = VECTOR_BYTES / sizeof(float);
// AVX-512 has 32 registers. Where there are 16, half as many sums are kept in them.
constexpr bool kHasManyRegisters = VECTOR_BYTES == 64;

struct bf16 {
  uint16_t bits;
};

// Neighbours of type T that the processor multiplies and adds up at once; they lie together where that is used.
template <class T>
constexpr long kTogether = 1;
#ifdef __AVX512BF16__
template <>
constexpr long kTogether<bf16> = 2;
#endif

inline Floats load(const float* p) { return *reinterpret_cast<const FloatsAt*>(p); }

inline Floats load(const bf16* p) {
#if VECTOR_BYTES == 64  // of the portable form below GCC 12 makes many instructions
  return (Floats)((Words)_mm512_maskz_cvtepu16_epi32(0xffff, _mm256_loadu_si256((const __m256i*)p)) << 16);
#elif VECTOR_BYTES == 32
  return (Floats)((Words)_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i*)p)) << 16);
#else
  Halves bits = *reinterpret_cast<const HalvesAt*>(p);
  return (Floats)(__builtin_convertvector(bits, Words) << 16);
#endif
}

// Pairs of int8 as pairs of int16, one pair a lane
inline Ints load_pairs(const int8_t* p) {
#if VECTOR_BYTES == 64 && defined(__AVX512BW__)
  return (Ints)_mm512_maskz_cvtepi8_epi16(~0u, _mm256_loadu_si256((const __m256i*)p));
#elif VECTOR_BYTES == 32
  return (Ints)_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)p));
#else
  int16_t pairs[2 * kLanes];
  for (long i = 0; i < 2 * kLanes; i++) pairs[i] = p[i];
  Ints v;
  std::memcpy(&v, pairs, sizeof(v));
  return v;
#endif
}

// In every lane, the product of the first two int16 plus that of the second two
inline Ints multiply_pairs(Ints a, Ints b) {
#if VECTOR_BYTES == 64 && defined(__AVX512BW__)
  return (Ints)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif VECTOR_BYTES == 32
  return (Ints)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#else
  return (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#endif
}

inline void store(float* p, Floats v) { *reinterpret_cast<FloatsAt*>(p) = v; }

// Rounds to nearest even; a NaN stays one.
inline void store(bf16* p, Floats v) {
#ifdef __AVX512BF16__
  _mm256_storeu_si256((__m256i*)p, (__m256i)_mm512_cvtneps_pbh((__m512)v));
#else
  Words bits = (Words)v;
  Words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  rounded = v == v ? rounded : (Words){} + 0x7fc0;
  *reinterpret_cast<HalvesAt*>(p) = __builtin_convertvector(rounded, Halves);
#endif
}

// The first n < kLanes elements; the lanes behind them are zero.
template <class T>
inline Floats load_part(const T* p, long n) {
  T full[kLanes] = {};
  std::memcpy(full, p, n * sizeof(T));
  return load(full);
}

template <class T>
inline void store_part(T* p, Floats v, long n) {
  T full[kLanes];
  store(full, v);
  std::memcpy(p, full, n * sizeof(T));
}

// Minus zero: adding it would turn -0 into 0, which costs the compiler an addition.
inline Floats broadcast(float value) { return value - (Floats){}; }

inline Floats max(Floats a, Floats b) { return a > b ? a : b; }

// Every lane with the one whose number differs in the bit `Step`
template <int Step>
inline Floats swap(Floats v) {
#if VECTOR_BYTES == 64
  const Ints lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif VECTOR_BYTES == 32
  const Ints lanes = {0, 1, 2, 3, 4, 5, 6, 7};
#else
  const Ints lanes = {0, 1, 2, 3};
#endif
  return __builtin_shuffle(v, lanes ^ Step);
}

inline float sum(Floats v) {
  if constexpr (kLanes > 8) v += swap<8>(v);
  if constexpr (kLanes > 4) v += swap<4>(v);
  v += swap<2>(v);
  v += swap<1>(v);
  return v[0];
}

inline float max(Floats v) {
  if constexpr (kLanes > 8) v = max(v, swap<8>(v));
  if constexpr (kLanes > 4) v = max(v, swap<4>(v));
  v = max(v, swap<2>(v));
  v = max(v, swap<1>(v));
  return v[0];
}

// e^x within 2 units in the last place; 0 below -87.3, where it would be denormal, and infinite where it overflows.
inline Floats exp(Floats x) {
  Floats clamped = x < -87.3f ? broadcast(-87.3f) : x;
  clamped = clamped > 89.0f ? broadcast(89.0f) : clamped;
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  Floats n = clamped * 1.44269504f + magic - magic;
  Floats r = clamped - n * 0.693359375f + n * 2.12194440e-4f;  // ln 2 in two parts
  Floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;  // Cephes expf
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
#if VECTOR_BYTES == 64
  const __mmask16 is_normal = _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(-87.3f), _CMP_NLT_UQ);  // or NaN
  return (Floats)_mm512_maskz_scalef_ps(is_normal, (__m512)p, (__m512)n);
#else
  // 2^n in two factors: n reaches 128, which one exponent field cannot hold
  Ints half = __builtin_convertvector(n, Ints) >> 1;
  Ints rest = __builtin_convertvector(n, Ints) - half;
  const Floats result = p * (Floats)((half + 127) << 23) * (Floats)((rest + 127) << 23);
  return x < -87.3f ? broadcast(0.0f) : result;
#endif
}

inline Floats silu(Floats x) { return x / (exp(-x) + 1.0f); }

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
