"""Wrong answers to the exercises of notebook 02, and right ones in another style."""

import cv2
import numpy as np
import pytest
from PIL import Image
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("02")
PICTURE = np.full((6, 6, 3), 100, np.uint8)  # what an earlier cell may have left behind


@wrong("cut_box", "rows come first")
def box_columns_first(image, x, y, width, height):
    return image[x : x + width, y : y + height]


@wrong("cut_box", "not from:length")
def box_from_length(image, x, y, width, height):
    return image[y:height, x:width]


@wrong("cut_box", "transposed box")
def box_sides_swapped(image, x, y, width, height):
    return image[y : y + width, x : x + height]


@wrong("cut_box", "height rows already")
def box_end_included(image, x, y, width, height):
    return image[y : y + height + 1, x : x + width + 1]


@wrong("cut_box", "one row and one column are missing")
def box_end_too_early(image, x, y, width, height):
    return image[y : y + height - 1, x : x + width - 1]


@wrong("cut_box", "not used as a start")
def box_in_the_corner(image, x, y, width, height):
    return image[:height, :width]


@wrong("cut_box", "two axes only")
def box_in_colour_only(image, x, y, width, height):
    return image[y : y + height, x : x + width, :]


@wrong("cut_box", "changes its input")
def box_that_blackens(image, x, y, width, height):
    box = image[y : y + height, x : x + width].copy()
    image[y : y + height, x : x + width] = 0
    return box


@wrong("cut_box", "yours is a list")
def box_as_lists(image, x, y, width, height):
    return [list(row[x : x + width]) for row in image[y : y + height]]


@wrong("cut_box", "cuts the rows again")
def box_in_two_brackets(image, x, y, width, height):
    return image[y : y + height][x : x + width]


wrong.value("mean_shape", (32, 120, 160), "only the last axis")
wrong.value("mean_shape", (32, 120), "these are axes 2 and 3")
wrong.value("mean_shape", (120, 160), "so they disappear")
wrong.value("mean_shape", (160, 3), "axis 1 is the height")
wrong.value("mean_shape", (32, 160, 3), "both axes disappear")
wrong.value("mean_shape", (32, 1, 1, 3), "does not stay with size 1")
wrong.value("mean_shape", (3,), "axis 0 was not named")
wrong.value("mean_shape", [32, 3], "yours is a list")
wrong.value("mean_shape", 2, "yours is an int")


@wrong("brightest_pixel", "flat list")
def brightest_flat(grey):
    return grey.argmax()


@wrong("brightest_pixel", "divide by grey.shape[1]")
def brightest_of_a_square(grey):
    place = int(np.argmax(grey))
    return place // len(grey), place % len(grey)


@wrong("brightest_pixel", "row and column are swapped")
def brightest_as_x_and_y(grey):
    row, column = np.unravel_index(grey.argmax(), grey.shape)
    return column, row


@wrong("brightest_pixel", "the brightness itself")
def brightest_value(grey):
    return int(grey.max())


@wrong("brightest_pixel", "not argmin")
def brightest_is_darkest(grey):
    return np.unravel_index(np.argmin(grey), grey.shape)


@wrong("brightest_pixel", "need not hold the brightest")
def brightest_row_sum(grey):
    return grey.sum(1).argmax(), grey.sum(0).argmax()


@wrong("brightest_pixel", "take the first of each")
def brightest_by_where(grey):
    return np.where(grey == grey.max())


@wrong("brightest_pixel", "use argmax without one")
def brightest_along_each_axis(grey):
    return grey.argmax(axis=0), grey.argmax(axis=1)


@wrong("brightest_pixel", "tuple(…) makes the pair")
def brightest_as_an_array(grey):
    return np.argwhere(grey == grey.max())[0]


@wrong("brightest_pixel", "tuple(…) makes the pair")
def brightest_as_a_list(grey):
    return list(np.unravel_index(grey.argmax(), grey.shape))


@wrong("brightest_pixel", "each row by itself")
def brightest_by_argsort(grey):
    return grey.argsort()[-1]


@wrong("brightest_pixel", "each row by itself")
def brightest_by_argsort_unravelled(grey):
    return np.unravel_index(np.argsort(grey)[-1], grey.shape)


