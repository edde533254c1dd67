"""Wrong answers to the exercises of notebook 17."""

import copy

import torch
from torchvision.transforms import v2
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("17")


@wrong("weighted_mean_loss", "mean of the batch means")
def loss_mean_of_means(batch_losses, batch_sizes):
    return torch.tensor(batch_losses).mean().item()


@wrong("weighted_mean_loss", "number of pictures, not of batches")
def loss_by_batches(batch_losses, batch_sizes):
    pairs = zip(batch_losses, batch_sizes, strict=True)
    return sum(loss * size for loss, size in pairs) / len(batch_losses)


@wrong("weighted_mean_loss", "weigh each with its batch size")
def loss_unweighted(batch_losses, batch_sizes):
    return sum(batch_losses) / sum(batch_sizes)


@wrong("weighted_mean_loss", "divide it by how many there are")
def loss_summed(batch_losses, batch_sizes):
    total = 0
    for i in range(len(batch_losses)):
        total += batch_losses[i] * batch_sizes[i]
    return total


@wrong("accuracy", "the classes lie along dim 1")
def accuracy_down_the_batch(logits, labels):
    return (torch.argmax(logits, 0) == labels).float().mean().item()


@wrong("accuracy", "this counts the hits")
def accuracy_count(logits, labels):
    return int((logits.argmax(1) == labels).sum())


@wrong("accuracy", "a fraction from 0 to 1")
def accuracy_percent(logits, labels):
    return (logits.argmax(1) == labels).float().mean().item() * 100


@wrong("accuracy", ".item()")
def accuracy_tensor(logits, labels):
    return (logits.argmax(1) == labels).float().mean()


@wrong("accuracy", "not of classes")
def accuracy_by_classes(logits, labels):
    return (logits.argmax(1) == labels).sum().item() / len(logits[0])


@wrong("early_stop_epoch", "not with the epoch before")
def stop_against_the_epoch_before(valid_losses, patience):
    worse = 0
    for i in range(1, len(valid_losses)):
        worse = 0 if valid_losses[i] < valid_losses[i - 1] else worse + 1
        if worse == patience:
            return i + 1
    return len(valid_losses)


@wrong("early_stop_epoch", "an equal loss is no improvement")
def stop_counting_ties(valid_losses, patience):
    best, bad = valid_losses[0], 0
    for i, loss in enumerate(valid_losses):
        if loss <= best:
            best, bad = loss, 0
        else:
            bad += 1
        if bad >= patience:
            return i + 1
    return len(valid_losses)


@wrong("early_stop_epoch", "must set the waiting back to 0")
def stop_without_reset(valid_losses, patience):
    best, bad = 1e9, 0
    for i, loss in enumerate(valid_losses):
        if loss < best:
            best = loss
        else:
            bad += 1
        if bad >= patience:
            return i + 1
    return len(valid_losses)


@wrong("early_stop_epoch", "one epoch too late")
def stop_too_late(valid_losses, patience):
    best, bad = 1e9, 0
    for i, loss in enumerate(valid_losses):
        best, bad = (loss, 0) if loss < best else (best, bad + 1)
        if bad > patience:
            return i + 1
    return len(valid_losses)


@wrong("early_stop_epoch", "epochs count from 1")
def stop_counting_from_zero(valid_losses, patience):
    best, bad = 1e9, 0
    for i, loss in enumerate(valid_losses):
        best, bad = (loss, 0) if loss < best else (best, bad + 1)
        if bad == patience:
            return i
    return len(valid_losses) - 1


@wrong("confusion_matrix", "rows and columns are swapped")
def confusion_transposed(predictions, labels, classes):
    matrix = torch.zeros((classes, classes), dtype=torch.long)
    for p, y in zip(predictions, labels, strict=True):
        matrix[p, y] += 1
    return matrix


@wrong("confusion_matrix", "adds only once")
def confusion_indexed(predictions, labels, classes):
    matrix = torch.zeros((classes, classes), dtype=torch.long)
    matrix[labels, predictions] += 1
    return matrix


