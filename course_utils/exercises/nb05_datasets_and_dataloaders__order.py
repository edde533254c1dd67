"""Exercises of notebook 05, fourth part: shuffle and drop_last."""

from torch.utils.data import DataLoader

from ._define import Finding, Mistake, collect, exercise

TEST_FROM = 1000  # the test pictures have other numbers than those for training


def repair_loaders_starter(train_set, test_set):
    """Return the loader for training and the loader for testing, in batches of 8."""
    train_loader = DataLoader(train_set, batch_size=8)
    test_loader = DataLoader(test_set, batch_size=8, shuffle=True, drop_last=True)
    return train_loader, test_loader


def _loaders(*, train=(True, True), test=(False, False), batch_size=8):
    """Return a solution; the pairs are (shuffle, drop_last)."""

    def make(train_set, test_set):
        return tuple(
            DataLoader(data, batch_size=batch_size, shuffle=shuffle, drop_last=drop_last)
            for data, (shuffle, drop_last) in ((train_set, train), (test_set, test))
        )

    return make


def _orders(make, train_size, test_size):
    """Watch two epochs of training, and one of testing, over numbered pictures."""
    made = make(range(train_size), range(TEST_FROM, TEST_FROM + test_size))
    if not (isinstance(made, tuple | list) and len(made) == 2):
        raise Finding("it does not return the pair (train_loader, test_loader)")
    train, test = made
    epochs = [[batch.tolist() for batch in train] for _ in range(2)]
    flat = [[n for batch in epoch for n in batch] for epoch in epochs]
    return {
        "test pictures in training": any(n >= TEST_FROM for n in flat[0]),
        "batch sizes in training": [len(batch) for batch in epochs[0]],
        "training goes through the pictures in file order": flat[0] == sorted(flat[0]) != [],
        "training has the same order in each epoch": flat[0] == flat[1] != [],
        "a picture comes twice in one epoch": len(set(flat[0])) < len(flat[0]),
        "the test pictures, in their order": [n for batch in test for n in batch.tolist()],
        "batch sizes in testing": [len(batch) for batch in test],
    }


def _other_set(case, got, expected):
    shown = got["the test pictures, in their order"]
    return got["test pictures in training"] or any(n < TEST_FROM for n in shown)


@exercise(
    starter=repair_loaders_starter,
    observe=_orders,
    cases=lambda rng: {"train_size": rng.randint(20, 60), "test_size": rng.randint(3, 30)},
    count=30,
    praise="training: full batches, a new order each epoch. Testing: every picture once, in order",
    hints=[
        "Which of the two needs a new order in every epoch? Which must see every picture?",
        "shuffle=True and drop_last=True stand in the wrong line: move both.",
    ],
    mistakes=[
        Mistake(
            "nothing is shuffled in training: ants first, then bees",
            like=_loaders(train=(False, True)),
        ),
        Mistake(
            "testing is still shuffled: results could not be laid beside their files",
            like=_loaders(test=(True, False)),
        ),
        Mistake(
            "testing still drops its last pictures: each of them must count",
            like=_loaders(test=(False, True)),
        ),
        Mistake(
            "testing still shuffles, and drops its last pictures",
            like=_loaders(test=(True, True)),
        ),
        Mistake(
            "drop_last is right now; shuffle still stands in the wrong line",
            like=_loaders(train=(False, True), test=(True, False)),
        ),
        Mistake(
            "shuffle is right now; drop_last still stands in the wrong line",
            like=_loaders(train=(True, False), test=(False, True)),
        ),
        Mistake(
            "only full batches are wanted in training: drop_last=True",
            like=_loaders(train=(True, False)),
        ),
        Mistake(
            "testing is right now; in training shuffle and drop_last are missing",
            like=_loaders(train=(False, False)),
        ),
        Mistake(
            "the loaders are given back in the other order: train first",
            like=lambda train, test: _loaders()(train, test)[::-1],
        ),
        Mistake(
            "each loader keeps its own set: train_loader reads train_set, test_loader test_set",
            when=_other_set,
        ),
        Mistake(
            "one order for all epochs: let the loader shuffle, with shuffle=True",
            when=lambda case, got, expected: got["training has the same order in each epoch"],
        ),
    ],
)
def repair_loaders(train_set, test_set):
    """Return the loader for training and the loader for testing, in batches of 8."""
    train_loader = DataLoader(train_set, batch_size=8, shuffle=True, drop_last=True)
    test_loader = DataLoader(test_set, batch_size=8)
    return train_loader, test_loader


EXERCISES = collect(vars())
