"""Multiple testing: how many of the flags of one release are expected to be false?"""

import numpy as np

from kip.stats.arrays import FloatArray, Numbers, floats


def benjamini_hochberg(p: Numbers) -> FloatArray:
    """False-discovery q-values of all tests of one release and profession; shape as p.

    NaN (not tested) stays NaN and does not count as a test. Source: Benjamini and Hochberg 1995.
    """
    values = floats(p)
    q = np.full(values.shape, np.nan)
    tested = np.isfinite(values)
    given = values[tested]
    if given.size == 0:
        return q
    order = np.argsort(given, kind="stable")
    scaled = given[order] * given.size / np.arange(1, given.size + 1)
    ranked = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    result = np.empty(given.size)
    result[order] = ranked
    q[tested] = result
    return q