@wrong("confusion_matrix", "= 1 overwrites")
def confusion_overwritten(predictions, labels, classes):
    matrix = torch.zeros((classes, classes), dtype=torch.long)
    for p, y in zip(predictions, labels, strict=True):
        matrix[y, p] = 1
    return matrix


@wrong("confusion_matrix", "counts are whole numbers")
def confusion_float(predictions, labels, classes):
    matrix = torch.zeros(classes, classes)
    for p, y in zip(predictions, labels, strict=True):
        matrix[y, p] += 1
    return matrix


@wrong("confusion_matrix", "classes that do not occur")
def confusion_of_seen_classes(predictions, labels, classes):
    n = torch.cat([predictions, labels]).max().item() + 1
    matrix = torch.zeros((n, n), dtype=torch.long)
    for p, y in zip(predictions, labels, strict=True):
        matrix[y, p] += 1
    return matrix


def _loop(model, loss_fn, loader):
    loss = hits = seen = 0
    for images, labels in loader:
        out = model(images)
        loss += loss_fn(out, labels).item() * len(labels)
        hits += (out.argmax(1) == labels).sum().item()
        seen += len(labels)
    return loss / seen, hits / seen


@wrong("repair_evaluate", "eval() does not stop autograd")
def evaluate_eval_only(model, loss_fn, loader):
    model.train(False)
    return _loop(model, loss_fn, loader)


@wrong("repair_evaluate", "no gradients is one half")
def evaluate_no_grad_only(model, loss_fn, loader):
    with torch.inference_mode():
        return _loop(model, loss_fn, loader)


@wrong("repair_evaluate", "no gradients is one half")
def evaluate_eval_too_late(model, loss_fn, loader):
    with torch.no_grad():
        result = _loop(model, loss_fn, loader)
    model.eval()
    return result


@wrong("repair_evaluate", "the model is in train mode: yours True")
def evaluate_a_copy_in_train_mode(model, loss_fn, loader):
    with torch.no_grad():
        return _loop(copy.deepcopy(model), loss_fn, loader)


@wrong("repair_evaluate", "the model is in train mode: yours True")
def evaluate_with_one_layer_in_eval_mode(model, loss_fn, loader):
    model[0].eval()
    with torch.no_grad():
        return _loop(model, loss_fn, loader)


def test_evaluating_a_copy_is_right():
    def repair_evaluate(model, loss_fn, loader):
        with torch.no_grad():
            return _loop(copy.deepcopy(model).eval(), loss_fn, loader)

    assert judge(repair_evaluate).status == "solved"


@wrong("repair_evaluate", "not the pair")
def evaluate_loss_alone(model, loss_fn, loader):
    model.eval()
    with torch.no_grad():
        return _loop(model, loss_fn, loader)[0]


@wrong("repair_epoch_loss", "divide by the pictures, not the batches")
def epoch_loss_by_batches(model, loss_fn, loader):
    losses = [loss_fn(model(x), y).item() * len(y) for x, y in loader]
    return sum(losses) / len(losses)


@wrong("repair_epoch_loss", "the last batch is short")
def epoch_loss_full_batches(model, loss_fn, loader):
    total = 0
    for i, (x, y) in enumerate(loader):
        size = len(y) if i == 0 else size  # noqa: F821
        total += loss_fn(model(x), y).item() * len(y)
    return total / (size * len(loader))


@wrong("repair_epoch_loss", "weigh it with len(labels)")
def epoch_loss_unweighted(model, loss_fn, loader):
    total, seen = 0.0, 0
    for x, y in loader:
        total += loss_fn(model(x), y).item()
        seen += len(y)
    return total / seen


@wrong("repair_epoch_loss", "still a mean of batch means")
def epoch_loss_mean_of_means(model, loss_fn, loader):
    losses = [loss_fn(model(x), y).item() for x, y in loader]
    return sum(losses) / len(losses)


def _compose(mean, std, *random_steps):
    last = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    return v2.Compose([v2.ToImage(), *random_steps, *last])


