"""The augmentation playground, without a browser."""

import base64
import itertools

import pytest
import torch
from torchvision.transforms import v2

from course_utils.widgets import augmentation_playground
from course_utils.widgets.augmentation import (
    COPIES,
    SIDE,
    bee,
    code_of_copies,
    draw_copies,
    explain_copies,
    make_copies,
)

CHOICES = ("flip", "crop", "rotation", "colour")
NOTHING = dict.fromkeys(CHOICES, False) | {"strength": 0.5, "seed": 0}


def run_code(**setting):
    """Run the widget's code on the bee and return its (image, mask) pairs."""
    image, mask = bee()
    names = {"image": image, "mask": mask}
    with torch.random.fork_rng(devices=[]):
        exec(code_of_copies(**setting), names)
    return names["copies"]


def test_every_corner_of_the_controls_can_be_drawn_in_one_size():
    widget = augmentation_playground()
    sizes = set()
    for flags in itertools.product((False, True), repeat=4):
        for strength, seed in ((0, 0), (1, 20)):
            choice = dict(zip(CHOICES, flags, strict=True))
            widget.set(**choice, masks=bool(seed) ^ flags[0], strength=strength, seed=seed)
            assert "Error" not in widget.message
            sizes.add(widget._size)
    assert len(sizes) == 1


@pytest.mark.parametrize("strength", [0, 0.3, 1])
def test_the_code_to_copy_makes_the_pictures_that_are_shown(strength):
    for flags in itertools.product((False, True), repeat=4):
        setting = dict(zip(CHOICES, flags, strict=True)) | {"strength": strength, "seed": 3}
        shown = make_copies(**setting)[1:]
        made = run_code(**setting, masks=True)
        assert len(made) == COPIES
        for copy, (image, mask) in zip(shown, made, strict=True):
            assert torch.equal(copy.image, image)
            assert torch.equal(copy.mask, mask[0] > 0.5)


def test_the_code_without_masks_takes_the_image_alone():
    setting = NOTHING | {"flip": True}
    made = run_code(**setting, masks=False)
    shown = make_copies(**setting)[1:]
    assert all(torch.equal(copy.image, image) for copy, image in zip(shown, made, strict=True))


def test_image_and_mask_move_together():
    image, mask = bee()
    marked = torch.where(mask > 0.5, image, torch.zeros_like(image))
    for copy in make_copies(**(NOTHING | {"flip": True, "rotation": True}))[1:]:
        outside = copy.image[:, ~copy.mask]
        assert copy.mask.any()
        assert copy.image[:, copy.mask].float().mean() > marked.float().mean()
        assert outside.shape[1] + copy.mask.sum() == SIDE * SIDE


def test_nothing_chosen_changes_nothing():
    image, mask = bee()
    for copy in make_copies(**NOTHING):
        assert torch.equal(copy.image, image)
        assert torch.equal(copy.mask, mask[0] > 0.5)
        assert copy.share == 1
    assert explain_copies(**NOTHING, masks=False) == "Every copy is the original."


def test_strength_zero_leaves_everything_but_the_flip():
    setting = dict.fromkeys(CHOICES, True) | {"strength": 0}
    both = {bee()[0].numpy().tobytes(), bee()[0].flip(-1).contiguous().numpy().tobytes()}
    for seed in (0, 20):
        copies = make_copies(**setting, seed=seed)
        assert {copy.image.contiguous().numpy().tobytes() for copy in copies} == both


def test_a_strength_of_zero_is_not_explained():
    setting = dict.fromkeys(CHOICES, True) | {"strength": 0, "seed": 0, "masks": False}
    assert (
        explain_copies(**setting) == "Flip: each copy with probability 0.5, whatever the strength."
    )
    assert explain_copies(**(setting | {"flip": False})) == "Every copy is the original."


def test_how_often_less_than_half_of_the_bee_is_in_view():
    def doubtful(strength):
        copies = (
            copy
            for seed in range(21)
            for copy in make_copies(
                **(NOTHING | {"crop": True, "strength": strength, "seed": seed})
            )
        )
        return sum(copy.share < 0.5 for copy in copies) / (21 * COPIES)

    assert doubtful(0.5) == 0
    assert 0.15 < doubtful(1.0) < 0.25  # notebook 07 says: one in five


def test_the_share_of_the_bee():
    flipped = make_copies(**(NOTHING | {"flip": True}))
    assert {copy.share for copy in flipped} == {1}
    cropped = make_copies(**(NOTHING | {"crop": True, "strength": 1.0}))
    assert cropped[0].share == 1
    assert all(0 <= copy.share <= 1 for copy in cropped)
    assert min(copy.share for copy in cropped) < 0.8
    full = make_copies(**(NOTHING | {"rotation": True, "strength": 1.0}))
    assert min(copy.share for copy in full) > 0.8, "the bee is in the middle"


def test_a_seed_repeats_and_another_one_differs():
    first, again, other = (make_copies(**(NOTHING | {"crop": True, "seed": s})) for s in (1, 1, 2))
    assert torch.equal(first[1].image, again[1].image)
    assert not torch.equal(first[1].image, other[1].image)


def test_the_learners_own_dice_stay_as_they_are():
    make_copies.cache_clear()
    before = torch.get_rng_state()
    draw_copies(**(NOTHING | {"crop": True}), masks=True)
    assert torch.equal(torch.get_rng_state(), before)


def test_colour_never_changes_the_mask():
    for copy in make_copies(**(NOTHING | {"colour": True, "strength": 1.0})):
        assert torch.equal(copy.mask, bee()[1][0] > 0.5)


def test_the_note_says_what_was_moved():
    widget = augmentation_playground()
    assert "Crop: 55% to 100% of the area" in widget.message
    widget.set(rotation=True, colour=True, strength=1, seed=3)
    for words in (
        "10% to 100%",
        "up to 180°",
        "probability 0.5",
        "never the mask",
        "The worst copy shows",
    ):
        assert words in widget.message
    assert widget.message.endswith("of the bee: still a bee?")
    assert "in view" in widget._alt
    assert "# image: uint8 (3, 96, 96)" in widget.code
    widget.set(masks=True)
    assert "augment(image, mask)" in widget.code
    assert "flip and crop and rotation and colour, strength 1, seed 3, with masks" in widget._alt


def test_a_stable_text_and_a_first_picture():
    widget = augmentation_playground()
    bundle = widget._repr_mimebundle_()
    assert (
        bundle["text/plain"] == repr(widget) == "<Augmentation playground: run this cell to start>"
    )
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert len(bundle["image/png"]) < 80_000
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False


def test_its_transforms_are_the_ones_of_v2():
    code = code_of_copies(**dict.fromkeys(CHOICES, True), strength=1, seed=0, masks=False)
    for name in ("RandomResizedCrop", "RandomHorizontalFlip", "RandomRotation", "ColorJitter"):
        assert f"v2.{name}(" in code
        assert hasattr(v2, name)
