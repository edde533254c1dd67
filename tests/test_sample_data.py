import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import datasets as tv_datasets
from torchvision.transforms import v2

from course_utils import sample_data
from course_utils.sample_data import CIFAR10_CLASSES, SampleCIFAR10, ants_bees, make_ants_bees
from course_utils.sample_data.cifar10 import draw_picture
from course_utils.storage import DownloadError

SMALL = {"train": 4, "val": 2, "size": 64}


@pytest.fixture(scope="module")
def train_set():
    return SampleCIFAR10(True, size=1500)


@pytest.fixture(scope="module")
def test_set():
    return SampleCIFAR10(False, size=500)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return make_ants_bees(tmp_path_factory.mktemp("data") / "drawn", **SMALL)


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_data_has_the_layout_of_cifar10(train_set):
    assert train_set.data.shape == (1500, 32, 32, 3)
    assert train_set.data.dtype == np.uint8
    assert train_set.data.flags.c_contiguous
    assert train_set.data.flags.writeable
    assert isinstance(train_set.targets, list)
    assert {type(target) for target in train_set.targets} == {int}
    assert len(train_set) == len(train_set.targets) == 1500
    assert tuple(train_set.classes) == CIFAR10_CLASSES
    assert train_set.class_to_idx["truck"] == 9
    names = "airplane automobile bird cat deer dog frog horse ship truck"
    assert " ".join(CIFAR10_CLASSES) == names


def test_default_sizes(monkeypatch):
    """Without drawing them all: a chunk of blanks stands for each hundred."""
    chunk = np.zeros((100, 32, 32, 3), np.uint8), tuple(range(10)) * 10
    monkeypatch.setattr(sample_data.cifar10, "_chunk", lambda *key: chunk)
    assert len(SampleCIFAR10(True)) == 5_000
    assert len(SampleCIFAR10(False)) == 1_000


def test_drawing_again_gives_the_same_pictures(train_set):
    sample_data.cifar10._chunk.cache_clear()
    again = SampleCIFAR10(True, size=120)
    np.testing.assert_array_equal(again.data, train_set.data[:120])
    assert again.targets == train_set.targets[:120]


@pytest.mark.parametrize("size", [1, 99, 100, 101])
def test_small_set_is_the_beginning_of_a_large_one(train_set, size):
    small = SampleCIFAR10(True, size=size)
    np.testing.assert_array_equal(small.data, train_set.data[:size])
    assert small.targets == train_set.targets[:size]


def test_dice_never_change():
    """The numbers behind the pictures: those of PCG64 and of Python's ``random()``."""
    dice = sample_data.cifar10.Dice(0, 1, 2)
    assert dice.random() == 0.35012861983856736
    assert dice.noise(2, 4).tolist() == [[-10, -114, 11, -67], [47, 66, -245, -148]]


def test_changing_a_set_does_not_change_the_next():
    SampleCIFAR10(True, size=10).data[:] = 0
    assert SampleCIFAR10(True, size=10).data.any()


def test_seeds_and_splits_differ(train_set, test_set):
    assert not np.array_equal(SampleCIFAR10(True, size=10, seed=1).data, train_set.data[:10])
    pictures = {picture.tobytes() for picture in train_set.data}
    assert len(pictures) == 1500
    assert pictures.isdisjoint(picture.tobytes() for picture in test_set.data)


def test_classes_are_balanced_and_shuffled(train_set, test_set):
    assert np.bincount(train_set.targets).tolist() == [150] * 10
    assert np.bincount(test_set.targets).tolist() == [50] * 10
    tens = np.array(train_set.targets).reshape(-1, 10)
    assert (np.sort(tens) == np.arange(10)).all()
    assert len({tuple(ten) for ten in tens.tolist()}) > 100


def test_pictures_use_the_range_and_every_one_shows_something(train_set):
    assert train_set.data.min() == 0
    assert train_set.data.max() == 255
    assert 100 < train_set.data.mean() < 160
    assert train_set.data.std(axis=(1, 2, 3)).min() > 8


@pytest.mark.parametrize("label", range(10), ids=CIFAR10_CLASSES)
def test_every_view_can_be_drawn(label):
    """Enough throws of the dice to meet all views and their branches."""
    for index in range(30):
        assert draw_picture(label, sample_data.cifar10.Dice(7, label, index)).shape == (32, 32, 3)


