"""Statistics of comparative feedback: plain functions on NumPy arrays, without Django and without a database.

Three questions, three methods, never mixed: how sure is our number (intervals), are we different from
comparable practices (tails, funnel, multiple, tiers), have we changed (spc). Everything about others leaves
through `disclosure`. All functions are vectorised; missing is NaN, never 0.

>>> from kip.stats import intervals, tails, multiple, bands, funnel, shrink, spc, tiers, disclosure, verdicts
>>> [round(float(v[0]), 3) for v in intervals.wilson(0, 8)]  # "0 of 8, at most 32 %"
[0.0, 0.324]
>>> [round(float(v[0]), 3) for v in intervals.poisson_exact(4, 2.0)]  # 4 in 2,000 contacts, per 1,000
[0.545, 5.121]
>>> [round(float(v[0]), 3) for v in intervals.mean_score(4.2, 0.8, 25)]
[3.87, 4.53]
>>> [round(float(v[0]), 3) for v in intervals.difference(56, 70, 48, 80)]
[0.052, 0.334]
>>> tails.binomial_two_sided([10, 14], 20, 0.7).round(4).tolist()
[0.0959, 1.0]
>>> tails.poisson_two_sided(9, 4.0).round(4).tolist()
[0.0427]
>>> multiple.benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
[0.04, 0.0533, 0.0533, 0.5]
>>> found = bands.bands([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1] * 10)
>>> [round(float(v[0]), 1) for v in (found.median, found.p10, found.p90)]
[5.5, 1.9, 9.1]
>>> funnel.funnel([30, 70], 100, 0.5).p_adjusted.round(6).tolist()
[3.9e-05, 3.9e-05]
>>> limits = funnel.contours([50], 0.7)
>>> [round(float(v[0]), 3) for v in (limits.lower, limits.upper)]
[0.481, 0.877]
>>> kept = shrink.shrink([5, 90], [10, 100], expected=0.7, tau2=0.01)
>>> kept.value.round(3).tolist(), kept.reliability.round(3).tolist()
([0.635, 0.865], [0.323, 0.826])
>>> shrink.reliability_word(kept.reliability).tolist()
['low', 'good']
>>> shrink.detectable_difference(32, 0.7).round(2).tolist()
[0.2]
>>> spc.trend([1, 2] * 4 + [3] * 9 + [4] * 3, "higher").state.tolist()
['stable']
>>> spc.trend_rolling([[40] * 12 + [60] * 12], [[80] * 24], "higher").state.tolist()
['improving']
>>> spc.xmr([5, 6, 5, 7, 6, 5, 6, 7, 5, 6, 6, 5]).upper.round(2).tolist()[0]
8.65
>>> spc.p_chart([8] * 12, [10] * 12).lower.round(3).tolist()[0]
0.421
>>> tiers.tier(80, 30, 0.0001, 0.01, 0.0005).tolist(), tiers.position(0.6, 0.7, "higher").tolist()
(['signal'], ['worse'])
>>> tiers.gain(80, 0.6, 0.7, "higher").round(1).tolist()
[8.0]
>>> disclosure.publish([3, 0, 12, 5], [40, 40, 43, 9]).state.tolist()
['suppressed', 'shown', 'shown', 'too_few']
>>> disclosure.publish_row([3, 12, 40]).cells.tolist()
[[nan, nan, 40.0]]
>>> disclosure.publish_parts([12, 30, 3], [40, 60, 20]).cells.state.tolist()
[['suppressed', 'shown', 'suppressed']]
>>> verdicts.judge([14] * 12 + [2], [20] * 13, [1] * 13, min_n=10, direction="higher").tier.tolist()[-1]
'signal'
"""
