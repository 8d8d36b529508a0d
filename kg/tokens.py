"""The tokens of the two query languages, told without reading a query: with them whole, no text or name is taken for a word."""

from __future__ import annotations

import re

#: Cypher: texts and comments are to be skipped, ``name`` is one in backticks, ``$name`` a parameter.
CYPHER = re.compile(
    r"""(?P<skip>//[^\r\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<name>`(?:``|[^`])*`)
    |\$(?:(?P<parameter>\w+)|`(?P<quoted>[^`]*)`)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_]\w*)|(?P<mark>[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)

# Letters are Python's, which are nearly those of the standard (PN_CHARS) and compiled in a tenth of the time that its ranges
# take. What it has beside them leaves a gap between two tokens, which no reader takes for white space.
_MARKS = "\u00b7\u0300-\u036f\u203f\u2040"
_NAME = rf"\w[\w{_MARKS}]*"
_CHARS = rf"\w{_MARKS}\-"
_PREFIX = rf"[^\W\d_](?:[{_CHARS}.]*[{_CHARS}])?"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_LOCAL = rf"(?:[\w:]|{_ESCAPED})(?:(?:[{_CHARS}.:]|{_ESCAPED})*(?:[{_CHARS}:]|{_ESCAPED}))?"
_EXPONENT = r"[eE][+-]?[0-9]+"

#: SPARQL: the terminals of its grammar (19.8 of the standard), where ``$name`` is a parameter here. What is between two tokens is
#: white space, or can't be read. By the letter ``?x<?y&&?y>2`` has an IRI in it; engines read a comparison.
SPARQL = re.compile(
    rf"""(?P<comment>\#[^\r\n]*)
    |(?P<iri><(?![?$0-9-])(?:(?!&&)[^<>"{{}}|^`\\\x00-\x20])*>)
    |(?P<blank>_:\w(?:[{_CHARS}.]*[{_CHARS}])?)
    |(?P<name>(?:{_PREFIX})?:(?:{_LOCAL})?)
    |\?(?P<variable>{_NAME})
    |\$(?P<parameter>{_NAME})
    |@(?P<language>[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<double>[0-9]+\.[0-9]*{_EXPONENT}|\.[0-9]+{_EXPONENT}|[0-9]+{_EXPONENT})
    |(?P<decimal>[0-9]*\.[0-9]+)
    |(?P<integer>[0-9]+)
    |(?P<text>\"\"\"(?:\"{{0,2}}(?:[^"\\]|\\.))*\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|\\.))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<word>[A-Za-z_][A-Za-z_0-9]*)
    |(?P<mark>\^\^|\|\||&&|!=|<=|>=|[{{}}()\[\],;.*/|+?!=<>^-])""",
    re.VERBOSE | re.DOTALL,
)
