"""What an endpoint counts, in Prometheus' text format."""

import threading

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counters:
    """Requests by status, rows, row errors and a histogram of latencies in seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[int, int] = {}
        self._rows = 0
        self._row_errors = 0
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0

    def add(self, status: int, rows: int, errors: int, seconds: float) -> None:
        """Counts one request."""
        with self._lock:
            self._statuses[status] = self._statuses.get(status, 0) + 1
            self._rows += rows
            self._row_errors += errors
            self._seconds += seconds
            place = next((index for index, limit in enumerate(BUCKETS) if seconds <= limit), len(BUCKETS))
            self._buckets[place] += 1

    def text(self, model: str, version: int, dropped: int) -> str:
        """The page that `GET /metrics` answers."""
        with self._lock:
            name = model.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            out = [
                "# HELP mll_requests_total Requests to /invocations by HTTP status.",
                "# TYPE mll_requests_total counter",
                *(
                    f'mll_requests_total{{status="{status}"}} {times}'
                    for status, times in sorted(self._statuses.items())
                ),
                "# HELP mll_rows_total Rows answered.",
                "# TYPE mll_rows_total counter",
                f"mll_rows_total {self._rows}",
                "# HELP mll_row_errors_total Rows that could not be predicted.",
                "# TYPE mll_row_errors_total counter",
                f"mll_row_errors_total {self._row_errors}",
                "# HELP mll_capture_dropped_total Rows that could not be captured.",
                "# TYPE mll_capture_dropped_total counter",
                f"mll_capture_dropped_total {dropped}",
                "# HELP mll_latency_seconds Time from the whole request to its answer.",
                "# TYPE mll_latency_seconds histogram",
            ]
            total = 0
            for limit, times in zip((*BUCKETS, None), self._buckets, strict=True):
                total += times
                out.append(f'mll_latency_seconds_bucket{{le="{"+Inf" if limit is None else limit}"}} {total}')
            out += [
                f"mll_latency_seconds_sum {self._seconds:.6f}",
                f"mll_latency_seconds_count {total}",
                "# HELP mll_model_info The model that answers.",
                "# TYPE mll_model_info gauge",
                f'mll_model_info{{model="{name}",version="{version}"}} 1',
                "",
            ]
            return "\n".join(out)
