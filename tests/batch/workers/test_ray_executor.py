"""A cluster of two machines, one of which goes down in the middle of the work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from doubles.batch import load_double, load_wrong_bundle, make_jobs

from e2eocr.batch.jobs import Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.workers.executors import SerialExecutor
from e2eocr.batch.workers.limits import Limits
from e2eocr.batch.workers.worker import DocumentWorker
from e2eocr.errors import BundleError, UsageError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
ray = pytest.importorskip("ray")
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}


@pytest.fixture(scope="module")
def cluster(repository: Path) -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        # Where e2eocr is installed on the machines of a real cluster.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(repository), str(repository / "tests")]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(initialize_head=True, head_node_args=NODE)
        cluster.add_node(**NODE)
        yield cluster
        cluster.shutdown()


def files_under(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_wrong_bundle_ends_the_run(cluster: Any, tmp_path: Path) -> None:
    from e2eocr.batch.workers.ray import RayExecutor

    settings = ScanSettings((tmp_path / "in",), tmp_path / "out")
    executor = RayExecutor(cluster.address, Limits(), tmp_path / "out/.e2eocr-pages", workers=1)
    with pytest.raises(BundleError, match=r"charset\.txt is missing"):
        list(executor.run(partial(DocumentWorker, settings, load_wrong_bundle), make_jobs(tmp_path, {"a.png": "one"})))


def test_the_work_outlives_a_machine(cluster: Any, tmp_path: Path) -> None:
    from e2eocr.batch.workers.ray import RayExecutor

    nap = "\n".join(["!nap"] * 5)
    contents = {f"{number}.png": nap for number in range(8)} | {"large.png": "\n".join(["!nap"] * 30)}
    jobs = make_jobs(tmp_path, contents)
    expected = ScanSettings((tmp_path / "in",), tmp_path / "out")
    list(SerialExecutor().run(partial(DocumentWorker, expected, load_double), jobs))
    serial = files_under(tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        path.unlink()

    # One that kills its worker each time, and must cost nothing else.
    jobs += make_jobs(tmp_path, {"bad.png": "page 1\n!kill"})
    executor = RayExecutor(cluster.address, Limits(page_timeout=60), tmp_path / "out/.e2eocr-pages")
    outcomes: dict[str, Outcome] = {}
    for outcome in executor.run(partial(DocumentWorker, expected, load_double), jobs):
        outcomes[outcome.job.name] = outcome
        if len(outcomes) == 3:
            cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    assert {name: outcome.status for name, outcome in outcomes.items()} == {name: "ok" for name in contents} | {
        "bad.png": "partial"
    }
    message = "1 of 2 pages failed; page 2: the worker process crashed, or was lost with its machine"
    assert (outcomes["bad.png"].message, outcomes["bad.png"].attempts) == (message, 2)
    written = files_under(tmp_path / "out")
    assert {name: data for name, data in written.items() if not name.startswith("bad.png")} == serial
    assert sorted(set(written) - set(serial)) == ["bad.png.json", "bad.png.txt"]  # the folder for pages is gone


def test_no_cluster_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from e2eocr.batch.workers.ray import RayExecutor

    def refuse(*arguments: object, **options: object) -> None:
        raise ConnectionError("Could not find any running Ray instance.\nStart one.")

    monkeypatch.setattr(ray, "init", refuse)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(UsageError, match=r"auto: no Ray cluster is there: .* instance\. Start one with `ray start"):
        list(RayExecutor("auto", Limits(), tmp_path).run(object, []))  # type: ignore[arg-type]
