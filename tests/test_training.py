import dataclasses
from unittest import mock

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from course_utils import _precision, epochs
from course_utils import training as t
from course_utils.checkpoint import load_checkpoint
from course_utils.loaders import FastLoader

CPU = torch.device("cpu")
CONFIG = t.TrainConfig(
    epochs=4, learning_rate=0.05, momentum=0.9, schedule="onecycle", precision="fp32"
)


class Stripes:
    """Two classes of 8×8 pictures: light left half, light right half; noisy, and learnable."""

    def __init__(self, count=37, seed=0):
        rng = np.random.default_rng(seed)
        self.targets = rng.integers(0, 2, count).tolist()
        self.data = rng.integers(0, 120, (count, 8, 8, 3), dtype=np.uint8)
        for image, target in zip(self.data, self.targets, strict=True):
            image[:, 4 * target : 4 * target + 4] += 100

    def __len__(self):
        return len(self.targets)


def _model():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(144, 2),
    )


def _loaders(batch_size=8):
    train = FastLoader(Stripes(), batch_size=batch_size, shuffle=True, crop_padding=1)
    return train, FastLoader(Stripes(20, seed=1), batch_size=8)


def _fit(model=None, config=CONFIG, loaders=None, **settings):
    return t.fit(
        model or _model(), *(loaders or _loaders()), config, device=CPU, progress=False, **settings
    )


def _curves(history):
    """Everything but the clock."""
    values = dataclasses.asdict(history)
    return {k: values[k] for k in values if k not in ("seconds", "images_per_second")}


def test_a_run_learns_and_keeps_its_curves():
    history = _fit()
    assert history.epochs == 4
    assert all(len(v) == 4 for v in dataclasses.asdict(history).values() if isinstance(v, list))
    assert history.valid_accuracy[-1] > 0.9
    assert history.train_loss[-1] < history.train_loss[0]
    assert history.valid_accuracy[history.best_epoch - 1] == max(history.valid_accuracy)


def test_equal_settings_give_equal_numbers():
    assert _curves(_fit()) == _curves(_fit())
    other = dataclasses.replace(CONFIG, seed=1)
    assert _curves(_fit(config=other)) != _curves(_fit())


def test_one_step_is_the_textbook_step():
    """fit against a loop that is written out, batch for batch."""
    loader = FastLoader(Stripes(), batch_size=8, shuffle=True)
    config = t.TrainConfig(epochs=2, learning_rate=0.1, precision="fp32", channels_last=False)
    ours = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    theirs = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    theirs.load_state_dict(ours.state_dict())
    history = t.fit(ours, loader, None, config, device=CPU, progress=False)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    total = 0.0
    for epoch in range(2):
        loader.set_epoch(epoch)
        total = 0.0
        for images, labels in loader:
            loss = F.cross_entropy(theirs(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
    assert torch.equal(ours[1].weight, theirs[1].weight)
    assert history.train_loss[-1] == pytest.approx(total / 37, rel=1e-6)
    assert history.valid_accuracy == []


def test_evaluation_weighs_images_and_restores_the_mode():
    model = _model().train()
    _, loader = _loaders()
    score = t.evaluate(model, loader, device=CPU)
    assert model.training
    images, labels = (torch.cat(parts) for parts in zip(*loader, strict=True))
    logits = model.eval()(images)
    assert score.loss == pytest.approx(F.cross_entropy(logits, labels).item(), rel=1e-6)
    assert score.accuracy == (logits.argmax(1) == labels).float().mean().item()
    with pytest.raises(ValueError, match="gave no batch"):
        t.evaluate(model, [], device=CPU)


class _Interrupting:
    """A loader in which Ctrl-C is pressed in the middle of a given epoch."""

    def __init__(self, loader, epoch):
        self.loader, self.interrupt_at, self.dataset = loader, epoch, loader.dataset

    def __len__(self):
        return len(self.loader)

    def set_epoch(self, epoch):
        self.loader.set_epoch(epoch)

    def __iter__(self):
        for number, batch in enumerate(self.loader):
            if self.loader.epoch - 1 == self.interrupt_at and number == 2:
                raise KeyboardInterrupt
            yield batch


@pytest.mark.parametrize("kind", ["FastLoader", "DataLoader"])
@pytest.mark.parametrize("interrupted_in", [0, 2])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, capsys, kind, interrupted_in):
    def loaders():
        fast, valid = _loaders()
        if kind == "FastLoader":
            return fast, valid
        images, labels = (torch.cat(parts) for parts in zip(*fast, strict=True))
        return DataLoader(TensorDataset(images, labels), batch_size=8, shuffle=True), valid

    model = _model()
    whole = _curves(_fit(model, loaders=loaders()))

    train, valid = loaders()
    stopper = _Interrupting(train, interrupted_in)
    if kind == "DataLoader":
        stopper = _interrupting_data_loader(train, interrupted_in)
    first = _fit(loaders=(stopper, valid), checkpoint_dir=tmp_path)
    assert first.interrupted
    assert first.epochs == interrupted_in
    assert "resume=True" in capsys.readouterr().out

    again = _model()
    resumed = _fit(again, loaders=loaders(), checkpoint_dir=tmp_path, resume=True)
    assert _curves(resumed) == whole
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def _interrupting_data_loader(loader, epoch):
    class Stopper:
        dataset, passes = loader.dataset, -1

        def __len__(self):
            return len(loader)

        def __iter__(self):
            self.passes += 1
            for number, batch in enumerate(loader):
                if self.passes == epoch and number == 2:
                    raise KeyboardInterrupt
                yield batch

    return Stopper()


def test_best_and_last_checkpoint(tmp_path):
    model = _model()
    history = _fit(model, checkpoint_dir=tmp_path)
    last, best = (load_checkpoint(tmp_path / f"{name}.pt") for name in ("last", "best"))
    assert last["config"] == dataclasses.asdict(CONFIG)
    assert len(best["history"]["train_loss"]) == history.best_epoch
    assert torch.equal(last["model"]["0.weight"], model[0].weight)
    finished = _fit(checkpoint_dir=tmp_path, resume=True)
    assert _curves(finished) == _curves(history)


def test_resume_refuses_other_settings(tmp_path):
    _fit(checkpoint_dir=tmp_path)
    for changes, message in (
        ({"learning_rate": 0.1}, "learning_rate=0.05, not 0.1"),
        ({"epochs": 9}, "epochs=4, not 9"),
    ):
        config = dataclasses.replace(CONFIG, **changes)
        with pytest.raises(ValueError, match=message):
            _fit(config=config, checkpoint_dir=tmp_path, resume=True)
    with pytest.raises(ValueError, match="resume=True needs checkpoint_dir"):
        _fit(resume=True)


def test_constant_schedule_can_go_on_for_more_epochs(tmp_path):
    short = t.TrainConfig(epochs=2, precision="fp32")
    long = dataclasses.replace(short, epochs=3)
    _fit(config=short, checkpoint_dir=tmp_path)
    assert _curves(_fit(config=long, checkpoint_dir=tmp_path, resume=True)) == _curves(
        _fit(config=long)
    )


def test_divergence_ends_the_run_and_keeps_the_last_good_checkpoint(tmp_path, capsys):
    config = t.TrainConfig(epochs=5, learning_rate=1e30, precision="fp32")
    deep = nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.Linear(8, 2))
    history = _fit(deep, config, checkpoint_dir=tmp_path)
    assert history.epochs < 5
    assert "smaller learning_rate than 1e+30" in capsys.readouterr().out
    assert not (tmp_path / "last.pt").exists()


