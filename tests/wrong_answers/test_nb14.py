"""Wrong answers to the exercises of notebook 14."""

import copy

import torch
from torch import nn
from wrong_answer_runner import WrongAnswers

wrong = WrongAnswers("14")


@wrong("same_padding", "that fits kernel 5 only")
def padding_constant(kernel_size):
    return 2


@wrong("same_padding", "raise a ValueError")
def padding_for_even_kernels(kernel_size):
    return kernel_size // 2


@wrong("same_padding", "one too many")
def padding_rounded_up(kernel_size):
    return (kernel_size + 1) // 2


@wrong("same_padding", "added on both sides")
def padding_of_both_sides(kernel_size):
    return kernel_size - 1


@wrong("same_padding", "raise it, do not return it")
def padding_returns_the_error(kernel_size):
    return (kernel_size - 1) // 2 if kernel_size % 2 else ValueError("even kernel")


@wrong("same_padding", "yours is a float")
def padding_float(kernel_size):
    return (kernel_size - 1) / 2


@wrong("flat_features", "the channels are missing")
def features_without_channels(image_size, kernel_size, padding, out_channels, blocks):
    for _ in range(blocks):
        image_size = (image_size + 2 * padding - kernel_size + 1) // 2
    return image_size * image_size


@wrong("flat_features", "not / 2")
def features_with_fractions(image_size, kernel_size, padding, out_channels, blocks):
    for _ in range(blocks):
        image_size = (image_size - kernel_size + 2 * padding + 1) / 2
    return out_channels * image_size**2


@wrong("flat_features", "not / 2")
def features_rounded_at_the_end(image_size, kernel_size, padding, out_channels, blocks):
    for _ in range(blocks):
        image_size = (image_size - kernel_size + 2 * padding + 1) / 2
    return int(out_channels * image_size**2)


@wrong("flat_features", "the + 1 is missing")
def features_without_plus_one(image_size, kernel_size, padding, out_channels, blocks):
    for _ in range(blocks):
        image_size = (image_size - kernel_size + 2 * padding) // 2
    return out_channels * image_size**2


@wrong("flat_features", "added on both sides")
def features_padded_once(image_size, kernel_size, padding, out_channels, blocks):
    for _ in range(blocks):
        image_size = (image_size - kernel_size + padding + 1) // 2
    return out_channels * image_size**2


@wrong("flat_features", "not only the first")
def features_of_one_block(image_size, kernel_size, padding, out_channels, blocks):
    size = (image_size + 2 * padding - kernel_size + 1) // 2
    return out_channels * size * size


@wrong("flat_features", "shrinks the image too")
def features_of_same_padding(image_size, kernel_size, padding, out_channels, blocks):
    for _ in range(blocks):
        image_size //= 2
    return out_channels * image_size**2


@wrong("flat_features", "height and width")
def features_of_a_line(image_size, kernel_size, padding, out_channels, blocks):
    for _ in range(blocks):
        image_size = (image_size + 2 * padding - kernel_size + 1) // 2
    return out_channels * image_size


@wrong("conv_parameters", "the biases are missing")
def numbers_without_bias(in_channels, out_channels, kernel_size, bias=True):
    return in_channels * out_channels * kernel_size**2


@wrong("conv_parameters", "bias=False means")
def numbers_always_bias(in_channels, out_channels, kernel_size, bias=True):
    return out_channels * (in_channels * kernel_size**2 + 1)


@wrong("conv_parameters", "slice for each input channel")
def numbers_of_flat_kernels(in_channels, out_channels, kernel_size, bias=True):
    return out_channels * (kernel_size**2 + bias)


@wrong("conv_parameters", "kernel_size × kernel_size")
def numbers_of_lines(in_channels, out_channels, kernel_size, bias=True):
    return out_channels * (in_channels * kernel_size + bias)


@wrong("conv_parameters", "one such kernel for each output channel")
def numbers_of_one_kernel(in_channels, out_channels, kernel_size, bias=True):
    return in_channels * kernel_size**2 + bias * out_channels


@wrong("conv_parameters", "keep the parameters of the function")
def numbers_without_default(in_channels, out_channels, kernel_size, bias):
    return out_channels * (in_channels * kernel_size**2 + bias)


@wrong("conv_parameters", "not to an input channel")
def numbers_bias_of_inputs(in_channels, out_channels, kernel_size, bias=True):
    return in_channels * (out_channels * kernel_size**2 + bias)


@wrong("count_parameters", "you count tensors")
def count_tensors(model):
    return len([p for p in model.parameters()])  # noqa: C416


@wrong("count_parameters", "running statistics")
def count_state(model):
    return sum(v.numel() for v in model.state_dict().values())


@wrong("count_parameters", "frozen parameters")
def count_trainable(model):
    total = 0
    for p in model.parameters():
        if p.requires_grad:
            total += p.numel()
    return total


@wrong("count_parameters", "the biases are missing")
def count_weights(model):
    return sum(p.numel() for name, p in model.named_parameters() if "bias" not in name)


