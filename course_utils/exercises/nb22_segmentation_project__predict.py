"""Exercises of notebook 22, second part: from a picture to a mask."""

import numpy as np
import torch
from torch import nn

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise
from ._probes import Report
from ._run import Raised

MASK = "the mask"
MODE, GRAPH, STATISTICS = "in train mode", "gradients are recorded", "BatchNorm's statistics change"


def _network(seed):
    """Return a model (B, 3, H, W) → (B, 1, H, W) in train mode; it reacts to mode and colours."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 1, 1)
    )
    with torch.no_grad():
        model[0].weight[:, 0] *= 3  # red counts most
        nn.init.uniform_(model[1].running_mean, -0.5, 0.5)
        nn.init.uniform_(model[1].running_var, 0.1, 0.3)
        model[3].weight *= 3
        model[3].bias.fill_(0.2)
    return model.train()


def observe_prediction(find: object, seed: int, height: int, width: int) -> Report:
    """Return the mask of a picture, and how the model was used."""
    model, modes, recorded = _network(seed), [], []
    before = model[1].running_mean.clone()
    model[1].register_forward_hook(lambda module, *_: modes.append(module.training))
    model[0].register_forward_hook(lambda *_: recorded.append(torch.is_grad_enabled()))
    generator = np.random.default_rng(seed)
    picture = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
    given = picture.copy()
    mask = find(model, given)
    if not isinstance(mask, np.ndarray):
        sort = "nothing (is return missing?)" if mask is None else kind_of(mask)
        raise Finding(f"a NumPy array is asked for, as cv2.imwrite takes it; yours is {sort}")
    if not np.array_equal(given, picture):
        raise Finding("it changes the caller's picture: make a new array instead")
    report: Report = {MODE: any(modes), GRAPH: any(recorded)}
    report[STATISTICS] = not torch.equal(before, model[1].running_mean)
    return {**report, MASK: mask}


def repair_find_bee_starter(model, picture):
    """Return the mask of a picture that cv2.imread has read: uint8 (H, W), 255 on the bee, else 0.

    ``model`` wants RGB in 0 … 1, (B, 3, H, W), and returns logits (B, 1, H, W).
    """
    image = torch.from_numpy(picture).permute(2, 0, 1) / 255
    logits = model(image[None])[0, 0]
    bee = logits > 0.5
    return bee.numpy().astype(np.uint8) * 255


def _logits(model, picture, *, bgr=True, scale=255, flip=()):
    """Return the logits of a picture, read in the right way or with one part wrong."""
    picture = np.flip(picture, (*flip, 2) if bgr else flip).copy()
    with torch.inference_mode():
        return model.eval()(torch.from_numpy(picture).permute(2, 0, 1)[None] / scale)[0, 0]


def _same_mask(*, above=0.0, **settings):
    """Return a ``when``: the mask is what the right way with these settings would give."""

    def when(case, got, expected):
        def like(model, picture):
            return (_logits(model, picture, **settings) > above).numpy().astype(np.uint8) * 255

        mask = observe_prediction(like, **case)[MASK]
        return got[MASK].dtype == np.uint8 and np.array_equal(got[MASK], mask)

    return when


def _another_border(case, got, expected):
    """Whether the mask is what lies above some other threshold."""
    logits = []

    def keep(model, picture):
        logits.append(_logits(model, picture).numpy())
        return logits[0]

    observe_prediction(keep, **case)
    inside = got[MASK] > 0
    return logits[0][inside].min() > logits[0][~inside].max()


def _rows_moved(case, got, expected):
    ways = [_same_mask(flip=f, bgr=bgr) for f in ((0,), (1,), (0, 1)) for bgr in (True, False)]
    return any(way(case, got, expected) for way in ways)


def _range(case, got, expected):
    return got[MASK].dtype == np.uint8 and np.array_equal(got[MASK] > 0, expected[MASK] > 0)


@exercise(
    starter=repair_find_bee_starter,
    observe=observe_prediction,
    cases=[
        {"seed": seed, "height": height, "width": width}
        for seed, height, width in ((16, 4, 6), (37, 5, 5), (36, 6, 4), (141, 5, 7))
    ],
    praise="right colours, right mode, right threshold, for four sizes",
    hints=[
        "There are four bugs, and none of them raises an error. What order do OpenCV's channels "
        "have?",
        "BatchNorm behaves differently in training. And who needs the graph here?",
        "A probability of 0.5 is which logit?",
    ],
    mistakes=[
        Mistake(
            "PyTorch takes no array with a negative step: picture[..., ::-1].copy(), or "
            "cv2.cvtColor",
            when=lambda case, got, expected: isinstance(got, Raised) and "negative" in got.text,
        ),
        Mistake(
            "the result is still tied to the graph: predict inside torch.inference_mode()",
            when=lambda case, got, expected: (
                isinstance(got, Raised) and "requires grad" in got.text
            ),
        ),
        Mistake(
            "the model is still in train mode, and BatchNorm uses this one picture's statistics: "
            "model.eval() first",
            when=lambda case, got, expected: got[MODE] or got[STATISTICS],
        ),
        Mistake(
            "gradients are recorded for nothing: predict inside torch.inference_mode()",
            when=lambda case, got, expected: got[GRAPH],
        ),
        Mistake(
            "cv2.imread gives BGR and the model learned RGB: turn the channels round. And a "
            "probability of 0.5 is the logit 0",
            when=_same_mask(bgr=False, above=0.5),
        ),
        Mistake(
            "cv2.imread gives BGR and the model learned RGB: turn the channels round",
            when=_same_mask(bgr=False),
        ),
        Mistake(
            "0.5 is the threshold for probabilities; in logits the same border is 0",
            when=_same_mask(above=0.5),
        ),
        Mistake(
            "every probability is above 0: compare the logits with 0, or probabilities with 0.5",
            when=lambda case, got, expected: bool((got[MASK] == 255).all()),
        ),
        Mistake(
            "the model learned values in 0 … 1: divide by 255",
            when=_same_mask(scale=1),
        ),
        Mistake(
            "the largest byte must become exactly 1: divide by 255",
            when=_same_mask(scale=256),
        ),
        Mistake(
            "the bee is 255 in the file, and the rest 0",
            when=_range,
        ),
        Mistake(
            "uint8 is asked for: .astype(np.uint8)",
            when=lambda case, got, expected: (
                got[MASK].dtype != np.uint8 and got[MASK].shape == expected[MASK].shape
            ),
        ),
        Mistake(
            "the mask is (H, W): take away the dimensions of batch and channel with [0, 0]",
            when=lambda case, got, expected: got[MASK].ndim > 2,
        ),
        Mistake(
            "only the channels change places; rows and columns stay: [..., ::-1]",
            when=_rows_moved,
        ),
        Mistake(
            "the border lies elsewhere: a probability of 0.5 is the logit 0",
            when=_another_border,
        ),
    ],
)
def repair_find_bee(model, picture):
    """Return the mask of a picture that cv2.imread has read: uint8 (H, W), 255 on the bee, else 0.

    ``model`` wants RGB in 0 … 1, (B, 3, H, W), and returns logits (B, 1, H, W).
    """
    image = torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1) / 255
    model.eval()
    with torch.inference_mode():
        logits = model(image[None])[0, 0]
    bee = logits > 0
    return bee.numpy().astype(np.uint8) * 255


EXERCISES = collect(vars())
