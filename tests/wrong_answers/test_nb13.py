"""Wrong answers to the exercises of notebook 13, and right ones in another style."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("13")


class Dense(nn.Module):
    """The starter's skeleton; the answers below exchange what matters."""

    inputs = 3 * 32 * 32

    def __init__(self, classes):
        super().__init__()
        self.linear = nn.Linear(self.inputs, classes)


@wrong("RepairDense", "one picture has 3 * 32 * 32 numbers")
class DenseFlattenOnly(Dense):
    inputs = 64 * 3 * 32 * 32

    def forward(self, images):
        return self.linear(images.flatten(1))


@wrong("RepairDense", "swallows the batch")
class DenseSizeOnly(Dense):
    def forward(self, images):
        return self.linear(torch.flatten(images))


@wrong("RepairDense", "the number of pictures is written somewhere")
class DenseForSixtyFour(Dense):
    def forward(self, images):
        return self.linear(images.reshape(64, -1))


@wrong("RepairDense", "last batch is shorter")
class DenseForSixtyFourExactly(Dense):
    def forward(self, images):
        return self.linear(images.reshape(64, 3072))


@wrong("RepairDense", "mixed: keep the batch first")
class DenseTurned(Dense):
    def forward(self, images):
        return self.linear(images.reshape(3072, -1).T)


@wrong("RepairDense", "one row of scores for each picture")
class DenseSummed(Dense):
    def forward(self, images):
        return self.linear(images.flatten(1)).sum(dim=0)


@wrong("RepairDense", "every pixel must have a say")
class DenseOfOneChannel(Dense):
    def forward(self, images):
        return self.linear(images[:, :1].flatten(1).repeat(1, 3))


@wrong("RepairDense", "mixed: keep the batch first")
class DenseWithBatchNorm(Dense):
    def forward(self, images):
        rows = images.flatten(1)
        return self.linear(rows - rows.mean(dim=0))


@wrong("RepairDense", "a bias for each class")
class DenseWithoutBias(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.linear = nn.Linear(3072, classes, bias=False)

    def forward(self, images):
        return self.linear(images.flatten(1))


def normalised(x, dims, eps, unbiased=False):
    mean = x.mean(dim=dims, keepdim=True)
    return (x - mean) / torch.sqrt(x.var(dim=dims, unbiased=unbiased, keepdim=True) + eps)


@wrong("batch_norm_by_hand", "0, 2 and 3")
def norm_of_each_map(x, eps=1e-5):
    return normalised(x, (2, 3), eps)


@wrong("batch_norm_by_hand", "LayerNorm")
def norm_of_each_picture(x, eps=1e-5):
    return normalised(x, (1, 2, 3), eps)


@wrong("batch_norm_by_hand", "not over dim 1")
def norm_of_everything(x, eps=1e-5):
    return (x - x.mean()) / torch.sqrt(x.var(unbiased=False) + eps)


@wrong("batch_norm_by_hand", "not by count - 1")
def norm_unbiased(x, eps=1e-5):
    return normalised(x, (0, 2, 3), eps, unbiased=True)


@wrong("batch_norm_by_hand", "before the root")
def norm_with_eps_outside(x, eps=1e-5):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    return (x - mean) / (x.std(dim=(0, 2, 3), unbiased=False, keepdim=True) + eps)


@wrong("batch_norm_by_hand", "eps stands below the root")
def norm_with_std(x, eps=1e-5):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    return (x - mean) / (x.std(dim=(0, 2, 3), keepdim=True) + eps)


@wrong("batch_norm_by_hand", "eps is not used")
def norm_with_default_eps(x, eps=1e-5):
    return F.batch_norm(x, None, None, training=True)


@wrong("batch_norm_by_hand", "root of the variance")
def norm_without_root(x, eps=1e-5):
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    return (x - mean) / (x.var(dim=(0, 2, 3), unbiased=False, keepdim=True) + eps)


@wrong("batch_norm_by_hand", "keepdim=True")
def norm_without_keepdim(x, eps=1e-5):
    mean, variance = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)
    return (x - mean) / torch.sqrt(variance + eps)


@wrong("batch_norm_by_hand", "in place")
def norm_in_place(x, eps=1e-5):
    x -= x.mean(dim=(0, 2, 3), keepdim=True)
    return x / torch.sqrt((x * x).mean(dim=(0, 2, 3), keepdim=True) + eps)


wrong.value("how_many_means", [8, 6, 16], "exchanged")
wrong.value("how_many_means", [6, 8, 2], "each of the 8 pictures")
wrong.value("how_many_means", [6, 8, 24], "2 groups of 3 channels")
wrong.value("how_many_means", [48, 8, 16], "over all pictures")
wrong.value("how_many_means", 30, "three whole numbers")


