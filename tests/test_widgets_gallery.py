"""The CIFAR-10 gallery, without a browser."""

from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.sample_data import SampleCIFAR10
from course_utils.widgets import cifar_gallery
from course_utils.widgets.gallery import ALL, LAST_PAGE, VIEWS, Gallery, draw_gallery, in_words


@pytest.fixture(scope="module")
def gallery():
    return Gallery(SampleCIFAR10(train=True, size=120))


@pytest.mark.parametrize("name", [ALL, "airplane", "truck"])
@pytest.mark.parametrize("page", [1, LAST_PAGE])
@pytest.mark.parametrize("view", VIEWS)
def test_every_setting_is_drawn_in_one_size(gallery, name, page, view):
    figure = draw_gallery(gallery, name=name, page=page, view=view)
    assert tuple(figure.get_size_inches()) == (8, 3.7)
    assert name in figure.get_label()


def test_a_page_shows_its_class_only(gallery):
    targets = np.array(SampleCIFAR10(train=True, size=120).targets)
    assert set(targets[gallery.page("frog", 1)]) == {6}
    first, second = gallery.page(ALL, 1), gallery.page(ALL, 2)
    assert not set(first) & set(second)


def test_a_small_class_is_not_repeated_on_a_page(gallery):
    page = gallery.page("cat", 1)
    assert len(page) == len(set(page)) == 12


def test_average_is_the_mean_of_the_pictures(gallery):
    dataset = SampleCIFAR10(train=True, size=120)
    ships = dataset.data[np.array(dataset.targets) == 8]
    np.testing.assert_allclose(gallery.averages["ship"], ships.mean(axis=0) / 255, rtol=1e-5)
    red = round(ships[..., 0].mean() / 2.55)
    assert in_words(gallery, "ship").startswith(f"12 pictures, mean red {red}, green")


def test_classes_without_a_picture_are_left_out():
    dataset = SampleCIFAR10(train=True, size=5)
    assert len(Gallery(dataset).places) == 1 + len(set(dataset.targets))


def test_widget_opens_on_all_classes():
    widget = cifar_gallery(SampleCIFAR10(train=True, size=30))
    assert repr(widget) == "<CIFAR-10 gallery: run this cell to start>"
    widget.set(name="ship", view=VIEWS[1])
    assert "mean red" in widget.message


@pytest.mark.parametrize("data", [np.zeros((0, 32, 32, 3), np.uint8), np.zeros((2, 32, 32))])
def test_other_data_is_refused_with_its_shape(data):
    with pytest.raises(ValueError, match="the gallery needs uint8"):
        Gallery(SimpleNamespace(data=data, targets=[0] * len(data), classes=["cat"]))
