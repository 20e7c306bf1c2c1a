"""Steps that make their cells grow without end, or whose values have no room in their type: refused in words."""

from pathlib import Path
from typing import Any

import pytest
from endpoint import serving
from kit import Outcome, plan, run_job, write_csv

MEMORY = 4 * 2**30
KINDS = {"word": "VARCHAR", "n": "BIGINT", "class": "VARCHAR"}


def compute(index: int, column: str, expression: str) -> dict[str, Any]:
    return {
        "index": index,
        "kind": "compute",
        "rows": "keep",
        "transform": [f"SELECT * REPLACE (({expression}) AS {column}) FROM {{input}}"],
    }


def rows(word: str) -> list[list[object]]:
    return [[word * (1 + index % 3), index % 50, "odd" if index % 2 else "even"] for index in range(60)]


# A word of one letter grows to a kibibyte; one of two mebibytes would to two gibibytes.
TENFOLD = [compute(index, "word", "word || word") for index in range(10)]
LENGTH = {
    "index": 11,
    "kind": "compute",
    "rows": "keep",
    "transform": ["SELECT * REPLACE (length(word) AS word) FROM {input}"],
}


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("growing")
    data = write_csv(folder / "words.csv", list(KINDS), rows("x"))
    steps = [*TENFOLD, compute(10, "n", "n * n * n"), LENGTH]
    done = run_job(
        folder / "job",
        "train",
        data,
        recipe=plan(KINDS, "class", "n % 4 = 0", steps),
        params={"algorithm": "linear", "seed": 1},
        process=True,
    )
    assert done.code == 0, done.stderr
    return done


def test_a_text_that_doubles_with_each_step_ends_at_the_memory_of_a_job(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "words.csv", list(KINDS), rows("xyxyxyxy"))
    steps = [compute(index, "word", "word || word") for index in range(40)]
    done = run_job(tmp_path / "job", "prepare", data, recipe=plan(KINDS, None, None, steps), memory=MEMORY)
    assert done.code == 1, done.stderr
    failure = done.json("failure.json")
    assert failure["kind"] == "quota"
    assert failure["message"].startswith(
        "A step of the recipe needs more memory than this machine gives it: Out of Memory Error"
    )
    assert failure["fix"].startswith("Look for a step that makes its cells or rows grow")
    assert not (done.out / "data" / "data.parquet").exists()


def test_a_batch_whose_texts_grow_beyond_the_memory_says_so(growing: Outcome, tmp_path: Path) -> None:
    data = write_csv(tmp_path / "long.csv", list(KINDS)[:2], [["x" * 2**21, 1]] * 8)
    read = f"SELECT * FROM read_csv({{path}}, header = true, max_line_size = {2**23})"
    model = growing.out / "model"
    done = run_job(tmp_path / "job", "batch-predict", data, model=model, read=read, memory=MEMORY)
    assert done.code == 1, done.stderr
    failure = done.json("failure.json")
    assert (failure["kind"], failure["message"][:60]) == (
        "quota",
        "A step of the recipe needs more memory than this machine giv",
    )


def test_a_request_whose_texts_grow_beyond_the_memory_is_refused_and_the_next_is_answered(
    growing: Outcome, tmp_path: Path
) -> None:
    with serving(tmp_path, growing.out / "model", memory=MEMORY) as endpoint:
        good = {"word": "x", "n": 3}
        before = endpoint.ask([good])
        for body in ([{"word": "x" * (2**22 - 1), "n": 3}], [{"word": "x" * 2**21, "n": 3}] * 8):
            answer = endpoint.client.post("/invocations", json=body)
            assert answer.status_code == 413, answer.text
            error = answer.json()["error"]
            assert error["kind"] == "quota"
            assert error["message"].startswith(
                "A step of the model's recipe needs more memory than an endpoint gives to a request: Out of Memory Error"
            )
            assert error["fix"] == "Send fewer rows, or shorter texts."
        assert endpoint.ask([good]) == before


OVERFLOW = {
    "field": "n",
    "message": "Step 11 (compute) of the model's recipe does not work on this row, in the column `n` that it makes: "
    "Out of Range Error: Overflow in multiplication of INT64 (9000000000000000 * 9000000000000000)!",
}


def test_a_row_that_overflows_is_refused_in_words_and_the_others_are_answered(
    growing: Outcome, tmp_path: Path
) -> None:
    row = {"word": "x", "n": 9_000_000_000_000_000}
    good = {"word": "x", "n": 3}
    with serving(tmp_path / "endpoint", growing.out / "model") as endpoint:
        [said] = endpoint.ask([good])
        assert endpoint.ask([row]) == [{"prediction": None, "error": OVERFLOW}]
        answers = endpoint.ask([*[good] * 57, row, *[good] * 42])
        assert answers == [*[said] * 57, {"prediction": None, "error": OVERFLOW}, *[said] * 42]
        # A row that cannot be read beside it keeps its own reason, and its place.
        answers = endpoint.ask([{"word": "x", "n": "many"}, good, row])
        assert answers[0]["error"] == {"field": "n", "message": "`n` takes a number, not 'many'."}
        assert answers[1:] == [said, {"prediction": None, "error": OVERFLOW}]
        # The capture has it as a row with an error.
        assert [one["prediction"].get("error") for one in endpoint.captured()].count(OVERFLOW) == 3
        refused = endpoint.client.post("/invocations", json=[good, *[row] * 101])
        assert refused.status_code == 400, refused.text
        assert refused.json()["error"] == {
            "kind": "invalid",
            "message": "A step of the model's recipe does not work on more than 100 rows of this request "
            "(rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and others): "
            "Out of Range Error: Overflow in multiplication of INT64 (9000000000000000 * 9000000000000000)!",
            "fix": "Check their values; the other rows can be sent without them.",
        }
    data = write_csv(tmp_path / "large.csv", ["word", "n"], [[row["word"], row["n"]]])
    done = run_job(tmp_path / "job", "batch-predict", data, model=growing.out / "model")
    failure = done.json("failure.json")
    assert (done.code, failure["kind"]) == (1, "invalid")
    assert failure["message"] == (
        "A step of the recipe does not work on this data: Out of Range Error: "
        "Overflow in multiplication of INT64 (9000000000000000 * 9000000000000000)!"
    )
