"""Wrong answers to the exercises of notebook 23, and right ones in other styles."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from wrong_answer_runner import RightAnswers, WrongAnswers

from course_utils.exercises import _probes23, judge
from course_utils.models import classic_cifar10
from course_utils.pretrained import load_own

wrong = WrongAnswers("23")
accepted = RightAnswers()


@wrong("repair_answer", "model.eval(), and torch.inference_mode()")
def answer_with_another_dim_only(model, picture):
    return model(picture.unsqueeze(0)).softmax(dim=1)[0].detach()


@wrong("repair_answer", "the sum is right, the mode is not")
def answer_in_training_mode(model, picture):
    with torch.inference_mode():
        return model(picture.unsqueeze(0)).softmax(dim=1)[0]


@wrong("repair_answer", "autograd still records")
def answer_that_records(model, picture):
    model.eval()
    return model(picture.unsqueeze(0)).softmax(dim=1)[0].detach()


@wrong("repair_answer", "still softmax(dim=0)")
def answer_over_the_batch(model, picture):
    model.eval()
    with torch.inference_mode():
        return model(picture.unsqueeze(0)).softmax(dim=0)[0]


@wrong("repair_answer", "take row 0 of the batch")
def answer_as_a_batch(model, picture):
    model.eval()
    with torch.inference_mode():
        return model(picture.unsqueeze(0)).softmax(dim=1)


@wrong("repair_answer", "these are the logits")
def answer_without_softmax(model, picture):
    model.eval()
    with torch.inference_mode():
        return model(picture.unsqueeze(0))[0]


@wrong("repair_answer", "these classes exclude each other")
def answer_by_sigmoid(model, picture):
    model.eval()
    with torch.inference_mode():
        return model(picture.unsqueeze(0)).sigmoid()[0]


@wrong("repair_answer", "without log")
def answer_in_logarithms(model, picture):
    model.eval()
    with torch.inference_mode():
        return model(picture.unsqueeze(0)).log_softmax(dim=1)[0]


@wrong("repair_answer", "a network takes batches: picture.unsqueeze(0)")
def answer_without_a_batch(model, picture):
    model.eval()
    with torch.inference_mode():
        return model(picture).softmax(dim=0)


@wrong("repair_answer", "autograd still records")
def answer_with_gradients(model, picture):
    model.eval()
    return model(picture.unsqueeze(0)).softmax(dim=1)[0]


@accepted("repair_answer")
def answer_that_puts_the_mode_back(model, picture):
    before = model.training
    model.eval()
    with torch.no_grad():
        probabilities = torch.softmax(model(picture[None]), dim=-1).squeeze(0)
    model.train(before)
    return probabilities


@accepted("repair_answer")
@torch.inference_mode()
def answer_with_a_decorator(model, picture):
    logits = model.eval()(picture.unsqueeze(0))[0]
    return nn.functional.softmax(logits, dim=0)


def _named(values, classes, k):
    found = values.topk(k)
    return [
        (classes[i], v) for i, v in zip(found.indices.tolist(), found.values.tolist(), strict=True)
    ]


@wrong("top_classes", "softmax comes before topk")
def top_of_logits(logits, classes, k):
    return _named(logits[0], classes, k)


@wrong("top_classes", "it must see all classes")
def top_shared_among_k(logits, classes, k):
    values, places = logits[0].topk(k)
    return [
        (classes[i], v) for i, v in zip(places.tolist(), values.softmax(0).tolist(), strict=True)
    ]


@wrong("top_classes", "gives 1 everywhere")
def top_over_the_batch(logits, classes, k):
    return _named(logits.softmax(dim=0)[0], classes, k)


@wrong("top_classes", "plain numbers are wanted")
def top_in_tensors(logits, classes, k):
    values, places = logits[0].softmax(0).topk(k)
    return [(classes[i], v) for i, v in zip(places, values, strict=True)]


@wrong("top_classes", "the name is wanted")
def top_places(logits, classes, k):
    values, places = logits[0].softmax(0).topk(k)
    return list(zip(places.tolist(), values.tolist(), strict=True))


@wrong("top_classes", "the name comes first")
def top_turned_round(logits, classes, k):
    return [(v, name) for name, v in _named(logits[0].softmax(0), classes, k)]


@wrong("top_classes", "not percent")
def top_in_percent(logits, classes, k):
    return [(name, 100 * v) for name, v in _named(logits[0].softmax(0), classes, k)]


@wrong("top_classes", "least likely")
def top_from_below(logits, classes, k):
    return _named(logits[0].softmax(0), classes, len(classes))[::-1][:k]


@wrong("top_classes", "k says how many")
def top_five(logits, classes, k):
    return _named(logits[0].softmax(0), classes, min(5, len(classes)))


@wrong("top_classes", "exclude each other")
def top_by_sigmoid(logits, classes, k):
    return _named(logits[0].sigmoid(), classes, k)


@accepted("top_classes")
def top_by_sorting(logits, classes, k):
    probabilities = torch.softmax(logits, dim=1).squeeze(0).tolist()
    pairs = sorted(zip(classes, probabilities, strict=True), key=lambda pair: -pair[1])
    return pairs[:k]


@accepted("top_classes")
def top_with_numpy(logits, classes, k):
    values = logits[0].numpy().astype(np.float64)
    shares = np.exp(values) / np.exp(values).sum()
    return [(classes[i], shares[i]) for i in np.argsort(-shares)[:k]]


@wrong("on_white", "the alpha channel is dropped")
def white_without_alpha(picture):
    return picture[:3]


@wrong("on_white", "that is on black paper")
def white_but_black(picture):
    return picture[:3] * picture[3]


@wrong("on_white", "half transparent means")
def white_or_colour(picture):
    result = picture[:3].clone()
    result[:, picture[3] == 0] = 1
    return result


@wrong("on_white", "half transparent means")
def white_or_colour_by_half(picture):
    return torch.where(picture[3:] > 0.5, picture[:3], 1.0)


@wrong("on_white", "must be multiplied by alpha")
def white_added_and_cut(picture):
    return (picture[:3] + 1 - picture[3:]).clamp(max=1)


@wrong("on_white", "white is 1 here")
def white_of_bytes(picture):
    return picture[:3] * picture[3:] + 255 * (1 - picture[3:])


@wrong("on_white", "the wrong way round")
def white_turned_round(picture):
    return picture[:3] * (1 - picture[3:]) + picture[3:]


@wrong("on_white", "must be multiplied by alpha")
def white_added(picture):
    return picture[:3] + (1 - picture[3:])


@wrong("on_white", "three channels are left")
def white_with_four_channels(picture):
    return torch.cat([picture[:3] * picture[3:] + 1 - picture[3:], picture[3:]])


@wrong("on_white", "changes its input picture in place")
def white_in_place(picture):
    picture[:3] *= picture[3:]
    picture[:3] += 1 - picture[3:]
    return picture[:3]


@accepted("on_white")
def white_by_lerp(picture):
    return torch.lerp(torch.ones(3, *picture.shape[1:]), picture[:3], picture[3])


@accepted("on_white")
def white_channel_by_channel(picture):
    red, green, blue, alpha = picture
    return torch.stack([colour * alpha + 1 - alpha for colour in (red, green, blue)])


def _sure(logits):
    return logits.softmax(dim=1).max(dim=1)


@wrong("worst_mistakes", "do not fill up with right ones")
def mistakes_filled_up(logits, labels, k):
    sure, said = _sure(logits)
    sure[said == labels] = 0
    return sure.topk(min(k, len(sure))).indices


@wrong("worst_mistakes", "places among the mistakes")
def mistakes_among_themselves(logits, labels, k):
    sure, said = _sure(logits)
    return sure[said != labels].argsort(descending=True)[:k]


@wrong("worst_mistakes", "the least sure first")
def mistakes_upside_down(logits, labels, k):
    sure, said = _sure(logits)
    wrong = (said != labels).nonzero().flatten()
    return wrong[sure[wrong].argsort()][:k]


@wrong("worst_mistakes", "right answers are among them")
def mistakes_and_others(logits, labels, k):
    return _sure(logits).values.argsort(descending=True)[:k]


@wrong("worst_mistakes", "cannot be compared")
def mistakes_by_logit(logits, labels, k):
    top, said = logits.max(dim=1)
    wrong = (said != labels).nonzero().flatten()
    return wrong[top[wrong].argsort(descending=True)][:k]


@wrong("worst_mistakes", "how unlikely the truth was")
def mistakes_by_loss(logits, labels, k):
    losses = nn.functional.cross_entropy(logits, labels, reduction="none")
    wrong = (logits.argmax(dim=1) != labels).nonzero().flatten()
    return wrong[losses[wrong].argsort(descending=True)][:k]


@wrong("worst_mistakes", "k is the most")
def mistakes_all_of_them(logits, labels, k):
    sure, said = _sure(logits)
    wrong = (said != labels).nonzero().flatten()
    return wrong[sure[wrong].argsort(descending=True)]


@wrong("worst_mistakes", "do not fill up with right ones")
def mistakes_as_in_17(logits, labels, k):
    sure, said = _sure(logits)
    sure[said == labels] = 0
    return sure.topk(k).indices


@wrong("worst_mistakes", "min(k, how many are wrong)")
def mistakes_by_topk_of_too_few(logits, labels, k):
    sure, said = _sure(logits)
    wrong = (said != labels).nonzero().flatten()
    return wrong[sure[wrong].topk(k).indices]


@wrong("worst_mistakes", "flatten() keeps one")
def mistakes_squeezed(logits, labels, k):
    sure, said = _sure(logits)
    wrong = (said != labels).nonzero().squeeze()
    return wrong[sure[wrong].argsort(descending=True)][:k]


@wrong("worst_mistakes", "flatten() makes a list")
def mistakes_as_a_column(logits, labels, k):
    sure, said = _sure(logits)
    wrong = (said != labels).nonzero()
    return wrong[sure[wrong.flatten()].argsort(descending=True)][:k]


@accepted("worst_mistakes")
def mistakes_by_topk(logits, labels, k):
    sure, said = _sure(logits)
    masked = torch.where(said == labels, -1.0, sure)
    return masked.topk(min(k, int((said != labels).sum()))).indices


@accepted("worst_mistakes")
def mistakes_in_a_loop(logits, labels, k):
    sure, said = _sure(logits)
    places = [i for i in range(len(labels)) if said[i] != labels[i]]
    places.sort(key=lambda i: -sure[i].item())
    return torch.tensor(places[:k], dtype=torch.int64)


# The capstone, on few pictures and with a bar that a network without training passes.


@pytest.fixture(autouse=True)
def _few_pictures(monkeypatch):
    monkeypatch.setattr(_probes23, "TRAIN_SIZE", 20)
    monkeypatch.setattr(_probes23, "TEST_SIZE", 100)
    monkeypatch.setattr(_probes23, "score_to_beat", lambda source: (0.4, 0.45))
    monkeypatch.setattr(_probes23.secrets, "randbelow", lambda end: 4)


@wrong("beat_the_ledger", "that is guessing")
def ledger_untrained(train_set, device):
    return classic_cifar10()


@wrong("beat_the_ledger", "end it with: return model")
def ledger_without_return(train_set, device):
    classic_cifar10()


@wrong("beat_the_ledger", "it returns a float; return the trained network itself")
def ledger_accuracy(train_set, device):
    return 0.99


@wrong("beat_the_ledger", "it returns a tuple")
def ledger_with_history(train_set, device):
    return classic_cifar10(), {"accuracy": 0.9}


@wrong("beat_the_ledger", "are more than 1,000,000")
def ledger_too_large(train_set, device):
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 400), nn.Linear(400, 10))


@wrong("beat_the_ledger", "for 100 pictures it gives (100, 2) instead of (100, 10)")
def ledger_of_two_classes(train_set, device):
    return classic_cifar10(num_classes=2)


@wrong("beat_the_ledger", "mat1 and mat2")
def ledger_for_other_pictures(train_set, device):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


class ColourBlind(nn.Module):
    """The course's own network, which gets grey pictures."""

    def __init__(self):
        super().__init__()
        self.body = load_own().model

    def forward(self, images):
        return self.body(images.mean(dim=1, keepdim=True).expand_as(images))


