"""Wrong answers to the exercises of notebook 16, and right ones in another style."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("16")


@wrong("plain_step", "p.grad is None")
def step_of_all(parameters, learning_rate):
    with torch.no_grad():
        for p in parameters:
            p -= learning_rate * p.grad


@wrong("plain_step", "under torch.no_grad()")
def step_recorded(parameters, learning_rate):
    for p in parameters:
        if p.grad is not None:
            p -= learning_rate * p.grad


@wrong("plain_step", "only makes a new tensor")
def step_of_new_tensors(parameters, learning_rate):
    for p in parameters:
        if p.grad is not None:
            p = p - learning_rate * p.grad


@wrong("plain_step", "only makes a new tensor")
def step_of_a_new_list(parameters, learning_rate):
    return [p if p.grad is None else p - learning_rate * p.grad for p in parameters]


@wrong("plain_step", "uphill")
def step_uphill(parameters, learning_rate):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p += learning_rate * p.grad


@wrong("plain_step", "multiplied by the learning rate")
def step_without_rate(parameters, learning_rate):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= p.grad


@wrong("plain_step", "only the first parameter moves")
def step_breaking_early(parameters, learning_rate):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= learning_rate * p.grad
            break


@wrong("plain_step", "emptying is zero_grad's work")
def step_that_empties(parameters, learning_rate):
    with torch.no_grad():
        for p in parameters:
            if p.grad is not None:
                p -= learning_rate * p.grad
                p.grad = None


@wrong("plain_step", "the next ones still move")
def step_that_breaks(parameters, learning_rate):
    with torch.no_grad():
        for p in parameters:
            if p.grad is None:
                break
            p -= learning_rate * p.grad


@wrong("plain_step", "under torch.no_grad()")
def step_recorded_on_one_line(parameters, learning_rate):
    for p in parameters:
        if p.grad is not None: p -= learning_rate * p.grad  # fmt: skip  # noqa: E701


@wrong("longest_step", "the first step")
def longest_without_memory(learning_rate, momentum, gradient):
    return learning_rate * gradient


@wrong("longest_step", "the second step")
def longest_second(learning_rate, momentum, gradient):
    return learning_rate * (gradient + momentum * gradient)


@wrong("longest_step", "makes the step shorter")
def longest_shorter(learning_rate, momentum, gradient):
    return learning_rate * gradient * (1 - momentum)


@wrong("longest_step", "the gradient is missing")
def longest_of_unit_gradient(learning_rate, momentum, gradient):
    return learning_rate / (1 - momentum)


@wrong("longest_step", "a step is learning_rate * memory")
def longest_memory(learning_rate, momentum, gradient):
    return gradient / (1 - momentum)


@wrong("longest_step", "take it from the arguments")
def longest_for_one_momentum(learning_rate, momentum, gradient):
    return 10 * learning_rate * gradient


@wrong("longest_step", "yours")
def longest_too_few_steps(learning_rate, momentum, gradient):
    memory = 0.0
    for _ in range(20):
        memory = momentum * memory + gradient
    return learning_rate * memory


@wrong("adagrad_step", "changes its input total in place")
def adagrad_in_place(weight, gradient, total, learning_rate, eps=1e-10):
    total += gradient**2
    return weight - learning_rate * gradient / (total.sqrt() + eps), total


@wrong("adagrad_step", "total is kept between the steps")
def adagrad_weight_only(weight, gradient, total, learning_rate, eps=1e-10):
    return weight - learning_rate * gradient / ((total + gradient**2).sqrt() + eps)


@wrong("adagrad_step", "first add the new square")
def adagrad_late(weight, gradient, total, learning_rate, eps=1e-10):
    weight = weight - learning_rate * gradient / (total.sqrt() + eps)
    return weight, total + gradient**2


@wrong("adagrad_step", "that is RMSProp")
def adagrad_forgetful(weight, gradient, total, learning_rate, eps=1e-10):
    total = 0.99 * total + 0.01 * gradient**2
    return weight - learning_rate * gradient / (total.sqrt() + eps), total


@wrong("adagrad_step", "eps is added after the root")
def adagrad_eps_inside(weight, gradient, total, learning_rate, eps=1e-10):
    total = total + gradient**2
    return weight - learning_rate * gradient / (total + eps).sqrt(), total


@wrong("adagrad_step", "eps is not used")
def adagrad_fixed_eps(weight, gradient, total, learning_rate, eps=1e-10):
    total = total + gradient**2
    return weight - learning_rate * gradient / (total.sqrt() + 1e-10), total


@wrong("adagrad_step", "divide by the root")
def adagrad_without_root(weight, gradient, total, learning_rate, eps=1e-10):
    total = total + gradient**2
    return weight - learning_rate * gradient / (total + eps), total


@wrong("adagrad_step", "not by one number for all")
def adagrad_of_the_norm(weight, gradient, total, learning_rate, eps=1e-10):
    total = total + gradient**2
    return weight - learning_rate * gradient / (total.sum().sqrt() + eps), total


@wrong("adagrad_step", "return the new total")
def adagrad_old_total(weight, gradient, total, learning_rate, eps=1e-10):
    return weight - learning_rate * gradient / ((total + gradient**2).sqrt() + eps), total


@wrong("adagrad_step", "without brackets")
def adagrad_as_a_list(weight, gradient, total, learning_rate, eps=1e-10):
    total = total + gradient**2
    return [weight - learning_rate * gradient / (total.sqrt() + eps), total]


@wrong("adagrad_step", "the learning rate is missing")
def adagrad_without_rate(weight, gradient, total, learning_rate, eps=1e-10):
    total = total + gradient**2
    return weight - gradient / (total.sqrt() + eps), total


def _cosine(part):
    return (1 + math.cos(math.pi * part)) / 2


@wrong("warmup_cosine", "must not have the rate 0")
def warmup_from_zero(step, warmup, total, peak):
    if step < warmup:
        return peak * step / warmup
    return peak * _cosine((step - warmup) / (total - warmup))


@wrong("warmup_cosine", "the cosine begins after the warm-up")
def warmup_cut_into_the_cosine(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * _cosine(step / total)


@wrong("warmup_cosine", "the cosine has total - warmup steps")
def warmup_not_at_the_end(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * _cosine((step - warmup) / total)


@wrong("warmup_cosine", "not a straight line")
def warmup_linear(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (total - step) / (total - warmup)


@wrong("warmup_cosine", "take half of it")
def warmup_twice_as_high(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return 2 * peak * _cosine((step - warmup) / (total - warmup))


@wrong("warmup_cosine", "warmup may be 0")
def warmup_dividing_first(step, warmup, total, peak):
    up = peak * (step + 1) / warmup
    down = peak * _cosine((step - warmup) / (total - warmup))
    return up if step < warmup else down


@wrong("warmup_cosine", "multiply it by peak")
def warmup_factor(step, warmup, total, peak):
    if step < warmup:
        return (step + 1) / warmup
    return _cosine((step - warmup) / (total - warmup))


@wrong("warmup_cosine", "radians")
def warmup_in_degrees(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (1 + math.cos(180 * (step - warmup) / (total - warmup))) / 2


@wrong("warmup_cosine", "not <=")
def warmup_one_step_longer(step, warmup, total, peak):
    if warmup and step <= warmup:
        return peak * (step + 1) / warmup
    return peak * _cosine((step - warmup) / (total - warmup))


@wrong("warmup_cosine", "not <=")
def warmup_one_step_longer_without_care(step, warmup, total, peak):
    if step <= warmup:
        return peak * (step + 1) / warmup
    return peak * _cosine((step - warmup) / (total - warmup))


@wrong("warmup_cosine", "not in total - 1")
def warmup_ending_at_zero(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * _cosine((step - warmup) / max(total - warmup - 1, 1))


@wrong("warmup_cosine", "not in total - 1")
def warmup_dividing_by_one_less(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * _cosine((step - warmup) / (total - 1 - warmup))


@wrong("warmup_cosine", "cosine alone")
def warmup_without_one(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * math.cos(math.pi * (step - warmup) / (total - warmup))


@wrong("warmup_cosine", "cosine alone")
def warmup_without_one_but_half(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * math.cos(math.pi * (step - warmup) / (total - warmup)) / 2


@wrong("warmup_cosine", "all the way to math.pi")
def warmup_quarter_of_a_turn(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * math.cos(math.pi / 2 * (step - warmup) / (total - warmup))


@wrong("warmup_cosine", "warmup may be 1")
def warmup_in_spaces(step, warmup, total, peak):
    if step < warmup:
        return peak / warmup + (peak - peak / warmup) * step / (warmup - 1)
    return peak * _cosine((step - warmup) / (total - warmup))


@wrong("two_learning_rates", "groups share parameters")
def rates_overlapping(model, head, learning_rate, head_learning_rate):
    return torch.optim.SGD(
        [
            {"params": model.parameters(), "lr": learning_rate},
            {"params": head.parameters(), "lr": head_learning_rate},
        ]
    )


@wrong("two_learning_rates", "groups share parameters")
def rates_of_a_slice(model, head, learning_rate, head_learning_rate):
    body = nn.Sequential(*list(model.children())[:-1])
    groups = [{"params": body.parameters(), "lr": learning_rate}]
    return torch.optim.SGD([*groups, {"params": head.parameters(), "lr": head_learning_rate}])


@wrong("two_learning_rates", "may be any layer, even inside another")
def rates_of_children(model, head, learning_rate, head_learning_rate):
    groups = [{"params": head.parameters(), "lr": head_learning_rate}]
    rest = [p for layer in model.children() if layer is not head for p in layer.parameters()]
    return torch.optim.SGD([*groups, {"params": rest, "lr": learning_rate}])


@wrong("two_learning_rates", "compares the numbers")
def rates_by_equality(model, head, learning_rate, head_learning_rate):
    inside = list(head.parameters())
    others = [p for p in model.parameters() if p not in inside]
    return torch.optim.SGD(
        [
            {"params": others, "lr": learning_rate},
            {"params": inside, "lr": head_learning_rate},
        ]
    )


@wrong("two_learning_rates", "all parameters have one rate")
def rates_all_equal(model, head, learning_rate, head_learning_rate):
    return torch.optim.SGD(model.parameters(), lr=learning_rate)


@wrong("two_learning_rates", "the others are missing")
def rates_of_the_head(model, head, learning_rate, head_learning_rate):
    return torch.optim.SGD(head.parameters(), lr=head_learning_rate)


@wrong("two_learning_rates", "need not be the last layer")
def rates_of_the_last_layer(model, head, learning_rate, head_learning_rate):
    *body, last = model.children()
    groups = [{"params": last.parameters(), "lr": head_learning_rate}]
    rest = [p for layer in body for p in layer.parameters()]
    return torch.optim.SGD([*groups, {"params": rest, "lr": learning_rate}])


@wrong("two_learning_rates", "called head or body")
def rates_by_attribute(model, head, learning_rate, head_learning_rate):
    groups = [{"params": model.head.parameters(), "lr": head_learning_rate}]
    groups += [{"params": model.body.parameters(), "lr": learning_rate}]
    return torch.optim.SGD(groups)


@wrong("two_learning_rates", "exchanged")
def rates_exchanged(model, head, learning_rate, head_learning_rate):
    return rates_by_identity(model, head, head_learning_rate, learning_rate)


@wrong("two_learning_rates", "every one of the model, weights and biases")
def rates_without_biases(model, head, learning_rate, head_learning_rate):
    weights = [p for n, p in model.named_parameters() if "weight" in n and p is not head.weight]
    groups = [{"params": [head.weight], "lr": head_learning_rate}]
    return torch.optim.SGD([*groups, {"params": weights, "lr": learning_rate}])


@wrong("repair_new_head", "was made before it")
def head_renamed_only(model, classes, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), learning_rate, 0.9)
    new = nn.Linear(model.head.in_features, classes)
    model.head = new
    return model, optimizer


@wrong("repair_new_head", "only the head learns")
def head_alone(model, classes, learning_rate):
    model.head = nn.Linear(model.head.in_features, classes)
    return model, torch.optim.SGD(model.head.parameters(), lr=learning_rate, momentum=0.9)


@wrong("repair_new_head", "keep the momentum")
def head_without_momentum(model, classes, learning_rate):
    model.head = nn.Linear(model.head.in_features, classes)
    return model, torch.optim.SGD(model.parameters(), lr=learning_rate)


@wrong("repair_new_head", "its body is trained already")
def head_on_a_new_body(model, classes, learning_rate):
    for layer in model.body:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    model.head = nn.Linear(model.head.in_features, classes)
    return model, torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)


@wrong("repair_new_head", "use the learning_rate")
def head_with_own_rate(model, classes, learning_rate):
    model.head = nn.Linear(model.head.in_features, classes)
    return model, torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


@wrong("repair_new_head", "one nn.Linear with bias")
def head_without_bias(model, classes, learning_rate):
    model.head = nn.Linear(model.head.in_features, classes, bias=False)
    return model, torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)


@wrong("repair_new_head", "one nn.Linear with bias")
def head_of_two_layers(model, classes, learning_rate):
    size = model.head.in_features
    model.head = nn.Sequential(nn.Linear(size, size), nn.Linear(size, classes))
    return model, torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)


def step_on_data(parameters, learning_rate):
    for p in (p for p in parameters if p.grad is not None):
        p.data = p.data - learning_rate * p.grad


def step_copied(parameters, learning_rate):
    for p in parameters:
        if p.grad is not None:
            with torch.no_grad():
                p.copy_(p - p.grad * learning_rate)


def step_of_torch(parameters, learning_rate):
    torch.optim.SGD(parameters, lr=learning_rate).step()
    return parameters


def longest_by_walking(learning_rate, momentum, gradient):
    memory = 0.0
    for _ in range(1000):
        memory = momentum * memory + gradient
    return np.float64(learning_rate * memory)


def adagrad_as_a_tuple(weight, gradient, total, learning_rate, eps=1e-10):
    new_total = total + gradient * gradient
    step = gradient.div(new_total.pow(0.5).add(eps)).mul(learning_rate)
    return weight.sub(step), new_total


def warmup_in_numpy(step, warmup, total, peak):
    if step >= warmup:
        return peak / 2 * (1 + np.cos(np.pi * (step - warmup) / (total - warmup)))
    return np.linspace(peak / warmup, peak, warmup)[step]


def rates_by_identity(model, head, learning_rate, head_learning_rate):
    inside = list(head.parameters())
    others = [p for p in model.parameters() if not any(p is q for q in inside)]
    groups = [{"params": others}, {"params": inside, "lr": head_learning_rate}]
    return torch.optim.SGD(groups, lr=learning_rate, momentum=0.9)


def rates_by_name(model, head, learning_rate, head_learning_rate):
    (title,) = (name for name, layer in model.named_modules() if layer is head)
    groups = [
        {"params": [p], "lr": head_learning_rate if name.startswith(f"{title}.") else learning_rate}
        for name, p in model.named_parameters()
    ]
    return torch.optim.SGD(groups)


def rates_added_later(model, head, learning_rate, head_learning_rate):
    optimizer = torch.optim.SGD(head.parameters(), lr=head_learning_rate)
    others = set(model.parameters()) - set(head.parameters())  # tensors hash by identity
    optimizer.add_param_group({"params": list(others), "lr": learning_rate})
    return optimizer


def head_added_to_the_optimizer(model, classes, learning_rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    model.head = nn.Linear(model.head.in_features, classes)
    optimizer.add_param_group({"params": model.head.parameters()})
    return model, optimizer


def head_first_then_groups(model, classes, learning_rate):
    model.head = nn.Linear(model.head.weight.shape[1], classes)
    groups = [{"params": model.body.parameters()}, {"params": model.head.parameters()}]
    return model, torch.optim.SGD(groups, lr=learning_rate, momentum=0.9)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("plain_step", step_on_data),
        ("plain_step", step_copied),
        ("plain_step", step_of_torch),
        ("longest_step", longest_by_walking),
        ("adagrad_step", adagrad_as_a_tuple),
        ("warmup_cosine", warmup_in_numpy),
        ("two_learning_rates", rates_by_identity),
        ("two_learning_rates", rates_by_name),
        ("two_learning_rates", rates_added_later),
        ("repair_new_head", head_added_to_the_optimizer),
        ("repair_new_head", head_first_then_groups),
    ],
)
def test_another_right_answer_is_accepted(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


test_told, test_enough = wrong.tests()


@wrong("two_learning_rates", "do not freeze anything")
def rates_with_a_frozen_body(model, head, learning_rate, head_learning_rate):
    inside = {id(p) for p in head.parameters()}
    for p in model.parameters():
        p.requires_grad_(id(p) in inside)
    others = [p for p in model.parameters() if id(p) not in inside]
    groups = [{"params": others}, {"params": head.parameters(), "lr": head_learning_rate}]
    return torch.optim.SGD(groups, lr=learning_rate)


@wrong("two_learning_rates", "collect the ids of head's parameters first")
def rates_by_ids_among_tensors(model, head, learning_rate, head_learning_rate):
    others = [p for p in model.parameters() if id(p) not in head.parameters()]
    groups = [{"params": others}, {"params": head.parameters(), "lr": head_learning_rate}]
    return torch.optim.SGD(groups, lr=learning_rate)


@wrong("two_learning_rates", "head need not be the last layer")
def rates_of_the_last_two(model, head, learning_rate, head_learning_rate):
    *others, weight, bias = model.parameters()
    groups = [{"params": others}, {"params": [weight, bias], "lr": head_learning_rate}]
    return torch.optim.SGD(groups, lr=learning_rate)


@wrong("two_learning_rates", "called head or body")
def rates_of_a_layer_by_name(model, head, learning_rate, head_learning_rate):
    groups = [{"params": model.body.parameters()}]
    groups += [{"params": head.parameters(), "lr": head_learning_rate}]
    return torch.optim.SGD(groups, lr=learning_rate)
