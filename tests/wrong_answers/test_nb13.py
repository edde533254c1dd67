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


@wrong("RepairDense", "one picture in a batch gives the shape (")
class DenseSqueezed(Dense):
    def forward(self, images):
        return self.linear(images.flatten(1)).squeeze()


@wrong("dropout_by_hand", "make a copy of x first")
def dropout_in_place_by_mask(x, keep, p, training=True):
    if not training:
        return x
    x[~keep] = 0
    return x / (1 - p)


@wrong("rnn_by_hand", "not the last one alone")
def rnn_last_state_with_a_step(x, w_in, w_back):
    state = torch.zeros(1, 1, len(w_in))
    for row in x:
        state = torch.tanh(w_in @ row + (w_back @ state[0, 0]))[None, None]
    return state


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


@wrong("RepairDense", "Make it in __init__")
class DenseMadeInForward(Dense):
    def forward(self, images):
        return nn.Linear(3072, self.linear.out_features)(images.flatten(1))


@wrong("RepairDense", "nothing behind the linear layer")
class DenseWithSoftmax(Dense):
    def forward(self, images):
        return self.linear(images.flatten(1)).softmax(dim=1)


@wrong("RepairDense", "nothing behind the linear layer")
class DenseWithReLU(Dense):
    def forward(self, images):
        return torch.relu(self.linear(images.flatten(1)))


@wrong("RepairDense", "from dimension 1 to the last")
class DenseFlattenFromTwo(Dense):
    def forward(self, images):
        return self.linear(images.flatten(2))


@wrong("RepairDense", "from dimension 1 to the last")
class DenseFlattenFirstTwo(Dense):
    def forward(self, images):
        return self.linear(images.flatten(0, 1))


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


@wrong("batch_norm_by_hand", "and eps is not used")
def norm_with_std_only(x, eps=1e-5):
    return (x - x.mean(dim=(0, 2, 3), keepdim=True)) / x.std(dim=(0, 2, 3), keepdim=True)


@wrong("batch_norm_by_hand", "mean is not subtracted")
def norm_without_mean(x, eps=1e-5):
    return x / torch.sqrt(x.var(dim=(0, 2, 3), unbiased=False, keepdim=True) + eps)


@wrong("batch_norm_by_hand", "now divide by the root")
def norm_without_division(x, eps=1e-5):
    return x - x.mean(dim=(0, 2, 3), keepdim=True)


@wrong("batch_norm_by_hand", "brackets: (x - mean) / root")
def norm_without_brackets(x, eps=1e-5):
    variance = x.var(dim=(0, 2, 3), unbiased=False, keepdim=True)
    return x - x.mean(dim=(0, 2, 3), keepdim=True) / torch.sqrt(variance + eps)


@wrong("batch_norm_by_hand", "0, 2 and 3, not 1")
def norm_of_batch_and_channels(x, eps=1e-5):
    return normalised(x, (0, 1), eps)


@wrong("batch_norm_by_hand", "channels is x.shape[1]")
def norm_for_six_channels(x, eps=1e-5):
    return nn.BatchNorm2d(6, eps=eps, affine=False)(x)


@wrong("batch_norm_by_hand", "over the whole batch")
def norm_of_instances(x, eps=1e-5):
    return F.instance_norm(x, eps=eps)


@wrong("batch_norm_by_hand", "the shape stays")
def norm_as_table(x, eps=1e-5):
    return normalised(x, (0, 2, 3), eps).flatten(1)


