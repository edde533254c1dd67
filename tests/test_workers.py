import os
import subprocess
import sys

import pytest

from course_utils.workers import hidden_reports

COMPLAIN = [sys.executable, "-c", "import os; os.write(2, b'dying\\n')"]


def test_reports_of_other_processes_are_hidden_and_come_back(capfd):
    with hidden_reports():
        subprocess.run(COMPLAIN, check=True)
    assert capfd.readouterr().err == ""
    subprocess.run(COMPLAIN, check=True)
    assert capfd.readouterr().err.strip() == "dying"


def test_exceptions_pass_and_nothing_stays_open(capfd):
    before = os.dup(2)
    os.close(before)
    with pytest.raises(ValueError, match="mine"), hidden_reports():
        raise ValueError("mine")
    after = os.dup(2)
    os.close(after)
    assert after == before  # the lowest free number is the same again
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
