import random

import numpy as np
import pytest
import torch

from course_utils import device as d


@pytest.fixture
def only_cpu(monkeypatch):
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.setattr(d, "_is_available", lambda kind: kind == "cpu")


def test_best_available_is_chosen(monkeypatch, only_cpu):
    assert d.get_device() == torch.device("cpu")
    monkeypatch.setattr(d, "_is_available", lambda kind: kind != "cuda")
    assert d.get_device() == torch.device("mps")
    assert d.get_device("cpu") == torch.device("cpu")
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert d.get_device() == torch.device("cpu")


@pytest.mark.parametrize("wrong", ["gpu", "cuda:x", "CPU!", "tpu"])
def test_unknown_device_is_named(only_cpu, monkeypatch, wrong):
    monkeypatch.setenv("COURSE_DEVICE", wrong)
    with pytest.raises(ValueError, match=f"'{wrong}' is unknown; use one of cuda, mps, cpu"):
        d.get_device()


def test_cuda_without_cuda_is_refused(only_cpu):
    with pytest.raises(ValueError, match="'cuda' was asked for, but this machine has 'cpu'"):
        d.get_device("cuda")


def test_missing_second_gpu_is_refused(monkeypatch):
    monkeypatch.setattr(d, "_is_available", lambda kind: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="'cuda:1' was asked for, but the CUDA devices here are 0"):
        d.get_device("cuda:1")


def test_seed_covers_three_generators():
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    d.set_seed(3)
    first = draw()
    d.set_seed(3)
    assert draw() == first
    with pytest.raises(ValueError, match="seed -1 is outside"):
        d.set_seed(-1)


def test_description_and_synchronize_on_this_machine():
    device = d.get_device()
    d.synchronize(device)
    assert d.describe_device(device).startswith(device.type)


@pytest.mark.parametrize(
    ("cores", "wanted", "expected"), [(2, 4, 0), (8, 4, 4), (4, 8, 3), (None, 2, 0)]
)
def test_workers(monkeypatch, cores, wanted, expected):
    monkeypatch.setattr(d.os, "cpu_count", lambda: cores)
    assert d.safe_num_workers(wanted) == expected


def test_random_state_of_the_cpu_is_put_back():
    state = d.random_state("cpu")
    assert list(state) == ["cpu"]
    first = torch.rand(3)
    d.set_random_state(state, "cpu")
    assert torch.equal(torch.rand(3), first)


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_random_state_of_a_gpu_is_kept_and_put_back(monkeypatch, kind):
    """Dropout on a GPU, Apple's too, draws from that GPU's own generator."""
    kept, place = torch.tensor([1, 2], dtype=torch.uint8), getattr(torch, kind)
    given = []
    monkeypatch.setattr(place, "get_rng_state", lambda *device: kept)
    monkeypatch.setattr(place, "set_rng_state", lambda state, *device: given.append(state))
    state = d.random_state(kind)
    assert set(state) == {"cpu", kind}
    d.set_random_state(state, kind)
    assert given == [kept]
    d.set_random_state({"cpu": state["cpu"]}, kind)  # a file from a machine without that GPU
    d.set_random_state(state, "cpu")
    assert given == [kept]
