"""What Triton makes of every kernel for GPUs that need not be here: python -m kernels.report."""
