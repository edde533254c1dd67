"""Exercises of notebook 21, third part: repair a run of several processes."""

import torch
from torch.utils.data import DistributedSampler

from ._define import Mistake, collect, exercise
from ._probes21 import NOTHING_BACK, raised, together
from ._run import Raised


def repair_run_starter(rank, size, epochs, sampler, train, save, all_reduce):
    """Train, and save each epoch once; return the mean over all processes of each epoch's loss."""
    history = []
    for epoch in range(epochs):
        loss = train(list(sampler))
        save(epoch)
        if rank == 0:
            all_reduce(loss)
        history.append(loss.item() / size)
    return history


def _watched(run, size, epochs, length):
    orders = [[] for _ in range(size)]
    saved, early = [], []

    def play(rank, all_reduce):
        sampler = DistributedSampler(range(length), size, rank, seed=5)

        def train(positions):
            orders[rank].append([int(position) for position in positions])
            return torch.tensor(float(sum(k * p for k, p in enumerate(positions, start=1))))

        def save(epoch):
            saved.append(epoch)
            if epoch != len(orders[rank]) - 1:
                early.append(epoch)

        return run(rank, size, epochs, sampler, train, save, all_reduce)

    histories = together(size, play)
    report = {f"what rank {rank} sees in each epoch": order for rank, order in enumerate(orders)}
    report["how often each epoch is saved"] = [saved.count(epoch) for epoch in range(epochs)]
    report["written with the weights of another epoch"] = early
    for rank, history in enumerate(histories):
        report[f"history of rank {rank}"] = (
            [round(float(value), 3) for value in history] if history else history
        )
    return report


def _differs(*words):
    return lambda case, got, expected: (
        not isinstance(got, Raised)
        and any(got.get(k) != v for k, v in expected.items() if any(w in k for w in words))
    )


def _same_every_epoch(case, got, expected):
    if isinstance(got, Raised):
        return False
    orders = got.get("what rank 0 sees in each epoch", [])
    return len(orders) > 1 and orders[0] == orders[1]


def _history_is_short(case, got, expected):
    return not isinstance(got, Raised) and any(
        not isinstance(got[name], list) or len(got[name]) != case["epochs"]
        for name in expected
        if "history" in name
    )


@exercise(
    starter=repair_run_starter,
    observe=_watched,
    cases=[
        {"size": 2, "epochs": 2, "length": 6},
        {"size": 3, "epochs": 3, "length": 7},
        {"size": 1, "epochs": 2, "length": 4},
    ],
    seconds=15,
    praise="a new order in each epoch, one file, and nobody waits in vain",
    hints=[
        "Which of these lines must all processes do, and which of them only one?",
        "all_reduce: all. save: one (rank 0). And what tells the sampler which epoch it is?",
        "sampler.set_epoch(epoch) stands first in the loop.",
    ],
    mistakes=[
        Mistake(
            "rank 0 calls all_reduce alone, so it would wait for ever: all processes call it, "
            "outside of the if",
            when=raised("takes no part"),
        ),
        NOTHING_BACK,
        Mistake(
            "the order is the same in every epoch: sampler.set_epoch(epoch)", when=_same_every_epoch
        ),
        Mistake(
            "a process sees other pictures than it should: every process calls set_epoch(epoch), "
            "which counts from 0, before it uses the sampler",
            when=_differs("sees"),
        ),
        Mistake(
            "no epoch may be left out, and only one process saves it",
            when=_differs("saved"),
        ),
        Mistake(
            "save(epoch) comes after the training of this epoch, and before the next one's",
            when=_differs("written"),
        ),
        Mistake("every process returns the whole history", when=_history_is_short),
        Mistake(
            "the mean over the processes is not right: add up over all, divide by size",
            when=_differs("history"),
        ),
    ],
)
def repair_run(rank, size, epochs, sampler, train, save, all_reduce):
    """Train, and save each epoch once; return the mean over all processes of each epoch's loss."""
    history = []
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        loss = train(list(sampler))
        all_reduce(loss)
        history.append(loss.item() / size)
        if rank == 0:
            save(epoch)
    return history


EXERCISES = collect(vars())
