"""Wrong answers to the exercises of notebook 08, and right ones in other styles."""

import random
from collections import Counter

import numpy as np
import pytest
import torch
from torch.utils.data import Subset
from torchvision.transforms import v2
from wrong_answer_runner import WrongAnswers

from course_utils.exercises._cases import draw_cases
from course_utils.exercises._judge import judge, try_case
from course_utils.exercises._registry import find_exercise

wrong = WrongAnswers("08")


@wrong("rows_to_pictures", "reshape keeps the order of the numbers")
def pictures_by_reshape(rows):
    return rows.reshape(len(rows), 32, 32, 3)


@wrong("rows_to_pictures", "height and width are swapped")
def pictures_on_their_side(rows):
    return rows.reshape(-1, 3, 32, 32).transpose()[:, :, :, :].transpose(3, 0, 1, 2)


@wrong("rows_to_pictures", "the channels must come last")
def pictures_channels_first(rows):
    return rows.reshape(-1, 3, 32, 32)


@wrong("rows_to_pictures", "the first picture only")
def pictures_first_only(rows):
    return np.moveaxis(rows[0].reshape(3, 32, 32), 0, -1)


@wrong("rows_to_pictures", "that is for one row")
def pictures_of_one_row(rows):
    return rows.reshape(3, 32, 32).transpose(1, 2, 0)


@wrong("rows_to_pictures", "the channels are number 1")
def pictures_with_the_axes_of_one(rows):
    return rows.reshape(-1, 3, 32, 32).transpose(1, 2, 0)


@wrong("rows_to_pictures", "dtype float64")
def pictures_as_floats(rows):
    return np.moveaxis(rows.reshape(-1, 3, 32, 32), 1, -1) / 255


@wrong("class_counts", "it belongs in, with 0")
def counts_of_those_present(targets, classes):
    return dict(Counter(classes[target] for target in targets))


@wrong("class_counts", "classes[target] is the name")
def counts_by_number(targets, classes):
    return {number: targets.count(number) for number in range(len(classes))}


@wrong("class_counts", "not how often they occur")
def counts_class_to_idx(targets, classes):
    return {name: classes.index(name) for name in classes}


@wrong("class_counts", "do not divide")
def counts_as_shares(targets, classes):
    return {name: targets.count(n) / len(targets) for n, name in enumerate(classes)}


@wrong("class_counts", "after the largest number that occurs")
def counts_by_bincount(targets, classes):
    counts = torch.bincount(torch.tensor(targets)).tolist()
    return dict(zip(classes, counts, strict=False))


@wrong("class_counts", "after the largest number that occurs")
def counts_by_strict_bincount(targets, classes):
    return dict(zip(classes, np.bincount(targets), strict=True))


@wrong("class_counts", "there are len(classes)")
def counts_up_to_the_largest(targets, classes):
    return {classes[n]: targets.count(n) for n in range(max(targets) + 1)}


@wrong("class_counts", "minlength=len(classes)")
def counts_for_ten_classes(targets, classes):
    counts = torch.bincount(torch.tensor(targets), minlength=10)
    return dict(zip(classes, counts.tolist(), strict=False))


@wrong("class_counts", "10 is the number of classes of CIFAR-10 only")
def counts_for_ten_classes_strictly(targets, classes):
    counts = torch.bincount(torch.tensor(targets), minlength=10)
    return dict(zip(classes, counts.tolist(), strict=True))


@wrong("class_counts", "a number never equals a name")
def counts_of_names(targets, classes):
    return {name: sum(target == name for target in targets) for name in classes}


@wrong("class_counts", "a dict is wanted")
def counts_as_a_list(targets, classes):
    return [targets.count(n) for n in range(len(classes))]


@wrong("class_counts", ".item() makes a tensor of one element a number")
def counts_as_tensors(targets, classes):
    return dict(zip(classes, torch.bincount(torch.tensor(targets), minlength=99), strict=False))


