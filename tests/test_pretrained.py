import shutil

import pytest
import torch
from PIL import Image

from course_utils import pretrained as p
from course_utils.archives import DownloadError
from course_utils.models import count_parameters
from course_utils.sample_data import CIFAR10_CLASSES

STAND_IN = "mobilenet_v2-imagenet-from-int8.pth"  # not torchvision's own file, but equivalent


@pytest.fixture
def torch_home(tmp_path, monkeypatch):
    """An empty cache for weights, and no network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch é"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    folder = tmp_path / "torch é" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_the_own_network_needs_nothing(torch_home, capsys):
    found = p.load_pretrained("sample")
    assert (found.source, found.classes) == ("cifar10", list(CIFAR10_CLASSES))
    assert not found.model.training
    image = found.transform(Image.new("RGB", (300, 200)))
    assert (image.shape, image.dtype) == ((3, 32, 32), torch.float32)
    assert found.model(image[None]).shape == (1, 10)
    assert p.load_own(image_size=64).transform(Image.new("RGB", (90, 200))).shape == (3, 64, 64)
    assert "the course's own, trained on CIFAR-10 (no download needed)" in capsys.readouterr().out


def test_auto_falls_back_and_real_does_not(torch_home, capsys):
    assert p.load_pretrained("auto").source == "cifar10"
    assert "(COURSE_OFFLINE=1)" in capsys.readouterr().out
    with pytest.raises(DownloadError, match=r"mobilenet_v2-7ebf99e0.pth is not in .*torch é"):
        p.load_pretrained("real")


def test_no_network_is_said_and_the_weights_may_be_brought(torch_home, monkeypatch):
    monkeypatch.delenv("COURSE_OFFLINE")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(DownloadError, match=r"could not be downloaded: .*; put mobilenet"):
        p.load_imagenet()
    assert p.load_pretrained("auto", quiet=True).source == "cifar10"


def test_damaged_weights_are_named(torch_home):
    (torch_home / "mobilenet_v2-7ebf99e0.pth").write_bytes(b"half a file")
    with pytest.raises(DownloadError, match=r"7ebf99e0.pth is damaged .*delete it"):
        p.load_pretrained("real")


@pytest.mark.parametrize("damage", [None, b"", b"another"])
def test_a_damaged_own_network_is_named(tmp_path, monkeypatch, damage):
    shutil.copy(p.MANIFEST, tmp_path)
    monkeypatch.setattr(p, "MANIFEST", tmp_path / "manifest.json")
    (tmp_path / "checkpoints").mkdir()
    if damage is not None:
        (tmp_path / "checkpoints" / "small_resnet_cifar10.pt").write_bytes(damage)
    with pytest.raises(DownloadError, match="git checkout data/checkpoints/small_resnet_cifar10"):
        p.load_own()


@pytest.mark.real
def test_imagenet_weights_are_taken_from_the_cache(torch_home, real_dir):
    shutil.copy(real_dir / "weights" / STAND_IN, torch_home / "mobilenet_v2-7ebf99e0.pth")
    found = p.load_pretrained("real")
    assert (found.source, len(found.classes)) == ("imagenet", 1000)
    assert count_parameters(found.model) == 3_504_872
    image = found.transform(Image.new("RGB", (400, 300)))
    assert image.shape == (3, 224, 224)
    assert found.model(image[None]).shape == (1, 1000)


def test_an_unknown_choice_is_named():
    with pytest.raises(ValueError, match="data='imagenet' is unknown; choose auto, real or sample"):
        p.load_pretrained("imagenet")
