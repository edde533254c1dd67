"""Wrong answers to the exercises of notebook 09, and right ones in another style."""

from copy import deepcopy

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


@wrong("ScaleAndShift", "not lined up with the channels")
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


def scaling(start_scale, start_shift, forward):
    """Return a class with these two makers of tensors and this forward."""

    class Scaling(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.scale, self.shift = start_scale(channels), start_shift(channels)

    Scaling.forward = forward
    return Scaling


def ones(channels):
    return nn.Parameter(torch.ones(channels))


def zeros(channels):
    return nn.Parameter(torch.zeros(channels))


def scaled_in_place(self, x):
    x *= self.scale[:, None, None]
    x += self.shift[:, None, None]
    return x


def scaled_data(self, x):
    return x * self.scale.data[:, None, None] + self.shift.data[:, None, None]


def scaled_half_detached(self, x):
    return x * self.scale.detach()[:, None, None] + self.shift[:, None, None]


def scaled_along_height(self, x):
    return x * self.scale[None, :, None] + self.shift[None, :, None]


def scaled(self, x):
    return x * self.scale[:, None, None] + self.shift[:, None, None]


def scaled_by_list(self, x):
    return x * torch.cat(list(self.scale))[:, None, None] + self.shift[:, None, None]


class ScaleShiftBuffer(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.register_buffer("shift", torch.zeros(channels))

    forward = scaled


def one_by_one(channels):
    return nn.ParameterList([nn.Parameter(torch.ones(1)) for _ in range(channels)])


wrong("ScaleAndShift", "changed its input x in place")(scaling(ones, zeros, scaled_in_place))
wrong("ScaleAndShift", "leave out .data and detach()")(scaling(ones, zeros, scaled_data))
wrong("ScaleAndShift", "leave out .data and det")(scaling(ones, zeros, scaled_half_detached))
wrong("ScaleAndShift", "not lined up with the ch")(scaling(ones, zeros, scaled_along_height))
wrong("ScaleAndShift", "both scale and shift must")(scaling(one_by_one, zeros, scaled_by_list))
wrong("ScaleAndShift", "both scale and shift must be parameters")(ScaleShiftBuffer)


@wrong("count_by_child", "belongs to no child")
def count_by_first_word(model):
    counts = dict.fromkeys((name for name, _ in model.named_children()), 0)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            counts[name.split(".")[0]] += parameter.numel()
    return counts


@wrong("count_by_child", "belongs to no child")
def count_by_any_first_word(model):
    counts = {name: 0 for name, _ in model.named_children()}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            word = name.split(".")[0]
            counts[word] = counts.get(word, 0) + parameter.numel()
    return counts


@wrong("count_by_child", "head2 is not below head")
def count_by_start_of_name(model):
    return {
        child: sum(
            p.numel()
            for name, p in model.named_parameters()
            if name.startswith(child) and p.requires_grad
        )
        for child, _ in model.named_children()
    }


@wrong("count_by_child", "= forgets all but the last")
def counts_the_last(model):
    counts = {}
    for name, child in model.named_children():
        counts[name] = 0
        for p in child.parameters():
            if p.requires_grad:
                counts[name] = p.numel()
    return counts


@wrong("count_by_child", "starts from 0 again")
def counts_on_and_on(model):
    counts, total = {}, 0
    for name, child in model.named_children():
        for p in child.parameters():
            if p.requires_grad:
                total += p.numel()
        counts[name] = total
    return counts


@wrong("count_by_child", "that counts tensors")
def counts_all_tensors(model):
    return {name: len(list(child.parameters())) for name, child in model.named_children()}


@wrong("count_by_child", "one level down")
def counts_everything_below(model):
    return {
        n: sum(p.numel() for p in m.parameters() if p.requires_grad)
        for n, m in model.named_modules()
        if n
    }


@wrong("count_by_child", "state_dict() has buffers too")
def counts_states(model):
    return {n: sum(v.numel() for v in c.state_dict().values()) for n, c in model.named_children()}


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
@wrong("count_by_child", "'' is too much")
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


class BranchesListed(BranchesInList):
    def parameters(self, recurse=True):
        yield from self.last.parameters()
        for branch in self.branches:
            yield from branch.parameters()


wrong("RepairBranches", "parameters() alone is not enough")(BranchesListed)


@wrong("RepairBranches", "use .values()")
class BranchesNames(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = nn.ModuleDict({f"b{n}": nn.Linear(inputs, 3) for n in range(branches)})
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(sum(branch(x) for branch in self.branches))


@wrong("RepairBranches", "use .values()")
class BranchesDictInList(nn.Module):
    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = nn.ModuleList({f"b{n}": nn.Linear(inputs, 3) for n in range(branches)})
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(sum(branch(x) for branch in self.branches))


@wrong("copy_matching", "shapes must agree as well")
def copy_what_broadcasts(source, target):
    theirs, ours, left = source.state_dict(), target.state_dict(), []
    for name in ours:
        try:
            ours[name].copy_(theirs[name])
        except (KeyError, RuntimeError):
            left.append(name)
    return left


@wrong("copy_matching", "shapes must agree as well")
def copy_by_count(source, target):
    theirs, ours, left = source.state_dict(), target.state_dict(), []
    for name in ours:
        if name in theirs and theirs[name].numel() == ours[name].numel():
            ours[name].copy_(theirs[name].reshape(ours[name].shape))
        else:
            left.append(name)
    return left


def fitting(source, target):
    theirs, ours = source.state_dict(), target.state_dict()
    return [name for name in ours if name in theirs and theirs[name].shape == ours[name].shape]


@wrong("copy_matching", "target is unchanged: changing the dictionary")
def copy_into_the_dictionary(source, target):
    ours, theirs, fits = target.state_dict(), source.state_dict(), fitting(source, target)
    for name in fits:
        ours[name] = theirs[name]
    return [name for name in ours if name not in fits]


@wrong("copy_matching", "not the other way round")
def copy_backwards(source, target):
    copy_in_place(target, source)
    return copy_in_place(deepcopy(source), deepcopy(target))


@wrong("copy_matching", "load_state_dict wants every name")
def copy_some_strictly(source, target):
    theirs, fits = source.state_dict(), fitting(source, target)
    target.load_state_dict({name: theirs[name] for name in fits})
    return [name for name in target.state_dict() if name not in fits]


@wrong("copy_matching", "look at each name first")
def copy_without_looking(source, target):
    return list(target.load_state_dict(source.state_dict(), strict=False).missing_keys)


@wrong("copy_matching", "ask `name in theirs` first")
def copy_every_name(source, target):
    theirs, ours, left = source.state_dict(), target.state_dict(), []
    for name in ours:
        if theirs[name].shape == ours[name].shape:
            ours[name].copy_(theirs[name])
        else:
            left.append(name)
    return left


@wrong("copy_matching", "go over target's names")
def copy_every_name_of_source(source, target):
    theirs, ours, left = source.state_dict(), target.state_dict(), []
    for name in theirs:
        if theirs[name].shape == ours[name].shape:
            ours[name].copy_(theirs[name])
        else:
            left.append(name)
    return left


@wrong("copy_matching", "names that only target has are left")
def copy_common_names(source, target):
    theirs, ours, left = source.state_dict(), target.state_dict(), []
    for name in theirs:
        if name in ours and theirs[name].shape == ours[name].shape:
            ours[name].copy_(theirs[name])
        elif name in ours:
            left.append(name)
    return left


@wrong("copy_matching", "do not sort")
def copy_sorted(source, target):
    return sorted(copy_in_place(source, target))


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


def is_leaf(module):
    return not list(module.children())


def is_no_sequential(module):
    return not isinstance(module, nn.Sequential)


def is_any(module):
    return True


children, modules = nn.Module.named_children, nn.Module.named_modules


def watched(model, x, *, remove=True, wanted=is_leaf, modules=modules, run=None):
    found, hooks = [], []
    for name, module in modules(model):
        if wanted(module):
            hooks.append(
                module.register_forward_hook(
                    lambda m, i, out, name=name: found.append((name, tuple(out.shape)))
                )
            )
    (run or model)(x)
    for hook in hooks if remove else ():
        hook.remove()
    return found


@wrong("output_shapes", "a hook is left")
def shapes_with_hooks_left(model, x):
    return watched(model, x, remove=False)


@wrong("output_shapes", "modules with children do not count")
def shapes_of_all(model, x):
    return watched(model, x, wanted=is_any)


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


def shapes_as(change):
    return lambda model, x: [change(model, *pair) for pair in watched(model, x)]


for answer, advice in {
    shapes_as(lambda model, name, shape: (name.split(".")[-1], shape)): "the whole name, with dots",
    shapes_as(lambda model, name, shape: (name, list(shape))): "each item is a tuple",
    shapes_as(lambda model, name, shape: [name, shape]): "each item is a tuple",
    shapes_as(lambda model, name, shape: (name, shape[1:])): "with the batch in front",
    shapes_as(
        lambda model, name, shape: (type(model.get_submodule(name)).__name__, shape)
    ): "not the class",
    (lambda model, x: list(dict(watched(model, x)).items())): "a dictionary only the last",
    (lambda model, x: dict(watched(model, x))): "list",
    (lambda model, x: []): "nothing was seen: call model(x) once",
    (lambda model, x: watched(model, x, run=model.forward)): "not model.forward(x)",
    (lambda model, x: watched(model, x, modules=children)): "one level only",
    (lambda model, x: watched(model, x, wanted=is_any, modules=children)): "one level only",
    (
        lambda model, x: watched(model, x, wanted=is_no_sequential)
    ): "a Sequential is not the only module",
}.items():
    wrong("output_shapes", advice)(answer)


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