@wrong("dropout_by_hand", "must grow: divide by 1 - p")
def dropout_without_factor(x, keep, p, training=True):
    return x * keep if training else x


@wrong("dropout_by_hand", "not shrink")
def dropout_that_shrinks(x, keep, p, training=True):
    return x * keep * (1 - p) if training else x


@wrong("dropout_by_hand", "the share that is kept")
def dropout_divided_by_p(x, keep, p, training=True):
    return x * keep / p if training else x


@wrong("dropout_by_hand", "training=False nothing happens")
def dropout_always(x, keep, p, training=True):
    return x * keep / (1 - p)


@wrong("dropout_by_hand", "you dropped just those")
def dropout_of_the_kept(x, keep, p, training=True):
    return x * ~keep / (1 - p) if training else x


@wrong("dropout_by_hand", "returned as it is, not scaled")
def dropout_of_old(x, keep, p, training=True):
    return x * keep / (1 - p) if training else x * (1 - p)


@wrong("dropout_by_hand", "do not draw one of your own")
def dropout_of_torch(x, keep, p, training=True):
    return F.dropout(x, p, training)


@wrong("dropout_by_hand", "the shape stays")
def dropout_that_takes_out(x, keep, p, training=True):
    return x[keep] / (1 - p) if training else x


@wrong("dropout_by_hand", "in place")
def dropout_in_place(x, keep, p, training=True):
    if training:
        x *= keep
        return x / (1 - p)
    return x


@wrong("repair_classify", "not train mode")
def classify_without_gradients(model, picture):
    with torch.no_grad():
        return model(picture[None]).argmax(dim=1).item()


@wrong("repair_classify", "model.train(was) after")
def classify_and_stay(model, picture):
    model.eval()
    return model(picture[None]).argmax(dim=1).item()


@wrong("repair_classify", "must be left in eval mode")
def classify_and_train(model, picture):
    model.eval()
    answer = model(picture[None]).argmax(dim=1).item()
    model.train()
    return answer


@wrong("repair_classify", "eval() comes before the call")
def classify_too_late(model, picture):
    was = model.training
    scores = model(picture[None])
    model.eval()
    model.train(was)
    return scores.argmax(dim=1).item()


@wrong("repair_classify", "eval() comes before the call")
def classify_by_majority(model, picture):
    answers = [model(picture[None]).argmax(dim=1).item() for _ in range(25)]
    return max(set(answers), key=answers.count)


@wrong("repair_classify", "an answer of train mode")
def classify_a_copy_in_train_mode(model, picture):
    return copy.deepcopy(model)(picture[None]).argmax(dim=1).item()


@wrong("repair_classify", "wants a batch")
def classify_without_batch(model, picture):
    was = model.training
    scores = model.eval()(picture)
    model.train(was)
    return scores.argmax(dim=1).item()


@wrong("repair_classify", "not a tensor")
def classify_as_tensor(model, picture):
    was = model.training
    scores = model.eval()(picture[None])
    model.train(was)
    return scores.argmax(dim=1)


def walk(x, w_in, step):
    state, states = torch.zeros(len(w_in)), []
    for row in x:
        state = step(w_in @ row, state)
        states.append(state)
    return states


@wrong("rnn_by_hand", "the one before")
def rnn_without_memory(x, w_in, w_back):
    return torch.tanh(x @ w_in.T)


@wrong("rnn_by_hand", "the bend is missing")
def rnn_without_tanh(x, w_in, w_back):
    return torch.stack(walk(x, w_in, lambda new, state: new + w_back @ state))


@wrong("rnn_by_hand", "over the sum of both")
def rnn_with_tanh_of_one(x, w_in, w_back):
    return torch.stack(walk(x, w_in, lambda new, state: torch.tanh(new) + w_back @ state))


@wrong("rnn_by_hand", "not its transpose")
def rnn_transposed(x, w_in, w_back):
    return torch.stack(walk(x, w_in, lambda new, state: torch.tanh(new + state @ w_back)))


@wrong("rnn_by_hand", "not the last one alone")
def rnn_last_state(x, w_in, w_back):
    return walk(x, w_in, lambda new, state: torch.tanh(new + w_back @ state))[-1]


@wrong("rnn_by_hand", "torch.stack(states)")
def rnn_as_list(x, w_in, w_back):
    return walk(x, w_in, lambda new, state: torch.tanh(new + w_back @ state))


@wrong("rnn_by_hand", "first state is zeros")
def rnn_from_ones(x, w_in, w_back):
    state, states = torch.ones(len(w_in)), []
    for row in x:
        state = torch.tanh(w_in @ row + w_back @ state)
        states.append(state)
    return torch.stack(states)