@wrong("count_parameters", "ask model.parameters()")
def count_layer_by_layer(model):
    return sum(p.numel() for layer in model for p in layer.parameters())


@wrong("count_parameters", "parameters of its own")
def count_children(model):
    return sum(p.numel() for layer in model.children() for p in layer.parameters())


@wrong("count_parameters", "changes its input model in place")
def count_while_melting(model):
    return sum(p.requires_grad_(True).numel() for p in model.parameters())


@wrong("count_parameters", "changes its input model in place")
def count_while_freezing(model):
    model.eval()
    return sum(p.numel() for p in model.parameters())


def _network(kernel_size, padding, *head, between=(), pool=None, padding_mode="zeros"):
    def block(channels, out):
        conv = nn.Conv2d(channels, out, kernel_size, padding=padding, padding_mode=padding_mode)
        return [conv, *(layer() for layer in between), pool or nn.MaxPool2d(2)]

    return nn.Sequential(*block(3, 32), *block(32, 32), *block(32, 64), nn.Flatten(), *head)


@wrong("build_classic", "without padding=2")
def classic_without_padding():
    return _network(5, 0, nn.Linear(1024, 64), nn.Linear(64, 10))


@wrong("build_classic", "but this network has kernel 5")
def classic_kernel_3():
    return _network(3, 1, nn.Linear(1024, 64), nn.Linear(64, 10))


@wrong("build_classic", "the hidden layer is missing")
def classic_without_hidden_layer():
    return _network(5, 2, nn.Linear(1024, 10))


@wrong("build_classic", "has no activation function")
def classic_with_relu():
    return _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10), between=[nn.ReLU])


@wrong("build_classic", "side by side")
def classic_in_two_halves():
    layers = _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10))
    return nn.Sequential(layers[:7], layers[7:])


@wrong("build_classic", "3 → 32 → 32 → 64")
def classic_with_wide_channels():
    layers = list(_network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10)))
    layers[2], layers[4] = nn.Conv2d(32, 64, 5, padding=2), nn.Conv2d(64, 64, 5, padding=2)
    return nn.Sequential(*layers)


@wrong("build_classic", "no overlap")
def classic_with_overlapping_pools():
    return _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10), pool=nn.MaxPool2d(3, 2, 1))


@wrong("build_classic", "leave padding_mode out")
def classic_with_reflected_border():
    return _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10), padding_mode="reflect")


@wrong("build_classic", "a Flatten is missing")
def classic_without_flatten():
    layers = _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10))
    return nn.Sequential(*(layer for layer in layers if not isinstance(layer, nn.Flatten)))


@wrong("build_classic", "no ReLU at the end")
def classic_with_last_relu():
    return _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10), nn.ReLU())


@wrong("build_classic", "no softmax at the end")
def classic_with_softmax():
    return _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10), nn.Softmax(dim=1))


@wrong("build_classic", "is return missing?")
def classic_not_returned():
    _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10))


@wrong("build_classic", "layer 7 (Linear) cannot take (2, 1024)")
def classic_wrong_width():
    return _network(5, 2, nn.Linear(64 * 8 * 8, 64), nn.Linear(64, 10))


def _changed(layers):
    """Return the classic network with some layers replaced, {place: layer}."""
    network = _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10))
    return nn.Sequential(*[layers.get(place, layer) for place, layer in enumerate(network)])


@wrong("build_classic", "with a star")
def classic_without_star():
    return nn.Sequential(list(_changed({})))


@wrong("build_classic", "3 → 32 → 32 → 64")
def classic_with_narrow_first_layer():
    first = nn.Conv2d(3, 16, 5, padding=2)
    return _changed({0: first, 2: nn.Conv2d(16, 32, 5, padding=2)})


@wrong("build_classic", "3 → 32 → 32 → 64")
def classic_with_narrow_last_convolution():
    return _changed({4: nn.Conv2d(32, 32, 5, padding=2), 7: nn.Linear(512, 64)})


@wrong("build_classic", "the linear layers are 1024 → 64 → 10")
def classic_with_narrow_hidden_layer():
    return _changed({7: nn.Linear(1024, 32), 8: nn.Linear(32, 10)})


@wrong("build_classic", "the linear layers are 1024 → 64 → 10")
def classic_with_wide_hidden_layer():
    return _changed({7: nn.Linear(1024, 128), 8: nn.Linear(128, 10)})


@wrong("build_classic", "the linear layers are 1024 → 64 → 10")
def classic_for_a_hundred_classes():
    return _changed({8: nn.Linear(64, 100)})


@wrong("build_classic", "such as groups")
def classic_in_two_groups():
    return _changed({2: nn.Conv2d(32, 32, 5, padding=2, groups=2)})


@wrong("build_classic", "is every kernel 5 × 5")
def classic_with_one_large_kernel():
    return _changed({2: nn.Conv2d(32, 32, 7, padding=3)})


