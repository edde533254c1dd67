"""Exercises of notebook 20, second part: time work in turn."""

from statistics import mean, median

from ._define import Mistake, collect, exercise
from ._probes20 import PretendedDevice

RATIO, CALLS, ASKED = "times faster", "calls", "clock() was asked"


def _ratio(old_seconds, new_seconds):
    return old_seconds / new_seconds


def _compared(attempt, old_seconds, new_seconds, drift, rounds):
    gpu = PretendedDevice(drift)
    old, new = gpu.order("old", old_seconds), gpu.order("new", new_seconds)
    ratio = attempt(old, new, gpu.synchronize, gpu.clock, rounds)
    return {
        CALLS: {name: gpu.given.count(name) for name in ("old", "new")},
        ASKED: gpu.asked,
        RATIO: ratio,
    }


def _timed(work, synchronize, clock, before=True, after=True):
    if before:
        synchronize()
    start = clock()
    work()
    if after:
        synchronize()
    return clock() - start


def _in_turn(warm_up=1, middle=median, before=True, after=True, answer=_ratio):
    """Return a solution that differs from the right one in what is named."""

    def compare(old, new, synchronize, clock, rounds):
        for _ in range(warm_up):
            old()
            new()
        times = [
            [_timed(work, synchronize, clock, before, after) for work in (old, new)]
            for _ in range(rounds)
        ]
        slow, fast = zip(*times, strict=True)
        return answer(middle(slow), middle(fast))

    return compare


def _one_after_the_other(old, new, synchronize, clock, rounds):
    old()
    new()
    times = [[_timed(w, synchronize, clock) for _ in range(rounds)] for w in (old, new)]
    return median(times[0]) / median(times[1])


def _warm_up_each_first(old, new, synchronize, clock, rounds):
    middles = []
    for work in (old, new):
        work()
        middles.append(median(_timed(work, synchronize, clock) for _ in range(rounds)))
    return middles[0] / middles[1]


def _median_of_ratios(old, new, synchronize, clock, rounds):
    old()
    new()
    ratios = []
    for _ in range(rounds):
        first = _timed(old, synchronize, clock)
        ratios.append(first / _timed(new, synchronize, clock))
    return median(ratios)


def _measures(rng):
    rounds = rng.choice([1, 3, 5, 7])
    old, new = rng.randint(2, 30) / 10, rng.randint(2, 30) / 10
    drift = rng.choice([0.1, 0.3, 0.7])
    return {"old_seconds": old, "new_seconds": new, "drift": drift, "rounds": rounds}


_TURNS = (
    "all runs of one, then all of the other: the device slows down meanwhile. In each round time "
    "one call of both"
)


@exercise(
    observe=_compared,
    cases=_measures,
    count=40,
    praise="right on a pretended device that answers at once and slows down",
    hints=[
        "Write a small function that times one call: synchronize, clock, work, synchronize, clock.",
        "Warm up with old() and new(). Then for _ in range(rounds): time both, keep two lists.",
        "statistics.median(old_times) / statistics.median(new_times)",
    ],
    mistakes=[
        Mistake(
            "use the clock that the function is given",
            when=lambda case, got, expected: not got[ASKED],
        ),
        Mistake(
            "the warm-up is missing: the first call of each takes longer",
            like=_in_turn(warm_up=0),
        ),
        Mistake(
            "one call of each to warm up, not counted, and then as many as there are rounds",
            when=lambda case, got, expected: got[CALLS] != expected[CALLS],
        ),
        Mistake(
            "you time how long it takes to give the order: synchronize before the clock stops",
            like=_in_turn(after=False),
        ),
        Mistake(
            "you time how long it takes to give the order: synchronize before the clock stops",
            like=_in_turn(before=False, after=False),
        ),
        Mistake(
            "something is still going on when the clock starts: synchronize before that, too",
            like=_in_turn(before=False),
        ),
        Mistake(_TURNS, like=_one_after_the_other),
        Mistake(_TURNS, like=_warm_up_each_first),
        Mistake(
            "upside down: old seconds divided by new ones",
            like=_in_turn(answer=lambda old, new: new / old),
        ),
        Mistake(
            "how many *times* is asked: divide, do not subtract",
            like=_in_turn(answer=lambda old, new: old - new),
        ),
        Mistake(
            "the mean is moved by every disturbance: take the median", like=_in_turn(middle=mean)
        ),
        Mistake("the shortest is not the median", like=_in_turn(middle=min)),
        Mistake(
            "nearly: the median of the old times, divided by the median of the new ones",
            like=_median_of_ratios,
        ),
    ],
)
def times_faster(old, new, synchronize, clock, rounds):
    """Return how many times as fast as ``old()`` the function ``new()`` is, measured in turn."""
    old()
    new()
    seconds = {old: [], new: []}
    for _ in range(rounds):
        for work, times in seconds.items():
            synchronize()
            start = clock()
            work()
            synchronize()
            times.append(clock() - start)
    return median(seconds[old]) / median(seconds[new])


EXERCISES = collect(vars())
