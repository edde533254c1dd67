import os

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


@pytest.mark.parametrize(
    ("damage", "with_digest"),
    [(damage, True) for damage in ("truncated", "empty", "flipped", "text")]
    + [(damage, False) for damage in ("truncated", "empty", "text")],
)
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
    path = c.save_checkpoint({"model": Payload()}, tmp_path / "bad.pt")
    with pytest.raises(ValueError, match=r"could run code; save model\.state_dict\(\)"):
        c.load_checkpoint(path)
    assert not (tmp_path / "ran").exists()


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
