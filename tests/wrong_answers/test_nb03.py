"""Wrong answers to the exercises of notebook 03, and right ones in another style."""

import itertools

import numpy as np
import pytest
import torch
import torch as alias
from torch import broadcast_shapes
from torch.nn import functional
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge, starter_source

wrong = WrongAnswers("03")
SCORES = torch.eye(3)  # what an earlier cell may have left behind
ALBUM = torch.zeros(3, 1, 2, 2)

wrong.value("shared_memory", [3, 3, 5, 5], "is a new tensor")
wrong.value("shared_memory", [1, 1, 3, 3], "torch.tensor copies")
wrong.value("shared_memory", [4.0, 4.0, 6.0, 6.0], "shares the memory arrives")
wrong.value("shared_memory", [0, 0, 0, 0], "a slice of it does too")
wrong.value("shared_memory", [0, 2, 2, 2], "counting starts at 0")
wrong.value("shared_memory", [2, 2, 0, 0], "from the third number on")
wrong.value("shared_memory", [2, 2], "are still there")
wrong.value("shared_memory", [0, 0, 3, 3], "shared + 3 a new tensor")
wrong.value("shared_memory", [3, 3, 3, 3], "shared + 3 a new tensor")
wrong.value("shared_memory", (0, 0, 2, 2), "yours is a tuple")


@wrong("to_batch", "use permute")
def batch_by_reshape(image):
    return torch.from_numpy(image).float().reshape(1, 3, image.shape[0], image.shape[1]) / 255


@wrong("to_batch", "use permute")
def batch_by_view(image):
    return torch.tensor(image).view(1, 3, *image.shape[:2]) / 255


@wrong("to_batch", "lies on its side")
def batch_right_on_symmetric_pictures(image):
    return (torch.from_numpy(image.T.copy()) / 255).unsqueeze(0)


@wrong("to_batch", "place 2, come first")
def batch_the_way_back(image):
    return torch.from_numpy(image).permute(1, 2, 0).unsqueeze(0) / 255


@wrong("to_batch", "channels are still last")
def batch_of_arrays(image):
    return torch.from_numpy(image / 255).float().unsqueeze(0)


@wrong("to_batch", "dimension is missing")
def batch_of_none(image):
    return torch.from_numpy(image).permute(2, 0, 1) / 255


@wrong("to_batch", "behind the channels")
def batch_in_the_wrong_place(image):
    return (torch.from_numpy(image).permute(2, 0, 1) / 255).unsqueeze(1)


@wrong("to_batch", "still go up to 255")
def batch_too_bright(image):
    return torch.from_numpy(image).permute(2, 0, 1).unsqueeze(0).float()


@wrong("to_batch", "and are uint8")
def batch_of_bytes(image):
    return torch.from_numpy(image).permute(2, 0, 1).unsqueeze(0)


@wrong("to_batch", "not 256")
def batch_by_256(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None] / 256


@wrong("to_batch", "float64 in Python")
def batch_of_doubles(image):
    return torch.tensor(image / 255).permute(2, 0, 1)[None]


