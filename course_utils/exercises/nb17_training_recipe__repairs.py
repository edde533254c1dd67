"""Exercises of notebook 17, second part: three routines with a planted bug each."""

import torch
from torch import nn
from torchvision.transforms import v2

from ._define import Mistake, collect, exercise
from ._probes import evaluation
from ._probes17 import mean_loss, pictures_of


def repair_evaluate_starter(model, loss_fn, loader):
    """Return mean loss and accuracy over all pictures of ``loader``."""
    total_loss, correct, seen = 0.0, 0, 0
    for images, labels in loader:
        logits = model(images)
        total_loss += loss_fn(logits, labels).item() * len(labels)
        correct += (logits.argmax(dim=1) == labels).sum().item()
        seen += len(labels)
    return total_loss / seen, correct / seen


def _evaluate_eval_only(model, loss_fn, loader):
    model.eval()
    return repair_evaluate_starter(model, loss_fn, loader)


def _evaluate_no_grad_only(model, loss_fn, loader):
    with torch.no_grad():
        return repair_evaluate_starter(model, loss_fn, loader)


@exercise(
    starter=repair_evaluate_starter,
    observe=evaluation,
    cases=lambda rng: {"seed": rng.randrange(1000)},
    count=3,
    praise="eval mode, no gradients, and the running statistics did not change",
    hints=[
        "The numbers change from run to run: which layers behave differently in training?",
        "model.eval() switches dropout and BatchNorm. Something else still costs memory.",
        "Put the loop under: with torch.inference_mode():",
    ],
    mistakes=[
        Mistake(
            "still to do: dropout and BatchNorm train during the evaluation, and autograd records",
            like=repair_evaluate_starter,
        ),
        Mistake(
            "eval() does not stop autograd: put the loop under torch.inference_mode()",
            like=_evaluate_eval_only,
        ),
        Mistake(
            "no gradients is one half: dropout still drops, BatchNorm still learns; model.eval()",
            like=_evaluate_no_grad_only,
        ),
    ],
)
def repair_evaluate(model, loss_fn, loader):
    """Return mean loss and accuracy over all pictures of ``loader``."""
    model.eval()
    total_loss, correct, seen = 0.0, 0, 0
    with torch.inference_mode():
        for images, labels in loader:
            logits = model(images)
            total_loss += loss_fn(logits, labels).item() * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum().item()
            seen += len(labels)
    return total_loss / seen, correct / seen


def repair_epoch_loss_starter(model, loss_fn, loader):
    """Return the mean loss of a picture of ``loader``."""
    total = 0.0
    for images, labels in loader:
        total += loss_fn(model(images), labels).item()
    return total / len(loader)


def _some_pictures(rng):
    batch_size = rng.randint(2, 9)
    rest = rng.randint(1, batch_size - 1)
    pictures = batch_size * rng.randint(1, 3) + rest
    loss = rng.choice(["cross entropy", "label smoothing", "margin"])
    return {"pictures": pictures, "batch_size": batch_size, "loss": loss, "seed": rng.randrange(99)}


def _epoch_loss(model, loss_fn, loader, *, weigh=True, divide=None):
    total = 0.0
    for images, labels in loader:
        total += loss_fn(model(images), labels).item() * (len(labels) if weigh else 1)
    return total / (divide or sum(len(labels) for _, labels in loader))


