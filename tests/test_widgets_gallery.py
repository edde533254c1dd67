"""The CIFAR-10 gallery, without a browser."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course_utils.sample_data import SampleCIFAR10
from course_utils.widgets import cifar_gallery
from course_utils.widgets.gallery import ALL, VIEWS, Gallery, draw_gallery, in_words


@pytest.fixture(scope="module")
def gallery():
    return Gallery(SampleCIFAR10(train=True, size=120))


@pytest.mark.parametrize("name", [ALL, "airplane", "truck"])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("view", VIEWS)
def test_every_setting_is_drawn_in_one_size(gallery, name, last, view):
    page = gallery.pages(name) if last else 1
    figure = draw_gallery(gallery, name=name, page=page, view=view)
    assert tuple(figure.get_size_inches()) == (8, 3.7)
    assert name in figure.get_label()


def test_a_page_shows_its_class_only(gallery):
    targets = np.array(SampleCIFAR10(train=True, size=120).targets)
    assert set(targets[gallery.page("frog", 1)]) == {6}
    first, second = gallery.page(ALL, 1), gallery.page(ALL, 2)
    assert not set(first) & set(second)


def test_the_pages_show_each_picture_once():
    gallery = Gallery(SampleCIFAR10(train=True, size=93))
    assert [len(gallery.page(ALL, page)) for page in (1, 2, 3)] == [40, 40, 13]
    assert gallery.pages(ALL) == 3
    shown = np.concatenate([gallery.page(ALL, page) for page in (1, 2, 3)])
    assert sorted(shown) == list(range(93))
    assert gallery.pages("cat") == 1


def test_the_slider_ends_at_the_last_page_of_the_class():
    widget = cifar_gallery(SampleCIFAR10(train=True, size=120))
    widget.set(page=3)
    assert "Page 3 of 3 of all classes" in widget._alt
    widget.set(name="ship")
    assert widget.params["page"] == 1
    assert "Page 1 of 1 of ship" in widget._alt
    with pytest.raises(ValueError, match="use 1 … 1"):
        widget.set(page=2)
    widget.set(name=ALL, page=2)
    assert "Page 2 of 3" in widget._alt


def test_words_and_picture_tell_what_grey_means(gallery):
    assert "Grey" not in in_words(gallery, "ship", VIEWS[0])
    assert in_words(gallery, "ship", VIEWS[1]).endswith("Grey: no difference.")
    assert in_words(gallery, ALL, VIEWS[1]).endswith("as all minus all.")
    figure = draw_gallery(gallery, name=ALL, page=1, view=VIEWS[1])
    assert np.allclose(figure.artists[1].picture / 255, 0.5, atol=0.01)


@pytest.mark.parametrize("size", [50_000, 5_000])
def test_titles_stay_inside_the_picture(gallery, size):
    gallery.places["many"], gallery.averages["many"] = np.zeros(size, int), gallery.averages[ALL]
    figure = draw_gallery(gallery, name="many", page=size // 40, view=VIEWS[1])
    renderer = FigureCanvasAgg(figure).get_renderer()
    for ax in figure.axes:
        for title in (ax.title, ax._left_title):
            box = title.get_window_extent(renderer)
            assert box.width == 0 or (box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1)
    del gallery.places["many"], gallery.averages["many"]


def test_average_is_the_mean_of_the_pictures(gallery):
    dataset = SampleCIFAR10(train=True, size=120)
    ships = dataset.data[np.array(dataset.targets) == 8]
    np.testing.assert_allclose(gallery.averages["ship"], ships.mean(axis=0) / 255, rtol=1e-5)
    red = round(ships[..., 0].mean() / 2.55)
    assert in_words(gallery, "ship", VIEWS[0]).startswith(f"12 pictures, mean red {red}, green")


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
