"""How the course's figures look, and how they reach the page: as PNG, with a text beside it."""

from __future__ import annotations

import base64
import html
import io
from contextlib import AbstractContextManager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

# Okabe and Ito's colours, told apart with every kind of colour vision; the yellow is left out, as
# it is too pale for a line on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
SIGNED = LinearSegmentedColormap.from_list("signed", [COLORS[1], "white", COLORS[0]])
INK, FAINT = "#333333", "#D5D9DE"
STYLE = {
    "figure.dpi": 100,
    "figure.facecolor": "white",  # a white card, as readable on a dark page as on a light one
    "axes.edgecolor": "#8A9099",
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=COLORS),
    "font.size": 10,
    "image.cmap": "cividis",
    "image.interpolation": "nearest",
    "text.color": INK,
}


def style() -> AbstractContextManager:
    """Return the course's look as a ``with`` block; matplotlib's own settings stay as they are."""
    return mpl.rc_context(STYLE)


def new_axes(width: float = 6.0, height: float = 3.5) -> Axes:
    """Return the Axes of a new figure in the course's look, ``width`` × ``height`` inches."""
    from matplotlib import pyplot as plt

    with style():
        figure, ax = plt.subplots(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)  # inches around everything
    return ax


class Described:
    """A picture together with its text, as ``describe`` returns it: the last line of a cell."""

    def __init__(self, png: bytes, text: str, width: int) -> None:
        self.png, self.text, self.width = png, text, width

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return image_tag(self.png, self.text, f'width="{self.width}"')


def describe(picture: Axes | Figure, text: str | None = None) -> Described:
    """Return a figure for display with ``text`` as its alternative text.

    JupyterLab gives a PNG output no alternative text, so this one goes out as HTML. Without
    ``text`` it is made of the titles, the axis labels and the names in the legends.
    """
    figure = picture if isinstance(picture, Figure) else picture.figure
    figure.set_label(text or alt_text(figure))
    shown = Described(to_png(figure), alt_text(figure), round(figure.bbox.width))
    if hasattr(figure, "number"):  # known to pyplot, which would show it a second time
        from matplotlib import pyplot as plt

        plt.close(figure)
    return shown


def alt_text(figure: Figure) -> str:
    """Return the text given with ``describe`` or ``set_label``, else one made of the labels."""
    return figure.get_label() or "; ".join(filter(None, map(_axes_text, figure.axes))) or "Figure"


def image_tag(png: bytes, text: str, attributes: str = "") -> str:
    """Return an HTML ``<img>`` that holds the picture and its alternative text."""
    data = base64.b64encode(png).decode("ascii")
    alt = html.escape(text, quote=True)
    return f'<img alt="{alt}" {attributes} src="data:image/png;base64,{data}">'


def to_png(figure: Figure, *, scale: float = 1.0, compact: bool = True) -> bytes:
    """Return a figure as PNG: the same bytes for the same figure, ``scale`` × its pixels.

    ``compact`` chooses a palette of 256 colours: a quarter of the bytes, so that a notebook can
    hold many, for a third more time.
    """
    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=figure.dpi * scale, pil_kwargs={"compress_level": 1})
    if not compact:
        return drawn.getvalue()
    with Image.open(drawn) as picture:
        few_colors = picture.convert("RGB").quantize(
            256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    few_colors.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _axes_text(ax: Axes) -> str:
    parts = [ax.get_title()]
    parts += [
        f"{axis}: {name}" for axis, name in (("x", ax.get_xlabel()), ("y", ax.get_ylabel())) if name
    ]
    if legend := ax.get_legend():
        parts.append("lines: " + ", ".join(entry.get_text() for entry in legend.get_texts()))
    return ", ".join(filter(None, parts))