@wrong("to_batch", "only 0 and 1 are left")
def batch_of_whole_numbers(image):
    return (torch.from_numpy(image).permute(2, 0, 1)[None] // 255).float()


@wrong("to_batch", "only 0 and 1 are left")
def batch_clamped(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None].float().clamp(0, 1)


@wrong("to_batch", "only 0 and 1 are left")
def batch_rounded(image):
    return (torch.from_numpy(image).permute(2, 0, 1)[None] / 255).round()


@wrong("to_batch", "transpose swaps two dimensions")
def batch_transposed_as_in_numpy(image):
    return torch.from_numpy(image).transpose(2, 0, 1)[None] / 255


@wrong("to_batch", "the place for it (3, H, W)")
def batch_put_into_zeros(image):
    batch = np.zeros((1, 3, *image.shape[:2]), np.float32)
    batch[0] = image / 255
    return torch.from_numpy(batch)


@wrong("to_batch", "the place for it (3, H, W)")
def batch_put_into_a_tensor(image):
    batch = torch.zeros(1, 3, *image.shape[:2])
    batch[0] = torch.from_numpy(image) / 255
    return batch


@wrong("to_batch", "torch.from_numpy(image) first")
def batch_permutes_the_array(image):
    return image.permute(2, 0, 1)[None] / 255


@wrong("to_batch", "no batch yet")
def batch_permutes_four_places(image):
    return torch.from_numpy(image).permute(0, 3, 1, 2) / 255


@wrong("to_batch", "not yet a tensor")
def batch_is_an_array(image):
    return (image.transpose(2, 0, 1)[None] / 255).astype(np.float32)


@wrong("to_batch", "no room for fractions")
def batch_divided_in_place(image):
    x = torch.from_numpy(image).permute(2, 0, 1)[None].clone()
    x /= 255
    return x


@wrong("to_batch", "no room for fractions")
def batch_divided_in_the_array(image):
    image = image.copy()
    image /= 255
    return torch.from_numpy(image).permute(2, 0, 1)[None]


@wrong("to_batch", "still the image's")
def batch_keeps_no_step(image):
    x = torch.from_numpy(image)
    x.permute(2, 0, 1)
    x.unsqueeze(0)
    return x / 255


@wrong("to_batch", "still the image's")
def batch_keeps_nothing(image):
    x = torch.from_numpy(image)
    x.permute(2, 0, 1).unsqueeze(0).div(255)
    return x


@wrong("to_batch", "keep what unsqueeze(0) returns")
def batch_keeps_only_permute(image):
    x = torch.from_numpy(image).permute(2, 0, 1)
    x.unsqueeze(0)
    x.div(255)
    return x


@wrong("to_batch", "red and blue have changed places")
def batch_in_reverse(image):
    return torch.from_numpy(image[:, :, ::-1].copy()).permute(2, 0, 1)[None] / 255


@wrong("to_batch", "dark pictures become bright")
def batch_by_its_maximum(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None] / image.max()


@wrong("mask_error", "still (B, B, H, W)")
def error_by_mse_loss(prediction, target):
    return functional.mse_loss(prediction, target)


@wrong("mask_error", "still (B, B, H, W)")
def error_in_front(prediction, target):
    return ((prediction - target.unsqueeze(0)) ** 2).mean()


@wrong("mask_error", "a height of 1 is lost as well: name the dimension, and only in prediction")
def error_right_without_ones(prediction, target):
    return ((prediction.squeeze() - target) ** 2).mean()


@wrong("mask_error", "a height of 1 is lost as well: name the dimension, and only in prediction")
def error_by_mse_loss_without_ones(prediction, target):
    return functional.mse_loss(prediction.squeeze(), target)


@wrong("mask_error", "a height of 1 is lost as well: name the dimension, and only in prediction")
def error_squeezes_both(prediction, target):
    return functional.mse_loss(prediction.squeeze(1), target.squeeze(1))


@wrong("mask_error", "not the sum")
def error_summed(prediction, target):
    return ((prediction[:, 0] - target) ** 2).sum()


@wrong("mask_error", "is not squared")
def error_signed(prediction, target):
    return (prediction.squeeze(1) - target).mean()


@wrong("mask_error", "are not squares")
def error_absolute(prediction, target):
    return (prediction.squeeze(1) - target).abs().mean()


@wrong("mask_error", "first picture only")
def error_of_one(prediction, target):
    return ((prediction[0] - target[0]) ** 2).mean()


@wrong("mask_error", "with an underscore")
def error_in_place(prediction, target):
    prediction.squeeze_(1)
    return ((prediction - target) ** 2).mean()


@wrong("mask_error", "and -=, write into the caller's tensor")
def error_subtracts_in_place(prediction, target):
    difference = prediction
    difference -= target.unsqueeze(1)
    return (difference**2).mean()


@wrong("mask_error", "and -=, write into the caller's tensor")
def error_in_the_first_channel(prediction, target):
    prediction[:, 0] -= target
    return (prediction**2).mean()


@wrong("mask_error", "with an underscore at its end")
def error_unsqueezes_the_callers(prediction, target):
    return ((prediction - target.unsqueeze_(1)) ** 2).mean()


@wrong("mask_error", "one mean over everything")
def error_for_each_picture(prediction, target):
    return ((prediction.squeeze(1) - target) ** 2).mean(dim=(1, 2))


@wrong("mask_error", "one mean over everything")
def error_for_each_pixel(prediction, target):
    return (prediction.squeeze(1) - target) ** 2


@wrong("mask_error", "one mean over everything")
def error_in_brackets(prediction, target):
    return torch.tensor([((prediction.squeeze(1) - target) ** 2).mean()])


@wrong("broadcast_shape", "from the right")
def shape_from_left(a, b):
    rank = max(len(a), len(b))
    a, b = a + (1,) * (rank - len(a)), b + (1,) * (rank - len(b))
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("no")
    return tuple(map(max, a, b))


@wrong("broadcast_shape", "must raise a ValueError")
def shape_of_the_largest(a, b):
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    return tuple(map(max, a, b))


@wrong("broadcast_shape", "in front get lost")
def shape_of_the_common_part(a, b):
    result = ()
    for m, n in zip(reversed(a), reversed(b), strict=False):
        if m != n and m != 1 and n != 1:
            raise ValueError("no")
        result = (max(m, n), *result)
    return result


@wrong("broadcast_shape", "turn the result round")
def shape_backwards(a, b):
    result = []
    for place in range(1, max(len(a), len(b)) + 1):
        m = a[-place] if place <= len(a) else 1
        n = b[-place] if place <= len(b) else 1
        if m != n and 1 not in (m, n):
            raise ValueError("no")
        result.append(max(m, n))
    return tuple(result)


@wrong("broadcast_shape", "take the larger size")
def shape_of_the_smallest(a, b):
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("no")
    return tuple(map(min, a, b))


def fill_up(a, b):
    rank = max(len(a), len(b))
    return list(zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True))


