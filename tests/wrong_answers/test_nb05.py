"""Wrong answers to the exercises of notebook 05, and right ones in another style."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, RandomSampler, Subset
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("05")
CLASSES = {"ants": 0, "bees": 1, "fire_ants": 2}  # what an earlier cell may have left behind
BATCH_SIZE = 4


@wrong("batch_sizes", "a last batch of 0 pictures is none")
def sizes_with_empty_batch(count, batch_size, drop_last):
    sizes = [batch_size] * (count // batch_size)
    if not drop_last:
        sizes.append(count % batch_size)
    return sizes


@wrong("batch_sizes", "a rest of 0 is no batch, a rest above 0 is one")
def sizes_if_not_rest(count, batch_size, drop_last):
    full, rest = divmod(count, batch_size)
    sizes = [batch_size] * full
    if not rest and not drop_last:
        sizes.append(rest)
    return sizes


@wrong("batch_sizes", "drop_last is not used")
def sizes_always_all(count, batch_size, drop_last):
    return [min(batch_size, count - start) for start in range(0, count, batch_size)]


@wrong("batch_sizes", "without drop_last the incomplete batch comes")
def sizes_always_full(count, batch_size, drop_last):
    return [batch_size] * (count // batch_size)


@wrong("batch_sizes", "only if it is incomplete")
def sizes_drop_always(count, batch_size, drop_last):
    sizes = [min(batch_size, count - start) for start in range(0, count, batch_size)]
    if drop_last:
        sizes.pop()
    return sizes


@wrong("batch_sizes", "the other way round")
def sizes_reversed(count, batch_size, drop_last):
    full, rest = divmod(count, batch_size)
    return [batch_size] * full + ([rest] if rest and drop_last else [])


@wrong("batch_sizes", "what is left, not batch_size")
def sizes_rounded_up(count, batch_size, drop_last):
    batches = count // batch_size
    if count % batch_size and not drop_last:
        batches += 1
    return [batch_size] * batches


@wrong("batch_sizes", "does not spread")
def sizes_spread(count, batch_size, drop_last):
    parts = np.array_split(np.arange(count), int(np.ceil(count / batch_size)))
    return [len(part) for part in parts if len(part) == batch_size or not drop_last]


@wrong("batch_sizes", "return the list of their sizes")
def sizes_counted(count, batch_size, drop_last):
    return count // batch_size if drop_last else -(-count // batch_size)


@wrong("batch_sizes", "yours [")
def sizes_of_another_cell(count, batch_size, drop_last):
    return [len(b) for b in DataLoader(range(count), batch_size=BATCH_SIZE, drop_last=drop_last)]


def to_tensor(path, mode="RGB"):
    with Image.open(path) as file:
        return torch.from_numpy(np.array(file.convert(mode) if mode else file))


class Named(Dataset):
    """A right answer; what is wrong about it comes in subclasses."""

    def __init__(self, folder):
        self.paths = sorted(folder.glob("*.png"))
        self.classes = sorted({self.kind(path) for path in self.paths})

    def kind(self, path):
        return path.stem[: path.stem.rindex("_")]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        path = self.paths[index]
        return to_tensor(path).permute(2, 0, 1), self.classes.index(self.kind(path))


@wrong("NamedPictures", "the label is still the name")
class LabelIsText(Named):
    def __getitem__(self, index):
        return to_tensor(self.paths[index]).permute(2, 0, 1), self.kind(self.paths[index])


@wrong("NamedPictures", "there is a read_me.txt too")
class EveryFile(Named):
    def __init__(self, folder):
        self.paths = sorted(folder.iterdir())
        self.classes = sorted({self.kind(path) for path in self.paths})


@wrong("NamedPictures", "gives each three channels")
class NotConverted(Named):
    def __getitem__(self, index):
        image = to_tensor(self.paths[index], mode=None)
        image = image.permute(2, 0, 1) if image.ndim == 3 else image
        return image, self.classes.index(self.kind(self.paths[index]))


@wrong("NamedPictures", 'file.convert("RGB")')
class NotConvertedButPermuted(Named):
    def __getitem__(self, index):
        image = to_tensor(self.paths[index], mode=None).permute(2, 0, 1)
        return image, self.classes.index(self.kind(self.paths[index]))


@wrong("NamedPictures", 'file.convert("RGB")')
class NotConvertedButTransposed(Named):
    def __getitem__(self, index):
        array = np.array(Image.open(self.paths[index])).transpose(2, 0, 1)
        return torch.tensor(array), self.classes.index(self.kind(self.paths[index]))


@wrong("NamedPictures", "channels first")
class NotConvertedNorPermuted(Named):
    def __getitem__(self, index):
        label = self.classes.index(self.kind(self.paths[index]))
        return to_tensor(self.paths[index], mode=None), label


@wrong("NamedPictures", "need not have four digits")
class FourDigits(Named):
    def kind(self, path):
        return path.stem[:-5]


@wrong("NamedPictures", "need not have four digits")
class NineCharacters(Named):
    def kind(self, path):
        return path.name[:-9]


@wrong("NamedPictures", "sort the names themselves")
class InOrderOfAppearance(Named):
    def __init__(self, folder):
        self.paths = sorted(folder.glob("*.png"))
        self.classes = []
        for path in self.paths:
            if self.kind(path) not in self.classes:
                self.classes.append(self.kind(path))


@wrong("NamedPictures", "each name counts once")
class NamesRepeated(Named):
    def __init__(self, folder):
        self.paths = sorted(folder.glob("*.png"))
        self.classes = [self.kind(path) for path in self.paths]


@wrong("NamedPictures", "each name counts once")
class NamesRepeatedButSorted(Named):
    def __init__(self, folder):
        self.paths = sorted(folder.glob("*.png"))
        self.classes = sorted(self.kind(path) for path in self.paths)


@wrong("NamedPictures", "it finds no file: look for *.png")
class AnotherSuffix(Named):
    def __init__(self, folder):
        self.paths = sorted(folder.glob("*.jpg"))
        self.classes = sorted({self.kind(path) for path in self.paths})


@wrong("NamedPictures", "channels first")
class ChannelsLast(Named):
    def __getitem__(self, index):
        return to_tensor(self.paths[index]), self.classes.index(self.kind(self.paths[index]))


@wrong("NamedPictures", "yours has shape")
class RightOnSquaresOnly(Named):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image.permute(0, 2, 1), label


@wrong("NamedPictures", "at the last underscore")
class FirstUnderscore(Named):
    def kind(self, path):
        return path.name.split("_")[0]


@wrong("NamedPictures", "keep their paths")
class Eager(Named):
    def __init__(self, folder):
        super().__init__(folder)
        self.items = [Named.__getitem__(self, index) for index in range(len(self.paths))]

    def __getitem__(self, index):
        return self.items[index]


@wrong("NamedPictures", "sort the paths")
class Backwards(Named):
    def __init__(self, folder):
        super().__init__(folder)
        self.paths.reverse()


@wrong("NamedPictures", "KeyError")
class ClassesOfAnotherCell(Named):
    def __getitem__(self, index):
        image, _ = super().__getitem__(index)
        return image, CLASSES[self.kind(self.paths[index])]


@wrong("NamedPictures", "it is a torch.utils.data.Dataset")
class NoDataset:
    __init__, __len__, __getitem__ = Named.__init__, Named.__len__, Named.__getitem__
    kind = Named.kind


@wrong("NamedPictures", "dtype float32")
class Floats(Named):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image / 255, label


def zeros_like_largest(samples, **settings):
    height = max(image.shape[1] for image, _ in samples)
    width = max(image.shape[2] for image, _ in samples)
    return torch.zeros(len(samples), samples[0][0].shape[0], height, width, **settings)


def labels_of(samples):
    return torch.tensor([label for _, label in samples])


@wrong("pad_batch", "bring them to one size")
def batch_not_padded(samples):
    images, labels = zip(*samples, strict=True)
    return torch.stack(images), torch.tensor(labels)


@wrong("pad_batch", "the labels must be a tensor too")
def batch_with_list(samples):
    return pad_right(samples)[0], [label for _, label in samples]


@wrong("pad_batch", "yours is a square")
def batch_of_squares(samples):
    side = max(max(image.shape[1:]) for image, _ in samples)
    images = [F.pad(i, (0, side - i.shape[2], 0, side - i.shape[1])) for i, _ in samples]
    return torch.stack(images), labels_of(samples)


@wrong("pad_batch", "the size of the first picture")
def batch_like_the_first(samples):
    height, width = samples[0][0].shape[1:]
    images = [F.pad(i, (0, width - i.shape[2], 0, height - i.shape[1])) for i, _ in samples]
    return torch.stack(images), labels_of(samples)


@wrong("pad_batch", "pad to the largest")
def batch_cut(samples):
    height = min(image.shape[1] for image, _ in samples)
    width = min(image.shape[2] for image, _ in samples)
    return torch.stack([i[:, :height, :width] for i, _ in samples]), labels_of(samples)


@wrong("pad_batch", "below and on the right")
def batch_in_the_other_corner(samples):
    images = zeros_like_largest(samples, dtype=torch.uint8)
    for place, (image, _) in enumerate(samples):
        images[place, :, -image.shape[1] :, -image.shape[2] :] = image
    return images, labels_of(samples)


@wrong("pad_batch", "dtype=torch.uint8")
def batch_of_floats(samples):
    images = zeros_like_largest(samples)
    for place, (image, _) in enumerate(samples):
        images[place, :, : image.shape[1], : image.shape[2]] = image
    return images, labels_of(samples)


@wrong("pad_batch", "the pair (images, labels)")
def batch_without_labels(samples):
    return pad_right(samples)[0]


@wrong("pad_batch", "changes its input samples in place")
def batch_that_blackens(samples):
    images, labels = pad_right(samples)
    samples.clear()
    return images, labels


@wrong("repair_loaders", "nothing is shuffled in training")
def loaders_without_shuffle(train_set, test_set):
    return DataLoader(train_set, batch_size=8, drop_last=True), DataLoader(test_set, batch_size=8)


@wrong("repair_loaders", "testing is still shuffled")
def loaders_test_shuffled(train_set, test_set):
    train_loader = DataLoader(train_set, batch_size=8, shuffle=True, drop_last=True)
    return train_loader, DataLoader(test_set, batch_size=8, shuffle=True)


@wrong("repair_loaders", "testing still drops")
def loaders_test_dropped(train_set, test_set):
    train_loader = DataLoader(train_set, batch_size=8, shuffle=True, drop_last=True)
    return train_loader, DataLoader(test_set, batch_size=8, drop_last=True)


@wrong("repair_loaders", "still shuffles, and drops")
def loaders_half_repaired(train_set, test_set):
    settings = {"batch_size": 8, "shuffle": True, "drop_last": True}
    return DataLoader(train_set, **settings), DataLoader(test_set, **settings)


@wrong("repair_loaders", "only full batches are wanted")
def loaders_train_incomplete(train_set, test_set):
    train_loader = DataLoader(train_set, batch_size=8, shuffle=True)
    return train_loader, DataLoader(test_set, batch_size=8)


@wrong("repair_loaders", "train first")
def loaders_swapped(train_set, test_set):
    train_loader = DataLoader(train_set, batch_size=8, shuffle=True, drop_last=True)
    return DataLoader(test_set, batch_size=8), train_loader


@wrong("repair_loaders", "each loader keeps its own set")
def loaders_with_swapped_names(train_set, test_set):
    test_loader = DataLoader(train_set, batch_size=8)
    train_loader = DataLoader(test_set, batch_size=8, shuffle=True, drop_last=True)
    return train_loader, test_loader


@wrong("repair_loaders", "each loader keeps its own set")
def loaders_with_swapped_sets(train_set, test_set):
    train_loader = DataLoader(test_set, batch_size=8, shuffle=True, drop_last=True)
    return train_loader, DataLoader(train_set, batch_size=8)


@wrong("repair_loaders", "each loader keeps its own set")
def loaders_tested_on_training(train_set, test_set):
    train_loader = DataLoader(train_set, batch_size=8, shuffle=True, drop_last=True)
    return train_loader, DataLoader(train_set, batch_size=8)


@wrong("repair_loaders", "one order for all epochs")
def loaders_shuffled_once(train_set, test_set):
    order = torch.randperm(len(train_set)).tolist()
    train_loader = DataLoader(Subset(train_set, order), batch_size=8, drop_last=True)
    return train_loader, DataLoader(test_set, batch_size=8)


@wrong("repair_loaders", "a picture comes twice")
def loaders_with_replacement(train_set, test_set):
    sampler = RandomSampler(train_set, replacement=True)
    train_loader = DataLoader(train_set, batch_size=8, sampler=sampler, drop_last=True)
    return train_loader, DataLoader(test_set, batch_size=8)


@wrong("pair_up", "every pair behind it is wrong")
def pairs_zipped(pictures, masks):
    return list(zip(sorted(pictures), sorted(masks)))  # noqa: B905


@wrong("pair_up", "equal numbers are no proof")
def pairs_counted(pictures, masks):
    if len(pictures) != len(masks):
        raise ValueError("something is missing")
    return list(zip(sorted(pictures), sorted(masks), strict=True))


@wrong("pair_up", "pair by name")
def pairs_unsorted(pictures, masks):
    return list(zip(pictures, masks))  # noqa: B905


@wrong("pair_up", "left out in silence")
def pairs_of_those_that_fit(pictures, masks):
    found = {Path(mask).stem: mask for mask in masks}
    return [(p, found[Path(p).stem]) for p in sorted(pictures) if Path(p).stem in found]


@wrong("pair_up", "the wrong one: raise ValueError")
def pairs_with_key_error(pictures, masks):
    found = {Path(mask).stem: mask for mask in masks}
    return [(picture, found[Path(picture).stem]) for picture in sorted(pictures)]


@wrong("pair_up", "a mask without a picture goes unnoticed")
def pairs_of_every_picture(pictures, masks):
    pairs = pairs_of_those_that_fit(pictures, masks)
    if len(pairs) < len(pictures):
        raise ValueError("a picture has no mask")
    return pairs


@wrong("pair_up", "a name may hold a dot")
def pairs_by_first_dot(pictures, masks):
    found = {mask.split(".")[0]: mask for mask in masks}
    if {picture.split(".")[0] for picture in pictures} != set(found):
        raise ValueError("no partner")
    return [(picture, found[picture.split(".")[0]]) for picture in sorted(pictures)]


@wrong("pair_up", "sort them by picture")
def pairs_in_given_order(pictures, masks):
    return [pair for p in pictures for pair in pair_by_stem(pictures, masks) if pair[0] == p]


@wrong("pair_up", "make a copy of pictures first")
def pairs_right_but_sorted_in_place(pictures, masks):
    pictures.sort()
    return pair_by_stem(pictures, masks)


@wrong("pair_up", "take off the suffix, whatever it is")
def pairs_by_replace(pictures, masks):
    pairs = [(picture, picture.replace(".jpg", ".png")) for picture in sorted(pictures)]
    if {mask for _, mask in pairs} != set(masks):
        raise ValueError("no partner")
    return pairs


@wrong("pair_up", "take off the suffix, whatever it is")
def pairs_by_four_letters(pictures, masks):
    found = {mask[:-4]: mask for mask in masks}
    if {picture[:-4] for picture in pictures} != set(found):
        raise ValueError("no partner")
    return [(picture, found[picture[:-4]]) for picture in sorted(pictures)]


@wrong("pair_up", "raise ValueError")
def pairs_asserted(pictures, masks):
    assert {Path(p).stem for p in pictures} == {Path(m).stem for m in masks}
    return pair_by_stem(pictures, masks)


@wrong("pair_up", "hands the error over as an answer")
def pairs_with_returned_error(pictures, masks):
    if {Path(p).stem for p in pictures} != {Path(m).stem for m in masks}:
        return ValueError("no partner")
    return pair_by_stem(pictures, masks)


@wrong("pair_up", "must be a list")
def pairs_yielded(pictures, masks):
    yield from pair_by_stem(pictures, masks)


@wrong("pair_up", "must be a list")
def pairs_as_zip(pictures, masks):
    return zip(*zip(*pair_by_stem(pictures, masks), strict=True), strict=True)


@wrong("pair_up", "use only the parameters")
def pairs_with_a_slip(pictures, masks):
    if {Path(p).stem for p in pictures} != {Path(m).stem for m in masks}:
        raise ValueErorr("no partner")  # noqa: F821
    return pair_by_stem(pictures, masks)


def sizes_by_range(count, batch_size, drop_last):
    sizes = [min(batch_size, count - start) for start in range(0, count, batch_size)]
    return [size for size in sizes if size == batch_size] if drop_last else sizes


def sizes_as_numpy_numbers(count, batch_size, drop_last):
    return [np.int64(size) for size in sizes_by_range(count, batch_size, drop_last)]


class NamedByListing(Dataset):
    """With os, a dictionary, a contiguous tensor and a numpy label."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.files = sorted(f for f in os.listdir(folder) if f.endswith(".png"))  # noqa: PTH208
        names = sorted({f[: f.rfind("_")] for f in self.files})
        self.number = {name: np.int64(number) for number, name in enumerate(names)}

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        image = Image.open(f"{self.folder}/{self.files[i]}").convert("RGB")
        array = np.asarray(image).transpose(2, 0, 1)
        return torch.tensor(array), self.number[self.files[i][: self.files[i].rfind("_")]]


