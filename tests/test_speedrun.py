import pytest
import torch
from torch.nn import functional as F

from course_utils import speedrun as s
from course_utils.loaders import FastLoader
from course_utils.sample_data import SampleCIFAR10

SMALL = s.Settings(widths=(16, 16, 32), epochs=4, batch_size=50)


@pytest.fixture(scope="module")
def pictures():
    return SampleCIFAR10(train=True, size=500), SampleCIFAR10(train=False, size=200)


@pytest.mark.parametrize("shape", [(3, 8, 20), (2, 20, 8), (1, 16, 16)])
def test_orthogonal_matrices_keep_their_directions(shape):
    torch.manual_seed(0)
    matrices = torch.randn(shape)
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    found = s.orthogonalize(matrices, steps=5).float()
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.5
    assert values.max() < 1.4
    # What remains between the directions of the gradient is little.
    between = u.mT @ found @ v.mT
    assert (between - torch.diag_embed(between.diagonal(dim1=1, dim2=2))).abs().max() < 0.05


def test_a_scaled_gradient_gives_the_same_step():
    matrices = torch.randn(2, 6, 9)
    small = s.orthogonalize(matrices * 1e-3)
    torch.testing.assert_close(small, s.orthogonalize(matrices), atol=0.02, rtol=0.02)


def test_muon_steps_by_momentum_and_keeps_the_norm():
    torch.manual_seed(0)
    one, two, other = (torch.nn.Parameter(torch.randn(4, 2, 3, 3)) for _ in range(3))
    other.data = torch.randn(5, 4, 1, 1)
    optimizer = s.Muon([one, other, two], lr=0.1, momentum=0.5)
    velocity = {}
    for _ in range(3):
        expected = []
        for parameter in (one, two, other):
            parameter.grad = torch.randn_like(parameter)
            velocity[parameter] = 0.5 * velocity.get(parameter, 0) + parameter.grad
            ahead = (parameter.grad + 0.5 * velocity[parameter]).flatten(1)
            step = s.orthogonalize(ahead[None])[0].float().view_as(parameter)
            scaled = parameter.detach() * len(parameter) ** 0.5 / parameter.detach().norm()
            expected.append(scaled - 0.1 * step)
        optimizer.step()
        for parameter, value in zip((one, two, other), expected, strict=True):
            torch.testing.assert_close(parameter.detach(), value, atol=2e-3, rtol=0)


def test_whitened_patches_are_unrelated_and_of_one_size(pictures):
    images, _ = next(iter(FastLoader(pictures[0], batch_size=500)))
    model = s.SpeedNet((8, 8, 8))
    model.set_whitening(images)
    outputs = F.conv2d(images, model.whiten.weight)
    torch.testing.assert_close(outputs[:, :12], -outputs[:, 12:])
    flat = outputs[:, :12].transpose(0, 1).flatten(1)
    moments = flat @ flat.T / flat.shape[1]
    spread = moments.diagonal()
    assert spread.max() < 1.001
    assert (moments - torch.diag(spread)).abs().max() < 0.02


def test_the_network_learns_in_the_same_way_twice(pictures):
    augment = {"shuffle": True, "drop_last": True, "crop_padding": 2, "flip": "alternating"}
    train = FastLoader(pictures[0], batch_size=SMALL.batch_size, **augment)
    test = FastLoader(pictures[1], batch_size=150)
    scores = []
    for _ in range(2):
        torch.manual_seed(0)
        model = s.SpeedNet(SMALL.widths)
        s.train(model, SMALL, train, "fp32")
        scores.append(s.score(model, test, "fp32"))
    assert scores[0] == scores[1]
    assert scores[0] > 0.4
    assert not model.whiten.bias.requires_grad


def test_the_score_is_the_mean_over_six_views(pictures):
    images, labels = next(iter(FastLoader(pictures[1], batch_size=200)))
    torch.manual_seed(1)
    model = s.SpeedNet((4, 4, 8)).eval()
    wide = F.pad(images, (1, 1, 1, 1), mode="reflect")
    with torch.inference_mode():
        views = [0.5 * (model(v) + model(v.flip(3))) for v in (images, wide[..., :32, :32])]
        views.append(0.5 * (model(wide[..., 2:, 2:]) + model(wide[..., 2:, 2:].flip(3))))
        logits = views[0] / 2 + views[1] / 4 + views[2] / 4
    expected = (logits.argmax(1) == labels).float().mean().item()
    assert s.score(model, FastLoader(pictures[1], batch_size=64), "fp32") == pytest.approx(expected)


def test_the_command_prints_each_run_and_the_mean(capsys, monkeypatch):
    monkeypatch.setenv("COURSE_PRECISION", "fp32")
    monkeypatch.setattr(s, "CPU", s.Settings(widths=(4, 4, 8), epochs=1, batch_size=250))
    monkeypatch.setattr(s, "load_cifar10", lambda train, data: SampleCIFAR10(train=train, size=500))
    s.main(["--runs", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert "fp32: Settings(widths=(4, 4, 8), epochs=1" in lines[0]
    assert [line.split(":")[0] for line in lines[1:]] == ["seed 0", "seed 1", "accuracy", "seconds"]


def test_at_least_one_run(capsys):
    with pytest.raises(SystemExit):
        s.main(["--runs", "0"])
    assert "--runs 0: at least 1" in capsys.readouterr().err


def test_without_the_real_pictures_it_says_what_to_do(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit):
        s.main(["--runs", "1"])
    assert f"put the file into {tmp_path} yourself" in capsys.readouterr().err


def test_three_steps_bring_all_but_the_weakest_directions_near_one():
    values = torch.linspace(0.025, 0.35, 20)
    values /= values.norm()
    assert values.min() > 0.02
    found = torch.linalg.svdvals(s.orthogonalize(torch.diag(values)[None])[0].float())
    assert found.min() > 0.6
    assert found.max() < 1.3
