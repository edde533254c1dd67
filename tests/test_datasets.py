import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import v2

from course_utils import datasets as d
from course_utils.download import DownloadError


def _picture(path, size=(24, 16), color=(200, 30, 60)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB" if len(color) == 3 else "RGBA", size, color).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "pictures é"
    for name, color in (("ants", (10, 10, 10)), ("bees", (250, 220, 0))):
        for number in range(3):
            _picture(root / name / f"{number}.png", (24 + number, 16), color)
    return root


def test_sample_is_used_and_said(capsys):
    data = d.load_cifar10(train=True, size=20, data="sample")
    assert (len(data), data.source, data.data.shape) == (20, "sample", (20, 32, 32, 3))
    assert capsys.readouterr().out.count("\n") == 1
    d.load_cifar10(train=False, size=10, data="sample", quiet=True)
    assert capsys.readouterr().out == ""


def _small_cifar10(folder, monkeypatch):
    """Lay out ten pictures as the real files are, and let torchvision and us take them for them."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in [f"data_batch_{n}" for n in range(1, 6)] + ["test_batch"]:
        content = {
            "data": rng.integers(0, 256, (2, 3072), dtype=np.uint8),
            "labels": [3, 7],
        }
        (batches / name).write_bytes(pickle.dumps(content))
    (batches / "batches.meta").write_bytes(pickle.dumps({"label_names": d.CIFAR10_CLASSES}))
    monkeypatch.setattr(CIFAR10, "_check_integrity", lambda self: True)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *args: True)
    source = d.download.Source(folder, "real", "Data: real")
    monkeypatch.setattr(d.download, "resolve_cifar10", lambda *args, **settings: source)


def test_real_files_are_used(tmp_path, monkeypatch, capsys):
    _small_cifar10(tmp_path, monkeypatch)
    data = d.load_cifar10(train=True)
    assert (len(data), data.source) == (10, "real")
    assert capsys.readouterr().out == "Data: real\n"
    first = d.load_cifar10(train=True, size=3, transform=v2.ToImage(), quiet=True)
    assert len(first) == 3
    assert np.array_equal(first.data, data.data[:3])
    assert first[0][0].shape == (3, 32, 32)
    with pytest.raises(ValueError, match="size 11 is not within 1 … 10"):
        d.load_cifar10(train=True, size=11)


def test_real_data_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    with pytest.raises(DownloadError, match=r"COURSE_OFFLINE is set\. Unset it"):
        d.load_cifar10(train=True, data="real", folder=tmp_path)


@pytest.mark.parametrize("eager", [False, True])
def test_folder_names_are_labels(folder, eager):
    data = d.FolderDataset(folder, transform=v2.Resize((8, 8)), eager=eager)
    assert data.classes == ["ants", "bees"]
    assert [label for _, label in data] == [0, 0, 0, 1, 1, 1]
    assert data[5][0].size == (8, 8)
    assert data[5][0].getpixel((0, 0)) == (250, 220, 0)


def test_eager_pictures_do_not_need_their_files(folder):
    data = d.FolderDataset(folder, eager=True)
    for path, _ in data.samples:
        open(path, "wb").close()  # noqa: PTH123
    assert data[0][0].getpixel((0, 0)) == (10, 10, 10)


def test_transparent_and_turned_pictures_become_upright_rgb(tmp_path):
    path = _picture(tmp_path / "a.png", (4, 2), (1, 2, 3, 128))
    assert d.read_rgb(path).getpixel((0, 0)) == (1, 2, 3)
    turned = Image.new("RGB", (4, 2))
    exif = turned.getexif()
    exif[0x0112] = 6  # turn by a quarter
    turned.save(tmp_path / "b.jpg", exif=exif)
    assert d.read_rgb(tmp_path / "b.jpg").size == (2, 4)


def test_empty_folders_are_named(tmp_path, folder):
    with pytest.raises(ValueError, match="is not a folder with one folder of pictures"):
        d.FolderDataset(tmp_path / "nowhere")
    (folder / "wasps").mkdir()
    with pytest.raises(ValueError, match="wasps"):
        d.FolderDataset(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"there are no pictures in .*empty"):
        d.check_images(tmp_path / "empty")


@pytest.mark.parametrize("damage", ["truncated", "empty", "text"])
def test_damaged_picture_is_named(folder, damage):
    path = folder / "bees" / "1.png"
    whole = path.read_bytes()
    path.write_bytes(
        {"truncated": whole[: len(whole) // 2], "empty": b"", "text": b"hello"}[damage]
    )
    data = d.FolderDataset(folder)
    assert len(data) == 6  # found by name; the trouble comes when it is read
    with pytest.raises(OSError, match=r"cannot read .*1\.png.*check_images"):
        data[4]
    with pytest.raises(OSError, match=r"1\.png"):
        d.FolderDataset(folder, eager=True)
    assert [bad.name for bad, _ in d.check_images(folder)] == ["1.png"]


def problems(folder, **options):
    found = d.check_images(folder, **options)
    return {path.relative_to(folder.parent).as_posix(): text for path, text in found}


def test_a_good_folder_has_no_problems(folder, tmp_path):
    assert d.check_images(folder) == []
    images, masks = _pairs(tmp_path)
    assert d.check_images(images, masks=masks, one_size=True) == []


def test_check_names_every_problem(folder):
    (folder / "bees" / "note.png").write_text("hello", encoding="utf-8")
    (folder / ".ipynb_checkpoints").mkdir()
    assert problems(folder) == {
        "pictures é/bees/note.png": "not a picture",
        "pictures é/.ipynb_checkpoints": "a folder without a picture",
    }


def test_check_names_odd_sizes(folder):
    _picture(folder / "bees" / "3.png", (24, 16))
    found = problems(folder, one_size=True)
    assert set(found) == {f"pictures é/{kind}/{n}.png" for kind in ("ants", "bees") for n in (1, 2)}
    assert found["pictures é/ants/1.png"] == "25 × 16 pixels; the commonest size here is 24 × 16"


def test_check_names_orphans_and_masks_that_do_not_fit(tmp_path):
    images, masks = _pairs(tmp_path, count=4)
    (masks / "bees" / "0.png").unlink()
    (images / "bees" / "1.jpg").unlink()
    Image.new("L", (24, 10)).save(masks / "bees" / "2.png")
    (masks / "bees" / "3.png").write_bytes(b"")
    assert problems(images, masks=masks) == {
        "images/bees/0.jpg": "has no mask",
        "masks/bees/1.png": "has no picture",
        "masks/bees/2.png": "24 × 10 pixels, but its picture has 24 × 16",
        "masks/bees/3.png": "not a picture",
    }


def test_two_pictures_of_one_name_cannot_be_paired(tmp_path):
    images, masks = _pairs(tmp_path)
    _picture(images / "bees" / "0.png")
    assert d.check_images(images) == []
    for pair in (d.ImageMaskPairs, lambda a, b: d.check_images(a, masks=b)):
        with pytest.raises(ValueError, match=r"0\.jpg and 0\.png of .*bees differ in their suffix"):
            pair(images, masks)


def _pairs(tmp_path, count=3):
    for number in range(count):
        _picture(tmp_path / "images" / "bees" / f"{number}.jpg")
        mask = Image.new("RGB", (24, 16))
        mask.paste((255, 255, 255), (0, 0, 12, 16))
        path = tmp_path / "masks" / "bees" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        mask.save(path)
    return tmp_path / "images", tmp_path / "masks"


@pytest.mark.parametrize("eager", [False, True])
def test_pairs_move_together(tmp_path, eager):
    flip = v2.RandomHorizontalFlip(p=1.0)
    data = d.ImageMaskPairs(*_pairs(tmp_path), transform=flip, eager=eager)
    images, masks = next(iter(DataLoader(data, batch_size=3)))
    assert (images.dtype, tuple(images.shape)) == (torch.uint8, (3, 3, 16, 24))
    assert (masks.dtype, tuple(masks.shape)) == (torch.float32, (3, 1, 16, 24))
    assert masks[0, 0].mean(0).tolist() == [0.0] * 12 + [1.0] * 12


def test_pairs_that_do_not_fit_are_named(tmp_path):
    images, masks = _pairs(tmp_path)
    Image.new("L", (24, 10)).save(masks / "bees" / "1.png")
    with pytest.raises(ValueError, match=r"1\.jpg is \(24, 16\) but its mask 1\.png is \(24, 10\)"):
        d.ImageMaskPairs(images, masks)[1]
    (images / "bees" / "0.jpg").unlink()
    with pytest.raises(ValueError, match=r"1 file.* have no partner: bees/0"):
        d.ImageMaskPairs(images, masks)
    with pytest.raises(ValueError, match="there are no pictures"):
        d.ImageMaskPairs(tmp_path / "x", tmp_path / "y")


def test_ants_and_bees_are_drawn(tmp_path, capsys):
    train = d.load_ants_bees("train", data="sample", folder=tmp_path)
    assert "drawn sample" in capsys.readouterr().out
    assert (train.classes, train.source) == (["ants", "bees"], "sample")
    root = tmp_path / "sample_ants_bees"
    pairs = d.ImageMaskPairs(root / "val", root / "val_masks")
    image, mask = pairs[0]
    assert image.shape[1:] == mask.shape[1:]
    with pytest.raises(ValueError, match="'test' must be 'train' or 'val'"):
        d.load_ants_bees("test")


@pytest.mark.real
def test_real_cifar10_has_the_known_statistics(real_dir):
    data = d.load_cifar10(train=True, data="real", folder=real_dir)
    pixels = torch.from_numpy(np.ascontiguousarray(data.data)).reshape(-1, 3).double() / 255
    assert pixels.mean(0).tolist() == pytest.approx((0.4914, 0.4822, 0.4465), abs=5e-5)
    assert pixels.std(0).tolist() == pytest.approx((0.2470, 0.2435, 0.2616), abs=5e-5)
    assert np.bincount(data.targets).tolist() == [5000] * 10
