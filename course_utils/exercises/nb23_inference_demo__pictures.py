"""Exercises of notebook 23, second part: transparent pixels, worst mistakes, and the ledger."""

import torch

from ..loaders import FastLoader
from ..recipes import RECIPES
from ..training import fit
from ._define import Mistake, collect, exercise
from ._limit import TimeUp
from ._probes23 import beats_the_ledger, known_winner
from ._run import Raised


def _some_rgba(rng):
    picture = rng.tensor(4, rng.randint(1, 4), rng.randint(1, 5), low=0, high=1)
    picture[3] = (picture[3] * 2).round() / 2  # clear, half, opaque
    return {"picture": picture}


def _mixed(picture, background):
    alpha = picture[3:]
    return picture[:3] * alpha + (1 - alpha) * background


def _where(least):
    return lambda p: torch.where(p[3:] > least, p[:3], torch.ones(()))


_BLEND = "half transparent means half colour, half white: blend"
_MULTIPLY = "the colours must be multiplied by alpha as well"


@exercise(
    cases=_some_rgba,
    hints=[
        "Alpha is the fourth channel: 1 shows the colour, 0 shows the paper behind it.",
        "picture[3:] has the shape (1, H, W), so it multiplies all three colours.",
        "colour * alpha + white * (1 - alpha), and white is 1.",
    ],
    mistakes=[
        Mistake("the alpha channel is dropped: what was clear shows again", like=lambda p: p[:3]),
        Mistake(
            "that is on black paper: the share 1 - alpha of white is missing",
            like=lambda p: _mixed(p, 0),
        ),
        Mistake(_BLEND, like=_where(0)),
        Mistake(_BLEND, like=_where(0.5)),
        Mistake("white is 1 here, not 255", like=lambda p: _mixed(p, 255)),
        Mistake(
            "alpha is the wrong way round: 1 is opaque",
            like=lambda p: _mixed(torch.cat([p[:3], 1 - p[3:]]), 1),
        ),
        Mistake(_MULTIPLY, like=lambda p: p[:3] + 1 - p[3:]),
        Mistake(_MULTIPLY, like=lambda p: (p[:3] + 1 - p[3:]).clamp(max=1)),
        Mistake(
            "three channels are left: the fourth has done its work",
            like=lambda p: torch.cat([_mixed(p, 1), p[3:]]),
        ),
    ],
)
def on_white(picture):
    """Lay a picture (4, H, W), red, green, blue, alpha in 0 … 1, on white: (3, H, W)."""
    colour, alpha = picture[:3], picture[3:]
    return colour * alpha + (1 - alpha)


def _errors(logits, labels, k, *, sign=1, right=False, score="probability"):
    probabilities = logits.softmax(dim=1)
    top, predicted = probabilities.max(dim=1)
    if score == "logit":
        top = logits.amax(dim=1)
    elif score == "truth":
        top = -probabilities[torch.arange(len(labels)), labels]
    chosen = (predicted != labels) | right
    places = chosen.nonzero().flatten()
    return places[(sign * top[places]).argsort(descending=True)][:k]


def _like(**settings):
    return lambda logits, labels, k: _errors(logits, labels, k, **settings)


_NO_MORE = "fewer than k are wrong: do not fill up with right ones"


def _filled_up(logits, labels, k):
    return _filled_up_or_error(logits, labels, min(k, len(labels)))


def _filled_up_or_error(logits, labels, k):
    top, predicted = logits.softmax(dim=1).max(dim=1)
    return top.masked_fill(predicted == labels, 0).topk(k).indices


def _raises(*words):
    return lambda case, got, expected: (
        isinstance(got, Raised) and all(word in got.text for word in words)
    )


def _within_the_mistakes(logits, labels, k):
    top, predicted = logits.softmax(dim=1).max(dim=1)
    wrong = predicted != labels
    return top[wrong].argsort(descending=True)[:k]


