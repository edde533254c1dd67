"""Wrong answers to the exercises of notebook 06, and right ones in another style."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge
from course_utils.exercises.nb06_tensorboard import grey_maps, read_curve, shown_pixels
from course_utils.exercises.nb06_tensorboard__curves import repair_logging
from course_utils.exercises.nb06_tensorboard__smoothing import smooth_curve
from course_utils.widgets.curves import smooth

wrong = WrongAnswers("06")


def events_of(folder, tag):
    return EventAccumulator(str(folder)).Reload().Scalars(tag)


@wrong("read_curve", "take .step and .value")
def curve_events(folder, tag):
    return events_of(folder, tag)


@wrong("read_curve", "steps come first")
def curve_turned(folder, tag):
    events = events_of(folder, tag)
    return [event.value for event in events], [event.step for event in events]


@wrong("read_curve", "steps are wanted as well")
def curve_values_only(folder, tag):
    return [event.value for event in events_of(folder, tag)]


@wrong("read_curve", "each event knows its own .step")
def curve_counted(folder, tag):
    values = [event.value for event in events_of(folder, tag)]
    return list(range(len(values))), values


@wrong("read_curve", "wall_time is the clock")
def curve_by_clock(folder, tag):
    events = events_of(folder, tag)
    return [event.wall_time for event in events], [event.value for event in events]


@wrong("read_curve", "not the one that was asked")
def curve_of_first_tag(folder, tag):
    log = EventAccumulator(str(folder)).Reload()
    events = log.Scalars(log.Tags()["scalars"][0])
    return [event.step for event in events], [event.value for event in events]


@wrong("read_curve", "either Reload() was not called")
def curve_without_reload(folder, tag):
    events = EventAccumulator(str(folder)).Scalars(tag)
    return [event.step for event in events], [event.value for event in events]


@wrong("read_curve", "wanted are two lists")
def curve_pairs(folder, tag):
    return [(event.step, event.value) for event in events_of(folder, tag)]


@wrong("read_curve", "either Reload() was not called, or that tag is not in the file")
def curve_of_a_tag_in_quotes(folder, tag):
    events = events_of(folder, "tag")
    return [event.step for event in events], [event.value for event in events]


@wrong("read_curve", "read the one that was asked")
def curve_always_loss(folder, tag):
    events = events_of(folder, "loss")
    return [event.step for event in events], [event.value for event in events]


@wrong("read_curve", "yours ")
def curve_last_is_lost(folder, tag):
    events = events_of(folder, tag)[:-1]
    return [event.step for event in events], [event.value for event in events]


wrong.value("shown_pixels", [128, 128, 255, 255], "fraction is dropped")
wrong.value("shown_pixels", [128, 127.5, 255, 255], "fraction is dropped")
wrong.value("shown_pixels", [128, 128, 255, 200], "fraction is dropped")
wrong.value("shown_pixels", [255, 128, 255, 255], "uint8 is written as it is")
wrong.value("shown_pixels", [128, 127, 255, 56], "cut off at 255")
wrong.value("shown_pixels", [128, 127, 382.5, 255], "cut off at 255")
wrong.value("shown_pixels", [128, 127, 126, 255], "does not wrap")
wrong.value("shown_pixels", [128, 127, 255, 200], "far above 1")
wrong.value("shown_pixels", [128, 0, 1, 200], "floats are multiplied")
wrong.value("shown_pixels", [255, 127, 255, 255], "uint8 is written as it is")
wrong.value("shown_pixels", (128, 127, 255), "yours")


@wrong("grey_maps", "one channel a picture")
def maps_in_threes(maps):
    low, high = maps.amin((2, 3), keepdim=True), maps.amax((2, 3), keepdim=True)
    return ((maps - low) / (high - low)).reshape(-1, 3, *maps.shape[2:])


def spread(maps, dims):
    low, high = maps.amin(dims, keepdim=True), maps.amax(dims, keepdim=True)
    return ((maps - low) / (high - low)).reshape(-1, 1, *maps.shape[2:])


@wrong("grey_maps", "each map needs its own")
def maps_all_together(maps):
    scaled = (maps - maps.min()) / (maps.max() - maps.min())
    return scaled.reshape(-1, 1, *maps.shape[2:])


@wrong("grey_maps", "all channels of a picture together")
def maps_by_picture(maps):
    return spread(maps, (1, 2, 3))


@wrong("grey_maps", "over the whole batch")
def maps_by_channel(maps):
    return spread(maps, (0, 2, 3))


@wrong("grey_maps", "the order is wrong")
def maps_by_channel_first(maps):
    return torch.cat([spread(maps[:, c : c + 1], (2, 3)) for c in range(maps.shape[1])])


@wrong("grey_maps", "must run from 0 to 1")
def maps_unscaled(maps):
    return maps.reshape(-1, 1, *maps.shape[2:])


@wrong("grey_maps", "cutting off")
def maps_cut(maps):
    return maps.clamp(0, 1).reshape(-1, 1, *maps.shape[2:])


@wrong("grey_maps", "the fixed scale of the cell above")
def maps_halved(maps):
    return maps.reshape(-1, 1, *maps.shape[2:]) / 2 + 0.5


@wrong("grey_maps", "keepdim=True makes them")
def maps_without_keepdim(maps):
    low, high = maps.amin(dim=(2, 3)), maps.amax(dim=(2, 3))
    return ((maps - low) / (high - low)).reshape(-1, 1, *maps.shape[2:])


@wrong("grey_maps", "not by the largest")
def maps_divided_by_largest(maps):
    low = maps.amin((2, 3), keepdim=True)
    return ((maps - low) / maps.amax((2, 3), keepdim=True)).reshape(-1, 1, *maps.shape[2:])


@wrong("grey_maps", "only the first picture")
def maps_batch_of_one(maps):
    return spread(maps[:1], (2, 3))


@wrong("grey_maps", "a channel dimension of 1")
def maps_without_channel(maps):
    return spread(maps, (2, 3)).squeeze(1)


@wrong("grey_maps", "maps")
def maps_changed(maps):
    maps -= maps.amin((2, 3), keepdim=True)
    maps /= maps.amax((2, 3), keepdim=True)
    return maps.reshape(-1, 1, *maps.shape[2:])


@wrong("grey_maps", "yours")
def maps_right_on_squares_only(maps):
    return spread(maps, (2, 3)).reshape(-1, 1, maps.shape[3], maps.shape[2])


@wrong("repair_logging", "three mistakes")
def logging_order_kept(writer, epochs):
    for losses in epochs:
        step = 0
        for loss in losses:
            writer.add_scalar("loss", scalar_value=step, global_step=loss)
            step = +1


@wrong("repair_logging", "add_scalar(tag, value, step)")
def logging_turned(writer, epochs):
    step = 0
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", step, loss)
            step += 1


@wrong("repair_logging", "two are left: the order of value and step, and = +1")
def logging_turned_plus_one(writer, epochs):
    step = 0
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", step, loss)
            step = +1


@wrong("repair_logging", "two are left: the order of value and step, and a step that starts anew")
def logging_turned_restarts(writer, epochs):
    for losses in epochs:
        for step, loss in enumerate(losses):
            writer.add_scalar("loss", step, loss)


@wrong("repair_logging", "epochs differ in length")
def logging_multiplied(writer, epochs):
    for epoch, losses in enumerate(epochs):
        for place, loss in enumerate(losses):
            writer.add_scalar("loss", loss, epoch * len(losses) + place)


@wrong("repair_logging", "epochs differ in length")
def logging_as_long_as_the_first(writer, epochs):
    for epoch, losses in enumerate(epochs):
        for place, loss in enumerate(losses):
            writer.add_scalar("loss", loss, epoch * len(epochs[0]) + place)


@wrong("repair_logging", "sets it to plus one")
def logging_plus_one(writer, epochs):
    step = 0
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step = +1


@wrong("repair_logging", "two are left")
def logging_only_turned_back(writer, epochs):
    for losses in epochs:
        step = 0
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step = +1


@wrong("repair_logging", "starts at 0 again")
def logging_restarts(writer, epochs):
    for losses in epochs:
        for step, loss in enumerate(losses):
            writer.add_scalar("loss", loss, step)


@wrong("repair_logging", "log, then count")
def logging_from_one(writer, epochs):
    step = 0
    for losses in epochs:
        for loss in losses:
            step += 1
            writer.add_scalar("loss", loss, step)


@wrong("repair_logging", "a step of its own")
def logging_by_epoch(writer, epochs):
    for epoch, losses in enumerate(epochs):
        for loss in losses:
            writer.add_scalar("loss", loss, epoch)


@wrong("repair_logging", "values")
def logging_means(writer, epochs):
    for epoch, losses in enumerate(epochs):
        writer.add_scalar("loss", sum(losses) / max(len(losses), 1), epoch)


@wrong("repair_logging", "nothing was logged")
def logging_under_another_name(writer, epochs):
    for step, loss in enumerate(loss for losses in epochs for loss in losses):
        writer.add_scalar("Loss", loss, step)


@wrong("repair_logging", "steps")
def logging_short_epochs(writer, epochs):
    for epoch, losses in enumerate(epochs):
        for place, loss in enumerate(losses):
            writer.add_scalar("loss", loss, epoch * (len(losses) + 1) + place)


def count_runs(paths):
    return len(list(paths))


@wrong("fresh_run", "that number is still taken")
def run_counted(folder, name):
    return folder / f"{name}_{count_runs(folder.glob(f'{name}_[0-9][0-9]')):02d}"


@wrong("fresh_run", "runs of other names too")
def run_counts_all(folder, name):
    return folder / f"{name}_{count_runs(folder.iterdir()):02d}"


@wrong("fresh_run", "also finds lr_big")
def run_loose_pattern(folder, name):
    return folder / f"{name}_{count_runs(folder.glob(name + '*')):02d}"


@wrong("fresh_run", "you count runs: where one was deleted, that number may be taken")
def run_loose_pattern_with_underscore(folder, name):
    return folder / f"{name}_{len(list(folder.glob(name + '_*'))):02d}"


@wrong("fresh_run", "a gap is free too")
def run_after_last(folder, name):
    taken = [int(path.name[-2:]) for path in folder.glob(f"{name}_[0-9][0-9]")]
    return folder / f"{name}_{max(taken, default=-1) + 1:02d}"


@wrong("fresh_run", "mixes two runs")
def run_always_zero(folder, name):
    return folder / f"{name}_00"


@wrong("fresh_run", "keep looking")
def run_one_try(folder, name):
    first = folder / f"{name}_00"
    return folder / f"{name}_01" if first.exists() else first


@wrong("fresh_run", "inside the folder")
def run_name_only(folder, name):
    number = 0
    while (folder / f"{name}_{number:02d}").exists():
        number += 1
    return f"{name}_{number:02d}"


@wrong("fresh_run", "two digits")
def run_one_digit(folder, name):
    number = 0
    while (folder / f"{name}_{number:02d}").exists():
        number += 1
    return folder / f"{name}_{number}"


@wrong("fresh_run", "only its name is wanted")
def run_created(folder, name):
    number = 0
    while True:
        try:
            (folder / f"{name}_{number:02d}").mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder / f"{name}_{number:02d}"


def first_run(folder, spelling, taken=Path.exists, numbers=range(99)):
    paths = [folder / spelling.format(number) for number in numbers]
    return next((path for path in paths if not taken(path)), None)


@wrong("fresh_run", "not always lr")
def run_always_lr(folder, name):
    return first_run(folder, "lr_{:02d}")


@wrong("fresh_run", "with braces")
def run_called_name(folder, name):
    return first_run(folder, "name_{:02d}")


@wrong("fresh_run", "from ten on no 0")
def run_with_a_zero(folder, name):
    return first_run(folder, name + "_0{}")


@wrong("fresh_run", "two digits")
def run_three_digits(folder, name):
    return first_run(folder, name + "_{:03d}")


@wrong("fresh_run", "an underscore")
def run_with_hyphen(folder, name):
    return first_run(folder, name + "-{:02d}")


@wrong("fresh_run", "it returns None, not a path")
def run_up_to_nine(folder, name):
    return first_run(folder, name + "_{:02d}", numbers=range(10))


@wrong("fresh_run", "not is_dir()")
def run_beside_a_file(folder, name):
    return first_run(folder, name + "_{:02d}", taken=Path.is_dir)


@wrong("fresh_run", "_00")
def run_from_one(folder, name):
    number = 1
    while (folder / f"{name}_{number:02d}").exists():
        number += 1
    return folder / f"{name}_{number:02d}"


@wrong("smooth_curve", "pulled towards 0")
def smooth_uncorrected(values, smoothing):
    average, out = 0.0, []
    for value in values:
        average = smoothing * average + (1 - smoothing) * value
        out.append(average)
    return out


@wrong("smooth_curve", "starts from the first value")
def smooth_from_first(values, smoothing):
    out = [values[0]]
    for value in values[1:]:
        out.append(smoothing * out[-1] + (1 - smoothing) * value)
    return out


@wrong("smooth_curve", "keep the uncorrected average")
def smooth_fed_back(values, smoothing):
    average, out = 0.0, []
    for count, value in enumerate(values, start=1):
        average = smoothing * average + (1 - smoothing) * value
        average = average / (1 - smoothing**count)
        out.append(average)
    return out


@wrong("smooth_curve", "changes from step to step")
def smooth_one_factor(values, smoothing):
    return [value / (1 - smoothing) for value in smooth_uncorrected(values, smoothing)]


@wrong("smooth_curve", "the weights are swapped")
def smooth_swapped(values, smoothing):
    average, out = 0.0, []
    for count, value in enumerate(values, start=1):
        average = (1 - smoothing) * average + smoothing * value
        out.append(average / (1 - smoothing**count))
    return out


@wrong("smooth_curve", "not only the last")
def smooth_last(values, smoothing):
    return smooth(values, smoothing)[-1]


@wrong("smooth_curve", "make a copy of values first")
def smooth_in_place(values, smoothing):
    values[:] = smooth(values, smoothing)
    return values


@wrong("smooth_curve", "ZeroDivisionError")
def smooth_from_zero(values, smoothing):
    average, out = 0.0, []
    for count, value in enumerate(values):
        average = smoothing * average + (1 - smoothing) * value
        out.append(average / (1 - smoothing**count))
    return out


test_is_told_the_mistake, test_three_or_more = wrong.tests()


def curve_with_numpy(folder, tag):
    events = events_of(folder, tag)
    return [np.int64(event.step) for event in events], [np.float64(event.value) for event in events]


def curve_as_list_of_two(folder, tag):
    log = EventAccumulator(str(folder))
    log.Reload()
    steps, values = [], []
    for event in log.Scalars(tag):
        steps.append(event.step)
        values.append(event.value)
    return steps, values


def maps_with_loops(maps):
    pictures = []
    for picture in maps:
        for channel in picture:
            pictures.append((channel - channel.min()) / (channel.max() - channel.min()))
    return torch.stack(pictures).unsqueeze(1)


def logging_enumerated(writer, epochs):
    for step, loss in enumerate(loss for losses in epochs for loss in losses):
        writer.add_scalar(tag="loss", scalar_value=loss, global_step=step)


def logging_and_close(writer, epochs):
    step = 0
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", torch.tensor(loss), step)
            step = step + 1
    writer.close()


def logging_the_epoch_too(writer, epochs):
    step = 0
    for epoch, losses in enumerate(epochs):
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            writer.add_scalar("epoch", epoch, step)
            step += 1


def run_as_text(folder, name):
    for number in range(100):
        path = folder / f"{name}_{number:02}"
        if not path.exists():
            return str(path)
    return None


def smooth_by_weights(values, smoothing):
    out = []
    for count in range(1, len(values) + 1):
        weights = [smoothing ** (count - 1 - place) for place in range(count)]
        out.append(float(np.average(values[:count], weights=weights)))
    return out


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("read_curve", curve_with_numpy),
        ("read_curve", curve_as_list_of_two),
        ("grey_maps", maps_with_loops),
        ("repair_logging", logging_enumerated),
        ("repair_logging", logging_and_close),
        ("repair_logging", logging_the_epoch_too),
        ("fresh_run", run_as_text),
        ("smooth_curve", smooth_by_weights),
        ("smooth_curve", smooth),
        ("shown_pixels", [128, 127, 255, 255]),
        ("shown_pixels", [128.0, 127.0, 255.0, 255.0]),
    ],
)
def test_another_right_answer_is_accepted(exercise, answer):
    verdict = judge(answer, exercise)
    assert verdict.status == "solved", verdict.text


def test_the_pixels_are_those_that_tensorboard_writes(tmp_path):
    pictures = [torch.full((3, 2, 2), 128, dtype=torch.uint8)]
    pictures += [torch.full((3, 2, 2), value) for value in (0.5, 1.5, 200.0)]
    with SummaryWriter(tmp_path) as writer:
        for step, picture in enumerate(pictures):
            writer.add_image("picture", picture, step)
    events = EventAccumulator(str(tmp_path)).Reload().Images("picture")
    written = [Image.open(io.BytesIO(event.encoded_image_string)) for event in events]
    assert [np.asarray(image)[0, 0, 0] for image in written] == shown_pixels()


def test_grey_maps_can_be_logged(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_images("maps", grey_maps(torch.randn(2, 6, 4, 5)), 0)
        repair_logging(writer, [[1.5, 0.5], [0.25]])
    assert read_curve(tmp_path, "loss") == ([0, 1, 2], [1.5, 0.5, 0.25])


def test_smoothing_is_the_courses():
    values = [3.0, -1.0, 2.5, 0.0]
    for smoothing in (0.0, 0.3, 0.99):
        assert smooth_curve(values, smoothing) == pytest.approx(smooth(values, smoothing))


def test_long_curves_are_thinned_unless_you_say_otherwise(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(10_050):
            writer.add_scalar("loss", 0.1, step)
    assert len(EventAccumulator(str(tmp_path)).Reload().Scalars("loss")) == 10_000
    steps, values = read_curve(tmp_path, "loss")
    assert steps == [*range(10_050)]
    assert values[0] == float(np.float32(0.1)) != 0.1