def _accuracy(train_set, test_set, *, ridge):
    """Least squares on pixels, in float64, solved in the dual (fewer pictures than pixels)."""
    mean = train_set.data.mean(axis=(0, 1, 2))
    flat = [(d.data - mean).reshape(len(d), -1) / 64 for d in (train_set, test_set)]
    wanted = np.eye(10)[train_set.targets] - 0.1
    gram = flat[0] @ flat[0].T + ridge * np.eye(len(flat[0]))
    scores = flat[1] @ (flat[0].T @ np.linalg.solve(gram, wanted))
    return (scores.argmax(axis=1) == test_set.targets).mean()


def test_linear_model_on_pixels_learns_something_but_not_much(train_set, test_set):
    """Chance is 10 %; a small CNN gets to 70–90 % on the full sample."""
    assert 0.20 < _accuracy(train_set, test_set, ridge=3000.0) < 0.55


def test_items_are_those_of_torchvision(train_set):
    image, target = train_set[0]
    assert isinstance(image, Image.Image)
    assert (image.mode, image.size) == ("RGB", (32, 32))
    assert target == train_set.targets[0]
    np.testing.assert_array_equal(np.asarray(train_set[-1][0]), train_set.data[-1])
    with pytest.raises(IndexError):
        train_set[1500]


def test_loads_like_torchvision_cifar10(train_set):
    """The same arrays through torchvision's own class and ours: the same batches."""
    transform = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
    ours = SampleCIFAR10(True, size=60, transform=transform, target_transform=lambda y: y + 1)
    theirs = tv_datasets.CIFAR10.__new__(tv_datasets.CIFAR10)
    theirs.data, theirs.targets = train_set.data[:60], train_set.targets[:60]
    theirs.transform, theirs.target_transform = ours.transform, ours.target_transform
    for mine, other in zip(DataLoader(ours, 32), DataLoader(theirs, 32), strict=True):
        torch.testing.assert_close(mine[0], other[0], rtol=0, atol=0)
        assert mine[1].dtype == other[1].dtype == torch.int64
        assert mine[1].tolist() == other[1].tolist()


def test_repr_says_what_it_is():
    assert repr(SampleCIFAR10(False, size=10)) == (
        "SampleCIFAR10: 10 drawn test pictures of 32×32 RGB pixels, 10 classes, seed 0"
    )


@pytest.mark.parametrize(
    "settings", [{"size": 0}, {"size": -5}, {"size": 2.5}, {"size": True}, {"seed": -1}]
)
def test_bad_settings_are_named(settings):
    (name, value), *_ = settings.items()
    with pytest.raises(ValueError, match=f"{name} {value} must be a whole number of"):
        SampleCIFAR10(True, **settings)


