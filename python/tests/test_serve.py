"""The endpoint, as a real process asked over HTTP."""

import asyncio
import gzip
import http.client
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import joblib
import pytest
from endpoint import TOKEN, Endpoint, serving
from kit import Outcome

from ml_lifecycle.serve import listen

ROW = {"row_id": 1, "sl": 5.1, "sw": 3.5, "pl": 1.4, "pw": 0.2}


@pytest.fixture(scope="module")
def iris(iris_model: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with serving(tmp_path_factory.mktemp("serve é"), iris_model.out / "model") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def people(passenger_model: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with serving(tmp_path_factory.mktemp("people"), passenger_model.out / "model") as endpoint:
        yield endpoint


def test_answers_as_scikit_learn_itself(iris: Endpoint, iris_model: Outcome) -> None:
    model = joblib.load(iris_model.out / "model" / "model.joblib")
    rows = [ROW, {**ROW, "sl": 6.7, "sw": 3.0, "pl": 5.2, "pw": 2.3}]
    asked = iris.ask(rows)
    X = [[row[name] for name in model["columns"]] for row in rows]
    shares = model["estimator"].predict_proba(X)
    assert model["classes"] == ["setosa", "versicolor", "virginica"]
    assert [item["prediction"] for item in asked] == ["setosa", "virginica"]
    for item, expected in zip(asked, shares, strict=True):
        assert list(item["probabilities"].values()) == pytest.approx(expected.tolist(), abs=1e-12)


@pytest.mark.parametrize(
    "body",
    [
        [ROW],
        ROW,
        {"instances": [ROW]},
        {"dataframe_records": [ROW]},
        {"dataframe_split": {"columns": list(ROW), "data": [list(ROW.values())]}},
    ],
)
def test_every_json_form_gives_the_same(iris: Endpoint, body: Any) -> None:
    assert iris.ask(body) == iris.ask([ROW])


def test_csv(iris: Endpoint) -> None:
    text = "pl,row_id,sl,sw,pw\n1.4,1,5.1,3.5,0.2\n1.4,1,5.1,,0.2\n"
    answer = iris.client.post("/invocations", content=text, headers={"content-type": "text/csv"})
    first, second = answer.json()["predictions"]
    assert first == iris.ask([ROW])[0]
    assert second == {
        "prediction": None,
        "error": {"field": "sw", "message": "`sw` is required and is missing."},
    }


def test_answer_names_model_version_and_ids(iris: Endpoint) -> None:
    answer = iris.client.post("/invocations", json=[ROW, ROW]).json()
    assert (answer["model"], answer["version"]) == ("iris", 1)
    assert len(set(answer["ids"])) == 2
    assert iris.client.get("/ping").json() == {"status": "ok", "model": "iris", "version": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sl": None}, "`sl` is required and is missing."),
        ({"sl": "tall"}, "`sl` takes a number, not 'tall'."),
        ({"sl": True}, "`sl` takes a number, not true."),
        ({"sl": [1]}, "`sl` takes a number, not a list."),
        ({"sl": "NaN"}, "`sl` is NaN; send null or leave it out for a missing value."),
        ({"sl": "-Infinity"}, "`sl` is infinite; it takes finite numbers only."),
        ({"sl": 10**400}, "`sl` is too large for a number."),
        ({"sl": "1_0"}, "`sl` takes a number, not '1_0'."),
        ({"row_id": 1.5}, "`row_id` takes whole numbers, not 1.5."),
    ],
)
def test_a_bad_field_is_named_and_the_other_rows_are_answered(
    iris: Endpoint, change: Any, message: str
) -> None:
    bad, good = iris.ask([{**ROW, **change}, ROW])
    assert bad == {"prediction": None, "error": {"field": next(iter(change)), "message": message}}
    assert good["prediction"] == "setosa"


def test_tokens_for_nan_and_infinity_are_refused_per_row(iris: Endpoint) -> None:
    body = json.dumps([{**ROW, "sl": float("nan")}, {**ROW, "pw": float("inf")}, ROW])
    answer = iris.client.post("/invocations", content=body, headers={"content-type": "application/json"})
    assert [item.get("error", {}).get("field") for item in answer.json()["predictions"]] == ["sl", "pw", None]


def test_an_absent_column_and_a_row_that_is_none(iris: Endpoint) -> None:
    absent = {name: value for name, value in ROW.items() if name != "pw"}
    first, second = iris.ask({"instances": [absent, 7]})
    assert first["error"] == {"field": "pw", "message": "`pw` is required and absent."}
    assert second["error"] == {"field": "", "message": "A row is an object of fields, not 7."}


def test_numbers_as_text_and_unknown_fields(iris: Endpoint) -> None:
    assert iris.ask([{**ROW, "sl": " 5.1 ", "row_id": "1", "species": "virginica", "x": 1}]) == iris.ask(
        [ROW]
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"3", "application/json"),
        (b"a,b\n", "text/csv"),
        (b"a,b\n1\n", "text/csv"),
        (b"a\n\xff\n", "text/csv"),
        (b'{"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}', "application/json"),
    ],
)
def test_a_body_that_cannot_be_read_is_400(iris: Endpoint, body: bytes, kind: str) -> None:
    answer = iris.client.post("/invocations", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert answer.json()["error"]["kind"] == "invalid"
    assert answer.json()["error"]["fix"]


def test_a_compressed_body_a_byte_order_mark_and_a_long_cell(iris: Endpoint) -> None:
    text = json.dumps([ROW]).encode()
    answer = iris.client.post("/invocations", content=gzip.compress(text))
    assert answer.status_code == 400
    assert "compressed" in answer.json()["error"]["message"]
    marked = iris.client.post("/invocations", content=b"\xef\xbb\xbf" + text)
    assert marked.json()["predictions"] == iris.ask([ROW])
    columns = [*ROW, "note"]
    lines = f"{','.join(columns)}\n{','.join(map(str, ROW.values()))},{'x' * 200_000}\n"
    long = iris.client.post("/invocations", content=lines, headers={"content-type": "text/csv"})
    assert long.json()["predictions"] == iris.ask([ROW])


def test_an_address_that_is_none(iris: Endpoint) -> None:
    for method, path, status in [("GET", "/", 404), ("GET", "/invocations", 405), ("PUT", "/ping", 405)]:
        answer = iris.client.request(method, path)
        assert answer.status_code == status
        assert answer.json()["error"] == {
            "kind": "notFound",
            "message": f"There is no {method} {path} here.",
            "fix": "There is: GET /ping, POST /invocations, GET /openapi.json, GET /metrics, POST /admin/model.",
        }
    assert iris.client.get("/", headers={"authorization": ""}).status_code == 401


def test_token_and_host(iris: Endpoint) -> None:
    post = iris.client.post
    assert post("/invocations", json=[ROW], headers={"authorization": "Bearer x"}).status_code == 401
    assert post("/invocations", json=[ROW], headers={"authorization": ""}).status_code == 401
    assert iris.client.get("/openapi.json", headers={"authorization": ""}).status_code == 401
    assert iris.client.get("/ping", headers={"authorization": ""}).status_code == 200
    assert iris.client.get("/ping", headers={"host": "evil.example"}).status_code == 403
    assert iris.client.get("/ping", headers={"host": "localhost:1"}).status_code == 200


def test_a_body_over_64_mb_is_413_also_for_a_client_that_sends_all_first(iris: Endpoint) -> None:
    body = b" " * (70 * 1024 * 1024)
    connection = http.client.HTTPConnection(str(iris.client.base_url.host), iris.client.base_url.port)
    headers = {"authorization": f"Bearer {TOKEN}", "connection": "close"}
    connection.request("POST", "/invocations", body=body, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["error"]["kind"] == "quota"
    connection.close()
    pieces = (b" " * 2**20 for _ in range(70))
    assert iris.client.post("/invocations", content=pieces).status_code == 413


def test_ten_thousand_rows(iris: Endpoint) -> None:
    answers = iris.ask([{**ROW, "pl": 1 + index % 6} for index in range(10_000)])
    assert len(answers) == 10_000
    assert answers[:6] == answers[6:12] == answers[9_990:9_996]


def test_openapi_has_the_columns(iris: Endpoint) -> None:
    schema = iris.client.get("/openapi.json").json()["components"]["schemas"]
    assert schema["Row"]["required"] == ["row_id", "sl", "sw", "pl", "pw"]
    assert schema["Row"]["properties"]["row_id"]["type"] == "integer"
    assert schema["Row"]["properties"]["sl"]["type"] == "number"
    assert schema["Prediction"]["properties"]["prediction"]["enum"] == [
        "setosa",
        "versicolor",
        "virginica",
        None,
    ]


def test_categories_dates_and_missing_values(people: Endpoint) -> None:
    row = {"age": 40, "fare": 10, "port": "Ærø", "adult": True, "joined": "2024-03-31", "ticket": "any"}
    same = {**row, "age": "40", "fare": "10.0", "adult": "yes", "joined": "2024-03-31T00:00:00"}
    first, second, third, unseen = people.ask([row, same, {**row, "age": None}, {**row, "port": "Oslo"}])
    assert first == second
    assert first["prediction"] == third["prediction"] == "lived"
    assert unseen["prediction"] in ("lived", "died")
    bad = people.ask(
        [
            {**row, "joined": "31.3.2024"},
            {**row, "adult": "maybe"},
            {**row, "port": {}},
            {**row, "age": 2**70},
        ]
    )
    assert [item["error"]["field"] for item in bad] == ["joined", "adult", "port", "age"]


def test_capture_has_rows_and_failures(iris_model: Outcome, tmp_path: Path) -> None:
    with serving(tmp_path, iris_model.out / "model") as endpoint:
        said = endpoint.ask([ROW, {**ROW, "sl": "x"}])
        endpoint.client.post("/invocations", content=b"{")
        first, second, failed = endpoint.captured()
        assert first["input"] == ROW
        assert [first["prediction"], second["prediction"]] == said
        assert first["version"] == 1 and first["latencyMs"] > 0 and first["time"].endswith("Z")
        assert failed["error"]["kind"] == "invalid" and "input" not in failed
        text = endpoint.client.get("/metrics").text
        assert 'mll_requests_total{status="200"} 1' in text
        assert 'mll_requests_total{status="400"} 1' in text
        assert "mll_rows_total 2" in text and "mll_row_errors_total 1" in text


def test_capture_never_outgrows_its_limit(iris_model: Outcome, tmp_path: Path) -> None:
    with serving(tmp_path, iris_model.out / "model", capture=60_000) as endpoint:
        for index in range(40):
            endpoint.ask([{**ROW, "sl": index}] * 20)
        assert sum(path.stat().st_size for path in endpoint.captures.iterdir()) <= 60_000
        assert endpoint.captured()[-1]["input"]["sl"] == 39


def test_the_model_is_switched_without_dropping_a_request(
    iris_model: Outcome, passenger_model: Outcome, tmp_path: Path
) -> None:
    with serving(tmp_path, iris_model.out / "model") as endpoint:
        ended = threading.Event()
        answers: list[tuple[int, int, float]] = []

        def ask() -> None:
            with httpx.Client(
                base_url=endpoint.client.base_url, headers=endpoint.client.headers, timeout=30
            ) as client:
                while not ended.is_set():
                    sent = time.monotonic()
                    answer = client.post("/invocations", json=[ROW])
                    answers.append((answer.status_code, answer.json()["version"], sent))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()

        def wait_for(count: int, after: float) -> None:
            deadline = time.monotonic() + 30
            while sum(sent > after for _, _, sent in answers) < count:
                assert time.monotonic() < deadline
                time.sleep(0.01)

        wait_for(20, 0.0)
        copy = tmp_path / "second"
        shutil.copytree(iris_model.out / "model", copy)
        switched = endpoint.client.post(
            "/admin/model", json={"path": str(copy), "name": "iris", "version": 2}
        )
        assert switched.json() == {"status": "ok", "model": "iris", "version": 2}
        since = time.monotonic()
        (copy / "transform.sql").unlink()
        refused = endpoint.client.post("/admin/model", json={"path": str(copy), "name": "iris", "version": 3})
        assert refused.status_code == 400
        assert "transform.sql" in refused.json()["error"]["message"]
        wait_for(20, since)
        ended.set()
        for thread in threads:
            thread.join()
        assert {status for status, _, _ in answers} == {200}
        assert answers[0][1] == 1
        # A request in flight at the switch is finished on the old model; one sent after it never is.
        assert {version for _, version, sent in answers if sent > since} == {2}
        assert endpoint.client.get("/ping").json()["version"] == 2


def test_small_answers_are_sent_at_once() -> None:
    # uvloop does it for every socket; the event loop of Python itself, which an endpoint has without uvloop, asks the socket.
    accepted: asyncio.Queue[bool] = asyncio.Queue()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent_at_once = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        accepted.put_nowait(sent_at_once != 0)
        writer.close()

    async def ask() -> bool:
        bound = listen("127.0.0.1", 0)
        async with await asyncio.start_server(answer, sock=bound):
            _, writer = await asyncio.open_connection(*bound.getsockname())
            found = await accepted.get()
            writer.close()
            return found

    assert asyncio.run(ask())


def test_sigterm_ends_it_in_time_and_a_taken_port_is_said(iris_model: Outcome, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(RuntimeError) as said,
            serving(tmp_path / "a", iris_model.out / "model", port=port),
        ):
            pass
        failure = json.loads(str(said.value).strip().splitlines()[-1])
        assert failure["kind"] == "conflict" and str(port) in failure["message"]
    with serving(tmp_path / "b", iris_model.out / "model") as endpoint:
        endpoint.process.terminate()
        try:
            assert endpoint.process.wait(10) in (0, -15)
        except subprocess.TimeoutExpired:
            pytest.fail("SIGTERM did not end the endpoint")
    assert TOKEN not in (tmp_path / "b" / "ready.json").read_text(encoding="utf-8")
