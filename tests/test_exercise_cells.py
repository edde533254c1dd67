"""Every exercise of the course stands in its notebook, in the words that its checker expects."""

import re

import nbformat
import pytest

from course_utils.exercises import starter_source
from course_utils.exercises._registry import exercise_names, find_exercise
from course_utils.paths import NOTEBOOKS


def code_of(notebook):
    content = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4)
    return [cell.source for cell in content.cells if cell.cell_type == "code"]


@pytest.mark.parametrize(("name", "notebook"), exercise_names().items())
def test_exercise_is_in_its_notebook(name, notebook):
    cells = code_of(notebook)
    if find_exercise(name).value:
        assert any(f'"{name}")' in cell and "check(" in cell for cell in cells)
        return
    tries = [cell for cell in cells if f"check({name})" in cell.splitlines()]
    assert starter_source(name) in tries[0]  # notebook 00 shows how one is solved, in three cells


@pytest.mark.parametrize("notebook", sorted(set(exercise_names().values())))
def test_exercises_are_counted_in_the_order_of_the_notebook(notebook):
    names = [name for name, home in exercise_names().items() if home == notebook]
    lines = [line for cell in code_of(notebook) for line in cell.splitlines() if "check(" in line]
    mentioned = [word for line in lines for word in re.findall(r"\w+", line) if word in names]
    assert names == list(dict.fromkeys(mentioned))
