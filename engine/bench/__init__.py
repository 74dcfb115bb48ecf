"""Measures this engine and its peers on the same token ids; `python -m engine.bench --help` says how."""
