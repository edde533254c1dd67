"""Exercises of notebook 18: features that are computed once."""

import numpy as np
import torch

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise
from ._probes18 import frozen_network
from ._run import Raised


def _observe_features(attempt, count, batch_size, seed):
    """Return the features, and how the body was used."""
    body = frozen_network(seed).body.requires_grad_(True).train()
    images = torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))
    sizes, modes, recorded = [], [], []

    def watch(module, inputs, output):
        sizes.append(len(inputs[0]))
        modes.append(module.training)
        recorded.append(output.requires_grad)

    body[1].register_forward_hook(watch)
    features = attempt(body, images, batch_size)
    if isinstance(features, np.ndarray):
        raise Finding("it returns a NumPy array: keep the features as a tensor")
    if not isinstance(features, torch.Tensor):
        raise Finding(f"it returns {kind_of(features)}, not one tensor")
    return {
        "pictures that went through the body": sum(sizes),
        "the body was in train mode": any(modes),
        "largest batch is at most batch_size": max(sizes, default=0) <= batch_size,
        "a graph was recorded": features.requires_grad or any(recorded),
        "features": features.detach(),
    }


@torch.no_grad()
def _features(body, images, batch_size):
    return torch.cat([body(part) for part in images.split(batch_size)])


def _at_once(body, images, batch_size):
    return _features(body.eval(), images, len(images))


def _chunked(body, images, batch_size):
    body.eval()
    return torch.cat([body(part) for part in images.chunk(batch_size)]).detach()


def _in_another_order(got, expected):
    """Tell whether the rows are the right ones, but not in the order of the pictures."""
    one, other = got["features"], expected["features"]
    if one.shape != other.shape or torch.allclose(one, other, atol=1e-5):
        return False
    return torch.allclose(one.sort(dim=0).values, other.sort(dim=0).values, atol=1e-5)


def _few(case, got):
    """Tell whether fewer pictures than there are went through the body."""
    return got["pictures that went through the body"] < case["count"]


def _last_batch(body, images, batch_size):
    return _features(body.eval(), images, batch_size)[-(len(images) % batch_size or batch_size) :]


@exercise(
    observe=_observe_features,
    cases=lambda rng: {
        "count": rng.randint(2, 14),
        "batch_size": rng.choice([2, 3, 5]),
        "seed": rng.randrange(1000),
    },
    count=12,
    praise="all pictures once, in order, in eval mode, without a graph",
    hints=[
        "Start with body.eval(), and put the work below torch.no_grad().",
        "images.split(batch_size) gives the batches, the last one shorter.",
        "torch.cat([...]) joins the features of all batches.",
    ],
    mistakes=[
        Mistake(
            "in train mode batch norm mixes the pictures of a batch: body.eval() first",
            when=lambda case, got, expected: (
                isinstance(got, dict) and got["the body was in train mode"]
            ),
        ),
        Mistake(
            "a graph was recorded for nothing: use torch.no_grad()",
            when=lambda case, got, expected: isinstance(got, dict) and got["a graph was recorded"],
        ),
        Mistake(
            "the pictures are too many to go through the body at once: batch_size at a time",
            like=_at_once,
        ),
        Mistake(
            "chunk(n) makes n parts; split(batch_size) makes parts of batch_size pictures",
            like=torch.no_grad()(_chunked),
        ),
        Mistake(
            "keep the order of the pictures: without shuffle, else the labels do not fit",
            when=lambda case, got, expected: (
                isinstance(got, dict) and _in_another_order(got, expected)
            ),
        ),
        Mistake(
            "pictures are missing: is the last, shorter batch in it?",
            when=lambda case, got, expected: (
                isinstance(got, dict) and len(got["features"]) < case["count"] and _few(case, got)
            ),
        ),
        Mistake(
            "these are the features of the last batch only: join all of them", like=_last_batch
        ),
        Mistake(
            "it returns a list: torch.cat makes one tensor of it",
            when=lambda case, got, expected: isinstance(got, Raised) and "a list" in got.text,
        ),
        Mistake(
            "torch.stack wants batches of one size and adds a dimension: torch.cat joins them",
            when=lambda case, got, expected: (
                (isinstance(got, Raised) and "equal size" in got.text)
                or (isinstance(got, dict) and got["features"].ndim == 3)
            ),
        ),
    ],
)
def keep_features(body, images, batch_size):
    """Return body's output for all images, one tensor, computed once and kept: in eval mode,
    without a graph, at most batch_size images at a time."""
    body.eval()
    with torch.no_grad():
        return torch.cat([body(part) for part in images.split(batch_size)])


EXERCISES = collect(vars())
