import numpy as np
import pytest
import torch
from torch.utils.data import Subset
from torchvision.transforms import v2

from course_utils import loaders as l
from course_utils import transforms as t


class Pictures:
    def __init__(self, count=50, size=(32, 32), seed=0):
        rng = np.random.default_rng(seed)
        self.data = rng.integers(0, 256, (count, *size, 3), dtype=np.uint8)
        self.targets = list(range(count))

    def __len__(self):
        return len(self.targets)


def _all(loader):
    images, labels = zip(*loader, strict=True)
    return torch.cat(images), torch.cat(labels)


def test_same_pictures_as_the_transform_of_each():
    pictures = Pictures()
    images, labels = _all(l.FastLoader(pictures, batch_size=7))
    one_by_one = torch.stack([t.for_evaluation()(picture) for picture in pictures.data])
    torch.testing.assert_close(images, one_by_one, rtol=1e-5, atol=1e-6)
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
    assert labels.tolist() == pictures.targets


@pytest.mark.parametrize("batch_size", [1, 7, 25, 50, 64])
@pytest.mark.parametrize("drop_last", [True, False])
def test_length_and_coverage(batch_size, drop_last):
    loader = l.FastLoader(
        Pictures(), batch_size=batch_size, shuffle=True, drop_last=drop_last, flip=True
    )
    labels = [labels for _, labels in loader]
    assert len(labels) == len(loader)
    seen = sorted(torch.cat(labels).tolist()) if labels else []
    if drop_last:
        assert all(len(part) == batch_size for part in labels)
        assert len(set(seen)) == len(seen) == 50 // batch_size * batch_size
    else:
        assert seen == list(range(50))


@pytest.mark.parametrize("size", [(32, 32), (20, 28)])
def test_each_picture_is_cropped_and_flipped_on_its_own(size):
    pictures = Pictures(80, size)
    border = 3
    loader = l.FastLoader(pictures, batch_size=64, crop_padding=border, flip=True)
    images, _ = _all(loader)
    plain, _ = _all(l.FastLoader(pictures, batch_size=64))
    padded = v2.functional.pad(plain, [border], padding_mode="reflect")
    height, width = size
    found = []
    for image, candidates in zip(images, padded, strict=True):
        windows = candidates.unfold(1, height, 1).unfold(2, width, 1)  # (C, 7, 7, H, W)
        matches = [
            (top, left, mirrored)
            for top in range(2 * border + 1)
            for left in range(2 * border + 1)
            for mirrored in (False, True)
            if torch.equal(image.flip(2) if mirrored else image, windows[:, top, left])
        ]
        assert matches
        found.append(matches[0])
    assert len({m[:2] for m in found}) > 30  # of the 49 places
    assert 20 < sum(m[2] for m in found) < 60


def test_epochs_differ_and_can_be_repeated():
    def loader(seed=0):
        return l.FastLoader(Pictures(), shuffle=True, crop_padding=2, flip=True, seed=seed)

    first = loader()
    one, two = _all(first), _all(first)
    assert not torch.equal(one[1], two[1])
    again = loader()
    again.set_epoch(1)
    assert all(torch.equal(a, b) for a, b in zip(_all(again), two, strict=True))
    assert not torch.equal(_all(loader(seed=1))[1], one[1])


def test_random_state_of_the_run_is_not_touched():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    _all(l.FastLoader(Pictures(), shuffle=True, flip=True))
    assert torch.equal(torch.rand(1), expected)


def test_split_is_disjoint_and_repeatable():
    pictures = Pictures()
    train, valid = l.split(pictures, 0.1)
    assert (len(train), len(valid)) == (45, 5)
    assert sorted(train.indices + valid.indices) == list(range(50))
    assert l.split(pictures, 0.1)[1].indices == valid.indices
    assert l.split(pictures, 0.1, seed=1)[1].indices != valid.indices
    _, labels = _all(l.FastLoader(Subset(train, [0, 3])))
    assert labels.tolist() == [train.indices[0], train.indices[3]]
    for fraction in (0.0, 1.0, 0.001):
        with pytest.raises(ValueError, match=f"a fraction of {fraction} of 50 pictures leaves"):
            l.split(pictures, fraction)


def test_ready_made_loaders(monkeypatch):
    monkeypatch.setattr(l, "load_cifar10", lambda train, size, **_: Pictures(size, seed=int(train)))
    made = l.make_loaders(train_size=40, test_size=10, batch_size=8, augment=True, device="cpu")
    assert [len(part.dataset) for part in made] == [36, 4, 10]
    assert (made.train.shuffle, made.train.flip, made.train.crop_padding) == (True, True, 2)
    for other in (made.valid, made.test):
        assert (other.shuffle, other.flip, other.crop_padding) == (False, False, 0)


def test_alternating_flips_show_each_picture_both_ways_in_two_epochs():
    pictures = Pictures(80)
    plain, _ = _all(l.FastLoader(pictures))
    loader = l.FastLoader(pictures, flip="alternating", seed=3)
    epochs = [_all(loader)[0] for _ in range(4)]
    mirrored = [(images != plain).flatten(1).any(dim=1) for images in epochs]
    for images, turned in zip(epochs, mirrored, strict=True):
        torch.testing.assert_close(images[turned], plain[turned].flip(3))
    assert 20 < mirrored[0].sum() < 60
    assert torch.equal(mirrored[1], ~mirrored[0])
    assert torch.equal(mirrored[2], mirrored[0])
    loader.set_epoch(1)
    assert torch.equal(_all(loader)[0], epochs[1])
    other = _all(l.FastLoader(pictures, flip="alternating", seed=4))[0]
    assert not torch.equal(other, epochs[0])


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        ({}, {"batch_size": 0}, "batch_size 0 must be at least 1"),
        (
            {},
            {"flip": "alternate"},
            "flip 'alternate' is unknown; use True, False or 'alternating'",
        ),
        ({}, {"crop_padding": 32}, "crop_padding 32 must be from 0 to 31"),
        ({"data": np.zeros((3, 32, 32), np.uint8)}, {}, r"uint8 \(3, 32, 32\)"),
        ({"data": np.zeros((3, 32, 32, 3), np.float32)}, {}, "torch.float32"),
        ({"data": np.zeros((0, 32, 32, 3), np.uint8), "targets": []}, {}, "N ≥ 1"),
        ({"transforms": print}, {}, "has a transform, which FastLoader would not run"),
    ],
)
def test_bad_input_names_the_value(change, settings, message):
    pictures = Pictures()
    for name, value in change.items():
        setattr(pictures, name, value)
    with pytest.raises(ValueError, match=message):
        l.FastLoader(pictures, **settings)
