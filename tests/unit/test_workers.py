"""Jobs in processes: order, bounds, errors in their place, cancellation, deaths; and the same without processes."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from itertools import count, islice
from pickle import PicklingError

import pytest

import worker_jobs
from carnet.errors import UsageError, VerifyError
from carnet.workers import WorkerDiedError, Workers, cores


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def two():
    with Workers(2) as workers:
        yield workers


@pytest.fixture(params=["processes", "inline", "another executor"])
def any_workers(request, two):
    if request.param == "processes":
        yield two
    elif request.param == "inline":
        with Workers(1) as workers:
            yield workers
    else:
        with ThreadPoolExecutor(2) as threads, Workers(2, executor=threads) as workers:
            yield workers


def test_results_come_in_the_order_of_the_items_whoever_is_done_first(any_workers):
    items = [0.3, 0.0, 0.0, 0.05, 0.0, 0.1, 0.0]
    assert list(any_workers.stream(worker_jobs.late, items)) == items


def test_no_items_no_results(any_workers):
    assert list(any_workers.stream(abs, [])) == []


def test_jobs_are_done_by_as_many_processes_as_were_asked_for(two):
    found = set(two.stream(worker_jobs.process, range(20)))
    found |= {job.result() for job in [two.submit(worker_jobs.late, 0.2), two.submit(worker_jobs.process, 0)]} - {0.2}
    assert 1 <= len(found) <= 2
    assert os.getpid() not in found


@pytest.mark.parametrize("processes", [0, 1])
def test_one_process_or_none_is_this_one(processes):
    with Workers(processes) as workers:
        assert set(workers.stream(worker_jobs.process, range(3))) == {os.getpid()}


def test_one_process_apart_is_another_one():
    with Workers(1, apart=True) as workers:
        first = workers.submit(worker_jobs.process, 0).result()
        assert first != os.getpid()
        assert set(workers.stream(worker_jobs.process, range(3))) == {first}
    assert not alive(first)


def test_an_item_that_is_the_only_one_starts_no_process():
    with Workers(2) as workers:
        assert list(workers.stream(worker_jobs.process, iter([0]))) == [os.getpid()]


def test_by_default_there_is_a_process_for_each_processor():
    assert Workers().processes == cores() >= 1


@pytest.mark.parametrize("ahead", [None, 1, 3, 10])
def test_no_more_items_are_taken_than_may_be_under_way(any_workers, ahead):
    taken = count()
    most = ahead or 2 * any_workers.processes
    for number, result in enumerate(islice(any_workers.stream(abs, taken, ahead=ahead), 30), start=1):
        assert result == number - 1
        ahead_now = int(repr(taken)[len("count(") : -1]) - (number - 1)
        assert 1 <= ahead_now <= most


def test_less_than_one_job_under_way_is_refused(any_workers):
    with pytest.raises(UsageError, match="at least one"):
        any_workers.stream(abs, [1], ahead=0)


def test_what_a_job_raises_is_raised_in_its_place_and_ends_the_stream(any_workers):
    results = any_workers.stream(worker_jobs.refuse, count())
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(VerifyError) as caught:
        next(results)
    assert (caught.value.check, caught.value.detail, str(caught.value)) == (
        "tier.proof",
        "item 3",
        "tier.proof: item 3",
    )
    assert list(results) == []
    assert list(any_workers.stream(abs, [-1, -2])) == [1, 2]  # the workers are none the worse


def test_where_a_job_failed_in_a_worker_is_told(two):
    with pytest.raises(VerifyError) as caught:
        list(two.stream(worker_jobs.refuse, range(5)))
    assert 'raise VerifyError("tier.proof"' in caught.value.__notes__[0]


def test_an_error_that_cannot_be_sent_is_told(two):
    with pytest.raises(RuntimeError, match="OddError: 5 and 5"):
        two.submit(worker_jobs.refuse_oddly, 5).result()


@pytest.mark.parametrize("function", [lambda item: item, partial(worker_jobs.late, Future())])
def test_a_job_that_cannot_be_sent_is_refused_in_its_place(two, function):
    with pytest.raises((AttributeError, TypeError, PicklingError)):
        next(two.stream(function, [1, 2]))
    assert two.submit(abs, -1).result() == 1


def test_a_result_that_cannot_be_sent_is_told(two):
    with pytest.raises((AttributeError, PicklingError)):
        two.submit(eval, "lambda: 0").result()


def test_jobs_that_have_not_begun_never_do_once_their_stream_is_closed(tmp_path):
    marks = [tmp_path / f"{number}" for number in range(5)]
    with Workers(1, apart=True) as workers:
        stream = workers.stream(worker_jobs.mark, map(str, marks), ahead=5)
        next(stream)
        stream.close()
        workers.submit(abs, 1).result()  # whatever had begun is done
        assert [each.exists() for each in marks][-3:] == [False] * 3


class Elsewhere:
    """The least that an executor is: like a cluster's client, whose futures are not the standard library's."""

    def __init__(self):
        self.jobs = []

    def submit(self, function, /, *args):
        self.jobs.append(self.Job(function, args))
        return self.jobs[-1]

    class Job:
        def __init__(self, function, args):
            self.result = partial(function, *args)
            self.cancelled = False

        def cancel(self):
            self.cancelled = True


def test_any_executor_will_do_and_is_told_what_is_not_wanted_any_more():
    elsewhere = Elsewhere()
    with Workers(2, executor=elsewhere) as workers:
        stream = workers.stream(abs, count())
        assert [next(stream), next(stream)] == [0, 1]
        stream.close()
        assert [job.cancelled for job in elsewhere.jobs] == [False, False, True, True, True]
        assert list(workers.stream(abs, [-1])) == [1]
    assert len(elsewhere.jobs) == 6


def test_leaving_ends_all_processes_at_once_whatever_they_do(tmp_path):
    begun = time.monotonic()
    with Workers(2) as workers:
        jobs = [workers.submit(worker_jobs.announce, str(tmp_path / f"{n}"), 60) for n in range(4)]
        until(lambda: all((tmp_path / f"{n}").exists() and (tmp_path / f"{n}").read_text() for n in range(2)))
        processes = [int((tmp_path / f"{n}").read_text()) for n in range(2)]
        assert all(map(alive, processes))
    assert not any(map(alive, processes))
    assert time.monotonic() - begun < 30
    for job in jobs:
        with pytest.raises(CancelledError):
            job.result()
    with pytest.raises(UsageError, match="closed"):
        workers.submit(abs, 1)


def test_a_job_whose_process_is_killed_is_done_again(tmp_path):
    with Workers(2) as workers:
        marks = [str(tmp_path / f"{n}") for n in range(5)]
        assert list(workers.stream(worker_jobs.die_once, marks)) == ["alive"] * 5


def test_a_process_that_is_killed_while_it_has_nothing_to_do_is_replaced():
    with Workers(1, apart=True) as workers:
        first = workers.submit(worker_jobs.process, 0).result()
        os.kill(first, signal.SIGKILL)
        assert workers.submit(worker_jobs.process, 0).result() not in {first, os.getpid()}


def test_a_job_that_kills_two_processes_is_named_in_its_place():
    with Workers(2) as workers:
        results = workers.stream(worker_jobs.die_of_three, count())
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(WorkerDiedError, match=r"ended two worker processes.*SIGKILL, SIGKILL"):
            next(results)
        assert workers.submit(abs, -1).result() == 1


SCRIPT = """
import os, sys, time
from pathlib import Path
import worker_jobs
from carnet.workers import Workers
if __name__ == "__main__":
    with Workers(2) as workers:
        jobs = [workers.submit(worker_jobs.announce, f"{sys.argv[1]}/{n}", 60) for n in range(2)]
        print("begun", flush=True)
        jobs[0].result()
"""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("early", [False, True], ids=["while they work", "while they start"])
def test_no_process_outlives_its_parent_or_says_anything(tmp_path, by, early):
    """A signal goes to all processes of the group, as that of a terminal does; kill -9, to the parent alone."""
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    with subprocess.Popen(
        [sys.executable, tmp_path / "script.py", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as parent:
        assert parent.stdout.readline() == "begun\n"
        if not early:
            until(lambda: all((tmp_path / f"{n}").exists() for n in range(2)))
        (os.kill if by is signal.SIGKILL else os.killpg)(parent.pid, by)
        _, said = parent.communicate(timeout=30)  # until all who hold the pipe have gone
        assert parent.returncode == -by
    told = said.splitlines()
    assert [line for line in told if "Process" in line or "leaked" in line] == []
    assert (told[-1:] == ["KeyboardInterrupt"]) == (by is signal.SIGINT)
