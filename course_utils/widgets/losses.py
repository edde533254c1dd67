"""The loss explorer: what a loss makes of three logits, and the message it sends back to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from .._figures import COLORS, FAINT, INK, STYLE, style
from ._base import Explorer
from ._quick_text import QuickText

CLASSES = ("cat", "dog", "ship")
EDGE = 6.0  # logits go from −EDGE to EDGE
SMOOTHING = 0.1
BOTTOM, ROW, BAR = 0.13, 0.2, 0.1  # of the lowest row, from row to row, height of a bar
LEFTS, WIDTH = {"logits": 0.075, "answer": 0.395, "gradient": 0.715}, 0.265
BAND = "#FFF3D6"  # behind the right class
RISE, FALL = COLORS[0], COLORS[1]
TOO_SMALL = 0.02  # a gradient that hardly says anything


@dataclass(frozen=True)
class State:
    """All that a loss makes of three logits; arrays hold one float64 for each class."""

    loss: float
    answer: np.ndarray  # the probabilities that the network gives
    seen: np.ndarray  # what the loss compares with the wanted ones
    wanted: np.ndarray
    gradient: np.ndarray  # of the loss, for each logit


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the probabilities of scores (classes,)."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _cross_entropy(logits: np.ndarray, wanted: np.ndarray) -> State:
    p = softmax(logits)
    logs = logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())
    return State(float(-(wanted * logs).sum()), p, p, wanted, p - wanted)


def _smoothed(logits: np.ndarray, wanted: np.ndarray) -> State:
    return _cross_entropy(logits, (1 - SMOOTHING) * wanted + SMOOTHING / len(wanted))


def _softmax_twice(logits: np.ndarray, wanted: np.ndarray) -> State:
    p = softmax(logits)
    outer = _cross_entropy(p, wanted)
    back = p * (outer.gradient - (p * outer.gradient).sum())  # through the first softmax
    return State(outer.loss, p, outer.answer, wanted, back)


def _each_yes_or_no(logits: np.ndarray, wanted: np.ndarray) -> State:
    p = 1 / (1 + np.exp(-logits))
    losses = np.maximum(logits, 0) - logits * wanted + np.log1p(np.exp(-np.abs(logits)))
    return State(float(losses.mean()), p, p, wanted, (p - wanted) / len(wanted))


LOSSES: dict[str, Callable[[np.ndarray, np.ndarray], State]] = {
    "cross-entropy": _cross_entropy,
    "with label smoothing 0.1": _smoothed,
    "softmax, then cross-entropy": _softmax_twice,
    "yes or no for each class (BCE)": _each_yes_or_no,
}
CODE = {
    "cross-entropy": "nn.CrossEntropyLoss()(logits, label)",
    "with label smoothing 0.1": "nn.CrossEntropyLoss(label_smoothing=0.1)(logits, label)",
    "softmax, then cross-entropy": "nn.CrossEntropyLoss()(logits.softmax(dim=1), label)  # wrong",
    "yes or no for each class (BCE)": "nn.BCEWithLogitsLoss()(logits, one_hot)",
}


def loss_explorer() -> Explorer:
    """Return the loss explorer: a loss, the right class and the logits of three classes."""
    starts = zip(CLASSES, (2.0, 1.0, -1.0), strict=True)
    slider = ipywidgets.FloatSlider
    controls = {
        "loss": ipywidgets.Dropdown(options=list(LOSSES), description="loss"),
        "right": ipywidgets.Dropdown(options=CLASSES, value="dog", description="right class"),
        **{
            name: slider(start, min=-EDGE, max=EDGE, step=0.1, description=f"logit of {name}")
            for name, start in starts
        },
    }
    return Explorer("Loss explorer", draw_loss, controls, note=explain_loss)


def loss_state(loss: str, right: str, **logits: float) -> State:
    """Return loss, probabilities and gradient for logits given as ``cat=…, dog=…, ship=…``."""
    scores = np.array([logits[name] for name in CLASSES], dtype=np.float64)
    return LOSSES[loss](scores, np.array([name == right for name in CLASSES], dtype=np.float64))


def explain_loss(loss: str, right: str, **logits: float) -> str:
    """Return the loss as arithmetic, and what the gradient asks of the logits and why."""
    state = loss_state(loss, right, **logits)
    place = CLASSES.index(right)
    seen, size = state.seen[place], np.abs(state.gradient).max()
    if loss == "yes or no for each class (BCE)":
        first = f"Loss {state.loss:.4f}: the mean of three questions with yes or no."
        rest = f"The probabilities add up to {state.answer.sum():.2f}: no class knows the others. "
        rest += "Each gradient is a third of bar − mark."
    elif loss == "with label smoothing 0.1":
        first = f"Loss {state.loss:.4f}; the marks are at {state.wanted.max():.3f} and "
        first += f"{state.wanted.min():.3f}."
        past = state.answer[place] > state.wanted[place]
        rest = (
            f"More than the mark: the logit of {right} should fall!"
            if past
            else ("Right and sure to 93 % would be enough; more costs again.")
        )
    else:
        first = f"Loss {state.loss:.4f} = −ln {seen:.3g}, the bar of {right}."
        rest = _about_one_hot(loss, state, place, size)
    return f"{first} {rest}"


def _about_one_hot(loss: str, state: State, place: int, size: float) -> str:
    p = state.answer[place]
    if loss == "softmax, then cross-entropy":
        if size < TOO_SMALL and p < 0.5:
            return f"Wrong, and yet hardly a message: no gradient is larger than about {size:.1g}."
        return "The second softmax sees only numbers from 0 to 1, and never gets below 0.5514."
    if size < TOO_SMALL:
        return "Nearly certain and right: hardly anything to say."
    if p < 0.1:
        return f"Certain and wrong: the loudest message there is, close to −1 for {CLASSES[place]}."
    return "Each gradient is a bar minus its mark, so together they are 0."


def draw_loss(loss: str, right: str, **logits: float) -> Figure:
    """Draw three columns of bars: logits, probabilities with the wanted ones, gradients."""
    state, words = loss_state(loss, right, **logits), QuickText(8.5)
    scores = np.array([logits[name] for name in CLASSES])
    with style():
        figure = Figure(figsize=(7.6, 2.7), dpi=STYLE["figure.dpi"])
        place = CLASSES.index(right)
        band = (0.008, _middle(place) - ROW / 2), 0.984, ROW
        figure.add_artist(Rectangle(*band, color=BAND, linewidth=0))
        for row, name in enumerate(CLASSES):
            words.add(0.015, _middle(row), name, bold=row == place)
        _draw_column(figure, words, "logits", scores, EDGE, [COLORS[5]] * len(CLASSES))
        _draw_answer(figure, words, state)
        edge = max(1.0, float(np.abs(state.gradient).max()))
        colors = [FALL if value > 0 else RISE for value in state.gradient]
        _draw_column(figure, words, "gradient", state.gradient, edge, colors)
        _name_columns(figure, words, loss, state)
    words.set_zorder(9)  # above bars and band
    figure.add_artist(words)
    figure.set_label(_description(loss, right, scores, state))
    return figure


def _middle(row: int) -> float:
    """The height of a class's bars in the figure; the first class is uppermost."""
    return BOTTOM + ROW * (len(CLASSES) - 1 - row) + BAR / 2


