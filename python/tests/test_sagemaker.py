"""What starts a job inside a SageMaker container, and what answers an endpoint's requests there."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from kit import Outcome

from ml_lifecycle.sagemaker import inference, start
from ml_lifecycle.sagemaker.endpoint import Endpoint, StoreCapture, bucket_and_key, load
from ml_lifecycle.script import is_helper

RUNTIME = Path(start.__file__).resolve().parents[1]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def job_file(kind: str, inputs: dict[str, Any], **more: Any) -> str:
    provenance = {"run": "r", "dirty": False, "created": "2026-11-25T00:00:00Z"}
    job = {"job": 1, "id": "r", "kind": kind, "inputs": inputs, "params": {}, "provenance": provenance}
    return json.dumps({**job, **more})


def test_a_processing_job_reads_its_channels_where_they_lie(tmp_path: Path) -> None:
    base = tmp_path / "opt" / "ml"
    inputs = base / "processing" / "input"
    write(inputs / "data" / "d.csv", "a,b\n1,x\n2,y\n")
    plan = {
        "plan": 1,
        "input": [{"name": "a", "sqlType": "BIGINT"}, {"name": "b", "sqlType": "VARCHAR"}],
        "steps": [],
    }
    data = {"data": {"path": "in/data/d.csv", "read": "SELECT * FROM read_csv({path})"}}
    write(inputs / "job" / "job.json", job_file("prepare", data, plan=plan))
    source = inputs / "code"
    source.mkdir(parents=True)
    with tarfile.open(source / "sourcedir.tar.gz", "w:gz") as tar:
        tar.add(RUNTIME, "ml_lifecycle", filter=lambda one: None if "__pycache__" in one.name else one)
        empty = tarfile.TarInfo("requirements.txt")
        tar.addfile(empty, io.BytesIO())
    program = write(source / "start.py", Path(start.__file__).read_text(encoding="utf-8"))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SM_")}
    done = subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    out = base / "processing" / "output"
    assert json.loads((out / "metrics.json").read_text())["metrics"] == {"rows_in": 2.0, "rows_out": 2.0}
    assert (out / "data" / "data.parquet").is_file()

    write(inputs / "data" / "d.csv", "\x00\x01")
    failed = subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    message = (base / "output" / "message").read_text(encoding="utf-8")
    assert message.endswith("\n[invalid]")
    assert '@mll {"failure"' in failed.stdout


def prepare_job(base: Path, added: str) -> subprocess.CompletedProcess[str]:
    """Runs a processing job in `base` whose packages are to be installed while it starts, from its own folder of wheels."""
    inputs = base / "processing" / "input"
    write(inputs / "data" / "d.csv", "a\n1\n")
    plan = {"plan": 1, "input": [{"name": "a", "sqlType": "BIGINT"}], "steps": []}
    data = {"data": {"path": "in/data/d.csv", "read": "SELECT * FROM read_csv({path})"}}
    write(inputs / "job" / "job.json", job_file("prepare", data, plan=plan))
    source = inputs / "code"
    source.mkdir(parents=True)
    with tarfile.open(source / "sourcedir.tar.gz", "w:gz") as tar:
        tar.add(RUNTIME, "ml_lifecycle", filter=lambda one: None if "__pycache__" in one.name else one)
        text = f"--no-index\n--find-links wheels\n{added}\n".encode()
        listed = tarfile.TarInfo("added.txt")
        listed.size = len(text)
        tar.addfile(listed, io.BytesIO(text))
    program = write(source / "start.py", Path(start.__file__).read_text(encoding="utf-8"))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SM_")}
    return subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, text=True, check=False
    )


def test_packages_that_only_come_to_the_images_own_are_installed_while_the_job_starts(tmp_path: Path) -> None:
    # It is there already, so nothing is fetched.
    done = prepare_job(tmp_path / "ml", "numpy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "ml" / "processing" / "output" / "metrics.json").is_file()


def test_a_job_whose_packages_cannot_be_installed_does_not_run(tmp_path: Path) -> None:
    failed = prepare_job(tmp_path / "ml", "no-such-package-of-mll==1.0")
    assert failed.returncode == 1
    message = (tmp_path / "ml" / "output" / "message").read_text(encoding="utf-8")
    assert message.startswith("The packages of the job could not be installed in the container.\n→ ")
    assert "no-such-package-of-mll" in failed.stderr
    assert not (tmp_path / "ml" / "processing" / "output" / "metrics.json").exists()


def test_what_is_loaded_early_is_all_that_a_training_takes_long_to_load() -> None:
    program = (
        "import sys; from ml_lifecycle import early; early.load(); before = set(sys.modules); "
        "assert 'duckdb' not in before; import ml_lifecycle.train, ml_lifecycle.evaluate, ml_lifecycle.script; "
        "print([one for one in set(sys.modules) - before if one.split('.')[0] in ('sklearn', 'scipy', 'pandas')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=RUNTIME.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def rerun(folder: Path, said: bytes) -> subprocess.CompletedProcess[bytes]:
    """Runs the job of a folder again, told by `said` how the installing of its packages ended."""
    shutil.rmtree(folder / "out")
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME.parent), "MLL_PACKAGES": "coming"}
    command = [sys.executable, "-m", "ml_lifecycle", "job.json"]
    return subprocess.run(command, cwd=folder, env=environment, input=said, capture_output=True, check=False)


def test_a_training_that_loads_its_libraries_meanwhile_makes_the_same_model(
    iris_model: Outcome, tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    shutil.copytree(iris_model.folder, folder)
    for name in ("random_forest", "linear"):
        job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        job["params"]["algorithm"] = name
        write(folder / "job.json", json.dumps(job))
        done = rerun(folder, b"installed")
        assert done.returncode == 0, done.stderr
    again, first = (json.loads((one / "out/report.json").read_text()) for one in (folder, iris_model.folder))
    assert again == first
    evaluated = {**job, "kind": "evaluate", "inputs": {**job["inputs"], "model": {"path": "model"}}}
    shutil.move(folder / "out" / "model", folder / "model")
    write(folder / "job.json", json.dumps(evaluated))
    done = rerun(folder, b"installed")
    assert done.returncode == 0, done.stderr
    script = {**job, "script": "train.py", "params": {}}
    shutil.copyfile(RUNTIME / "templates" / "train.py", write(folder / "code" / "train.py", ""))
    write(folder / "job.json", json.dumps(script))
    done = rerun(folder, b"installed")
    assert done.returncode == 0, done.stderr


def test_a_job_whose_packages_do_not_come_ends_before_it_begins(iris_model: Outcome, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(iris_model.folder, folder)
    assert rerun(folder, b"").returncode == 1
    assert not (folder / "out").exists()


def test_what_the_exit_code_says(tmp_path: Path) -> None:
    assert "memory" in start.failure_of(-9, tmp_path)["message"]
    assert "memory" in start.failure_of(137, tmp_path)["message"]
    assert "SIGSEGV" in start.failure_of(-11, tmp_path)["message"]
    assert "exit code 3" in start.failure_of(3, tmp_path)["message"]
    write(tmp_path / "failure.json", json.dumps({"kind": "quota", "message": "full", "fix": None}))
    assert start.failure_of(1, tmp_path) == {"kind": "quota", "message": "full"}


@pytest.mark.parametrize("length", [10, 5000])
def test_a_reason_fits_into_what_is_shown_and_keeps_its_kind(length: int) -> None:
    text = start.failure_text({"kind": "invalid", "message": "é" * length, "fix": "Do this."})
    assert len(text) <= start.MOST_CHARACTERS
    assert text.endswith("\n→ Do this.\n[invalid]")


def test_an_archive_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bad.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../outside"), io.BytesIO())
    with pytest.raises(tarfile.TarError):
        start.unpack(archive, tmp_path / "inside")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    ("hosts", "here", "helper"),
    [
        ('["algo-1", "algo-2"]', "algo-1", False),
        ('["algo-2", "algo-1"]', "algo-2", True),
        ('["algo-1"]', "algo-1", False),
        ("no list", "algo-1", False),
    ],
)
def test_of_several_machines_the_first_saves_the_model(hosts: str, here: str, helper: bool) -> None:
    assert is_helper({"SM_HOSTS": hosts, "SM_CURRENT_HOST": here}) is helper
    assert is_helper({}) is False


def test_pings_that_come_together_load_the_model_once(iris_model: Outcome) -> None:
    folder = str(iris_model.out / "model")
    with ThreadPoolExecutor(max_workers=4) as pool:
        loaded = list(pool.map(inference.model_fn, [folder] * 4))
    assert all(one is loaded[0] for one in loaded)
    assert isinstance(loaded[0], Endpoint)


def test_the_endpoint_answers_as_the_one_on_this_machine(iris_model: Outcome) -> None:
    endpoint = load(iris_model.out / "model", {"MLL_MODEL": "iris", "MLL_VERSION": "4"})
    example = endpoint.predictor.package.signature["examples"][0]
    status, body = endpoint.answer(json.dumps([example, {}]).encode(), "application/json")
    said = json.loads(body)
    assert status == 200
    assert (said["model"], said["version"], len(said["ids"])) == ("iris", 4, 2)
    assert said["predictions"][0] == endpoint.predictor.predict([example])[0]
    assert said["predictions"][1]["prediction"] is None
    assert said["latencyMs"] > 0
    status, body = endpoint.answer(b"{", "application/json")
    assert status == 400
    assert json.loads(body)["error"]["kind"] == "invalid"


def test_serverless_capture_writes_an_object_for_each_request_and_never_costs_the_answer(
    iris_model: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[tuple[str, str, bytes]] = []

    def put(bucket: str, key: str, body: bytes) -> None:
        if len(written) == 1:
            raise OSError("no route")
        written.append((bucket, key, body))

    loaded = load(iris_model.out / "model", {})
    endpoint = Endpoint(loaded.predictor, "iris", 2, StoreCapture("s3://b/captures/e/AllTraffic/", put))
    example = loaded.predictor.package.signature["examples"][0]
    for _ in range(3):
        assert endpoint.answer(json.dumps([example]).encode(), "application/json")[0] == 200
    [(bucket, key, body)] = written
    assert bucket == "b"
    assert key.startswith("captures/e/AllTraffic/20")
    line = json.loads(body)
    assert (line["version"], line["input"]) == (2, example)
    assert capsys.readouterr().err.count("capture stopped: no route") == 1


def test_uris() -> None:
    assert bucket_and_key("s3://b/a/c/") == ("b", "a/c")
    assert bucket_and_key("s3://b") == ("b", "")


def test_the_container_gets_the_engine_of_the_extension() -> None:
    mine = (RUNTIME.parent / "requirements.txt").read_text().splitlines()
    pinned = (RUNTIME / "sagemaker" / "requirements.txt").read_text().splitlines()
    assert next(line for line in pinned if line.startswith("duckdb==")) in mine
