"""Percentiles of CloudWatch ("p95"): moto answers them with nothing, on which its own answer then breaks."""

import math
import re
from collections.abc import Callable
from typing import SupportsFloat

from moto.cloudwatch.models import Statistics

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
_of_moto: Callable[[Statistics, str], SupportsFloat | None] = Statistics.get_statistics_for_type


def percentile(values: list[float], percent: float) -> float:
    """Between the two nearest values; `percent` is 0 to 100, `values` are not empty."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def _statistic(self: Statistics, stat: str) -> SupportsFloat | None:
    found = _PERCENTILE.fullmatch(stat)
    if found is None:
        return _of_moto(self, stat)
    return percentile(self.metric_single_values_list, float(found[1]))


def teach_percentiles() -> None:
    Statistics.get_statistics_for_type = _statistic
