"""Irodori (彩り) colours line drawings."""

__version__ = "0.1.0"
