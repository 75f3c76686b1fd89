"""Small files that lie, and odd ones that do not: written byte by byte, always the same ones."""

from hostile.case import Case, Expected
from hostile.everything import cases

__all__ = ["Case", "Expected", "cases"]
