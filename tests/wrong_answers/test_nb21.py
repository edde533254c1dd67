"""Wrong answers to the exercises of notebook 21, and right ones in another style."""

import numpy as np
import pytest
import torch
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("21")


@wrong("mean_over_all", "a mean of means")
def mean_of_means(loss_sum, count, all_reduce):
    values = torch.tensor([loss_sum / count if count else 0.0, 1.0])
    all_reduce(values)
    return (values[0] / values[1]).item()


@wrong("mean_over_all", "the count has not")
def mean_with_own_count(loss_sum, count, all_reduce):
    total = torch.tensor(loss_sum)
    all_reduce(total)
    return total.item() / max(count, 1)


@wrong("mean_over_all", "that is this process alone")
def mean_that_forgets_the_meeting(loss_sum, count, all_reduce):
    all_reduce(torch.tensor([loss_sum, count]))
    return loss_sum / max(count, 1)


@wrong("mean_over_all", "every process calls it equally often")
def mean_if_there_is_something(loss_sum, count, all_reduce):
    if not count:
        return 0.0
    totals = torch.tensor([loss_sum, count])
    all_reduce(totals)
    return (totals[0] / totals[1]).item()


@wrong("mean_over_all", "in place and returns None")
def mean_of_what_comes_back(loss_sum, count, all_reduce):
    total, pictures = all_reduce(torch.tensor(loss_sum)), all_reduce(torch.tensor(count))
    return total / pictures


@wrong("mean_over_all", "torch.tensor(…) first")
def mean_without_tensors(loss_sum, count, all_reduce):
    all_reduce(loss_sum)
    all_reduce(count)
    return loss_sum / count


@wrong("mean_over_all", "after all have met")
def mean_divided_first(loss_sum, count, all_reduce):
    mean = torch.tensor(loss_sum / count)
    all_reduce(mean)
    return mean.item()


@wrong("mean_over_all", "divide by the number of all pictures")
def mean_not_divided(loss_sum, count, all_reduce):
    total = torch.tensor(loss_sum)
    all_reduce(total)
    return total.item()


@wrong("mean_over_all", "a tensor of whole numbers")
def mean_of_whole_numbers(loss_sum, count, all_reduce):
    totals = torch.tensor([loss_sum, count], dtype=torch.int64)
    all_reduce(totals)
    return (totals[0] / totals[1]).item()


@wrong("mean_over_all", "None comes back: all_reduce returns nothing")
def mean_returned_by_all_reduce(loss_sum, count, all_reduce):
    return all_reduce(torch.tensor([loss_sum, count]))


@wrong("mean_over_all", "without pictures returns the mean of all")
def mean_zero_without_pictures(loss_sum, count, all_reduce):
    totals = torch.tensor([loss_sum, count])
    all_reduce(totals)
    return (totals[0] / totals[1]).item() if count else 0.0


@wrong("average_gradients", "in place and returns None")
def gradients_that_come_back_divided(model, size, all_reduce):
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter.grad = all_reduce(parameter.grad) / size


@wrong("average_gradients", "a gradient has become None")
def gradients_that_come_back(model, size, all_reduce):
    for parameter in filter(lambda p: p.requires_grad, model.parameters()):
        parameter.grad = all_reduce(parameter.grad)


@wrong("average_gradients", "torch.tensor(…) first")
def gradients_as_lists(model, size, all_reduce):
    for parameter in filter(lambda p: p.requires_grad, model.parameters()):
        all_reduce(parameter.grad.tolist())


@wrong("average_gradients", "a frozen parameter has no gradient")
def gradients_all_met(model, size, all_reduce):
    for parameter in model.parameters():
        all_reduce(parameter.grad)
        parameter.grad /= size


@wrong("average_gradients", "in place (/=) or written to .grad")
def gradients_divided_elsewhere(model, size, all_reduce):
    for parameter in model.parameters():
        gradient = parameter.grad
        if gradient is not None:
            all_reduce(gradient)
            gradient = gradient / size


