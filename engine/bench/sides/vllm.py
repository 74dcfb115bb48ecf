"""vLLM inside this process, without its HTTP server."""

import os

os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"  # read when vllm is imported

import vllm
from vllm.sampling_params import RequestOutputKind

from engine.bench.job import Job, Request, SideSettings
from engine.bench.sides.job_loop import Serve, run_side
from engine.bench.sides.stepping import serve_by_steps


class VllmStepper:
    """Request ids go on counting, so that no two requests share one."""

    def __init__(self, engine: vllm.LLMEngine) -> None:
        self._engine = engine
        self._job = 0

    def prepare(self, job: Job) -> None:
        self._job += 1

    def add(self, index: int, request: Request) -> None:
        params = vllm.SamplingParams(
            temperature=0.0,
            max_tokens=request.max_tokens,
            ignore_eos=True,
            detokenize=False,
            output_kind=RequestOutputKind.DELTA,
        )
        self._engine.add_request(f"{self._job}-{index}", {"prompt_token_ids": request.prompt}, params)

    def step(self) -> list[tuple[int, int]]:
        tokens = []
        for output in self._engine.step():
            index = int(output.request_id.split("-")[1])
            tokens += [(index, token_id) for token_id in output.outputs[0].token_ids]
        return tokens


def load(settings: SideSettings) -> Serve:
    arguments = vllm.EngineArgs(
        model=settings.model,
        skip_tokenizer_init=True,
        dtype=settings.dtype,
        max_model_len=settings.max_model_len,
        max_num_seqs=settings.num_slots,
        kv_cache_memory_bytes=settings.kv_cache_memory,
    )
    stepper = VllmStepper(vllm.LLMEngine.from_engine_args(arguments))
    return lambda job: serve_by_steps(stepper, job)


if __name__ == "__main__":
    run_side(load)
