"""Numba kernels: numbers and arrays in, numbers and arrays out; ranges are checked by their callers."""
