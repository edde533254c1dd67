"""Exercises of notebook 06: read the event files back, and log pictures that mean something."""

import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from ._define import Mistake, collect, exercise

ORDER = (
    "read_curve",
    "repair_logging",
    "fresh_run",
    "smooth_curve",
    "shown_pixels",
    "grey_maps",
)


def _curves_case(rng):
    tags = rng.sample(["loss", "accuracy", "loss/train", "loss/valid"], rng.randint(1, 3))
    curves = {}
    for tag in tags:
        steps = sorted(rng.sample(range(1, 60), rng.randint(1, 6)))
        curves[tag] = [(step, rng.randint(1, 99) / 8) for step in steps]
    return {"curves": curves, "tag": rng.choice(tags)}


def _read_logged(read, curves, tag):
    """Write the curves, (step, value) for each tag, and let ``read`` find one of them."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with SummaryWriter(folder) as writer:
            for name, points in curves.items():
                for step, value in points:
                    writer.add_scalar(name, value, step)
        return read(folder, tag)


def _events(folder, tag):
    return EventAccumulator(folder).Reload().Scalars(tag)


def _first_tag(folder, tag):
    return read_curve(folder, EventAccumulator(folder).Reload().Tags()["scalars"][0])


@exercise(
    observe=_read_logged,
    cases=_curves_case,
    count=20,
    hints=[
        "log = EventAccumulator(folder), then log.Reload(): now it has read the files.",
        "log.Scalars(tag) is a list of events; each has .step, .value and .wall_time.",
        "Two lists, one made of all event.step, one of all event.value.",
    ],
    mistakes=[
        Mistake(
            "these are the events; take .step and .value out of each",
            when=lambda case, got, expected: isinstance(got, list) and hasattr(got[0], "wall_time"),
        ),
        Mistake(
            "the steps come first, then the values",
            like=lambda folder, tag: read_curve(folder, tag)[::-1],
        ),
        Mistake(
            "the steps are wanted as well: (steps, values)",
            like=lambda folder, tag: read_curve(folder, tag)[1],
        ),
        Mistake(
            "steps need not be 0, 1, 2 …: each event knows its own .step",
            like=lambda folder, tag: (
                list(range(len(_events(folder, tag)))),
                read_curve(folder, tag)[1],
            ),
        ),
        Mistake(
            "wall_time is the clock when it was written; the place on the axis is .step",
            like=lambda folder, tag: (
                [event.wall_time for event in _events(folder, tag)],
                read_curve(folder, tag)[1],
            ),
        ),
        Mistake("that is the first tag in the file, not the one that was asked", like=_first_tag),
        Mistake(
            "these are pairs (step, value); wanted are two lists: all steps, all values",
            like=lambda folder, tag: list(zip(*read_curve(folder, tag), strict=True)),
        ),
        Mistake(
            "either Reload() was not called, or that tag is not in the file",
            like=lambda folder, tag: EventAccumulator(folder).Scalars(tag),
        ),
        Mistake(
            "that tag is not in this file: read the one that was asked, tag",
            when=lambda case, got, expected: "KeyError" in getattr(got, "text", ""),
        ),
    ],
)
def read_curve(folder, tag):
    """Return (steps, values) of one tag in the event files of ``folder``, a text: two lists."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload().Scalars(tag)
    return [event.step for event in events], [event.value for event in events]


def _whole(answer):
    """Return a list of numbers with each whole float as an int: 128.0 is as good as 128."""
    if not isinstance(answer, list):
        return answer
    return [int(x) if isinstance(x, float) and x.is_integer() else x for x in answer]


def _pixel(place, *values):
    """Return a test whether the pixel at ``place`` is wrong, or is one of ``values``."""

    def is_so(case, got, expected):
        return got[place] in values if values else got[place] != expected[place]

    return is_so