def test_ants_and_bees_are_an_image_folder(drawn):
    for split, count in (("train", 8), ("val", 4)):
        dataset = tv_datasets.ImageFolder(drawn / split)
        assert dataset.classes == ["ants", "bees"]
        assert np.bincount(dataset.targets).tolist() == [count // 2, count // 2]
    assert {image.mode for image, _ in dataset} == {"RGB"}


def test_sizes_vary_and_none_is_too_small(drawn):
    sizes = []
    for path in drawn.glob("*/*/*.jpg"):
        with Image.open(path) as image:
            sizes.append(image.size)
    assert len(set(sizes)) > 6
    assert min(min(size) for size in sizes) >= 64
    assert {width > height for width, height in sizes} == {True, False}


def test_every_picture_has_its_mask(drawn):
    pictures = [name for name in files(drawn) if name.endswith(".jpg")]
    masks = [name for name in files(drawn) if name.endswith(".png")]
    assert len(pictures) == 12
    assert masks == sorted(
        p.replace("train/", "train_masks/").replace("val/", "val_masks/").replace("jpg", "png")
        for p in pictures
    )
    for picture in pictures:
        split, kind, name = picture.split("/")
        with (
            Image.open(drawn / picture) as image,
            Image.open(drawn / f"{split}_masks" / kind / name.replace("jpg", "png")) as mask,
        ):
            assert (mask.mode, mask.size) == ("L", image.size)
            values = np.asarray(mask)
            assert set(np.unique(values)) == {0, 255}
            assert 0.01 < (values == 255).mean() < 0.5


@pytest.mark.parametrize("label", [0, 1])
def test_mask_is_where_the_animal_is(label, monkeypatch):
    """Draw the same ground without the animal: all that differs lies in the mask, and inversely."""
    key = (3, label, 1)
    with_animal, mask = ants_bees.draw_insect(label, ants_bees.Dice(*key), 160)
    blank = tuple([lambda pen, dice, colour: None] * 3)
    monkeypatch.setattr(ants_bees, "_finish", lambda image, mask, dice: (image.reduce(2), mask))
    plain, mask = ants_bees.draw_insect(label, ants_bees.Dice(*key), 160)
    monkeypatch.setattr(ants_bees, "SHAPES", (blank, blank))
    empty, _ = ants_bees.draw_insect(label, ants_bees.Dice(*key), 160)
    changed = np.abs(np.asarray(plain, int) - np.asarray(empty, int)).max(axis=2) > 0
    inside = np.asarray(mask.reduce(2)) > 0
    assert with_animal.size == plain.size
    assert not (changed & ~inside).any()
    assert (changed & inside).sum() > 0.95 * inside.sum()


def test_complete_folder_is_used_as_it_is(drawn, monkeypatch):
    monkeypatch.setattr(ants_bees, "draw_insect", None)
    assert make_ants_bees(drawn, **SMALL) == drawn


def test_same_settings_give_the_same_files(drawn, tmp_path):
    other = make_ants_bees(tmp_path / "deeper" / "again", **SMALL)
    assert files(other) == files(drawn)
    assert all((other / name).read_bytes() == (drawn / name).read_bytes() for name in files(drawn))


def test_other_settings_or_a_lost_file_make_it_anew(tmp_path):
    folder = make_ants_bees(tmp_path / "drawn", train=2, val=1, size=32)
    before = (folder / "train/bees/bees_0001.jpg").read_bytes()
    (folder / "train/bees/bees_0001.jpg").unlink()
    make_ants_bees(folder, train=2, val=1, size=32)
    assert (folder / "train/bees/bees_0001.jpg").read_bytes() == before
    make_ants_bees(folder, train=1, val=1, size=32, seed=5)
    assert len(files(folder)) == 2 * 2 * 2 + 1
    assert [p.name for p in tmp_path.iterdir()] == ["drawn"]


def test_interrupted_build_leaves_nothing(tmp_path, monkeypatch):
    draw, calls = ants_bees.draw_insect, []

    def stop_at_third(*args):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return draw(*args)

    monkeypatch.setattr(ants_bees, "draw_insect", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        make_ants_bees(tmp_path / "drawn", **SMALL)
    assert list(tmp_path.iterdir()) == []


def test_another_process_that_was_faster_wins(tmp_path, monkeypatch):
    folder, draw_all = tmp_path / "drawn", ants_bees._draw_all
    settings = {"train": 1, "val": 1, "size": 32}

    def overtaken(new, chosen):
        draw_all(new, chosen)
        draw_all(folder, chosen)
        monkeypatch.setattr(ants_bees, "_draw_all", draw_all)

    monkeypatch.setattr(ants_bees, "_draw_all", overtaken)
    assert make_ants_bees(folder, **settings) == folder
    assert len(files(folder)) == 9
    assert [p.name for p in tmp_path.iterdir()] == ["drawn"]


def test_foreign_files_are_refused_and_kept(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "mine.jpg").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"holds 1 file\(s\) .* such as train/mine.jpg; name"):
        make_ants_bees(tmp_path, **SMALL)
    assert files(tmp_path) == ["train/mine.jpg"]
    with pytest.raises(FileExistsError, match="is a file; name a folder"):
        make_ants_bees(tmp_path / "train" / "mine.jpg", **SMALL)


def test_own_files_in_a_drawn_folder_are_kept(tmp_path):
    folder = make_ants_bees(tmp_path / "drawn", train=1, val=1, size=32)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"notes\.txt"):
        make_ants_bees(folder, train=2, val=1, size=32)
    assert (folder / "notes.txt").is_file()
    assert json.loads((folder / ants_bees.STAMP).read_text(encoding="utf-8"))["train"] == 1


def test_disk_that_refuses_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DownloadError, match="COURSE_DATA_DIR"):
        make_ants_bees(tmp_path / "file" / "drawn", **SMALL)


@pytest.mark.parametrize(
    "settings", [{"train": 0}, {"val": -1}, {"size": 31}, {"seed": -1}, {"train": 1.5}]
)
def test_bad_numbers_are_named(tmp_path, settings):
    (name, value), *_ = settings.items()
    with pytest.raises(ValueError, match=f"{name} {value} must be a whole number of"):
        make_ants_bees(tmp_path / "drawn", **settings)
    assert list(tmp_path.iterdir()) == []