@wrong("broadcast_shape", "write the rule yourself")
def shape_by_pytorch(a, b):
    return tuple(torch.broadcast_shapes(a, b))


@wrong("broadcast_shape", "write the rule yourself")
def shape_by_numpy(a, b):
    return np.broadcast_shapes(a, b)


@wrong("broadcast_shape", "write the rule yourself")
def shape_by_trying(a, b):
    try:
        return tuple((torch.zeros(a) + torch.zeros(b)).shape)
    except RuntimeError as error:
        raise ValueError("they do not fit") from error


@wrong("broadcast_shape", "write the rule yourself")
def shape_by_an_import(a, b):
    try:
        return tuple(broadcast_shapes(a, b))
    except RuntimeError as error:
        raise ValueError("they do not fit") from error


@wrong("broadcast_shape", "write the rule yourself")
def shape_by_an_alias(a, b):
    try:
        return tuple(alias.broadcast_shapes(a, b))
    except RuntimeError as error:
        raise ValueError("they do not fit") from error


@wrong("broadcast_shape", "2 does not fit 4")
def shape_where_the_smaller_is_repeated(a, b):
    for m, n in fill_up(a, b):
        if max(m, n) % min(m, n) != 0:
            raise ValueError("no")
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "raise ValueError(…)")
def shape_returns_none(a, b):
    if any(m != n and 1 not in (m, n) for m, n in fill_up(a, b)):
        return None
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "raise ValueError(…)")
def shape_prints(a, b):
    if any(m != n and 1 not in (m, n) for m, n in fill_up(a, b)):
        print("do not fit")
        return None
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "raise ValueError(…)")
def shape_returns_words(a, b):
    if any(m != n and 1 not in (m, n) for m, n in fill_up(a, b)):
        return "ValueError"
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "in a and in b")
def shape_where_only_a_grows(a, b):
    for m, n in fill_up(a, b):
        if m != n and m != 1:
            raise ValueError("no")
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "in a and in b")
def shape_where_only_b_grows(a, b):
    for m, n in fill_up(a, b):
        if m != n and n != 1:
            raise ValueError("no")
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "in a and in b")
def shape_with_or_for_and(a, b):
    for m, n in fill_up(a, b):
        if m != n and (m != 1 or n != 1):
            raise ValueError("no")
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "equal sizes fit, too")
def shape_of_ones_only(a, b):
    for m, n in fill_up(a, b):
        if m != 1 and n != 1:
            raise ValueError("no")
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "zip begins at the left")
def shape_zipped_from_the_left(a, b):
    result = []
    for m, n in zip(a, b, strict=False):
        if m != n and 1 not in (m, n):
            raise ValueError("no")
        result.append(max(m, n))
    return tuple(result)


