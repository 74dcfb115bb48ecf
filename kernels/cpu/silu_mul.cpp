// silu(gate) * up of a fused buffer.
#include "simd.h"

// gate_up [T, 2 I]: gate, then up -> out [T, I]
extern "C" void silu_mul(const void* gate_up, void* out, long T, long I, int dtype) {
  with_type(dtype, [&](auto type) {
    using E = decltype(type);
#pragma omp parallel for schedule(static) num_threads(at::get_num_threads()) if (T > 16)
    for (long t = 0; t < T; t++) {
      const E* gate = static_cast<const E*>(gate_up) + t * 2 * I;
      const E* up = gate + I;
      E* row = static_cast<E*>(out) + t * I;
      long i = 0;
      for (; i + kLanes <= I; i += kLanes) store(row + i, silu(load(gate + i)) * load(up + i));
      if (i < I) store_part(row + i, silu(load_part(gate + i, I - i)) * load_part(up + i, I - i), I - i);
    }
  });
}