@wrong("repair_transforms", "training has lost its augmentation")
def transforms_without_augmentation(train, mean, std):
    return _compose(mean, std)


@wrong("repair_transforms", "the other way round")
def transforms_reversed(train, mean, std):
    if not train:
        return _compose(mean, std, v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip())
    return _compose(mean, std)


@wrong("repair_transforms", "the flip is random too")
def transforms_still_flipped(train, mean, std):
    crop = [v2.RandomCrop(32, padding=4)] if train else []
    return _compose(mean, std, *crop, v2.RandomHorizontalFlip())


@wrong("repair_transforms", "the same normalisation")
def transforms_test_not_normalised(train, mean, std):
    if train:
        return _compose(mean, std, v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip())
    return v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])


@wrong("repair_best_epoch", "still chosen by the test set")
def best_by_test(history):
    best = history[0]
    for row in history:
        if row["test_accuracy"] > best["test_accuracy"]:
            best = row
    return best["epoch"], best["test_accuracy"]


@wrong("repair_best_epoch", "rewards learning by heart")
def best_by_training(history):
    best = sorted(history, key=lambda row: -row["train_accuracy"])[0]
    return best["epoch"], best["test_accuracy"]


@wrong("repair_best_epoch", "report the test accuracy")
def best_reports_validation(history):
    best = sorted(history, key=lambda row: -row["valid_accuracy"])[0]
    return best["epoch"], best["valid_accuracy"]


@wrong("repair_best_epoch", "the last epoch")
def best_is_last(history):
    return len(history), history[-1]["test_accuracy"]


@wrong("repair_best_epoch", "not the highest of all")
def best_reports_highest_test(history):
    best = sorted(history, key=lambda row: -row["valid_accuracy"])[0]
    return best["epoch"], max(row["test_accuracy"] for row in history)


@wrong("repair_schedule", "still comes once a batch")
def schedule_per_batch(model, loss_fn, optimizer, scheduler, loader, epochs):
    for _ in range(epochs):
        for x, y in loader:
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()


@wrong("repair_schedule", "the first epochs miss the full rate")
def schedule_first(model, loss_fn, optimizer, scheduler, loader, epochs):
    for _ in range(epochs):
        scheduler.step()
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()


@wrong("repair_schedule", "the rate never falls")
def schedule_never(model, loss_fn, optimizer, scheduler, loader, epochs):
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()


@wrong("repair_schedule", "already counts to two")
def schedule_every_second_epoch(model, loss_fn, optimizer, scheduler, loader, epochs):
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        if epoch % 2 == 1:
            scheduler.step()


@wrong("accuracy", "bool has no mean: .float() first")
def accuracy_mean_of_bools(logits, labels):
    return (logits.argmax(dim=1) == labels).mean()


@wrong("early_stop_epoch", "training ends with the last epoch")
def stop_returns_none(valid_losses, patience):
    best, bad = 1e9, 0
    for i, loss in enumerate(valid_losses):
        best, bad = (loss, 0) if loss < best else (best, bad + 1)
        if bad == patience:
            return i + 1
    return None


@wrong("early_stop_epoch", "epochs count from 1")
def stop_index(valid_losses, patience):
    best, bad = 1e9, 0
    for i, loss in enumerate(valid_losses):
        best, bad = (loss, 0) if loss < best else (best, bad + 1)
        if bad == patience:
            return i
    return len(valid_losses)


@wrong("early_stop_epoch", "patience is ignored")
def stop_without_patience(valid_losses, patience):
    best = 1e9
    for i, loss in enumerate(valid_losses):
        if loss >= best:
            return i + 1
        best = loss
    return len(valid_losses)


@wrong("early_stop_epoch", "this never stops early")
def stop_never(valid_losses, patience):
    return len(valid_losses)


@wrong("early_stop_epoch", "keep the lowest so far")
def stop_after_the_lowest_of_all(valid_losses, patience):
    return min(valid_losses.index(min(valid_losses)) + 1 + patience, len(valid_losses))


