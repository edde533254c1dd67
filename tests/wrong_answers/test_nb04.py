"""Wrong answers to the exercises of notebook 04, and right ones in another style."""

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge
from course_utils.exercises._registry import find_exercise
from course_utils.exercises.nb04_autograd__numeric import FUNCTIONS

wrong = WrongAnswers("04")
start = 2.5  # what earlier cells of the notebook left behind
picture = torch.tensor([0.5, 1.0])


@wrong("slope_by_hand", ".mean(), not .sum()")
def slope_summed(w, picture, target):  # right for a picture of one pixel
    error = w * picture - target
    return (2 * error * picture).sum()


@wrong("slope_by_hand", "one slope for each pixel")
def slope_of_each_pixel(w, picture, target):
    return 2 * picture * (w * picture - target)


@wrong("slope_by_hand", "the inner slope is missing")
def slope_without_inner(w, picture, target):
    return 2 * (w * picture - target).mean()


@wrong("slope_by_hand", "the 2 is missing")
def slope_without_two(w, picture, target):
    return torch.mean((w * picture - target) * picture)


@wrong("slope_by_hand", "a product of means is different")
def slope_of_means(w, picture, target):  # right for a picture of one colour
    return 2 * (w * picture.mean() - target.mean()) * picture.mean()


@wrong("slope_by_hand", "the picture, not w")
def slope_times_w(w, picture, target):
    return (2 * (w * picture - target) * w).mean()


@wrong("slope_by_hand", "the sign is turned")
def slope_with_turned_sign(w, picture, target):
    return (2 * picture * (target - w * picture)).mean()


@wrong("slope_by_hand", "the loss itself")
def slope_is_the_loss(w, picture, target):
    return ((w * picture - target) ** 2).mean().item()


@wrong("slope_by_hand", "len counts only rows")
def slope_divided_by_the_rows(w, picture, target):  # right for vectors only
    return (2 * (w * picture - target) * picture).sum() / len(picture)


@wrong("slope_by_hand", "one number is asked for, yours has shape")
@wrong("slope_by_hand", "one slope is asked for")
def slope_summed_over_rows(w, picture, target):  # right for vectors only
    return sum(2 * (w * picture - target) * picture) / len(picture)


@wrong("slope_by_hand", "over all dimensions")
def slope_mean_of_rows(w, picture, target):  # right for vectors only
    return (2 * (w * picture - target) * picture).mean(0)


@wrong("slope_by_hand", "one slope is asked for")
def slope_of_the_mean_error(w, picture, target):
    return (2 * (w * picture - target)).mean() * picture


@wrong("slope_by_hand", "or with .sum() / picture.numel()")
def slope_divided_but_not_summed(w, picture, target):
    return 2 * (w * picture - target) * picture / picture.numel()


@wrong("slope_by_hand", "yours")
def slope_at_one(w, picture, target):  # w forgotten: right at w = 1 only
    return (2 * (picture - target) * picture).mean()


@wrong("slope_by_hand", "changes its input picture in place")
def slope_in_place(w, picture, target):
    error = w * picture - target
    return picture.mul_(2).mul_(error).mean()


@wrong("slope_by_hand", "is the input used at all?")
def slope_of_a_constant(w, picture, target):
    return 0.36


@wrong("slope_by_hand", "without autograd: work the slope out")
def slope_by_backward(w, picture, target):
    w = torch.tensor(w, requires_grad=True)
    ((w * picture - target) ** 2).mean().backward()
    return w.grad


@wrong("slope_by_hand", "without autograd: work the slope out")
def slope_by_autograd_grad(w, picture, target):
    w = torch.tensor(w, requires_grad=True)
    return torch.autograd.grad(((w * picture - target) ** 2).mean(), w)[0]


wrong.value("gets_gradient", ["a", "b", "e"], "b is a constant")
wrong.value("gets_gradient", ["a", "c", "e"], "c is a result")
wrong.value("gets_gradient", ["a", "d", "e"], "cut off by detach()")
wrong.value("gets_gradient", ["e"], "c still leads to a")
wrong.value("gets_gradient", "a", "its slope is 1")
wrong.value("gets_gradient", 2, "a list of names in quotes")

wrong.value("accumulated_gradient", 16, "what came before is gone")
wrong.value("accumulated_gradient", 4.0, "the last call alone")
wrong.value("accumulated_gradient", 9, "before it was emptied")
wrong.value("accumulated_gradient", 3, "one more backward()")
wrong.value("accumulated_gradient", 12, "before w.grad = None")
wrong.value("accumulated_gradient", "7", "the answer is one number")