def _sums(batches, *, pixels=lambda x: x[:, 0].numel(), number=lambda b: b.double() / 255):
    n = total = squares = 0
    for batch in batches:
        x = number(batch)
        n, total = n + pixels(x), total + x.sum((0, 2, 3))
        squares = squares + (x**2).sum((0, 2, 3))
    return n, total, squares


@wrong("channel_statistics", "not every picture has 32·32 pixels")
def statistics_of_one_size(batches):
    n, total, squares = _sums(batches, pixels=lambda x: len(x) * 32 * 32)
    return total / n, (squares / n - (total / n) ** 2).sqrt()


@wrong("channel_statistics", "is it mean**2")
def statistics_without_square(batches):
    n, total, squares = _sums(batches)
    return total / n, (squares / n - total / n).sqrt()


@wrong("channel_statistics", "subtract the square of the mean")
def statistics_of_bytes_without_square(batches):
    n, total, squares = _sums(batches, number=torch.Tensor.float)
    return total / n / 255, (squares / n - total / n).sqrt() / 255


@wrong("channel_statistics", "clamp hides it")
def statistics_in_uint8_with_a_clamp(batches):
    n, total, squares = _sums(batches, number=lambda batch: batch)
    return total / n / 255, (squares / n - (total / n) ** 2).clamp_min(0).sqrt() / 255


@wrong("channel_statistics", "float16 has three digits")
def statistics_in_float16(batches):
    n, total, squares = _sums(batches, number=lambda batch: batch.half() / 255)
    return total / n, (squares / n - (total / n) ** 2).sqrt()


@wrong("channel_statistics", "a third of the mean")
def statistics_of_too_many_pixels(batches):
    n, total, squares = _sums(batches, pixels=torch.numel)
    return total / n, (squares / n - (total / n) ** 2).sqrt()


@wrong("channel_statistics", "not the pictures")
def statistics_of_pictures(batches):
    n, total, squares = _sums(batches, pixels=len)
    return total / n, (squares / n - (total / n) ** 2).sqrt()


@wrong("channel_statistics", "not the pictures")
def statistics_of_pictures_in_bytes(batches):
    n, total, squares = _sums(batches, pixels=len, number=torch.Tensor.float)
    return total / n, (squares / n - (total / n) ** 2).sqrt()


@wrong("channel_statistics", "counts a short one like a long one")
def statistics_with_a_mean_of_means(batches):
    n = total = squares = 0
    means = []
    for batch in batches:
        x = batch.float() / 255
        means.append(x.mean((0, 2, 3)))
        n, total = n + x[:, 0].numel(), total + x.sum((0, 2, 3))
        squares = squares + (x**2).sum((0, 2, 3))
    return torch.stack(means).mean(0), (squares / n - (total / n) ** 2).sqrt()


@wrong("channel_statistics", "how far the batches lie apart")
def statistics_with_a_mean_of_stds(batches):
    n = total = 0
    stds = []
    for batch in batches:
        x = batch.float() / 255
        n, total = n + x[:, 0].numel(), total + x.sum((0, 2, 3))
        stds.append(x.std((0, 2, 3)))
    return total / n, torch.stack(stds).mean(0)


@wrong("channel_statistics", "divide by 255")
def statistics_of_bytes(batches):
    count, total, squares = 0, 0, 0
    for batch in batches:
        x = batch.double()
        count += x[:, 0].numel()
        total += x.sum((0, 2, 3))
        squares += (x**2).sum((0, 2, 3))
    return total / count, (squares / count - (total / count) ** 2).sqrt()


@wrong("channel_statistics", "keep sums")
def statistics_averaged(batches):
    means, stds = [], []
    for batch in batches:
        x = batch.float() / 255
        means.append(x.mean((0, 2, 3)))
        stds.append(x.std((0, 2, 3)))
    return torch.stack(means).mean(0), torch.stack(stds).mean(0)


