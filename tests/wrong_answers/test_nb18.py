"""Wrong answers to the exercises of notebook 18, and right ones in other styles."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from wrong_answer_runner import RightAnswers, WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("18")
accepted = RightAnswers()


@wrong("swap_head", "put the new one in its place")
def head_behind_the_old_one(model, classes):
    model.fc = nn.Sequential(model.fc, nn.Linear(model.fc.out_features, classes))
    return model


@wrong("swap_head", "this network's head is called fc")
def head_under_another_name(model, classes):
    model.head = nn.Linear(model.fc.in_features, classes)
    return model


@wrong("swap_head", "out_features is only a note")
def head_renumbered(model, classes):
    model.fc.out_features = classes
    return model


@wrong("swap_head", "made for other classes")
def head_cut_from_the_old_one(model, classes):
    old = model.fc
    model.fc = nn.Linear(old.in_features, classes)
    count = min(classes, old.out_features)
    with torch.no_grad():
        model.fc.weight[:count] = old.weight[:count]  # as a start
    return model


@wrong("swap_head", "not the same for every network")
def head_for_512_features(model, classes):
    model.fc = nn.Linear(512, classes)
    return model


@wrong("swap_head", "keep the bias")
def head_without_bias(model, classes):
    model.fc = nn.Linear(model.fc.in_features, classes, bias=False)
    return model


@wrong("swap_head", "return the whole model")
def head_returned_alone(model, classes):
    model.fc = nn.Linear(model.fc.in_features, classes)
    return model.fc


@wrong("swap_head", "its body is trained already")
def head_and_new_body(model, classes):
    model.fc = nn.Linear(model.fc.in_features, classes)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            layer.reset_parameters()
    return model


@wrong("swap_head", "nn.Linear(model.fc.in_features, classes)")
def head_for_two_classes(model, classes):
    model.fc = nn.Linear(model.fc.in_features, 2)
    return model


@wrong("swap_head", "not a copy")
def head_in_a_copy(model, classes):
    model = copy.deepcopy(model)
    model.fc = nn.Linear(model.fc.in_features, classes)
    return model


@wrong("swap_head", "are exchanged: nn.Linear(model.fc.in_features, classes)")
def head_with_exchanged_sizes(model, classes):
    model.fc = nn.Linear(classes, model.fc.in_features)
    return model


@wrong("swap_head", "no softmax behind it")
def head_with_softmax(model, classes):
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, classes), nn.Softmax(dim=1))
    return model


@wrong("swap_head", "nothing is to be frozen here")
def head_on_a_frozen_body(model, classes):
    model.requires_grad_(False)
    model.fc = nn.Linear(model.fc.in_features, classes)
    return model


@accepted("swap_head")
def head_by_the_width_of_the_weight(model, classes):
    setattr(model, "fc", nn.Linear(model.fc.weight.shape[1], classes))  # noqa: B010
    return model


@wrong("train_only", "layer10 begins with layer1")
def only_by_prefix(model, names):
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith(tuple(names))
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@wrong("train_only", "the other way round")
def only_the_others(model, names):
    model.requires_grad_(True)
    for name in names:
        model.get_submodule(name).requires_grad_(False)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@wrong("train_only", "a part that was frozen before must learn again")
def only_freezing(model, names):
    for name, part in model.named_children():
        if name not in names:
            part.requires_grad_(False)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@wrong("train_only", "p.numel()")
def only_tensors_counted(model, names):
    model.requires_grad_(False)
    for name in names:
        model.get_submodule(name).requires_grad_(True)
    return len([p for p in model.parameters() if p.requires_grad])


@wrong("train_only", "count only the parameters that learn")
def only_all_counted(model, names):
    for name, part in model.named_children():
        part.requires_grad_(name in names)
    return sum(p.numel() for p in model.parameters())


@wrong("train_only", "a new attribute that nobody reads")
def only_an_attribute(model, names):
    for name, part in model.named_children():
        part.requires_grad = name in names
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@wrong("train_only", "return the number")
def only_without_return(model, names):
    for name, part in model.named_children():
        part.requires_grad_(name in names)


@accepted("train_only")
def only_by_children(model, names):
    count = 0
    for name, part in model.named_children():
        for parameter in part.parameters():
            parameter.requires_grad = name in names
            count += parameter.numel() * (name in names)
    return np.int64(count)


@wrong("repair_frozen_epoch", "its running statistics change")
def epoch_as_given(model, loader, loss_fn, optimizer):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()


@wrong("repair_frozen_epoch", "the head needs train mode")
def epoch_in_eval_mode(model, loader, loss_fn, optimizer):
    model.eval()
    for images, labels in loader:
        optimizer.zero_grad()
        loss_fn(model(images), labels).backward()
        optimizer.step()


@wrong("repair_frozen_epoch", "nothing puts the body into eval mode")
def epoch_that_switches_the_head_only(model, loader, loss_fn, optimizer):
    model.head.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss_fn(model(images), labels).backward()
        optimizer.step()


@wrong("repair_frozen_epoch", "nothing puts the body into eval mode")
def epoch_without_train(model, loader, loss_fn, optimizer):
    for images, labels in loader:
        optimizer.zero_grad()
        loss_fn(model(images), labels).backward()
        optimizer.step()


@wrong("repair_frozen_epoch", "the head needs train mode")
def epoch_that_switches_the_body_only(model, loader, loss_fn, optimizer):
    model.body.eval()
    epoch_without_train(model, loader, loss_fn, optimizer)


@wrong("repair_frozen_epoch", "too late")
def epoch_with_late_eval(model, loader, loss_fn, optimizer):
    epoch_as_given(model, loader, loss_fn, optimizer)
    model.body.eval()


@wrong("repair_frozen_epoch", "does not learn")
def epoch_without_gradients(model, loader, loss_fn, optimizer):
    model.head.train()
    with torch.no_grad():
        for images, labels in loader:
            loss_fn(model(images), labels).backward()
            optimizer.step()


@wrong("repair_frozen_epoch", "the body must stay frozen")
def epoch_with_a_thawed_body(model, loader, loss_fn, optimizer):
    model.requires_grad_(True).train()
    model.body.eval()
    for images, labels in loader:
        optimizer.zero_grad()
        loss_fn(model(images), labels).backward()
        optimizer.step()


@wrong("repair_frozen_epoch", "the running statistics stay")
def epoch_with_one_frozen_statistic(model, loader, loss_fn, optimizer):
    mean = model.body[1].running_mean.clone()
    epoch_as_given(model, loader, loss_fn, optimizer)
    model.body[1].running_mean.copy_(mean)


@wrong("repair_frozen_epoch", "zero_grad() is missing")
def epoch_without_zero_grad(model, loader, loss_fn, optimizer):
    model.train()
    model.body.eval()
    for images, labels in loader:
        loss_fn(model(images), labels).backward()
        optimizer.step()


@accepted("repair_frozen_epoch")
def epoch_that_clears_afterwards(model, loader, loss_fn, optimizer):
    model.train()
    model.body.eval()
    for images, labels in loader:
        loss_fn(model(images), labels).backward()
        optimizer.step()
        model.zero_grad()


@accepted("repair_frozen_epoch")
def epoch_of_the_head_only(model, loader, loss_fn, optimizer):
    model.body.eval()
    model.head.train()
    for images, labels in loader:
        with torch.no_grad():
            features = model.body(images)
        optimizer.zero_grad()
        loss_fn(model.head(features), labels).backward()
        optimizer.step()


@accepted("repair_frozen_epoch")
def epoch_with_batch_norm_in_eval(model, loader, loss_fn, optimizer):
    model.train()
    for layer in model.body.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.eval()
    for images, labels in loader:
        optimizer.zero_grad()
        loss_fn(model(images), labels).backward()
        optimizer.step()


@wrong("keep_features", "body.eval() first")
def features_in_train_mode(body, images, batch_size):
    with torch.no_grad():
        return torch.cat([body(part) for part in images.split(batch_size)])


@wrong("keep_features", "use torch.no_grad()")
def features_with_graph(body, images, batch_size):
    body.eval()
    return torch.cat([body(part) for part in images.split(batch_size)])


@wrong("keep_features", "chunk(n) makes n parts")
def features_by_chunks(body, images, batch_size):
    body.eval()
    with torch.no_grad():
        return torch.cat([body(part) for part in images.chunk(batch_size)])


@wrong("keep_features", "without shuffle")
def features_shuffled(body, images, batch_size):
    loader = torch.utils.data.DataLoader(images, batch_size=batch_size, shuffle=True)
    with torch.no_grad():
        return torch.cat([body.eval()(part) for part in loader])


@wrong("keep_features", "keep the features as a tensor")
def features_as_an_array(body, images, batch_size):
    return features_by_a_loader(body, images, batch_size).numpy()


@accepted("keep_features")
def features_of_a_frozen_body(body, images, batch_size):
    body.eval().requires_grad_(False)
    return torch.cat([body(part) for part in images.split(batch_size)])


@wrong("keep_features", "use torch.no_grad()")
def features_detached(body, images, batch_size):
    return features_with_graph(body, images, batch_size).detach()


@wrong("keep_features", "a graph was recorded for nothing: use torch.no_grad()")
def features_detached_batch_by_batch(body, images, batch_size):
    body.eval()
    return torch.cat([body(part).detach() for part in images.split(batch_size)])


@wrong("keep_features", "batch_size at a time")
def features_at_once(body, images, batch_size):
    with torch.inference_mode():
        return body.eval()(images)


@wrong("keep_features", "is the last, shorter batch in it?")
def features_of_full_batches(body, images, batch_size):
    body.eval()
    with torch.no_grad():
        full = len(images) // batch_size
        parts = [body(images[n * batch_size : (n + 1) * batch_size]) for n in range(full)]
        return torch.cat(parts) if parts else torch.zeros(0, 8)


@wrong("keep_features", "the last batch only")
def features_overwritten(body, images, batch_size):
    body.eval()
    with torch.no_grad():
        for part in images.split(batch_size):
            features = body(part)
    return features


@wrong("keep_features", "torch.cat makes one tensor")
def features_as_a_list(body, images, batch_size):
    body.eval()
    with torch.no_grad():
        return [body(part) for part in images.split(batch_size)]


@wrong("keep_features", "torch.cat joins them")
def features_stacked(body, images, batch_size):
    body.eval()
    with torch.no_grad():
        return torch.stack([body(part) for part in images.split(batch_size)])


@accepted("keep_features")
@torch.inference_mode()
def features_one_by_one(body, images, batch_size):
    body.eval()
    return torch.stack([body(image[None])[0] for image in images])


@accepted("keep_features")
def features_by_a_loader(body, images, batch_size):
    loader = torch.utils.data.DataLoader(images, batch_size=batch_size)
    with torch.no_grad():
        return torch.cat([body.eval()(part) for part in loader])


def _parts(model):
    return [part for part in model.children() if list(part.parameters())]


@wrong("rates_by_depth", "the other way round")
def rates_from_the_front(model, learning_rate, factor):
    return [
        {"params": part.parameters(), "lr": learning_rate * factor**place}
        for place, part in enumerate(_parts(model))
    ]


@wrong("rates_by_depth", "skip them before you number")
def rates_that_count_relus(model, learning_rate, factor):
    parts = list(model.children())[::-1]
    return [
        {"params": list(part.parameters()), "lr": learning_rate * factor**place}
        for place, part in enumerate(parts)
        if list(part.parameters())
    ]


@wrong("rates_by_depth", "without the factor")
def rates_one_factor_too_low(model, learning_rate, factor):
    return [
        {"params": part.parameters(), "lr": learning_rate * factor**place}
        for place, part in enumerate(_parts(model)[::-1], start=1)
    ]


@wrong("rates_by_depth", "all parts have one rate")
def rates_all_alike(model, learning_rate, factor):
    return [{"params": model.parameters(), "lr": learning_rate}]


@wrong("rates_by_depth", "two parts before the last")
def rates_of_head_and_body(model, learning_rate, factor):
    *body, head = _parts(model)
    groups = [{"params": part.parameters(), "lr": learning_rate * factor} for part in body]
    return [*groups, {"params": head.parameters(), "lr": learning_rate}]


@wrong("rates_by_depth", "biases learn too")
def rates_of_weights(model, learning_rate, factor):
    parts = _parts(model)[::-1]
    return [
        {
            "params": [p for n, p in part.named_parameters() if "bias" not in n and p.ndim > 1],
            "lr": learning_rate * factor**place,
        }
        for place, part in enumerate(parts)
    ]


@wrong("rates_by_depth", "one group for each child")
def rates_of_parameters(model, learning_rate, factor):
    parameters = list(model.parameters())[::-1]
    return [
        {"params": [p], "lr": learning_rate * factor**place} for place, p in enumerate(parameters)
    ]


@wrong("rates_by_depth", "parameters come twice")
def rates_of_modules(model, learning_rate, factor):
    parts = [part for part in model.modules() if list(part.parameters())][::-1]
    return [
        {"params": part.parameters(), "lr": learning_rate * factor**place}
        for place, part in enumerate(parts)
    ]


@wrong("rates_by_depth", "a block has no weight of its own")
def rates_where_a_weight_is(model, learning_rate, factor):
    parts = [part for part in model.children() if hasattr(part, "weight")][::-1]
    return [
        {"params": part.parameters(), "lr": learning_rate * factor**place}
        for place, part in enumerate(parts)
    ]


@wrong("rates_by_depth", 'must be "lr"')
def rates_under_another_name(model, learning_rate, factor):
    parts = _parts(model)[::-1]
    return [
        {"params": part.parameters(), "learning_rate": learning_rate * factor**place}
        for place, part in enumerate(parts)
    ]


@wrong("rates_by_depth", "return the list of groups")
def rates_in_an_optimizer(model, learning_rate, factor):
    return torch.optim.SGD(rates_by_exponent(model, learning_rate, factor))


@accepted("rates_by_depth")
def rates_by_exponent(model, learning_rate, factor):
    parts = _parts(model)
    return [
        {"params": part.parameters(), "lr": learning_rate * factor ** (len(parts) - 1 - place)}
        for place, part in enumerate(parts)
    ]


def _one_channel(conv, weight, **changes):
    settings = {name: getattr(conv, name) for name in ("stride", "padding", "dilation")}
    settings |= {"padding_mode": conv.padding_mode, "bias": conv.bias is not None} | changes
    layer = nn.Conv2d(1, conv.out_channels, conv.kernel_size, **settings)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if layer.bias is not None and conv.bias is not None:
            layer.bias.copy_(conv.bias)
    return layer


@wrong("grey_stem", "add the channels up")
def grey_by_the_mean(conv):
    return _one_channel(conv, conv.weight.mean(dim=1, keepdim=True))


@wrong("grey_stem", "the other channels' weights are lost")
def grey_by_the_red_channel(conv):
    return _one_channel(conv, conv.weight[:, 0:1])


@wrong("grey_stem", "copy it into the new layer")
def grey_with_new_weights(conv):
    return _one_channel(conv, torch.ones(conv.weight.shape)[:, :1] / 7)


@wrong("grey_stem", "the bias is missing")
def grey_without_bias(conv):
    return _one_channel(conv, conv.weight.sum(dim=1, keepdim=True), bias=False)


@wrong("grey_stem", "keep the stride")
def grey_without_stride(conv):
    return _one_channel(conv, conv.weight.sum(dim=1, keepdim=True), stride=1)


@wrong("grey_stem", "keep the padding_mode")
def grey_padded_with_zeros(conv):
    return _one_channel(conv, conv.weight.sum(dim=1, keepdim=True), padding_mode="zeros")


@wrong("grey_stem", "the given one must stay as it is")
def grey_in_place(conv):
    conv.weight = nn.Parameter(conv.weight.detach().sum(dim=1, keepdim=True))
    conv.in_channels = 1
    return conv


@wrong("grey_stem", "some settings of the old layer are lost")
def grey_with_default_settings(conv):
    layer = nn.Conv2d(1, conv.out_channels, conv.kernel_size, bias=conv.bias is not None)
    with torch.no_grad():
        layer.weight.copy_(conv.weight.sum(dim=1, keepdim=True))
        if conv.bias is not None:
            layer.bias.copy_(conv.bias)
    return layer


@wrong("grey_stem", "so the new one has none")
def grey_with_a_bias_always(conv):
    layer = _one_channel(conv, conv.weight.sum(dim=1, keepdim=True), bias=True)
    if conv.bias is None:
        nn.init.zeros_(layer.bias)
    return layer


@wrong("grey_stem", "requires_grad=True")
def grey_that_cannot_learn(conv):
    return _one_channel(conv, conv.weight.sum(dim=1, keepdim=True)).requires_grad_(False)


@wrong("grey_stem", "keepdim=True")
def grey_without_keepdim(conv):
    return _one_channel(conv, conv.weight.sum(1))


@wrong("grey_stem", "conv.bias is None")
def grey_that_copies_none(conv):
    layer = _one_channel(conv, conv.weight.sum(dim=1, keepdim=True))
    with torch.no_grad():
        layer.bias.copy_(conv.bias)
    return layer


@wrong("grey_stem", "wants True or False")
def grey_with_a_tensor_for_bias(conv):
    return _one_channel(conv, conv.weight.sum(dim=1, keepdim=True), bias=conv.bias)


@wrong("grey_stem", "keepdim=True")
def grey_with_a_flat_parameter(conv):
    layer = grey_of_a_copy(conv)
    layer.weight = nn.Parameter(conv.weight.detach().sum(1))
    return layer


@wrong("grey_stem", "nn.Parameter, or be copied under torch.no_grad()")
def grey_copied_with_a_graph(conv):
    layer = nn.Conv2d(1, conv.out_channels, conv.kernel_size, bias=conv.bias is not None)
    layer.weight.copy_(conv.weight.sum(dim=1, keepdim=True))
    return layer


@wrong("grey_stem", "nn.Parameter, or be copied under torch.no_grad()")
def grey_with_a_plain_tensor(conv):
    layer = nn.Conv2d(1, conv.out_channels, conv.kernel_size, bias=conv.bias is not None)
    layer.weight = conv.weight.sum(dim=1, keepdim=True)
    return layer


@wrong("grey_stem", "a Sequential, not a Conv2d")
def grey_in_a_sequential(conv):
    return nn.Sequential(grey_of_a_copy(conv))


@wrong("grey_stem", "the bias is a new one, or was changed")
def grey_with_a_fresh_bias(conv):
    layer = _one_channel(conv, conv.weight.sum(dim=1, keepdim=True))
    if layer.bias is not None:
        nn.init.uniform_(layer.bias)
    return layer


@wrong("grey_stem", "the bias is a new one, or was changed")
def grey_with_a_tripled_bias(conv):
    layer = grey_of_a_copy(conv)
    if layer.bias is not None:
        layer.bias = nn.Parameter(3 * layer.bias.detach())
    return layer


@wrong("grey_stem", "in_channels still says 3")
def grey_of_a_copy_for_three_channels(conv):
    layer = copy.deepcopy(conv)
    layer.weight = nn.Parameter(conv.weight.detach().sum(1, keepdim=True))
    return layer


@wrong("grey_stem", "the new layer must take one channel")
def grey_that_still_wants_three(conv):
    layer = copy.deepcopy(conv)
    layer.in_channels = 1
    return layer


@accepted("grey_stem")
def grey_by_three_slices(conv):
    weight = conv.weight
    return _one_channel(conv, weight[:, 0:1] + weight[:, 1:2] + weight[:, 2:3])


@accepted("grey_stem")
def grey_by_three_means(conv):
    return _one_channel(conv, 3 * conv.weight.mean(dim=1, keepdim=True))


@accepted("grey_stem")
def grey_of_a_copy(conv):
    layer = copy.deepcopy(conv)
    layer.in_channels = 1
    layer.weight = nn.Parameter(conv.weight.detach().sum(1, keepdim=True))
    return layer


test_told, test_enough = wrong.tests()


@pytest.mark.parametrize(("exercise", "answer"), accepted)
def test_other_right_answers_are_accepted(exercise, answer):
    verdict = judge(answer, exercise)
    assert verdict.status == "solved", verdict.text