def _bar(figure: Figure, row: int, start: float, end: float, height: float = BAR, **look) -> None:
    corner = min(start, end), _middle(row) - height / 2
    figure.add_artist(Rectangle(corner, abs(end - start), height, **look))


def _draw_column(
    figure: Figure,
    words: QuickText,
    name: str,
    values: np.ndarray,
    edge: float,
    colors: list[str],
) -> None:
    """Draw bars to both sides of a zero line, with their values beside them."""
    zero, half = LEFTS[name] + WIDTH / 2, WIDTH / 2 - 0.055
    _line(figure, zero)
    for row, (value, color) in enumerate(zip(values, colors, strict=True)):
        _bar(figure, row, zero, zero + half * value / edge, color=color, linewidth=0)
        outside = zero + half * value / edge + (0.006 if value >= 0 else -0.006)
        digits = f"{value:+.1f}" if name == "logits" else _signed(value)
        words.add(outside, _middle(row), digits.replace("-", "−"), _side(value))


def _side(value: float) -> str:
    return "left" if value >= 0 else "right"


def _signed(value: float) -> str:
    """Three digits behind the point, a fourth or the power of ten for what would look like 0."""
    if abs(value) >= 0.0005 or value == 0:
        return f"{value:+.3f}"
    return f"{value:+.4f}" if abs(value) >= 0.00005 else f"{value:+.0e}"


def _draw_answer(figure: Figure, words: QuickText, state: State) -> None:
    """Draw what the loss sees, its mark, and (if it differs) the network's own probability."""
    left, full = LEFTS["answer"], WIDTH - 0.06
    for end in (left, left + full):
        _line(figure, end)
    for row, (seen, answer, wanted) in enumerate(
        zip(state.seen, state.answer, state.wanted, strict=True)
    ):
        _bar(figure, row, left, left + full * seen, color=COLORS[4], linewidth=0)
        if state.seen is not state.answer:
            look = {"fill": False, "edgecolor": INK, "linewidth": 1, "linestyle": ":"}
            _bar(figure, row, left, left + full * answer, **look)
        mark, half = left + full * wanted, BAR / 2 + 0.025
        ends = [_middle(row) - half, _middle(row) + half]
        figure.add_artist(Line2D([mark, mark], ends, color=INK, linewidth=3))
        words.add(left + full + 0.01, _middle(row), f"{seen:.3f}")


def _line(figure: Figure, x: float) -> None:
    top = BOTTOM + ROW * (len(CLASSES) - 0.2)
    figure.add_artist(Line2D([x, x], [BOTTOM - 0.05, top], color=FAINT, linewidth=1))


def _name_columns(figure: Figure, words: QuickText, loss: str, state: State) -> None:
    words.add(LEFTS["logits"] + WIDTH / 2, 0.79, "logits", "middle", bold=True)
    title = "sigmoid of each" if loss.endswith("(BCE)") else "softmax"
    title = "softmax of the softmax" if state.seen is not state.answer else title
    middle = LEFTS["answer"] + (WIDTH - 0.06) / 2
    words.add(middle, 0.79, title, "middle", bold=True)
    words.add(LEFTS["gradient"] + WIDTH / 2, 0.79, "gradient for each logit", "middle", bold=True)
    words.add(0.015, 0.93, f"loss {state.loss:.4f}", bold=True)
    words.add(0.985, 0.93, CODE[loss], "right")
    under = "the mark: what is wanted"
    if state.seen is not state.answer:
        under = "mark: wanted; dotted: first softmax"
    words.add(middle, 0.035, under, "middle")
    zero = LEFTS["gradient"] + WIDTH / 2
    words.add(zero - 0.012, 0.035, "should rise", "right")
    words.add(zero + 0.012, 0.035, "should fall", "left")


def _description(loss: str, right: str, scores: np.ndarray, state: State) -> str:
    rows = zip(CLASSES, scores, state.answer, state.gradient, strict=True)
    parts = [
        f"{name}: logit {z:.1f}, probability {p:.3f}, gradient {g:+.3f}" for name, z, p, g in rows
    ]
    return f"{loss}, right class {right}: loss {state.loss:.4f}. {'; '.join(parts)}"