def test_rest_of_one_image_is_explained():
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 4), nn.BatchNorm1d(4))
    with pytest.raises(ValueError, match=r"batch of 1 image is too small.*drop_last=True"):
        _fit(model, loaders=_loaders(batch_size=36))


def test_tensorboard_gets_the_curves(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    history = _fit(log_dir=tmp_path)
    events = EventAccumulator(str(tmp_path)).Reload()
    read = [(e.step, e.value) for e in events.Scalars("loss/valid")]
    assert [step for step, _ in read] == [1, 2, 3, 4]
    assert [value for _, value in read] == pytest.approx(history.valid_loss, rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": "cosine"}, "schedule 'cosine' is unknown; use one of constant, onecycle"),
        ({"precision": "fp8"}, "precision 'fp8' is unknown"),
        ({"epochs": 0}, "epochs 0 must be at least 1"),
        ({"learning_rate": -1.0}, "learning_rate -1.0 above 0"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        t.TrainConfig(**settings)


@pytest.mark.parametrize(("fp32", "bf16", "chosen"), [(2.0, 1.0, "bf16"), (1.1, 1.0, "fp32")])
def test_bf16_only_where_the_trial_is_faster(monkeypatch, fp32, bf16, chosen):
    monkeypatch.delenv("COURSE_PRECISION", raising=False)
    monkeypatch.setattr(_precision, "_trial", lambda *a: {"fp32": fp32, "bf16": bf16})
    args = (nn.Linear(1, 1), torch.zeros(1, 1), torch.zeros(1), CPU)
    assert _precision.choose("auto", *args) == chosen
    assert _precision.choose("fp32", *args) == "fp32"
    monkeypatch.setenv("COURSE_PRECISION", "half")
    with pytest.raises(ValueError, match="COURSE_PRECISION 'half' is unknown"):
        _precision.choose("auto", *args)


def test_trial_leaves_the_run_as_it_was(monkeypatch):
    monkeypatch.delenv("COURSE_PRECISION", raising=False)
    auto = dataclasses.replace(CONFIG, precision="auto")
    monkeypatch.setattr(_precision, "GAIN_THAT_PAYS", float("inf"))
    assert _curves(_fit(config=auto)) == _curves(_fit())


def test_bf16_learns_too():
    history = _fit(config=dataclasses.replace(CONFIG, precision="bf16"))
    assert history.valid_accuracy[-1] > 0.9


@pytest.mark.parametrize(
    ("device", "ahead"), [("cpu", False), ("mps", False), ("cuda", True), ("cuda:1", True)]
)
@pytest.mark.parametrize("kind", [str, torch.device])
def test_only_a_copy_to_cuda_is_not_waited_for(device, ahead, kind):
    tensor = mock.Mock(spec=torch.Tensor)
    epochs._to(kind(device), tensor)
    assert tensor.to.call_args.kwargs["non_blocking"] is ahead
