"""The version of hvm, which files that it writes name."""

__version__ = "0.1.0"
