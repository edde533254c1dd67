"""Wrong answers to the exercises of notebook 20."""

import copy
import math
import statistics
import time

import numpy as np
import pytest
import torch
from torch.nn import functional
from wrong_answer_runner import RightAnswers, WrongAnswers

from course_utils.exercises import judge

wrong, accepted = WrongAnswers("20"), RightAnswers()


@wrong("batch_to", "only the outermost parts")
def batch_one_level(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(v.to(device) if isinstance(v, torch.Tensor) else v for v in batch)
    return batch


@wrong("batch_to", "dicts stay where they are")
def batch_without_dicts(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, (list, tuple)):
        return type(batch)(batch_without_dicts(part, device) for part in batch)
    return batch


@wrong("batch_to", "tuples stay where they are")
def batch_without_tuples(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: batch_without_tuples(part, device) for key, part in batch.items()}
    if isinstance(batch, list):
        return [batch_without_tuples(part, device) for part in batch]
    return batch


@wrong("batch_to", "a tuple must stay a tuple")
def batch_all_lists(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: batch_all_lists(part, device) for key, part in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [batch_all_lists(part, device) for part in batch]
    return batch


@wrong("batch_to", "not everything has .to")
def batch_of_tensors_only(batch, device):
    if isinstance(batch, dict):
        return {key: batch_of_tensors_only(part, device) for key, part in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(batch_of_tensors_only(part, device) for part in batch)
    return batch.to(device)


@wrong("batch_to", "nothing is moved")
def batch_not_assigned(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
    return batch


@wrong("batch_to", "the device that the function is given")
def batch_on_a_fixed_device(batch, device):
    return batch_to_by_structure(batch, "cpu")


@wrong("batch_to", "text can be looped over")
def batch_of_all_that_can_be_looped_over(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: batch_of_all_that_can_be_looped_over(v, device) for k, v in batch.items()}
    if hasattr(batch, "__iter__"):
        return type(batch)([batch_of_all_that_can_be_looped_over(v, device) for v in batch])
    return batch


@wrong("batch_to", "a number stays a number")
def batch_with_numbers_as_tensors(batch, device):
    if isinstance(batch, dict):
        return {key: batch_with_numbers_as_tensors(part, device) for key, part in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(batch_with_numbers_as_tensors(part, device) for part in batch)
    if batch is None or isinstance(batch, str):
        return batch
    return torch.as_tensor(batch).to(device)


@wrong("batch_to", "make a copy of batch first")
def batch_in_place(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        for key in batch:
            batch[key] = batch_in_place(batch[key], device)
        return batch
    if isinstance(batch, (list, tuple)):
        return type(batch)(batch_in_place(part, device) for part in batch)
    return batch


@wrong("batch_to", "return it as it is")
def batch_without_the_rest(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: batch_without_the_rest(part, device) for key, part in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(batch_without_the_rest(part, device) for part in batch)
    return None


@wrong("repair_move", "nothing comes back")
def move_logits_back(model, images, labels, device):
    logits = model.to(device)(images.to(device))
    return functional.cross_entropy(logits.cpu(), labels)


@wrong("repair_move", "must all be moved")
def move_images_only(model, images, labels, device):
    model.to(device)
    images = images.to(device)
    return functional.cross_entropy(model(images), labels)


@wrong("repair_move", "must all be moved")
def move_all_but_the_network(model, images, labels, device):
    images, labels = images.to(device), labels.to(device)
    return functional.cross_entropy(model(images), labels)


@wrong("repair_move", "nothing comes back")
def move_nothing(model, images, labels, device):
    return functional.cross_entropy(model(images), labels)


@wrong("repair_move", "return the loss as a tensor")
def move_and_take_the_number(model, images, labels, device):
    model.to(device)
    return functional.cross_entropy(model(images.to(device)), labels.to(device)).item()


@wrong("repair_move", "not a copy")
def move_a_copy(model, images, labels, device):
    copied = copy.deepcopy(model).to(device)
    return functional.cross_entropy(copied(images.to(device)), labels.to(device))


@wrong("repair_move", "backward() will need the graph")
def move_and_detach(model, images, labels, device):
    model.to(device)
    return functional.cross_entropy(model(images.to(device)), labels.to(device)).detach()


def timed(work, synchronize, clock):
    synchronize()
    start = clock()
    work()
    synchronize()
    return clock() - start


@wrong("times_faster", "synchronize before the clock stops")
def compare_without_waiting(old, new, synchronize, clock, rounds):
    old()
    new()
    olds, news = [], []
    for _ in range(rounds):
        start = clock()
        old()
        olds.append(clock() - start)
        start = clock()
        new()
        news.append(clock() - start)
    return statistics.median(olds) / statistics.median(news)


@wrong("times_faster", "synchronize before that, too")
def compare_with_one_wait(old, new, synchronize, clock, rounds):
    old()
    new()
    olds, news = [], []
    for _ in range(rounds):
        start = clock()
        old()
        synchronize()
        olds.append(clock() - start)
        start = clock()
        new()
        synchronize()
        news.append(clock() - start)
    return statistics.median(olds) / statistics.median(news)


@wrong("times_faster", "all runs of one, then all of the other")
def compare_one_after_the_other(old, new, synchronize, clock, rounds):
    middles = []
    for work in (old, new):
        work()
        middles.append(statistics.median(timed(work, synchronize, clock) for _ in range(rounds)))
    return middles[0] / middles[1]


@wrong("times_faster", "the warm-up is missing")
def compare_cold(old, new, synchronize, clock, rounds):
    times = [
        (timed(old, synchronize, clock), timed(new, synchronize, clock)) for _ in range(rounds)
    ]
    return statistics.median(t[0] for t in times) / statistics.median(t[1] for t in times)


def _in_turn(old, new, synchronize, clock, rounds):
    old()
    new()
    times = [
        (timed(old, synchronize, clock), timed(new, synchronize, clock)) for _ in range(rounds)
    ]
    return [t[0] for t in times], [t[1] for t in times]


@wrong("times_faster", "upside down")
def compare_upside_down(old, new, synchronize, clock, rounds):
    olds, news = _in_turn(old, new, synchronize, clock, rounds)
    return statistics.median(news) / statistics.median(olds)


@wrong("times_faster", "take the median")
def compare_means(old, new, synchronize, clock, rounds):
    olds, news = _in_turn(old, new, synchronize, clock, rounds)
    return sum(olds) / sum(news)


@wrong("times_faster", "one call of each to warm up")
def compare_two_rounds(old, new, synchronize, clock, rounds):
    olds, news = _in_turn(old, new, synchronize, clock, 3)
    return statistics.median(olds) / statistics.median(news)


@wrong("times_faster", "divide, do not subtract")
def compare_by_difference(old, new, synchronize, clock, rounds):
    olds, news = _in_turn(old, new, synchronize, clock, rounds)
    return statistics.median(olds) - statistics.median(news)


@wrong("times_faster", "use the clock that the function is given")
def compare_by_own_clock(old, new, synchronize, clock, rounds):
    olds, news = _in_turn(old, new, synchronize, time.perf_counter, rounds)
    return statistics.median(olds) / statistics.median(news)


def _train(loader, model, loss_fn, optimizer):
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        yield loss, len(labels)


@wrong("repair_waiting", "without detach()")
def epoch_that_keeps_graphs(model, loss_fn, optimizer, loader):
    total, count = 0.0, 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total, count = total + loss * size, count + size
    return (total / count).item()


@wrong("repair_waiting", "without detach()")
def epoch_that_lists_losses(model, loss_fn, optimizer, loader):
    pairs = list(_train(loader, model, loss_fn, optimizer))
    return (sum(loss * size for loss, size in pairs) / sum(size for _, size in pairs)).item()


@wrong("repair_waiting", "the loop still waits")
def epoch_by_float(model, loss_fn, optimizer, loader):
    total, count = 0.0, 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total, count = total + float(loss) * size, count + size
    return total / count


@wrong("repair_waiting", "the loop still waits")
def epoch_by_cpu(model, loss_fn, optimizer, loader):
    total, count = 0.0, 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total, count = total + loss.detach().cpu() * size, count + size
    return (total / count).item()


@wrong("repair_waiting", "the loop still waits")
def epoch_by_to(model, loss_fn, optimizer, loader):
    total, count = 0.0, 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total, count = total + loss.detach().to("cpu") * size, count + size
    return (total / count).item()


@wrong("repair_waiting", "the loop still waits")
def epoch_by_to_a_device(model, loss_fn, optimizer, loader):
    losses, count = [], 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        losses.append(loss.detach().to(torch.device("cpu")) * size)
        count += size
    return sum(losses).item() / count


@wrong("repair_waiting", "begun on the CPU")
def waiting_with_a_sum_on_the_cpu(model, loss_fn, optimizer, loader):
    total, count = torch.zeros(()), 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total += loss.detach() * size
        count += size
    return (total / count).item()


@wrong("repair_waiting", "the mean of its batch")
def waiting_unweighted_over_pictures(model, loss_fn, optimizer, loader):
    total, count = 0.0, 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total += loss.detach()
        count += size
    return (total / count).item()


@wrong("repair_waiting", "the last batch alone")
def waiting_for_the_last(model, loss_fn, optimizer, loader):
    for last, _ in _train(loader, model, loss_fn, optimizer):
        loss = last
    return loss.item()


@wrong("repair_waiting", "one .item() in all")
def epoch_with_waits_behind_the_loop(model, loss_fn, optimizer, loader):
    pairs = [(loss.detach(), n) for loss, n in _train(loader, model, loss_fn, optimizer)]
    return sum(loss.item() * n for loss, n in pairs) / sum(n for _, n in pairs)


@wrong("repair_waiting", "return a number")
def epoch_of_a_tensor(model, loss_fn, optimizer, loader):
    total, count = 0.0, 0
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total, count = total + loss.detach() * size, count + size
    return total / count


@wrong("repair_waiting", "the loop still waits")
def epoch_into_a_cpu_tensor(model, loss_fn, optimizer, loader):
    losses, count = torch.zeros(len(loader)), 0
    for place, (loss, size) in enumerate(_train(loader, model, loss_fn, optimizer)):
        losses[place] = loss.detach() * size
        count += size
    return losses.sum().item() / count


@wrong("repair_waiting", "weigh each loss")
def epoch_mean_of_means(model, loss_fn, optimizer, loader):
    losses = [loss.detach() for loss, _ in _train(loader, model, loss_fn, optimizer)]
    return torch.stack(losses).mean().item()


@wrong("repair_waiting", "optimizer.step() must stay")
def epoch_without_step(model, loss_fn, optimizer, loader):
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        total, count = total + loss.detach() * len(labels), count + len(labels)
    return (total / count).item()


@wrong("tensor_bytes", "makes the tensor")
def bytes_of_a_tensor(shape, dtype):
    return torch.empty(shape, dtype=dtype).nbytes


@wrong("repair_move", "computed before the move")
def move_at_the_end(model, images, labels, device):
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    model.to(device)
    return loss.to(device)


@wrong("tensor_bytes", "counts numbers, not bytes")
def bytes_as_numbers(shape, dtype):
    return torch.Size(shape).numel()


@wrong("tensor_bytes", "4 bytes are right for float32 only")
def bytes_of_float32(shape, dtype):
    return math.prod(shape) * 4


@wrong("tensor_bytes", "finfo knows floating-point dtypes only")
def bytes_by_finfo(shape, dtype):
    return math.prod(shape) * torch.finfo(dtype).bits // 8


@wrong("tensor_bytes", "an empty shape () is a single number")
def bytes_by_loop(shape, dtype):
    total = shape[0] * dtype.itemsize
    for size in shape[1:]:
        total *= size
    return total


@wrong("tensor_bytes", "multiplied, not added")
def bytes_by_sum(shape, dtype):
    return sum(shape) * dtype.itemsize


@wrong("tensor_bytes", "math.prod(()) is 1")
def bytes_by_numpy(shape, dtype):
    return np.prod(shape) * dtype.itemsize


@wrong("tensor_bytes", "not kB or MB")
def bytes_as_megabytes(shape, dtype):
    return math.prod(shape) * dtype.itemsize / 1e6


@wrong("tensor_bytes", "not kB or MB")
def bytes_as_kibibytes(shape, dtype):
    return math.prod(shape) * dtype.itemsize / 1024


def _search(train_step, most, errors, give):
    size = 1
    while size <= most:
        try:
            train_step(size)
        except errors:
            break
        size *= 2
    return give(size)


@wrong("largest_batch", "swallows a real error")
def batch_by_runtime_error(train_step, most):
    return _search(train_step, most, RuntimeError, lambda size: size // 2)


@wrong("largest_batch", "swallows a real error")
def batch_by_exception(train_step, most):
    return _search(train_step, most, Exception, lambda size: size // 2)


@wrong("largest_batch", "return the last that worked")
def batch_that_failed(train_step, most):
    return _search(train_step, most, torch.OutOfMemoryError, lambda size: size)


@wrong("largest_batch", "not even one picture fits")
def batch_of_at_least_one(train_step, most):
    return _search(train_step, most, torch.OutOfMemoryError, lambda size: max(1, size // 2))


@wrong("largest_batch", "catch it")
def batch_uncaught(train_step, most):
    best, size = 0, 1
    while size <= most:
        train_step(size)
        best, size = size, size * 2
    return best


@wrong("largest_batch", "never try more than most")
def batch_without_end(train_step, most):
    best, size = 0, 1
    while True:
        try:
            train_step(size)
        except torch.OutOfMemoryError:
            return min(best, most)
        best, size = size, size * 2
        if size > 2 * most:
            return best


@wrong("largest_batch", "each twice the one before")
def batch_one_by_one(train_step, most):
    best = 0
    for size in range(1, most + 1):
        try:
            train_step(size)
        except torch.OutOfMemoryError:
            break
        best = size
    return best


@wrong("largest_batch", "begin with 1 and double")
def batch_from_the_top(train_step, most):
    size = 1
    while 2 * size <= most:
        size *= 2
    while size:
        try:
            train_step(size)
        except torch.OutOfMemoryError:
            size //= 2
        else:
            break
    return size


@wrong("largest_batch", "end the search there")
def batch_that_goes_on(train_step, most):
    best, size = 0, 1
    while size <= most:
        try:
            train_step(size)
            best = size
        except torch.OutOfMemoryError:
            pass
        size *= 2
    return best


@wrong("largest_batch", "most need not be one of")
def batch_of_most(train_step, most):
    for power in range(most.bit_length()):
        try:
            train_step(2**power)
        except torch.OutOfMemoryError:
            return 2**power // 2
    return most


@wrong("largest_batch", "may be tried")
def batch_below_most(train_step, most):
    best, size = 0, 1
    while size < most:
        try:
            train_step(size)
        except torch.OutOfMemoryError:
            break
        best, size = size, size * 2
    return best


test_told, test_enough = wrong.tests()


@accepted("batch_to")
def batch_to_by_structure(batch, device):
    match batch:
        case torch.Tensor():
            return batch.to(device, non_blocking=True)
        case dict():
            return dict((k, batch_to_by_structure(v, device)) for k, v in batch.items())  # noqa: C402
        case list():
            return [batch_to_by_structure(v, device) for v in batch]
        case tuple():
            return tuple(batch_to_by_structure(v, device) for v in batch)
    return batch


@accepted("repair_move")
def move_with_new_names(model, images, labels, device):
    on_device = model.to(device)
    logits = on_device(images.to(device))
    return torch.nn.CrossEntropyLoss()(logits, labels.to(device))


@accepted("times_faster")
def compare_new_first(old, new, synchronize, clock, rounds):
    new()
    old()
    synchronize()
    olds, news = [], []
    for _ in range(rounds):
        news.append(timed(new, synchronize, clock))
        olds.append(timed(old, synchronize, clock))
    return torch.tensor(olds).median().item() / sorted(news)[rounds // 2]


@accepted("repair_waiting")
def epoch_by_add(model, loss_fn, optimizer, loader):
    total, count = None, torch.tensor(0)
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total = torch.zeros((), device=loss.device) if total is None else total
        total.add_(other=loss.detach(), alpha=size)
        count += torch.tensor(size)
    return total.item() / count.item()


@accepted("repair_waiting")
def epoch_stacked(model, loss_fn, optimizer, loader):
    losses, sizes = [], []
    for images, labels in loader:
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach() * labels.shape[0])
        sizes.append(labels.shape[0])
    return float(torch.stack(losses).sum()) / sum(sizes)


@accepted("repair_waiting")
def epoch_that_moves_its_batches(model, loss_fn, optimizer, loader):
    device = next(model.parameters()).device
    total, count = torch.zeros(()).to(device), 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device, non_blocking=True)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.detach().to(torch.float64) * labels.numel()
        count += labels.numel()
    return total.item() / count


@accepted("repair_waiting")
def epoch_under_no_grad(model, loss_fn, optimizer, loader):
    total, count = torch.zeros((), device=model.weight.device), torch.zeros(())
    for loss, size in _train(loader, model, loss_fn, optimizer):
        with torch.no_grad():
            total += loss * size
            count += size
    return total.item() / count.item()


@accepted("repair_waiting")
def waiting_in_double_on_the_device(model, loss_fn, optimizer, loader):
    count, total = 0, torch.zeros((), device=model.weight.device)
    for loss, size in _train(loader, model, loss_fn, optimizer):
        total += loss.detach().to(dtype=torch.float64) * size
        count += size
    return (total / count).to(device="cpu").item()


@accepted("tensor_bytes")
def bytes_by_numpy_as_int(shape, dtype):
    return int(np.prod(shape)) * dtype.itemsize


@accepted("tensor_bytes")
def bytes_of_a_ghost(shape, dtype):
    tensor = torch.empty(shape, dtype=dtype, device="meta")
    return tensor.numel() * tensor.element_size()


@accepted("largest_batch")
def batch_by_for(train_step, most):
    best = 0
    for size in (2**power for power in range(most.bit_length())):
        try:
            train_step(size)
        except torch.OutOfMemoryError:
            return best
        best = size
    return best


@accepted("largest_batch")
def batch_by_recursion(train_step, most, size=1):
    if size > most:
        return 0
    try:
        train_step(size)
    except torch.cuda.OutOfMemoryError:
        return 0
    return max(size, batch_by_recursion(train_step, most, 2 * size))


@pytest.mark.parametrize(("name", "answer"), accepted)
def test_other_right_answers_are_right(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text
