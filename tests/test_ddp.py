"""Several processes train as one: in a crew that is started once, and by torchrun itself."""

import os
import pickle
import re
import sys
import time
from multiprocessing import Pipe
from pathlib import Path

import pytest
import torch
from torch import nn

from course_utils import crew as crews
from course_utils import ddp, jobs
from course_utils.checkpoint import load_checkpoint
from course_utils.crew import Crew, CrewError
from course_utils.jobs import Job, cause
from course_utils.processes import SharedBatches, choose_device

PATIENCE = 240  # seconds; a busy machine takes long to import torch three times
SMALL = {"batch_size": 32, "train_size": 70, "test_size": 33, "data": "sample"}
WORDS = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]

pytestmark = pytest.mark.timeout(2 * PATIENCE)


@pytest.fixture(scope="module")
def crew():
    crew = Crew(2, seconds=PATIENCE)
    yield crew
    crew.close()


def shares(length, batch_size, size, *, epoch=0, shuffle=True, seed=0):
    samplers = [
        SharedBatches(length, batch_size, rank=rank, size=size, shuffle=shuffle, seed=seed)
        for rank in range(size)
    ]
    for sampler in samplers:
        sampler.set_epoch(epoch)
    return samplers


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [4, 5, 8, 9, 10, 11, 12, 13, 50, 97])
def test_every_position_is_taken_exactly_once(length, size):
    samplers = shares(length, 4, size)
    lists = [list(sampler) for sampler in samplers]
    taken = sorted(position for batches in lists for batch in batches for position in batch)
    assert taken == list(range(length))
    assert len({len(batches) for batches in lists}) == 1 == len({len(s) for s in samplers})
    for parts, whole in zip(zip(*lists, strict=True), samplers[0].sizes, strict=True):
        lengths = [len(part) for part in parts]
        assert sum(lengths) == whole
        assert 1 <= min(lengths) <= max(lengths) <= min(lengths) + 1


@pytest.mark.parametrize("length", [8, 10, 97])
def test_two_share_the_batches_of_one(length):
    (alone,) = shares(length, 8, 1, epoch=3)
    halves = zip(*shares(length, 8, 2, epoch=3), strict=True)
    merged = [sorted(a + b) for a, b in halves]
    if length % 8 != 1:
        assert merged == [sorted(batch) for batch in alone]


def test_the_order_depends_on_seed_and_epoch():
    orders = {str(list(shares(20, 8, 2, epoch=e, seed=s)[0])) for e in (0, 1) for s in (0, 7)}
    assert len(orders) == 4
    plain = shares(6, 3, 1, shuffle=False)[0]
    assert list(plain) == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(("length", "batch_size"), [(2, 8), (8, 2)])
def test_too_few_for_all_is_an_error(length, batch_size):
    with pytest.raises(ValueError, match="too few for 3 processes; use fewer"):
        SharedBatches(length, batch_size, rank=0, size=3, shuffle=True)


@pytest.mark.parametrize(
    ("device", "gpus", "nccl", "expected"),
    [
        ("cuda", 2, True, "cuda:1"),
        ("cuda", 1, True, "cpu"),
        ("cuda", 2, False, "cpu"),  # Windows
        ("cpu", 2, True, "cpu"),
    ],
)
def test_each_process_has_a_gpu_of_its_own_or_none(monkeypatch, device, gpus, nccl, expected):
    monkeypatch.setattr("course_utils.processes.get_device", lambda: torch.device(device))
    monkeypatch.setattr("torch.cuda.device_count", lambda: gpus)
    monkeypatch.setattr("torch.cuda.set_device", lambda device: None)
    monkeypatch.setattr("torch.distributed.is_nccl_available", lambda: nccl)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert choose_device() == torch.device(expected)


def gradients(network, images, labels):
    """Return the gradient of the mean loss over the whole batch; a process computes its share."""
    from torch.nn.parallel import DistributedDataParallel

    ddp = DistributedDataParallel(network)
    part = slice(dist.get_rank(), None, dist.get_world_size())  # noqa: F821
    nn.functional.cross_entropy(ddp(images[part]), labels[part]).backward()
    return [parameter.grad for parameter in network.parameters()]


@pytest.mark.parametrize(
    ("network", "dtype", "least", "most"),
    [
        ("classic", torch.float32, 0, 1e-6),
        ("classic", torch.float64, 0, 1e-14),
        ("improved", torch.float64, 1e-3, 10),  # batch norm sees half of the batch
    ],
)
def test_two_times_n_is_one_times_two_n(crew, network, dtype, least, most):
    torch.manual_seed(0)
    model = ddp.RECIPES[network].network().to(dtype)
    images, labels = torch.randn(8, 3, 32, 32, dtype=dtype), torch.arange(8)
    both = crew.run(gradients, model, images, labels, seconds=PATIENCE)
    nn.functional.cross_entropy(model(images), labels).backward()
    distance = max(
        (a - p.grad).abs().max().item() for a, p in zip(both[0], model.parameters(), strict=True)
    )
    assert least <= distance <= most
    assert all(torch.equal(a, b) for a, b in zip(*both, strict=True))


