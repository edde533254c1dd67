"""Which outputs of a notebook are saved, so that two runs of it give the same file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .paths import REPO_ROOT

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"}
KEPT_CELL_METADATA = ("tags", "jupyter")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# Durations and rates, written so that the verification leaves them out (tests/sanitize.cfg).
UNSTEADY = re.compile(
    r"\btook +[\d.,]+ ?(?:ns|[uµμ]s|ms|s|min)\b|\b[\d.,]+(?= (?:images|steps|epochs|batches)/s\b)"
)


def clean(notebook: Any) -> None:
    """Take out of ``notebook`` everything that differs between two runs or two people."""
    notebook.metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}
    count = 0
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA}
        if cell.cell_type != "code":
            continue
        count += bool(cell.source.strip())
        cell.execution_count = count if cell.source.strip() else None
        saved = [] if "course-not-saved" in cell.metadata.get("tags", []) else cell.outputs
        cell.outputs = [_clean_output(output, count) for output in _merge_streams(saved)]


def _merge_streams(outputs: Sequence[Any]) -> list[Any]:
    """Join what one cell printed: how it was cut into messages is chance."""
    merged: list[Any] = []
    for output in outputs:
        stream = output.get("name") if output.output_type == "stream" else None
        if stream and merged and merged[-1].get("name") == stream:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def _clean_output(output: Any, count: int) -> Any:
    """Return ``output`` without the ids of live widgets and the folders of this machine."""
    if "execution_count" in output:
        output.execution_count = count
    for part in ("data", "metadata"):
        output.get(part, {}).pop(WIDGET_VIEW, None)
    if "traceback" in output:
        folders = rf"[^\s\x1b]*[\\/]site-packages[\\/]|{re.escape(str(REPO_ROOT) + os.sep)}"
        output.traceback = [re.sub(folders, "", line) for line in output.traceback]
    return output


def keep_steady(notebook: Any, saved: Mapping[str, Any]) -> None:
    """Put the ``saved`` outputs back where only durations and rates have changed."""
    import nbformat

    before = {cell.get("id"): cell.get("outputs", []) for cell in saved["cells"]}
    for cell in notebook.cells:
        old = before.get(cell.id)
        if cell.cell_type == "code" and old and _steady(old) == _steady(cell.outputs):
            cell.outputs = [nbformat.from_dict(_joined(output)) for output in old]


def _steady(outputs: Sequence[Any]) -> Any:
    """Return the outputs without what differs in every run."""
    return _joined(outputs, lambda text: UNSTEADY.sub("…", text))


def _joined(value: Any, change: Callable[[str], str] = str) -> Any:
    """Return a copy in which lists of lines are one text, and every text is changed."""
    if isinstance(value, Mapping):
        return {key: _joined(part, change) for key, part in value.items()}
    if isinstance(value, list) and not all(isinstance(line, str) for line in value):
        return [_joined(part, change) for part in value]
    if isinstance(value, list):
        return change("".join(value))
    return change(value) if isinstance(value, str) else value