@wrong("channel_statistics", "how far the batches lie apart")
def statistics_averaged_by_length(batches):
    n, mean, std = 0, 0, 0
    for batch in batches:
        x = batch.double() / 255
        n, mean, std = (
            n + len(x),
            mean + x.mean((0, 2, 3)) * len(x),
            std + x.std((0, 2, 3)) * len(x),
        )
    return mean / n, std / n


@wrong("channel_statistics", "uint8 wraps around at 256")
def statistics_in_uint8(batches):
    n, total, squares = 0, 0, 0
    for batch in batches:
        n += batch[:, 0].numel()
        total += batch.sum((0, 2, 3)).double()
        squares += (batch**2).sum((0, 2, 3)).double()
    return total / n / 255, (squares / n - (total / n) ** 2).sqrt() / 255


@wrong("channel_statistics", "it keeps all batches in memory")
def statistics_of_everything(batches):
    x = torch.cat(list(batches)).double() / 255
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


def _of_pixels(x):
    return x.mean((0, 2, 3)) / 255, x.std((0, 2, 3)) / 255


@wrong("channel_statistics", "it keeps all batches in memory")
def statistics_of_everything_as_floats(batches):
    return _of_pixels(torch.cat([batch.float() for batch in batches]))


@wrong("channel_statistics", "it keeps all batches in memory")
def statistics_of_a_list_of_doubles(batches):
    kept = []
    for batch in batches:
        x = batch.double()
        squares, centred = x**2, x - x.mean((2, 3), keepdim=True)  # noqa: F841
        kept.append(x / 255)
    x = torch.cat(kept)
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


@wrong("channel_statistics", "it keeps all batches in memory")
def statistics_of_a_growing_tensor(batches):
    everything = None
    for batch in batches:
        x = batch.float()
        everything = x if everything is None else torch.cat([everything, x])
    return _of_pixels(everything)


@wrong("channel_statistics", "it keeps all batches in memory")
def statistics_of_three_lists(batches):
    channels = [], [], []
    for batch in batches:
        for kept, plane in zip(channels, batch.unbind(1), strict=True):
            kept.append(plane.flatten().float() / 255)
    channels = [torch.cat(kept) for kept in channels]
    return torch.stack([x.mean() for x in channels]), torch.stack([x.std() for x in channels])


@wrong("channel_statistics", "it keeps all batches in memory")
def statistics_of_a_list_of_arrays(batches):
    x = np.concatenate([batch.numpy() for batch in batches])
    return torch.tensor(x.mean((0, 2, 3)) / 255), torch.tensor(x.std((0, 2, 3)) / 255)


@wrong("channel_statistics", "the batches come once")
def statistics_in_two_passes(batches):
    n = total = 0
    for batch in batches:
        n, total = n + batch[:, 0].numel(), total + batch.double().sum((0, 2, 3))
    mean, spread = total / n, 0
    for batch in batches:
        spread = spread + ((batch - mean[:, None, None]) ** 2).sum((0, 2, 3))
    return mean / 255, (spread / n).sqrt() / 255


@wrong("channel_statistics", "this is the variance")
def statistics_without_root(batches):
    n, total, squares = 0, 0, 0
    for batch in batches:
        x = batch.double() / 255
        n += x[:, 0].numel()
        total += x.sum((0, 2, 3))
        squares += (x**2).sum((0, 2, 3))
    return total / n, squares / n - (total / n) ** 2


@wrong("channel_statistics", "one number for each channel")
def statistics_over_channels(batches):
    n, total, squares = 0, 0, 0
    for batch in batches:
        x = batch.double() / 255
        n, total, squares = n + x.numel(), total + x.sum(), squares + (x**2).sum()
    return total / n, (squares / n - (total / n) ** 2).sqrt()


def _by_class(targets, order, held_out):
    valid = []
    for label in set(targets):
        valid += [place for place in order if targets[place] == label][:held_out]
    return [place for place in range(len(targets)) if place not in valid], valid