@exercise(
    starter=repair_epoch_loss_starter,
    observe=mean_loss,
    cases=_some_pictures,
    count=20,
    praise="every picture counts the same, also those of the short last batch",
    hints=[
        "The last batch holds fewer pictures than the others. How much does each count?",
        "Add loss * len(labels), and count the pictures too.",
    ],
    mistakes=[
        Mistake(
            "still a mean of batch means: the short last batch counts as much as a full one",
            like=repair_epoch_loss_starter,
        ),
        Mistake(
            "weighed with its size, each loss is a sum: divide by the pictures, not the batches",
            like=lambda m, f, batches: _epoch_loss(m, f, batches, divide=len(batches)),
        ),
        Mistake(
            "batches × size of the first one is too many pictures: the last batch is short",
            like=lambda m, f, batches: _epoch_loss(
                m, f, batches, divide=len(batches) * batches.batch_size
            ),
        ),
        Mistake(
            "a batch's loss is its mean: weigh it with len(labels) before adding",
            like=lambda m, f, batches: _epoch_loss(m, f, batches, weigh=False),
        ),
        Mistake(
            "this is the sum over the pictures: divide by how many there are",
            like=lambda m, f, batches: _epoch_loss(m, f, batches, divide=1),
        ),
        Mistake(
            "19 pictures are in one loader only: count those that come",
            like=lambda m, f, batches: _epoch_loss(m, f, batches, divide=19),
        ),
        Mistake(
            "use the loss_fn that is given: it need not be cross-entropy",
            like=lambda m, f, batches: _epoch_loss(m, nn.functional.cross_entropy, batches),
        ),
    ],
)
def repair_epoch_loss(model, loss_fn, loader):
    """Return the mean loss of a picture of ``loader``."""
    total, seen = 0.0, 0
    for images, labels in loader:
        total += loss_fn(model(images), labels).item() * len(labels)
        seen += len(labels)
    return total / seen


def repair_transforms_starter(train, mean, std):
    """Return the transform for training images (``train`` True) or for test images."""
    steps = [v2.ToImage(), v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()]
    steps += [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    return v2.Compose(steps)


def _transforms(mean, std, *augment, normalize=True, convert=True, scale=True, after=()):
    steps = [*([v2.ToImage()] if convert else []), *augment, v2.ToDtype(torch.float32, scale=scale)]
    return v2.Compose([*steps, *([v2.Normalize(mean, std)] if normalize else []), *after])


def _crop_and_flip():
    return [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()]


@exercise(
    starter=repair_transforms_starter,
    observe=pictures_of,
    praise="test pictures stay as they are, training pictures vary",
    hints=[
        "Transform one test image twice. Should the two results differ?",
        "Crop and flip belong in the list only if train is True; the other steps always.",
    ],
    mistakes=[
        Mistake(
            "the test images are still cropped and flipped at random",
            like=repair_transforms_starter,
        ),
        Mistake(
            "now training has lost its augmentation too: keep crop and flip there",
            like=lambda train, mean, std: _transforms(mean, std),
        ),
        Mistake(
            "the other way round: crop and flip when train is True",
            like=lambda train, mean, std: _transforms(
                mean, std, *([] if train else _crop_and_flip())
            ),
        ),
        Mistake(
            "test images need the same normalisation: only the random steps go",
            like=lambda train, mean, std: _transforms(
                mean, std, *(_crop_and_flip() if train else []), normalize=train
            ),
        ),
        Mistake(
            "the flip is random too: it must not touch test images",
            like=lambda train, mean, std: _transforms(
                mean, std, *_crop_and_flip()[0 if train else 1 :]
            ),
        ),
        Mistake(
            "test images come as PIL images too: v2.ToImage() first, always",
            like=lambda train, mean, std: _transforms(
                mean, std, *(_crop_and_flip() if train else []), convert=train
            ),
        ),
        Mistake(
            "scale=True: 0…255 becomes 0…1, which mean and std are made for",
            like=lambda train, mean, std: _transforms(
                mean, std, *(_crop_and_flip() if train else []), scale=False
            ),
        ),
        Mistake(
            "training flips half of the pictures: keep RandomHorizontalFlip() there as it was",
            like=lambda train, mean, std: _transforms(
                mean, std, *_crop_and_flip()[: 1 if train else 0]
            ),
        ),
        Mistake(
            "keep the crop in training as it was, padding=4 too: without padding it moves nothing",
            like=lambda train, mean, std: _transforms(
                mean, std, *(_crop_and_flip()[1:] if train else [])
            ),
        ),
        Mistake(
            "crop before Normalize: afterwards the border's 0 is no black, but the mean colour",
            like=lambda train, mean, std: _transforms(
                mean, std, after=_crop_and_flip() if train else []
            ),
        ),
    ],
)
def repair_transforms(train, mean, std):
    """Return the transform for training images (``train`` True) or for test images."""
    steps = [v2.ToImage()]
    if train:
        steps += [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()]
    steps += [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    return v2.Compose(steps)


EXERCISES = collect(vars())
