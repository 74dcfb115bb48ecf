"""Tensor operations. Import from the module of the operation."""
