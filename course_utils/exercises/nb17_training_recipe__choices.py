"""Exercises of notebook 17, third part: two routines that choose wrongly."""

from ._define import Mistake, collect, exercise
from ._probes17 import learning_rates

ORDER = (
    "accuracy",
    "weighted_mean_loss",
    "repair_epoch_loss",
    "early_stop_epoch",
    "repair_schedule",
    "repair_transforms",
    "repair_evaluate",
    "confusion_matrix",
    "repair_best_epoch",
)


def repair_best_epoch_starter(history):
    """Return (epoch, test accuracy) of the model to keep, from one dict an epoch."""
    best = max(history, key=lambda row: row["test_accuracy"])
    return best["epoch"], best["test_accuracy"]


def _best(history, key):
    return max(history, key=lambda row: row[key])


class _Row(dict):
    """A row of the history that is short where a message shows it."""

    def __repr__(self):
        valid, test = self["valid_accuracy"], self["test_accuracy"]
        return f"{self['epoch']}: valid {valid:.2f}, test {test:.2f}"  # 30 characters are shown


def _index_of_best(history):
    best = _best(history, "valid_accuracy")
    return history.index(best), best["test_accuracy"]


def _last_of_equals(history):
    row = _best(history[::-1], "valid_accuracy")
    return row["epoch"], row["test_accuracy"]


def _worst(history):
    row = min(history, key=lambda row: row["valid_accuracy"])
    return row["epoch"], row["test_accuracy"]


def _some_history(rng):
    def accuracy():
        return rng.randint(6, 16) / 20  # coarse, so that equal ones come up

    epochs = range(1, rng.randint(1, 6) + 1)
    keys = ("train_accuracy", "valid_accuracy", "test_accuracy")
    return {"history": [_Row(epoch=n, **{key: accuracy() for key in keys}) for n in epochs]}


@exercise(
    starter=repair_best_epoch_starter,
    cases=_some_history,
    praise="chosen by validation, judged by the test set",
    hints=[
        "Which column decides? Would you know that column before the model is finished?",
        "Choosing by the test set is training on it. The validation set is there for choosing.",
    ],
    mistakes=[
        Mistake(
            "still chosen by the test set: its accuracy is then no honest estimate any more",
            like=repair_best_epoch_starter,
        ),
        Mistake(
            "the training accuracy rewards learning by heart: choose by valid_accuracy",
            like=lambda history: (
                _best(history, "train_accuracy")["epoch"],
                _best(history, "train_accuracy")["test_accuracy"],
            ),
        ),
        Mistake(
            "chosen rightly, but report the test accuracy: that of validation was chosen as high",
            like=lambda history: (
                _best(history, "valid_accuracy")["epoch"],
                _best(history, "valid_accuracy")["valid_accuracy"],
            ),
        ),
        Mistake(
            "the last epoch is not always the best one",
            like=lambda history: (history[-1]["epoch"], history[-1]["test_accuracy"]),
        ),
        Mistake(
            "report the test accuracy of the chosen epoch, not the highest of all",
            like=lambda history: (
                _best(history, "valid_accuracy")["epoch"],
                _best(history, "test_accuracy")["test_accuracy"],
            ),
        ),
        Mistake("this is an index from 0: return the row's epoch", like=_index_of_best),
        Mistake("this is the lowest validation accuracy: the highest is wanted", like=_worst),
        Mistake(
            "of equal validation accuracies keep the first: later epochs were no better",
            like=_last_of_equals,
        ),
    ],
)
def repair_best_epoch(history):
    """Return (epoch, test accuracy) of the model to keep, from one dict an epoch."""
    best = max(history, key=lambda row: row["valid_accuracy"])
    return best["epoch"], best["test_accuracy"]


def repair_schedule_starter(model, loss_fn, optimizer, scheduler, loader, epochs):
    """Train for some epochs; the scheduler is to be called once an epoch."""
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            loss_fn(model(images), labels).backward()
            optimizer.step()
            scheduler.step()


def _stretched(model, loss_fn, optimizer, scheduler, loader, epochs):
    scheduler.step_size *= len(loader)
    repair_schedule_starter(model, loss_fn, optimizer, scheduler, loader, epochs)


def _train(
    model,
    loss_fn,
    optimizer,
    scheduler,
    loader,
    epochs,
    *,
    first=False,
    every=1,
    clear=True,
    learn=True,
):
    for epoch in range(1, epochs + 1):
        if first:
            scheduler.step()
        for images, labels in loader:
            if clear:
                optimizer.zero_grad()
            if learn:
                loss_fn(model(images), labels).backward()
            optimizer.step()
        if every and not first and epoch % every == 0:
            scheduler.step()


@exercise(
    starter=repair_schedule_starter,
    observe=learning_rates,
    cases=lambda rng: {"seed": rng.randrange(1000)},
    count=2,
    against="PyTorch",
    praise="the learning rate falls every second epoch, as StepLR(step_size=2) was asked to",
    hints=[
        "StepLR(step_size=2) counts calls of scheduler.step(). How many come in one epoch?",
        "Move scheduler.step() out of the loop over batches, to the end of the epoch.",
    ],
    mistakes=[
        Mistake(
            "scheduler.step() still comes once a batch: the rate falls far too fast",
            like=repair_schedule_starter,
        ),
        Mistake(
            "scheduler.step() comes before the epoch: the first epochs miss the full rate",
            like=lambda *parts: _train(*parts, first=True),
        ),
        Mistake(
            "without scheduler.step() the rate never falls: once an epoch",
            like=lambda *parts: _train(*parts, every=0),
        ),
        Mistake(
            "step_size=2 already counts to two: call scheduler.step() after every epoch",
            like=lambda *parts: _train(*parts, every=2),
        ),
        Mistake(
            "optimizer.zero_grad() is gone: the gradients of all batches pile up",
            like=lambda *parts: _train(*parts, clear=False),
        ),
        Mistake(
            "it must still learn: loss_fn(model(images), labels).backward() for every batch",
            like=lambda *parts: _train(*parts, learn=False),
        ),
        Mistake(
            "leave step_size alone, it counts epochs: move scheduler.step() to their end",
            like=_stretched,
        ),
    ],
)
def repair_schedule(model, loss_fn, optimizer, scheduler, loader, epochs):
    """Train for some epochs; the scheduler is to be called once an epoch."""
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            loss_fn(model(images), labels).backward()
            optimizer.step()
        scheduler.step()


EXERCISES = collect(vars())
