"""What notebook 00 says about JupyterLab is true of the one that is installed."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from jupyterlab.commands import get_app_dir

from course_utils.paths import NOTEBOOKS
from course_utils.refresh import refresh

NOTEBOOK = NOTEBOOKS / "00_start_here.ipynb"
# keys as the notebook writes them → JupyterLab's command (Accel is Ctrl, and ⌘ on a Mac)
KEYS = {
    "Shift Enter": "notebook:run-cell-and-select-next",
    "Ctrl Enter": "notebook:run-cell",
    "Tab": "completer:invoke-notebook",
    "Shift Tab": "tooltip:launch-notebook",
    "Ctrl S": "docmanager:save",
    "Ctrl Shift H": "apputils:display-shortcuts",
    "Enter": "notebook:enter-edit-mode",
    "Escape": "notebook:enter-command-mode",
    "A": "notebook:insert-cell-above",
    "B": "notebook:insert-cell-below",
    "D D": "notebook:delete-cell",
    "Z": "notebook:undo-cell-action",
    "M": "notebook:change-cell-to-markdown",
    "Y": "notebook:change-cell-to-code",
    "I I": "kernelmenu:interrupt",
    "0 0": "kernelmenu:restart",
}


@pytest.fixture(scope="module")
def shortcuts():
    """(command, keys) of every shortcut in JupyterLab's own settings."""
    found = set()
    for path in (Path(get_app_dir()) / "schemas" / "@jupyterlab").rglob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for entry in schema.get("jupyter.lab.shortcuts", []):
            found.add((entry["command"], " ".join(entry["keys"]).replace("Accel", "Ctrl")))
    return found


@pytest.mark.parametrize(("keys", "command"), KEYS.items())
def test_key_does_what_the_notebook_says(shortcuts, keys, command):
    assert (command, keys) in shortcuts


def test_every_key_of_the_notebook_is_looked_up():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    named = set(re.findall(r"<kbd>(\w+)</kbd>", text))
    known = {key for keys in KEYS for key in keys.split()} | {"Esc"}
    assert named - known == set()
    assert known - named == {"Escape"}


def test_it_runs_wherever_it_lies(tmp_path):
    elsewhere = tmp_path / "a folder é" / NOTEBOOK.name
    elsewhere.parent.mkdir()
    shutil.copy(NOTEBOOK, elsewhere)
    refresh(elsewhere)  # a RefreshError if a cell raises