@exercise(
    value=True,
    observe=_whole,
    hints=[
        "add_image looks at the type first: uint8 is written as it is.",
        "Any other type is taken for 0 … 1: times 255, then cut off at 0 and 255.",
        "The fraction is dropped, not rounded: 127.5 becomes 127.",
    ],
    mistakes=[
        Mistake("uint8 is written as it is: only floats are multiplied", when=_pixel(0)),
        Mistake("floats are multiplied by 255, also 0.5", when=_pixel(1, 0, 0.5, 1)),
        Mistake("0.5 · 255 is 127.5, and the fraction is dropped", when=_pixel(1)),
        Mistake("1.5 · 255 is too much; it does not wrap around: cut off at 255", when=_pixel(2)),
        Mistake("a float of 200 is far above 1: times 255, cut off at 255", when=_pixel(3)),
    ],
)
def shown_pixels():
    """Return the pixel values that ``add_image`` writes for four plain pictures.

    uint8 of 128, float of 0.5, float of 1.5, float of 200.
    """
    return [128, 127, 255, 255]


def _maps_case(rng):
    shape = rng.randint(1, 3), rng.choice([2, 3, 6]), rng.randint(2, 4), rng.randint(2, 4)
    return {"maps": rng.tensor(*shape)}


def _scaled(maps, dims):
    low, high = maps.amin(dims, keepdim=True), maps.amax(dims, keepdim=True)
    return (maps - low) / (high - low)


def _as_rows(maps):
    return maps.reshape(-1, 1, *maps.shape[2:])


def _channels_outside(maps):
    return _as_rows(_scaled(maps, (2, 3)).transpose(0, 1))


def _without_keepdim(maps):
    low, high = maps.amin((2, 3)), maps.amax((2, 3))
    return _as_rows((maps - low) / (high - low))


def _threes(maps):
    return _scaled(maps, (2, 3)).reshape(-1, 3, *maps.shape[2:])


@exercise(
    cases=_maps_case,
    count=60,
    hints=[
        "maps.reshape(N * C, 1, H, W) makes a picture of its own of each channel.",
        "low = maps.amin(dim=(2, 3), keepdim=True) is the smallest value of each map.",
        "(maps - low) / (high - low) runs from 0 to 1 in each map.",
    ],
    mistakes=[
        Mistake("three channels of one stack are no colours: one channel a picture", like=_threes),
        Mistake(
            "that is the smallest and largest of all maps; each map needs its own",
            like=lambda maps: _as_rows(_scaled(maps, (0, 1, 2, 3))),
        ),
        Mistake(
            "that scales all channels of a picture together; each map has its own range",
            like=lambda maps: _as_rows(_scaled(maps, (1, 2, 3))),
        ),
        Mistake(
            "that scales a channel over the whole batch; each map has its own range",
            like=lambda maps: _as_rows(_scaled(maps, (0, 2, 3))),
        ),
        Mistake(
            "the order is wrong: first all channels of picture 0, then those of picture 1",
            like=_channels_outside,
        ),
        Mistake("the values must run from 0 to 1: what is below 0 would be black", like=_as_rows),
        Mistake(
            "that is the fixed scale of the cell above; stretch each map by its own limits",
            like=lambda maps: _as_rows(maps / 2 + 0.5),
        ),
        Mistake(
            "the limits have shape (N, C): keepdim=True makes them (N, C, 1, 1)",
            like=_without_keepdim,
        ),
        Mistake(
            "cutting off at 0 and 1 loses all that lies outside; shift and divide",
            like=lambda maps: _as_rows(maps.clamp(0, 1)),
        ),
        Mistake(
            "the smallest value is 0 now; divide by (largest - smallest), not by the largest",
            like=lambda maps: _as_rows(
                (maps - maps.amin((2, 3), keepdim=True)) / maps.amax((2, 3), keepdim=True)
            ),
        ),
        Mistake(
            "only the first picture of the batch is there",
            like=lambda maps: _as_rows(_scaled(maps, (2, 3)))[: maps.shape[1]],
        ),
        Mistake(
            "add_images wants (N, 1, H, W): a channel dimension of 1",
            like=lambda maps: _scaled(maps, (2, 3)).flatten(0, 1),
        ),
    ],
)
def grey_maps(maps):
    """Turn (N, C, H, W) into grey pictures (N * C, 1, H, W), each scaled to run from 0 to 1.

    First all channels of picture 0, then those of picture 1 … No map is constant.
    """
    low, high = maps.amin((2, 3), keepdim=True), maps.amax((2, 3), keepdim=True)
    return ((maps - low) / (high - low)).reshape(-1, 1, *maps.shape[2:])


EXERCISES = collect(vars())
