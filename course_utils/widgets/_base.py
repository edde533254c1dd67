"""One small class for every slider widget: controls, a pure drawing function, a picture.

``draw(**params) -> Figure`` knows nothing of widgets, so it can be tested alone. The picture keeps
its height whatever happens, and what ``draw`` raises is shown below it instead of being lost in
JupyterLab's log.
"""

from __future__ import annotations

import base64
import contextlib
import html
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
from matplotlib.figure import Figure

from .._figures import alt_text, image_tag, to_png
from ._keys import guard_keys

SHARPNESS = 1.5  # pixels of the picture for one of the page, so that text is crisp on most screens


class Explorer(ipywidgets.VBox):
    """Controls above a picture that follows them.

    Args:
        name: what it is called, as in "Shape tracer".
        draw: called with one keyword argument for each control, returns a Figure of one size.
        controls: name of the argument → ipywidgets control with a ``description``.
        note: called like ``draw``, returns a line of text to stand below the picture.
        code: called like ``draw``, returns Python code to copy.
    """

    def __init__(
        self,
        name: str,
        draw: Callable[..., Figure],
        controls: Mapping[str, ipywidgets.ValueWidget],
        *,
        note: Callable[..., str] | None = None,
        code: Callable[..., str] | None = None,
    ) -> None:
        self.name, self._draw, self._note, self._code = name, draw, note, code
        self._controls = dict(controls)
        self._picture, self._message, self._listing = (ipywidgets.HTML() for _ in range(3))
        self._png, self._alt, self._shown, self._quiet = b"", "", "", False
        self._size = (1, 1)
        self._initial = self.params
        self._render()
        for control in self._controls.values():
            control.continuous_update = False
            control.observe(self._on_change, names="value")
        parts = [_panel(self._controls), self._picture, self._message]
        super().__init__(parts + [self._listing] * bool(code))
        self.add_class("course-explorer")
        guard_keys(self)

    @property
    def params(self) -> dict[str, Any]:
        """The present value of every control: the arguments of ``draw``."""
        return {name: control.value for name, control in self._controls.items()}

    @property
    def code(self) -> str:
        """Python code for the present setting (empty where the widget has none)."""
        return self._code(**self.params) if self._code else ""

    @property
    def message(self) -> str:
        """The line below the picture: the widget's note, or the error that ``draw`` raised."""
        return self._shown

    def set(self, **params: Any) -> None:
        """Move controls and draw once.

        Raises:
            ValueError: for a name that is no control, or a value that its control does not offer;
                then nothing has moved.
        """
        if unknown := sorted(set(params) - set(self._controls)):
            raise ValueError(f"no control {', '.join(unknown)}; use {', '.join(self._controls)}")
        before, self._quiet = self.params, True
        try:
            for name, value in params.items():
                _move(name, self._controls[name], value)
        except ValueError:
            for name, value in before.items():
                self._controls[name].value = value
            raise
        finally:
            self._quiet = False
        self._render()

    def _on_change(self, _change: object) -> None:
        if not self._quiet:
            self._render()

    def _render(self) -> None:
        params, failed = self.params, False
        try:
            figure = self._draw(**params)
            self._png = to_png(figure, scale=SHARPNESS, compact=False)
            self._alt = alt_text(figure)
            self._size = (round(figure.bbox.width), round(figure.bbox.height))
            self._shown = self._note(**params) if self._note else ""
            self._listing.value = _listing(self.code)
        except Exception as error:
            failed, self._shown = True, f"{type(error).__name__}: {error}"
        self._picture.value = self._tag(faded=failed)
        wrong = failed or self._shown.startswith("✗")
        self._message.value = _message(self._shown, lines=2 if self._note else 1, error=wrong)

    def _tag(self, *, faded: bool) -> str:
        """The picture, in a space that only the width of the page can change; faded if outdated."""
        width, height = self._size
        look = (
            f"display: block; width: min(100%, {width}px); aspect-ratio: {width} / {height}; "
            f"height: auto; border-radius: 6px; opacity: {0.3 if faded else 1}"
        )
        return image_tag(self._png, self._alt, f'decoding="sync" style="{look}"')

    def __repr__(self) -> str:
        return f"<{self.name}: run this cell to start>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The live widget; without a kernel its first picture, elsewhere a line of text."""
        bundle = {**(super()._repr_mimebundle_(**kwargs) or {}), "text/plain": repr(self)}
        with contextlib.suppress(Exception):  # the live widget says what is wrong
            picture = to_png(self._draw(**self._initial))
            bundle["image/png"] = base64.b64encode(picture).decode("ascii")
        return bundle


def _panel(controls: Mapping[str, ipywidgets.ValueWidget]) -> ipywidgets.GridBox:
    """The controls in as many columns as the page has room for, their labels aligned."""
    width = max(len(control.description) for control in controls.values()) * 0.5 + 0.8
    for control in controls.values():
        control.style.description_width = f"{width:.1f}em"
        control.layout.width = "auto"
    columns = "repeat(auto-fill, minmax(min(100%, 23em), 1fr))"
    layout = ipywidgets.Layout(grid_template_columns=columns, max_width="70em", grid_gap="0 1em")
    return ipywidgets.GridBox(list(controls.values()), layout=layout)


def _move(name: str, control: ipywidgets.ValueWidget, value: object) -> None:
    """Set a control; sliders would clip a value that is out of range without a word."""
    offer = f"{control.min} … {control.max}" if hasattr(control, "max") else "one of its options"
    try:
        control.value = value
    except Exception as error:  # traitlets has several, depending on the control
        raise ValueError(f"{name} cannot be {value!r}; use {offer}") from error
    if control.value != value:
        raise ValueError(f"{name} cannot be {value!r}; use {offer}")


def _message(text: str, *, lines: int, error: bool) -> str:
    """Text in a space of so many lines, whether it fills them or not."""
    color = "var(--jp-error-color1, #c62828)" if error else "var(--jp-content-font-color1, inherit)"
    look = f"color: {color}; height: {1.5 * lines}em; line-height: 1.5; overflow: auto"
    return f'<div role="status" style="{look}; white-space: normal">{html.escape(text)}</div>'


def _listing(code: str) -> str:
    look = (
        "height: 19em; overflow: auto; margin: 0; padding: 0.5em; line-height: 1.35; "
        "border-radius: 6px; background: var(--jp-layout-color2, #eeeeee)"
    )
    return f'<pre tabindex="0" aria-label="code to copy" style="{look}">{html.escape(code)}</pre>'
