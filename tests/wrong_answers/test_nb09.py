"""Wrong answers to the exercises of notebook 09, and right ones in another style."""

import pytest
import torch
from torch import nn
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("09")


@wrong("ScaleAndShift", "wrap the tensors in nn.Parameter")
class ScalePlain(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale, self.shift = torch.ones(channels), torch.zeros(channels)

    def forward(self, x):
        return x * self.scale[:, None, None] + self.shift[:, None, None]


@wrong("ScaleAndShift", "super().__init__() must come first")
class ScaleForgetful(nn.Module):
    def __init__(self, channels):
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x * self.scale[:, None, None] + self.shift[:, None, None]


@wrong("ScaleAndShift", "one number for each channel")
class ScaleOneNumber(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale, self.shift = (nn.Parameter(torch.tensor([x])) for x in (1.0, 0.0))

    def forward(self, x):
        return x * self.scale + self.shift


@wrong("ScaleAndShift", "lined up with the width")
class ScaleAlongWidth(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x * self.scale + self.shift


@wrong("ScaleAndShift", "scale is ones, shift is zeros")
class ScaleRandom(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels,), 0.5))
        self.shift = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return x * self.scale[:, None, None] + self.shift[:, None, None]


@wrong("ScaleAndShift", "right at the start")
class ScaleBracket(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return (x + self.shift[:, None, None]) * self.scale[:, None, None]


@wrong("ScaleAndShift", "called scale and shift")
class ScaleOtherNames(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.contrast = nn.Parameter(torch.ones(channels))
        self.brightness = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x * self.contrast[:, None, None] + self.brightness[:, None, None]


@wrong("count_by_child", "frozen")
def counts_with_frozen(model):
    return {n: sum(p.numel() for p in c.parameters()) for n, c in model.named_children()}


@wrong("count_by_child", "with 0")
def counts_without_zeros(model):
    counts = {}
    for name, child in model.named_children():
        for p in child.parameters():
            if p.requires_grad:
                counts[name] = counts.get(name, 0) + p.numel()
    return counts


@wrong("count_by_child", "deeper down")
def counts_first_level(model):
    return {
        n: sum(p.numel() for p in c.parameters(recurse=False) if p.requires_grad)
        for n, c in model.named_children()
    }


@wrong("count_by_child", "that counts tensors")
def counts_tensors(model):
    return {n: sum(p.requires_grad for p in c.parameters()) for n, c in model.named_children()}


@wrong("count_by_child", "one level down")
def counts_everything(model):
    return {
        n: sum(p.numel() for p in m.parameters() if p.requires_grad)
        for n, m in model.named_modules()
    }


@wrong("RepairBranches", "not in the books")
class BranchesInList(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = [nn.Linear(inputs, 3) for _ in range(branches)]
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(sum(branch(x) for branch in self.branches))


@wrong("RepairBranches", "no .values()")
class BranchesValuesOfList(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = nn.ModuleList([nn.Linear(inputs, 3) for _ in range(branches)])
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(sum(branch(x) for branch in self.branches.values()))


@wrong("RepairBranches", "one branch only")
class BranchesOneOnly(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branch = nn.Linear(inputs, 3)
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(self.branch(x))


@wrong("RepairBranches", "forward does not use them")
class BranchesUnused(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = nn.ModuleList([nn.Linear(inputs, 3) for _ in range(branches)])
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(self.branches[0](x))


@wrong("RepairBranches", "no longer computes the same")
class BranchesInARow(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = nn.ModuleList([nn.Linear(inputs, 3) for _ in range(branches)])
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(sum(branch(x) for branch in self.branches) / len(self.branches))


@wrong("copy_matching", "names of source that target does not have")
def copy_names_of_source(source, target):
    theirs, ours = source.state_dict(), target.state_dict()
    left = [name for name in ours if name not in theirs or theirs[name].shape != ours[name].shape]
    for name in ours:
        if name not in left:
            ours[name].copy_(theirs[name])
    return [*left, *(name for name in theirs if name not in ours)]


@wrong("copy_matching", "shapes must agree")
def copy_by_name(source, target):
    theirs, ours = source.state_dict(), target.state_dict()
    for name in ours:
        if name in theirs:
            ours[name].copy_(theirs[name])
    return [name for name in ours if name not in theirs]


@wrong("copy_matching", "names that were copied")
def copy_names_of_copied(source, target):
    theirs, ours = source.state_dict(), target.state_dict()
    fits = [name for name in ours if name in theirs and theirs[name].shape == ours[name].shape]
    for name in fits:
        ours[name].copy_(theirs[name])
    return fits


@wrong("copy_matching", "buffers count too")
def copy_parameters_only(source, target):
    theirs, ours = dict(source.named_parameters()), target.state_dict()
    left = [name for name in ours if name not in theirs or theirs[name].shape != ours[name].shape]
    for name in ours:
        if name not in left:
            ours[name].copy_(theirs[name].data)
    return [name for name in left if "running" not in name and "num" not in name]


@wrong("copy_matching", "shares tensors with source")
def copy_by_sharing(source, target):
    theirs, ours, left = dict(source.named_parameters()), target.state_dict(), []
    state = source.state_dict()
    parameters = dict(target.named_parameters())
    for name, value in ours.items():
        if name not in state or state[name].shape != value.shape:
            left.append(name)
        elif name in parameters:
            parameters[name].data = theirs[name].data
        else:
            value.copy_(state[name])
    return left


@wrong("copy_matching", "look at each name first")
def copy_strictly(source, target):
    target.load_state_dict(source.state_dict())
    return []


def watched(model, x, *, remove=True, leaves=True):
    found, hooks = [], []
    for name, module in model.named_modules():
        if leaves and list(module.children()):
            continue
        hooks.append(
            module.register_forward_hook(
                lambda m, i, out, name=name: found.append((name, tuple(out.shape)))
            )
        )
    model(x)
    for hook in hooks if remove else ():
        hook.remove()
    return found


@wrong("output_shapes", "a hook is left")
def shapes_with_hooks_left(model, x):
    return watched(model, x, remove=False)


@wrong("output_shapes", "modules with children do not count")
def shapes_of_all(model, x):
    return watched(model, x, leaves=False)


@wrong("output_shapes", "the names are wanted")
def shapes_without_names(model, x):
    return [shape for _, shape in watched(model, x)]


@wrong("output_shapes", "all hooks saw the *last* name")
def shapes_with_the_last_name(model, x):
    found, hooks = [], []
    for name, module in model.named_modules():
        if not list(module.children()):
            hooks.append(
                module.register_forward_hook(
                    lambda m, i, out: found.append((name, tuple(out.shape)))  # noqa: B023
                )
            )
    model(x)
    for hook in hooks:
        hook.remove()
    return found


@wrong("output_shapes", "the order in which they run")
def shapes_in_the_order_made(model, x):
    names = [name for name, _ in model.named_modules()]
    return sorted(watched(model, x), key=lambda found: names.index(found[0]))


def shapes_as_sizes(model, x):
    return [(name, torch.Size(shape)) for name, shape in watched(model, x)]


test_is_told_the_mistake, test_three_or_more = wrong.tests()


class ScaleOfRankThree(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(channels, 1, 1))
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x):
        return torch.addcmul(self.shift, x, self.scale)


class BranchesList(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = nn.ModuleList(nn.Linear(inputs, 3) for _ in range(branches))
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        total = 0
        for branch in self.branches:
            total = total + branch(x)
        return self.last(total)


def copy_in_place(source, target):
    left = []
    with torch.no_grad():
        theirs = source.state_dict()
        for name, value in target.state_dict().items():
            if name in theirs and theirs[name].shape == value.shape:
                value.copy_(theirs[name])
            else:
                left.append(name)
    return left


def copy_without_strict(source, target):
    ours = target.state_dict()
    fits = {
        name: value
        for name, value in source.state_dict().items()
        if name in ours and value.shape == ours[name].shape
    }
    target.load_state_dict(fits, strict=False)
    return [name for name in ours if name not in fits]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ScaleAndShift", ScaleOfRankThree),
        ("RepairBranches", BranchesList),
        ("copy_matching", copy_in_place),
        ("copy_matching", copy_without_strict),
        ("output_shapes", watched),
        ("output_shapes", shapes_as_sizes),
    ],
)
def test_other_right_answers(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text
