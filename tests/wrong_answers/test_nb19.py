"""Wrong answers to the exercises of notebook 19, and right ones in another style."""

import contextlib
import copy
import io
import os
import pickle
import shutil
import tempfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import load as really_load
from torch import nn
from torch import save as really_save
from torch.serialization import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    safe_globals,
)
from wrong_answer_runner import WrongAnswers

from course_utils.checkpoint import load_checkpoint, load_weights, save_checkpoint
from course_utils.exercises import judge

wrong = WrongAnswers("19")


@wrong("state_bytes", "numbers, not bytes")
def bytes_as_numbers(state):
    return sum(t.numel() for t in state.values())


@wrong("state_bytes", "right for float32 only")
def bytes_of_float32(state):
    return sum(4 * t.numel() for t in state.values())


@wrong("state_bytes", "with names and order")
def bytes_of_the_file(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return len(buffer.getvalue())


@wrong("state_bytes", "not the first one's")
def bytes_like_the_first(state):
    size = next(iter(state.values())).element_size()
    return sum(t.numel() * size for t in state.values())


@wrong("state_bytes", "numel() is 1")
def bytes_without_single_numbers(state):
    return sum(t.nbytes for t in state.values() if t.dim() > 0)


@wrong("state_bytes", "counters (int64)")
def bytes_of_floats(state):
    return sum(t.nbytes for t in state.values() if t.dtype.is_floating_point)


def learner(source):
    """Return a function written as text: the lint forbids such a call everywhere else."""
    names = {"torch": torch}
    exec(source, names)
    return names["repair_saving"]


FORCED = """
def repair_saving(model, path, fresh):
    torch.save(model, path)
    fresh.load_state_dict(torch.load(path, weights_only=False).state_dict())
    return fresh
"""
UNFENCED = """
def repair_saving(model, path, fresh):
    torch.save(model.state_dict(), path)
    fresh.load_state_dict(torch.load(path, weights_only=False))
    return fresh
"""
wrong.given += [
    ("repair_saving", learner(FORCED), "can run what is in it", "saving_forced"),
    ("repair_saving", learner(UNFENCED), "takes the fence away", "saving_unfenced"),
]


@wrong("repair_saving", "nobody has tried the file")
def saving_loads_from_memory(model, path, fresh):
    torch.save(model.state_dict(), path)
    fresh.load_state_dict(model.state_dict())
    return fresh


@wrong("repair_saving", "nobody has tried the file")
def saving_loads_first(model, path, fresh):
    state = copy.deepcopy(model.state_dict())
    fresh.load_state_dict(state)
    torch.save(state, path)
    return fresh


@wrong("repair_saving", "without their names")
def saving_a_list(model, path, fresh):
    torch.save(list(model.parameters()), path)
    with torch.no_grad():
        for own, saved in zip(fresh.parameters(), torch.load(path), strict=True):
            own.copy_(saved)
    return fresh


@wrong("repair_saving", "more than tensors")
def saving_the_method(model, path, fresh):
    torch.save(model.state_dict, path)
    fresh.load_state_dict(torch.load(path))
    return fresh


@wrong("repair_saving", "torch.save did not write it")
def saving_by_pickle(model, path, fresh):
    with path.open("wb") as file:
        pickle.dump(model.state_dict(), file)
    with path.open("rb") as file:
        fresh.load_state_dict(pickle.load(file))
    return fresh


@wrong("repair_saving", "still holds the whole model")
def saving_with_allowed_names(model, path, fresh):
    torch.save(model, path)
    with safe_globals([nn.Sequential, nn.Linear, nn.BatchNorm1d]):
        return torch.load(path)


@wrong("repair_saving", "load it into fresh")
def saving_returns_the_dictionary(model, path, fresh):
    torch.save(model.state_dict(), path)
    return torch.load(path)


@wrong("repair_saving", "a note on missing names")
def saving_returns_the_note(model, path, fresh):
    torch.save(model.state_dict(), path)
    return fresh.load_state_dict(torch.load(path))


@wrong("repair_saving", "the buffers of batch normalisation are not")
def saving_parameters_only(model, path, fresh):
    torch.save(dict(model.named_parameters()), path)
    fresh.load_state_dict(torch.load(path), strict=False)
    return fresh


@wrong("repair_saving", "nothing is written")
def saving_without_a_file(model, path, fresh):
    fresh.load_state_dict(model.state_dict())
    return fresh


@wrong("repair_saving", "fresh still has its own numbers")
def saving_without_loading(model, path, fresh):
    torch.save(model.state_dict(), path)
    torch.load(path)
    return fresh


@wrong("repair_saving", "return fresh")
def saving_returns_the_model(model, path, fresh):
    torch.save(model.state_dict(), path)
    model.load_state_dict(torch.load(path))
    return model


@wrong("repair_saving", "end the function with return fresh")
def saving_returns_nothing(model, path, fresh):
    torch.save(model.state_dict(), path)
    fresh.load_state_dict(torch.load(path))


def restored(checkpoint, **parts):
    for name, part in parts.items():
        part.load_state_dict(checkpoint[name])
    return checkpoint["epoch"] + 1


@wrong("resume_from", "go on with the next")
def resume_repeats_an_epoch(checkpoint, model, optimizer, schedule):
    restored(checkpoint, model=model, optimizer=optimizer, schedule=schedule)
    torch.set_rng_state(checkpoint["rng"])
    return checkpoint["epoch"]


@wrong("resume_from", "dropout draws other numbers")
def resume_without_random_state(checkpoint, model, optimizer, schedule):
    return restored(checkpoint, model=model, optimizer=optimizer, schedule=schedule)


@wrong("resume_from", "lost its memory")
def resume_without_optimizer(checkpoint, model, optimizer, schedule):
    torch.set_rng_state(checkpoint["rng"])
    return restored(checkpoint, model=model, schedule=schedule)


@wrong("resume_from", "the schedule begins anew")
def resume_without_schedule(checkpoint, model, optimizer, schedule):
    torch.set_rng_state(checkpoint["rng"])
    return restored(checkpoint, model=model, optimizer=optimizer)


@wrong("resume_from", "the model alone")
def resume_weights_only(checkpoint, model, optimizer, schedule):
    return restored(checkpoint, model=model)


@wrong("resume_from", "those of a new network")
def resume_into_a_copy(checkpoint, model, optimizer, schedule):
    torch.set_rng_state(checkpoint["rng"])
    model = copy.deepcopy(model)
    return restored(checkpoint, model=model, optimizer=optimizer, schedule=schedule)


@wrong("resume_from", "return the epoch")
def resume_returns_nothing(checkpoint, model, optimizer, schedule):
    torch.set_rng_state(checkpoint["rng"])
    restored(checkpoint, model=model, optimizer=optimizer, schedule=schedule)


@wrong("resume_from", "is a state, not a seed")
def resume_seeds_again(checkpoint, model, optimizer, schedule):
    torch.manual_seed(checkpoint["rng"])
    return restored(checkpoint, model=model, optimizer=optimizer, schedule=schedule)


@wrong("resume_from", "the state itself here")
def resume_from_the_notebooks_format(checkpoint, model, optimizer, schedule):
    torch.set_rng_state(checkpoint["rng"]["cpu"])
    return restored(checkpoint, model=model, optimizer=optimizer, schedule=schedule)


@wrong("resume_from", "the key is 'schedule'")
def resume_with_the_key_of_fit(checkpoint, model, optimizer, schedule):
    schedule.load_state_dict(checkpoint["scheduler"])
    return restored(checkpoint, model=model, optimizer=optimizer)


@wrong("resume_from", "the keys are 'model', 'optimizer'")
def resume_with_another_key(checkpoint, model, optimizer, schedule):
    return restored(checkpoint, weights=model)


@wrong("resume_from", "only gives the name to something else")
def resume_binds_the_model(checkpoint, model, optimizer, schedule):
    model = checkpoint["model"]  # noqa: F841
    torch.set_rng_state(checkpoint["rng"])
    return restored(checkpoint, optimizer=optimizer, schedule=schedule)


@wrong("resume_from", "only gives the name to something else")
def resume_binds_everything(checkpoint, model, optimizer, schedule):
    model = checkpoint["model"]  # noqa: F841
    optimizer = checkpoint["optimizer"]  # noqa: F841
    schedule = checkpoint["schedule"]  # noqa: F841
    torch.set_rng_state(checkpoint["rng"])
    return checkpoint["epoch"] + 1


@wrong("resume_from", "nothing is put back")
def resume_only_counts(checkpoint, model, optimizer, schedule):
    return checkpoint["epoch"] + 1


@wrong("resume_from", "one number of several")
def resume_by_the_counter(checkpoint, model, optimizer, schedule):
    schedule.last_epoch = checkpoint["epoch"] + 1
    torch.set_rng_state(checkpoint["rng"])
    return restored(checkpoint, model=model, optimizer=optimizer)


@wrong("resume_from", "trains the old ones")
def resume_by_assigning(checkpoint, model, optimizer, schedule):
    torch.set_rng_state(checkpoint["rng"])
    model.load_state_dict(checkpoint["model"], assign=True)
    return restored(checkpoint, optimizer=optimizer, schedule=schedule)


@wrong("save_safely", "in another folder")
def safely_from_elsewhere(state, path):
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "new.pt"
        torch.save(state, part)
        part.replace(path)


@wrong("save_safely", "in another folder")
def safely_moved(state, path):
    part = Path(tempfile.gettempdir()) / f"{path.parent.name}.part"
    try:
        torch.save(state, part)
        shutil.move(part, path)
    finally:
        part.unlink(missing_ok=True)


@wrong("save_safely", "moved, deleted or overwritten")
def safely_with_a_gap(state, path):
    part, backup = path.with_suffix(".new"), path.with_suffix(".old")
    torch.save(state, part)
    if path.exists():
        path.rename(backup)
    part.rename(path)
    backup.unlink(missing_ok=True)


@wrong("save_safely", "opening it for writing empties it")
def safely_straight(state, path):
    with path.open("wb") as file:
        torch.save(state, file)


@wrong("save_safely", "overwritten in place")
def safely_by_name(state, path):
    torch.save(state, path)


@wrong("save_safely", "bytes go into path")
def safely_through_memory(state, path):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    path.write_bytes(buffer.getvalue())


@wrong("save_safely", "can stop half-way")
def safely_copied(state, path):
    part = path.with_suffix(".new")
    torch.save(state, part)
    shutil.copy(part, path)
    part.unlink()


@wrong("save_safely", "moved, deleted or overwritten")
def safely_moved_aside(state, path):
    backup = path.with_suffix(".old")
    if path.exists():
        path.replace(backup)
    try:
        torch.save(state, path)
    except OSError:
        backup.replace(path)
        raise
    backup.unlink(missing_ok=True)


@wrong("save_safely", "moved, deleted or overwritten")
def safely_with_a_copy(state, path):
    backup = path.with_suffix(".old")
    if path.exists():
        shutil.copy(path, backup)
    try:
        torch.save(state, path)
    except OSError:
        backup.replace(path)
        raise
    backup.unlink(missing_ok=True)


@wrong("save_safely", "moved, deleted or overwritten")
def safely_deleted(state, path):
    part = path.with_suffix(".new")
    torch.save(state, part)
    path.unlink(missing_ok=True)
    part.rename(path)


@wrong("save_safely", "a file is left")
def safely_with_a_backup(state, path):
    part = path.with_suffix(".new")
    torch.save(state, part)
    if path.exists():
        shutil.copy(path, path.with_suffix(".old"))
    part.replace(path)


@wrong("save_safely", "no file at path")
def safely_never_renamed(state, path):
    torch.save(state, path.with_suffix(".new"))


@wrong("save_safely", "the caller must hear")
def safely_and_silent(state, path):
    part = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        torch.save(state, part)
        part.replace(path)


@wrong("strip_prefix", "everywhere")
def prefix_replaced(state, prefix="module."):
    return {key.replace(prefix, ""): value for key, value in state.items()}


@wrong("strip_prefix", "in the middle")
def prefix_replaced_once(state, prefix="module."):
    return {key.replace(prefix, "", 1): value for key, value in state.items()}


@wrong("strip_prefix", "take letters, not a word")
def prefix_stripped(state, prefix="module."):
    return {key.lstrip(prefix): value for key, value in state.items()}


@wrong("strip_prefix", "take letters, not a word")
def prefix_stripped_twice(state, prefix="module."):
    return {key.strip(prefix): value for key, value in state.items()}


@wrong("strip_prefix", "once is enough")
def prefix_again_and_again(state, prefix="module."):
    new = {}
    for key, value in state.items():
        while key.startswith(prefix):
            key = key[len(prefix) :]
        new[key] = value
    return new


@wrong("strip_prefix", "are cut, too")
def prefix_cut(state, prefix="module."):
    return {key[len(prefix) :]: value for key, value in state.items()}


@wrong("strip_prefix", "are lost")
def prefix_selects(state, prefix="module."):
    return {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}


@wrong("strip_prefix", "use prefix")
def prefix_fixed(state, prefix="module."):
    return {key.removeprefix("module."): value for key, value in state.items()}


@wrong("strip_prefix", "make a copy of state first")
def prefix_in_place(state, prefix="module."):
    for key in list(state):
        state[key.removeprefix(prefix)] = state.pop(key)
    return state


@wrong("strip_prefix", "fill a new one")
def prefix_while_iterating(state, prefix="module."):
    for key in state:
        if key.startswith(prefix):
            state[key.removeprefix(prefix)] = state.pop(key)
    return state


@wrong("strip_prefix", "gives a new one back")
def prefix_thrown_away(state, prefix="module."):
    new = {}
    for name, value in state.items():
        if name.startswith(prefix):
            name.removeprefix(prefix)
        new[name] = value
    return new


@wrong("strip_prefix", "still to come")
def prefix_popped_from_a_copy(state, prefix="module."):
    new = dict(state)
    for name in state:
        if name.startswith(prefix):
            new[name[len(prefix) :]] = new.pop(name)
    return new


@wrong("strip_prefix", "still to come")
def prefix_taken_away_by_torch(state, prefix="module."):
    new = copy.deepcopy(state)
    nn.modules.utils.consume_prefix_in_state_dict_if_present(new, prefix)
    return new


@wrong("strip_prefix", "with the prefix in its middle")
def prefix_parted(state, prefix="module."):
    return {name.partition(prefix)[2] or name: value for name, value in state.items()}


@wrong("strip_prefix", "with the prefix in its middle")
def prefix_split(state, prefix="module."):
    return {name.split(prefix)[-1]: value for name, value in state.items()}


@wrong("strip_prefix", "with the prefix in its middle")
def prefix_anywhere(state, prefix="module."):
    return {k[len(prefix) :] if prefix in k else k: v for k, v in state.items()}


def without(state, unwanted):
    return {name: value for name, value in state.items() if not unwanted(name)}


@wrong("load_body", "another shape: leave")
def body_not_strict(model, state, head):
    model.load_state_dict(state, strict=False)


@wrong("load_body", "the new head was overwritten")
def body_and_a_head_that_fits(model, state, head):
    ours = model.state_dict()
    body = {k: v for k, v in state.items() if k not in ours or v.shape == ours[k].shape}
    found = model.load_state_dict(body, strict=False)
    if found.unexpected_keys or not all(k.startswith(head + ".") for k in found.missing_keys):
        raise ValueError("does not fit")


@wrong("load_body", "nobody hears of it")
def body_by_shape(model, state, head):
    ours = model.state_dict()
    fitting = {k: v for k, v in state.items() if k in ours and v.shape == ours[k].shape}
    model.load_state_dict(without(fitting, lambda k: k.startswith(head + ".")), strict=False)


@wrong("load_body", "nobody hears of it")
def body_without_a_look(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    model.load_state_dict(body, strict=False)


@wrong("load_body", "only begins like the head")
def body_by_word(model, state, head):
    body = without(state, lambda name: name.startswith(head))
    found = model.load_state_dict(body, strict=False)
    if found.unexpected_keys or [k for k in found.missing_keys if not k.startswith(head)]:
        raise ValueError("does not fit")


@wrong("load_body", "only contains the head's")
def body_by_part_of_a_name(model, state, head):
    body = without(state, lambda name: head in name)
    found = model.load_state_dict(body, strict=False)
    if found.unexpected_keys or [k for k in found.missing_keys if head not in k]:
        raise ValueError("does not fit")


@wrong("load_body", "look at unexpected_keys")
def body_with_anything(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    found = model.load_state_dict(body, strict=False)
    if [k for k in found.missing_keys if not k.startswith(head + ".")]:
        raise ValueError("does not fit")


@wrong("load_body", "load_state_dict is strict")
def body_strict(model, state, head):
    model.load_state_dict(without(state, lambda name: name.startswith(head + ".")))


@wrong("load_body", "missing on purpose")
def body_that_misses_the_head(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    found = model.load_state_dict(body, strict=False)
    if found.missing_keys or found.unexpected_keys:
        raise ValueError(found)


@wrong("load_body", "missing on purpose")
def body_asserted_whole(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    found = model.load_state_dict(body, strict=False)
    assert not found.missing_keys
    assert not found.unexpected_keys


@wrong("load_body", "still has its own numbers")
def body_in_a_copy(model, state, head):
    load_the_rest(copy.deepcopy(model), state, head)


@wrong("load_body", "without any head is fine")
def body_that_wants_a_head(model, state, head):
    if not any(name.startswith(head + ".") for name in state):
        raise ValueError("no head")
    load_the_rest(model, state, head)


@wrong("load_body", "missing on purpose")
def body_that_misses_the_head_plainly(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    if any(model.load_state_dict(body, strict=False)):
        raise Exception("does not fit")


@wrong("load_body", "raise ValueError(")
def body_that_raises_a_text(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    missing, unexpected = model.load_state_dict(body, strict=False)
    if unexpected or any(not name.startswith(head + ".") for name in missing):
        raise "does not fit"  # noqa: B016


@wrong("load_body", "NameError")
def body_with_a_slip(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    missing, unexpected = model.load_state_dict(body, strict=False)
    if unexpected or any(not name.startswith(head + ".") for name in missing):
        raise ValueEror("does not fit")  # noqa: F821


def load_the_rest(model, state, head):
    own = {k: v for k, v in model.state_dict().items() if k.startswith(head + ".")}
    body = without(state, lambda name: name.startswith(head + "."))
    model.load_state_dict({**body, **own})


def saving_with_the_course(model, path, fresh):
    save_checkpoint({"model": model.state_dict()}, path)
    return load_weights(fresh, load_checkpoint(path))


def saving_by_hand(model, path, fresh):
    with open(path, "wb") as file:  # noqa: PTH123
        torch.save(OrderedDict(model.state_dict()), file)
    numbers = torch.load(str(path), map_location="cpu", weights_only=True)
    with torch.no_grad():
        for name, value in fresh.state_dict().items():
            value.copy_(numbers[name])
    return fresh


def saving_and_comparing(model, path, fresh):
    torch.save(model.state_dict(), path)
    fresh.load_state_dict(torch.load(path))
    for a, b in zip(model.state_dict().values(), fresh.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    return fresh


def saving_and_reading_twice(model, path, fresh):
    torch.save(model.state_dict(), path)
    model.load_state_dict(torch.load(path))
    fresh.load_state_dict(model.state_dict())
    return fresh


def saving_and_trying(model, path, fresh):
    torch.save(model.state_dict(), path)
    fresh.load_state_dict(torch.load(path))
    batch = torch.rand(5, model[0].in_features)
    if not torch.equal(model(batch), fresh(batch)):
        raise ValueError("the file differs")
    return fresh


def resume_in_another_order(state, net, opt, sched):
    torch.random.set_rng_state(state["rng"])
    sched.load_state_dict(state["schedule"])
    opt.load_state_dict(state["optimizer"])
    net.load_state_dict(state["model"], strict=True)
    return 1 + state["epoch"]


def saving_under_a_key(model, path, fresh):
    numbers = {name: value.clone() for name, value in model.state_dict().items()}
    really_save({"weights": numbers, "epochs": 3}, path)
    fresh.load_state_dict(really_load(path)["weights"])
    return fresh


def resume_in_evaluation_mode(checkpoint, model, optimizer, schedule):
    torch.set_rng_state(checkpoint["rng"])
    following = restored(checkpoint, model=model, optimizer=optimizer, schedule=schedule)
    model.eval()  # the loop sets its own mode
    return following


def safely_with_os(state, path):
    part = str(path) + ".tmp"
    try:
        with open(part, "wb") as file:  # noqa: PTH123
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)  # noqa: PTH105
    except OSError:
        os.remove(part)  # noqa: PTH107
        raise


def safely_in_a_folder(state, path):
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        torch.save(state, Path(folder) / "new.pt")
        (Path(folder) / "new.pt").replace(path)


def prefix_with_a_loop(state, prefix="module."):
    new = OrderedDict()
    for name in state:
        new[name[len(prefix) :] if name.startswith(prefix) else name] = state[name]
    return new


def body_with_assert(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    missing, unexpected = model.load_state_dict(body, strict=False)
    assert not unexpected
    assert all(name.startswith(head + ".") for name in missing)


def body_with_a_plain_error(model, state, head):
    body = without(state, lambda name: name.startswith(head + "."))
    missing, unexpected = model.load_state_dict(body, strict=False)
    for name in [*missing, *unexpected]:
        if not name.startswith(head + "."):
            raise Exception(f"{name} does not fit")


def body_with_a_type_error(model, state, head):
    try:
        body_with_a_plain_error(model, state, head)
    except Exception as error:
        raise TypeError(str(error)) from error


def body_compared_first(model, state, head):
    ours = {k for k in model.state_dict() if k.split(".")[0] != head}
    body = {k: v for k, v in state.items() if k.split(".")[0] != head}
    if set(body) != ours:
        raise ValueError(f"different names: {sorted(ours ^ set(body))}")
    model.load_state_dict(body, strict=False)


def test_allowing_the_names_for_good_does_not_help_either():
    def answer(model, path, fresh):
        add_safe_globals([nn.Sequential, nn.Linear, nn.BatchNorm1d])
        torch.save(model, path)
        return torch.load(path)

    before = get_safe_globals()
    try:
        verdict = judge(answer, "repair_saving")
    finally:
        clear_safe_globals()
        add_safe_globals(before)
    assert verdict.status == "wrong"
    assert "still holds the whole model" in verdict.text


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("state_bytes", lambda state: sum(t.nbytes for t in state.values())),
        ("state_bytes", lambda state: sum(t.itemsize * t.numel() for _, t in state.items())),
        ("state_bytes", lambda state: sum(t.untyped_storage().nbytes() for t in state.values())),
        ("repair_saving", saving_with_the_course),
        ("repair_saving", saving_by_hand),
        ("repair_saving", saving_under_a_key),
        ("repair_saving", saving_and_comparing),
        ("repair_saving", saving_and_trying),
        ("repair_saving", saving_and_reading_twice),
        ("resume_from", resume_in_another_order),
        ("resume_from", resume_in_evaluation_mode),
        ("save_safely", safely_with_os),
        ("save_safely", safely_in_a_folder),
        ("strip_prefix", prefix_with_a_loop),
        ("load_body", load_the_rest),
        ("load_body", body_with_a_plain_error),
        ("load_body", body_with_a_type_error),
        ("load_body", body_compared_first),
        ("load_body", body_with_assert),
    ],
)
def test_other_right_answers_are_accepted(exercise, answer):
    verdict = judge(answer, exercise)
    assert verdict.status == "solved", verdict.text


test_told, test_enough = wrong.tests()