@wrong("rnn_by_hand", "cat glues them")
def rnn_glued(x, w_in, w_back):
    return torch.cat(walk(x, w_in, lambda new, state: torch.tanh(new + w_back @ state)))


@wrong("rnn_by_hand", "stands on the left")
def rnn_turned(x, w_in, w_back):
    state, states = torch.zeros(len(w_in)), []
    for row in x:
        state = torch.tanh(row @ w_in + state @ w_back)
        states.append(state)
    return torch.stack(states)


def shares(scores, dim=1):
    return torch.softmax(scores, dim=dim)


@wrong("attention_by_hand", "divided by the root")
def attention_unscaled(queries, keys, values):
    return shares(queries @ keys.T) @ values


@wrong("attention_by_hand", "not by the width")
def attention_by_width(queries, keys, values):
    return shares(queries @ keys.T / queries.shape[1]) @ values


@wrong("attention_by_hand", "shape[0] is how many ask")
def attention_by_count(queries, keys, values):
    return shares(queries @ keys.T / len(queries) ** 0.5) @ values


@wrong("attention_by_hand", "softmax over dim 1")
def attention_over_queries(queries, keys, values):
    return shares(queries @ keys.T / queries.shape[1] ** 0.5, dim=0) @ values


@wrong("attention_by_hand", "softmax is missing")
def attention_without_softmax(queries, keys, values):
    return queries @ keys.T @ values / queries.shape[1] ** 0.5


@wrong("attention_by_hand", "not the shares after it")
def attention_scaled_late(queries, keys, values):
    return shares(queries @ keys.T) / queries.shape[1] ** 0.5 @ values


@wrong("attention_by_hand", "mixture of the values")
def attention_shares_only(queries, keys, values):
    return shares(queries @ keys.T / queries.shape[1] ** 0.5)


@wrong("attention_by_hand", "keys must be turned")
def attention_unturned(queries, keys, values):
    return shares(queries @ keys / queries.shape[1] ** 0.5) @ values


test_is_told_the_mistake, test_three_or_more = wrong.tests()


class DenseByView(Dense):
    def forward(self, images):
        return self.linear(images.reshape(len(images), -1))


class DenseLazy(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.LazyLinear(classes))

    def forward(self, images):
        return self.layers(images)


class DenseChannelsLast(Dense):
    def forward(self, images):
        return self.linear(images.permute(0, 2, 3, 1).flatten(start_dim=1))


def norm_by_numpy(x, eps=1e-5):
    mean, variance = (f(x.numpy(), axis=(0, 2, 3), keepdims=True) for f in (np.mean, np.var))
    return torch.from_numpy((x.numpy() - mean) / np.sqrt(variance + np.float32(eps)))


def norm_by_squares(x, eps=1e-5):
    mean = x.mean(dim=[0, 2, 3])[:, None, None]
    variance = ((x - mean) ** 2).mean(dim=[0, 2, 3])[:, None, None]
    return (x - mean) * (variance + eps) ** -0.5


def norm_by_layer(x, eps=1e-5):
    return nn.BatchNorm2d(x.shape[1], eps=eps, affine=False)(x)


def dropout_by_where(x, keep, p, training=True):
    if not training:
        return x.clone()
    return torch.where(keep, x / (1 - p), 0.0)


def classify_a_copy(model, picture):
    return int(copy.deepcopy(model).eval()(picture.unsqueeze(0)).argmax())


def classify_with_if(model, picture):
    was = model.training
    model.eval()
    with torch.inference_mode():
        answer = model(picture[None])[0].argmax().item()
    if was:
        model.train()
    return answer


def rnn_by_filling(x, w_in, w_back):
    states = torch.zeros(len(x) + 1, len(w_in))
    for step in range(len(x)):
        states[step + 1] = torch.tanh(w_in @ x[step] + states[step] @ w_back.T)
    return states[1:]


def attention_by_exp(queries, keys, values):
    powers = torch.exp(torch.einsum("td,sd->ts", queries, keys) / keys.shape[-1] ** 0.5)
    return powers @ values / powers.sum(dim=1, keepdim=True)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("RepairDense", DenseByView),
        ("RepairDense", DenseLazy),
        ("RepairDense", DenseChannelsLast),
        ("batch_norm_by_hand", norm_by_numpy),
        ("batch_norm_by_hand", norm_by_squares),
        ("batch_norm_by_hand", norm_by_layer),
        ("how_many_means", [np.int64(6), 8, 16]),
        ("dropout_by_hand", dropout_by_where),
        ("repair_classify", classify_a_copy),
        ("repair_classify", classify_with_if),
        ("rnn_by_hand", rnn_by_filling),
        ("attention_by_hand", attention_by_exp),
        ("attention_by_hand", F.scaled_dot_product_attention),
    ],
)
def test_other_right_answers(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text
