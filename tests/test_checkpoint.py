import dataclasses
import os
import random
import zipfile
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import nn

from course_utils import checkpoint as c


@pytest.fixture
def saved(tmp_path):
    model = nn.Linear(3, 2)
    return model, c.save_checkpoint(
        {"model": model.state_dict(), "epoch": 3}, tmp_path / "a b é" / "model.pt"
    )


def test_round_trip(saved):
    model, path = saved
    state = c.load_checkpoint(path)
    assert state["epoch"] == 3
    assert torch.equal(state["model"]["weight"], model.weight)
    assert sorted(p.name for p in path.parent.iterdir()) == ["model.pt", "model.pt.sha256"]


@pytest.mark.parametrize("damage", ["truncated", "empty", "flipped", "text"])
@pytest.mark.parametrize("with_digest", [True, False])
def test_damage_is_named(saved, damage, with_digest):
    model, path = saved
    whole = path.read_bytes()
    where = whole.index(model.weight.detach().numpy().tobytes()) + 5
    path.write_bytes(
        {
            "truncated": whole[: len(whole) // 2],
            "empty": b"",
            "flipped": whole[:where] + bytes([whole[where] ^ 255]) + whole[where + 1 :],
            "text": b"this is not a checkpoint",
        }[damage]
    )
    if not with_digest:
        path.with_name("model.pt.sha256").unlink()
    with pytest.raises(ValueError, match=r"model\.pt is damaged"):
        c.load_checkpoint(path)


def test_no_flipped_bit_changes_a_number_unnoticed(tmp_path):
    """Without a digest too: either the file is refused, or what it holds is what was saved."""
    model, rng = nn.Sequential(nn.Linear(30, 20), nn.BatchNorm1d(20)), random.Random(0)
    torch.save(model.state_dict(), tmp_path / "whole.pt")
    whole, refused = (tmp_path / "whole.pt").read_bytes(), 0
    for _ in range(100):
        content, place = bytearray(whole), rng.randrange(len(whole))
        content[place] ^= 1 << rng.randrange(8)
        (tmp_path / "flipped.pt").write_bytes(content)
        try:
            state = c.load_checkpoint(tmp_path / "flipped.pt")
        except ValueError as error:
            assert "is damaged" in str(error)  # noqa: PT017
            refused += 1
        else:
            assert all(torch.equal(state[k], v) for k, v in model.state_dict().items())
    assert refused > 70


def test_a_zip_archive_of_something_else_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.pt", "w") as archive:
        archive.writestr("letter.txt", "dear reader")
    with pytest.raises(ValueError, match=r"other\.pt is damaged: PyTorch cannot read it"):
        c.load_checkpoint(tmp_path / "other.pt")


def test_an_empty_digest_file_says_nothing(saved):
    saved[1].with_name("model.pt.sha256").write_text("", encoding="utf-8")
    assert c.load_checkpoint(saved[1])["epoch"] == 3


def test_given_digest_is_checked(saved):
    with pytest.raises(ValueError, match="not 0000"):
        c.load_checkpoint(saved[1], sha256="0" * 64)


def test_missing_file_lists_the_others(saved):
    with pytest.raises(FileNotFoundError, match=r"other\.pt; in that folder: model\.pt"):
        c.load_checkpoint(saved[1].with_name("other.pt"))


class Payload:
    def __reduce__(self):
        return os.mkdir, (os.environ["PAYLOAD"],)


def test_code_in_a_file_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYLOAD", str(tmp_path / "ran"))
    path = tmp_path / "bad.pt"
    torch.save({"model": Payload()}, path)
    with pytest.raises(ValueError, match=r"could run code; save model\.state_dict\(\)"):
        c.load_checkpoint(path)
    assert not (tmp_path / "ran").exists()


@dataclasses.dataclass
class Config:
    epochs: int = 1


REFUSED = {
    "version": ({"torch": torch.__version__}, "state['torch'] is of type TorchVersion", "str(…)"),
    "number": ({"scores": {"valid": np.float64(0.9)}}, "state['scores']['valid']", "use .item()"),
    "in a list": ({"losses": [0.5, np.float32(0.4)]}, "state['losses'][1] is", "use .item()"),
    "text": ({"name": np.str_("net")}, "state['name'] is of type str_", "use .item()"),
    "key": ({"classes": {np.int64(3): "ant"}}, "the key np.int64(3) of state['cl", "use .item()"),
    "array": ({"mean": np.zeros(3)}, "state['mean'] is of type ndarray", "torch.tensor(…)"),
    "path": ({"folder": Path("runs")}, "state['folder'] is of type", "use str(…)"),
    "settings": ({"config": Config()}, "state['config'] is of type Config", "dataclasses.asdict"),
    "network": ({"model": nn.Linear(1, 1)}, "state['model'] is of type Lin", "use .state_dict()"),
    "default": ({"n": defaultdict(int, a=1)}, "state['n'] is of type defaultdict", "use dict(…)"),
    "function": ({"anneal": lambda x: x}, "state['anneal'] is of type function", "instead"),
}


@pytest.mark.parametrize(("state", "key", "fix"), REFUSED.values(), ids=REFUSED)
def test_what_could_not_be_read_back_is_refused_when_it_is_saved(saved, state, key, fix):
    _, path = saved
    before = path.read_bytes()
    with pytest.raises(TypeError) as caught:
        c.save_checkpoint({"epoch": 4, **state}, path)
    words = str(caught.value)
    assert key in words
    assert fix in words
    assert "\n" not in words
    assert path.read_bytes() == before
    assert c.load_checkpoint(path)["epoch"] == 3
    assert sorted(p.name for p in path.parent.iterdir()) == ["model.pt", "model.pt.sha256"]


def test_whatever_can_be_read_back_is_saved(tmp_path):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    optimizer = torch.optim.AdamW(net.parameters())
    schedules = [
        torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=9),
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.9**epoch),
        torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer),
    ]
    state = {
        "model": net.state_dict(),
        "weight": net[0].weight,
        "optimizer": optimizer.state_dict(),
        "schedules": [each.state_dict() for each in schedules],
        "python": random.getstate(),
        "numpy": np.random.default_rng().bit_generator.state,
        "rest": [None, True, 2**80, 1 + 2j, "é", b"x", {1, 2}, Counter("aab"), bytearray(b"y")],
        "torch": [torch.float16, torch.device("cpu"), torch.Size([2]), torch.strided],
    }
    read = c.load_checkpoint(c.save_checkpoint(state, tmp_path / "all.pt"))
    assert read["rest"] == state["rest"]
    assert read["python"] == state["python"]


