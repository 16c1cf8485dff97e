"""Every group of the shared survey vectors (tests/conformance/surveys_test_vectors.json)."""

import json
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from kip.core.numbers import integer
from kip.stats.disclosure import secondary, small
from kip.stats.intervals import newcombe, wilson
from surveys.questionnaire.branching import shown
from surveys.questionnaire.library import library
from surveys.scoring.batches import visible
from surveys.scoring.coding import coded
from surveys.scoring.comparing import compare
from surveys.scoring.dimensions import dimension_result, respondent_scores
from surveys.scoring.items import item_result, linear100
from surveys.scoring.planning import answers_needed, invitations_needed, reliability
from surveys.scoring.weights import kish, poststratified
from surveys.sending_times import closes_at
from tests.test_budget import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/conformance/surveys_test_vectors.json").read_text(encoding="utf-8"))
FORM = library().form("KIP-PEX")


def scores_of(dimension: str, people: list[dict[str, Any]]) -> Any:
    """Scores of people in a dimension of KIP-PEX."""
    [found] = [one for one in FORM.questionnaire.dimensions if one.code == dimension]
    answers = coded(
        FORM, [{code: value if isinstance(value, list) else str(value) for code, value in one.items()} for one in people]
    )
    columns = [answers.items.index(code) for code in found.items]
    linear = linear100(answers.value[:, columns], FORM.scales["degree5"])
    return respondent_scores(answers.state[:, columns], linear, found.min_items)


def test_a_item() -> None:
    vector = VECTORS["A_item"]
    people = [{"REL1": answer} if answer != "blank" else {} for answer, number in vector["counts"].items() for _ in range(number)]
    found = item_result(*coded(FORM, people).column("REL1"), FORM.scales["degree5"])
    expect = vector["expect"]
    assert (found.shown, found.valid, found.positive) == (expect["shown"], expect["valid"], 45)
    assert (found.not_relevant, found.dont_know, found.blank) == (10, 5, 5)
    assert 100 * found.share == pytest.approx(expect["pct_positive"])
    assert [round(found.lower, 4), round(found.upper, 4)] == expect["wilson"]
    assert round(found.mean, 4) == expect["mean"]
    assert round(found.linear, 4) == expect["linear100"]
    assert round(100 * found.top_share, 4) == expect["top_box"]
    assert round(100 * found.poor_share, 4) == expect["improvement"]
    assert found.distribution == {1: 3, 2: 4, 3: 8, 4: 25, 5: 20}


@pytest.mark.parametrize("case", VECTORS["B_respondent_dimension_REL_min_items_3"], ids=lambda case: str(case["answers"]))
def test_b_one_person_and_one_dimension(case: dict[str, Any]) -> None:
    answers = {f"REL{number}": answer for number, answer in enumerate(case["answers"], 1) if answer is not None}
    found = scores_of("REL", [answers])
    score = None if np.isnan(found.score[0]) else found.score[0]
    assert [found.applicable[0], found.valid[0], found.needed[0], score] == [
        case["expect"][name] for name in ("applicable", "valid", "needed", "score")
    ]


def test_c_answers_to_hidden_questions_do_not_count() -> None:
    vector = VECTORS["C_branching"]
    answers = {code: value if isinstance(value, list) else str(value) for code, value in vector["answers"].items()}
    asked = [item.code for item in shown(FORM.questionnaire, answers) if item.code in answers and item.dimension == "ACC"]
    assert asked == vector["expect"]["shown"]
    found = scores_of("ACC", [vector["answers"]])
    assert (found.valid[0], found.needed[0], found.score[0]) == (2, 2, 87.5)
    assert found.applicable[0] == vector["expect"]["ACC"]["applicable"]


def test_d_items_weigh_alike_in_the_positive_share() -> None:
    vector = VECTORS["D_dimension_pct_positive"]
    parts = vector["items"].values()
    found = dimension_result(
        np.array([50.0]), list(vector["items"]), [x / n for x, n in parts], [n for _x, n in parts], vector["min_n"]
    )
    assert 100 * found.share == pytest.approx(vector["expect"]["value"])
    assert list(found.too_few) == vector["expect"]["suppressed"]
    assert integer(100 * found.share) == str(vector["expect"]["display"])
    fewer = dimension_result(np.array([50.0]), ["I1", "I2", "I3"], [0.5, 0.5, 0.5], [60, 9, 9], vector["min_n"])
    assert np.isnan(fewer.share)


@pytest.mark.parametrize("case", VECTORS["E_wilson95"], ids=lambda case: f"{case['x']} of {case['n']}")
def test_e_wilson(case: dict[str, Any]) -> None:
    assert [round(float(limit[0]), 4) for limit in wilson(case["x"], case["n"])] == case["expect"]