def run_ddp(settings, folder):
    from pathlib import Path

    from course_utils import ddp

    return ddp.train(ddp.Settings(**settings), torch.device("cpu"), Path(folder))


def weights(folder):
    return load_checkpoint(folder / "last.pt")["model"]


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_killed_process_ends_the_job_and_training_goes_on(crew, tmp_path, monkeypatch):
    folder = tmp_path / "Läufe mit Leerzeichen"
    monkeypatch.setenv("OMP_NUM_THREADS", "3")  # the job has one thread all the same, as the crew
    arguments = ["-m", "course_utils.ddp", "--network=classic", "--epochs=400", *WORDS]
    with Job(*arguments, f"--folder={folder}", timeout=PATIENCE) as job:
        for line in job:
            if line.startswith("epoch 2/"):
                job.kill(1)
    assert job.returncode not in (0, None)
    assert cause(job.report).startswith("rank 1: exit code ")
    for pid in job.pids.values():
        assert not is_running(pid)
    complete = len(load_checkpoint(folder / "last.pt")["history"])
    assert 2 <= complete < 400
    settings = {"network": "classic", "epochs": complete + 1, **SMALL}
    resumed = crew.run(run_ddp, settings, str(folder), seconds=PATIENCE)
    straight = crew.run(run_ddp, settings, str(tmp_path / "straight"), seconds=PATIENCE)
    assert resumed == straight
    assert same(weights(folder), weights(tmp_path / "straight"))


def test_resumed_is_the_same_to_the_last_bit(crew, tmp_path):
    settings = {"network": "improved", "epochs": 3, **SMALL}
    straight = crew.run(run_ddp, settings, str(tmp_path / "straight"), seconds=PATIENCE)
    with pytest.raises(CrewError, match="ended on purpose"):
        crew.run(interrupted, settings, str(tmp_path / "resumed"), seconds=PATIENCE)
    assert len(load_checkpoint(tmp_path / "resumed/last.pt")["history"]) == 2
    resumed = crew.run(run_ddp, settings, str(tmp_path / "resumed"), seconds=PATIENCE)
    assert straight[0] == straight[1] == resumed[0] == resumed[1]
    assert same(weights(tmp_path / "straight"), weights(tmp_path / "resumed"))


