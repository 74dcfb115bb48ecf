// The two halves of a decoder layer, each one call: the operations of the other files, one after another.
//
// A step of one token spends as long between operations as in them when a caller in Python strings them together.
#include <vector>

#include "simd.h"

extern "C" {
void linear(const void* x, const void* w, const float* scales, void* out, long T, long N, long K, int dtype,
            int weight_dtype, int out_dtype);
void add_rms_norm(float* residual, const void* x, const void* weight, void* out, long T, long H, float eps, int dtype);
void rope_store(const void* qkv, const void* q_weight, const void* k_weight, float eps, const float* table,
                const int64_t* positions, const int64_t* slots, void* q, void* k_cache, void* v_cache, long T, long S,
                long Hq, long Hkv, long D, long P, int dtype);
void paged_attention(const void* q, const void* k_cache, const void* v_cache, const int32_t* tables,
                     const int32_t* starts, const int32_t* lengths, void* out, long B, long width, long Hq, long Hkv,
                     long D, long P, float scale, int dtype);
void route_experts(const float* logits, int64_t* ids, float* weights, long T, long E, long C, long G,
                   int is_normalised);
void experts(const void* x, const int64_t* ids, const float* weights, const void* w13, const float* scales13,
             const void* w2, const float* scales2, void* out, long T, long C, long E, long H, long I, int dtype,
             int weight_dtype);
}

namespace {

// Memory that stays with the calling thread
void* scratch(int which, size_t bytes) {
  static thread_local std::vector<Floats> memory[4];
  const size_t size = bytes / sizeof(Floats) + 1;
  if (memory[which].size() < size) memory[which].resize(size);
  return memory[which].data();
}

size_t item_size(int dtype) { return dtype == 0 ? 4 : 2; }

}  // namespace

// The fields of kernels/decoder_layer.py, in the same order and sizes.
struct Panels {
  const void* panels;
  const float* scales;
  int64_t N, K, dtype;
};

struct Step {
  int64_t T, S, B, width;
  const float* angles;
  const int64_t *positions, *slots;
  const int32_t *tables, *starts, *lengths;
};

struct AttentionHalf {
  Panels qkv, o;
  const void *input_norm, *output_norm, *q_norm, *k_norm;
  void *k_cache, *v_cache;
  int64_t H, Hq, Hkv, D, P, dtype;
  float eps, head_eps, scale;
};

struct ExpertsHalf {
  Panels gate, gate_up, down;  // of gate_up, N is the width of an expert
  int64_t E, C, G, is_normalised, dtype;
};

// residual += x; out = norm(residual += attention(norm(residual))). x, out [T, H], residual [T, H] float32
extern "C" void attention_half(const AttentionHalf* layer, const Step* step, float* residual, const void* x,
                               void* out) {
  const AttentionHalf& l = *layer;
  const Step& s = *step;
  const size_t size = s.T * item_size(l.dtype), heads = l.Hq * l.D;
  void *normed = scratch(0, size * l.H), *qkv = scratch(1, size * l.qkv.N);
  add_rms_norm(residual, x, l.input_norm, normed, s.T, l.H, l.eps, l.dtype);
  linear(normed, l.qkv.panels, l.qkv.scales, qkv, s.T, l.qkv.N, l.qkv.K, l.dtype, l.qkv.dtype, l.dtype);
  void *q = scratch(2, size * heads), *attended = scratch(3, size * heads);
  rope_store(qkv, l.q_norm, l.k_norm, l.head_eps, s.angles, s.positions, s.slots, q, l.k_cache, l.v_cache, s.T, s.S,
             l.Hq, l.Hkv, l.D, l.P, l.dtype);
  std::memset(static_cast<char*>(attended) + s.S * item_size(l.dtype) * heads, 0, (s.T - s.S) * item_size(l.dtype) * heads);
  paged_attention(q, l.k_cache, l.v_cache, s.tables, s.starts, s.lengths, attended, s.B, s.width, l.Hq, l.Hkv, l.D,
                  l.P, l.scale, l.dtype);
  linear(attended, l.o.panels, l.o.scales, normed, s.T, l.o.N, l.o.K, l.dtype, l.o.dtype, l.dtype);
  add_rms_norm(residual, normed, l.output_norm, out, s.T, l.H, l.eps, l.dtype);
}

// out = mixture of experts(x), both [T, H]
extern "C" void experts_half(const ExpertsHalf* layer, long T, const void* x, void* out) {
  const ExpertsHalf& l = *layer;
  float* logits = static_cast<float*>(scratch(0, T * l.E * sizeof(float)));
  auto* ids = static_cast<int64_t*>(scratch(1, T * l.C * sizeof(int64_t)));
  auto* weights = static_cast<float*>(scratch(2, T * l.C * sizeof(float)));
  linear(x, l.gate.panels, l.gate.scales, logits, T, l.E, l.gate.K, l.dtype, l.gate.dtype, 0);
  route_experts(logits, ids, weights, T, l.E, l.C, l.G, l.is_normalised);
  experts(x, ids, weights, l.gate_up.panels, l.gate_up.scales, l.down.panels, l.down.scales, out, T, l.C, l.E,
          l.down.N, l.gate_up.N, l.dtype, l.gate_up.dtype);
}