@wrong("average_gradients", "sum over the processes: divide by size")
def gradients_summed(model, size, all_reduce):
    for parameter in model.parameters():
        if parameter.grad is not None:
            all_reduce(parameter.grad)


@wrong("average_gradients", "a frozen parameter has no gradient")
def gradients_of_all(model, size, all_reduce):
    for parameter in model.parameters():
        parameter.grad /= size
        all_reduce(parameter.grad)


@wrong("average_gradients", "write the mean into .grad itself")
def gradients_in_a_copy(model, size, all_reduce):
    for parameter in model.parameters():
        if parameter.grad is not None:
            gradient = parameter.grad.clone()
            all_reduce(gradient)
            gradient /= size


@wrong("average_gradients", "average the gradients, .grad")
def weights_averaged(model, size, all_reduce):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.sub_(1)
            all_reduce(parameter)
            parameter /= size


@wrong("average_gradients", "divide by size")
def gradients_halved(model, size, all_reduce):
    for parameter in model.parameters():
        if parameter.grad is not None:
            all_reduce(parameter.grad)
            parameter.grad /= 2


@wrong("average_gradients", "biases have gradients")
def gradients_of_weights(model, size, all_reduce):
    for name, parameter in model.named_parameters():
        if name.endswith("weight") and parameter.grad is not None:
            all_reduce(parameter.grad)
            parameter.grad.div_(size)


@wrong("average_gradients", "never added up")
def gradients_divided(model, size, all_reduce):
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter.grad /= size