@pytest.mark.parametrize("case", VECTORS["F_newcombe_diff95"], ids=str)
def test_f_newcombe(case: dict[str, Any]) -> None:
    found = compare(*case["a"], *case["b"])
    told = [float(part[0]) for part in (found.difference, found.lower, found.upper)]
    assert [round(part, 4) for part in told] == case["expect"]
    assert told[1:] == [float(limit[0]) for limit in newcombe(*case["a"], *case["b"])]


def test_g_weights() -> None:
    vector = VECTORS["G_weights"]
    groups = [group for group, (_x, n) in vector["responses"].items() for _ in range(n)]
    answers = np.array([value for x, n in vector["responses"].values() for value in [5.0] * x + [2.0] * (n - x)])
    weights = poststratified(groups, vector["population"])
    expect = vector["expect"]
    assert (round(weights[0], 4), round(weights[-1], 4)) == (expect["w_young"], expect["w_old"])
    plain, weighted = (
        item_result(np.full(100, 4), answers, FORM.scales["degree5"], weight) for weight in (None, weights)
    )  # fmt: skip
    assert (100 * plain.share, round(100 * weighted.share, 4)) == (expect["unweighted"], expect["weighted"])
    assert round(weighted.effective, 1) == expect["kish_n_eff"]
    assert weighted.upper - weighted.lower > plain.upper - plain.lower


def test_g2_kish() -> None:
    assert round(kish(VECTORS["G2_kish"]["weights"]), 4) == VECTORS["G2_kish"]["expect"]


@pytest.mark.parametrize(("name", "expected"), [("A", "expect"), ("B", "expect_proportional")])
def test_h_weights_of_items_are_shared_out_in_proportion(name: str, expected: str) -> None:
    vector = VECTORS["H_weighted_dimension"]
    answers = [vector[name]["answers"].get(code, np.nan) for code in vector["weights"]]
    found = respondent_scores(np.full((1, 3), 4), np.array([answers]), 1, list(vector["weights"].values()))
    assert round(float(found.score[0]), 4) == vector[name][expected]


@pytest.mark.parametrize("case", VECTORS["I_reliability"], ids=str)
def test_i_reliability(case: dict[str, Any]) -> None:
    assert round(reliability(case["n"], case["icc"]), 4) == case["expect"]


@pytest.mark.parametrize("case", VECTORS["I2_n_needed"], ids=str)
def test_i2_answers_needed(case: dict[str, Any]) -> None:
    assert answers_needed(case["R"], case["icc"]) == case["expect"]


def test_j_dont_know_is_no_answer() -> None:
    vector = VECTORS["J_dont_know"]
    people = [{"REL1": "5"}] * vector["pos"] + [{"REL1": "1"}] * vector["neg"] + [{"REL1": "vi"}] * vector["dk"]
    found = item_result(*coded(FORM, people).column("REL1"), FORM.scales["degree5"])
    assert round(100 * found.share, 4) == vector["expect"]["kip"]


@pytest.mark.parametrize("case", VECTORS["L_suppression"], ids=lambda case: str(case["counts"]))
def test_l_small_counts_and_their_complement_are_hidden(case: dict[str, Any]) -> None:
    counts = np.array([case["counts"]])
    hidden, _total = secondary(counts, small(counts))
    assert [None if gone else int(number) for number, gone in zip(counts[0], hidden[0], strict=True)] == case["expect"]


def test_m_batches() -> None:
    vector = VECTORS["M_release_batches"]
    assert [visible(n, vector["min_n"], vector["step"]) for n in vector["arrivals"]] == vector["expect_visible_n"]
    steps = {after - before for before, after in pairwise(visible(n) for n in range(200))}
    assert steps == {0, 5, 10}


@pytest.mark.parametrize(("day", "moment"), VECTORS["N_close_utc"].items())
def test_n_a_campaign_closes_at_the_end_of_the_danish_day(day: str, moment: str) -> None:
    assert closes_at(date.fromisoformat(day)) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("case", VECTORS["O_flags"], ids=str)
def test_o_flags(case: dict[str, Any]) -> None:
    assert compare(*case["unit"], *case["rest"]).flag.tolist() == [case["expect"]]


def test_p_indirect_standardisation() -> None:
    vector = VECTORS["P_indirect_standardisation"]
    assert round(vector["O"] / vector["E"] * vector["overall"], 4) == vector["expect"]


@pytest.mark.parametrize("case", VECTORS["Q_invitations_needed"], ids=str)
def test_q_invitations_needed(case: dict[str, Any]) -> None:
    assert invitations_needed(case["target"], case["rate"]) == case["expect"]
