"""From raters' answers to one statement a moment: seen or not, lifted or not, and how far.

The rule, fixed before it was applied (docs/decisions/0014):

1. *visible*: most raters say yes or part. Without it there is no other statement.
2. *class* contact, slit or up (a hand's breadth or a hollow): Dawid and Skene's (1979) posterior
   over raters of unequal skill.
3. *scale*: Bradley and Terry's (1952) strengths of the clip's moments from all pairs, an answer
   "same" counting half for each side; mapped to heights by a line through the heights that
   raters read off (trunk lengths). The interval comes from answers drawn anew.
4. *lifted*: up is yes, contact is no. A slit is yes when its interval lies over the clip's
   flattest moment's, no when the clip's flattest moment is of class contact and not told apart
   from it, and else unknown.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

CLASSES = {"contact": "contact", "slit": "slit", "hand": "up", "hollow": "up"}
N_DRAWS = 200
_PRIOR = 0.3  # of choix: keeps moments that never lost from running away
_MIN_HEIGHTS = 4
_EM_STEPS = 50


def moment_table(moments: pd.DataFrame, answers: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a moment with `visible`, `lifted`, `lift_score`, `lift_low`, `lift_high`.

    Parameters
    ----------
    moments
        `clip_id`, `moment` and what else is known of them.
    answers
        A row a moment and rater: `clip_id`, `moment`, `rater`, `visible` (yes, part, no), `state`
        (contact, slit, hand, hollow or empty), `height_pct`.
    pairs
        A row a pair and rater: `clip_id`, `left_moment`, `right_moment`, `answer`.
    """
    table = moments
    for known in (seen_of(answers), class_of(answers)):
        table = table.merge(known, "left", on=["clip_id", "moment"])
    table["visible"] = table["visible"].eq(True)
    rng = np.random.default_rng(0)
    parts = [
        with_scale(own, pairs[pairs["clip_id"] == clip_id], rng)
        for clip_id, own in table.groupby("clip_id", sort=False)
    ]
    done = pd.concat(parts, ignore_index=True)
    unseen = ~done["visible"]
    done.loc[unseen, ["lift_score", "lift_low", "lift_high"]] = np.nan
    done["lifted"] = done["lifted"].mask(unseen, "unknown")
    return done


def seen_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Whether most raters see the edge (yes or part), and its median height in trunk lengths."""
    seen = answers.assign(seen=answers["visible"].isin(["yes", "part"]))
    by_moment = seen.groupby(["clip_id", "moment"])
    visible, height = by_moment["seen"].mean() > 0.5, by_moment["height_pct"].median() / 100
    return pd.DataFrame({"visible": visible, "height_norm": height}).reset_index()


def class_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Most probable class of each moment by Dawid and Skene."""
    from crowdkit.aggregation import DawidSkene

    given = answers[answers["state"].isin(list(CLASSES))]
    keys = given[["clip_id", "moment"]]
    votes = pd.DataFrame(
        {
            "task": given["clip_id"] + "/" + given["moment"].astype(str),
            "worker": given["rater"],
            "label": given["state"].map(CLASSES),
        }
    )
    p = DawidSkene(n_iter=_EM_STEPS).fit_predict_proba(votes)
    found = keys.assign(**{"class": votes["task"].map(p.idxmax(axis=1))})
    return found.drop_duplicates(["clip_id", "moment"])


def with_scale(own: pd.DataFrame, pairs: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add `lift_score` with its interval and `lifted` to the moments of one clip."""
    own = own.reset_index(drop=True)
    place = {m: i for i, m in enumerate(own["moment"])}
    used = pairs[pairs["left_moment"].isin(place) & pairs["right_moment"].isin(place)]
    won = wins(used, place)
    n_won = len(won)
    score = strengths(len(own), won)
    draws = np.stack(
        [strengths(len(own), won[rng.integers(0, max(n_won, 1), n_won)]) for _ in range(N_DRAWS)]
    )
    compared = np.isin(np.arange(len(own)), won)
    height = own["height_norm"].to_numpy(float)
    slope, offset = height_line(score[compared], height[compared])
    score, draws = offset + slope * score, offset + slope * draws
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    known = own["visible"].to_numpy() & compared
    table = own.assign(
        lift_score=np.where(known, score, height),
        lift_low=np.where(known, low, np.nan),
        lift_high=np.where(known, high, np.nan),
    )
    return table.assign(lifted=lifted_of(table, draws, known))


def wins(pairs: pd.DataFrame, place: dict[int, int]) -> npt.NDArray[np.int_]:
    """Two rows (winner, loser) an answer; "same" gives one each way."""
    names = ["left_moment", "right_moment"]
    left_won = np.array([[place[m] for m in row] for row in pairs[names].to_numpy()], int)
    left_won = left_won.reshape(-1, 2)
    answer = pairs["answer"].to_numpy()[:, None]
    first = np.where(answer == "right", left_won[:, ::-1], left_won)
    second = np.where(answer == "left", left_won, left_won[:, ::-1])
    return np.stack([first, second], axis=1).reshape(-1, 2)


def strengths(n: int, won: npt.NDArray[np.int_]) -> Floats:
    """Bradley-Terry strengths (n,) with mean 0; zeros without any answer."""
    import choix

    if not len(won):
        return np.zeros(n)
    return np.asarray(choix.ilsr_pairwise(n, won.tolist(), alpha=_PRIOR, max_iter=500))


def height_line(score: Floats, height: Floats) -> tuple[float, float]:
    """Slope and offset of the line from strengths to heights.

    Where heights are few or disagree it is level, at their median or mean; NaN without any.
    """
    known = np.isfinite(height)
    if not known.any():
        return float("nan"), float("nan")
    if known.sum() < _MIN_HEIGHTS or np.ptp(score[known]) < 1e-9:
        return 0.0, float(np.median(height[known]))
    slope, offset = np.polyfit(score[known], height[known], 1)
    return (float(slope), float(offset)) if slope > 0 else (0.0, float(height[known].mean()))


def lifted_of(table: pd.DataFrame, draws: Floats, known: npt.NDArray[np.bool_]) -> list[str]:
    """Yes, no or unknown of the moments of one clip, by the rule of this module."""
    said = table["class"].map({"up": "yes", "contact": "no"}).fillna("unknown")
    if known.any():
        flattest = int(np.where(known, table["lift_score"], np.inf).argmin())
        over = np.quantile(draws - draws[:, [flattest]], 0.025, axis=0) > 0
        slit = known & (table["class"] == "slit").to_numpy()
        said[slit & over] = "yes"
        if table["class"].iloc[flattest] == "contact":
            said[slit & ~over] = "no"
    return list(said)