def _order(targets, seed):
    return torch.randperm(len(targets), generator=torch.Generator().manual_seed(seed)).tolist()


@wrong("stratified_split", "draw from each class")
def split_at_random(targets, held_out, seed):
    order, cut = _order(targets, seed), held_out * len(set(targets))
    return order[cut:], order[:cut]


@wrong("stratified_split", "always the first ones")
def split_first_ones(targets, held_out, seed):
    return _by_class(targets, range(len(targets)), held_out)


@wrong("stratified_split", "the score would flatter you")
def split_that_keeps_all(targets, held_out, seed):
    return list(range(len(targets))), _by_class(targets, _order(targets, seed), held_out)[1]


@wrong("stratified_split", "the two parts are swapped")
def split_swapped(targets, held_out, seed):
    return _by_class(targets, _order(targets, seed), held_out)[::-1]


@wrong("stratified_split", "the seed must decide")
def split_with_a_fixed_seed(targets, held_out, seed):
    return _by_class(targets, _order(targets, 0), held_out)


@wrong("stratified_split", "give randperm a generator")
def split_without_generator(targets, held_out, seed):
    return _by_class(targets, torch.randperm(len(targets)).tolist(), held_out)


@wrong("stratified_split", "held_out is a number of pictures, of each class")
def split_by_percent(targets, held_out, seed):
    return _by_class(targets, _order(targets, seed), len(targets) * held_out // 100)


@wrong("stratified_split", "not of all together")
def split_with_few_in_all(targets, held_out, seed):
    order = _order(targets, seed)
    return order[held_out:], order[:held_out]


@wrong("stratified_split", "these are labels")
def split_of_labels(targets, held_out, seed):
    return [[targets[n] for n in part] for part in _by_class(targets, _order(targets, 0), held_out)]


@wrong("stratified_split", "the score would flatter you")
def split_with_everything_for_training(targets, held_out, seed):
    rng, valid = np.random.default_rng(seed), []
    for label in set(targets):
        places = [n for n, target in enumerate(targets) if target == label]
        valid += rng.choice(places, held_out, replace=False).tolist()
    return range(len(targets)), valid


def _members(targets, seed):
    generator = torch.Generator().manual_seed(seed)
    for label in sorted(set(targets)):
        members = [n for n, target in enumerate(targets) if target == label]
        yield members, torch.randperm(len(members), generator=generator).tolist()


@wrong("stratified_split", "stands for members[k]")
def split_by_numbers_of_members(targets, held_out, seed):
    valid = [k for _, order in _members(targets, seed) for k in order[:held_out]]
    return [n for n in range(len(targets)) if n not in valid], valid


@wrong("stratified_split", "stands for members[k]")
def split_both_by_numbers_of_members(targets, held_out, seed):
    orders = [order for _, order in _members(targets, seed)]
    train = [k for order in orders for k in order[held_out:]]
    return train, [k for order in orders for k in order[:held_out]]


@wrong("stratified_split", "draw without putting back")
def split_with_repeats(targets, held_out, seed):
    rng, valid = random.Random(seed), []
    for label in sorted(set(targets)):
        valid += rng.choices([n for n, t in enumerate(targets) if t == label], k=held_out)
    return [n for n in range(len(targets)) if n not in valid], valid


@wrong("stratified_split", "shuffle the places instead")
def split_that_shuffles_targets(targets, held_out, seed):
    random.Random(seed).shuffle(targets)
    return _by_class(targets, range(len(targets)), held_out)


@wrong("stratified_split", "there is no picture")
def split_from_one(targets, held_out, seed):
    train, valid = _by_class(targets, _order(targets, seed), held_out)
    return [n + 1 for n in train], [n + 1 for n in valid]


def _pieces(targets, held_out, start):
    valid = []
    for label in set(targets):
        places = [n for n, target in enumerate(targets) if target == label]
        first = start(len(places))
        valid += [places[(first + m) % len(places)] for m in range(held_out)]
    return [n for n in range(len(targets)) if n not in valid], valid


@wrong("stratified_split", "neighbours in a file are often alike")
def split_by_rotation(targets, held_out, seed):
    return _pieces(targets, held_out, lambda count: seed)


@wrong("stratified_split", "do not cut out a piece")
def split_by_random_pieces(targets, held_out, seed):
    rng = random.Random(seed)
    return _pieces(targets, held_out, lambda count: rng.randrange(count - held_out + 1))


@wrong("repair_split", "the seed must decide")
def parts_without_a_seed(make_dataset, augment, plain, held_out, seed):
    order = torch.randperm(len(make_dataset(plain))).tolist()
    train = Subset(make_dataset(augment), order[held_out:])
    return train, Subset(make_dataset(plain), order[:held_out])


@wrong("repair_split", "the seed must decide")
def parts_with_a_fixed_seed(make_dataset, augment, plain, held_out, seed):
    order = _order(make_dataset(plain), 0)
    train = Subset(make_dataset(augment), order[held_out:])
    return train, Subset(make_dataset(plain), order[:held_out])


@wrong("repair_split", "a ready list is augmented once")
def parts_made_in_advance(make_dataset, augment, plain, held_out, seed):
    augmented, order = make_dataset(augment), _order(make_dataset(plain), seed)
    train = [augmented[n] for n in order[held_out:]]
    return train, Subset(make_dataset(plain), order[:held_out])


@wrong("repair_split", "the order is (training part, validation part)")
def parts_in_the_wrong_order(make_dataset, augment, plain, held_out, seed):
    order = _order(make_dataset(plain), seed)
    train = Subset(make_dataset(augment), order[held_out:])
    return Subset(make_dataset(plain), order[:held_out]), train


@wrong("repair_split", "a picture is in neither part")
def parts_that_lose_one(make_dataset, augment, plain, held_out, seed):
    order = _order(make_dataset(plain), seed)
    train = Subset(make_dataset(augment), order[held_out + 1 :])
    return train, Subset(make_dataset(plain), order[:held_out])


@wrong("repair_split", "not a random choice")
def parts_in_the_order_of_the_file(make_dataset, augment, plain, held_out, seed):
    dataset = make_dataset(plain)
    train = Subset(make_dataset(augment), range(held_out, len(dataset)))
    return train, Subset(dataset, range(held_out))


@wrong("repair_split", "raises NameError")
def parts_of_an_unknown_order(make_dataset, augment, plain, held_out, seed):
    return Subset(make_dataset(augment), no_such_order), Subset(make_dataset(plain), [])  # noqa: F821


@wrong("repair_split", "now nothing is augmented")
def parts_without_augmentation(make_dataset, augment, plain, held_out, seed):
    dataset = make_dataset(plain)
    order = _order(dataset, seed)
    return Subset(dataset, order[held_out:]), Subset(dataset, order[:held_out])


@wrong("repair_split", "a transform that is set afterwards changes both")
def parts_changed_afterwards(make_dataset, augment, plain, held_out, seed):
    dataset = make_dataset(augment)
    order = _order(dataset, seed)
    valid = Subset(dataset, order[:held_out])
    valid.dataset.transform = plain
    return Subset(dataset, order[held_out:]), valid


@wrong("repair_split", "the two transforms are swapped")
def parts_swapped(make_dataset, augment, plain, held_out, seed):
    order = _order(make_dataset(plain), seed)
    train = Subset(make_dataset(plain), order[held_out:])
    return train, Subset(make_dataset(augment), order[:held_out])


@wrong("repair_split", "cut one order")
def parts_of_the_whole_order(make_dataset, augment, plain, held_out, seed):
    order = _order(make_dataset(plain), seed)
    return Subset(make_dataset(augment), order), Subset(make_dataset(plain), order[:held_out])


@wrong("repair_split", "cut one order")
def parts_of_two_orders(make_dataset, augment, plain, held_out, seed):
    first, second = make_dataset(augment), make_dataset(plain)
    generator = torch.Generator().manual_seed(seed)
    for_training = torch.randperm(len(first), generator=generator).tolist()[held_out:]
    for_validation = torch.randperm(len(first), generator=generator).tolist()[:held_out]
    return Subset(first, for_training), Subset(second, for_validation)


def pictures_one_by_one(rows):
    return np.stack([np.dstack(row.reshape(3, 32, 32)) for row in rows])


def counts_by_comprehension(targets, classes):
    return Counter({name: int(np.sum(np.array(targets) == n)) for n, name in enumerate(classes)})


def counts_with_enough_bins(targets, classes):
    return dict(zip(classes, np.bincount(targets, minlength=len(classes)), strict=True))


def statistics_in_float32(batches):
    n, total, squares = 0, torch.zeros(3), torch.zeros(3)
    for batch in batches:
        x = (batch / 255).permute(1, 0, 2, 3).flatten(1)
        n, total, squares = n + x.shape[1], total + x.sum(1), squares + x.square().sum(1)
    mean = total / n
    return [mean, ((squares / n - mean * mean) * n / (n - 1)).sqrt()]


def statistics_with_accumulators(batches):
    n, total, squares, last = 0, torch.zeros(3, 1), None, []
    for batch in batches:
        x = batch.double()
        x /= 255
        flat = x.transpose(0, 1).flatten(1).contiguous()
        if squares is None:
            squares = torch.zeros(3, dtype=torch.float64)
            total = total.double()
        else:
            last = [x, x**2, x - 0.5, flat.clone()]  # not there in the first turn
        total += flat.sum(1, keepdim=True)
        squares += flat.square().sum(1)
        n += flat.shape[1]
    mean = (total / n).flatten()
    return mean, (squares / n - mean**2).sqrt(), *last[:0]


def statistics_of_average_pictures(batches):
    sums = []
    for batch in batches:
        x = v2.functional.to_dtype(batch, torch.float64, scale=True)
        sums.append((x.shape[0], x.sum(0), (x * x).sum(0)))
    n = sum(count for count, *_ in sums)
    mean = torch.stack([total for _, total, _ in sums]).sum(0).mean((1, 2)) / n
    squares = torch.stack([total for *_, total in sums]).sum(0).mean((1, 2)) / n
    return mean, (squares - mean**2).sqrt()


def statistics_of_a_histogram(batches):
    counts = torch.zeros(3, 256, dtype=torch.int64)
    for batch in batches:
        planes = batch.unbind(1)
        counts += torch.stack([plane.flatten().bincount(minlength=256) for plane in planes])
    value = torch.arange(256) / 255
    mean = (counts * value).sum(1) / counts.sum(1)
    return mean, ((counts * value**2).sum(1) / counts.sum(1) - mean**2).sqrt()


def statistics_by_merging(batches):
    n = mean = spread = 0
    for batch in tuple_of_two(batches):
        var, new = torch.var_mean(batch.double() / 255, dim=(0, 2, 3), correction=0)
        more, gap = batch[:, 0].numel(), new - mean
        mean = mean + gap * more / (n + more)
        spread = spread + var * more + gap**2 * n * more / (n + more)
        n += more
    return mean, (spread / n).sqrt()


def tuple_of_two(batches):
    """Yield the batches of ``batches``, always with the next one already at hand."""
    batches = iter(batches)
    ahead = next(batches)
    for following in batches:
        yield ahead
        ahead = following
    yield ahead


def statistics_with_numpy(batches):
    n, total, squares = 0, np.zeros(3), np.zeros(3)
    for batch in batches:
        x = batch.numpy() / 255
        n, total = n + x[:, 0].size, total + x.sum((0, 2, 3))
        squares = squares + (x**2).sum((0, 2, 3))
    mean = total / n
    return torch.tensor(mean), torch.tensor(np.sqrt(squares / n - mean**2))


def statistics_picture_by_picture(batches):
    pixels, per_picture = 0, []
    for batch in batches:
        for picture in batch.double() / 255:
            pixels += picture[0].numel()
            per_picture.append((picture.sum((1, 2)), picture.square().sum((1, 2))))
    total, squares = (torch.stack(sums).sum(0) for sums in zip(*per_picture, strict=True))
    return total / pixels, (squares / pixels - (total / pixels) ** 2).sqrt()


def split_with_numpy(targets, held_out, seed):
    rng = np.random.default_rng(seed)
    labels = np.array(targets)
    valid = np.concatenate(
        [rng.choice(np.flatnonzero(labels == c), held_out, replace=False) for c in set(targets)]
    )
    return np.setdiff1d(np.arange(len(targets)), valid), valid


def split_by_members(targets, held_out, seed):
    train, valid = [], []
    for members, order in _members(targets, seed):
        valid += [members[k] for k in order[:held_out]]
        train += [members[k] for k in order[held_out:]]
    return train, valid


def parts_with_random_split(make_dataset, augment, plain, held_out, seed):
    plain_set, torch_seed = make_dataset(plain), torch.Generator().manual_seed(seed)
    sizes = [len(plain_set) - held_out, held_out]
    train, valid = torch.utils.data.random_split(plain_set, sizes, generator=torch_seed)
    return Subset(make_dataset(augment), train.indices), valid


def parts_with_a_ready_validation_part(make_dataset, augment, plain, held_out, seed):
    plain_set = make_dataset(plain)
    order = np.random.default_rng(seed).permutation(len(plain_set)).tolist()
    train = Subset(make_dataset(augment), order[held_out:])
    return train, [plain_set[n] for n in order[:held_out]]


FRUGAL = (
    statistics_with_accumulators,
    statistics_of_average_pictures,
    statistics_of_a_histogram,
    statistics_by_merging,
    statistics_with_numpy,
    statistics_picture_by_picture,
)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("rows_to_pictures", pictures_one_by_one),
        ("class_counts", counts_by_comprehension),
        ("class_counts", counts_with_enough_bins),
        ("channel_statistics", statistics_in_float32),
        *(("channel_statistics", answer) for answer in FRUGAL),
        ("stratified_split", split_with_numpy),
        ("stratified_split", split_by_members),
        ("repair_split", parts_with_random_split),
        ("repair_split", parts_with_a_ready_validation_part),
    ],
)
def test_other_styles_are_right(exercise, answer):
    verdict = judge(answer, exercise)
    assert verdict.status == "solved", verdict.text