def interrupted(settings, folder):
    from course_utils import ddp

    really, calls = ddp.train_one_epoch, []

    def train_one_epoch(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("ended on purpose")
        return really(*arguments)

    ddp.train_one_epoch = train_one_epoch
    try:
        run_ddp(settings, folder)
    finally:
        ddp.train_one_epoch = really


def test_one_process_trains_the_same_and_needs_no_torchrun(crew, tmp_path, capsys):
    settings = {"network": "classic", "epochs": 2, **SMALL}
    two, _ = crew.run(run_ddp, settings, str(tmp_path / "two"), seconds=PATIENCE)
    capsys.readouterr()
    arguments = ["--network=classic", *WORDS, f"--folder={tmp_path / 'one'}"]
    assert ddp.main([*arguments, "--epochs=1"]) == 0
    assert ddp.main([*arguments, "--epochs=2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"rank 0 of 1: process \d+ on cpu", lines[0])
    assert "resumed after epoch 1" in lines
    assert lines[-1].startswith("epoch 2/2   train: loss 2.")
    one = load_checkpoint(tmp_path / "one/last.pt")["history"]
    torch.testing.assert_close(torch.tensor(one), torch.tensor(two), atol=1e-4, rtol=0)


def test_other_settings_are_refused_in_one_line(tmp_path, capsys):
    arguments = ["--network=classic", "--epochs=1", *WORDS, f"--folder={tmp_path}"]
    assert ddp.main(arguments) == 0
    assert ddp.main([*arguments, "--seed=1"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "was trained with seed=0, not 1" in error


def test_lost_contact_is_told_in_one_line(tmp_path, capsys, monkeypatch):
    def train(*arguments):
        raise RuntimeError("[gloo/transport/tcp/pair.cc:545] Connection closed by peer [::1]:1234")

    monkeypatch.setattr(ddp, "train", train)
    assert ddp.main([f"--folder={tmp_path}"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Another process has gone" in error
    assert "The same command goes on" in error


def is_running(pid):
    """Whether a process is there; one that has ended and was not waited for does not count."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


STUBBORN = """
import os, signal, subprocess, sys, time
if len(sys.argv) == 1:
    for rank in "01":
        subprocess.Popen([sys.executable, __file__, rank], start_new_session=True)
else:
    os.write(1, f"rank {sys.argv[1]} of 2: process {os.getpid()}\\n".encode())
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
"""


@pytest.mark.parametrize("why", [KeyboardInterrupt, TimeoutError])
def test_a_job_ends_even_processes_that_do_not_want_to(tmp_path, monkeypatch, why):
    script = tmp_path / "stubborn.py"
    script.write_text(STUBBORN, encoding="utf-8")
    monkeypatch.setattr(jobs, "PATIENCE", 0.5)
    job = Job(timeout=PATIENCE)
    job.command = [sys.executable, str(script)]
    started = time.monotonic()
    with pytest.raises(why):
        leave_when_started(job, why)
    assert time.monotonic() - started < 60  # not the 600 seconds that they sleep
    assert job.returncode is not None
    assert len(job.pids) == 2
    deadline = time.monotonic() + 20
    while any(map(is_running, job.pids.values())) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, job.pids.values()))


def leave_when_started(job, why):
    with job:
        for _ in job:
            if len(job.pids) == 2 and why is KeyboardInterrupt:
                raise why
            if len(job.pids) == 2:
                job._deadline = time.monotonic()


def test_a_job_that_takes_too_long_is_told():
    job = Job("-m", "nothing", timeout=0.5)
    job.command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(TimeoutError, match=r"not done within 0.5 s"), job:
        list(job)
    assert job.returncode is not None


def test_report_without_a_failure_has_no_cause():
    assert cause("all is well") == ""


def test_crew_tells_who_raised_what(crew):
    with pytest.raises(CrewError, match=r"^rank 1: ValueError: not me$"):
        crew.run(only_one_fails)
    assert crew.run(rank_of) == [0, 1]


def only_one_fails():
    if dist.get_rank() == 1:  # noqa: F821
        raise ValueError("not me")


def rank_of():
    return dist.get_rank()  # noqa: F821


def test_crew_prints_in_the_order_of_ranks(crew, capsys):
    crew.run(talk)
    assert capsys.readouterr().out == "rank 0: a\nrank 0: b\nrank 1: a\nrank 1: b\n"


def talk():
    print("a\nb")


@pytest.fixture
def crew_of():
    """Make a crew of nobody: for each rank the answers that its process gives, one a call."""
    ends = []

    def make(*ranks):
        pairs = [Pipe() for _ in ranks]
        for (_, theirs), answers in zip(pairs, ranks, strict=True):
            ends.append(theirs)
            for answer in answers:
                crews._send(theirs, "", answer, "")
        crew = object.__new__(Crew)
        crew.size, crew._pipes = len(ranks), [ours for ours, _ in pairs]
        crew._end = lambda: [pipe.close() for pipe in crew._pipes]
        return crew

    yield make
    for end in ends:
        end.close()


def test_crew_that_gives_no_answer_is_ended(crew_of):
    crew = crew_of([], [1], [])
    with pytest.raises(TimeoutError, match=r"^rank 0, 2 gave no answer within 0.5 s, so all 3"):
        crew.run(talk, seconds=0.5)
    with pytest.raises(CrewError, match="have ended"):
        crew.run(talk)


@pytest.mark.parametrize("error", [KeyboardInterrupt, pickle.UnpicklingError])
def test_an_answer_that_was_not_waited_for_is_never_given_later(crew_of, monkeypatch, error):
    crew = crew_of(["slow", "quick"])
    monkeypatch.setattr(crews, "wait", lambda *_: (_ for _ in ()).throw(error))
    with pytest.raises(error):
        crew.run(talk)
    monkeypatch.undo()
    with pytest.raises(CrewError, match="have ended"):
        crew.run(talk)


def test_crew_tells_the_error_that_the_others_wait_for(crew, monkeypatch):
    monkeypatch.setattr(crews, "GRACE", 1.0)
    expected = r"^rank 1: ValueError: a typo \(rank 0 gave no answer then, so all 2 processes"
    with pytest.raises(CrewError, match=expected):
        crew.run(one_waits_for_one_that_fails, seconds=PATIENCE)
    assert not any(map(is_running, crew.pids))
    with pytest.raises(CrewError, match="have ended"):
        crew.run(rank_of)


def one_waits_for_one_that_fails():
    if dist.get_rank() == 1:  # noqa: F821
        raise ValueError("a typo")
    dist.all_reduce(torch.zeros(1))  # noqa: F821


def test_a_crew_of_nobody_is_refused():
    with pytest.raises(ValueError, match="use 1 or more"):
        Crew(0)


def test_a_process_is_known_whose_first_line_stands_behind_another_ones():
    script = (
        "print('Data: drawnrank 1 of 2: process 77 on cpu'); print('rank 0 of 2: process 76 on')"
    )
    with Job("--no-python", sys.executable, "-c", script, processes=1) as job:
        assert len(list(job)) == 2
    assert job.pids == {0: 76, 1: 77}
