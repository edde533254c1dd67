"""Exercises of notebook 17: the numbers that judge a model."""

import torch

from ._define import Mistake, collect, exercise
from ._draw import grids


def _losses_and_sizes(rng):
    sizes = [rng.randint(1, 9) for _ in range(rng.randint(1, 5))]
    return {"batch_losses": [rng.randint(1, 30) / 10 for _ in sizes], "batch_sizes": sizes}


@exercise(
    cases=_losses_and_sizes,
    hints=[
        "A batch of 8 speaks for eight pictures, a batch of 3 for three.",
        "Sum of loss * size, divided by how many pictures there are: sum(batch_sizes).",
    ],
    mistakes=[
        Mistake(
            "this is the mean of the batch means: a short last batch counts as much as a full one",
            like=lambda losses, sizes: sum(losses) / len(losses),
        ),
        Mistake(
            "divide by the number of pictures, not of batches",
            like=lambda losses, sizes: (
                sum(map(float.__mul__, losses, map(float, sizes))) / len(sizes)
            ),
        ),
        Mistake(
            "batch_losses are means already: weigh each with its batch size",
            like=lambda losses, sizes: sum(losses) / sum(sizes),
        ),
        Mistake(
            "this is a sum over all pictures: divide it by how many there are",
            like=lambda losses, sizes: sum(map(float.__mul__, losses, map(float, sizes))),
        ),
    ],
)
def weighted_mean_loss(batch_losses, batch_sizes):
    """Return the mean loss of a picture, from mean losses and sizes of the batches."""
    total = 0.0
    for loss, size in zip(batch_losses, batch_sizes, strict=True):
        total += loss * size
    return total / sum(batch_sizes)


def _logits_and_labels(rng):
    count, classes = rng.randint(1, 6), rng.randint(2, 5)
    rows = [[n / 10 for n in rng.sample(range(-30, 30), classes)] for _ in range(count)]
    return {"logits": torch.tensor(rows), "labels": rng.labels(count, classes)}


def _share_of_hits(logits, labels):
    rows = zip(logits.tolist(), labels.tolist(), strict=True)
    return sum(row.index(max(row)) == label for row, label in rows) / len(labels)


@exercise(
    oracle=_share_of_hits,
    cases=_logits_and_labels,
    hints=[
        "The predicted class is where the largest logit of a row is: argmax over dim 1.",
        "(predictions == labels) is a tensor of True and False; its float mean is the fraction.",
        ".item() makes a number of it.",
    ],
    mistakes=[
        Mistake(
            "bool has no mean: .float() first",
            when=lambda case, got, right: "infer output dtype" in getattr(got, "text", ""),
        ),
        Mistake(
            "argmax over dim 0 looks down the batch; the classes lie along dim 1",
            like=lambda x, y: (x.argmax(dim=0) == y).float().mean().item(),
        ),
        Mistake(
            "this counts the hits; divide by how many labels there are",
            like=lambda x, y: (x.argmax(dim=1) == y).sum().item(),
        ),
        Mistake(
            "this is in percent; return a fraction from 0 to 1",
            like=lambda x, y: 100 * (x.argmax(dim=1) == y).float().mean().item(),
        ),
        Mistake(
            "return a number, not a tensor: .item()",
            like=lambda x, y: (x.argmax(dim=1) == y).float().mean(),
        ),
        Mistake(
            "divide by the number of pictures, not of classes",
            like=lambda x, y: (x.argmax(dim=1) == y).sum().item() / x.shape[1],
        ),
    ],
)
def accuracy(logits, labels):
    """Return the fraction (0 to 1) of rows whose largest logit is at the label."""
    predictions = logits.argmax(dim=1)  # (B, classes) -> (B,)
    return (predictions == labels).float().mean().item()


def _early_stop(losses, patience, *, ties=False, previous=False, reset=True, late=0):
    """Return the reference's answer, or what it becomes with one choice made differently."""
    best, waited = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        better = loss <= best if ties else loss < best
        waited = (0 if reset else waited) if better else waited + 1
        best = loss if better or previous else best
        if waited == patience + late:
            return epoch
    return len(losses)


def _stops(losses, patience):
    """Return whether patience runs out, be it in the last epoch."""
    return _early_stop([*losses, float("inf")], patience) <= len(losses)


_FORESEEN = "min(valid_losses) knows epochs that are still to come: keep the lowest so far"


def _against_the_lowest(losses, patience):
    waited = 0
    for epoch, loss in enumerate(losses, start=1):
        waited = waited + 1 if loss > min(losses) else 0
        if waited == patience:
            return epoch
    return len(losses)


