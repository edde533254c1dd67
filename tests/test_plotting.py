import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from course_utils import plotting
from course_utils._figures import alt_text, to_png
from course_utils.history import History

NOISE = torch.rand(3, 4, 6, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def shown(ax):
    return np.asarray(ax.images[0].get_array())


@pytest.mark.parametrize(
    ("image", "shape", "dtype"),
    [
        (NOISE, (4, 6, 3), np.float32),
        (NOISE.double(), (4, 6, 3), np.float32),
        (NOISE.bfloat16(), (4, 6, 3), np.float32),
        (NOISE.clone().requires_grad_(), (4, 6, 3), np.float32),
        (NOISE[0], (4, 6), np.float32),
        (NOISE[:1], (4, 6), np.float32),
        (NOISE[0] > 0.5, (4, 6), np.float32),
        ((NOISE * 255).byte(), (4, 6, 3), np.uint8),
        (NOISE.numpy(), (4, 6, 3), np.float32),
        (NOISE.permute(1, 2, 0).numpy(), (4, 6, 3), np.float32),
        (torch.zeros(3, 5, 3), (5, 3, 3), np.float32),  # ambiguous: a tensor has C first …
        (np.zeros((3, 5, 3)), (3, 5, 3), np.float32),  # … and an array C last
        (Image.new("RGB", (6, 4)), (4, 6, 3), np.uint8),
        (Image.new("RGBA", (6, 4)), (4, 6, 4), np.uint8),
        (Image.new("L", (6, 4)), (4, 6), np.uint8),
        (Image.new("1", (6, 4)), (4, 6), np.float32),
        (Image.new("P", (6, 4)), (4, 6, 3), np.uint8),
        (Image.new("CMYK", (6, 4)), (4, 6, 3), np.uint8),
    ],
)
def test_as_image_takes_what_learners_have(image, shape, dtype):
    pixels = plotting.as_image(image)
    assert (pixels.shape, pixels.dtype) == (shape, dtype)


def test_as_image_keeps_every_value():
    torch.testing.assert_close(torch.from_numpy(plotting.as_image(NOISE)), NOISE.permute(1, 2, 0))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (NOISE * 2 - 1, r"outside 0…1; denormalize\(\) first"),
        (NOISE * 255, "divide by 255"),
        (NOISE * float("nan"), "nan"),
        ((NOISE * 255).long(), "int64 is neither uint8 nor float"),
        (NOISE[None], r"\(1, 3, 4, 6\).*show_batch"),
        (torch.zeros(6, 8, 8), r"\(6, 8, 8\) has neither 1, 3 nor 4 channels"),
        (torch.zeros(3), r"shape \(3,\)"),
        (torch.zeros(3, 0, 4), "holds no pixel"),
    ],
)
def test_as_image_refuses_with_the_fix(image, words):
    with pytest.raises(ValueError, match=words):
        plotting.as_image(image)


def test_show_image_draws_into_the_given_axes():
    ax = Figure().subplots()
    assert plotting.show_image(NOISE, title="noise", ax=ax) is ax
    assert shown(ax).shape == (4, 6, 3)
    assert ax.get_title() == "noise"


def test_grey_images_use_the_whole_range():
    ax = plotting.show_image(NOISE[0] * 0.1 + 0.4)
    assert ax.images[0].get_clim() == (0, 1)
    ax = plotting.show_image((NOISE[0] * 255).byte())
    assert ax.images[0].get_clim() == (0, 255)


def test_batch_places_every_image_and_label():
    images = NOISE.repeat(5, 1, 1, 1) * torch.linspace(0.2, 1, 5)[:, None, None, None]
    ax = plotting.show_batch(images, list("abcde"), columns=2)
    mosaic, corners = plotting.image_grid(images, columns=2, gap=0.28)
    np.testing.assert_array_equal(shown(ax), mosaic)
    assert [text.get_text() for text in ax.texts] == list("abcde")
    for (top, left), image in zip(corners, images, strict=True):
        tile = mosaic[top : top + 4, left : left + 6]
        np.testing.assert_allclose(tile, image.permute(1, 2, 0).numpy())
    assert len(set(corners)) == 5


