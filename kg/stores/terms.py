"""RDF terms as plain Python values, the same whichever engine gives them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from kg.shapes.rdf import XSD

_WHOLE = {XSD + t for t in ("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger", "unsignedInt")}
_REAL = {XSD + t for t in ("decimal", "double", "float")}


def literal_value(text: str, datatype: str | None) -> object:
    """A literal as a whole or decimal number, a date or a truth value; text if it is none, or not well written."""
    try:
        if datatype in _WHOLE:
            return int(text)
        if datatype in _REAL:
            return float(Decimal(text))
        if datatype == XSD + "date":
            return dt.date.fromisoformat(text)
        if datatype == XSD + "boolean":
            return text in ("true", "1")
    except (ValueError, ArithmeticError):
        return text
    return text