def walk(f, start, rate, steps, *, step=None, empty=True):
    w = torch.tensor(start, requires_grad=True)
    path = [start]
    for _ in range(steps):
        f(w).backward()
        with torch.no_grad():
            w += -rate * w.grad if step is None else step(w.grad)
        if empty:
            w.grad = None
        path.append(w.item())
    return path


@wrong("descend", "never emptied")
def descend_without_emptying(f, start, learning_rate, steps):  # right for one step
    return walk(f, start, learning_rate, steps, empty=False)


@wrong("descend", "this goes uphill")
def descend_upwards(f, start, learning_rate, steps):
    return walk(f, start, -learning_rate, steps)


@wrong("descend", "begins with start")
def descend_without_start(f, start, learning_rate, steps):
    return walk(f, start, learning_rate, steps)[1:]


@wrong("descend", "one step too many")
def descend_one_more(f, start, learning_rate, steps):
    return walk(f, start, learning_rate, steps + 1)


@wrong("descend", "one step too few")
def descend_one_less(f, start, learning_rate, steps):
    return walk(f, start, learning_rate, steps - 1)


@wrong("descend", "multiplied by the learning rate")
def descend_without_learning_rate(f, start, learning_rate, steps):
    return walk(f, start, learning_rate, steps, step=lambda grad: -grad)


@wrong("descend", "the whole list is asked for")
def descend_to_the_end(f, start, learning_rate, steps):
    return walk(f, start, learning_rate, steps)[-1]


@wrong("descend", "right for w² only")
def descend_on_a_parabola(f, start, learning_rate, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * 2 * path[-1])
    return path


