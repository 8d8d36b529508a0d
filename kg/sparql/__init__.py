"""SPARQL straight from the record: a query is translated to one SQL query over its tables, and there is nothing to build before.

What the translation is not sure of it refuses (`Refused`); whoever asks has another engine to turn to.
"""

from kg.sparql.answer import Translation, translate
from kg.sparql.ir import Refused
from kg.sparql.tables import Base, base

__all__ = ["Base", "Refused", "Translation", "base", "translate"]
