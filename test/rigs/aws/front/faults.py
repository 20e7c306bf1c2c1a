"""Faults on command: what goes wrong in the next requests, jobs and endpoints."""

import itertools
import threading
from dataclasses import asdict, dataclass
from typing import Any

from .errors import CBOR, JSON, QUERY, REST_JSON, REST_XML, AwsError
from .identify import Call

REQUEST_KINDS = {
    "throttle",
    "serverError",
    "unavailable",
    "cut",
    "slow",
    "expiredToken",
    "invalidToken",
    "accessDenied",
    "quota",
    "clockSkew",
    "error",
}
RESOURCE_KINDS = {"spotInterruption", "capacity", "healthCheck", "outOfMemory", "imagePull", "dataAccess"}


@dataclass
class Fault:
    """One fault. Absent conditions match everything.

    times: how often it happens (0: until it is cleared) · skip: how many matching calls pass first ·
    when: `before` the operation is carried out, or `after` it, so that only the answer is lost ·
    bytes: a cut after so many bytes of the request (before) or of the answer (after) ·
    seconds: how slow, or how long after the start · line: a job meets its fault when its log has a line with this text.
    """

    kind: str
    service: str = ""
    operation: str = ""
    resource: str = ""
    times: int = 1
    skip: int = 0
    when: str = "before"
    bytes: int = 0
    seconds: float = 0.0
    line: str = ""
    code: str = ""
    message: str = ""
    status: int = 400
    id: int = 0
    happened: int = 0
    heard: bool = False

    def due(self, age: float) -> bool:
        """Whether a job that has run for `age` seconds meets it now."""
        return age >= self.seconds and (not self.line or self.heard)

    def hear(self, line: str) -> None:
        if self.line and self.line in line:
            self.heard = True

    def fits(self, call: Call) -> bool:
        return (
            self.service in {"", call.service}
            and self.operation in {"", call.operation}
            and self.resource in call.subject
        )


class Faults:
    """The faults that wait, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, spec: dict[str, Any]) -> Fault:
        """Raises AwsError for a fault that does not exist."""
        known = set(Fault.__dataclass_fields__) - {"id", "happened", "heard"}
        unknown = set(spec) - known
        if unknown or spec.get("kind") not in REQUEST_KINDS | RESOURCE_KINDS:
            raise AwsError(
                "ValidationException", f"No such fault: {spec}. Members are {', '.join(sorted(known))}."
            )
        if spec.get("when", "before") not in {"before", "after"}:
            raise AwsError("ValidationException", "`when` is before or after.")
        fault = Fault(**spec)
        with self._lock:
            fault.id = next(self._ids)
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._waiting = []

    def list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(one) for one in self._waiting]

    def of_request(self, call: Call) -> Fault | None:
        """The first fault that this request meets; it counts as having happened."""
        return self._take(lambda one: one.kind in REQUEST_KINDS and one.fits(call))

    def of_resource(self, kind: str, name: str) -> Fault | None:
        """The fault of that kind that this job or endpoint meets; it counts as having happened."""
        return self._take(lambda one: one.kind == kind and one.resource in name)

    def _take(self, fits: Any) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if not fits(fault):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.happened += 1
                if fault.times and fault.happened >= fault.times:
                    self._waiting.remove(fault)
                return fault
        return None


def _denied(call: Call) -> str:
    return (
        f"User: arn:aws:iam::123456789012:user/rig is not authorized to perform: {call.service}:{call.operation} "
        f"because no identity-based policy allows the {call.service}:{call.operation} action"
    )


# For each kind: (code, message, status) as S3, the query services and the JSON services say it.
_TEXTS: dict[str, dict[str, tuple[str, str, int]]] = {
    "throttle": {
        REST_XML: ("SlowDown", "Please reduce your request rate.", 503),
        QUERY: ("Throttling", "Rate exceeded", 400),
        JSON: ("ThrottlingException", "Rate exceeded", 400),
    },
    "serverError": {
        REST_XML: ("InternalError", "We encountered an internal error. Please try again.", 500),
        QUERY: ("InternalFailure", "The request processing has failed because of an unknown error.", 500),
        JSON: ("InternalFailure", "The request processing has failed because of an unknown error.", 500),
    },
    "unavailable": {
        REST_XML: ("ServiceUnavailable", "Service is unable to handle request.", 503),
        QUERY: (
            "ServiceUnavailable",
            "The request has failed due to a temporary failure of the server.",
            503,
        ),
        JSON: ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503),
    },
    "expiredToken": {
        REST_XML: ("ExpiredToken", "The provided token has expired.", 400),
        QUERY: ("ExpiredToken", "The security token included in the request is expired", 403),
        JSON: ("ExpiredTokenException", "The security token included in the request is expired", 400),
    },
    "invalidToken": {
        REST_XML: (
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
        ),
        QUERY: ("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        JSON: ("UnrecognizedClientException", "The security token included in the request is invalid.", 400),
    },
    "clockSkew": {
        REST_XML: (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
        ),
        QUERY: ("SignatureDoesNotMatch", "Signature expired: the request is older than five minutes", 403),
        JSON: ("InvalidSignatureException", "Signature expired: the request is older than five minutes", 400),
    },
}


def error_of(fault: Fault, call: Call) -> AwsError:
    """What the service answers when this fault happens; a fault's own code, message and status win."""
    dialect = {CBOR: JSON, REST_JSON: JSON}.get(call.protocol, call.protocol)
    if fault.kind == "error":
        return AwsError(fault.code or "InternalFailure", fault.message, fault.status)
    if fault.kind == "accessDenied":
        texts = {
            REST_XML: ("AccessDenied", "Access Denied", 403),
            QUERY: ("AccessDenied", _denied(call), 403),
            JSON: ("AccessDeniedException", _denied(call), 400),
        }
        code, message, status = texts[dialect]
    elif fault.kind == "quota":
        code, message, status = "ResourceLimitExceeded", _over_quota(), 400
    else:
        code, message, status = _TEXTS[fault.kind][dialect]
    return AwsError(fault.code or code, fault.message or message, status)


def _over_quota() -> str:
    return (
        "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with current utilization "
        "of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota."
    )