@wrong("build_classic", "leave bias out")
def classic_with_one_layer_without_bias():
    return _changed({8: nn.Linear(64, 10, bias=False)})


def _insert(model, wanted, layer=nn.ReLU):
    parts = []
    for part in model:
        parts += [part, layer()] if wanted(part) else [part]
    return nn.Sequential(*parts)


def relu_after_all_but_the_last(model):
    return _insert(
        model, lambda part: isinstance(part, nn.Conv2d | nn.Linear) and part is not model[-1]
    )


@wrong("add_relu", "there is a ReLU after the last layer")
def relu_everywhere(model):
    return _insert(model, lambda part: isinstance(part, nn.Conv2d | nn.Linear))


@wrong("add_relu", "the Linear layers need a ReLU too")
def relu_after_convolutions(model):
    return _insert(model, lambda part: isinstance(part, nn.Conv2d))


@wrong("add_relu", "one ReLU at the end")
def relu_at_the_end(model):
    return nn.Sequential(model, nn.ReLU())


@wrong("add_relu", "only Conv2d and Linear get a ReLU")
def relu_after_every_kind_of_layer(model):
    return nn.Sequential(*[part for layer in model for part in (layer, nn.ReLU())][:-1])


@wrong("add_relu", "put the layers of model itself into the list")
def relu_in_a_new_network(model):
    changed = relu_after_all_but_the_last(copy.deepcopy(model))
    for layer in changed:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return changed


@wrong("add_relu", "the () are missing")
def relu_without_call(model):
    layers = []
    for layer in model:
        layers += [layer, nn.ReLU] if isinstance(layer, nn.Conv2d) else [layer]
    return nn.Sequential(*layers)


@wrong("add_relu", "with a star")
def relu_without_star(model):
    return nn.Sequential(list(relu_after_all_but_the_last(model)))


@wrong("add_relu", "relu is a function")
def relu_as_a_function(model):
    layers = []
    for layer in model:
        layers.append(layer)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layers.append(torch.relu)
    return nn.Sequential(*layers)


@wrong("add_relu", "relu is a function")
def relu_as_a_functional(model):
    return nn.Sequential(*model[:-1], nn.functional.relu, model[-1])


@wrong("add_relu", "the last layer is missing")
def relu_without_last_layer(model):
    return relu_after_all_but_the_last(model)[:-1]


@wrong("add_relu", "that is a GELU")
def gelu_instead_of_relu(model):
    return nn.Sequential(
        *(
            nn.GELU() if isinstance(part, nn.ReLU) else part
            for part in relu_after_all_but_the_last(model)
        )
    )


@wrong("add_relu", "a Conv2d as little as a Linear")
def relu_behind_a_last_convolution(model):
    return _insert(
        model,
        lambda part: (
            isinstance(part, nn.Conv2d) or (isinstance(part, nn.Linear) and part is not model[-1])
        ),
    )


@wrong("add_relu", "BatchNorm2d has weights too")
def relu_after_all_with_weights(model):
    layers = []
    for layer in model:
        layers.append(layer)
        if hasattr(layer, "weight") and layer is not model[-1]:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


@wrong("add_relu", "the ReLU comes before its layer")
def relu_in_front(model):
    layers = []
    for layer in model:
        layers += [nn.ReLU(), layer] if isinstance(layer, nn.Conv2d | nn.Linear) else [layer]
    return nn.Sequential(*layers)


@wrong("add_relu", "the caller's own is changed")
def relu_inserted_into_the_model(model):
    model.insert(1, nn.ReLU())
    return model


@wrong("repair_training_step", "old gradients are still there")
def step_with_renamed_variables(model, loss_fn, optimizer, images, labels):
    value = loss_fn(model(images), labels)
    value.backward()
    optimizer.step()
    return value.item()


@wrong("repair_training_step", "first zero_grad, then backward, then step")
def step_zero_grad_too_late(model, loss_fn, optimizer, images, labels):
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@wrong("repair_training_step", "gradients of the batch before")
def step_before_backward(model, loss_fn, optimizer, images, labels):
    loss = loss_fn(model(images), labels)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


@wrong("repair_training_step", "optimizer.step() is missing")
def step_without_step(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    return loss.item()


@wrong("repair_training_step", "yours")
def step_that_forgets_momentum(model, loss_fn, optimizer, images, labels):
    optimizer.state.clear()
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("repair_training_step", "use the optimizer that the function is given")
def step_with_a_new_optimizer(model, loss_fn, optimizer, images, labels):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("repair_training_step", "before the step")
def step_that_measures_afterwards(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss_fn(model(images), labels).backward()
    optimizer.step()
    return loss_fn(model(images), labels).item()


@wrong("repair_training_step", "not one of your own")
def step_with_own_loss(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("repair_training_step", "training happens in train mode")
def step_in_eval_mode(model, loss_fn, optimizer, images, labels):
    model.eval()
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("repair_training_step", "return loss.item()")
def step_returns_a_tensor(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss


test_told, test_enough = wrong.tests()
