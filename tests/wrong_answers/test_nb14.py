"""Wrong answers to the exercises of notebook 14."""

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


@wrong("count_parameters", "changes its input model in place")
def count_while_freezing(model):
    model.eval()
    return sum(p.numel() for p in model.parameters())


def _network(kernel_size, padding, *head, between=()):
    def block(channels, out):
        conv = nn.Conv2d(channels, out, kernel_size, padding=padding)
        return [conv, *(layer() for layer in between), nn.MaxPool2d(2)]

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


@wrong("build_classic", "no softmax at the end")
def classic_with_softmax():
    return _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10), nn.Softmax(dim=1))


@wrong("build_classic", "is return missing?")
def classic_not_returned():
    _network(5, 2, nn.Linear(1024, 64), nn.Linear(64, 10))


@wrong("build_classic", "layer 7 (Linear) cannot take (2, 1024)")
def classic_wrong_width():
    return _network(5, 2, nn.Linear(64 * 8 * 8, 64), nn.Linear(64, 10))


def _insert(model, wanted, layer=nn.ReLU):
    parts = []
    for part in model:
        parts += [part, layer()] if wanted(part) else [part]
    return nn.Sequential(*parts)


@wrong("add_relu", "there is a ReLU after the last layer")
def relu_everywhere(model):
    return _insert(model, lambda part: isinstance(part, nn.Conv2d | nn.Linear))


@wrong("add_relu", "the Linear layers need a ReLU too")
def relu_after_convolutions(model):
    return _insert(model, lambda part: isinstance(part, nn.Conv2d))


@wrong("add_relu", "one ReLU at the end")
def relu_at_the_end(model):
    return nn.Sequential(model, nn.ReLU())


@wrong("add_relu", "yours 'Conv2d ReLU MaxPool2d ReLU Flatten ReLU Linear ReLU Linear'")
def relu_after_every_kind_of_layer(model):
    return nn.Sequential(*[part for layer in model for part in (layer, nn.ReLU())][:-1])


@wrong("add_relu", "keeps the weights of the given model: yours False")
def relu_in_a_new_network(model):
    width = model[0].out_channels
    conv = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*conv, nn.Linear(width * 16, 5), nn.ReLU(), nn.Linear(5, 3))


@wrong("add_relu", "changes its input model in place")
def relu_inserted_into_the_model(model):
    model.insert(1, nn.ReLU())
    model.insert(5, nn.ReLU())
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


@wrong("repair_training_step", "return loss.item()")
def step_returns_a_tensor(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss


test_told, test_enough = wrong.tests()