@wrong("brightest_pixel", "flat list")
def brightest_by_flat_argsort(grey):
    return grey.argsort(axis=None)[-1]


@wrong("channels_first", "use transpose")
def first_by_reshape(image):
    height, width, channels = image.shape
    return image.reshape(channels, height, width)


@wrong("channels_first", "use transpose")
def first_by_reshape_to_three(image):
    height, width, _ = image.shape
    return image.reshape(3, height, width)


@wrong("channels_first", "use transpose")
def first_by_reshape_to_the_rest(image):
    return image.reshape(-1, *image.shape[:2])


@wrong("channels_first", "lies on its side")
def first_by_t(image):
    return image.T


@wrong("channels_first", "lies on its side")
def first_by_one_swap(image):
    return image.swapaxes(0, 2)


@wrong("channels_first", "is the way back")
def first_is_last(image):
    return image.transpose(1, 2, 0)


@wrong("channels_first", "may be a fourth channel")
def first_three_only(image):
    return np.stack([image[:, :, 0], image[:, :, 1], image[:, :, 2]])


@wrong("channels_first", "keep their order")
def first_and_reversed(image):
    return np.moveaxis(image, 2, 0)[::-1]


@wrong("channels_first", "dtype float64")
def first_as_float(image):
    result = np.zeros((image.shape[2], *image.shape[:2]))
    for channel in range(image.shape[2]):
        result[channel] = image[..., channel]
    return result


@wrong("load_rgb", "still blue, green, red, and")
def load_plain(path):
    return cv2.imread(str(path))


@wrong("load_rgb", "BGR, which must be turned")
def load_bgr(path):
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(path)
    return image


@wrong("load_rgb", "stumbled over it")
def load_without_a_test(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "without an error")
def load_none(path):
    image = cv2.imread(str(path))
    return image if image is None else image[..., ::-1]


@wrong("load_rgb", "makes three of it")
def load_with_pillow_as_it_is(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


@wrong("load_rgb", "turn it into an array")
def load_a_picture(path):
    with Image.open(path) as picture:
        return picture.convert("RGB")


@wrong("load_rgb", "write `if image is None`")
def load_with_equals(path):
    image = cv2.imread(str(path))
    if image == None:  # noqa: E711
        raise FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "write `if image is None`")
def load_with_not(path):
    image = cv2.imread(str(path))
    if not image:
        raise FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "knows them all")
def load_and_stack_grey(path):
    array = np.asarray(Image.open(path))
    return array if array.ndim == 3 else np.stack([array] * 3, 2)


@wrong("load_rgb", "knows them all")
def load_and_stack_grey_three_at_most(path):
    array = np.asarray(Image.open(path))
    return array[..., :3] if array.ndim == 3 else np.stack([array] * 3, axis=-1)


@wrong("load_rgb", "does it read `path`")
def load_one_file_only(path):
    if not path.exists():
        raise FileNotFoundError(path)
    with Image.open("picture.png") as picture:
        return np.asarray(picture.convert("RGB"))


@wrong("load_rgb", "does it read `path`")
def load_the_bee(path):
    image = cv2.imread("bee.png")
    if image is None:
        raise FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "does it read `path`")
def load_the_bee_untested(path):
    if not path.exists():
        raise FileNotFoundError(path)
    return cv2.cvtColor(cv2.imread("bee.png"), cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "does `except` hide another error?")
def load_that_hides_an_error(path):
    try:
        return np.asarray(Image.open(path))[:, :, :3]
    except Exception:
        raise FileNotFoundError(path) from None


@wrong("load_rgb", "is a return missing")
def load_and_keep(path):
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(path)
    image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "write `raise` instead")
def load_returns_the_error(path):
    image = cv2.imread(str(path))
    if image is None:
        return FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "and the wrong one")
def load_with_another_error(path):
    image = cv2.imread(str(path))
    if image is None:
        raise ValueError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "and the wrong one")
def load_with_another_error_that_names_opencv(path):
    image = cv2.imread(str(path))
    if image is None:
        raise OSError(f"OpenCV cannot read {path}")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "use only the parameters")
def load_with_an_unknown_error(path):
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFound(path)  # noqa: F821
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "use only the parameters")
def load_with_a_misspelt_path(path):
    image = cv2.imread(str(pth))  # noqa: F821
    if image is None:
        raise FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "has no attribute 'imred'")