@pytest.mark.parametrize("where", ["save", "fsync", "replace"])
def test_full_disk_keeps_the_older_checkpoint(saved, monkeypatch, where):
    _, path = saved
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    owner = {"save": c.torch, "fsync": c.os, "replace": c.Path}[where]
    monkeypatch.setattr(owner, where, full)
    with pytest.raises(OSError, match=r"No space left.*The earlier checkpoint is still there"):
        c.save_checkpoint({"epoch": 4}, path)
    assert path.read_bytes() == before
    assert c.load_checkpoint(path)["epoch"] == 3
    assert not list(path.parent.glob("*.part"))


def gpu_made(model, path):
    """Save the weights as a machine with a GPU would: each tensor is marked with its place."""
    with patch("torch.serialization.location_tag", return_value="cuda:0"):
        return c.save_checkpoint({"model": model.state_dict()}, path)


def test_a_checkpoint_made_on_a_gpu_is_read_anywhere(tmp_path):
    model = nn.Linear(3, 2)
    path = gpu_made(model, tmp_path / "gpu.pt")
    assert torch.equal(c.load_checkpoint(path)["model"]["weight"], model.weight)
    with (
        patch("torch.cuda.is_available", return_value=False),
        pytest.raises(RuntimeError, match="deserialize object on a CUDA device"),
    ):
        torch.load(path, weights_only=True)


