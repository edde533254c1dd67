"""Exercises of notebook 19, second part: going on as if nothing had happened, and a full disk."""

import contextlib

import torch

from ._define import Mistake, collect, exercise
from ._probes19 import careful_saving, resumed_run
from ._run import Raised

WHOLE = "the old file is whole while the new one is written"
NEAR = "the new file is written in the folder of the old one"
AT_ONCE = "the new file takes the place of the old one at once"


def _restore(*parts, following=1):
    """Return an answer that restores some parts only."""

    def answer(checkpoint, model, optimizer, schedule):
        given = {"model": model, "optimizer": optimizer, "schedule": schedule}
        for name in parts:
            if name == "rng":
                torch.set_rng_state(checkpoint["rng"])
            else:
                given[name].load_state_dict(checkpoint[name])
        return None if following is None else checkpoint["epoch"] + following

    return answer


def _raises(kind, word=""):
    return lambda case, got, expected: (
        isinstance(got, Raised) and got.kind is kind and word in got.text
    )


def _counted(checkpoint, model, optimizer, schedule):
    schedule.last_epoch = checkpoint["epoch"] + 1
    return _restore("model", "optimizer", "rng")(checkpoint, model, optimizer, schedule)


def _assigned(checkpoint, model, optimizer, schedule):
    following = _restore(*ALL)(checkpoint, model, optimizer, schedule)
    model.load_state_dict(checkpoint["model"], assign=True)
    return following


ALL = ("model", "optimizer", "schedule", "rng")


def _without(name, message):
    return Mistake(message, like=_restore(*(part for part in ALL if part != name)))


@exercise(
    observe=resumed_run,
    seconds=20,
    cases=[{"complete": complete, "seed": seed} for complete, seed in ((1, 0), (2, 1), (3, 2))],
    praise="three runs went on as if they had never stopped, to the last bit",
    hints=[
        "Model, optimizer and schedule have load_state_dict; torch.set_rng_state does the rest.",
        "checkpoint['epoch'] is complete already: with which one does it go on?",
    ],
    mistakes=[
        Mistake(
            "checkpoint['epoch'] is the last complete one: go on with the next",
            like=_restore(*ALL, following=0),
        ),
        Mistake(
            "everything is restored: return the epoch to go on with",
            like=_restore(*ALL, following=None),
        ),
        _without("rng", "dropout draws other numbers now: torch.set_rng_state(checkpoint['rng'])"),
        _without(
            "optimizer", "the optimizer has lost its memory (momentum): it has load_state_dict"
        ),
        _without("schedule", "the schedule begins anew: it has load_state_dict, too"),
        _without(
            "model",
            "the weights are those of a new network: model.load_state_dict copies into the model "
            "that is given (model = … only gives the name to something else)",
        ),
        Mistake(
            "the model alone: optimizer, schedule and random state belong to it",
            like=_restore("model"),
        ),
        Mistake(
            "optimizer and schedule are not restored: both have load_state_dict",
            like=_restore("model", "rng"),
        ),
        Mistake(
            "schedule and random state are still missing",
            like=_restore("model", "optimizer"),
        ),
        Mistake(
            "nothing is put back: model = … only gives the name to something else, load_state_dict "
            "copies into the object that is given",
            like=_restore(),
        ),
        Mistake(
            "only the random numbers are put back: load_state_dict copies into the object that is "
            "given (model = … only gives the name to something else)",
            like=_restore("rng"),
        ),
        Mistake(
            "last_epoch is one number of several: schedule.load_state_dict puts back all",
            like=_counted,
        ),
        Mistake(
            "assign=True puts other parameters into the model, and the optimizer trains the old "
            "ones: leave it out",
            like=_assigned,
        ),
        Mistake("the key is 'schedule'", when=_raises(KeyError, "sched")),
        Mistake(
            "the keys are 'model', 'optimizer', 'schedule', 'epoch' and 'rng'",
            when=_raises(KeyError),
        ),
        Mistake(
            "checkpoint['rng'] is the state itself here, a tensor without names: "
            "torch.set_rng_state takes it as it is",
            when=_raises(IndexError),
        ),
        Mistake(
            "checkpoint['rng'] is a state, not a seed: torch.set_rng_state takes it",
            when=lambda case, got, expected: "manual_seed" in getattr(got, "text", ""),
        ),
    ],
)
def resume_from(checkpoint, model, optimizer, schedule):
    """Restore everything, the random numbers too; return the epoch to go on with."""
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    schedule.load_state_dict(checkpoint["schedule"])
    torch.set_rng_state(checkpoint["rng"])
    return checkpoint["epoch"] + 1


def _swallowed(state, path):
    with contextlib.suppress(OSError):
        save_safely(state, path)


def _says(name, *values):
    return lambda case, got, expected: isinstance(got, dict) and got[name] in values


@exercise(
    observe=careful_saving,
    cases=[{"seed": 3}],
    praise="the old file survives a full disk, and nothing is left lying about",
    hints=[
        "Which name may be half-written without harm? Not path.",
        "part = path.with_name(path.name + '.part'): save there first.",
        "When it is complete: part.replace(path), a rename that happens in one go.",
    ],
    mistakes=[
        Mistake(
            "path is overwritten in place: opening it for writing empties it, and a full disk "
            "leaves half a file there. Write to another name first",
            like=lambda state, path: torch.save(state, path),
        ),
        Mistake(
            "the caller must hear of a full disk: do not catch the error, or raise it again",
            like=_swallowed,
        ),
        Mistake(
            "the old file is moved, deleted or overwritten before the new one has its name: if the "
            "power fails now, no whole file is at path",
            when=_says(WHOLE, False),
        ),
        Mistake(
            "the new file is written in another folder: that can be another disk, from where a "
            "rename fails or copies byte by byte. path.with_name stays in the folder",
            when=_says(NEAR, False),
        ),
        Mistake(
            "there is no file at path: give the finished file its name, part.replace(path)",
            when=_says("epoch in the first file", "no file"),
        ),
        Mistake(
            "the new file is not at path: replace the old one by it",
            when=lambda case, got, expected: got["epoch in the file that replaces it"] == 0,
        ),
        Mistake(
            "the new file is complete, but then its bytes go into path one by one (write_bytes, a "
            "copy), which can stop half-way: rename with part.replace(path)",
            when=_says(AT_ONCE, False),
        ),
        Mistake(
            "besides path, a file is left in the folder after a success",
            when=lambda case, got, expected: len(got["files in the folder"]) > 1,
        ),
        Mistake(
            "an error is right, but it should be the one of the disk (OSError)",
            when=lambda case, got, expected: isinstance(got, Raised) and "space" in got.text,
        ),
        Mistake(
            "the old file has not survived the full disk",
            when=_says("epoch in the file after a full disk", "no file", "not readable"),
        ),
    ],
)
def save_safely(state, path):
    """Save ``state`` at ``path``, a Path; an older file there stays whole until it is replaced."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    part.replace(path)


EXERCISES = collect(vars())
