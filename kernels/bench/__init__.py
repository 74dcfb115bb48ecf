"""How fast the kernels are on the GPU that is here: python -m kernels.bench."""