@wrong("broadcast_shape", "raise a ValueError where")
def shape_raises_another_error(a, b):
    for m, n in fill_up(a, b):
        if m != n and 1 not in (m, n):
            raise RuntimeError("they do not fit")
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "raise a ValueError where")
def shape_by_assert(a, b):
    assert all(m == n or 1 in (m, n) for m, n in fill_up(a, b))
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "raised, not returned")
def shape_returns_the_error(a, b):
    for m, n in fill_up(a, b):
        if m != n and 1 not in (m, n):
            return ValueError
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "raised, not returned")
def shape_returns_an_error_object(a, b):
    if any(m != n and 1 not in (m, n) for m, n in fill_up(a, b)):
        return ValueError("they do not fit")
    return tuple(max(pair) for pair in fill_up(a, b))


@wrong("broadcast_shape", "the lengths may differ")
def shape_of_equal_lengths(a, b):
    if len(a) != len(b) or any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("no")
    return tuple(map(max, a, b))


@wrong("broadcast_shape", "1 fits every other")
def shape_of_equal_sizes(a, b):
    rank = max(len(a), len(b))
    for m, n in zip(a[::-1], b[::-1], strict=False):
        if m != n:
            raise ValueError("no")
    return a if len(a) == rank else b


@wrong("broadcast_shape", "yours is a list")
def shape_as_a_list(a, b):
    if any(m != n and 1 not in (m, n) for m, n in fill_up(a, b)):
        raise ValueError("no")
    return [max(pair) for pair in fill_up(a, b)]


@wrong("center_pictures", "keepdim=True")
def center_without_keepdim(pictures):
    return pictures - pictures.mean((2, 3))


@wrong("center_pictures", "keepdim=True")
def center_works_for_square_batches(pictures):
    return pictures - pictures.mean(dim=(-1, -2))[None]


@wrong("center_pictures", "all numbers together")
def center_altogether(pictures):
    return pictures - torch.mean(pictures)


@wrong("center_pictures", "each picture has its own")
def center_by_channel(pictures):
    return pictures - pictures.mean(dim=(0, 2, 3), keepdim=True)


@wrong("center_pictures", "each channel has its own")
def center_by_picture(pictures):
    return pictures - pictures.flatten(1).mean(1)[:, None, None, None]


@wrong("center_pictures", "channels and height")
def center_channels_last(pictures):
    return pictures - pictures.mean(dim=(1, 2), keepdim=True)


@wrong("center_pictures", "height *and* width")
def center_each_row(pictures):
    return pictures - pictures.mean(-1, keepdim=True)


@wrong("center_pictures", "mean of each column")
def center_each_column(pictures):
    return pictures - pictures.mean(2, keepdim=True)


@wrong("center_pictures", "[:, :, None, None]")
def center_with_one_none(pictures):
    return pictures - pictures.mean((2, 3))[:, :, None]


@wrong("center_pictures", "[:, :, None, None]")
def center_with_one_unsqueeze(pictures):
    return pictures - pictures.mean(dim=(2, 3)).unsqueeze(2)


