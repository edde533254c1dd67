"""Exercises of notebook 06, third part: the moving average."""

from itertools import accumulate

from ._compare import difference
from ._define import Mistake, collect, exercise


def _uncorrected(values, smoothing):
    blend = accumulate(values, lambda p, v: smoothing * p + (1 - smoothing) * v, initial=0.0)
    return list(blend)[1:]


def _from_first(values, smoothing):
    return list(accumulate(values, lambda past, v: smoothing * past + (1 - smoothing) * v))


def _fed_back(values, smoothing):
    past, out = 0.0, []
    for count, value in enumerate(values, start=1):
        past = (smoothing * past + (1 - smoothing) * value) / (1 - smoothing**count)
        out.append(past)
    return out


def _one_factor(values, smoothing):
    return [value / (1 - smoothing) for value in _uncorrected(values, smoothing)]


@exercise(
    cases=lambda rng: {
        "values": [rng.randint(-20, 40) / 4 for _ in range(rng.randint(1, 8))],
        "smoothing": rng.choice([0.0, 0.5, 0.6, 0.9]),
    },
    count=60,
    hints=[
        "Start with average = 0.0; for each value: average = s * average + (1 - s) * value.",
        "After n values, average / (1 - s ** n) goes into the list; n counts from 1.",
        "Keep the uncorrected average for the next round.",
    ],
    mistakes=[
        Mistake("the first values are pulled towards 0: divide by 1 - s ** n", like=_uncorrected),
        Mistake(
            "this starts from the first value, which then weighs too much for long",
            like=_from_first,
        ),
        Mistake(
            "keep the uncorrected average for the next round; only the list gets the corrected one",
            like=_fed_back,
        ),
        Mistake("the correction changes from step to step: s to the power of n", like=_one_factor),
        Mistake(
            "the weights are swapped: the past has the weight s, the new value 1 - s",
            when=lambda case, got, expected: difference(got, expected) and _swapped(case, got),
        ),
        Mistake(
            "a list with one number for each value, not only the last average",
            when=lambda case, got, expected: isinstance(got, float),
        ),
    ],
)
def smooth_curve(values, smoothing):
    """Return the corrected moving average of a list of numbers, as a list of the same length."""
    average, smoothed = 0.0, []
    for count, value in enumerate(values, start=1):
        average = smoothing * average + (1 - smoothing) * value
        smoothed.append(average / (1 - smoothing**count))
    return smoothed


def _swapped(case, got):
    """Tell whether s and 1 - s were exchanged, with or without a correction."""
    raw = _uncorrected(case["values"], 1 - case["smoothing"])
    factors = (1, 1 - case["smoothing"], case["smoothing"])  # 1: not corrected at all
    shapes = [
        [value / (1 - factor**count if factor < 1 else 1) for count, value in enumerate(raw, 1)]
        for factor in factors
    ]
    return isinstance(got, list) and any(difference(got, shape) is None for shape in shapes)


EXERCISES = collect(vars())
