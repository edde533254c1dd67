"""Wrong answers to the exercises of notebook 22, and right ones in another style."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from torchvision.utils import save_image
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge
from course_utils.exercises._registry import find_exercise
from course_utils.exercises.nb22_segmentation_project__predict import _network
from course_utils.metrics import dice, iou

wrong = WrongAnswers("22")


@wrong("count_outcomes", "have changed places")
def errors_swapped(found, truth):
    return (found & truth).sum(), (found & ~truth).sum(), (~found & truth).sum()


@wrong("count_outcomes", "no hit")
def ground_is_a_hit(found, truth):
    return (found == truth).sum(), (~found & truth).sum(), (found & ~truth).sum()


@wrong("count_outcomes", "take the hits away")
def sizes_of_masks(found, truth):
    return (found & truth).sum().item(), truth.sum().item(), found.sum().item()


@wrong("count_outcomes", "both kinds of error")
def all_errors_twice(found, truth):
    errors = (found != truth).sum().item()
    return (found & truth).sum().item(), errors, errors


@wrong("count_outcomes", "sum(), not mean()")
def shares(found, truth):
    parts = found & truth, ~found & truth, found & ~truth
    return tuple(part.float().mean().item() for part in parts)


@wrong("count_outcomes", "refuses minus")
def minus(found, truth):
    return (found & truth).sum(), (truth - found).sum(), (found - truth).sum()


@wrong("count_outcomes", "pixel by pixel")
def plain_and(found, truth):
    return (found and truth).sum(), (truth and not found).sum(), (found and not truth).sum()


@wrong("count_outcomes", "still a mask")
def not_counted(found, truth):
    return found & truth, ~found & truth, found & ~truth


@wrong("count_outcomes", "three numbers")
def forgot_alarms(found, truth):
    return (found & truth).sum().item(), (~found & truth).sum().item()


@wrong("count_outcomes", "a hit is in both")
def hits_in_either(found, truth):
    return (found | truth).sum(), (~found & truth).sum(), (found & ~truth).sum()


@wrong("count_outcomes", "go pixel by pixel")
def count_with_and(found, truth):
    hits = (found.bool() and truth.bool()).sum().item()
    return hits, truth.sum().item() - hits, found.sum().item() - hits


@wrong("count_outcomes", "~found & truth")
def all_not_found(found, truth):
    return (found & truth).sum().item(), (~found).sum().item(), (found & ~truth).sum().item()


@wrong("count_outcomes", "all of the ground")
def all_ground(found, truth):
    return (found & truth).sum().item(), (~found & truth).sum().item(), (~truth).sum().item()


@wrong("count_outcomes", "yours")
def right_for_squares(found, truth):
    diagonal = range(min(found.shape))
    hits = sum(bool(found[i, j] & truth[i, j]) for i in diagonal for j in diagonal)
    return hits, truth.sum().item() - hits, found.sum().item() - hits


@wrong("merge_skip", "the channels are dimension 1")
def joined_as_rows(deep, skip):
    return torch.cat([F.interpolate(deep, size=skip.shape[-2:]), skip], dim=2)


@wrong("merge_skip", "right for even sizes only")
def by_factor(deep, skip):
    return torch.cat([F.interpolate(deep, scale_factor=2), skip], dim=1)


@wrong("merge_skip", "right for even sizes only")
def by_repetition(deep, skip):
    large = deep.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    return torch.cat([large, skip], dim=1)


@wrong("merge_skip", "fills up with zeros")
def padded(deep, skip):
    large = F.interpolate(deep, scale_factor=2)
    rows, columns = skip.shape[2] - large.shape[2], skip.shape[3] - large.shape[3]
    return torch.cat([F.pad(large, (0, columns, 0, rows)), skip], dim=1)


@wrong("merge_skip", "deep comes first")
def skip_first(deep, skip):
    return torch.cat([skip, F.interpolate(deep, size=skip.shape[-2:])], dim=1)


@wrong("merge_skip", "bilinear mixes neighbours")
def smooth(deep, skip):
    large = F.interpolate(deep, size=skip.shape[-2:], mode="bilinear")
    return torch.cat([large, skip], dim=1)


@wrong("merge_skip", "nearest-exact")
def exact(deep, skip):
    large = F.interpolate(deep, size=skip.shape[-2:], mode="nearest-exact")
    return torch.cat([large, skip], dim=1)


@wrong("merge_skip", "dim=1")
def joined_as_batch(deep, skip):
    return torch.cat([F.interpolate(deep, size=skip.shape[-2:]), skip])


@wrong("merge_skip", "do not shrink skip")
def shrinks_skip(deep, skip):
    return torch.cat([deep, F.interpolate(skip, size=deep.shape[-2:])], dim=1)


@wrong("merge_skip", "height and width only")
def whole_shape(deep, skip):
    return torch.cat([F.interpolate(deep, size=skip.shape), skip], dim=1)


@wrong("merge_skip", "skip is missing")
def only_enlarged(deep, skip):
    return F.interpolate(deep, size=skip.shape[-2:])


@wrong("merge_skip", "skip.shape[-2:], which is (H, W)")
def height_for_width(deep, skip):
    return torch.cat([F.interpolate(deep, size=(skip.shape[3], skip.shape[2])), skip], dim=1)


@wrong("merge_skip", "skip.shape[-2:], which is (H, W)")
def width_twice(deep, skip):
    return torch.cat([F.interpolate(deep, size=skip.shape[-1]), skip], dim=1)


@wrong("merge_skip", "skip.shape[-2:], which is (H, W)")
def batch_and_channels_as_size(deep, skip):
    return torch.cat([F.interpolate(deep, size=skip.shape[:2]), skip], dim=1)


@wrong("merge_skip", "torch.stack makes a new dimension")
def stacked(deep, skip):
    return torch.stack([F.interpolate(deep, size=skip.shape[-2:]), skip], dim=1)


@wrong("merge_skip", "adding mixes")
def added(deep, skip):
    return F.interpolate(deep, size=skip.shape[-2:]) + skip


def seen_by(model, rgb, *, train=False):
    model.train(train)
    with torch.inference_mode():
        return model(torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None] / 255)[0, 0]


@wrong("repair_find_bee", "train mode")
def find_in_train_mode(model, picture):
    logits = seen_by(model, picture[..., ::-1], train=True)
    return (logits > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "gradients are recorded")
def find_with_graph(model, picture):
    model.eval()
    logits = model(torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1)[None] / 255)
    return (logits[0, 0] > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "turn the channels round. And")
def find_only_eval(model, picture):
    return (seen_by(model, picture) > 0.5).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "turn the channels round")
def find_in_bgr(model, picture):
    return (seen_by(model, picture) > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "the same border is 0")
def find_logits_above_half(model, picture):
    return (seen_by(model, picture[..., ::-1]) > 0.5).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "every probability is above 0")
def find_all(model, picture):
    return (seen_by(model, picture[..., ::-1]).sigmoid() > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "negative step")
def find_without_copy(model, picture):
    model.eval()
    with torch.inference_mode():
        logits = model(torch.from_numpy(picture[..., ::-1]).permute(2, 0, 1)[None] / 255)[0, 0]
    return (logits > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "255 in the file")
def find_ones(model, picture):
    return (seen_by(model, picture[..., ::-1]) > 0).numpy().astype(np.uint8)


@wrong("repair_find_bee", "uint8 is asked for")
def find_bools(model, picture):
    return (seen_by(model, picture[..., ::-1]) > 0).numpy()


@wrong("repair_find_bee", "uint8 is asked for")
def find_whole_numbers(model, picture):
    return np.where(find_bools(model, picture), 255, 0)


@wrong("repair_find_bee", "NumPy array")
def find_tensor(model, picture):
    return (seen_by(model, picture[..., ::-1]) > 0).byte() * 255


@wrong("repair_find_bee", "[0, 0]")
def find_with_batch(model, picture):
    return (seen_by(model, picture[..., ::-1])[None, None] > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "rows and columns stay")
def find_upside_down(model, picture):
    return (seen_by(model, picture[::-1, :, ::-1]) > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "rows and columns stay")
def find_rows_instead_of_channels(model, picture):
    return (seen_by(model, picture[::-1]) > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "the border lies elsewhere")
def find_above_another_border(model, picture):
    return (seen_by(model, picture[..., ::-1]) > -0.1).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "exactly 1: divide by 255")
def find_by_256(model, picture):
    model.eval()
    with torch.inference_mode():
        image = torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1) / 256
        return (model(image[None])[0, 0] > 0).numpy().astype(np.uint8) * 255


@wrong("repair_find_bee", "tied to the graph")
def find_grey_with_graph(model, picture):
    logits = model(torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1)[None] / 255)
    return (logits[0, 0].sigmoid() * 255).numpy().astype(np.uint8)


@wrong("best_threshold", "goes on to the threshold")
def threshold_of_pairs(probabilities, masks, thresholds):
    return max((iou(probabilities > t, masks).mean().item(), t) for t in thresholds)[1]


@wrong("best_threshold", "that is the best IoU")
def its_iou(probabilities, masks, thresholds):
    return max(iou(probabilities > t, masks).mean().item() for t in thresholds)


@wrong("best_threshold", "its place in the list")
def its_place(probabilities, masks, thresholds):
    scores = [iou(probabilities > t, masks).mean().item() for t in thresholds]
    return scores.index(max(scores))


@wrong("best_threshold", "yours is the last")
def last_of_equals(probabilities, masks, thresholds):
    best, highest = None, -1
    for t in thresholds:
        if (score := iou(probabilities > t, masks).mean().item()) >= highest:
            best, highest = t, score
    return best


@wrong("best_threshold", "in one pot")
def pooled(probabilities, masks, thresholds):
    def score(t):
        found = probabilities > t
        return ((found & masks).sum() / (found | masks).sum()).item()

    return max(thresholds, key=score)


@wrong("best_threshold", "that is Dice")
def by_dice(probabilities, masks, thresholds):
    return max(thresholds, key=lambda t: dice(probabilities > t, masks).mean().item())


@wrong("best_threshold", "counts right pixels")
def by_accuracy(probabilities, masks, thresholds):
    scores = [((probabilities > t) == masks).float().mean() for t in thresholds]
    return thresholds[int(torch.stack(scores).argmax())]


@wrong("best_threshold", "iou itself counts above 0.5")
def never_compared(probabilities, masks, thresholds):
    return max(thresholds, key=lambda t: iou(probabilities, masks).mean().item())


@wrong("best_threshold", "not only the first")
def of_one_picture(probabilities, masks, thresholds):
    return max(thresholds, key=lambda t: iou(probabilities > t, masks)[0].item())


@wrong("best_threshold", "rounded scores")
def by_rounded_scores(probabilities, masks, thresholds):
    scores = [round(iou(probabilities > t, masks).mean().item(), 2) for t in thresholds]
    return thresholds[scores.index(max(scores))]


@wrong("best_threshold", "without its score")
def with_its_score(probabilities, masks, thresholds):
    return max((iou(probabilities > t, masks).mean().item(), t) for t in thresholds)


@wrong("best_threshold", "compare their .mean()")
def scores_of_each_picture(probabilities, masks, thresholds):
    return max(thresholds, key=lambda t: iou(probabilities > t, masks))


@wrong("best_threshold", "compare their .mean()")
def item_of_many(probabilities, masks, thresholds):
    return max(thresholds, key=lambda t: iou(probabilities > t, masks).item())


@wrong("save_mask", "True counts as 1")
def saves_what_is_above_127(mask, path):
    Image.fromarray((mask.numpy() > 127).astype(np.uint8) * 255).save(path)


@wrong("save_mask", "16 bits a pixel")
def saves_16_bits(mask, path):
    cv2.imwrite(str(path), mask.numpy().astype(np.uint16) * 255)


@wrong("save_mask", "equally black")
def saves_ones(mask, path):
    Image.fromarray(mask.numpy().astype(np.uint8)).save(path)


@wrong("save_mask", "black and white")
def saves_turned(mask, path):
    Image.fromarray(np.where(mask.numpy(), 0, 255).astype(np.uint8)).save(path)


@wrong("save_mask", "white is 255")
def saves_256(mask, path):
    Image.fromarray((mask.int() * 256).numpy().astype(np.uint8)).save(path)


@wrong("save_mask", "on its side")
def saves_on_its_side(mask, path):
    Image.fromarray(mask.numpy().astype(np.uint8).T * 255).save(path)


@wrong("save_mask", "needs one")
def saves_three_channels(mask, path):
    save_image(mask.float()[None], path)


@wrong("save_mask", "no PNG")
def saves_jpeg_inside(mask, path):
    Image.fromarray(mask.numpy().astype(np.uint8) * 255).save(path, "JPEG")


@wrong("save_mask", "Pillow wants bytes")
def saves_int64(mask, path):
    Image.fromarray((mask.long() * 255).numpy()).save(path)


@wrong("save_mask", "want an array")
def saves_tensor(mask, path):
    cv2.imwrite(str(path), mask)


@wrong("save_mask", "no file at path")
def saves_beside(mask, path):
    Image.fromarray(mask.numpy()).save(path.with_suffix(".bmp"))


test_is_told_the_mistake, test_three_or_more = wrong.tests()


def counts_from_sums(found, truth):
    hits = np.int64((found * truth).numpy().sum())
    return hits, truth.sum() - hits, found.sum() - hits


def counts_as_list_of_floats(found, truth):
    a, b = found.float(), truth.float()
    return [(a * b).sum().item(), ((1 - a) * b).sum().item(), (a * (1 - b)).sum().item()]


def counts_by_index(found, truth):
    return found[truth].sum(), (~found[truth]).sum(), torch.logical_and(found, ~truth).sum()


def counts_as_tensor(found, truth):
    return torch.stack([(found & truth).sum(), (~found & truth).sum(), (found & ~truth).sum()])


def counts_as_array(found, truth):
    return np.array([part.sum() for part in (found & truth, ~found & truth, found & ~truth)])


def merge_by_layer(deep, skip):
    up = torch.nn.Upsample(size=skip.shape[2:])
    return torch.concat((up(deep), skip), 1)


def merge_named(deep, skip):
    height, width = skip.shape[-2:]
    return torch.cat([F.interpolate(deep, (height, width), mode="nearest"), skip], dim=-3)


def find_by_cv2(model, picture):
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    image = torch.tensor(rgb / 255, dtype=torch.float32).permute(2, 0, 1).unsqueeze(0)
    with torch.no_grad():
        p = torch.sigmoid(model.eval()(image)).squeeze(0).squeeze(0)
    return np.where(p.numpy() > 0.5, 255, 0).astype("uint8")


def find_and_back_to_training(model, picture):
    was = model.training
    mask = (seen_by(model, picture[..., ::-1]) >= 0).byte().mul(255).numpy()
    model.train(was)
    return mask


def threshold_by_loop(probabilities, masks, thresholds):
    scores = [sum(iou(probabilities > t, masks).tolist()) / len(masks) for t in thresholds]
    return thresholds[int(np.argmax(scores))]


def threshold_from_probabilities(probabilities, masks, thresholds):
    best = thresholds[0]
    for t in thresholds[1:]:
        if iou(probabilities >= t, masks).mean() > iou(probabilities >= best, masks).mean():
            best = t
    return best


def save_by_cv2(mask, path):
    cv2.imwrite(str(path), 255 * mask.numpy().astype(np.uint8))


def save_one_bit(mask, path):
    Image.fromarray(mask.numpy()).save(path)


def save_where(mask, path):
    Image.fromarray(torch.where(mask, 255, 0).byte().numpy(), mode=None).save(path)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("count_outcomes", counts_from_sums),
        ("count_outcomes", counts_as_list_of_floats),
        ("count_outcomes", counts_by_index),
        ("count_outcomes", counts_as_tensor),
        ("count_outcomes", counts_as_array),
        ("merge_skip", merge_by_layer),
        ("merge_skip", merge_named),
        ("repair_find_bee", find_by_cv2),
        ("repair_find_bee", find_and_back_to_training),
        ("best_threshold", threshold_by_loop),
        ("best_threshold", threshold_from_probabilities),
        ("save_mask", save_by_cv2),
        ("save_mask", save_one_bit),
        ("save_mask", save_where),
    ],
)
def test_other_styles_are_accepted(exercise, answer):
    verdict = judge(answer, exercise)
    assert verdict.status == "solved", verdict.text


def test_no_pixel_of_the_repair_is_on_the_border():
    """Rounding decides nothing: every logit is clearly above or below both thresholds."""
    for case in find_exercise("repair_find_bee").cases:
        generator = np.random.default_rng(case["seed"])
        size = case["height"], case["width"], 3
        picture = generator.integers(0, 256, size, dtype=np.uint8)
        logits = seen_by(_network(case["seed"]), picture[..., ::-1])
        assert logits.abs().min() > 1e-3
        assert 0.2 < (logits > 0).float().mean() < 0.8


def test_a_mistyped_no_grad_is_not_taken_for_a_graph():
    def find_bee(model, picture):
        with torch.no_grad:
            return seen_by(model, picture)

    verdict = judge(find_bee, "repair_find_bee")
    assert verdict.status == "wrong"
    assert "TypeError" in verdict.text
    assert "graph" not in verdict.text