def load_with_a_misspelt_function(path):
    image = cv2.imred(str(path))
    if image is None:
        raise FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "raises TypeError")
def load_with_a_path_added(path):
    image = cv2.imread("photos/" + path)
    if image is None:
        raise FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "write `if image is None`")
def load_with_equals_on_one_line(path):
    image = cv2.imread(str(path))
    if image == None: raise FileNotFoundError(path)  # noqa: E701, E711  # fmt: skip
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "write `if image is None`")
def load_with_not_on_one_line(path):
    image = cv2.imread(str(path))
    if not image: raise FileNotFoundError(path)  # noqa: E701  # fmt: skip
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@wrong("load_rgb", "Pillow gives RGB, which must not")
def load_with_pillow_reversed(path):
    return load_with_pillow(path)[..., ::-1]


@wrong("load_rgb", "must stay uint8")
def load_divided(path):
    return load_backwards(path) / 255


@wrong("load_rgb", "must stay uint8")
def load_as_int(path):
    return load_with_pillow(path).astype(int)


@wrong("load_rgb", "turns the rows or the columns round")
def load_upside_down(path):
    return load_bgr(path)[::-1]


@wrong("load_rgb", "turns the rows or the columns round")
def load_mirrored(path):
    return load_bgr(path)[:, ::-1]


@wrong("load_rgb", "lies on its side")
def load_on_its_side(path):
    return load_with_pillow(path).swapaxes(0, 1)


@wrong("load_rgb", "[145, 145, 145]")
def load_hsv(path):
    return cv2.cvtColor(load_bgr(path), cv2.COLOR_BGR2HSV)


@wrong("make_brighter", "cannot hold")
def brighter_clipped_too_late(image, amount):
    return np.clip(image + amount, 0, 255)


@wrong("make_brighter", "cannot hold")
def brighter_uint16(image, amount):
    return np.clip(image.astype(np.uint16) + amount, 0, 255).astype(np.uint8)


@wrong("make_brighter", "cannot hold")
def brighter_by_a_byte(image, amount):
    step = np.uint8(abs(amount)).astype(int)
    return np.clip(image + (step if amount > 0 else -step), 0, 255).astype(np.uint8)


@wrong("make_brighter", "and the sum wraps")
def brighter_by_plus_equals(image, amount):
    image += amount
    return image


@wrong("make_brighter", "has wrapped round")
def brighter_and_back(image, amount):
    return (image.astype(int) + amount).astype(np.uint8)


@wrong("make_brighter", "end with .astype(np.uint8)")
def brighter_stays_wide(image, amount):
    return np.clip(image.astype(int) + amount, 0, 255)


@wrong("make_brighter", "wrap round to bright ones")
def brighter_only_above(image, amount):
    return np.minimum(image.astype(int) + amount, 255).astype(np.uint8)


@wrong("make_brighter", "wrap round to dark ones")
def brighter_only_below(image, amount):
    return np.maximum(image.astype(np.int16) + amount, 0).astype(np.uint8)


@wrong("make_brighter", "nothing is clipped")
def brighter_wide(image, amount):
    return image.astype(int) + amount


@wrong("make_brighter", "changes its input")
def brighter_in_place(image, amount):
    image[...] = np.clip(image.astype(int) + amount, 0, 255)
    return image


@wrong("make_brighter", "is it used at all")
def brighter_earlier_picture(image, amount):
    return np.clip(PICTURE.astype(int) + 50, 0, 255).astype(np.uint8)


@wrong("make_brighter", "with its sign")
def brighter_never_darker(image, amount):
    return np.clip(image.astype(int) + abs(amount), 0, 255).astype(np.uint8)


wrong.value("eroded_pixels", 25, "the hole grows as well")
wrong.value("eroded_pixels", 24, "the hole must grow")
wrong.value("eroded_pixels", 40, "with zeros around it the block must shrink")
wrong.value("eroded_pixels", 20, "corners beside the hole")
wrong.value("eroded_pixels", 27, "both ends")
wrong.value("eroded_pixels", 48, "before")
wrong.value("eroded_pixels", 81, "this is dilate")
wrong.value("eroded_pixels", 16.0, "without a point")