@wrong("center_pictures", "puts the channels below the width: [:, :, None, None]")
def center_with_the_nones_of_one_picture(pictures):
    mean = pictures.mean(dim=(2, 3))
    return pictures - mean[:, None, None]


@wrong("center_pictures", "average picture")
def center_on_the_average_picture(pictures):
    return pictures - pictures.mean(0)


@wrong("center_pictures", "changes its input")
def center_in_place(pictures):
    pictures -= pictures.mean(dim=(2, 3), keepdim=True)
    return pictures


@wrong("center_pictures", "these are the means")
def center_is_the_mean(pictures):
    return pictures.mean((2, 3), True)


@wrong("center_pictures", "mean over the channels")
def center_the_colours(pictures):
    return pictures - pictures.mean(1, keepdim=True)


@wrong("center_pictures", "mean over the channels")
def center_the_colours_without_keepdim(pictures):
    return pictures - pictures.mean(1)


@wrong("center_pictures", "mean over the channels")
def center_the_first_dimensions(pictures):
    return pictures - pictures.mean((0, 1))


@wrong("scores_at_labels", "each row has one label")
def scores_of_columns(scores, labels):
    return scores[:, labels]


@wrong("scores_at_labels", "each row has one label")
def scores_by_index_select(scores, labels):
    return scores.index_select(1, labels)


@wrong("scores_at_labels", "lose its only dimension")
def scores_not_for_one(scores, labels):
    return torch.gather(scores, 1, labels.unsqueeze(1)).squeeze()


@wrong("scores_at_labels", "stand in a column")
def scores_in_a_column(scores, labels):
    return scores.gather(1, labels[:, None])


@wrong("scores_at_labels", "best score of each row")
def scores_at_best(scores, labels):
    return scores.amax(1)


@wrong("scores_at_labels", "as many dimensions")
def scores_flat_index(scores, labels):
    return scores.gather(1, labels)


@wrong("scores_at_labels", "rows and columns are swapped")
def scores_swapped(scores, labels):
    return scores[labels, range(len(labels))]


@wrong("scores_at_labels", "first row only")
def scores_of_the_first(scores, labels):
    return scores[0][labels]


@wrong("scores_at_labels", "yours is a list")
def scores_as_a_list(scores, labels):
    return [row[label].item() for row, label in zip(scores, labels, strict=True)]


@wrong("scores_at_labels", "torch.stack or torch.tensor")
def scores_to_a_list(scores, labels):
    return scores.gather(1, labels[:, None]).squeeze(1).tolist()


@wrong("scores_at_labels", "differs from batch to batch")
def scores_of_three_rows(scores, labels):
    return scores[[0, 1, 2], labels]


@wrong("scores_at_labels", "along dimension 0")
def scores_along_the_rows(scores, labels):
    return scores.gather(0, labels[:, None]).squeeze(1)


@wrong("scores_at_labels", "along dimension 0")
def scores_of_whole_rows(scores, labels):
    return scores.index_select(0, labels)


@wrong("scores_at_labels", "shape (3,)")
def scores_of_an_earlier_cell(scores, labels):
    return SCORES.diagonal()