@pytest.mark.parametrize("where", ["cuda", "cuda:1", "mps", torch.device("cuda")])
def test_a_place_that_is_not_there_is_named(saved, where):
    with (
        patch("torch.cuda.is_available", return_value=False),
        patch("torch.backends.mps.is_available", return_value=False),
        pytest.raises(ValueError, match=r'model\.pt cannot go to .* use map_location="cpu"'),
    ):
        c.load_checkpoint(saved[1], map_location=where)


def small(classes=2, *, norm=False, head="head"):
    layers = {"body": nn.Linear(4, 3), "norm": nn.BatchNorm1d(3) if norm else None}
    layers[head] = nn.Linear(3, classes)
    return nn.Sequential(OrderedDict((k, v) for k, v in layers.items() if v is not None))


def numbers(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("kind", ["path", "text", "checkpoint", "state_dict"])
def test_weights_that_fit_are_loaded(tmp_path, kind):
    trained, fresh = small(), small()
    path = c.save_checkpoint({"model": trained.state_dict()}, tmp_path / "a.pt")
    source = {
        "path": path,
        "text": str(path),
        "checkpoint": {"model": trained.state_dict(), "epoch": 1},
        "state_dict": trained.state_dict(),
    }[kind]
    assert c.load_weights(fresh, source) is fresh
    assert all(
        torch.equal(a, b) for a, b in zip(fresh.parameters(), trained.parameters(), strict=True)
    )


def renamed(state, change):
    return {change(name): value for name, value in state.items()}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            small(5).state_dict(),
            "2 of another shape (head.weight is (5, 3), the model wants (2",
        ),
        (small(5).state_dict(), "build the model with the sizes that were saved"),
        (small(norm=True).state_dict(), "Sequential: 5 unexpected (norm.weight, …); build the mod"),
        (small(head="fc").state_dict(), "2 missing (head.weight, …), 2 unexpected (fc.weight, …)"),
        ({"body.weight": torch.zeros(3, 4)}, "3 missing (body.bias, …)"),
        (nn.Conv2d(3, 2, 1).state_dict(), "no name agrees: build the network that was saved"),
        ({"net": small().state_dict(), "epoch": 3}, "weights alone, such as checkpoint['net']"),
        (
            renamed(small().state_dict(), "module.{}".format),
            "'module.': remove it, {k.",
        ),
        ({**small().state_dict(), "body.bias": 3}, "body.bias is None, the model wants (3,)"),
        ({}, "4 missing (body.weight, …); no name agrees"),
    ],
)
def test_weights_that_do_not_fit_are_named_in_one_line(state, words):
    model = small()
    before = numbers(model)
    with pytest.raises(ValueError, match="these weights do not fit Sequential: ") as caught:
        c.load_weights(model, state)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert all(torch.equal(before[name], value) for name, value in numbers(model).items())


def test_a_file_without_the_counter_of_batches_is_complete():
    trained, fresh = small(norm=True), small(norm=True)
    state = {k: v for k, v in trained.state_dict().items() if "num_batches" not in k}
    c.load_weights(fresh, state)
    assert torch.equal(fresh.head.weight, trained.head.weight)


def test_a_prefix_that_is_lacking_is_named():
    wrapped = nn.ModuleDict({"net": small()})
    with pytest.raises(ValueError, match=r"each name lacks 'net\.': add it, \{'net\.' \+ k: v"):
        c.load_weights(wrapped, small().state_dict())


@pytest.mark.parametrize("theirs", [small(), small(5), small(norm=True), small(head="fc")])
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("norm", [True, False])
def test_differences_are_those_that_pytorch_finds(theirs, strict, norm):
    ours = small(norm=norm)
    found = c.compare_keys(ours.state_dict(), theirs.state_dict())
    try:
        said = ours.load_state_dict(theirs.state_dict(), strict=strict)
    except RuntimeError:
        assert not found.fits if strict else found.other_shape
    else:
        assert found.fits or not strict
        assert (found.missing, found.unexpected) == (said.missing_keys, said.unexpected_keys)