@wrong("early_stop_epoch", "keep the lowest so far")
def stop_against_the_lowest_of_all(valid_losses, patience):
    bad = 0
    for i, loss in enumerate(valid_losses):
        bad = 0 if loss <= min(valid_losses) else bad + 1
        if bad == patience:
            return i + 1
    return len(valid_losses)


@wrong("repair_epoch_loss", "19 pictures are in one loader only")
def epoch_loss_by_nineteen(model, loss_fn, loader):
    return sum(loss_fn(model(x), y).item() * len(y) for x, y in loader) / 19


@wrong("repair_epoch_loss", "the loss_fn that is given")
def epoch_loss_hard_coded(model, loss_fn, loader):
    criterion = torch.nn.CrossEntropyLoss(reduction="sum")
    return sum(criterion(model(x), y).item() for x, y in loader) / len(loader.dataset)


def _augmentation():
    return [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()]


@wrong("repair_transforms", "v2.ToImage() first")
def transforms_test_without_to_image(train, mean, std):
    steps = [v2.ToImage(), *_augmentation()] if train else []
    return v2.Compose([*steps, v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)])


@wrong("repair_transforms", "keep RandomHorizontalFlip()")
def transforms_without_flip(train, mean, std):
    return _compose(mean, std, *(_augmentation()[:1] if train else []))


@wrong("repair_transforms", "keep the crop")
def transforms_without_crop(train, mean, std):
    return _compose(mean, std, *(_augmentation()[1:] if train else []))


@wrong("repair_transforms", "half of the pictures")
def transforms_always_flipped(train, mean, std):
    flip = v2.RandomHorizontalFlip(p=1)
    return _compose(mean, std, *([v2.RandomCrop(32, padding=4), flip] if train else []))


@wrong("repair_transforms", "padding=4 too")
def transforms_with_a_crop_that_moves_nothing(train, mean, std):
    crop = [v2.RandomCrop(32), v2.RandomHorizontalFlip()]
    return _compose(mean, std, *(crop if train else []))


@wrong("repair_transforms", "crop before Normalize")
def transforms_augment_last(train, mean, std):
    return v2.Compose([_compose(mean, std), *(_augmentation() if train else [])])


@wrong("repair_transforms", "0…255 becomes 0…1")
def transforms_unscaled(train, mean, std):
    steps = [v2.ToImage(), *(_augmentation() if train else [])]
    return v2.Compose([*steps, v2.ToDtype(torch.float32), v2.Normalize(mean, std)])


@wrong("repair_best_epoch", "this is an index from 0")
def best_index(history):
    best = max(range(len(history)), key=lambda i: history[i]["valid_accuracy"])
    return best, history[best]["test_accuracy"]


@wrong("repair_best_epoch", "the lowest validation accuracy")
def best_is_lowest(history):
    best = sorted(history, key=lambda row: row["valid_accuracy"])[0]
    return best["epoch"], best["test_accuracy"]


@wrong("repair_best_epoch", "keep the first")
def best_is_last_of_equals(history):
    best = history[0]
    for row in history:
        if row["valid_accuracy"] >= best["valid_accuracy"]:
            best = row
    return best["epoch"], best["test_accuracy"]


@wrong("repair_schedule", "zero_grad() is gone")
def schedule_without_zero_grad(model, loss_fn, optimizer, scheduler, loader, epochs):
    for _ in range(epochs):
        for x, y in loader:
            loss_fn(model(x), y).backward()
            optimizer.step()
        scheduler.step()


@wrong("repair_schedule", "it must still learn")
def schedule_without_backward(model, loss_fn, optimizer, scheduler, loader, epochs):
    for _ in range(epochs):
        for _ in loader:
            optimizer.zero_grad()
            optimizer.step()
        scheduler.step()


@wrong("repair_schedule", "leave step_size alone")
def schedule_stretched(model, loss_fn, optimizer, scheduler, loader, epochs):
    scheduler.step_size *= len(loader)
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            scheduler.step()


test_told, test_enough = wrong.tests()
