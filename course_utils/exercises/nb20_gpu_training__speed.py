"""Exercises of notebook 20, second part: time work in turn, and do not wait for it."""

from statistics import mean, median

import torch

from ._define import Mistake, collect, exercise
from ._probes20 import PretendedDevice, epoch_of
from .nb20_gpu_training import raised

RATIO, CALLS = "times faster", "calls"


def _compared(attempt, old_seconds, new_seconds, drift, rounds):
    gpu = PretendedDevice(drift)
    old, new = gpu.order("old", old_seconds), gpu.order("new", new_seconds)
    ratio = attempt(old, new, gpu.synchronize, gpu.clock, rounds)
    return {
        CALLS: {name: gpu.given.count(name) for name in ("old", "new")},
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


def _in_turn(warm_up=1, middle=median, before=True, after=True, upside_down=False, extra=0):
    """Return a solution that differs from the right one in what is named."""

    def compare(old, new, synchronize, clock, rounds):
        for _ in range(warm_up):
            old()
            new()
        times = [
            [_timed(work, synchronize, clock, before, after) for work in (old, new)]
            for _ in range(rounds + extra)
        ]
        slow, fast = zip(*times, strict=True)
        return middle(fast) / middle(slow) if upside_down else middle(slow) / middle(fast)

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


def _own_clock(case, got, expected):
    return got[CALLS] == expected[CALLS] and got[RATIO] > 0 and expected[RATIO] / got[RATIO] > 40


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
        Mistake("upside down: old seconds divided by new ones", like=_in_turn(upside_down=True)),
        Mistake(
            "the mean is moved by every disturbance: take the median", like=_in_turn(middle=mean)
        ),
        Mistake("the shortest is not the median", like=_in_turn(middle=min)),
        Mistake(
            "nearly: the median of the old times, divided by the median of the new ones",
            like=_median_of_ratios,
        ),
        Mistake("use the clock that the function is given", when=_own_clock),
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


def repair_waiting_starter(model, loss_fn, optimizer, loader):
    """Train for one epoch; return the mean loss of a picture, a number."""
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


def _epoch(keep, finish, weigh=True, step=True):
    """Return a solution: ``keep`` is applied to each loss, ``finish`` to the mean."""

    def train(model, loss_fn, optimizer, loader):
        total, count = 0.0, 0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(images), labels)
            loss.backward()
            if step:
                optimizer.step()
            total = total + keep(loss) * (len(labels) if weigh else 1)
            count += len(labels) if weigh else 1
        return finish(total / count)

    return train


def _keeps_graphs(case, got, expected):
    return got["keeps old graphs"]


def _waits_often(case, got, expected):
    return not got["waits at most twice"]


@exercise(
    starter=repair_waiting_starter,
    observe=epoch_of,
    cases=[
        {"seed": 0, "sizes": [4, 4, 4]},
        {"seed": 1, "sizes": [8, 8, 8, 8, 3]},
        {"seed": 2, "sizes": [6, 6, 6, 6, 6, 6, 1]},
    ],
    praise="the same number and the same weights, with a single wait",
    hints=[
        "Which call in the loop needs a number from the device?",
        "Add up tensors: total += loss.detach() * len(labels).",
        "One .item() behind the loop: return (total / count).item().",
    ],
    mistakes=[
        Mistake(
            "without detach() the sum keeps the graph of every batch in memory: loss.detach()",
            when=_keeps_graphs,
        ),
        Mistake(
            "the loop still waits: .item(), float(), .cpu(), .tolist() and the like belong behind "
            "it, once",
            when=_waits_often,
        ),
        Mistake(
            "return a number: one .item() at the end is fine",
            when=lambda case, got, expected: isinstance(got["the mean loss"], torch.Tensor),
        ),
        Mistake(
            "weigh each loss with len(labels): the last batch is short",
            like=_epoch(lambda loss: loss.detach(), lambda mean: mean.item(), weigh=False),
        ),
        Mistake(
            "optimizer.step() must stay: the loop trains",
            like=_epoch(lambda loss: loss.detach(), lambda mean: mean.item(), step=False),
        ),
        Mistake("a detached loss has no graph: detach behind backward()", when=raised("grad_fn")),
        Mistake(
            "only the loss of the last batch is left: add them up",
            when=lambda case, got, expected: got["the mean loss"] < 0.7 * expected["the mean loss"],
        ),
    ],
)
def repair_waiting(model, loss_fn, optimizer, loader):
    """Train for one epoch; return the mean loss of a picture, a number."""
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(labels)
        count += len(labels)
    return (total / count).item()


EXERCISES = collect(vars())