@wrong("nearest_pictures", "10 - 20 is 246")
def nearest_of_bytes(query, album, count):
    return ((album - query) ** 2).sum((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "10 - 20 is 246")
def nearest_float_too_late(query, album, count):
    return (album - query).float().square().mean((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "a mean needs floats")
def nearest_mean_of_bytes(query, album, count):
    return ((album - query) ** 2).mean(dim=(1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "the farthest first")
def nearest_is_farthest(query, album, count):
    distance = ((album.float() - query.float()) ** 2).mean(dim=(1, 2, 3))
    return distance.topk(count).indices


@wrong("nearest_pictures", "below zero cancel")
def nearest_signed(query, album, count):
    return (album.float() - query.float()).mean(dim=(1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "equally bright is not alike")
def nearest_in_brightness(query, album, count):
    means = album.float().flatten(1).mean(1)
    return (means - query.float().mean()).abs().argsort()[:count]


@wrong("nearest_pictures", "not of absolute values")
def nearest_absolute(query, album, count):
    return (album.float() - query.float()).abs().sum((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "argsort, not sort")
def nearest_distances(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).sort()[0][:count]


@wrong("nearest_pictures", "count is not used")
def nearest_all(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argsort()


@wrong("nearest_pictures", "the nearest one only")
def nearest_one(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argmin()


@wrong("nearest_pictures", "in the wrong order")
def nearest_in_album_order(query, album, count):
    order = ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argsort()
    return order[:count].sort().values


@wrong("nearest_pictures", "in the wrong order")
def nearest_turned_round(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argsort()[:count].flip(0)


@wrong("nearest_pictures", "at the beginning, [:count]")
def nearest_at_the_wrong_end(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argsort()[-count:]


@wrong("nearest_pictures", "counting starts at 0")
def nearest_without_the_first(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argsort()[1 : count + 1]


@wrong("nearest_pictures", "[:count] gives the first ones")
def nearest_at_one_place(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argsort()[count]


@wrong("nearest_pictures", "wrap in int16")
def nearest_in_int16(query, album, count):
    difference = album.to(torch.int16) - query.to(torch.int16)
    return (difference**2).sum((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "wrap in int16")
def nearest_in_int16_later_float(query, album, count):
    difference = album.to(torch.int16) - query.to(torch.int16)
    return (difference**2).float().mean((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "abs() comes too late")
def nearest_wrapped_then_abs(query, album, count):
    return (album - query).abs().sum((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "a large product")
def nearest_by_matmul_alone(query, album, count):
    product = album.flatten(1).float() @ query.flatten().float()
    return product.argsort(descending=True)[:count]


@wrong("nearest_pictures", "a large product")
def nearest_by_product_alone(query, album, count):
    return (album / 255 * (query / 255)).sum((1, 2, 3)).topk(count).indices


@wrong("nearest_pictures", "the scales must be the same")
def nearest_on_two_scales(query, album, count):
    return ((album / 255 - query) ** 2).mean((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "the scales must be the same")
def nearest_on_two_other_scales(query, album, count):
    return ((album - query / 255) ** 2).sum((1, 2, 3)).argsort()[:count]


@wrong("nearest_pictures", "take .indices")
def nearest_sorted_and_cut(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).sort()[:count]


@wrong("nearest_pictures", "take .indices")
def nearest_by_topk_as_it_is(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).topk(count, largest=False)


@wrong("nearest_pictures", "leave them int64")
def nearest_as_int32(query, album, count):
    return ((album.float() - query.float()) ** 2).mean((1, 2, 3)).argsort()[:count].to(torch.int32)


@wrong("nearest_pictures", "whatever the input")
def nearest_in_an_earlier_album(query, album, count):
    return (ALBUM**2).mean((1, 2, 3)).argsort()


def batch_by_numpy(image):
    return torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def batch_by_stack(image):
    return torch.stack([torch.tensor(image).moveaxis(-1, 0).float().div(255)])


def batch_by_channels(image):
    planes = [torch.tensor(image[:, :, channel] / 255.0) for channel in range(3)]
    return torch.stack(planes).unsqueeze(0).to(torch.float32)


def error_with_unsqueeze(prediction, target):
    return functional.mse_loss(prediction, target.unsqueeze(1))


def error_first_channel(prediction, target):
    return (prediction[:, 0] - target).pow(2).mean().item()


def error_flat(prediction, target):
    return ((prediction.flatten() - target.flatten()) ** 2).mean()


def error_squeezed_on_both_sides(prediction, target):
    return functional.mse_loss(prediction.squeeze(), target.squeeze())


def error_by_a_loop(prediction, target):
    errors = [((p[0] - t) ** 2).mean() for p, t in zip(prediction, target, strict=True)]
    return sum(errors) / len(errors)


def shape_from_behind(a, b):
    result = []
    for place in range(-max(len(a), len(b)), 0):
        m = a[place] if -place <= len(a) else 1
        n = b[place] if -place <= len(b) else 1
        if m == n or n == 1:
            result.append(m)
        elif m == 1:
            result.append(n)
        else:
            raise ValueError(f"{m} does not fit {n}")
    return tuple(result)


def broadcast(m, n):
    if m != n and 1 not in (m, n):
        raise ValueError("they do not fit")
    return max(m, n)


def shape_by_a_helper(a, b):
    return tuple(broadcast(m, n) for m, n in fill_up(a, b))


def shape_by_zip_longest(a, b):
    pairs = itertools.zip_longest(a[::-1], b[::-1], fillvalue=1)
    result = [m if n == 1 else n if m in (1, n) else None for m, n in pairs]
    if None in result:
        raise ValueError("they do not fit")
    return tuple(result[::-1])


def center_with_none(pictures):
    return pictures - pictures.mean((2, 3))[:, :, None, None]


def center_flat(pictures):
    flat = pictures.flatten(2)
    return (flat - flat.mean(2, keepdim=True)).view_as(pictures)


def center_twice(pictures):
    return pictures.sub(pictures.mean(3, keepdim=True).mean(2, keepdim=True))


def center_in_a_copy(pictures):
    result = pictures.clone()
    for picture in result:
        for channel in picture:
            channel -= channel.mean()
    return result


def scores_by_two_indices(scores, labels):
    return scores[torch.arange(len(labels)), labels]


def scores_by_range(scores, labels):
    return scores[range(len(scores)), labels]


def scores_by_one_hot(scores, labels):
    return (scores * functional.one_hot(labels, scores.shape[1])).sum(dim=1)


def scores_by_mask(scores, labels):
    return scores[torch.arange(scores.shape[1]) == labels[:, None]]


def scores_by_a_loop(scores, labels):
    return torch.stack([row[label] for row, label in zip(scores, labels, strict=True)])


def scores_by_diagonal(scores, labels):
    return scores[:, labels].diag()


def nearest_by_topk(query, album, count):
    difference = album.to(torch.int64) - query
    return (difference**2).sum(dim=(1, 2, 3)).topk(count, largest=False).indices


def nearest_by_cdist(query, album, count):
    rows = album.flatten(1).double()
    return torch.cdist(query.flatten()[None].double(), rows)[0].sort().indices[:count]


def nearest_by_matmul(query, album, count):
    rows, row = album.flatten(1).float(), query.flatten().float()
    return ((rows**2).sum(1) - 2 * rows @ row).argsort()[:count]


RIGHT = {
    "shared_memory": [[0, 0, 2, 2], [0.0, 0.0, 2.0, 2.0]],
    "to_batch": [batch_by_numpy, batch_by_stack, batch_by_channels],
    "mask_error": [
        error_with_unsqueeze,
        error_first_channel,
        error_flat,
        error_squeezed_on_both_sides,
        error_by_a_loop,
    ],
    "broadcast_shape": [shape_from_behind, shape_by_zip_longest, shape_by_a_helper],
    "center_pictures": [center_with_none, center_flat, center_twice, center_in_a_copy],
    "scores_at_labels": [
        scores_by_two_indices,
        scores_by_range,
        scores_by_one_hot,
        scores_by_mask,
        scores_by_a_loop,
        scores_by_diagonal,
    ],
    "nearest_pictures": [nearest_by_topk, nearest_by_cdist, nearest_by_matmul],
}


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_other_right_answers_are_accepted(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


def test_the_broken_mask_error_counts_as_not_attempted():
    namespace = {}
    exec(starter_source("mask_error"), namespace)
    assert judge(namespace["mask_error"], "mask_error").status in ("unattempted", "wrong")


test_told, test_enough = wrong.tests()