def _losses_and_patience(rng):
    losses = [rng.randint(5, 15) / 10 for _ in range(rng.randint(1, 9))]
    return {"valid_losses": losses, "patience": rng.randint(1, 3)}


@exercise(
    cases=_losses_and_patience,
    hints=[
        "Keep two things: the lowest loss so far, and how many epochs passed since.",
        "A new lowest loss sets the waiting back to 0; any other epoch adds 1 to it.",
        "Stop when waiting reaches patience; enumerate(valid_losses, start=1) counts epochs.",
    ],
    mistakes=[
        Mistake(
            "compare with the lowest loss so far, not with the epoch before",
            like=lambda x, p: _early_stop(x, p, previous=True),
        ),
        Mistake(
            "an equal loss is no improvement: < instead of <=",
            like=lambda x, p: _early_stop(x, p, ties=True),
        ),
        Mistake(
            "a new lowest loss must set the waiting back to 0",
            like=lambda x, p: _early_stop(x, p, reset=False),
        ),
        Mistake(
            "one epoch too late: stop as soon as patience epochs brought nothing",
            like=lambda x, p: _early_stop(x, p, late=1),
        ),
        Mistake(
            "this is the best epoch; asked for is the one after which training stops",
            like=lambda x, p: x[: _early_stop(x, p)].index(min(x[: _early_stop(x, p)])) + 1,
        ),
        Mistake("epochs count from 1", like=lambda x, p: _early_stop(x, p) - 1),
        Mistake("epochs count from 1", like=lambda x, p: _early_stop(x, p) - _stops(x, p)),
        Mistake(
            "where patience never runs out, training ends with the last epoch: len(valid_losses)",
            like=lambda x, p: _early_stop(x, p) if _stops(x, p) else None,
        ),
        Mistake(
            "patience is ignored: it waits that many epochs for a new low, not just one",
            like=lambda x, p: _early_stop(x, 1),
        ),
        Mistake("this never stops early: patience must end the loop", like=lambda x, p: len(x)),
        Mistake(_FORESEEN, like=lambda x, p: min(len(x), x.index(min(x)) + 1 + p)),
        Mistake(_FORESEEN, like=_against_the_lowest),
    ],
)
def early_stop_epoch(valid_losses, patience):
    """Return after which epoch (from 1) training stops: ``patience`` epochs without a new low."""
    best, waited = float("inf"), 0
    for epoch, loss in enumerate(valid_losses, start=1):
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            return epoch
    return len(valid_losses)


def _true_and_predicted(rng):
    classes, count = rng.randint(2, 4), rng.randint(1, 12)
    labels, predictions = rng.labels(count, classes), rng.labels(count, classes)
    return {"predictions": predictions, "labels": labels, "classes": classes}


def _counted(predictions, labels, classes):
    pairs = labels * classes + predictions
    return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def _counted_at_once(predictions, labels, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    matrix[labels, predictions] += 1
    return matrix


def _show_matrices(case, got, expected):
    marks = [tuple(place) for place in torch.nonzero(got != expected).tolist()]
    return grids([got.tolist(), expected.tolist()], ["yours", "right"], marks)


@exercise(
    oracle=_counted,
    cases=_true_and_predicted,
    draw=_show_matrices,
    hints=[
        "A square of zeros, dtype=torch.int64. Row = the true class, column = the predicted one.",
        "Go over zip(labels, predictions) and add 1 at matrix[label, prediction].",
    ],
    mistakes=[
        Mistake(
            "rows and columns are swapped: the row is the true class",
            like=lambda p, y, c: _counted(y, p, c),
        ),
        Mistake(
            "a pair that comes twice is counted once: add 1 for each "
            "(= 1 overwrites, += with index tensors adds only once)",
            like=_counted_at_once,
        ),
        Mistake(
            "counts are whole numbers: torch.zeros(..., dtype=torch.int64)",
            like=lambda p, y, c: _counted(p, y, c).float(),
        ),
        Mistake(
            "classes that do not occur here need their row and column too",
            like=lambda p, y, c: _counted(p, y, int(max(p.max(), y.max())) + 1),
        ),
    ],
)
def confusion_matrix(predictions, labels, classes):
    """Return int64 counts (classes, classes): row = true class, column = predicted class."""
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    for label, prediction in zip(labels, predictions, strict=True):
        matrix[label, prediction] += 1
    return matrix


EXERCISES = collect(vars())
