"""Tools run here, outside the app: runner (in the app) -> zygote (a process that only forks) -> job (one per call)."""
