"""Keep what is typed into a widget from being taken for a shortcut of JupyterLab or Notebook.

In a notebook the arrow keys go to the next cell and ``x`` deletes it, also while a list or a
dropdown of a widget has the focus; only text fields and sliders are spared. The attribute that
turns shortcuts off must stand on that very element, and before the application looks.
"""

from __future__ import annotations

import anywidget
import ipywidgets

GUARDED = "course-keys"
SCRIPT = f"""
function render({{ el }}) {{
  let box = null;
  let frames = 600;
  const guard = ({{ target, ctrlKey, metaKey, altKey }}) => {{
    const off = !(ctrlKey || metaKey || altKey);
    if (box.contains(target)) target.toggleAttribute("data-lm-suppress-shortcuts", off);
  }};
  const attach = () => {{
    box = el.closest(".{GUARDED}");
    if (box) window.addEventListener("keydown", guard, true);
    else if (frames--) requestAnimationFrame(attach);  // not on the page yet
  }};
  attach();
  return () => {{
    frames = 0;
    window.removeEventListener("keydown", guard, true);
  }};
}}
export default {{ render }};
"""


class _KeyGuard(anywidget.AnyWidget):
    """An invisible part of a box; it listens to the keys that are pressed in that box."""

    _esm = SCRIPT


def guard_keys(box: ipywidgets.Box) -> None:
    """Let ``box`` keep the keys pressed in it; those with Ctrl, Alt or Cmd still pass."""
    box.add_class(GUARDED)
    box.children = (*box.children, _KeyGuard(layout={"display": "none"}))
