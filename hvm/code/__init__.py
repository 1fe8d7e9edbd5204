"""Codes: any bytes to a file and back, exactly.

Here live the container, one file a format (mixed, prequential, in two parts), and what a fitted
model primes them with. Comes in: bytes, and perhaps a model. Goes out: `.hvz` files that decode.
"""
