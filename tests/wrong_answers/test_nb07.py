"""Wrong answers to the exercises of notebook 07, and unusual right ones."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge
from course_utils.exercises._registry import find_exercise

wrong = WrongAnswers("07")


@wrong("resized_size", "cut off, not rounded")
def size_rounded(height, width, short):
    factor = short / min(height, width)
    return round(height * factor), round(width * factor)


@wrong("resized_size", "which distorts")
def size_exact(height, width, short):
    return short, short


@wrong("resized_size", "not always the height")
def size_as_if_landscape(height, width, short):
    return short, width * short // height


@wrong("resized_size", "not always the width")
def size_as_if_portrait(height, width, short):
    return height * short // width, short


@wrong("resized_size", "not the long one")
def size_of_long_edge(height, width, short):
    longest = max(height, width)
    return height * short // longest, width * short // longest


@wrong("resized_size", "(height, width), as in a tensor")
def size_in_pil_order(height, width, short):
    least = min(height, width)
    return width * short // least, height * short // least


@wrong("resized_size", "sizes are whole numbers")
def size_with_fractions(height, width, short):
    least = min(height, width)
    return height * short / least, width * short / least


@wrong("resized_size", "enlarges small pictures too")
def size_only_smaller(height, width, short):
    least = min(height, width)
    if least <= short:
        return height, width
    return height * short // least, width * short // least


@wrong("resized_size", "Multiply first, divide last")
def size_by_a_factor(height, width, short):
    factor = short / min(height, width)
    return int(height * factor), int(width * factor)


@wrong("resized_size", "27 · (13 / 3) is 116.999…")
def size_by_a_ratio(height, width, short):
    ratio = max(height, width) / min(height, width)
    if height <= width:
        return short, int(short * ratio)
    return int(short * ratio), short


@wrong("resized_size", "int cuts off too much")
def size_divided_by_a_factor(height, width, short):
    factor = min(height, width) / short
    return int(height / factor), int(width / factor)


@wrong("resized_size", "int cuts off too much")
def size_by_the_aspect(height, width, short):
    if height <= width:
        return short, int(short / (height / width))
    return int(short / (width / height)), short


@wrong("resized_size", "not rounded up")
def size_rounded_up(height, width, short):
    least = min(height, width)
    return math.ceil(short * height / least), math.ceil(short * width / least)


@wrong("resized_size", "return a, b")
def size_in_a_list(height, width, short):
    least = min(height, width)
    return [short * height // least, short * width // least]


@wrong("resized_size", "use min(height, width) for each edge")
def size_with_the_short_edge_first(height, width, short):
    return short, short * max(height, width) // min(height, width)


@wrong("resized_size", "// of whole numbers, or int(…)")
def size_by_floor(height, width, short):
    least = min(height, width)
    return np.floor(short * height / least), np.floor(short * width / least)


@wrong("resized_size", "// of whole numbers, or int(…)")
def size_in_whole_floats(height, width, short):
    least = min(height, width)
    return short * height / least // 1, short * width / least // 1


wrong.value("normal_range", (-1.0, 1.0), "here the mean is 0.25")
wrong.value("normal_range", (0.0, 1.0), "before Normalize")
wrong.value("normal_range", (-0.25, 0.75), "the division by std is missing")
wrong.value("normal_range", (-0.125, 0.375), "do not multiply")
wrong.value("normal_range", (0.5, 2.5), "taken away, not added")
wrong.value("normal_range", (-0.5, 2.0), "is not it")
wrong.value("normal_range", [-0.5, 1.5], "yours is a list")


@wrong("back_to_colours", "undo the last step first")
def back_in_the_wrong_order(images, mean, std):
    mean, std = torch.tensor(mean).view(-1, 1, 1), torch.tensor(std).view(-1, 1, 1)
    return (images + mean) * std


@wrong("back_to_colours", "this normalises once more")
def back_is_forward(images, mean, std):
    mean, std = torch.tensor(mean).view(-1, 1, 1), torch.tensor(std).view(-1, 1, 1)
    return (images - mean) / std


@wrong("back_to_colours", "laid along the last axis, W")
def back_right_for_one_channel_or_width_three(images, mean, std):
    return images * torch.tensor(std) + torch.tensor(mean)


@wrong("back_to_colours", "a mean and a std of its own")
def back_with_the_first_channel(images, mean, std):
    return images * std[0] + mean[0]


@wrong("back_to_colours", "one picture (C, H, W) stays one")
def back_for_batches_only(images, mean, std):
    return images * torch.tensor(std).view(1, -1, 1, 1) + torch.tensor(mean).view(1, -1, 1, 1)


@wrong("back_to_colours", "torch.tensor(mean) makes a tensor")
def back_with_lists(images, mean, std):
    return images * std + mean


@wrong("back_to_colours", "changes its input images in place")
def back_in_place(images, mean, std):
    return images.mul_(torch.tensor(std)[:, None, None]).add_(torch.tensor(mean)[:, None, None])


@wrong("back_to_colours", "mean and std have changed places")
def back_with_statistics_exchanged(images, mean, std):
    return images * torch.tensor(mean)[:, None, None] + torch.tensor(std)[:, None, None]


@wrong("back_to_colours", "Normalize divided by std")
def back_by_dividing(images, mean, std):
    return images / torch.tensor(std)[:, None, None] + torch.tensor(mean)[:, None, None]


@wrong("back_to_colours", "any number of channels, here 1")
def back_for_three_channels(images, mean, std):
    return images * torch.tensor(std).reshape(3, 1, 1) + torch.tensor(mean).reshape(3, 1, 1)


@wrong("back_to_colours", "any number of channels, here 1")
def back_channel_by_channel_of_three(images, mean, std):
    result = images.clone()
    for channel in range(3):
        result[..., channel, :, :] = images[..., channel, :, :] * std[channel] + mean[channel]
    return result


@wrong("back_to_colours", "any number of channels, here 1")
def back_with_three_means(images, mean, std):
    shift = torch.tensor([mean[0], mean[1], mean[2]])[:, None, None]
    return images * torch.tensor(std)[:, None, None] + shift


@wrong("back_to_colours", "yours")
def back_for_one_picture_of_the_batch(images, mean, std):
    result = images * torch.tensor(std)[:, None, None] + torch.tensor(mean)[:, None, None]
    return result[0] if images.ndim == 4 else result


@wrong("back_to_colours", "yours")
def back_with_one_channel_wrong(images, mean, std):
    result = images * torch.tensor(std)[:, None, None] + torch.tensor(mean)[:, None, None]
    result[..., -1, :, :] += 0.1
    return result


@wrong("back_to_colours", "np.array counts in float64")
def back_in_double(images, mean, std):
    return (
        torch.from_numpy(images.numpy() * np.array(std)[:, None, None])
        + torch.tensor(mean)[:, None, None]
    )


@wrong("back_to_colours", "torch.tensor(mean) makes a tensor")
def back_with_arrays(images, mean, std):
    return np.array(std)[:, None, None] * images + np.array(mean)[:, None, None]


@wrong("back_to_colours", "no factor 255")
def back_to_bytes(images, mean, std):
    result = images * torch.tensor(std)[:, None, None] + torch.tensor(mean)[:, None, None]
    return result * 255


def chain(*steps):
    return v2.Compose(list(steps))


TO_FLOAT = (v2.ToImage(), v2.ToDtype(torch.float32, scale=True))


@wrong("evaluation_transform", "distorts every photo that is not square")
def right_on_square_photos_only(size, mean, std):
    return chain(v2.Resize((size, size)), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "one edge is still too long")
def short_edge_only(size, mean, std):
    return chain(v2.Resize(size), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "keeps a small piece of the photo")
def only_cropped(size, mean, std):
    return chain(v2.CenterCrop(size), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "scale=True is missing")
def not_scaled(size, mean, std):
    to_float = (v2.ToImage(), v2.ToDtype(torch.float32))
    return chain(v2.Resize(size), v2.CenterCrop(size), *to_float, v2.Normalize(mean, std))


@wrong("evaluation_transform", "Normalize is missing")
def not_normalised(size, mean, std):
    return chain(v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT)


@wrong("evaluation_transform", "Normalize wants a float tensor")
def normalised_too_early(size, mean, std):
    return chain(v2.Resize(size), v2.CenterCrop(size), v2.Normalize(mean, std), *TO_FLOAT)


@wrong("evaluation_transform", "differently each time")
def random_crop_instead(size, mean, std):
    return chain(v2.Resize(size), v2.RandomCrop(size), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "differently each time")
def flipped_now_and_then(size, mean, std):
    steps = (v2.Resize(size), v2.CenterCrop(size), v2.RandomHorizontalFlip(), *TO_FLOAT)
    return chain(*steps, v2.Normalize(mean, std))


@wrong("evaluation_transform", "not a tensor")
def still_a_pil_image(size, mean, std):
    return chain(v2.Resize(size), v2.CenterCrop(size))


@wrong("evaluation_transform", "mean and std are given")
def statistics_of_another_dataset(size, mean, std):
    return chain(
        v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT, v2.Normalize([0.5] * 3, [0.5] * 3)
    )


@wrong("evaluation_transform", "Compose takes one list")
def compose_without_a_list(size, mean, std):
    return v2.Compose(v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT)


@wrong("evaluation_transform", "mean and std have changed places")
def statistics_exchanged(size, mean, std):
    return chain(v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT, v2.Normalize(std, mean))


@wrong("evaluation_transform", "return is missing in front of v2.Compose")
def return_forgotten(size, mean, std):
    chain(v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "makes one transform of the list")
def list_of_steps(size, mean, std):
    return [v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT, v2.Normalize(mean, std)]


@wrong("evaluation_transform", "makes one transform of the list")
def tuple_of_steps(size, mean, std):
    return v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT, v2.Normalize(mean, std)


@wrong("evaluation_transform", "it returns an Image; a transform can be called")
def already_called(size, mean, std):
    return chain_of_tensors(size, mean, std)(tv_tensors.Image(torch.zeros(3, 30, 20)))


@wrong("evaluation_transform", "return the transform itself; check calls it")
def already_called_on_a_photo(size, mean, std):
    return v2.Resize(size)(Image.new("RGB", (30, 20)))


@wrong("evaluation_transform", "return the transform itself; check calls it")
def already_called_on_a_tensor(size, mean, std):
    return chain_of_tensors(size, mean, std)(torch.zeros(3, 30, 20))


@wrong("evaluation_transform", "the second argument of Resize is the interpolation")
def two_sizes_for_resize(size, mean, std):
    return chain(v2.Resize(size, size), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "the class only: two pairs of brackets")
def brackets_forgotten(size, mean, std):
    steps = (v2.Resize(size), v2.CenterCrop(size), v2.ToImage, TO_FLOAT[1])
    return chain(*steps, v2.Normalize(mean, std))


@wrong("evaluation_transform", "no attribute 'CentreCrop'")
def misspelt(size, mean, std):
    return chain(v2.Resize(size), v2.CentreCrop(size), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "missing 1 required positional argument: 'dtype'")
def without_a_dtype(size, mean, std):
    return chain(v2.Resize(size), v2.ToImage(), v2.ToDtype(scale=True), v2.Normalize(mean, std))


@wrong("evaluation_transform", "unexpected keyword argument 'blue'")
def normalised_with_a_third(size, mean, std):
    return chain(v2.Resize(size), *TO_FLOAT, v2.Normalize(mean=mean, std=std, blue=std))


@wrong("evaluation_transform", "Normalize wants a float tensor")
def normalised_as_bytes(size, mean, std):
    return chain(v2.Resize(size), v2.ToImage(), v2.Normalize(mean, std), TO_FLOAT[1])


@wrong("evaluation_transform", "NEAREST copies one pixel")
def nearest_pixel(size, mean, std):
    resize = v2.Resize(size, interpolation=v2.InterpolationMode.NEAREST)
    return chain(resize, v2.CenterCrop(size), *TO_FLOAT, v2.Normalize(mean, std))


@wrong("evaluation_transform", "without antialias Resize skips pixels")
def jagged(size, mean, std):
    resize = v2.Resize(size, antialias=False)
    return chain(*TO_FLOAT, resize, v2.CenterCrop(size), v2.Normalize(mean, std))


@wrong("evaluation_transform", "distorts every photo that is not square")
def distorted_as_a_tensor(size, mean, std):
    return chain(*TO_FLOAT, v2.Resize((size, size)), v2.Normalize(mean, std))


@wrong("evaluation_transform", "yours")
def mean_a_little_off(size, mean, std):
    normalise = v2.Normalize([value + 0.03 for value in mean], std)
    return chain(v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT, normalise)


@wrong("evaluation_transform", "yours")
def std_a_little_off(size, mean, std):
    normalise = v2.Normalize(mean, [value * 1.05 for value in std])
    return chain(v2.Resize(size), v2.CenterCrop(size), *TO_FLOAT, normalise)


@wrong("flip_some", "upside down")
def flipped_rows(images, chosen):
    out = images.clone()
    out[chosen] = out[chosen].flip(2)
    return out


@wrong("flip_some", "not chosen")
def flipped_the_others(images, chosen):
    return torch.where(chosen.view(-1, 1, 1, 1), images, images.flip(-1))


@wrong("flip_some", "all of them are mirrored")
def flipped_all(images, chosen):
    return images.flip(3)


@wrong("flip_some", "one choice was made for the whole batch")
def flipped_by_the_first(images, chosen):
    return images.flip(-1) if chosen[0] else images.clone()


@wrong("flip_some", "stay in the batch")
def flipped_and_the_rest_lost(images, chosen):
    return images[chosen].flip(-1)


@wrong("flip_some", "laid along the last axis, W")
def right_for_a_batch_of_one(images, chosen):
    return torch.where(chosen, images.flip(-1), images)


@wrong("flip_some", "changes its input images in place")
def flipped_in_place(images, chosen):
    images[chosen] = images[chosen].flip(-1)
    return images


@wrong("flip_some", "yours")
def flipped_first_channel_only(images, chosen):
    out = images.clone()
    out[chosen, 0] = out[chosen, 0].flip(-1)
    return out


@wrong("flip_some", "turns them by 180°")
def turned(images, chosen):
    return torch.where(chosen[:, None, None, None], images.flip(-1, -2), images)


@wrong("flip_some", "choose picture by picture")
def flipped_by_one_question(images, chosen):
    if chosen:
        return images.flip(-1)
    return images


@wrong("flip_some", "torch.stack(…) makes a batch")
def flipped_into_a_list(images, chosen):
    return [images[i].flip(-1) if chosen[i] else images[i] for i in range(len(images))]


@wrong("flip_some", "picture i must stay at place i")
def flipped_first(images, chosen):
    return torch.cat([images[chosen].flip(-1), images[~chosen]])


@wrong("flip_some", "picture i must stay at place i")
def flipped_last(images, chosen):
    return torch.cat([images[~chosen], images[chosen].flip(-1)])


@wrong("repair_augment_pair", "two calls throw the dice twice")
def pair_with_renamed_variables(image, mask):
    change = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    first = change(image)
    second = change(mask)
    return first, second


@wrong("repair_augment_pair", "every pair is the same piece")
def pair_with_a_fixed_seed(image, mask):
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    torch.manual_seed(7)
    image = augment(image)
    torch.manual_seed(7)
    return image, augment(mask)


@wrong("repair_augment_pair", "every pair is the same piece")
def pair_without_chance(image, mask):
    return v2.CenterCrop(6)(image), v2.CenterCrop(6)(mask)


@wrong("repair_augment_pair", "the mask must be cut like its image")
def pair_with_the_mask_left_out(image, mask):
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    return augment(image), mask


@wrong("repair_augment_pair", "(mask.float() is a plain tensor, which v2 leaves alone)")
def pair_with_a_mask_of_another_type(image, mask):
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    return augment(image, mask.float())


@wrong("repair_augment_pair", "about half of them must be mirrored")
def pair_without_flip(image, mask):
    return v2.RandomCrop(6)(image, mask)


@wrong("repair_augment_pair", "about half of them must be mirrored")
def pair_always_flipped(image, mask):
    return v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=1.0)])(image, mask)


@wrong("repair_augment_pair", "about half of them must be mirrored")
def pair_seldom_flipped(image, mask):
    return v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.2)])(image, mask)


@wrong("repair_augment_pair", "about half of them must be mirrored")
def pair_often_flipped(image, mask):
    return v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.85)])(image, mask)


@wrong("repair_augment_pair", "they went different ways")
def pair_cut_together_but_flipped_apart(image, mask):
    image, mask = v2.RandomCrop(6)(image, mask)
    flip = v2.RandomHorizontalFlip(p=0.5)
    return flip(image), flip(mask)


@wrong("repair_augment_pair", "two things")
def pair_returns_the_image_only(image, mask):
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    return augment(image)


test_told, test_enough = wrong.tests()


def size_by_int(height, width, short):
    least = min(height, width)
    return int(short * height / least), int(short * width / least)


def size_with_numpy(height, width, short):
    factor = np.array([height, width]) * short
    return tuple(factor // min(height, width))


def size_with_branches(height, width, short):
    if height < width:
        return short, int(short * width / height)
    return int(short * height / width), short


def size_by_asking_torchvision(height, width, short):
    return tuple(v2.Resize(short)(torch.zeros(3, height, width)).shape[1:])


def back_with_view_and_clamp(images, mean, std):
    shape = (-1, 1, 1)
    return (images * torch.tensor(std).view(shape) + torch.tensor(mean).view(shape)).clamp(0, 1)


def back_by_normalising(images, mean, std):
    mean, std = torch.tensor(mean), torch.tensor(std)
    return v2.functional.normalize(images, (-mean / std).tolist(), (1 / std).tolist())


def back_channel_by_channel(images, mean, std):
    result = images.clone()
    for channel in range(len(mean)):
        result[..., channel, :, :] = images[..., channel, :, :] * std[channel] + mean[channel]
    return result


def chain_of_tensors(size, mean, std):
    return chain(*TO_FLOAT, v2.Resize(size), v2.CenterCrop(size), v2.Normalize(mean, std))


def chain_of_tensors_in_bytes(size, mean, std):
    steps = (v2.ToImage(), v2.Resize(size), v2.CenterCrop(size), TO_FLOAT[1], v2.ToPureTensor())
    return chain(*steps, v2.Normalize(mean=mean, std=std))


def chain_cut_at_the_end(size, mean, std):
    return chain(*TO_FLOAT, v2.Normalize(mean, std), v2.Resize(size), v2.CenterCrop(size))


def chain_with_bicubic(size, mean, std):
    resize = v2.Resize(size, interpolation=v2.InterpolationMode.BICUBIC)
    return chain(resize, v2.CenterCrop(size), *TO_FLOAT, v2.Normalize(mean, std))


def chain_of_v1(size, mean, std):
    steps = [v1.Resize(size), v1.CenterCrop(size), v1.ToTensor(), v1.Normalize(mean, std)]
    return v1.Compose(steps)


def chain_as_a_function(size, mean, std):
    def transform(image):
        image = F.center_crop(F.resize(image, [size]), [size])
        return F.normalize(F.to_dtype(F.to_image(image), torch.float32, scale=True), mean, std)

    return transform


def flip_in_a_loop(images, chosen):
    pairs = zip(images, chosen, strict=True)
    return torch.stack([F.horizontal_flip(image) if yes else image for image, yes in pairs])


def flip_with_where(images, chosen):
    return torch.where(chosen[:, None, None, None], images.flip(-1), images)


def flip_picture_by_picture(images, chosen):
    result = images.clone()
    for number, yes in enumerate(chosen.tolist()):
        if yes:
            result[number] = F.hflip(images[number])
    return result


def pair_as_a_dict(image, mask):
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    both = augment({"image": image, "mask": mask})
    return both["image"], both["mask"]


def pair_as_one_stack(image, mask):
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    both = augment(torch.cat([part.as_subclass(torch.Tensor) for part in (image, mask)]))
    return both[:3], both[3:]


def pair_by_hand(image, mask):
    top, left = (int(torch.randint(0, image.shape[a] - 5, ())) for a in (1, 2))
    both = [part[:, top : top + 6, left : left + 6] for part in (image, mask)]
    return [part.flip(-1) for part in both] if torch.rand(()) < 0.5 else both


def pair_with_the_state_put_back(image, mask):
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    state = torch.get_rng_state()
    image = augment(image)
    torch.set_rng_state(state)
    return image, augment(tv_tensors.Mask(mask))


RIGHT = {
    "resized_size": (size_by_int, size_with_numpy, size_with_branches, size_by_asking_torchvision),
    "back_to_colours": (back_with_view_and_clamp, back_by_normalising, back_channel_by_channel),
    "evaluation_transform": (
        chain_of_tensors,
        chain_of_tensors_in_bytes,
        chain_cut_at_the_end,
        chain_with_bicubic,
        chain_of_v1,
        chain_as_a_function,
    ),
    "flip_some": (flip_in_a_loop, flip_with_where, flip_picture_by_picture),
    "repair_augment_pair": (
        pair_as_a_dict,
        pair_as_one_stack,
        pair_by_hand,
        pair_with_the_state_put_back,
    ),
}


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_other_right_answers_are_accepted(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


@pytest.mark.parametrize("value", [(-0.5, 1.5), (np.float64(-0.5), np.float64(1.5))])
def test_the_range_is_accepted(value):
    assert judge(value, "normal_range").status == "solved"


def test_the_way_back_stays_on_the_device_of_the_images():
    answer = find_exercise("back_to_colours").reference
    images = torch.zeros(2, 3, 4, 4, device="meta")  # a tensor on the CPU does not fit it
    assert answer(images, [0.5] * 3, [0.2] * 3).shape == images.shape


@pytest.mark.parametrize(
    "answer", [misspelt, without_a_dtype, normalised_with_a_third, brackets_forgotten]
)
def test_normalize_in_the_line_of_an_error_is_not_its_cause(answer):
    assert "Normalize wants" not in judge(answer, "evaluation_transform").text
