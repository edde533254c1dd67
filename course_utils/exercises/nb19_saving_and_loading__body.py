"""Exercises of notebook 19, fourth part: the body of a saved network under a new head."""

from collections import OrderedDict

import torch
from torch import nn

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _children(head, classes, body=3):
    layers = OrderedDict(body=nn.Linear(2, body), **{f"{head}er": nn.Linear(body, 2)})
    layers[f"over_{head}"] = nn.Linear(2, 2)
    layers[head] = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, classes))
    return nn.Sequential(layers)


FITS, NO_HEAD, HEADER = "fits", "has no head", "lacks a child beside the head"
MISSING, EXTRA, RENAMED = "lacks body.bias", "has extra.weight", "body.weight renamed"
SHAPE = "has a larger body"
ERRORS = (Exception, ValueError, RuntimeError, KeyError, AssertionError)
CHECKPOINTS = (FITS, NO_HEAD, HEADER, MISSING, EXTRA, RENAMED, SHAPE)


def _body_case(rng):
    head = rng.choice(["head", "fc"])
    return {
        "head": head,
        "classes": rng.choice([2, 4, 5, 3]),  # 3: the new head has the shape of the old one
        "checkpoint": rng.choice(CHECKPOINTS),
        "seed": rng.randrange(99),
    }


def _saved_weights(head, change):
    state = _children(head, 3, body=4 if change == SHAPE else 3).state_dict()
    if change == MISSING:
        del state["body.bias"]
    if change == EXTRA:
        state["extra.weight"] = torch.zeros(2)
    if change == RENAMED:
        state["stem.weight"] = state.pop("body.weight")
    if change == HEADER:
        del state[f"{head}er.weight"]
    if change == NO_HEAD:
        state = {k: v for k, v in state.items() if not k.startswith(f"{head}.")}
    return state


def _is_a_slip(error):
    """Whether an error comes from the words around ``raise``, such as ``raise "missing"``."""
    return isinstance(error, NameError) or "must derive from BaseException" in str(error)


def _on_one_line(error):
    """Return the error, with the many lines of load_state_dict as one."""
    if type(error) is not RuntimeError:
        return error
    return RuntimeError(" ".join(str(error).split())).with_traceback(error.__traceback__)


def _observe_body(load, head, classes, checkpoint, seed):
    torch.manual_seed(seed)
    state = _saved_weights(head, checkpoint)
    model = _children(head, classes)
    own = {name: value.clone() for name, value in model.state_dict().items()}
    names = list(state)
    try:
        load(model, state, head)
    except Exception as error:
        if checkpoint in (FITS, NO_HEAD) or _is_a_slip(error):
            raise _on_one_line(error) from None
        return {"what does not fit": "is refused"}
    if list(state) != names:
        raise Finding("the given dictionary is changed: make a new one without the head")
    if checkpoint not in (FITS, NO_HEAD):
        return {"what does not fit": "is accepted"}
    now = model.state_dict()
    parts = (("body.weight", False), (f"{head}er.weight", False), (f"over_{head}.bias", False))
    report = {name: bool(torch.equal(now[name], state[name])) for name, _ in parts}
    report["the new head is as it was"] = all(
        torch.equal(now[name], own[name]) for name in now if name.startswith(f"{head}.")
    )
    return report


def _wants_the_head(error):
    def answer(model, state, head):
        body = {name: value for name, value in state.items() if not name.startswith(head + ".")}
        if any(model.load_state_dict(body, strict=False)):
            raise error("does not fit")

    return answer


def _accepts(*changes):
    return lambda case, got, expected: (
        isinstance(got, dict)
        and got.get("what does not fit") == "is accepted"
        and case["checkpoint"] in changes
    )


@exercise(
    observe=_observe_body,
    cases=_body_case,
    count=60,
    praise="all of the body is there, nothing else is let through",
    hints=[
        "First a dictionary without the names that begin with head + '.'.",
        "found = model.load_state_dict(body, strict=False) tells what was missing and unexpected.",
        "Every missing name must begin with head + '.', and none may be unexpected.",
    ],
    mistakes=[
        Mistake(
            "strict=False does not help against another shape: leave the head's weights out",
            when=lambda case, got, expected: (
                case["checkpoint"] == FITS
                and isinstance(got, Raised)
                and "loading state_dict" in got.text
                and "size mismatch" in got.text
            ),
        ),
        Mistake(
            "load_state_dict is strict: the missing head is an error to it. strict=False, and then "
            "look at what it returns",
            when=lambda case, got, expected: (
                isinstance(got, Raised) and "loading state_dict" in got.text
            ),
        ),
        *[
            Mistake(
                "the head is missing on purpose, so missing_keys names its weights: only other "
                "names are wrong",
                like=_wants_the_head(error),
            )
            for error in ERRORS
        ],
        Mistake(
            "a text alone cannot be raised: raise ValueError(…), with the text in brackets",
            when=lambda case, got, expected: "must derive from BaseException" in got.text,
        ),
        Mistake(
            "a checkpoint without any head is fine, too: all of the body is there",
            when=lambda case, got, expected: (
                case["checkpoint"] == NO_HEAD and isinstance(got, Raised)
            ),
        ),
        Mistake(
            "a child whose name only begins like the head was let go: compare with head + '.'",
            when=_accepts(HEADER),
        ),
        Mistake(
            "a weight of the body is missing, and nobody hears of it: look at missing_keys",
            when=_accepts(MISSING, RENAMED),
        ),
        Mistake(
            "a name that the model does not know is let through: look at unexpected_keys",
            when=_accepts(EXTRA),
        ),
        Mistake(
            "the body has another shape, and nobody hears of it",
            when=_accepts(SHAPE),
        ),
        Mistake(
            "a child whose name only begins like the head was left out: compare with head + '.'",
            when=lambda case, got, expected: (
                not got[f"{case['head']}er.weight"] and got[f"over_{case['head']}.bias"]
            ),
        ),
        Mistake(
            "a child whose name only contains the head's was left out: names that begin with "
            "head + '.'",
            when=lambda case, got, expected: (
                got["body.weight"]
                and not (got[f"{case['head']}er.weight"] and got[f"over_{case['head']}.bias"])
            ),
        ),
        Mistake(
            "the new head was overwritten: leave its weights out",
            when=lambda case, got, expected: not got["the new head is as it was"],
        ),
        Mistake(
            "the body still has its own numbers: load_state_dict copies the saved ones",
            when=lambda case, got, expected: not got["body.weight"],
        ),
    ],
)
def load_body(model, state, head):
    """Load all of ``state`` but the child ``head``; raise an error if the rest does not fit."""
    body = {name: value for name, value in state.items() if not name.startswith(head + ".")}
    found = model.load_state_dict(body, strict=False)
    missing = [name for name in found.missing_keys if not name.startswith(head + ".")]
    if missing or found.unexpected_keys:
        raise ValueError(f"missing {missing}, unexpected {found.unexpected_keys}")


EXERCISES = collect(vars())
