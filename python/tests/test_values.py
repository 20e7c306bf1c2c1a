"""Values of requests in columns whose types hold less than their text or number could say."""

from typing import Any

import duckdb
import pytest

from ml_lifecycle.values import Refused, converter

UUID = "29826acb-a945-427e-aec3-99eff7c5966f"


@pytest.mark.parametrize(
    ("sql_type", "value"),
    [
        ("DECIMAL(10,2)", 99999999.99),
        ("DECIMAL(10,2)", "-99999999.99"),
        ("DECIMAL(38,10)", 1e27),
        ("FLOAT", 3.4028235e38),
        ("FLOAT", -3.4028235e38),
        ("UUID", UUID.upper()),
        ("UUID", "{" + UUID + "}"),
        ("TIME", " 10:30 "),
        ("TIMESTAMP_NS", "1678-01-01"),
        ("TIMESTAMP_NS", "2261-12-31T23:59:59+02:00"),
        ("TIMESTAMP", "0001-01-01"),
        ("TIMESTAMP WITH TIME ZONE", "9999-12-31T12:00:00"),
        ("DATE", "9999-12-31"),
    ],
)
def test_what_a_field_takes_fits_its_column(sql_type: str, value: Any) -> None:
    row = duckdb.execute(
        f"SELECT TRY_CAST($1 AS {sql_type}) IS NOT NULL", [converter(sql_type)(value)]
    ).fetchone()
    assert row == (True,)


@pytest.mark.parametrize(
    ("sql_type", "value", "message"),
    [
        ("DECIMAL(10,2)", 99999999.996, "takes numbers below 1e+08, not 99999999.996."),
        ("DECIMAL(10,2)", "1e30", "takes numbers below 1e+08, not '1e30'."),
        ("DECIMAL(4,4)", -1, "takes numbers below 1, not -1."),
        ("FLOAT", 1e39, "takes numbers below 3.4028236e+38, not 1e+39."),
        ("UUID", "abc", "takes a UUID, not 'abc'."),
        ("TIME", "25:00", "takes a time of day such as 08:30:00, not '25:00'."),
        ("TIMESTAMP_NS", "2262-01-01", "takes moments from 1678 to 2261, not '2262-01-01'."),
    ],
)
def test_what_does_not_fit_is_refused_not_missing(sql_type: str, value: Any, message: str) -> None:
    with pytest.raises(Refused) as refused:
        converter(sql_type)(value)
    assert str(refused.value) == message


@pytest.mark.parametrize("sql_type", ["DECIMAL(10,2)", "FLOAT", "UUID", "TIME", "TIMESTAMP_NS", "BIGINT"])
def test_blank_text_is_missing(sql_type: str) -> None:
    assert converter(sql_type)("  ") is None