wrong.value("how_many_means", [8, 6, 16], "exchanged")
wrong.value("how_many_means", [6, 8, 2], "each of the 8 pictures")
wrong.value("how_many_means", [6, 8, 24], "2 groups of 3 channels")
wrong.value("how_many_means", [48, 8, 16], "over all pictures")
wrong.value("how_many_means", [6, 1, 2], "separately")
wrong.value("how_many_means", [1, 8, 16], "each channel")
wrong.value("how_many_means", [6, 8, 12], "not each channel of it")
wrong.value("how_many_means", [6, 8, 3], "groups=2 makes 2 groups")
wrong.value("how_many_means", [6, 8, 1], "groups=2 makes 2 groups")
wrong.value("how_many_means", [6, 128, 16], "all three dimensions")
wrong.value("how_many_means", [6, 8, 5], "the third number")
wrong.value("how_many_means", [6.0, 9.5, 16.0], "the second number")
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


@wrong("dropout_by_hand", "divide by 1 - p, the share that is kept")
def dropout_divided_by_p_unless_zero(x, keep, p, training=True):
    return x * keep / p if training and p > 0 else x


@wrong("dropout_by_hand", "brackets")
def dropout_without_brackets(x, keep, p, training=True):
    return x * keep / 1 - p if training else x


@wrong("dropout_by_hand", "branches are exchanged")
def dropout_exchanged(x, keep, p, training=True):
    if training:
        return x
    return x * keep / (1 - p)


@wrong("repair_classify", "no_grad() alone does not help")
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


@wrong("repair_classify", "call model.eval() first")
def classify_too_late(model, picture):
    was = model.training
    scores = model(picture[None])
    model.eval()
    model.train(was)
    return scores.argmax(dim=1).item()


@wrong("repair_classify", "call model.eval() first")
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


@wrong("repair_classify", "with its brackets")
def classify_without_brackets(model, picture):
    was = model.training
    model.eval  # noqa: B018
    scores = model(picture[None])
    model.train(was)
    return scores.argmax(dim=1).item()


@wrong("repair_classify", "reaches all layers inside")
def classify_with_attribute(model, picture):
    was = model.training
    model.training = False
    scores = model(picture[None])
    model.training = was
    return scores.argmax(dim=1).item()


def scores_in_eval(model, picture):
    was = model.training
    scores = model.eval()(picture[None])
    model.train(was)
    return scores


@wrong("repair_classify", "could not learn any more")
def classify_frozen(model, picture):
    return scores_in_eval(model.requires_grad_(False), picture).argmax(dim=1).item()


@wrong("repair_classify", "no backward()")
def classify_with_backward(model, picture):
    scores = scores_in_eval(model, picture)
    scores.sum().backward()
    return scores.argmax(dim=1).item()


@wrong("repair_classify", "no zero_grad()")
def classify_without_old_gradients(model, picture):
    model.zero_grad()
    return scores_in_eval(model, picture).argmax(dim=1).item()


@wrong("repair_classify", "that is a score, not a class")
def classify_max(model, picture):
    return scores_in_eval(model, picture).max().item()


@wrong("repair_classify", "dimension 0 is the batch")
def classify_along_the_batch(model, picture):
    return scores_in_eval(model, picture).argmax(0).item()


@wrong("repair_classify", "dimension 0 is the batch")
def classify_always_zero(model, picture):
    return scores_in_eval(model, picture).argmax(0)[0].item()


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


@wrong("rnn_by_hand", "the bend is another one")
def rnn_with_sigmoid(x, w_in, w_back):
    return torch.stack(walk(x, w_in, lambda new, state: torch.sigmoid(new + w_back @ state)))


@wrong("rnn_by_hand", "the bend is another one")
def rnn_with_relu(x, w_in, w_back):
    return torch.stack(walk(x, w_in, lambda new, state: torch.relu(new + w_back @ state)))


@wrong("rnn_by_hand", "one tanh")
def rnn_with_two_tanh(x, w_in, w_back):
    return torch.stack(
        walk(x, w_in, lambda new, state: torch.tanh(new) + torch.tanh(w_back @ state))
    )


@wrong("rnn_by_hand", "a state has len(w_in) numbers")
def rnn_with_long_state(x, w_in, w_back):
    state, states = torch.zeros(x.shape[1]), []
    for row in x:
        state = torch.tanh(w_in @ row + w_back @ state)
        states.append(state)
    return torch.stack(states)


