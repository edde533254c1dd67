import functools

import pytest
import torch

from course_utils import train as t
from course_utils.checkpoint import load_checkpoint
from course_utils.models import improved_cifar10


@pytest.fixture
def few_pictures(monkeypatch):
    monkeypatch.setattr(t, "load_cifar10", functools.partial(t.load_cifar10, size=256))


def command(tmp_path, *more):
    names = ["improved", "--data", "sample", "--epochs", "1", "--folder", str(tmp_path / "run")]
    return t.main([*names, "--save", str(tmp_path / "net.pt"), *more])


def test_a_trained_network_is_kept_with_its_score(few_pictures, tmp_path, capsys):
    assert command(tmp_path) == 0
    said = capsys.readouterr().out
    state = load_checkpoint(tmp_path / "net.pt")
    model = improved_cifar10()
    model.load_state_dict(state["model"])
    assert f"test accuracy {state['test_accuracy']:.2%} after 1 epochs" in said
    assert "sha256" in said
    assert (state["recipe"], state["epochs"], state["data"]) == ("improved", 1, "sample")
    assert 0 < state["test_accuracy"] < 1


def test_the_same_command_goes_on(few_pictures, tmp_path, capsys):
    command(tmp_path)
    first = load_checkpoint(tmp_path / "net.pt")
    assert command(tmp_path) == 0
    assert "Resumed from" in capsys.readouterr().out
    again = load_checkpoint(tmp_path / "net.pt")
    assert again["test_accuracy"] == first["test_accuracy"]
    assert all(torch.equal(again["model"][name], first["model"][name]) for name in first["model"])


def test_other_settings_are_refused(few_pictures, tmp_path, capsys):
    command(tmp_path)
    assert command(tmp_path, "--seed", "1") == 1
    assert "was trained with seed=0, not 1" in capsys.readouterr().err


def test_an_interrupted_run_saves_no_network(few_pictures, tmp_path, capsys, monkeypatch):
    def interrupt(*_args, **_settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("course_utils.training.train_one_epoch", interrupt)
    assert command(tmp_path) == 1
    assert "stopped after epoch 0; the same command goes on" in capsys.readouterr().err
    assert not (tmp_path / "net.pt").exists()
