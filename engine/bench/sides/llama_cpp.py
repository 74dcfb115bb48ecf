"""llama.cpp through the C functions of its Python bindings: continuous batches, one slot of the cache per request.

A slot keeps what it has read, so a request that begins alike goes on from there, as in llama.cpp's own server.
"""

import ctypes
from typing import Any

import llama_cpp
import numpy as np

from engine.bench.job import Job, Request, SideSettings
from engine.bench.sides.cache_slot import Slot, best_slot
from engine.bench.sides.job_loop import Serve, run_side
from engine.bench.sides.stepping import serve_by_steps

_SLOT_UNIT = 256  # tokens; llama.cpp rounds up to it
_ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR


class LlamaStepper:
    """Each context has num_slots equal parts; it is made anew when a job needs more or longer ones."""

    def __init__(self, settings: SideSettings) -> None:
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(
            settings.model.encode(), llama_cpp.llama_model_default_params()
        )
        assert self._model, f"llama.cpp does not load {settings.model}"
        self._vocab_size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self._model))
        self._num_threads = settings.num_threads
        self._context: Any = None  # this and the batch: structures of the C library
        self._batch: Any = None
        self._batch_size = 0
        self._slot_length = 0
        self._slots: list[Slot] = []

    def prepare(self, job: Job) -> None:
        longest = max(len(request.prompt) + request.max_tokens for request in job)
        if len(job) > len(self._slots) or longest > self._slot_length:
            self._make_context(len(job), -(-longest // _SLOT_UNIT) * _SLOT_UNIT)

    def add(self, index: int, request: Request) -> None:
        slot = best_slot(self._slots, request.prompt)
        num_alike = slot.num_alike(request.prompt)
        self._forget(slot, num_alike)
        slot.unread, slot.index, slot.num_left = request.prompt[num_alike:], index, request.max_tokens

    def step(self) -> list[tuple[int, int]]:
        """Every answer's next token, and as much of the prompts as the batch holds beside them."""
        rows: list[tuple[Slot, int]] = []  # whose logits, and at which row
        batch = self._batch
        batch.n_tokens = 0
        for slot in sorted((slot for slot in self._slots if slot.num_left), key=lambda slot: len(slot.unread)):
            part = slot.unread[: self._batch_size - batch.n_tokens]
            for token_id in part:
                self._put(slot, token_id)
            slot.unread = slot.unread[len(part) :]
            if part and not slot.unread:
                batch.logits[batch.n_tokens - 1] = 1
                rows.append((slot, batch.n_tokens - 1))
        status = llama_cpp.llama_decode(self._context, batch)
        assert status == 0, f"llama_decode returned {status}"
        return [self._take(slot, row) for slot, row in rows]

    def _put(self, slot: Slot, token_id: int) -> None:
        batch, row = self._batch, self._batch.n_tokens
        batch.token[row] = token_id
        batch.pos[row] = len(slot.cached)
        batch.n_seq_id[row] = 1
        batch.seq_id[row][0] = slot.number
        batch.logits[row] = 0
        batch.n_tokens += 1
        slot.cached.append(token_id)

    def _take(self, slot: Slot, row: int) -> tuple[int, int]:
        logits = llama_cpp.llama_get_logits_ith(self._context, row)
        token_id = int(np.ctypeslib.as_array(logits, (self._vocab_size,)).argmax())
        slot.unread = [token_id]
        slot.num_left -= 1
        return slot.index, token_id

    def _make_context(self, num_slots: int, slot_length: int) -> None:
        if self._context:
            llama_cpp.llama_batch_free(self._batch)
            llama_cpp.llama_free(self._context)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = num_slots * slot_length
        params.n_seq_max = num_slots
        params.n_threads = params.n_threads_batch = self._num_threads
        params.kv_unified = False
        self._context = llama_cpp.llama_init_from_model(self._model, params)
        assert self._context, f"llama.cpp has no memory for {num_slots} x {slot_length} tokens"
        self._batch_size = llama_cpp.llama_n_batch(self._context)
        self._batch = llama_cpp.llama_batch_init(self._batch_size, 0, 1)
        self._slot_length = slot_length
        self._slots = [Slot(number) for number in range(num_slots)]
        self._touch_buffers()

    def _touch_buffers(self) -> None:
        """The first pass over the memory of a fresh context is slow, and nobody's business."""
        self.add(0, Request([1] * min(512, self._slot_length - 1), 1))
        while any(slot.num_left for slot in self._slots):
            self.step()
        for slot in self._slots:
            self._forget(slot, 0)

    def _forget(self, slot: Slot, num_kept: int) -> None:
        """Of what is in the cache, all but the first num_kept tokens."""
        llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(self._context), slot.number, num_kept, -1)
        slot.cached = slot.cached[:num_kept]


def _say_errors(level: int, text: bytes, data: ctypes.c_void_p) -> None:
    if level == _ERROR_LEVEL:
        print(text.decode(errors="replace"), end="")


_log_callback = llama_cpp.llama_log_callback(_say_errors)  # lives as long as the library may call it


def load(settings: SideSettings) -> Serve:
    llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
    stepper = LlamaStepper(settings)
    return lambda job: serve_by_steps(stepper, job)


if __name__ == "__main__":
    run_side(load)
