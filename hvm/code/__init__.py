"""Codes: any bytes to a file and back, exactly.

Here live the container, the code in two parts, the mixing compressor, and what a fitted model tells
them beforehand. Comes in: bytes, and perhaps a model. Goes out: `.hvz` files that decode.
"""
