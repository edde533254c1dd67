"""Where to draw the line: a threshold turns a map of probabilities into a mask."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import ipywidgets
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from .._figures import COLORS, FAINT, STYLE, style
from .._pixels import as_image, as_rgb, to_array
from ._base import Explorer
from ._quick_image import QuickImage
from ._quick_text import QuickText

STEPS = 50  # positions of the slider between 0 and 1
INKS = {"hits": COLORS[0], "misses": "#FFFFFF", "false alarms": COLORS[5]}
GROUND = 0.4  # brightness of the grey picture below the colours
LEFT, BOTTOM, RIGHT, TOP = 0.69, 0.17, 0.985, 0.85  # the box of the curves
WIDTH, HEIGHT = 8.2, 2.9  # inches


class Predictions:
    """Pictures, what a network answered for each pixel, and the truth.

    Args:
        images: (N, 3, H, W), floats in 0…1 or uint8.
        probabilities: (N, 1, H, W), floats in 0…1.
        masks: (N, 1, H, W), bool, or numbers of which those above 0.5 are inside.

    Raises:
        ValueError: if there is no picture, the sizes differ, or a probability is outside 0…1.
    """

    def __init__(self, images: Any, probabilities: Any, masks: Any) -> None:
        given, chances, inside = (to_array(part)[0] for part in (images, probabilities, masks))
        count, sides = len(given), given.shape[-2:]
        if not count or given.ndim != 4 or {chances.shape, inside.shape} != {(count, 1, *sides)}:
            raise ValueError(
                f"images {given.shape}, probabilities {chances.shape} and masks {inside.shape} "
                "must be (N, 3, H, W), (N, 1, H, W) and (N, 1, H, W) with N ≥ 1"
            )
        if not (chances.min() >= 0 and chances.max() <= 1):
            raise ValueError(
                f"probabilities {chances.min():.3g} … {chances.max():.3g} leave 0…1; "
                "use torch.sigmoid(logits)"
            )
        self.images = [as_rgb(as_image(image)) for image in images]  # (H, W, 3) each
        self.probabilities, self.masks = chances[:, 0], inside[:, 0] > 0.5  # (N, H, W)

    def __len__(self) -> int:
        return len(self.images)

    def counts(self, threshold: float) -> np.ndarray:
        """Return hits, misses and false alarms of each picture, (3, N), in pixels."""
        found = self.probabilities > threshold
        parts = (found & self.masks, ~found & self.masks, found & ~self.masks)
        return np.array([part.sum(axis=(1, 2)) for part in parts])

    @cached_property
    def curves(self) -> np.ndarray:
        """The IoU of each picture at each position of the slider, (STEPS + 1, N)."""
        return np.array([_iou(self.counts(step / STEPS)) for step in range(STEPS + 1)])


def _iou(counts: np.ndarray) -> np.ndarray:
    either = counts.sum(axis=0)
    return np.where(either == 0, 1.0, counts[0] / np.maximum(either, 1))


def _dice(counts: np.ndarray) -> np.ndarray:
    return 2 * _iou(counts) / (1 + _iou(counts))


def mask_threshold(images: Any, probabilities: Any, masks: Any) -> Explorer:
    """Return the threshold widget for a network's answers; see `Predictions` for what it needs."""
    answers = Predictions(images, probabilities, masks)
    controls = {
        "picture": ipywidgets.IntSlider(1, min=1, max=len(answers), description="picture"),
        "threshold": ipywidgets.FloatSlider(
            0.5, min=0, max=1, step=1 / STEPS, description="threshold"
        ),
    }
    return Explorer(
        "Mask threshold",
        lambda **choice: draw_mask(answers, **choice),
        controls,
        note=lambda **choice: in_words(answers, **choice),
    )


def draw_mask(answers: Predictions, *, picture: int, threshold: float) -> Figure:
    """Draw a picture, its hits and errors at a threshold, and IoU against the threshold."""
    place = picture - 1
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=STYLE["figure.dpi"])
        figure.add_artist(QuickImage(answers.images[place], (0.01, 0.03, 0.31, 0.86)))
        overlay = _overlay(answers, place, threshold)
        figure.add_artist(QuickImage(overlay, (0.33, 0.03, 0.31, 0.86)))
        figure.add_artist(_lines(figure, answers, place, threshold))
        figure.add_artist(_texts(answers, place))
    figure.set_label(
        f"Picture {picture} of {len(answers)} and its mask above {threshold:.2f}. "
        + in_words(answers, picture=picture, threshold=threshold)
    )
    return figure


def in_words(answers: Predictions, *, picture: int, threshold: float) -> str:
    """Return the scores of the picture, and the mean over all of them."""
    counts = answers.counts(threshold)
    hits, misses, alarms = counts[:, picture - 1]
    score, other = (f(counts)[picture - 1] for f in (_iou, _dice))
    mean = answers.curves.mean(axis=1)
    best = int(mean.argmax())
    return (
        f"IoU {score:.2f}, Dice {other:.2f}: {hits:,} hits, {misses:,} misses, {alarms:,} false "
        f"alarms. All {len(answers)} pictures: mean IoU {_iou(counts).mean():.3f}, at best "
        f"{mean[best]:.3f}, with threshold {best / STEPS:.2f}."
    )


def _overlay(answers: Predictions, place: int, threshold: float) -> np.ndarray:
    """Return the picture in dark grey with hits, misses and false alarms coloured, (H, W, 3)."""
    image, truth = answers.images[place], answers.masks[place]
    found = answers.probabilities[place] > threshold
    result = np.repeat(image.mean(axis=2, keepdims=True) * GROUND, 3, axis=2)
    parts = (found & truth, ~found & truth, found & ~truth)
    for part, ink in zip(parts, INKS.values(), strict=True):
        result[part] = 0.3 * result[part] + 0.7 * np.array(to_rgb(ink))
    return result


def _at(threshold: float, score: float) -> tuple[float, float]:
    """Return the place of a point of the curves in the figure."""
    return LEFT + (RIGHT - LEFT) * threshold, BOTTOM + (TOP - BOTTOM) * score


def _lines(figure: Figure, answers: Predictions, place: int, threshold: float) -> LineCollection:
    """Return both curves with their frame, and a line where the threshold stands."""
    values = np.linspace(0, 1, STEPS + 1)
    curves = answers.curves.mean(axis=1), answers.curves[:, place]
    segments = [[_at(0, y), _at(1, y)] for y in (0, 0.5, 1)]
    segments += [[_at(x, 0), _at(x, 1)] for x in (0, 0.5, 1)]
    segments += [[_at(threshold, 0), _at(threshold, 1)]]
    segments += [[_at(x, y) for x, y in zip(values, curve, strict=True)] for curve in curves]
    return LineCollection(
        segments,
        colors=[FAINT] * 6 + [COLORS[1], "#8A9099", COLORS[0]],
        linewidths=[0.8] * 6 + [1.5, 2.2, 2.2],
        transform=figure.transFigure,
    )


def _texts(answers: Predictions, place: int) -> QuickText:
    words = QuickText(9)
    words.add(0.165, 0.945, f"picture {place + 1} of {len(answers)}", "middle")
    words.add(0.485, 0.945, "blue hit · white miss · orange alarm", "middle")
    words.add(LEFT, 0.945, "IoU: blue this picture, grey the mean")
    for value in (0, 0.5, 1):
        words.add(LEFT - 0.008, _at(0, value)[1], f"{value:g}", "right")
        words.add(_at(value, 0)[0], BOTTOM - 0.06, f"{value:g}", "middle")
    words.add((LEFT + RIGHT) / 2, 0.04, "threshold", "middle")
    return words
