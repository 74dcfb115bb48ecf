"""Who can be measured, each a program of its own: `python -m engine.bench.sides.NAME SETTINGS`.

llama_cpp and vllm run under a peer's own Python: they, and what they share, import nothing of ours that needs torch.
"""