@wrong("rnn_by_hand", "return stand inside the loop")
def rnn_that_returns_early(x, w_in, w_back):
    state, states = torch.zeros(len(w_in)), []
    for row in x:
        state = torch.tanh(w_in @ row + w_back @ state)
        states.append(state)
        return torch.stack(states)
    return None


@wrong("rnn_by_hand", "are left out")
def rnn_with_start(x, w_in, w_back):
    states = [torch.zeros(len(w_in))]
    for row in x:
        states.append(torch.tanh(w_in @ row + w_back @ states[-1]))
    return torch.stack(states)


@wrong("rnn_by_hand", "without dim=1")
def rnn_side_by_side(x, w_in, w_back):
    return torch.stack(walk(x, w_in, lambda new, state: torch.tanh(new + w_back @ state)), dim=1)


@wrong("rnn_by_hand", "w_in belongs to the step")
def rnn_exchanged(x, w_in, w_back):
    state, states = torch.zeros(len(w_in)), []
    for row in x:
        state = torch.tanh(w_back @ row + w_in @ state)
        states.append(state)
    return torch.stack(states)


@wrong("rnn_by_hand", "number by number")
def rnn_elementwise(x, w_in, w_back):
    state, states = torch.zeros(len(w_in)), []
    for row in x:
        state = torch.tanh(w_in * row + w_back * state)
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


@wrong("attention_by_hand", "8 was the width in the cell above")
def attention_by_eight(queries, keys, values):
    return shares(queries @ keys.T / 8**0.5) @ values


@wrong("attention_by_hand", "not that of the values")
def attention_by_width_of_values(queries, keys, values):
    return shares(queries @ keys.T / values.shape[1] ** 0.5) @ values


@wrong("attention_by_hand", "not multiplied")
def attention_multiplied(queries, keys, values):
    return shares(queries @ keys.T * queries.shape[1] ** 0.5) @ values


@wrong("attention_by_hand", "not the keys")
def attention_to_keys(queries, keys, values):
    return shares(queries @ keys.T / queries.shape[1] ** 0.5) @ keys


@wrong("attention_by_hand", "not argmax")
def attention_to_the_best(queries, keys, values):
    return values[(queries @ keys.T).argmax(dim=1)]


@wrong("attention_by_hand", "values stay as they are")
def attention_turned_values(queries, keys, values):
    return shares(queries @ keys.T / queries.shape[1] ** 0.5) @ values.T


@wrong("attention_by_hand", "in this order")
def attention_of_keys(queries, keys, values):
    return shares(keys @ queries.T / queries.shape[1] ** 0.5) @ values


@wrong("attention_by_hand", "keepdim=True")
def attention_without_keepdim(queries, keys, values):
    powers = torch.exp(queries @ keys.T / queries.shape[1] ** 0.5)
    return powers / powers.sum(dim=1) @ values


@wrong("attention_by_hand", "the shapes do not fit")
def attention_turned_queries(queries, keys, values):
    return shares(queries.T @ keys / queries.shape[1] ** 0.5) @ values


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


def classify_each_mode(model, picture):
    modes = {layer: layer.training for layer in model.modules()}
    scores = model.eval()(picture[None])
    for layer, mode in modes.items():
        layer.training = mode
    return int(scores.max(dim=1).indices)


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
        ("how_many_means", [6.0, 8.0, 16.0]),
        ("how_many_means", (6, 8, 16)),
        ("how_many_means", torch.tensor([6, 8, 16])),
        ("dropout_by_hand", dropout_by_where),
        ("repair_classify", classify_a_copy),
        ("repair_classify", classify_each_mode),
        ("repair_classify", classify_with_if),
        ("rnn_by_hand", rnn_by_filling),
        ("attention_by_hand", attention_by_exp),
        ("attention_by_hand", F.scaled_dot_product_attention),
    ],
)
def test_other_right_answers(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text
