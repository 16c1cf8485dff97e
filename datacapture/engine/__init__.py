"""The indicator engine: clause grammar, definition library, SQL compiler and plain-language explanation.

Nothing here imports Django, so that the same code runs in a worker, in a test and on the command line.
Semantics: the grammar text at the top of ``definitions/indicators.yaml`` and ``tests/conformance/ecqm/README.md``.
"""
