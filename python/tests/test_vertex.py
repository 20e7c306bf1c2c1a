"""The start of a job in a container of Vertex AI, with a folder in the mount's place."""

import json
import tarfile
from pathlib import Path

import pytest

from ml_lifecycle.vertex import start

JOB = {
    "job": 1,
    "id": "r",
    "kind": "prepare",
    "inputs": {"data": {"path": "in/data/x.csv", "read": "SELECT * FROM read_csv({path})"}},
    "params": {},
    "provenance": {"run": "r", "dirty": False, "created": "2026-11-23T13:12:00.000Z"},
}


def lay(mount: Path, job: dict[str, object], inputs: dict[str, list[list[str]]]) -> Path:
    run = mount / "bucket" / "runs" / "r"
    (run / "job").mkdir(parents=True)
    (run / "job" / "job.json").write_text(json.dumps(job), encoding="utf-8")
    (run / "job" / "inputs.json").write_text(json.dumps(inputs), encoding="utf-8")
    return run


def test_inputs_come_from_the_mount_and_packages_are_unpacked(tmp_path: Path) -> None:
    mount = tmp_path / "gcs"
    (mount / "other").mkdir(parents=True)
    (mount / "other" / "long-name.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "MLmodel").write_text("flavors: {}", encoding="utf-8")
    with tarfile.open(mount / "other" / "model.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "MLmodel", "MLmodel")
    job = {**JOB, "inputs": {**JOB["inputs"], "model": {"path": "in/model"}}}  # type: ignore[dict-item]
    inputs = {"data": [["other/long-name.csv", "x.csv"]], "model": [["other/model.tar.gz", "model.tar.gz"]]}
    run = lay(mount, job, inputs)
    base = tmp_path / "job"
    base.mkdir()
    start.lay_out(mount, run, base)
    assert (base / "in" / "data" / "x.csv").read_text(encoding="utf-8") == "a\n1\n"
    assert sorted(one.name for one in (base / "in" / "model").iterdir()) == ["MLmodel"]
    assert json.loads((base / "job.json").read_text(encoding="utf-8")) == job


def test_an_input_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mount = tmp_path / "gcs"
    lay(mount, JOB, {"data": [["other/lost.csv", "x.csv"]]})
    assert start.main([str(mount), "bucket/runs/r"]) == 1
    [line] = capsys.readouterr().out.splitlines()
    failure = json.loads(line.removeprefix("@mll "))["failure"]
    assert failure["kind"] == "internal"
    assert "lost.csv" in failure["message"]


def test_outputs_are_handed_over_with_the_failure_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    (out / "model").mkdir(parents=True)
    for name in ("failure.json", "metrics.json", "model/a.bin"):
        (out / name).write_text(name, encoding="utf-8")
    order: list[str] = []
    copy = start.shutil.copyfile
    monkeypatch.setattr(start.shutil, "copyfile", lambda a, b: (order.append(Path(a).name), copy(a, b)))
    start.hand_over(out, tmp_path / "there")
    assert order[-1] == "failure.json"
    assert (tmp_path / "there" / "model" / "a.bin").read_text(encoding="utf-8") == "model/a.bin"