def _some_answers(rng):
    count, classes = rng.randint(1, 9), rng.randint(2, 4)
    while True:  # no two answers may be equally sure
        logits = rng.tensor(count, classes)
        top = logits.softmax(dim=1).amax(dim=1).sort().values
        first, second = logits.topk(2).values.unbind(dim=1)
        if min(top.diff().tolist(), default=1) > 1e-3 and float((first - second).min()) > 0.05:
            break
    labels = [rng.choice([int(row.argmax()), rng.randrange(classes)]) for row in logits]
    return {"logits": logits, "labels": torch.tensor(labels), "k": rng.randint(1, 4)}


@exercise(
    cases=_some_answers,
    hints=[
        "logits.softmax(dim=1).max(dim=1) gives how sure each answer is, and which class it is.",
        "Which places are wrong? (predicted != labels).nonzero().flatten() lists them.",
        "Sort those places by how sure they are, the surest first, and cut the list after k.",
    ],
    mistakes=[
        Mistake(_NO_MORE, like=_filled_up),
        Mistake(_NO_MORE, like=_filled_up_or_error),
        Mistake(
            "topk(k) needs k values; take min(k, how many are wrong)",
            when=_raises("selected index k out of range"),
        ),
        Mistake(
            "nonzero() gives a column, (wrong, 1): flatten() makes a list of places of it",
            when=lambda case, got, expected: got.ndim == 2,
        ),
        Mistake(
            "squeeze() leaves no dimension where a single answer is wrong: flatten() keeps one",
            when=_raises("IndexError"),
        ),
        Mistake(
            "these are places among the mistakes: places in the whole batch are wanted",
            like=_within_the_mistakes,
        ),
        Mistake("that is the least sure first: the surest is wanted", like=_like(sign=-1)),
        Mistake("right answers are among them", like=_like(right=True)),
        Mistake(
            "logits of two pictures cannot be compared: take the probability of the answer",
            like=_like(score="logit"),
        ),
        Mistake(
            "you sort by how unlikely the truth was; wanted: how sure the wrong answer was",
            like=_like(score="truth"),
        ),
        Mistake("k is the most, not all of them", like=lambda x, y, k: _errors(x, y, None)),
    ],
)
def worst_mistakes(logits, labels, k):
    """Return the places (int64) of the at most k wrong answers, the surest first."""
    sure, predicted = logits.softmax(dim=1).max(dim=1)
    wrong = (predicted != labels).nonzero().flatten()
    return wrong[sure[wrong].argsort(descending=True)][:k]


def _took_too_long(case, got, expected):
    return isinstance(got, Raised) and got.kind is TimeUp


def _percent(got):
    return float(got.text.split("%")[0])


def _says(*words):
    return lambda case, got, expected: all(word in got.text for word in words)


@exercise(
    oracle=known_winner,
    observe=beats_the_ledger,
    seconds=240,
    praise=lambda win: f"{win}, on pictures it has never seen: more than luck",
    hints=[
        "Begin with what the ledger did: RECIPES['improved'], its network, config and batch size.",
        "Three passes over 4,000 pictures are few steps. Which settings give more of them?",
        "Smaller batches (32) want a smaller learning rate (0.02). More epochs fit easily, too.",
    ],
    mistakes=[
        Mistake(
            "four minutes are all there is: fewer epochs, or a smaller network",
            when=_took_too_long,
        ),
        Mistake(
            "end it with: return model. A score is not enough, the check asks the network itself",
            when=_says("it returns", "return the trained network"),
        ),
        Mistake(
            "that is guessing: was it trained at all, or is the learning rate too large?",
            when=lambda case, got, expected: "can be luck" in got.text and _percent(got) < 20,
        ),
        Mistake(
            "what limits it? Compare with pictures that you hold back: more steps, or augmentation",
            when=_says("can be luck"),
        ),
    ],
)
def beat_the_ledger(train_set, device):
    """Train a new network on train_set, 4,000 pictures; return it."""
    recipe = RECIPES["improved"].with_settings(epochs=3, learning_rate=0.02)
    loader = FastLoader(train_set, batch_size=32, shuffle=True, flip=True, device=device)
    model = recipe.network()
    fit(model, loader, None, recipe.config, device=device, progress=False)
    return model


EXERCISES = collect(vars())
