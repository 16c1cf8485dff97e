"""Statistics of comparative feedback: plain functions on NumPy arrays, without Django and without a database.

Three questions, three methods, never mixed: how sure is our number (intervals), are we different from
comparable practices (tails, funnel, multiple, tiers), have we changed (spc, control). Everything about others leaves
through `disclosure`. Functions take plain lists or arrays and are vectorised; a missing value (None, NaN) or an empty
population gives NaN, never 0; a count that is negative or not whole raises ValueError. Proportions are fractions 0-1,
levels two-sided (0.95, 0.998). Modules and public functions, one example each:

>>> import numpy as np
>>> from kip.stats import intervals, tails, multiple, differences, bands, funnel
>>> from kip.stats import overdispersion, shrink, empirical_bayes, standardise
>>> from kip.stats import spc, control, datacount, cusum, equity, regression, tiers, disclosure, verdicts

intervals: how sure is a number (wilson, wilson_share = of a weighted share, clopper_pearson, jeffreys, poisson_exact = Garwood,
byar, mean_score = Student's t, newcombe, median_interval)

>>> [round(float(v[0]), 3) for v in intervals.wilson(0, 8)]  # "0 of 8, at most 32 %"
[0.0, 0.324]
>>> [round(float(v[0]), 3) for v in intervals.wilson_share(0.845, 95.0)]
[0.759, 0.904]
>>> [round(float(v[0]), 3) for v in intervals.clopper_pearson(5, 10)]
[0.187, 0.813]
>>> [round(float(v[0]), 3) for v in intervals.jeffreys(5, 10)]
[0.224, 0.776]
>>> [round(float(v[0]), 3) for v in intervals.poisson_exact(4, 2.0)]  # 4 in 2,000 contacts, per 1,000
[0.545, 5.121]
>>> [round(float(v[0]), 2) for v in intervals.byar(65)]
[50.16, 82.85]
>>> [round(float(v[0]), 3) for v in intervals.mean_score(4.2, 0.8, 25)]
[3.87, 4.53]
>>> [round(float(v[0]), 3) for v in intervals.newcombe(56, 70, 48, 80)]
[0.052, 0.334]
>>> waited = intervals.median_interval([3, 5, 8, 9, 12, 14, 20, 31])
>>> waited.median.tolist(), waited.lower.tolist(), waited.upper.tolist()
([10.5], [3.0], [31.0])

tails: are we different, exactly (binomial_two_sided, poisson_two_sided; mid_p on request)

>>> tails.binomial_two_sided([10, 14], 20, 0.7).round(4).tolist()
[0.0959, 1.0]
>>> tails.poisson_two_sided(9, 4.0).round(4).tolist()
[0.0427]

multiple: false discoveries of one release (benjamini_hochberg)

>>> multiple.benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
[0.04, 0.0533, 0.0533, 0.5]

differences: of two shares, and between areas (score_difference, judge_differences, spread_interval)

>>> gap = differences.score_difference([56, 30], [70, 40], [48, 38], [80, 41], 0.03)  # 3 points are what others have
>>> gap.z.round(2).tolist(), gap.p.round(3).tolist()
([2.26, -2.48], [0.024, 0.013])
>>> differences.judge_differences(gap, [True, True], tau2=0.01).p_adjusted.round(3).tolist()
[0.175, 0.112]
>>> [round(float(v[0]), 2) for v in differences.spread_interval([0.61, 0.7, 0.72, 0.8], [90, 60, 70, 80])]
[0.0, 0.21]

bands: where the middle practices lie (bands per group, percentiles per period)

>>> found = bands.bands([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1] * 10)
>>> [round(float(v[0]), 1) for v in (found.median, found.p10, found.p90)]
[5.5, 1.9, 9.1]
>>> bands.percentiles([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (0.1, 0.5, 0.9)).ravel().round(1).tolist()
[1.9, 5.5, 9.1]

overdispersion: do units vary more than chance explains (overdispersion, shmi, scores, winsorise, truncate, dispersion,
adjusted_limits)

>>> observed, expected = [100, 150, 180, 80, 120, 225], [108, 112, 165, 95, 100, 220]
>>> found = overdispersion.overdispersion(observed, expected)  # square root, winsorised by 10 %
>>> round(found.phi, 3), round(found.tau2, 5)
(2.327, 0.00344)
>>> found = overdispersion.shmi(observed, expected)  # log, truncated
>>> round(found.phi, 3), round(found.tau2, 5)
(2.948, 0.01948)
>>> score = overdispersion.scores(observed, expected)
>>> score.z.round(2).tolist()
[-0.78, 3.33, 1.14, -1.61, 1.91, 0.34]
>>> overdispersion.winsorise(score.z).round(2).tolist()
[-0.78, 2.62, 1.14, -1.19, 1.91, 0.34]
>>> overdispersion.truncate([5.0, 1.0, 9.0, 4.0], trim=0.25).tolist()
[5.0, nan, nan, 4.0]
>>> [round(v, 5) for v in overdispersion.dispersion(score.z, score.s**2)]
[2.32718, 0.00344]
>>> [round(float(v[0]), 3) for v in overdispersion.adjusted_limits(100, 0.00344)]
[0.58, 1.533]

funnel: the picture of it (funnel, contours with the conventions interpolated, plugged_in and inverted)

>>> funnel.funnel([30, 70], 100, 0.5).p_adjusted.round(6).tolist()
[3.9e-05, 3.9e-05]
>>> limits = funnel.contours([50], 0.7)
>>> [round(float(v[0]), 3) for v in (limits.lower, limits.upper)]
[0.481, 0.877]
>>> round(float(funnel.contours([20], 1.0, kind="ratio").upper[0]), 3)
1.736

standardise: is it only age and sex (reference_rates, indirect, direct with Dobson's limits)

>>> standardise.reference_rates([10, 45], [1000, 1500]).tolist()
[0.01, 0.03]
>>> found = standardise.indirect([60], [[1000, 1500]], [0.01, 0.03], 0.02)  # one practice, two strata
>>> [round(float(v[0]), 4) for v in (found.expected, found.oe_ratio, found.value)]
[55.0, 1.0909, 0.0218]
>>> found = standardise.direct([10, 20, 30], [1000, 1500, 900], [1, 2, 3], multiplier=1000)
>>> [round(float(v[0]), 2) for v in (found.value, found.lower, found.upper)]
[22.78, 16.82, 30.0]

shrink: can the number tell us anything (shrink, reliability_word, detectable_difference)

>>> kept = shrink.shrink([5, 90], [10, 100], expected=0.7, tau2=0.01)
>>> kept.value.round(3).tolist(), kept.reliability.round(3).tolist()
([0.635, 0.865], [0.323, 0.826])
>>> shrink.reliability_word(kept.reliability).tolist()
['low', 'good']
>>> shrink.detectable_difference(32, 0.7).round(2).tolist()
[0.2]

empirical_bayes: the exact and classical relatives (beta_prior, beta_binomial, marshall = Poisson, martuzzi_elliott = binomial)

>>> [round(v, 2) for v in empirical_bayes.beta_prior([3, 10, 20, 5, 40], [50, 60, 100, 30, 90])]
[2.57, 9.48]
>>> empirical_bayes.beta_binomial([3, 8], [10, 8], prior=(7, 3)).value.round(3).tolist()
[0.5, 0.833]
>>> empirical_bayes.marshall([3, 10, 20], [50, 60, 100]).value.round(3).tolist()
[0.135, 0.16, 0.173]
>>> empirical_bayes.martuzzi_elliott([3, 10, 20], [50, 60, 100]).value.round(3).tolist()
[0.125, 0.161, 0.178]

spc: have we changed (run_limits, anhoej, trend, trend_rolling)

>>> [v.tolist() for v in spc.run_limits([10, 24])]
[[6.0, 8.0], [2.0, 8.0]]
>>> runs = spc.anhoej([1, 2] * 4 + [3] * 9 + [4] * 3)
>>> runs.longest.tolist(), runs.crossings.tolist(), runs.signal.tolist()
([8], [1], [True])
>>> spc.trend([1, 2] * 4 + [3] * 9 + [4] * 3, "higher").state.tolist()
['stable']
>>> spc.trend_rolling([[40] * 12 + [60] * 12], [[80] * 24], "higher").state.tolist()
['improving']

control: charts with freeze, rebase and exclude (xmr, p_chart and u_chart with laney=True for p' and u', c_chart, t_chart,
run_chart, run_rules = Anhøj per segment)

>>> chart = control.xmr([5, 6, 5, 7, 6, 5, 6, 7, 5, 6, 6, 5])
>>> chart.upper.round(2).tolist()[0]
8.65
>>> control.p_chart([8] * 12, [10] * 12).lower.round(3).tolist()[0]
0.421
>>> control.u_chart([8, 12], [1.0, 2.0]).upper.round(2).tolist()
[14.41, 12.14]
>>> control.c_chart([4, 6, 5]).upper.round(2).tolist()[0]
11.71
>>> control.t_chart([12, 30, 8, 45, 20]).upper.round(0).tolist()[0]
196.0
>>> control.run_chart([4, 6, 5]).centre.tolist()
[5.0, 5.0, 5.0]
>>> control.run_rules(control.run_chart([1, 2] * 6 + [8, 9] * 6, rebase=[12])).signal.tolist()
[False, False]

datacount: Making Data Count (flags, assurance, icons)

>>> datacount.flags(chart, "higher").variation.tolist()[-1]
'common_cause'
>>> datacount.assurance(chart, 9.0, "higher")
'consistently_missed'
>>> datacount.icons(chart, "higher", target=4.0).assurance
'hit_and_miss'

cusum: is it drifting (cusum and last_alert of OpenPrescribing, bernoulli_cusum adjusted for risk)

>>> series = [50, 52, 49, 51, 50, 48, 52, 50, 49, 51, 50, 50, 75, 76]
>>> found = cusum.cusum(series)
>>> found.alerts.tolist(), cusum.last_alert(series, found).word
([12, 13], 'considerably')
>>> cusum.bernoulli_cusum([0, 1, 1], [0.1, 0.1, 0.5]).total.round(3).tolist()
[0.0, 0.598, 0.886]

equity: slope and relative index over deprivation groups (inequality)

>>> found = equity.inequality([60, 64, 66, 70, 75], [90, 110, 100, 95, 105], [2, 2, 2, 2, 2])
>>> round(found.sii, 1), round(found.rii, 2), round(found.sii_lower)
(17.9, 1.31, 12)

regression: what is expected of somebody (linear_fitted, logistic_fitted), for case-mix adjustment

>>> people = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 1], [1, 1], [1, 1], [1, 1]], dtype=float)
>>> regression.logistic_fitted(people, np.array([1.0, 1, 1, 0, 1, 0, 0, 0])).round(2).tolist()[::4]
[0.75, 0.25]
>>> regression.linear_fitted(people, np.array([8.0, 6, 7, 7, 3, 5, 4, 4])).round(2).tolist()[::4]
[7.0, 4.0]

tiers: the verdict words (tier, position, gain)

>>> tiers.tier(80, 30, 0.0001, 0.01, 0.0005).tolist(), tiers.position(0.6, 0.7, "higher").tolist()
(['signal'], ['worse'])
>>> tiers.gain(80, 0.6, 0.7, "higher").round(1).tolist()
[8.0]

disclosure: THE gate (publish, publish_row, publish_parts; their parts held,
    held_part, primary, secondary, small, round_to)

>>> disclosure.publish([3, 0, 12, 5], [40, 40, 43, 9]).state.tolist()
['suppressed', 'shown', 'shown', 'too_few']
>>> disclosure.publish_row([3, 12, 40]).cells.tolist()
[[nan, nan, 40.0]]
>>> disclosure.publish_parts([12, 30, 3], [40, 60, 20]).cells.state.tolist()
[['suppressed', 'shown', 'suppressed']]
>>> disclosure.held([22, 30], [61, 70], [20, 20], [60, 60]).x.tolist()  # 20 -> 22 would show two persons
[20, 30]
>>> disclosure.held_part([24, 27], [61, 66], [20, 20], [61, 61]).tolist()  # 27 would leave 39 of 41 others
[20, 25]
>>> disclosure.small([0, 3, 5]).tolist(), disclosure.primary([3, 38, 20], 40).tolist()
([False, True, False], [True, True, False])
>>> mask, total_hidden = disclosure.secondary(np.array([[3, 12, 40]]), disclosure.small([[3, 12, 40]]))
>>> mask.tolist(), total_hidden.tolist(), disclosure.round_to([12, 13]).tolist()
([[True, True, False]], [False], [10.0, 15.0])

verdicts: everything that a release stores (judge)

>>> verdicts.judge([14] * 12 + [2], [20] * 13, [1] * 13, min_n=10, direction="higher").tier.tolist()[-1]
'signal'
"""
