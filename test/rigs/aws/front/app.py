"""One address for all services: faults first, then SageMaker and its neighbours here, everything else in moto."""

import io
import json
import shutil
import socket
import time
import traceback
from collections.abc import Iterable
from typing import Any

import urllib3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from .buckets import Buckets
from .contract import Document, without_nulls
from .errors import JSON, QUERY, AwsError, render
from .faults import Fault, error_of
from .identify import Call, identify
from .invoke import invoke
from .log_events import LogEvents
from .operations import SageMaker
from .percentiles import teach_percentiles
from .permissions import require_pass_role, simulate
from .pricing import Pricing
from .quotas import ServiceQuotas
from .sso import Sso
from .states import World

Environ = dict[str, Any]


def _body(request: Request) -> Document:
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", "The request is no JSON.") from error
    if not isinstance(body, dict):
        raise AwsError("SerializationException", "The request is no JSON object.")
    return dict(without_nulls(body))


def _json(answer: Document | None) -> Response | None:
    if answer is None:
        return None
    return Response(json.dumps(answer), 200, {"Content-Type": "application/x-amz-json-1.1"})


class Application:
    """The WSGI application; `faulty` is False on the way that the front itself and jobs use."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sagemaker = SageMaker(world)
        self.quotas = ServiceQuotas(world)
        self.pricing = Pricing(world)
        self.sso = Sso()
        self.buckets = Buckets(world.bucket_region)
        self.log_events = LogEvents(lambda: world.settings.token_life)
        teach_percentiles()
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start: Any, *, faulty: bool = True) -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith("/rig/"):
            return self._admin(request)(environ, start)
        call = identify(request)
        fault = self.world.faults.of_request(call) if faulty else None
        if fault is None:
            return self._serve(call, request, environ, start)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return self._serve(call, request, environ, start)
        if fault.when == "after":
            collected = _Collected()
            collected.take(self._serve(call, request, environ, collected.start))
            if fault.kind == "cut":
                _cut(environ, collected.raw()[: fault.bytes])
        elif fault.kind == "cut":
            _read_some(environ, fault)
            _cut(environ, b"")
        return render(error_of(fault, call), call.protocol)(environ, start)

    def _serve(self, call: Call, request: Request, environ: Environ, start: Any) -> Iterable[bytes]:
        try:
            response = self._own(call, request)
        except AwsError as error:
            response = render(error, call.protocol)
        except Exception:
            traceback.print_exc()
            response = render(
                AwsError("InternalFailure", "The stand-in failed; its log has more.", 500), call.protocol
            )
        if response is not None:
            return response(environ, start)
        if call.protocol in {JSON, QUERY}:  # the body was read to see what it asks for
            environ["wsgi.input"] = io.BytesIO(request.get_data())
        return self._of_moto(call, environ, start)

    def _of_moto(self, call: Call, environ: Environ, start: Any) -> Iterable[bytes]:
        """moto's answer. What it cannot do is 500 there, which SDKs would try again: here it is 400."""
        try:
            answer: Iterable[bytes] = self.moto(environ, start)
        except NotImplementedError:
            refusal = AwsError(
                "UnknownOperationException", f"{call.operation}: moto does not act on this request."
            )
            return render(refusal, call.protocol)(environ, start)
        return answer

    def _own(self, call: Call, request: Request) -> Response | None:
        """The answer of a service that is done here, or None."""
        if call.service == "s3":
            return self.buckets.redirect(call, request)
        if call.service == "iam" and call.operation == "SimulatePrincipalPolicy":
            return simulate(self.world.denied, request.get_data(as_text=True))
        if call.service in {"sso", "sso-oidc"}:
            return self.sso.answer(request, call.operation)
        if (call.service, call.operation) == ("logs", "GetLogEvents"):
            return _json(self.log_events.answer(call, _body(request)))
        if call.service not in {"sagemaker", "sagemaker-runtime", "service-quotas", "pricing"}:
            return None
        if not call.signed:
            raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        if call.service == "sagemaker-runtime":
            return invoke(self.world, call, request)
        if call.protocol != JSON:
            raise AwsError("UnknownOperationException", f"{request.method} {request.path}")
        body = _body(request)
        if call.service == "sagemaker":
            require_pass_role(self.world.denied, body)
            answer: Document | None = self.sagemaker.handle(call, body)
        elif call.service == "pricing":
            answer = self.pricing.handle(call, body)
        else:
            answer = self.quotas.handle(call, body)
        return _json(answer)

    def _admin(self, request: Request) -> Response:
        """The rig's own routes: /rig/fault, /rig/faults, /rig/reset, /rig/settings, /rig/quota, /rig/deny, /rig/log, /rig/sso."""
        try:
            return Response(json.dumps(self._command(request)), 200, {"Content-Type": "application/json"})
        except (AwsError, TypeError, KeyError, ValueError) as error:
            return Response(json.dumps({"error": str(error)}), 400, {"Content-Type": "application/json"})

    def _command(self, request: Request) -> Any:
        key = (request.method, request.path)
        if key == ("POST", "/rig/fault"):
            return {"id": self.world.faults.add(_body(request)).id}
        if key == ("GET", "/rig/faults"):
            return self.world.faults.list()
        if key == ("DELETE", "/rig/faults"):
            self.world.faults.clear()
        elif key == ("POST", "/rig/reset"):
            self.reset()
        elif key == ("POST", "/rig/settings"):
            for name, value in _body(request).items():
                if not hasattr(self.world.settings, name):
                    raise KeyError(name)
                setattr(self.world.settings, name, float(value))
        elif key == ("POST", "/rig/quota"):
            body = _body(request)
            self.world.quotas[str(body["name"])] = float(body["value"])
        elif key == ("POST", "/rig/deny"):
            self.world.denied.add(str(_body(request)["action"]))
        elif key == ("POST", "/rig/log"):
            body = _body(request)
            self.log_events.make(
                str(body["region"]), str(body["group"]), str(body["stream"]), int(body["lines"])
            )
        elif key == ("POST", "/rig/sso"):
            body = _body(request)
            self.sso.decide(str(body["code"]), str(body["state"]))
        elif key != ("GET", "/rig/health"):
            raise ValueError(f"No such route: {request.method} {request.path}")
        return {}

    def reset(self) -> None:
        """An empty account."""
        self.world.clear()
        self.buckets.forget()
        self.log_events.forget()
        urllib3.request("POST", f"{self.world.url}/moto-api/reset")
        for folder in self.world.work.iterdir():
            shutil.rmtree(folder, ignore_errors=True)


class _Collected:
    """An answer that is held back."""

    def __init__(self) -> None:
        self.status = "200 OK"
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    def start(self, status: str, headers: list[tuple[str, str]], _exc: Any = None) -> Any:
        self.status, self.headers = status, headers
        return lambda _data: None

    def take(self, parts: Iterable[bytes]) -> None:
        self.body = b"".join(parts)

    def raw(self) -> bytes:
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return f"HTTP/1.1 {self.status}\r\n{head}\r\n".encode() + self.body


def _read_some(environ: Environ, fault: Fault) -> None:
    stream = environ["wsgi.input"]
    left = min(fault.bytes, int(environ.get("CONTENT_LENGTH") or 0))
    while left > 0:
        data = stream.read(min(left, 65_536))
        if not data:
            return
        left -= len(data)


class Cut(ConnectionError):
    """The connection was cut on command."""


def _cut(environ: Environ, first: bytes) -> None:
    """Sends `first` and closes the connection hard, as a lost network does."""
    connection: socket.socket = environ["werkzeug.socket"]
    if first:
        connection.sendall(first)
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.shutdown(socket.SHUT_RDWR)
    raise Cut
