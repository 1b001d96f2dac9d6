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


def moment_table(
    moments: pd.DataFrame, answers: pd.DataFrame, pairs: pd.DataFrame, seed: int = 0
) -> pd.DataFrame:
    """One row a moment with `visible`, `lifted`, `lift_score`, `lift_low`, `lift_high`.

    Parameters
    ----------
    moments
        `clip_id`, `moment` and what else is known of them.
    answers
        A row a moment and rater: `clip_id`, `moment`, `rater`, `visible` (yes, part, no), `state`
        (contact, slit, hand, hollow or empty), `height_pct`.
    pairs
        A row a pair and rater: `clip_id`, `left_moment`, `right_moment`, `kind`, `rater`, `answer`.
    seed
        Of the draws behind the intervals.
    """
    table = moments.merge(visible_of(answers), "left", on=["clip_id", "moment"])
    table["visible"] = table["visible"].eq(True)
    table = table.merge(class_of(answers), "left", on=["clip_id", "moment"])
    table = table.merge(height_of(answers), "left", on=["clip_id", "moment"])
    rng = np.random.default_rng(seed)
    parts = [
        with_scale(own, pairs[pairs["clip_id"] == clip_id], rng)
        for clip_id, own in table.groupby("clip_id", sort=False)
    ]
    done = pd.concat(parts, ignore_index=True)
    unseen = ~done["visible"]
    done.loc[unseen, ["lift_score", "lift_low", "lift_high"]] = np.nan
    done["lifted"] = done["lifted"].mask(unseen, "unknown")
    return done


def visible_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Whether most raters see the edge (yes or part), by clip and moment."""
    seen = answers.assign(visible=answers["visible"].isin(["yes", "part"]))
    share = seen.groupby(["clip_id", "moment"])["visible"].mean()
    return (share > 0.5).rename("visible").reset_index()


def class_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Most probable class of each moment by Dawid and Skene, with its probability."""
    from crowdkit.aggregation import DawidSkene

    given = answers[answers["state"].isin(list(CLASSES))]
    task = given["clip_id"] + "/" + given["moment"].astype(str)
    votes = pd.DataFrame(
        {"task": task, "worker": given["rater"], "label": given["state"].map(CLASSES)}
    )
    p = DawidSkene(n_iter=_EM_STEPS).fit_predict_proba(votes)
    keys = given.assign(task=task).drop_duplicates("task")[["task", "clip_id", "moment"]]
    found = pd.DataFrame({"class": p.idxmax(axis=1), "class_p": p.max(axis=1)})
    return keys.merge(found, left_on="task", right_index=True).drop(columns="task")


def height_of(answers: pd.DataFrame) -> pd.DataFrame:
    """Median height of the edge that raters read off, in trunk lengths."""
    given = answers.dropna(subset="height_pct")
    height = given.groupby(["clip_id", "moment"])["height_pct"].median() / 100
    return height.rename("height_norm").reset_index()


def with_scale(own: pd.DataFrame, pairs: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add `lift_score` with its interval and `lifted` to the moments of one clip."""
    own = own.reset_index(drop=True)
    place = {m: i for i, m in enumerate(own["moment"])}
    used = pairs[pairs["left_moment"].isin(place) & pairs["right_moment"].isin(place)]
    won = wins(used, place)
    score = strengths(len(own), won)
    compared = np.zeros(len(own), bool)
    compared[won.astype(int).ravel()] = True
    draws = np.stack([strengths(len(own), won[_drawn(rng, len(won))]) for _ in range(N_DRAWS)])
    height = own["height_norm"].to_numpy(float)
    to_norm = height_line(score[compared], height[compared])
    score, draws = to_norm(score), to_norm(draws)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    known = own["visible"].to_numpy() & compared
    value = np.where(known, score, height)
    table = own.assign(
        lift_score=value, lift_low=np.where(known, low, np.nan),
        lift_high=np.where(known, high, np.nan),
    )  # fmt: skip
    return table.assign(lifted=lifted_of(table, draws, known))


def wins(pairs: pd.DataFrame, place: dict[int, int]) -> Floats:
    """Rows (winner, loser) of all answers; "same" gives one row each way."""
    rows: list[tuple[int, int]] = []
    for left, right, answer in zip(
        pairs["left_moment"], pairs["right_moment"], pairs["answer"], strict=True
    ):
        a, b = place[left], place[right]
        rows += {"left": [(a, b), (a, b)], "right": [(b, a), (b, a)]}.get(answer, [(a, b), (b, a)])
    return np.array(rows, float).reshape(-1, 2)


def _drawn(rng: np.random.Generator, n: int) -> npt.NDArray[np.int_]:
    return rng.integers(0, max(n, 1), n)


def strengths(n: int, won: Floats) -> Floats:
    """Bradley-Terry strengths (n,) with mean 0; zeros without any answer."""
    import choix

    if not len(won):
        return np.zeros(n)
    pairs = [(int(a), int(b)) for a, b in won]
    return np.asarray(choix.ilsr_pairwise(n, pairs, alpha=_PRIOR, max_iter=500))


class _Line:
    def __init__(self, slope: float, offset: float) -> None:
        self.slope, self.offset = slope, offset

    def __call__(self, score: Floats) -> Floats:
        return np.asarray(self.offset + self.slope * score)


def height_line(score: Floats, height: Floats) -> _Line:
    """Line from strengths to heights; where heights are few or disagree it is their median."""
    known = np.isfinite(height)
    if not known.any():
        return _Line(float("nan"), float("nan"))
    if known.sum() < _MIN_HEIGHTS or np.ptp(score[known]) < 1e-9:
        return _Line(0.0, float(np.median(height[known])))
    slope, offset = np.polyfit(score[known], height[known], 1)
    return _Line(max(float(slope), 0.0), float(offset if slope > 0 else height[known].mean()))


def lifted_of(table: pd.DataFrame, draws: Floats, known: npt.NDArray[np.bool_]) -> list[str]:
    """Yes, no or unknown of the moments of one clip, by the rule of this module."""
    flattest = int(np.where(known, table["lift_score"], np.inf).argmin()) if known.any() else -1
    base = draws[:, flattest] if flattest >= 0 else np.full(len(draws), np.nan)
    said = []
    for i, klass in enumerate(table["class"]):
        if klass == "up":
            said.append("yes")
        elif klass == "contact":
            said.append("no")
        elif klass == "slit" and known[i]:
            over = bool(np.quantile(draws[:, i] - base, 0.025) > 0)
            flat = table["class"].iloc[flattest] == "contact"
            said.append("yes" if over else "no" if flat else "unknown")
        else:
            said.append("unknown")
    return said