def box_copied(image, x, y, width, height):
    rows = image[y : y + height]
    return np.array(rows[:, x : x + width])


def box_by_ends(image, x, y, w, h):
    right, bottom = x + w, y + h
    return image[y:bottom, x:right, ...]


def brightest_by_divmod(grey):
    return divmod(grey.argmax(), grey.shape[1])


def brightest_by_where_and_first(grey):
    rows, columns = np.where(grey == grey.max())
    return rows[0], columns[0]


def brightest_by_loops(grey):
    best = (0, 0)
    for row in range(grey.shape[0]):
        for column in range(grey.shape[1]):
            if grey[row, column] > grey[best]:
                best = (row, column)
    return best


def first_by_moveaxis(image):
    return np.moveaxis(image, -1, 0)


def first_by_stack(image):
    return np.stack([image[..., channel] for channel in range(image.shape[-1])], axis=0)


def first_by_two_swaps(image):
    return image.swapaxes(1, 2).swapaxes(0, 1).copy()


def load_with_pillow(path):
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))


def load_backwards(path):
    if not path.exists():
        raise FileNotFoundError(f"no file {path}")
    return cv2.imread(str(path))[:, :, ::-1]


def load_decoded(path):
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def load_and_convert(path):
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}")
    return np.array(Image.open(path).convert("RGB"), dtype=np.uint8)


def load_with_a_path(path):
    picture = cv2.imread(path)
    if picture is None:
        raise FileNotFoundError(path)
    return picture[..., [2, 1, 0]]


def brighter_float(image, amount):
    return np.clip(image.astype(np.float32) + amount, 0, 255).astype(np.uint8)


def brighter_min_max(image, amount):
    return np.maximum(np.minimum(np.int16(image) + amount, 255), 0).astype("uint8")


def brighter_where(image, amount):
    wide = image.astype(np.int32)
    wide += amount
    wide[wide > 255] = 255
    wide[wide < 0] = 0
    return np.uint8(wide)


RIGHT = {
    "cut_box": [box_copied, box_by_ends],
    "mean_shape": [(32, 3), (np.int64(32), 3)],
    "brightest_pixel": [brightest_by_divmod, brightest_by_where_and_first, brightest_by_loops],
    "channels_first": [first_by_moveaxis, first_by_stack, first_by_two_swaps],
    "eroded_pixels": [16, np.int64(16)],
    "load_rgb": [
        load_with_pillow,
        load_backwards,
        load_decoded,
        load_and_convert,
        load_with_a_path,
    ],
    "make_brighter": [brighter_float, brighter_min_max, brighter_where],
}


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_other_right_answers_are_accepted(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


def test_numpy_agrees_with_the_prediction():
    assert np.zeros((32, 12, 16, 3)).mean(axis=(1, 2)).shape == (32, 3)


def test_opencv_agrees_with_the_predicted_mask():
    mask = np.zeros((13, 13), np.uint8)
    mask[3:10, 3:10], mask[6, 6] = 1, 0
    square = np.ones((3, 3), np.uint8)
    assert cv2.erode(mask, square).sum() == 16
    assert cv2.dilate(mask, square).sum() == 81
    assert cv2.erode(mask[3:10, 3:10], square).sum() == 40  # so the text must name the zeros


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (load_hsv, "lies on its side"),
        (load_divided, "lies on its side"),
        (load_upside_down, "lies on its side"),
        (load_with_a_misspelt_path, "right moment"),
        (load_with_a_misspelt_function, "right moment"),
        (load_with_a_path_added, "right moment"),
        (load_with_another_error_that_names_opencv, "stumbled"),
        (load_with_not_on_one_line, "does it read"),
    ],
)
def test_advice_for_another_mistake_is_not_given(answer, advice):
    assert advice not in judge(answer, "load_rgb").text


def test_a_wrong_sort_of_value_does_not_give_the_answer_away():
    text = judge(2, "mean_shape").text
    assert "the answer is a tuple" in text
    assert "32" not in text


def test_both_outcomes_of_a_path_are_tried():
    text = judge(load_with_pillow, "load_rgb").text
    assert "files that are not there" in text


test_told, test_enough = wrong.tests()
