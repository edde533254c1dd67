"""Every notebook of the course keeps every rule of notebook_rules.py; every rule has teeth."""

import copy
import functools
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_rules import KERNEL, RULES, loads_only_weights

from course_utils.paths import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
read = functools.cache(lambda path: nbformat.read(path, as_version=4))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebook(path, rule):
    assert list(rule(read(path), path)) == []


def test_numbers_are_given_once():
    numbers = [path.name[:2] for path in PATHS]
    assert len(set(numbers)) == len(numbers), numbers


OPENING = """# 07 · Loaders: a title

> **After this** you can
> - load
> - count
>
> 20 minutes"""
CODE = ["import torch", "device = get_device()", "print(3)", *(f"check(f{n})" for n in range(4))]


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "08_next.ipynb").write_text("{}", encoding="utf-8")
    return tmp_path / "07_data_loaders.ipynb"


def good_notebook():
    """A made-up notebook that keeps every rule."""
    texts = [OPENING, "![Two loaders and a batch](a.svg)", "## Recap", "Next: [08](08_next.ipynb)"]
    code = [new_code_cell(source, execution_count=n) for n, source in enumerate(CODE, start=1)]
    code[2].outputs = [new_output("stream", text="3\n")]
    front, back = [[new_markdown_cell(text) for text in part] for part in (texts[:2], texts[2:])]
    language = {"language_info": {"name": "python"}}
    return new_notebook(cells=[*front, *code, *back], metadata={"kernelspec": KERNEL} | language)


def test_a_good_notebook_keeps_every_rule(path):
    assert [problem for rule in RULES for problem in rule(good_notebook(), path)] == []


def code(source):
    return lambda nb: nb.cells[2].update(source=source)


def text(number, source):
    return lambda nb: nb.cells[number].update(source=source)


def prints(output):
    return lambda nb: nb.cells[4].outputs[0].update(text=output)


def shows(**data):
    kinds = {key.replace("_", "/"): value for key, value in data.items()}
    return lambda nb: nb.cells[4].outputs.append(new_output("display_data", data=kinds))


def count(number):
    return lambda nb: nb.cells[4].update(execution_count=number)


def tag(*tags, cells=1):
    def change(nb):
        for each in nb.cells[2 : 2 + cells]:
            each.metadata["tags"] = list(tags)

    return change


def error(nb):
    nb.cells[4].outputs = [new_output("error", ename="E", evalue="v", traceback=[])]


VIEW = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
BAD = {
    "is_valid": [
        lambda nb: nb.cells[2].update(id=nb.cells[3].id),
        lambda nb: nb.cells[2].pop("execution_count"),
    ],
    "was_run_from_top_to_bottom": [count(None), count(9)],
    "raises_nothing_unexpected": [error, tag("raises-exception")],
    "has_clean_metadata": [
        lambda nb: nb.metadata.kernelspec.update(name="my-env"),
        lambda nb: nb.metadata.update(widgets={}),
        shows(**VIEW),
    ],
    "is_verified_almost_everywhere": [
        tag("nbval-ignore-output", cells=2),
        code("# NBVAL_IGNORE_OUTPUT\nimport torch"),
    ],
    "is_small": [shows(image_png="A" * 300_000)],
    "has_short_code_cells": [code("n = 1\n" * 21), code("")],
    "has_pictures_with_alt_text": [
        text(1, "![](a.svg)"),
        text(1, "![Two loaders and a batch](b.svg)"),
        text(1, "![Two loaders and a batch](https://example.org/a.svg)"),
        text(1, "![Two loaders and a batch](a.svg) <img src='a.svg'>"),
        shows(text_html="<img src='data:image/png;base64,AAAA'>"),
    ],
    "has_links_that_lead_somewhere": [text(9, "## Recap\n[nine](09_gone.ipynb)")],
    "changes_nothing_outside": [code("!pip install x"), code("%matplotlib inline")],
    "has_explicit_code": [
        code("from math import *"),
        code("try:\n    n = 1\nexcept:\n    pass"),
        code("def f():\n    global n"),
    ],
    "loads_only_weights": [
        code("torch.load(path, weights_only=False)"),
        code("torch.load(path, weights_only=not careful)"),
        code("settings = {'weights_only': None}"),
    ],
    "can_be_compared": [code("n;"), code("clear_output()"), code("interact(f, n=3)")],
    "shows_nothing_of_this_machine": [
        prints("/home/me/data"),
        prints(f"{Path.home()}"),
        prints("C:\\Users\\me"),
        prints("<object at 0x7f9d1c2b3a40>"),
        prints("a.py:3: UserWarning: careful"),
        tag("course-not-saved", cells=3),
    ],
    "chooses_the_device_once": [
        text(3, "device = torch.device('cpu')"),
        text(4, "device = get_device()"),
    ],
    "opens_with_goals": [
        text(0, OPENING.replace("07", "08")),
        text(0, OPENING.replace("- ", "")),
        text(0, OPENING.replace("20 minutes", "")),
        text(1, "no picture"),
    ],
    "closes_with_recap_and_next": [text(9, "## Summary"), text(10, "Next: 08")],
    "has_exercises": [text(5, "print(1)")],
}
SAMPLES = [
    pytest.param(name, change, id=f"{name}-{number}")
    for name, changes in BAD.items()
    for number, change in enumerate(changes)
]


@pytest.mark.parametrize(("name", "change"), SAMPLES)
def test_each_rule_finds_what_breaks_it(name, change, path):
    notebook = copy.deepcopy(good_notebook())
    change(notebook)
    broken = {rule.__name__ for rule in RULES if list(rule(notebook, path))}
    assert name in broken


def test_one_demonstration_may_load_more_than_weights(path):
    notebook = copy.deepcopy(good_notebook())
    notebook.cells[2].update(source="torch.load(path, weights_only=True)")
    notebook.cells[3].update(source="torch.load(path, weights_only=False)")
    there = path.with_name("19_saving_and_loading.ipynb")
    assert [len(list(loads_only_weights(notebook, p))) for p in (path, there)] == [1, 0]
    notebook.cells[4].update(source="torch.load(path, weights_only=False)")
    assert len(list(loads_only_weights(notebook, there))) == 1


def test_a_bad_name_is_found(path):
    broken = [r.__name__ for r in RULES if list(r(good_notebook(), path.with_name("07 A.ipynb")))]
    assert broken == ["name_is_number_and_words"]


def test_every_rule_has_a_sample_that_breaks_it():
    assert {rule.__name__ for rule in RULES} == {*BAD, "name_is_number_and_words"}