def test_a_frame_goes_round_every_image():
    white = torch.ones(3, 1, 4, 6)
    assert plotting.show_batch(white).patches[:] == []
    frames = plotting.show_batch(white, frame=True).patches
    _, corners = plotting.image_grid(white)
    assert [frame.get_xy() for frame in frames] == [(x - 0.5, y - 0.5) for y, x in corners]
    assert {(frame.get_width(), frame.get_height()) for frame in frames} == {(6, 4)}


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        ([NOISE, NOISE[:, :2]], None, "sizes .* differ"),
        ([], None, "there is no image"),
        ([NOISE], ["a", "b"], "2 labels for 1 images"),
    ],
)
def test_batch_refuses(images, labels, words):
    with pytest.raises(ValueError, match=words):
        plotting.show_batch(images, labels)


@pytest.mark.parametrize("scale", [1, 255])
@pytest.mark.parametrize("axis", [(), (None,)])
def test_mask_tints_its_pixels_only(scale, axis):
    mask = torch.zeros(4, 6, dtype=torch.uint8)
    mask[1:3, 2:4] = scale
    pixels = shown(plotting.show_mask(NOISE, mask[axis]))
    changed = ~np.isclose(pixels, NOISE.permute(1, 2, 0).numpy()).all(axis=-1)
    np.testing.assert_array_equal(changed, mask.numpy() > 0)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_mask_may_be_empty_or_full(value):
    plotting.show_mask(NOISE, torch.full((4, 6), value))


def test_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"mask \(4, 5\) does not fit image \(4, 6\)"):
        plotting.show_mask(NOISE, torch.zeros(4, 5))


def test_curves_of_a_dict_and_of_a_history():
    ax = plotting.plot_curves({"a": [3, 2, 1], "b": [4, 3, 2]}, ylabel="loss")
    assert [list(line.get_ydata()) for line in ax.lines] == [[3, 2, 1], [4, 3, 2]]
    assert list(ax.lines[0].get_xdata()) == [1, 2, 3]
    ax = plotting.plot_curves(History(train_loss=[2.0, 1.0], valid_loss=[2.5, 1.5]))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


@pytest.mark.parametrize(
    ("shape", "middle"), [((4, 3, 5, 5), 0.5), ((4, 1, 3, 3), 1.0), ((3, 3), 1.0)]
)
def test_kernels_show_zero_as_the_middle(shape, middle):
    ax = plotting.plot_kernels(torch.zeros(shape))
    assert abs(float(shown(ax)[0, 0].mean()) - middle) < 0.01


def test_kernels_over_many_channels_need_a_choice():
    with pytest.raises(ValueError, match="choose one input channel"):
        plotting.plot_kernels(torch.zeros(4, 6, 3, 3))


def test_confusion_shows_counts_and_shares():
    ax = plotting.plot_confusion(torch.tensor([[3, 1], [0, 0]]), ["cat", "dog"])
    np.testing.assert_allclose(shown(ax), [[0.75, 0.25], [0, 0]])
    assert [text.get_text() for text in ax.texts] == ["3", "1", "0", "0"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    with pytest.raises(ValueError, match=r"matrix \(2, 2\) does not fit 3 class names"):
        plotting.plot_confusion(torch.eye(2), ["a", "b", "c"])


def test_describe_gives_an_alternative_text_and_shows_once():
    picture = plotting.describe(plotting.show_image(NOISE), 'noise, "random" & <grey>')
    assert repr(picture) == 'noise, "random" & <grey>'
    assert 'alt="noise, &quot;random&quot; &amp; &lt;grey&gt;"' in picture._repr_html_()
    assert plt.get_fignums() == []


def test_a_text_is_made_of_the_labels():
    ax = plotting.plot_curves({"a": [1, 2]}, ylabel="loss", title="Two epochs")
    assert alt_text(ax.figure) == "Two epochs, x: epoch, y: loss, lines: a"
    assert alt_text(Figure()) == "Figure"


def test_png_bytes_repeat_and_settings_stay():
    before = dict(mpl.rcParams)
    first, second = (to_png(plotting.plot_curves({"a": [1, 2]}).figure) for _ in range(2))
    assert first == second
    assert dict(mpl.rcParams) == before