@wrong("beat_the_ledger", "what limits it?")
def ledger_without_colours(train_set, device):
    return ColourBlind()


class KnownByHeart(nn.Module):
    """Knows the usual test pictures, each single one, and nothing else."""

    def __init__(self):
        super().__init__()
        usual = _probes23.SampleCIFAR10(train=False, size=100)
        self.known, self.labels = next(iter(_probes23.FastLoader(usual, batch_size=100)))

    def forward(self, images):
        distances = torch.cdist(images.flatten(1).cpu(), self.known.flatten(1))
        nearest, place = distances.min(dim=1)
        answers = torch.where(nearest < 0.1, self.labels[place], 0)
        return nn.functional.one_hot(answers, 10).float().to(images.device)


@wrong("beat_the_ledger", "10.0% of 100 new pictures are right")
def ledger_by_heart(train_set, device):
    return KnownByHeart()


@accepted("beat_the_ledger")
def ledger_in_training_mode(train_set, device):
    return load_own().model.train()


@accepted("beat_the_ledger")
def ledger_with_a_softmax(train_set, device):
    return nn.Sequential(load_own().model, nn.Softmax(dim=1)).to(device)


test_told, test_enough = wrong.tests()


@pytest.mark.parametrize(("exercise", "answer"), accepted)
def test_other_right_answers_are_accepted(exercise, answer):
    verdict = judge(answer, exercise)
    assert verdict.status == "solved", verdict.text
    if exercise == "beat_the_ledger":  # the winner sees the score
        assert re.search(r"\d\d\.\d%, needed: above 45\.0%, on pictures it has", verdict.text)