@wrong("share_of", "taken twice")
def share_filled_up(length, rank, size):
    part = -(-length // size)
    return [(rank + k * size) % length for k in range(part)]


@wrong("share_of", "is lost")
def share_without_rest(length, rank, size):
    part = length // size
    return list(range(rank * part, (rank + 1) * part))


@wrong("share_of", "gets the whole rest")
def share_with_rest_at_the_end(length, rank, size):
    part = length // size
    end = length if rank == size - 1 else (rank + 1) * part
    return list(range(rank * part, end))


@wrong("share_of", "rounded up")
def share_in_blocks(length, rank, size):
    return (
        torch.arange(length).split(-(-length // size))[rank].tolist()
        if rank * -(-length // size) < length
        else []
    )


@wrong("share_of", "size is not always 2")
def share_for_two(length, rank, size):
    return list(range(length))[rank::2]


@wrong("share_of", "positions are whole numbers")
def share_between_positions(length, rank, size):
    return [position + 0.4 for position in range(rank, length, size)]


@wrong("share_of", "a list of positions")
def share_as_a_number(length, rank, size):
    return length // size


@wrong("back_in_order", "dealt out in turn")
def order_of_cat(parts, length):
    return torch.cat(parts)[:length]


@wrong("back_in_order", "[:length]")
def order_with_the_filling(parts, length):
    return torch.stack(parts, 1).flatten(0, 1)


@wrong("back_in_order", "stack with dim=0")
def order_of_stack(parts, length):
    return torch.stack(parts).reshape(-1, *parts[0].shape[1:])[:length]


@wrong("back_in_order", "not all of them")
def order_flattened(parts, length):
    return torch.stack(parts, dim=1).flatten()[:length]


@wrong("back_in_order", "any number")
def order_for_two(parts, length):
    return torch.stack(parts[:2], dim=1).flatten(0, 1)[:length]


@wrong("back_in_order", "not a list")
def order_as_a_list(parts, length):
    return list(torch.stack(parts, dim=1).flatten(0, 1)[:length])


def another_run(
    *,
    first=0,
    late=False,
    early=False,
    told=lambda rank: True,
    meets=lambda rank: True,
    saves=lambda rank, left: not rank,
    keeps=lambda rank: True,
):
    """Return a run whose epochs count from ``first`` (None: untold), with other if's around."""

    def run(rank, size, epochs, sampler, train, save, all_reduce):
        history = []
        for epoch in range(epochs):
            if first is not None and not late and told(rank):
                sampler.set_epoch(first + epoch)
            if early and saves(rank, epochs - epoch - 1):
                save(epoch)
            loss = train(list(sampler))
            if first is not None and late:
                sampler.set_epoch(first + epoch)
            if meets(rank):
                all_reduce(loss)
            if keeps(rank):
                history.append(loss.item() / size)
            if not early and saves(rank, epochs - epoch - 1):
                save(epoch)
        return history

    return run


wrong.given += [
    ("repair_run", another_run(meets=lambda rank: rank == 0), "calls all_reduce alone", "waits"),
    ("repair_run", another_run(first=None), "sampler.set_epoch(epoch)", "untold"),
    ("repair_run", another_run(late=True), "sampler.set_epoch(epoch)", "told too late"),
    ("repair_run", another_run(first=1), "counts from 0", "epochs from 1"),
    ("repair_run", another_run(told=lambda rank: rank == 0), "every process calls set", "one told"),
    ("repair_run", another_run(keeps=lambda rank: rank == 0), "the whole history", "one keeps"),
    ("repair_run", another_run(early=True), "after the training of this epoch", "saved first"),
    ("repair_run", another_run(saves=lambda rank, left: True), "only one process", "all save"),
    (
        "repair_run",
        another_run(saves=lambda rank, left: left + rank == 0),
        "only one",
        "saves once",
    ),
    ("repair_run", another_run(meets=lambda rank: False), "add up over all", "no meeting"),
]


def mean_in_two_meetings(loss_sum, count, all_reduce):
    total, pictures = torch.tensor(float(loss_sum)), torch.tensor(count)
    all_reduce(total)
    all_reduce(pictures)
    return total / pictures


def mean_in_float64(loss_sum, count, all_reduce):
    both = torch.tensor([loss_sum, count], dtype=torch.float64)
    all_reduce(both)
    return np.float64(both[0] / both[1])


def gradients_divided_first(model, size, all_reduce):
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.grad.div_(size)
            all_reduce(parameter.grad)


def gradients_replaced(model, size, all_reduce):
    with torch.no_grad():
        for parameter in filter(lambda p: p.grad is not None, model.parameters()):
            total = parameter.grad.clone()
            all_reduce(total)
            parameter.grad = total / size


def gradients_in_one_meeting(model, size, all_reduce):
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    everything = torch.cat([g.flatten() for g in gradients])
    all_reduce(everything)
    parts = everything.div(size).split([g.numel() for g in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def share_in_even_blocks(length, rank, size):
    return np.array_split(np.arange(length), size)[rank]


def order_by_hand(parts, length):
    return torch.stack([parts[n % len(parts)][n // len(parts)] for n in range(length)])


def order_by_places(parts, length):
    size = len(parts)
    result = torch.empty(size * len(parts[0]), *parts[0].shape[1:])
    for rank, part in enumerate(parts):
        result[rank::size] = part
    return result[:length]


def run_saved_by_the_last(rank, size, epochs, sampler, train, save, all_reduce):
    means = []
    for number in range(epochs):
        sampler.set_epoch(number)
        loss = train(list(iter(sampler)))
        if rank == size - 1:
            save(number)
        all_reduce(loss)
        means.append(loss / size)
    return means


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("mean_over_all", mean_in_two_meetings),
        ("mean_over_all", mean_in_float64),
        ("average_gradients", gradients_divided_first),
        ("average_gradients", gradients_replaced),
        ("average_gradients", gradients_in_one_meeting),
        ("share_of", lambda length, rank, size: range(rank, length, size)),
        ("share_of", lambda length, rank, size: torch.arange(length)[rank::size]),
        ("share_of", share_in_even_blocks),
        ("back_in_order", order_by_hand),
        ("back_in_order", order_by_places),
        ("repair_run", run_saved_by_the_last),
    ],
)
def test_other_right_answers_are_accepted(exercise, answer):
    verdict = judge(answer, exercise)
    assert verdict.status == "solved", verdict.text


test_told, test_enough = wrong.tests()
