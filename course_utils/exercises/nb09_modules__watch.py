"""Exercises of notebook 09, fourth part: what hooks see."""

from functools import partial

from torch import nn

from ._define import Mistake, collect, exercise


class _Turned(nn.Module):
    """Runs its layers in another order than it made them."""

    def __init__(self):
        super().__init__()
        self.second = nn.Linear(4, 2)
        self.first = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU()))

    def forward(self, x):
        return self.second(self.first(x))


def _watched(rng):
    def make():
        plain = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
        nested = nn.Sequential(
            nn.Sequential(nn.Linear(3, 4)), nn.Sequential(nn.Sequential(nn.ReLU()))
        )
        single, relu = nn.Linear(3, 4), nn.ReLU()
        shared = nn.Sequential(nn.Linear(3, 3), relu, nn.Linear(3, 4), relu)
        return rng.choice([plain, nested, single, shared, _Turned()])

    return {"model": rng.build(make), "x": rng.tensor(rng.randint(1, 4), 3)}


def _observe_shapes(watch, model, x):
    report = {"shapes": watch(model, x)}
    report["hooks that are left"] = sum(
        len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()
    )
    return report


def _is_leaf(module):
    return not list(module.children())


def _watch(model, x, *, wanted=_is_leaf, names=True, modules=nn.Module.named_modules):
    found = []
    hooks = [
        module.register_forward_hook(
            lambda m, i, output, name=name: found.append((name, tuple(output.shape)))
        )
        for name, module in modules(model)
        if wanted(module)
    ]
    model(x)
    for hook in hooks:
        hook.remove()
    return found if names else [shape for _, shape in found]


def _shapes(test):
    """Return a predicate on the learner's list of pairs and the right one."""
    return lambda case, got, expected: test(case["model"], got["shapes"], expected["shapes"])


def _called(wrong_names):
    """Return a predicate: the names are ``wrong_names(model, right names)`` instead."""

    def applies(model, got, right):
        names = [name for name, _ in right]
        return [name for name, _ in got] == wrong_names(model, names) != names

    return _shapes(applies)


def _last(model, names):
    return [list(model.named_modules())[-1][0]] * len(names)


def _kinds(model, names):
    return [type(model.get_submodule(name)).__name__ for name in names]


def _lost_a_second_run(model, got, right):
    return len(dict(right)) < len(right) and dict(got) == dict(right)


def _in_another_order(model, got, right):
    return isinstance(got, list) and sorted(map(str, got)) == sorted(map(str, right))


def _has_no_tuples(model, got, right):
    return not all(isinstance(pair, tuple) and isinstance(pair[1], tuple) for pair in got)


def _lacks_the_batch(model, got, right):
    return [tuple(shape) for _, shape in got] == [shape[1:] for _, shape in right]


@exercise(
    observe=_observe_shapes,
    cases=_watched,
    count=60,
    praise="in the order in which they ran, and no hook is left",
    hints=[
        "For each of model.named_modules(): if not list(module.children()), hang a hook on it.",
        "Each hook needs its own name: write a function that takes the name and returns the hook.",
        "Keep what register_forward_hook returns, run model(x), then remove() each.",
    ],
    mistakes=[
        Mistake(
            "a hook is left: keep what register_forward_hook returns, and remove() it",
            when=lambda case, got, expected: isinstance(got, dict) and got["hooks that are left"],
        ),
        Mistake(
            "modules with children do not count: skip those with list(module.children())",
            like=partial(_watch, wanted=lambda module: True),
        ),
        Mistake(
            "a Sequential is not the only module with children: skip those with "
            "list(module.children())",
            like=partial(_watch, wanted=lambda module: not isinstance(module, nn.Sequential)),
        ),
        *(
            Mistake(
                "named_children() is one level only: go over named_modules()",
                like=partial(_watch, wanted=wanted, modules=nn.Module.named_children),
            )
            for wanted in (_is_leaf, lambda module: True)
        ),
        Mistake(
            "the names are wanted as well: (name, shape)",
            like=partial(_watch, names=False),
        ),
        Mistake(
            "nothing was seen: call model(x) once, not model.forward(x); a layer alone counts too, "
            "its name is '': use named_modules()",
            when=_shapes(lambda model, got, right: len(got) == 0),
        ),
        Mistake(
            "the whole name, with dots, as named_modules() gives it",
            when=_called(lambda model, names: [name.rpartition(".")[2] for name in names]),
        ),
        Mistake(
            "all hooks saw the *last* name: a function made in a loop looks the name up when it "
            "runs; give it the name as a default: def hook(m, i, out, name=name)",
            when=_called(_last),
        ),
        Mistake("the name that named_modules() gives, not the class", when=_called(_kinds)),
        Mistake(
            "a module may run twice: a list keeps both, a dictionary only the last",
            when=_shapes(_lost_a_second_run),
        ),
        Mistake("the whole shape, with the batch in front", when=_shapes(_lacks_the_batch)),
        Mistake(
            "each item is a tuple, and so is its shape: (name, tuple(output.shape))",
            when=_shapes(_has_no_tuples),
        ),
        Mistake(
            "in the order in which they run, not in which they were made: let the hooks collect",
            when=_shapes(_in_another_order),
        ),
    ],
)
def output_shapes(model, x):
    """Return a list of (name, shape as a tuple) for the modules without children."""
    found = []

    def watch(name):
        return lambda module, inputs, output: found.append((name, tuple(output.shape)))

    hooks = [
        module.register_forward_hook(watch(name))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    model(x)
    for hook in hooks:
        hook.remove()
    return found


EXERCISES = collect(vars())