def test_the_pictures_are_others_each_time_and_none_of_the_known_ones(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(_probes23, "TEST_SIZE", 100)
    first, second = (_probes23.pictures_never_seen("sample").data for _ in range(2))
    usual = _probes23.SampleCIFAR10(train=False, size=100).data
    assert not (first == second).all((1, 2, 3)).any()
    assert not (first == usual).all((1, 2, 3)).any()


def test_the_test_pictures_by_heart_are_worth_nothing():
    usual = _probes23.SampleCIFAR10(train=False, size=100)
    loader = _probes23.FastLoader(usual, batch_size=100)
    assert _probes23.evaluate(KnownByHeart(), loader, device="cpu").accuracy == 1


def test_the_bar_is_the_upper_end_of_the_ledgers_band(monkeypatch):
    monkeypatch.undo()
    mean, bar = _probes23.score_to_beat("sample")
    entry = _probes23.find_entry("improved", data="sample", images=3_600, epochs=3)
    assert max(entry.final) < bar == entry.band[1]
    assert min(entry.final) < mean < max(entry.final)
    assert 0.45 < _probes23.score_to_beat("real")[1] < 0.6


def test_nobody_waits_for_the_oracle():
    assert _probes23.beats_the_ledger(_probes23.known_winner)
    with pytest.raises(AssertionError):
        _probes23.known_winner(None, torch.device("cpu"))