@wrong("descend", "the tensor itself changes")
def descend_with_tensors(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    path = [w.item()]
    for _ in range(steps):
        f(w).backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad.zero_()
        path.append(w)
    return path


@wrong("descend", "not part of the graph")
def descend_without_no_grad(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    path = [start]
    for _ in range(steps):
        f(w).backward()
        w -= learning_rate * w.grad
        path.append(w.item())
    return path


@wrong("descend", "asks for no gradient")
def descend_on_a_result(f, start, learning_rate, steps):  # right for one step
    w = torch.tensor(start, requires_grad=True)
    path = [start]
    for _ in range(steps):
        f(w).backward()
        w = (w - learning_rate * w.grad).detach()
        path.append(w.item())
    return path


@wrong("descend", "no leaf")
def descend_with_a_new_w(f, start, learning_rate, steps):  # right for one step
    w = torch.tensor(start, requires_grad=True)
    path = [start]
    for _ in range(steps):
        f(w).backward()
        w = w - learning_rate * w.grad
        path.append(w.item())
    return path


@wrong("descend", "nothing was recorded")
def descend_without_requires_grad(f, start, learning_rate, steps):
    w = torch.tensor(start)
    path = [start]
    for _ in range(steps):
        f(w).backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad = None
        path.append(w.item())
    return path


@wrong("descend", "nothing was recorded")
def descend_all_under_no_grad(f, start, learning_rate, steps):
    with torch.no_grad():
        return walk(f, start, learning_rate, steps)


@wrong("descend", "empty after it")
def descend_emptied_too_early(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    path = [start]
    for _ in range(steps):
        f(w).backward()
        w.grad = None
        with torch.no_grad():
            w -= learning_rate * w.grad
        path.append(w.item())
    return path


@wrong("descend", "empty after it")
def descend_emptied_before_it_is_there(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    path = [start]
    for _ in range(steps):
        w.grad.zero_()
        f(w).backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        path.append(w.item())
    return path


@wrong("descend", "call backward() before the step")
def descend_without_backward(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    path = [start]
    for _ in range(steps):
        f(w)
        with torch.no_grad():
            w -= learning_rate * w.grad
        path.append(w.item())
    return path


@wrong("descend", "w never moves")
def descend_zeroed_too_early(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    path = [start]
    for _ in range(steps):
        f(w).backward()
        optimizer.zero_grad()
        optimizer.step()
        path.append(w.item())
    return path


@wrong("descend", "return a list of plain numbers")
def descend_to_a_tensor(f, start, learning_rate, steps):
    return torch.tensor(walk(f, start, learning_rate, steps))


@wrong("descend", "yours")
def descend_from_another_cell(f, first, learning_rate, steps):
    return walk(f, start, learning_rate, steps)


@wrong("descend", "yours")
def descend_with_fixed_rate(f, start, learning_rate, steps):
    return walk(f, start, 0.1, steps)


@wrong("repair_error_report", "nobody notices")
def report_through_data(w, picture, target):
    error = w * picture - target
    loss = error.pow(2).mean()
    error.data = error.data.abs_()
    return loss, error.mean().item()


@wrong("repair_error_report", "make a new one with abs()")
def report_through_detach(w, picture, target):
    error = w * picture - target
    loss = (error**2).mean()
    report = error.detach()
    return loss, report.abs_().mean().item()


@wrong("repair_error_report", "make a new one with abs()")
def report_without_recording(w, picture, target):
    error = w * picture - target
    loss = (error**2).mean()
    with torch.no_grad():
        error.abs_()
    return loss, error.mean().item()


@wrong("repair_error_report", "make a new one with abs()")
def report_in_place(w, picture, target):
    error = w * picture - target
    loss = (error**2).mean()
    error.abs_()
    loss.backward()
    return loss, error.mean().item()


@wrong("repair_error_report", "do not call backward() here")
def report_with_backward(w, picture, target):
    error = w * picture - target
    loss = (error**2).mean()
    loss.backward()
    return loss, error.abs().mean().item()


@wrong("repair_error_report", "do not call backward() here")
def report_with_a_kept_graph(w, picture, target):
    error = w * picture - target
    loss = (error**2).mean()
    loss.backward(retain_graph=True)
    return loss, error.abs().mean().item()


@wrong("repair_error_report", "cancel out")
def report_without_abs(w, picture, target):
    error = w * picture - target
    return (error**2).mean(), error.mean().item()


@wrong("repair_error_report", "take the mean of what abs() returns")
def report_with_abs_on_a_line_of_its_own(w, picture, target):
    error = w * picture - target
    loss = (error**2).mean()
    error.abs()
    return loss, error.mean().item()


@wrong("repair_error_report", "abs() leaves error itself as it is")
def report_with_abs_of_a_detached_one(w, picture, target):
    error = w * picture - target
    loss = (error**2).mean()
    error.detach().abs()
    return loss, error.mean().item()


@wrong("repair_error_report", "cut from its graph")
def report_with_detached_loss(w, picture, target):
    error = (w * picture - target).detach()
    return (error**2).mean(), error.abs().mean().item()


@wrong("repair_error_report", "cut from its graph")
def report_with_a_number(w, picture, target):
    error = w * picture - target
    return (error**2).mean().item(), error.abs().mean().item()


@wrong("repair_error_report", ".item() makes a tensor")
def report_with_a_graph(w, picture, target):
    error = w * picture - target
    return (error**2).mean(), error.abs().mean()


@wrong("repair_error_report", "loss: yours")
def report_with_another_loss(w, picture, target):
    error = (w * picture - target).abs()
    return error.mean(), error.mean().item()


@wrong("repair_error_report", "yours")
def report_of_another_cell(w, image, target):
    error = w * picture.mean() - target
    return (error**2).mean(), error.abs().mean().item()


def differences(f, x, h, change=None):
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[i] = h
        slopes.view(-1)[i] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes if change is None else change(slopes)


@wrong("numeric_gradient", "divide by that")
def numeric_divided_by_h(f, x, h):
    return differences(f, x, h, lambda slopes: 2 * slopes)


@wrong("numeric_gradient", "look on both sides")
def numeric_forward_only(f, x, h):
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        more = x.clone()
        more.view(-1)[i] += h
        slopes.view(-1)[i] = (f(more) - f(x)) / h
    return slopes


@wrong("numeric_gradient", "all numbers move at once")
def numeric_all_at_once(f, x, h):  # right for a tensor of one number
    slope = (f(x + h) - f(x - h)) / (2 * h)
    return torch.full_like(x, slope.item())


@wrong("numeric_gradient", "a whole row")
def numeric_by_rows(f, x, h):  # right for vectors only
    slopes = torch.zeros_like(x)
    for i in range(len(x)):
        more, less = x.clone(), x.clone()
        more[i] += h
        less[i] -= h
        slopes[i] = (f(more) - f(less)) / (2 * h)
    return slopes


@wrong("numeric_gradient", "the shape of x")
def numeric_in_a_row(f, x, h):
    return differences(f, x, h, torch.flatten)


@wrong("numeric_gradient", "the h that is handed over")
def numeric_with_another_h(f, x, h):
    return differences(f, x, 1e-6)


@wrong("numeric_gradient", "autograd's slope; compute the differences")
def numeric_by_autograd(f, x, h):
    x = x.clone().requires_grad_()
    f(x).backward()
    return x.grad


@wrong("numeric_gradient", "x in place")
def numeric_in_place(f, x, h):
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        x.view(-1)[i] += h
        more = f(x)
        x.view(-1)[i] -= h
        slopes.view(-1)[i] = (more - f(x)) / h
        x.view(-1)[i] += 1.0
    return slopes


@wrong("numeric_gradient", "yours")
def numeric_never_put_back(f, x, h):  # right for a tensor of one number
    more, less, slopes = x.clone(), x.clone(), torch.zeros_like(x)
    for i in range(x.numel()):
        more.view(-1)[i] += h
        less.view(-1)[i] -= h
        slopes.view(-1)[i] = (f(more) - f(less)) / (2 * h)
    return slopes


@wrong("numeric_gradient", "use torch.zeros_like(x), or dtype=x.dtype")
def numeric_in_float32(f, x, h):
    return differences(f, x, h, torch.Tensor.float)


@wrong("numeric_gradient", "use torch.zeros_like(x), or dtype=x.dtype")
def numeric_from_a_list(f, x, h):
    return torch.tensor(differences(f, x, h).flatten().tolist()).view(x.shape)


@wrong("numeric_gradient", "look on both sides")
def numeric_backward_only(f, x, h):
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[i] = h
        slopes.view(-1)[i] = (f(x) - f(x - step)) / h
    return slopes


def written_into(v, f, x, h, read):
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        old = read(v[i])
        v[i] = old + h
        more = f(x)
        v[i] = old - h
        slopes.view(-1)[i] = (more - f(x)) / (2 * h)
        v[i] = old
    return slopes


@wrong("numeric_gradient", "a view that changes too? Take .item()")
def numeric_with_a_view(f, x, h):
    return written_into(x.view(-1), f, x, h, read=lambda number: number)


@wrong("numeric_gradient", "a view that changes too? Take .item()")
def numeric_with_a_view_of_a_copy(f, x, h):
    x = x.clone()
    return written_into(x.view(-1), f, x, h, read=lambda number: number)


def numeric_with_a_number_put_back(f, x, h):
    x = x.clone()
    return written_into(x.view(-1), f, x, h, read=torch.Tensor.item)


def shifted(f, x, h, *, copy, divide=lambda way, h: way / (2 * h)):
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        a, b = copy(x), copy(x)
        a.view(-1)[i] += h
        b.view(-1)[i] -= h
        slopes.view(-1)[i] = divide(f(a) - f(b), h)
    return slopes


@wrong("numeric_gradient", "x.clone()")
def numeric_without_a_copy(f, x, h):
    return shifted(f, x, h, copy=lambda x: x)


@wrong("numeric_gradient", "brackets, / (2 * h)")
def numeric_without_brackets(f, x, h):
    return shifted(f, x, h, copy=torch.clone, divide=lambda way, h: way / 2 * h)


@wrong("numeric_gradient", "flattened, its rows are gone")
def numeric_on_the_flattened_x(f, x, h):  # right where f does not care about rows
    flat = x.flatten()
    return shifted(f, flat, h, copy=torch.clone).reshape(x.shape)


def slope_as_a_number(w, picture, target):
    return float(torch.mean(2 * picture * (w * picture - target)))


def slope_multiplied_out(w, picture, target):
    return 2 * (w * (picture**2).mean() - (picture * target).mean())


def slope_in_numpy(w, picture, target):
    x, y = picture.numpy().astype(float), target.numpy().astype(float)
    return np.mean(2 * (w * x - y) * x)


def slope_in_loops(w, picture, target):
    pairs = zip(picture.flatten().tolist(), target.flatten().tolist(), strict=True)
    slopes = [2 * (w * x - y) * x for x, y in pairs]
    return sum(slopes) / len(slopes)


def descend_with_grad(f, start, learning_rate, steps):
    path = [start]
    for _ in range(steps):
        w = torch.tensor(path[-1], dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(f(w), w)
        path.append(float(w - learning_rate * slope))
    return path


def descend_with_sgd(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    path = [w.item()]
    for _ in range(steps):
        optimizer.zero_grad()
        f(w).backward()
        optimizer.step()
        path += [w.item()]
    return path


def descend_with_leaves(f, start, learning_rate, steps):
    w = torch.tensor(start, requires_grad=True)
    path = [w.detach().item()]
    for _ in range(steps):
        f(w).backward()
        w = (w - learning_rate * w.grad).detach().requires_grad_()
        path.append(w.item())
    return path


def descend_emptying_first(f, start, learning_rate, steps):
    w = torch.tensor(float(start)).requires_grad_()
    path = [w.item()]
    for _ in range(steps):
        w.grad = None
        f(w).backward()
        w.data -= learning_rate * w.grad
        path.append(w.item())
    return path


def report_with_abs_first(w, picture, target):
    error = (w * picture - target).abs_()  # recorded, so autograd knows of it
    return (error**2).mean(), error.mean().item()


def report_of_a_copy(w, picture, target):
    error = w * picture - target
    loss = (error * error).mean()
    return loss, float(error.detach().clone().abs_().mean())


def report_by_torch(w, picture, target):
    prediction = w * picture
    loss = torch.nn.functional.mse_loss(prediction, target)
    return loss, torch.nn.functional.l1_loss(prediction, target).item()


def report_before_the_loss(w, picture, target):
    error = w * picture - target
    report = error.abs().mean().item()
    return error.square().mean(), report


def numeric_with_clones(f, x, h):
    flat, slopes = x.flatten(), []
    for i in range(len(flat)):
        more, less = flat.clone(), flat.clone()
        more[i] += h
        less[i] -= h
        slopes.append((f(more.reshape(x.shape)) - f(less.view_as(x))) / (2 * h))
    return torch.stack(slopes).reshape(x.shape)


def numeric_with_an_identity(f, x, h):
    rows = torch.eye(x.numel(), dtype=x.dtype) * h
    slopes = [(f(x + row.view(x.shape)) - f(x - row.view(x.shape))).item() for row in rows]
    return torch.tensor(slopes, dtype=x.dtype).view(x.shape) / h / 2


def numeric_with_copies(f, x, h):
    return shifted(f, x, h, copy=torch.clone)


RIGHT = {
    "slope_by_hand": [
        slope_as_a_number,
        slope_multiplied_out,
        slope_in_numpy,
        slope_in_loops,
    ],
    "gets_gradient": [["e", "a"], ("a", "e"), {"a", "e"}, "a, e"],
    "accumulated_gradient": [7, 7.0, np.int64(7), torch.tensor(7.0)],
    "descend": [
        descend_with_grad,
        descend_with_sgd,
        descend_with_leaves,
        descend_emptying_first,
    ],
    "repair_error_report": [
        report_with_abs_first,
        report_of_a_copy,
        report_by_torch,
        report_before_the_loss,
    ],
    "numeric_gradient": [
        numeric_with_clones,
        numeric_with_an_identity,
        numeric_with_copies,
        numeric_with_a_number_put_back,
    ],
}


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_other_right_answers_are_accepted(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


@pytest.mark.parametrize("function", FUNCTIONS.values())
def test_small_steps_give_the_gradient_of_autograd(function):
    x = torch.linspace(-1.5, 2, 6, dtype=torch.float64).reshape(2, 3).requires_grad_()
    function(x).backward()
    found = find_exercise("numeric_gradient").reference(function, x.detach(), 1e-6)
    torch.testing.assert_close(found, x.grad, rtol=1e-6, atol=1e-8)
    assert gradcheck(function, (x,))


def test_the_hint_names_the_leaves_without_a_gradient():
    a, b = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)
    c = a * b
    d = c.detach()
    assert [t.is_leaf for t in (b, c, d)] == [True, False, True]
    assert not b.requires_grad
    assert not d.requires_grad
    assert find_exercise("gets_gradient").hints[-1].startswith("b and d are leaves")


def test_a_whole_number_may_be_the_start():
    descend = find_exercise("descend").reference
    assert descend(lambda w: w**2, 1, 0.25, 2) == [1.0, 0.5, 0.25]


def test_tensors_among_the_names_are_no_crash():
    assert judge([torch.tensor(1.0)], "gets_gradient").status == "wrong"


test_told, test_enough = wrong.tests()
