import base64
import inspect
import math
import re

import pytest
import torch

from course_utils.widgets import module_browser
from course_utils.widgets._names import KINDS, explain, find, public_names
from course_utils.widgets.modules import MODULES, NOTHING, draw_browser


@pytest.fixture
def browser():
    return module_browser()


@pytest.mark.parametrize("module", MODULES)
def test_every_name_of_every_module_can_be_explained(module):
    entries = [explain(module, name) for name in public_names(module)]
    assert entries
    for entry in entries:
        assert entry.kind in KINDS[1:]
        assert " at 0x" not in entry.signature + entry.summary
        assert "site-packages" not in entry.signature
        assert not re.search(r"`|\\|\*\*|^\.\. ", entry.summary), "a mark of reStructuredText"
    assert find(module) == list(public_names(module))
    assert sum(len(find(module, kind=kind)) for kind in KINDS[1:]) == len(entries)


@pytest.mark.parametrize(
    ("module", "name", "signature"),
    [
        ("torch.nn", "Linear", "Linear(in_features, out_features, bias=True, device=None,"),
        ("torch", "clamp", "clamp(input, min=None, max=None, *, out=None)"),  # from its docstring
        ("torch.cuda", "is_available", "is_available()"),
        ("torch.nn.functional", "relu", "relu(input, inplace=False)"),
        ("torch", "save", "save(obj, f, pickle_module=pickle,"),
        ("torch", "cuda", ""),
        ("torch", "pi", ""),
    ],
)
def test_signatures(module, name, signature):
    found = explain(module, name).signature
    assert found.startswith(signature)
    assert bool(found) == bool(signature)


def test_summaries():
    linear = explain("torch.nn", "Linear")
    assert (linear.name, linear.kind) == ("torch.nn.Linear", "class")
    assert linear.summary.startswith("Applies an affine linear transformation")
    assert explain("torch.cuda", "is_available").summary.startswith("Return a bool")
    clamp = explain("torch", "clamp").summary
    assert clamp == "Clamps all elements in input into the range [ min, max ]."
    assert explain("torch", "mean").summary.startswith("Returns the mean value of all elements")
    assert explain("torch", "ge").summary == "Computes input ≥ other element-wise."
    assert explain("torch", "pi").summary == f"a value of type float: {math.pi!r}"
    assert explain("torch", "cuda").kind == "module"
    assert explain("torch", "relu").summary == " ".join((torch.relu.__doc__ or "").split())


def test_a_name_that_cannot_be_had_is_explained():
    assert explain("torch.cuda", "surely_not").summary == "not available here: AttributeError"


def test_filter_looks_into_names_first_and_descriptions_after():
    found = find("torch", "CLAMP")
    assert found[:2] == ["clamp", "clamp_"]
    assert find("torch.nn", "dropout")[0] == "Dropout"  # before AlphaDropout
    assert find("torch.nn", "linear")[0] == "Linear"  # before Bilinear
    assert find("torch.nn", "bil")[0] == "Bilinear"
    assert "topk" in find("torch", "largest")
    assert find("torch.cuda", " is_av ") == ["is_available"]
    assert "Linear" in find("torch.nn", "linear", "class")
    assert find("torch.nn", "linear", "value") == []
    assert not [n for n in find("torch.nn", kind="class") if not inspect.isclass(vars(torch.nn)[n])]


def test_it_opens_at_the_question_of_the_notebook(browser):
    assert browser.params == {"module": "torch.cuda", "text": "is_", "kind": "everything"}
    assert browser.chosen == explain("torch.cuda", "is_available")
    assert "Return a bool" in browser._detail.value
    assert "public names of torch.cuda" in browser.message
    assert browser.message in browser._note.value


def test_controls_change_what_is_listed(browser):
    browser._controls["text"].value = ""
    assert browser.names == list(public_names("torch.cuda"))
    assert browser.chosen.name == "torch.cuda.is_available", "the choice stays where it can"
    browser._controls["module"].value = "torch.nn"
    assert browser.chosen.name == f"torch.nn.{browser.names[0]}"
    browser._list.value = "ReLU"
    assert "torch.nn.ReLU" in browser._detail.value


def test_the_name_that_was_typed_is_chosen(browser):
    browser.set(module="torch.nn", text="", name="AlphaDropout")
    for end in range(1, len("Dropout")):
        browser._controls["text"].value = "Dropout"[:end]
        assert browser.chosen.name == "torch.nn.AlphaDropout", "the choice stays where it can"
    browser._controls["text"].value = "Dropout"
    assert browser.chosen.name == "torch.nn.Dropout"
    browser._list.value = "AlphaDropout"
    assert browser.chosen.name == "torch.nn.AlphaDropout", "it can still be chosen by hand"


def test_no_name_fits(browser):
    browser.set(text="no such thing")
    assert (browser.names, browser.chosen) == ([], None)
    assert NOTHING in browser._detail.value
    assert browser.message.startswith("0 of the ")
    browser.set(text="")
    assert browser.chosen is not None


@pytest.mark.parametrize("module", [MODULES[0], MODULES[-1]])
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[-1]])
@pytest.mark.parametrize("text", ["", "x" * 99, "<b>&"])
def test_both_ends_of_every_control(browser, module, kind, text):
    browser.set(module=module, kind=kind, text=text)
    assert browser.names == find(module, text, kind)
    assert browser._detail.value.count("height: 15.5em") == 1, "the panel must keep its height"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"modul": "torch"}, "no control modul; use module, text, kind"),
        ({"module": "os"}, "module cannot be 'os'; use torch"),
        ({"kind": "method"}, "kind cannot be 'method'"),
    ],
)
def test_set_refuses_and_moves_nothing(browser, params, words):
    before = browser.params
    with pytest.raises(ValueError, match=words):
        browser.set(text="zzz", **params)
    assert browser.params == before
    with pytest.raises(ValueError, match="surely_not is not among"):
        browser.set(name="surely_not")


def test_text_is_shown_as_text(browser):
    browser.set(module="numpy", text="genfromtxt")
    assert "&lt;=&gt;" in browser._detail.value


def test_stable_text_and_a_first_picture(browser):
    bundle = browser._repr_mimebundle_()
    assert bundle["text/plain"] == repr(browser) == "<Module browser: run this cell to start>"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert len(bundle["image/png"]) < 20_000
    figure = draw_browser("torch.cuda", "is_", "everything")
    drawn = [text.get_text() for text in figure.axes[0].texts]
    for shown in ("function", "torch.cuda.is_available", "is_available()", browser.message):
        assert shown in drawn
    assert "function torch.cuda.is_available: Return a bool" in figure.get_label()


def test_controls_are_labelled(browser):
    assert all(control.description for control in [*browser._controls.values(), browser._list])