def pad_right(samples):
    images, labels = zip(*samples, strict=True)
    height = max(image.size(1) for image in images)
    width = max(image.size(2) for image in images)
    padded = [F.pad(i, [0, width - i.size(2), 0, height - i.size(1)]) for i in images]
    return torch.stack(padded), torch.as_tensor(labels)


def loaders_with_sampler(train_set, test_set):
    generator = torch.Generator().manual_seed(1)
    sampler = RandomSampler(train_set, generator=generator)
    train_loader = DataLoader(train_set, 8, sampler=sampler, drop_last=True)
    return [train_loader, DataLoader(test_set, 8, shuffle=False, drop_last=False)]


def pair_by_stem(pictures, masks):
    masks = {mask.rpartition(".")[0]: mask for mask in masks}
    pairs = []
    for picture in sorted(pictures):
        if (stem := os.path.splitext(picture)[0]) not in masks:  # noqa: PTH122
            raise ValueError(f"{picture} has no mask")
        pairs.append((picture, masks[stem]))
    if len(masks) > len(pairs):
        raise ValueError("a mask has no picture")
    return pairs


def pad_to_list(samples):
    return list(pad_right(samples))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("batch_sizes", sizes_by_range),
        ("batch_sizes", sizes_as_numpy_numbers),
        ("NamedPictures", Named),
        ("NamedPictures", NamedByListing),
        ("pad_batch", pad_right),
        ("pad_batch", pad_to_list),
        ("repair_loaders", loaders_with_sampler),
        ("pair_up", pair_by_stem),
    ],
)
def test_another_style_is_right_too(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


@wrong("pair_up", "zip stops at the shorter list")
def pairs_zipped_and_compared(pictures, masks):
    pairs = list(zip(sorted(pictures), sorted(masks), strict=False))
    for picture, mask in pairs:
        if Path(picture).stem != Path(mask).stem:
            raise ValueError(picture)
    return pairs


@wrong("pair_up", "make a copy of pictures first")
def pairs_sorted_in_place(pictures, masks):
    pictures.sort()
    mask_of = {Path(name).stem: name for name in masks}
    if {Path(name).stem for name in pictures} != set(mask_of):
        raise ValueError("no partner")
    return [(name, mask_of[Path(name).stem]) for name in pictures]


@wrong("repair_loaders", "shuffle still stands in the wrong line")
def loaders_with_drop_last_moved(train_set, test_set):
    return (
        DataLoader(train_set, batch_size=8, drop_last=True),
        DataLoader(test_set, batch_size=8, shuffle=True),
    )


@wrong("repair_loaders", "drop_last still stands in the wrong line")
def loaders_with_shuffle_moved(train_set, test_set):
    return (
        DataLoader(train_set, batch_size=8, shuffle=True),
        DataLoader(test_set, batch_size=8, drop_last=True),
    )


class NamedBase(Dataset):
    """What the wrong answers below have in common: they are right but for one thing."""

    def __init__(self, folder):
        self.paths = sorted(folder.glob("*.png"))
        self.names = [path.stem.rsplit("_", 1)[0] for path in self.paths]
        self.classes = sorted(set(self.names))

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with Image.open(self.paths[index]) as file:
            image = torch.from_numpy(np.array(file.convert("RGB")))
        name = self.paths[index].stem.rsplit("_", 1)[0]
        return image.permute(2, 0, 1), self.classes.index(name)


@wrong("NamedPictures", "sort the paths themselves")
class NamedSortedByName(NamedBase):
    def __init__(self, folder):
        super().__init__(folder)
        files = sorted(folder.glob("*.png"), reverse=True)
        self.paths = sorted(files, key=lambda path: path.stem.rsplit("_", 1)[0])


@wrong("NamedPictures", "a set has no order")
class NamedWithSet(NamedBase):
    def __init__(self, folder):
        super().__init__(folder)
        self.classes = list(set(self.names))


@wrong("NamedPictures", "__len__ returns nothing yet")
class NamedWithoutLength(NamedBase):
    def __init__(self, folder):
        super().__init__(folder)
        self.folder = folder

    def __len__(self):
        pass


@wrong("NamedPictures", "__getitem__ returns nothing yet")
class NamedWithoutItems(NamedBase):
    def __init__(self, folder):
        super().__init__(folder)
        self.folder = folder

    def __getitem__(self, index):
        pass


@wrong("NamedPictures", "no resize here")
class NamedResized(NamedBase):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return F.interpolate(image[None].float(), (128, 128))[0].to(torch.uint8), label


test_told, test_enough = wrong.tests()