@pytest.mark.parametrize("batch", range(1, 6))
@pytest.mark.parametrize("answer", FRUGAL)
def test_a_frugal_loop_is_never_refused(answer, batch):
    exercise = find_exercise("channel_statistics")
    for case in draw_cases(exercise, batch=batch):
        trial = try_case(exercise, answer, case, 5)
        assert not trial.failure


def test_other_tensors_in_memory_do_not_count():
    def loop(batches):
        for batch in batches:
            others.append(rubbish.pop())
            yield batch

    def answer(batches):
        return find_exercise("channel_statistics").reference(loop(batches))

    others, rubbish = [], [torch.zeros(1000, 1000) for _ in range(60)]
    assert judge(answer, "channel_statistics").status == "solved"


def test_no_mode_of_pytorch_stays_on_after_a_check():
    judge(statistics_of_everything_as_floats, "channel_statistics")
    assert not torch.overrides._get_current_function_mode_stack()


@pytest.mark.parametrize("salt", range(40))
def test_the_first_pictures_by_chance_are_right(salt):
    def split(targets, held_out, seed):
        order = list(range(len(targets)))
        random.Random(1000 * salt + seed).shuffle(order)
        return _by_class(targets, order, held_out)

    verdict = judge(split, "stratified_split")
    assert verdict.status == "solved", verdict.text


test_told, test_enough = wrong.tests()
