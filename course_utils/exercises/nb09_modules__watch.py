"""Exercises of notebook 09, third part: what hooks see."""

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
        single = nn.Linear(3, 4)
        return rng.choice([plain, nested, single, _Turned()])

    return {"model": rng.build(make), "x": rng.tensor(rng.randint(1, 4), 3)}


def _observe_shapes(watch, model, x):
    report = {"shapes": watch(model, x)}
    report["hooks that are left"] = sum(
        len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()
    )
    return report


def _watch(model, x, *, inner=False, names=True):
    found = []
    hooks = [
        module.register_forward_hook(
            lambda m, i, output, name=name: found.append((name, tuple(output.shape)))
        )
        for name, module in model.named_modules()
        if inner or not list(module.children())
    ]
    model(x)
    for hook in hooks:
        hook.remove()
    return found if names else [shape for _, shape in found]


def _has_late_names(case, got, expected):
    shapes = got["shapes"] if isinstance(got, dict) else None
    return (
        isinstance(shapes, list)
        and len(shapes) == len(expected["shapes"]) > 1
        and len({name for name, *_ in shapes if isinstance(name, str)}) == 1
    )


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
            like=lambda model, x: _watch(model, x, inner=True),
        ),
        Mistake(
            "the names are wanted as well: (name, shape)",
            like=lambda model, x: _watch(model, x, names=False),
        ),
        Mistake(
            "all hooks saw the *last* name: a function made in a loop looks the name up when it "
            "runs; give it the name as a default: def hook(m, i, out, name=name)",
            when=_has_late_names,
        ),
        Mistake(
            "in the order in which they run, not in which they were made: let the hooks collect",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and isinstance(got["shapes"], list)
                and got["shapes"] != expected["shapes"]
                and sorted(map(str, got["shapes"])) == sorted(map(str, expected["shapes"]))
            ),
        ),
        Mistake(
            "run the model once with x, so that the hooks see something",
            when=lambda case, got, expected: isinstance(got, dict) and got["shapes"] == [],
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
