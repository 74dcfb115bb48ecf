// Add to the residual, which is float32, and normalise it.
#include "simd.h"

namespace {

template <class T>
void norm_row(const float* x, const T* weight, T* out, long H, float eps) {
  Floats squares = {};
  long h = 0;
  for (; h + kLanes <= H; h += kLanes) squares += load(x + h) * load(x + h);
  if (h < H) squares += load_part(x + h, H - h) * load_part(x + h, H - h);
  const float scale = 1.0f / __builtin_sqrtf(sum(squares) / H + eps);
  for (h = 0; h + kLanes <= H; h += kLanes) store(out + h, load(x + h) * scale * load(weight + h));
  if (h < H) store_part(out + h, load_part(x + h, H - h) * scale * load_part(weight + h, H - h), H - h);
}

template <class T>
void add_row(float* residual, const T* x, long H) {
  long h = 0;
  for (; h + kLanes <= H; h += kLanes) store(residual + h, load(residual + h) + load(x + h));
  if (h < H) store_part(residual + h, load_part(residual + h, H - h) + load_part(x + h, H - h), H - h);
}

}  // namespace

// residual [T, H] += x [T, H]; out = residual / rms(residual) * weight [H]
extern "C" void add_rms_norm(float* residual, const void* x, const void* weight, void* out, long T, long H, float eps,
                             int dtype) {
  with_type(dtype, [&](auto type) {
    using E = decltype(type);
#pragma omp parallel for schedule(static) num_threads(at::get_num_threads()) if (T > 16)
    for (long t = 0; t < T; t++) {
      add_row(residual + t * H, static_cast<const E*>(x) + t * H, H);
      norm_row(residual + t * H, static_cast<const E*>(weight), static_cast<E*>(out) + t * H, H, eps);
    }
  });
}
