"""Exercise of notebook 22, third part: where to draw the line."""

import torch

from ..metrics import dice, iou
from ._define import Mistake, collect, exercise
from ._run import Raised

CANDIDATES = (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85)  # no probability lies on one


def _where_dice_prefers_another(rng):
    """Two pictures of 8 pixels: a higher threshold gives IoU 1/4 → 1/3 and 1 → 7/8."""
    probabilities = torch.tensor([[0.9, 0.3, 0.5, 0.5] + [0.1] * 4, [0.9] * 7 + [0.3]])
    masks = torch.tensor([[True] + [False] * 7, [True] * 8])
    order = rng.sample(range(8), 8)
    return {
        "probabilities": probabilities[:, order].reshape(2, 1, 2, 4),
        "masks": masks[:, order].reshape(2, 1, 2, 4),
        "thresholds": rng.sample((0.25, 0.35), 2),
    }


def _where_digits_count(rng):
    """One picture of 400 bee pixels: 301 found are a little better than 300."""
    order = torch.tensor(rng.sample(range(400), 400))
    probabilities = torch.tensor([0.9] * 300 + [0.5] + [0.1] * 99)[order].reshape(1, 1, 20, 20)
    masks = torch.ones(1, 1, 20, 20, dtype=torch.bool)
    return {"probabilities": probabilities, "masks": masks, "thresholds": [0.55, 0.45]}


def _predictions(rng):
    """Return a case in which only thresholds with the same masks come close to the best."""
    if rng.random() < 0.1:
        return _where_digits_count(rng)
    if rng.random() < 0.1:
        return _where_dice_prefers_another(rng)
    while True:
        shape = rng.randint(1, 3), 1, rng.randint(1, 2), rng.randint(2, 4)
        probabilities = rng.tensor(*shape, low=0, high=1)
        masks = probabilities + rng.tensor(*shape, low=-0.4, high=0.4) > rng.choice((0.3, 0.6))
        masks[:, :, 0, 0] = True  # none is empty
        thresholds = rng.sample(CANDIDATES, rng.randint(2, 5))
        scores = [iou(probabilities > t, masks).mean().item() for t in thresholds]
        near = [t for t, s in zip(thresholds, scores, strict=True) if s > max(scores) - 1e-3]
        if all(torch.equal(probabilities > t, probabilities > near[0]) for t in near):
            return {"probabilities": probabilities, "masks": masks, "thresholds": thresholds}


def _best(score, pick=max):
    """Return a function that takes the threshold with the best ``score(found, masks)``."""

    def choose(probabilities, masks, thresholds):
        return pick(thresholds, key=lambda t: float(score(probabilities > t, masks)))

    return choose


def _last_of_equals(probabilities, masks, thresholds):
    return best_threshold(probabilities, masks, thresholds[::-1])


@exercise(
    cases=_predictions,
    count=60,
    praise="right for 60 sets of pictures, equal scores included",
    hints=[
        "Go over the thresholds; probabilities > t is a mask for every picture at once.",
        "iou(probabilities > t, masks) gives one number a picture: take their mean.",
        "max(thresholds, key=…) returns the first of those with the highest key.",
    ],
    mistakes=[
        Mistake(
            "that is the best IoU; asked for is the threshold that reaches it",
            like=lambda p, m, t: max(iou(p > each, m).mean().item() for each in t),
        ),
        Mistake(
            "that is its place in the list: return thresholds[place]",
            like=lambda p, m, t: t.index(best_threshold(p, m, t)),
        ),
        Mistake("of equals the first is asked for, yours is the last", like=_last_of_equals),
        Mistake(
            "of equals the first of the list is asked for: leave thresholds in their order",
            like=lambda p, m, t: best_threshold(p, m, sorted(t)),
        ),
        Mistake(
            "of equals yours is the largest, as max of pairs (score, threshold) goes on to the "
            "threshold; the first of the list is asked for: max(thresholds, key=…)",
            like=lambda p, m, t: best_threshold(p, m, sorted(t, reverse=True)),
        ),
        Mistake(
            "these are all pixels of all pictures in one pot: IoU for each picture, then the mean",
            like=_best(lambda found, m: iou(found.reshape(1, -1), m.reshape(1, -1))),
        ),
        Mistake(
            "that is Dice: its mean may prefer another threshold than the mean IoU",
            like=_best(lambda found, m: dice(found, m).mean()),
        ),
        Mistake(
            "that counts right pixels, ground as well; IoU does not",
            like=_best(lambda found, m: (found == m).float().mean()),
        ),
        Mistake(
            "rounded scores are equal where the scores are not: compare them as they are",
            like=_best(lambda found, m: round(iou(found, m).mean().item(), 2)),
        ),
        Mistake(
            "return the threshold alone, without its score",
            when=lambda case, got, expected: isinstance(got, (tuple, list)),
        ),
        Mistake(
            "iou gives one number a picture: compare their .mean()",
            when=lambda case, got, expected: (
                isinstance(got, Raised)
                and any(word in got.text for word in ("ambiguous", "cannot be converted"))
            ),
        ),
        Mistake("that is the worst of them", like=_best(lambda f, m: iou(f, m).mean(), pick=min)),
        Mistake(
            "every picture counts, not only the first", like=_best(lambda f, m: iou(f[:1], m[:1]))
        ),
        Mistake(
            "the mean over the pictures is asked for, not the median",
            like=_best(lambda f, m: iou(f, m).median()),
        ),
        Mistake(
            "above the threshold is bee: probabilities > t",
            like=lambda p, m, t: _best(lambda f, m: iou(~f, m).mean())(p, m, t),
        ),
        Mistake(
            "the masks of a threshold are probabilities > t; iou itself counts above 0.5",
            like=lambda p, m, t: t[0],
        ),
    ],
)
def best_threshold(probabilities, masks, thresholds):
    """Return the one of ``thresholds``, a list, with the highest mean IoU over the pictures.

    ``probabilities`` (float) and ``masks`` (bool) are (N, 1, H, W). Of equals, the first.
    """
    return max(thresholds, key=lambda t: iou(probabilities > t, masks).mean().item())


EXERCISES = collect(vars())
