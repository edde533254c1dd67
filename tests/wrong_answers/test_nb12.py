"""Wrong answers to the exercises of notebook 12, and right ones in another style."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("12")


@wrong("merge_linear", "a bias can be None")
def merge_with_biases_only(first, second):
    layer = nn.Linear(first.in_features, second.out_features)
    with torch.no_grad():
        layer.weight.copy_(second.weight @ first.weight)
        layer.bias.copy_(second.weight @ first.bias + second.bias)
    return layer


def merged(first, second, bias):
    layer = nn.Linear(first.in_features, second.out_features)
    with torch.no_grad():
        layer.weight.copy_(second.weight @ first.weight)
        layer.bias.zero_()
        for part in bias:
            layer.bias += part
    return layer


@wrong("merge_linear", "goes through the second one")
def merge_second_bias_only(first, second):
    return merged(first, second, [] if second.bias is None else [second.bias])


@wrong("merge_linear", "of the second layer is added as well")
def merge_first_bias_only(first, second):
    return merged(first, second, [] if first.bias is None else [second.weight @ first.bias])


@wrong("merge_linear", "not those of the product")
def merge_fresh(first, second):
    return nn.Linear(first.in_features, second.out_features)


@wrong("merge_linear", "stands on the left")
def merge_turned(first, second):
    layer = nn.Linear(first.in_features, second.out_features)
    with torch.no_grad():
        layer.weight.copy_(first.weight @ second.weight)
    return layer


@wrong("merge_linear", "one nn.Linear is wanted")
def merge_sequential(first, second):
    return nn.Sequential(first, second)


@wrong("merge_linear", "under torch.no_grad()")
def merge_with_gradients(first, second):
    layer = nn.Linear(first.in_features, second.out_features)
    layer.weight.copy_(second.weight @ first.weight)
    return layer


@wrong("merge_linear", "the two biases make one")
def merge_without_bias(first, second):
    layer = nn.Linear(first.in_features, second.out_features, bias=False)
    with torch.no_grad():
        layer.weight.copy_(second.weight @ first.weight)
    return layer


@wrong("merge_linear", "the other still counts")
def merge_bias_only_if_both(first, second):
    if first.bias is None or second.bias is None:
        return merged(first, second, [])
    return merged(first, second, [second.weight @ first.bias, second.bias])


@wrong("merge_linear", "the weights are right, the bias is not")
def merge_fresh_bias(first, second):
    layer = nn.Linear(first.in_features, second.out_features)
    with torch.no_grad():
        layer.weight.copy_(second.weight @ first.weight)
    return layer


@wrong("merge_linear", "the weights are right, the bias is not: second.weight @")
def merge_biases_added(first, second):
    return merged(first, second, [b for b in (first.bias, second.bias) if b is not None])


@wrong("merge_linear", "wrap it in nn.Parameter")
def merge_assigned(first, second):
    layer = nn.Linear(first.in_features, second.out_features)
    layer.weight = second.weight @ first.weight
    return layer


@wrong("merge_linear", "first=Linear(in_features=")
def merge_second(first, second):
    return nn.Linear(first.in_features, second.out_features, bias=second.bias is not None)


@wrong("leaky_relu_by_hand", "not 0")
def leaky_as_relu(x, slope=0.01):
    return F.relu(x)


@wrong("leaky_relu_by_hand", "as it was")
def leaky_unchanged(x, slope=0.01):
    return x


@wrong("leaky_relu_by_hand", "the minimum takes")
def leaky_as_minimum(x, slope=0.01):
    return torch.minimum(x, slope * x)


@wrong("leaky_relu_by_hand", "not slope alone")
def leaky_with_slope_alone(x, slope=0.01):
    return torch.where(x > 0, x, slope)


@wrong("leaky_relu_by_hand", "only for slopes below 1")
def leaky_as_maximum(x, slope=0.01):
    return torch.maximum(x, slope * x)


@wrong("leaky_relu_by_hand", "slope is not used")
def leaky_with_default(x, slope=0.01):
    return F.leaky_relu(x)


@wrong("leaky_relu_by_hand", "asks a whole tensor at once")
def leaky_with_if(x, slope=0.01):
    return x if x > 0 else slope * x


@wrong("leaky_relu_by_hand", "changes")
def leaky_in_place(x, slope=0.01):
    x[x < 0] *= slope
    return x


wrong.value("slopes_at_zero", [0.5, 1.0], "0.5 * (1 - 0.5)")
wrong.value("slopes_at_zero", [0.5, 0.0], "values at 0, not the slopes")
wrong.value("slopes_at_zero", (0.5, 1.0), "0.5 * (1 - 0.5)")
wrong.value("slopes_at_zero", [1.0, 0.25], "sigmoid first")
wrong.value("slopes_at_zero", [1.0, 1.0], "flatter than tanh")


@wrong("dead_share", "0 in *every* row")
def dead_as_zeros(activations):
    return (activations == 0).float().mean().item()


@wrong("dead_share", "dim=0 asks the columns")
def dead_pictures(activations):
    return (activations == 0).all(dim=1).float().mean().item()


@wrong("dead_share", "all, not any")
def dead_in_one_row(activations):
    return (activations == 0).any(dim=0).float().mean().item()


@wrong("dead_share", "below zero is not 0")
def dead_not_positive(activations):
    return (activations <= 0).all(dim=0).float().mean().item()


@wrong("dead_share", "the share is wanted")
def dead_count(activations):
    return int((activations == 0).all(dim=0).sum())


@wrong("dead_share", "not by that of the rows")
def dead_by_rows(activations):
    return (activations == 0).all(dim=0).sum().item() / len(activations)


@wrong("dead_share", "not percent")
def dead_percent(activations):
    return 100 * (activations == 0).all(dim=0).float().mean().item()


@wrong("dead_share", ".float() first")
def dead_mean_of_mask(activations):
    return (activations == 0).all(dim=0).mean().item()


@wrong("dead_share", ".item()")
def dead_tensor(activations):
    return (activations == 0).all(dim=0).float().mean()


@wrong("repair_probabilities", "each picture's classes add up to 1")
def probabilities_of_the_batch(scores):
    powers = torch.exp(scores - scores.max())
    return powers / powers.sum()


@wrong("repair_probabilities", "the pictures compete")
def probabilities_over_pictures(scores):
    return F.softmax(scores, dim=0)


@wrong("repair_probabilities", "inf / inf and 0 / 0 are nan")
def probabilities_that_overflow(scores):
    powers = torch.exp(scores)
    return powers / powers.sum(dim=1, keepdim=True)


@wrong("repair_probabilities", "of *each picture* away")
def probabilities_shifted_together(scores):
    powers = torch.exp(scores - scores.max())
    return powers / powers.sum(dim=1, keepdim=True)


@wrong("repair_probabilities", "do nothing else to the scores")
def probabilities_clamped(scores):
    powers = torch.exp(scores.clamp(-80, 80))
    return powers / powers.sum(dim=1, keepdim=True)


@wrong("repair_probabilities", "do nothing else to the scores")
def probabilities_without_nan(scores):
    powers = torch.exp(scores)
    return (powers / powers.sum(dim=1, keepdim=True)).nan_to_num()


@wrong("repair_probabilities", "do nothing else to the scores")
def probabilities_minus_the_mean(scores):
    powers = torch.exp(scores - scores.mean(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


@wrong("repair_probabilities", "both bugs are still there")
def probabilities_as_before(scores):
    return scores.exp() / scores.exp().sum()


@wrong("repair_probabilities", "the pictures compete")
def probabilities_over_pictures_by_hand(scores):
    return scores.exp() / scores.exp().sum(dim=0)


@wrong("repair_probabilities", "take .values")
def probabilities_max_without_values(scores):
    powers = torch.exp(scores - scores.max(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


@wrong("repair_probabilities", "say dim=1")
def probabilities_with_a_guess(scores):
    return F.softmax(scores)


@wrong("repair_probabilities", "keep the dimension")
def probabilities_overflow_without_keepdim(scores):
    powers = torch.exp(scores)
    return powers / powers.sum(dim=1)


@wrong("repair_probabilities", "when you look for the largest")
def probabilities_amax_without_keepdim(scores):
    powers = torch.exp(scores - scores.amax(dim=1))
    return powers / powers.sum(dim=1, keepdim=True)


@wrong("repair_probabilities", "keep the dimension")
def probabilities_without_keepdim(scores):
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1)


@wrong("repair_probabilities", "the pictures compete")
def probabilities_over_pictures_without_the_largest(scores):
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=0)


@wrong("repair_probabilities", "take the largest score of each picture away first")
def probabilities_in_double(scores):
    powers = torch.exp(scores.double())
    return (powers / powers.sum(dim=1, keepdim=True)).float()


@wrong("repair_probabilities", "sigmoid asks each score alone")
def probabilities_by_sigmoid(scores):
    return 1 / (1 + torch.exp(-scores))


@wrong("repair_probabilities", "make a copy of scores first")
def probabilities_in_place(scores):
    scores -= scores.amax(dim=1, keepdim=True)
    powers = torch.exp(scores)
    return powers / powers.sum(dim=1, keepdim=True)


test_is_told_the_mistake, test_three_or_more = wrong.tests()


def merge_by_probing(first, second):
    with torch.no_grad():
        bias = second(first(torch.zeros(1, first.in_features)))[0]
        weight = (second(first(torch.eye(first.in_features))) - bias).T
    layer = nn.Linear(first.in_features, second.out_features)
    layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
    return layer


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("merge_linear", merge_by_probing),
        ("leaky_relu_by_hand", lambda x, slope=0.01: x.clamp(min=0) + slope * x.clamp(max=0)),
        ("leaky_relu_by_hand", lambda x, slope=0.01: x * ((x > 0) + slope * (x <= 0))),
        ("dead_share", lambda a: float((a.abs().sum(dim=0) == 0).float().mean())),
        ("dead_share", lambda a: sum(not column.any() for column in a.T) / a.shape[1]),
        ("repair_probabilities", lambda scores: torch.softmax(scores, -1)),
        ("repair_probabilities", lambda scores: F.log_softmax(scores, dim=1).exp()),
        ("repair_probabilities", lambda s: (s - s.logsumexp(dim=1, keepdim=True)).exp()),
        ("slopes_at_zero", (0.25, 1.0)),
        ("slopes_at_zero", torch.tensor([0.25, 1.0])),
        ("slopes_at_zero", [0.25, 1]),
        ("slopes_at_zero", [torch.tensor(0.25), torch.tensor([1.0])]),
    ],
)
def test_other_right_answers(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text
