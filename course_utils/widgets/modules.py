"""The module browser: what is in a package, and what each name is for."""

from __future__ import annotations

import base64
import html
import textwrap
from typing import Any

import ipywidgets
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .._figures import COLORS, FAINT, STYLE, style, to_png
from ._keys import guard_keys
from ._names import KINDS, Entry, explain, find, public_names

MODULES = (
    "torch",
    "torch.cuda",
    "torch.accelerator",
    "torch.nn",
    "torch.nn.functional",
    "torch.optim",
    "torch.utils.data",
    "torchvision.datasets",
    "torchvision.models",
    "torchvision.transforms.v2",
    "torchvision.utils",
    "numpy",
    "matplotlib.pyplot",
    "course_utils.plotting",
)
MONO = "font-family: var(--jp-code-font-family, monospace); white-space: pre-wrap"
NOTHING = "No name fits: shorten the filter, or show every kind."


class ModuleBrowser(ipywidgets.VBox):
    """Choose a module, filter its public names, read the signature and first words of one."""

    name = "Module browser"

    def __init__(self) -> None:
        self._start = {"module": "torch.cuda", "text": "is_", "kind": "everything"}
        self._controls = {
            "module": ipywidgets.Dropdown(options=MODULES, description="module"),
            "text": ipywidgets.Text(description="filter", placeholder="part of a name or text"),
            "kind": ipywidgets.Dropdown(options=KINDS, description="kind"),
        }
        self._list = ipywidgets.Select(description="names", layout={"width": "auto"})
        self._list.layout.height = "15.5em"
        self._list.style.description_width = "4.6em"
        self._detail, self._note, self._quiet = ipywidgets.HTML(), ipywidgets.HTML(), False
        for control in self._controls.values():
            control.style.description_width = "4.6em"
            control.layout.width = "auto"
            control.observe(self._on_control, names="value")
        self._list.observe(self._on_choice, names="value")
        columns = "repeat(auto-fit, minmax(min(100%, 21em), 1fr))"
        layout = ipywidgets.Layout(
            grid_template_columns=columns, max_width="70em", grid_gap="0 1em"
        )
        boxes = [[*self._controls.values()], [self._list, self._detail]]
        super().__init__([*(ipywidgets.GridBox(box, layout=layout) for box in boxes), self._note])
        self.add_class("course-browser")
        guard_keys(self)
        self.set(**self._start)

    @property
    def params(self) -> dict[str, str]:
        """The present module, filter text and kind."""
        return {key: control.value for key, control in self._controls.items()}

    @property
    def names(self) -> list[str]:
        """The names that pass the filter."""
        return list(self._list.options)

    @property
    def chosen(self) -> Entry | None:
        """What is shown about the chosen name; None where no name fits."""
        return explain(self.params["module"], self._list.value) if self._list.value else None

    @property
    def message(self) -> str:
        """The line below: how many names are shown, out of how many."""
        return _count(self.params["module"], self.names)

    def set(self, name: str | None = None, **params: str) -> None:
        """Move controls, then choose ``name``.

        Raises:
            ValueError: for a control, a value or a name that is not there.
        """
        if unknown := sorted(set(params) - set(self._controls)):
            raise ValueError(f"no control {', '.join(unknown)}; use {', '.join(self._controls)}")
        for key, options in (("module", MODULES), ("kind", KINDS)):
            if params.get(key, options[0]) not in options:
                raise ValueError(f"{key} cannot be {params[key]!r}; use {', '.join(options)}")
        self._quiet = True
        for key, value in params.items():
            self._controls[key].value = value
        self._quiet = False
        self._on_control()
        if name is not None and name not in self.names:
            raise ValueError(f"{name} is not among the {len(self.names)} names shown")
        self._list.value = name or self._list.value

    def _on_control(self, _change: object = None) -> None:
        if self._quiet:
            return
        kept, found = self._list.value, find(**self.params)
        self._list.options = found
        exact = found and found[0].casefold() == self.params["text"].strip().casefold()
        self._list.value = kept if kept in found and not exact else next(iter(found), None)
        self._on_choice()

    def _on_choice(self, _change: object = None) -> None:
        look = "height: 1.5em; line-height: 1.5; overflow: hidden; white-space: normal"
        self._detail.value = _panel(self.chosen)
        self._note.value = f'<div role="status" style="{look}">{html.escape(self.message)}</div>'

    def __repr__(self) -> str:
        return f"<{self.name}: run this cell to start>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The live widget; without a kernel a picture of its start, elsewhere a line of text."""
        picture = base64.b64encode(to_png(draw_browser(**self._start))).decode("ascii")
        live = super()._repr_mimebundle_(**kwargs) or {}
        return {**live, "text/plain": repr(self), "image/png": picture}


def module_browser() -> ModuleBrowser:
    """Return the module browser, open at ``torch.cuda``."""
    return ModuleBrowser()


def _count(module: str, names: list[str]) -> str:
    """How many names are shown, out of how many."""
    return f"{len(names):,} of the {len(public_names(module)):,} public names of {module}"


def _panel(entry: Entry | None) -> str:
    """The right-hand side: one height, whatever is shown."""
    if entry is None:
        body = html.escape(NOTHING)
    else:
        summary = entry.summary or "It has no description."
        body = (
            f'<div style="opacity: 0.75">{entry.kind}</div>'
            f'<div style="{MONO}; font-weight: 600">{html.escape(entry.name)}</div>'
            f'<div style="{MONO}; margin: 0.5em 0">{html.escape(entry.signature)}</div>'
            f"<div>{html.escape(summary)}</div>"
        )
    look = (
        "height: 15.5em; overflow: auto; box-sizing: border-box; padding: 0.5em 0.8em; "
        "line-height: 1.4; white-space: normal; border-radius: 6px; "
        "color: var(--jp-content-font-color1, inherit); "
        "background: var(--jp-layout-color2, #eeeeee)"
    )
    return (
        f'<div role="region" aria-label="about the name" tabindex="0" style="{look}">{body}</div>'
    )


def draw_browser(module: str, text: str, kind: str) -> Figure:
    """Draw the browser at its start, for a reader who has no kernel."""
    names = find(module, text, kind)
    entry, count = explain(module, names[0]), _count(module, names)
    with style():
        figure = Figure(figsize=(8.2, 2.9), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 8.2), ylim=(2.9, 0))
        ax.set_axis_off()
        ax.text(0.15, 0.25, f"module {module}     filter “{text}”", fontsize=10, va="center")
        ax.add_patch(Rectangle((0.15, 0.45), 2.7, 2.0, fill=False, edgecolor=FAINT))
        ax.add_patch(Rectangle((0.15, 0.47), 2.7, 0.22, facecolor=COLORS[4], alpha=0.35))
        for row, name in enumerate(names[:9]):
            ax.text(0.25, 0.58 + 0.21 * row, name, fontsize=9, va="center", family="monospace")
        ax.text(3.1, 0.58, entry.kind, fontsize=9, va="center")
        ax.text(3.1, 0.84, entry.name, fontsize=11, va="center", weight="bold")
        ax.text(3.1, 1.15, entry.signature, fontsize=10, va="center", family="monospace")
        ax.text(3.1, 1.36, textwrap.fill(entry.summary, 62), fontsize=10, va="top")
        ax.text(0.15, 2.68, count, fontsize=10, va="center")
    figure.set_label(f"{entry.kind} {entry.name}: {entry.summary} {count}.")
    return figure
