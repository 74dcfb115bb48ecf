"""Messages in, tokens out.

Reading order: llm -> service -> engine -> scheduler -> block_manager -> model_runner -> models -> layers.
"""
