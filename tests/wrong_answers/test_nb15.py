"""Wrong answers to the exercises of notebook 15, and right ones in another style."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge
from course_utils.exercises._registry import find_exercise

wrong = WrongAnswers("15")

wrong.value("rate_for_sum", 0.02, "64 times as long")
wrong.value("rate_for_sum", 0.02 * 64, "the rate must fall")
wrong.value("rate_for_sum", 0.02 / 640, "64 losses, not 640")
wrong.value("rate_for_sum", 0.02 / 10, "the number of classes")
wrong.value("rate_for_sum", 0.0003, "that is rounded")
wrong.value("rate_for_sum", 1 / 64, "that is the factor")
wrong.value("rate_for_sum", 64, "that is the factor")
wrong.value("rate_for_sum", torch.tensor(0.02 / 64), ".item()")


@wrong("repair_bee_loss", "every picture is compared with every label")
def bees_right_for_one_picture(outputs, labels):
    return (F.softplus(outputs) - outputs * labels).mean()


@wrong("repair_bee_loss", "the message is lost")
def bees_of_one_shape(outputs, labels):
    p = torch.sigmoid(outputs[:, 0])
    return -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()


@wrong("repair_bee_loss", "the message is lost")
def bees_clamped(outputs, labels):
    p = torch.sigmoid(outputs[:, 0]).clamp(1e-7, 1 - 1e-7)
    return -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()


@wrong("repair_bee_loss", "the message is lost")
def bees_by_bce_loss(outputs, labels):
    return F.binary_cross_entropy(torch.sigmoid(outputs[:, 0]), labels.float())


@wrong("repair_bee_loss", "every picture is compared with every label")
def bees_clamped_only(outputs, labels):
    p = torch.sigmoid(outputs).clamp(1e-7, 1 - 1e-7)
    return -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()


@wrong("repair_bee_loss", "labels.float()")
def bees_whole_numbers(outputs, labels):
    return F.binary_cross_entropy_with_logits(outputs[:, 0], labels)


@wrong("repair_bee_loss", "squeeze(1)")
def bees_squeezed(outputs, labels):
    return F.binary_cross_entropy_with_logits(outputs.squeeze(), labels.float())


@wrong("repair_bee_loss", "need one shape")
def bees_not_squeezed(outputs, labels):
    return F.binary_cross_entropy_with_logits(outputs, labels.float())


@wrong("repair_bee_loss", "the sigmoid is inside already")
def bees_sigmoid_twice(outputs, labels):
    return F.binary_cross_entropy_with_logits(torch.sigmoid(outputs[:, 0]), labels.float())


@wrong("repair_bee_loss", "not the sum")
def bees_sum(outputs, labels):
    return F.binary_cross_entropy_with_logits(outputs[:, 0], labels.float(), reduction="sum")


@wrong("repair_bee_loss", "one number for the batch")
def bees_each(outputs, labels):
    return F.binary_cross_entropy_with_logits(outputs[:, 0], labels.float(), reduction="none")


@wrong("repair_bee_loss", "turned round")
def bees_turned(outputs, labels):
    return F.binary_cross_entropy_with_logits(outputs[:, 0], 1 - labels.float())


@wrong("repair_bee_loss", "no .item()")
def bees_as_number(outputs, labels):
    return F.binary_cross_entropy_with_logits(outputs[:, 0], labels.float()).item()


@wrong("repair_bee_loss", "e^200 is too large")
def bees_by_the_book(outputs, labels):
    z = outputs[:, 0]
    return (torch.log(1 + torch.exp(z)) - z * labels).mean()


@wrong("repair_bee_loss", "always 1")
def bees_by_softmax(outputs, labels):
    return F.cross_entropy(outputs, torch.zeros_like(labels))


def of_labels(values, labels):
    return values[torch.arange(len(labels)), labels]


@wrong("cross_entropy_by_hand", "*every* label's column")
def ce_right_for_one_picture(logits, labels):
    return -logits.log_softmax(dim=1)[:, labels].mean()


@wrong("cross_entropy_by_hand", "ln 0 is −inf")
def ce_softmax_then_log(logits, labels):
    return -of_labels(logits.softmax(dim=1), labels).log().mean()


@wrong("cross_entropy_by_hand", "e^400 is too large")
def ce_by_the_book(logits, labels):
    powers = torch.exp(logits)
    return -torch.log(of_labels(powers, labels) / powers.sum(dim=1)).mean()


@wrong("cross_entropy_by_hand", "nothing added or clamped")
def ce_with_a_little_more(logits, labels):
    return -(of_labels(logits.softmax(dim=1), labels) + 1e-9).log().mean()


@wrong("cross_entropy_by_hand", "the mean is wanted")
def ce_sum(logits, labels):
    return -of_labels(logits.log_softmax(dim=1), labels).sum()


@wrong("cross_entropy_by_hand", "pictures · classes")
def ce_mean_of_all(logits, labels):
    one_hot = F.one_hot(labels, logits.shape[1])
    return -(one_hot * logits.log_softmax(dim=1)).mean()


@wrong("cross_entropy_by_hand", "minus that")
def ce_sign(logits, labels):
    return of_labels(logits.log_softmax(dim=1), labels).mean()


@wrong("cross_entropy_by_hand", "not the pictures: dim=1")
def ce_wrong_dim(logits, labels):
    return -of_labels(logits.log_softmax(dim=0), labels).mean()


@wrong("cross_entropy_by_hand", "not the pictures: dim=1")
def ce_sums_down(logits, labels):
    return (logits.logsumexp(dim=0) - logits.gather(1, labels[:, None])).mean()


@wrong("cross_entropy_by_hand", "not the pictures: dim=1")
def ce_sums_down_beside_a_row(logits, labels):
    return (logits.logsumexp(0) - logits.gather(1, labels[:, None]).squeeze(1)).mean()


@wrong("cross_entropy_by_hand", "logsumexp − z, not + z")
def ce_plus(logits, labels):
    return (logits.logsumexp(dim=1) + of_labels(logits, labels)).mean()


@wrong("cross_entropy_by_hand", "not log2")
def ce_log2(logits, labels):
    return -of_labels(logits.log_softmax(dim=1), labels).mean() / math.log(2)


@wrong("cross_entropy_by_hand", "counts the others too")
def ce_largest(logits, labels):
    return (logits.amax(dim=1) - of_labels(logits, labels)).mean()


@wrong("cross_entropy_by_hand", "the mean over the batch is one number")
def ce_each(logits, labels):
    return -of_labels(logits.log_softmax(dim=1), labels)


@wrong("cross_entropy_by_hand", "write it yourself")
def ce_ready_made(logits, labels):
    return nn.CrossEntropyLoss()(logits, labels)


@wrong("cross_entropy_by_hand", "no .item()")
def ce_as_number(logits, labels):
    return (logits.logsumexp(dim=1) - of_labels(logits, labels)).mean().item()


@wrong("cross_entropy_by_hand", "changes its input in place")
def ce_in_place(logits, labels):
    logits -= logits.detach().amax(dim=1, keepdim=True)
    return (logits.exp().sum(dim=1).log() - of_labels(logits, labels)).mean()


@wrong("logit_gradient", "one B-th of it")
def gradient_right_for_one_picture(logits, labels):
    return logits.softmax(dim=1) - F.one_hot(labels, logits.shape[1])


@wrong("logit_gradient", "the classes of a picture share one loss")
def gradient_by_all(logits, labels):
    return (logits.softmax(dim=1) - F.one_hot(labels, logits.shape[1])) / logits.numel()


@wrong("logit_gradient", "not of classes")
def gradient_right_for_squares(logits, labels):
    return (logits.softmax(dim=1) - F.one_hot(labels, logits.shape[1])) / logits.shape[1]


@wrong("logit_gradient", "a step goes against it")
def gradient_sign(logits, labels):
    return (F.one_hot(labels, logits.shape[1]) - logits.softmax(dim=1)) / len(logits)


@wrong("logit_gradient", "*every* label's column")
def gradient_every_column(logits, labels):
    p = logits.softmax(dim=1)
    p[:, labels] -= 1
    return p / len(logits)


@wrong("logit_gradient", "no mean over them, divide by B")
def gradient_mean_of_all(logits, labels):
    return (logits.softmax(dim=1) - F.one_hot(labels, logits.shape[1])).mean()


@wrong("logit_gradient", "no mean over them, divide by B")
def gradient_mean_of_pictures(logits, labels):
    return (logits.softmax(dim=1) - F.one_hot(labels, logits.shape[1])).mean(dim=0)


@wrong("logit_gradient", "up to the largest label")
def gradient_counting_labels(logits, labels):
    return (logits.softmax(dim=1) - F.one_hot(labels)) / len(logits)


@wrong("logit_gradient", "not the label itself")
def gradient_minus_label(logits, labels):
    return (logits.softmax(dim=1) - labels[:, None]) / len(logits)


@wrong("logit_gradient", "over dim=1")
def gradient_wrong_dim(logits, labels):
    return (logits.softmax(dim=0) - F.one_hot(labels, logits.shape[1])) / len(logits)


@wrong("logit_gradient", "use the formula")
def gradient_by_autograd(logits, labels):
    logits = logits.clone().requires_grad_()
    F.cross_entropy(logits, labels).backward()
    return logits.grad


@wrong("logit_gradient", "takes the largest logit away")
def gradient_by_the_book(logits, labels):
    powers = logits.exp()
    p = powers / powers.sum(dim=1, keepdim=True)
    return (p - F.one_hot(labels, logits.shape[1])) / len(logits)


@wrong("loss_floor", "that is the floor for logits")
def floor_zero(classes):
    return 0.0


@wrong("loss_floor", "that is a guess")
def floor_of_a_guess(classes):
    return math.log(classes)


@wrong("loss_floor", "*highest*")
def floor_is_the_top(classes):
    return math.log(math.e + classes - 1)


@wrong("loss_floor", "right for ten classes")
def floor_for_cifar(classes):
    return 1.4611501717344746


@wrong("loss_floor", "classes − 1 others")
def floor_with_one_too_many(classes):
    return math.log(math.e + classes) - 1


@wrong("loss_floor", "the loss is −ln of it")
def floor_probability(classes):
    return math.e / (math.e + classes - 1)


@wrong("smooth_targets", "*other* classes")
def smooth_over_the_others(labels, classes, smoothing):
    one_hot = F.one_hot(labels, classes).float()
    return (1 - smoothing) * one_hot + smoothing / (classes - 1) * (1 - one_hot)


@wrong("smooth_targets", "less than 1")
def smooth_without_its_share(labels, classes, smoothing):
    one_hot = F.one_hot(labels, classes).float()
    return torch.where(one_hot == 1, 1 - smoothing, smoothing / classes)


@wrong("smooth_targets", "more than 1")
def smooth_added(labels, classes, smoothing):
    return F.one_hot(labels, classes).float() + smoothing / classes


@wrong("smooth_targets", "one-hot still")
def smooth_not(labels, classes, smoothing):
    return F.one_hot(labels, classes).float()


@wrong("smooth_targets", "up to the largest label")
def smooth_counting_labels(labels, classes, smoothing):
    return (1 - smoothing) * F.one_hot(labels).float() + smoothing / classes


@wrong("smooth_targets", "float64")
def smooth_in_double(labels, classes, smoothing):
    return (1 - smoothing) * F.one_hot(labels, classes).double() + smoothing / classes


@wrong("smooth_targets", "whole numbers cannot hold")
def smooth_in_whole_numbers(labels, classes, smoothing):
    targets = F.one_hot(labels, classes)
    targets[targets == 1] = 1 - smoothing
    return targets


@wrong("smooth_targets", "smoothing / classes, so that a row adds up")
def smooth_with_the_whole(labels, classes, smoothing):
    one_hot = F.one_hot(labels, classes).float()
    return (1 - smoothing) * one_hot + smoothing


@wrong("soft_iou_loss", "that is Dice")
def iou_as_dice(logits, masks):
    p = logits.sigmoid()
    both = (p * masks).sum((1, 2, 3))
    return 1 - (2 * both / (p.sum((1, 2, 3)) + masks.sum((1, 2, 3)))).mean()


@wrong("soft_iou_loss", "that is Dice with 1 added")
def iou_as_in_the_text(logits, masks, smooth=1.0):
    p, masks = torch.sigmoid(logits).flatten(1), masks.flatten(1)
    both = (p * masks).sum(dim=1)
    sizes = p.sum(dim=1) + masks.sum(dim=1)
    return (1 - (2 * both + smooth) / (sizes + smooth)).mean()


@wrong("soft_iou_loss", "nothing is added here")
def iou_with_one_added(logits, masks, smooth=1.0):
    p, masks = torch.sigmoid(logits).flatten(1), masks.flatten(1)
    both = (p * masks).sum(dim=1)
    either = p.sum(dim=1) + masks.sum(dim=1) - both
    return (1 - (both + smooth) / (either + smooth)).mean()


@wrong("soft_iou_loss", "the 2 belongs to Dice")
def iou_twice(logits, masks):
    p, masks = torch.sigmoid(logits).flatten(1), masks.flatten(1)
    both = (p * masks).sum(dim=1)
    return (1 - 2 * both / (p.sum(dim=1) + masks.sum(dim=1) - both)).mean()


@wrong("soft_iou_loss", "the mean over the pictures is wanted")
def iou_summed(logits, masks):
    p, masks = torch.sigmoid(logits).flatten(1), masks.flatten(1)
    both = (p * masks).sum(dim=1)
    return (1 - both / (p.sum(dim=1) + masks.sum(dim=1) - both)).sum()


@wrong("soft_iou_loss", "flatten both")
def iou_masks_as_they_are(logits, masks):
    p = torch.sigmoid(logits).flatten(1)
    both = (p * masks).sum(dim=1)
    return (1 - both / (p.sum(dim=1) + masks.sum(dim=1) - both)).mean()


@wrong("soft_iou_loss", "counted twice")
def iou_counting_twice(logits, masks):
    p = logits.sigmoid()
    both = (p * masks).sum((1, 2, 3))
    return 1 - (both / (p.sum((1, 2, 3)) + masks.sum((1, 2, 3)))).mean()


@wrong("soft_iou_loss", "outvote")
def iou_right_for_one_picture(logits, masks):
    p = logits.sigmoid()
    both = (p * masks).sum()
    return 1 - both / (p.sum() + masks.sum() - both)


@wrong("soft_iou_loss", "no slope")
def iou_of_yes_and_no(logits, masks):
    found = (logits > 0).float().flatten(1)
    masks = masks.flatten(1)
    both = (found * masks).sum(1)
    return 1 - (both / (found.sum(1) + masks.sum(1) - both)).mean()


@wrong("soft_iou_loss", "no probabilities yet")
def iou_of_logits(logits, masks):
    p, masks = logits.flatten(1), masks.flatten(1)
    both = (p * masks).sum(1)
    return 1 - (both / (p.sum(1) + masks.sum(1) - both)).mean()


@wrong("soft_iou_loss", "a loss falls")
def iou_score(logits, masks):
    p, masks = logits.sigmoid().flatten(1), masks.flatten(1)
    both = (p * masks).sum(1)
    return (both / (p.sum(1) + masks.sum(1) - both)).mean()


@wrong("soft_iou_loss", "not over its rows")
def iou_of_rows(logits, masks):
    p = logits.sigmoid()
    both = (p * masks).sum(3)
    return 1 - (both / (p.sum(3) + masks.sum(3) - both)).mean()


@wrong("soft_iou_loss", "one number for the batch")
def iou_each(logits, masks):
    p, masks = logits.sigmoid().flatten(1), masks.flatten(1)
    both = (p * masks).sum(1)
    return 1 - both / (p.sum(1) + masks.sum(1) - both)


test_is_told_the_mistake, test_three_or_more = wrong.tests()


def ce_picture_by_picture(logits, labels):
    losses = [torch.logsumexp(z, 0) - z[y] for z, y in zip(logits, labels, strict=True)]
    return sum(losses) / len(losses)


def ce_shifted_by_hand(logits, labels):
    logits = logits - logits.max(dim=1, keepdim=True).values
    return (logits.exp().sum(dim=1).log() - logits[range(len(labels)), labels]).mean()


def bees_by_clamp_and_abs(outputs, labels):  # right but for its gradient at exactly 0
    z = outputs[:, 0]
    return (z.clamp(min=0) - z * labels + torch.log1p(torch.exp(-z.abs()))).mean()


def gradient_at_labels(logits, labels):
    p = logits.softmax(dim=1)
    p[torch.arange(len(p)), labels] -= 1
    return p / p.shape[0]


def gradient_row_by_row(logits, labels):
    rows = []
    for row, label in zip(logits, labels, strict=True):
        p = F.softmax(row, dim=0)
        p[label] = p[label] - 1
        rows.append(p / len(labels))
    return torch.stack(rows)


def smooth_by_filling(labels, classes, smoothing):
    targets = torch.full((len(labels), classes), smoothing / classes)
    targets[torch.arange(len(labels)), labels] += 1 - smoothing
    return targets


def iou_by_minimum_and_maximum(logits, masks):
    p = torch.sigmoid(logits)
    least, most = torch.minimum(p, masks), torch.maximum(p, masks)
    return 1 - (least.sum((1, 2, 3)) / most.sum((1, 2, 3))).mean()


def iou_picture_by_picture(logits, masks):
    losses = []
    for p, mask in zip(logits.sigmoid(), masks, strict=True):
        both = (p * mask).sum()
        losses.append(1 - both / (p + mask - p * mask).sum())
    return torch.stack(losses).mean()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("rate_for_sum", 0.0003125),
        ("rate_for_sum", np.float64(0.02) / 64),
        ("repair_bee_loss", lambda o, y: nn.BCEWithLogitsLoss()(o, y.unsqueeze(1).float())),
        ("repair_bee_loss", lambda o, y: (F.softplus(o[:, 0]) - o[:, 0] * y).mean()),
        ("repair_bee_loss", bees_by_clamp_and_abs),
        ("repair_bee_loss", lambda o, y: -F.logsigmoid(o.squeeze(1) * (2 * y - 1)).mean()),
        ("repair_bee_loss", lambda o, y: F.cross_entropy(torch.cat([0 * o, o], dim=1), y)),
        (
            "repair_bee_loss",
            lambda o, y: F.binary_cross_entropy_with_logits(o, y.view(-1, 1).to(o.dtype)),
        ),
        ("cross_entropy_by_hand", ce_picture_by_picture),
        ("cross_entropy_by_hand", ce_shifted_by_hand),
        ("cross_entropy_by_hand", lambda z, y: -of_labels(F.log_softmax(z, 1), y).mean()),
        (
            "cross_entropy_by_hand",
            lambda z, y: -(F.one_hot(y, z.shape[1]) * z.log_softmax(1)).sum(1).mean(),
        ),
        (
            "cross_entropy_by_hand",
            lambda z, y: (z.logsumexp(1) - z.gather(1, y.unsqueeze(1)).squeeze(1)).mean(),
        ),
        ("logit_gradient", gradient_at_labels),
        ("logit_gradient", gradient_row_by_row),
        (
            "logit_gradient",
            lambda z, y: (F.softmax(z, -1) - torch.eye(z.shape[1])[y]) / z.size(0),
        ),
        ("loss_floor", lambda c: math.log(1 + (c - 1) / math.e)),
        ("loss_floor", lambda c: F.cross_entropy(torch.eye(c)[:1], torch.tensor([0])).item()),
        ("loss_floor", lambda c: -np.log(np.e / (np.e + c - 1))),
        ("smooth_targets", smooth_by_filling),
        ("smooth_targets", lambda y, c, s: torch.lerp(torch.eye(c)[y], torch.tensor(1 / c), s)),
        ("soft_iou_loss", iou_by_minimum_and_maximum),
        ("soft_iou_loss", iou_picture_by_picture),
    ],
)
def test_other_right_answers(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


def test_the_starter_counts_as_not_attempted_and_is_wrong():
    starter = find_exercise("repair_bee_loss").starter
    assert judge(starter, "repair_bee_loss").status == "unattempted"


@wrong("cross_entropy_by_hand", "B's mistake")
def entropy_of_probabilities(logits, labels):
    p = logits.softmax(dim=1)
    return (p.logsumexp(dim=1) - p.gather(1, labels[:, None])[:, 0]).mean()


@wrong("logit_gradient", "as many classes as these logits have")
def gradient_for_ten_classes(logits, labels):
    return (logits.softmax(dim=1) - F.one_hot(labels, 10)) / len(logits)


@wrong("logit_gradient", "A sigmoid asks one for each")
def gradient_by_sigmoid(logits, labels):
    return (torch.sigmoid(logits) - F.one_hot(labels, logits.shape[1])) / len(logits)


@wrong("smooth_targets", "goes to every class")
def targets_only_shrunk(labels, classes, smoothing):
    return (1 - smoothing) * F.one_hot(labels, classes).float()


@wrong("smooth_targets", "divide by classes")
def targets_shared_by_one_too_few(labels, classes, smoothing):
    return (1 - smoothing) * F.one_hot(labels, classes).float() + smoothing / (classes - 1)
