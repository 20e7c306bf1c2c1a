"""`python -m ml_lifecycle.serve config.json`: the endpoint on this machine."""

import asyncio
import contextlib
import hmac
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import sklearn
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from .answer import Answer, answered, refusal_body, refused
from .batching import Batcher, Served
from .bodies import rows_of
from .capture import Capture
from .counters import Counters
from .failure import Failure, failure_data, write_json
from .openapi import document
from .predict import Predictor, load_package
from .threads import use_threads

MOST_BYTES = 64 * 1024 * 1024
MOST_DROPPED = 16 * MOST_BYTES
ROUTES = "GET /ping, POST /invocations, GET /openapi.json, GET /metrics, POST /admin/model"
HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Config:
    """The endpoint's configuration file, checked."""

    host: str
    port: int
    token: str
    model: dict[str, Any]
    capture_folder: Path
    capture_bytes: int
    ready: Path | None


def load_config(path: Path) -> Config:
    """Reads the configuration; a Failure says what is wrong with it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        token = Path(data["tokenFile"]).read_text(encoding="utf-8").strip()
        ready = data.get("readyFile")
        config = Config(
            host=str(data.get("host", "127.0.0.1")),
            port=int(data.get("port", 0)),
            token=token,
            model=dict(data["model"]),
            capture_folder=Path(data["captureFolder"]),
            capture_bytes=int(data.get("captureMaxBytes", 0)),
            ready=None if ready is None else Path(ready),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(
            "invalid", f"The endpoint's configuration is wrong: {error!r}", "Deploy the model again."
        ) from error
    if config.host not in HOSTS:
        raise Failure("permission", f"The endpoint does not listen on {config.host}.", "Use 127.0.0.1.")
    if not token:
        raise Failure("auth", "The endpoint's token file is empty.", "Deploy the model again.")
    return config


def load_served(model: dict[str, Any]) -> Served:
    """Loads a model package and lets it answer its own example."""
    # A request has few rows: OpenMP threads would wait for each other longer than they work.
    use_threads(1)
    folder = Path(str(model["path"]))
    try:
        return Served(Predictor(load_package(folder)), str(model["name"]), int(model["version"]))
    except Failure:
        raise
    except Exception as error:
        raise Failure(
            "invalid",
            f"The model does not answer its own example: {error}",
            "Train it again in this environment.",
        ) from error


def json_response(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(to_json(value), status, media_type="application/json")


def refusal(status: int, kind: str, message: str, fix: str) -> Response:
    """The answer to a request that failed as a whole."""
    return Response(refusal_body(kind, message, fix), status, media_type="application/json")


class Endpoint:
    """The state of a running endpoint: the model that answers now, the capture and the counters."""

    def __init__(self, config: Config, served: Served) -> None:
        self.config = config
        self.served = served
        self.capture = Capture(config.capture_folder, config.capture_bytes)
        self.counters = Counters()
        self.batcher = Batcher()
        self._expected = f"Bearer {config.token}".encode()
        self._switching = asyncio.Lock()

    def gate(self, request: Request) -> Response | None:
        """What refuses a request before its body is read: another host name, or no token."""
        host = request.headers.get("host", "").rsplit(":", 1)[0].lower()
        if host not in HOSTS:
            return refusal(
                403,
                "permission",
                "This endpoint answers to 127.0.0.1 and localhost only.",
                "Call it by that name.",
            )
        if request.url.path == "/ping" and request.method == "GET":
            return None
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._expected):
            return refusal(
                401,
                "auth",
                "The token is missing or wrong.",
                "Send the header Authorization: Bearer <token>.",
            )
        return None

    async def invoke(self, request: Request) -> Response:
        """`POST /invocations`."""
        started = time.perf_counter()
        served = self.served
        try:
            rows = rows_of(await read_body(request), request.headers.get("content-type", ""))
            started = time.perf_counter()
            answer = answered(served, rows, await self.batcher.predict(served, rows), started)
        except Exception as error:
            answer = refused(served, error, started)
        return self._say(answer)

    def _say(self, answer: Answer) -> Response:
        self.counters.add(answer.status, answer.rows, answer.errors, answer.seconds)
        self.capture.write(answer.records)
        headers = {"x-request-id": answer.request_id} if answer.status == 200 else {}
        return Response(answer.body, answer.status, media_type="application/json", headers=headers)

    async def switch(self, request: Request) -> Response:
        """`POST /admin/model`: the old model answers until the new one has answered its own example."""
        try:
            wanted = json.loads(await read_body(request))
            model = {"path": wanted["path"], "name": wanted["name"], "version": int(wanted["version"])}
        except (ValueError, KeyError, TypeError, Failure) as error:
            return refusal(
                400,
                "invalid",
                f"The model to switch to is not described: {error!r}",
                "Send path, name and version.",
            )
        async with self._switching:
            try:
                self.served = await asyncio.to_thread(load_served, model)
            except Failure as error:
                say(f"{model['name']} version {model['version']} does not load: {error.message}")
                return refusal(400, error.kind, error.message, error.fix or "The old model goes on.")
            say(f"{self.served.name} version {self.served.version} answers now")
        return json_response({"status": "ok", "model": self.served.name, "version": self.served.version})

    def ping(self) -> Response:
        """`GET /ping`."""
        return json_response({"status": "ok", "model": self.served.name, "version": self.served.version})


async def read_body(request: Request) -> bytes:
    """The body; one over 64 MB is a Failure `quota`.

    What comes behind the limit is read and dropped: most clients look for an answer only when all of theirs is sent.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
        elif size <= MOST_DROPPED:
            parts.clear()
        else:
            break
    if size <= MOST_BYTES:
        return b"".join(parts)
    raise Failure(
        "quota",
        f"The body is over {MOST_BYTES // 1024 // 1024} MB.",
        "Send fewer rows at a time, or use batch prediction.",
    )


def make_app(endpoint: Endpoint) -> Any:
    """The ASGI application."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        endpoint.batcher.close()
        endpoint.capture.close()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)

    async def unknown(request: Request, error: Exception) -> Response:
        refused = endpoint.gate(request)
        if refused is not None:
            return refused
        status = error.status_code if isinstance(error, HTTPException) else 500
        return refusal(
            status,
            "notFound",
            f"There is no {request.method} {request.url.path} here.",
            f"There is: {ROUTES}.",
        )

    app.add_exception_handler(HTTPException, unknown)

    async def guarded(request: Request, answer: Any) -> Response:
        refused = endpoint.gate(request)
        if refused is not None:
            return refused
        said = answer(request)
        response: Response = await said if asyncio.iscoroutine(said) else said
        return response

    def route(method: str, path: str, answer: Any) -> None:
        async def handle(request: Request) -> Response:
            return await guarded(request, answer)

        app.add_route(path, handle, methods=[method])

    route("GET", "/ping", lambda _: endpoint.ping())
    route("POST", "/invocations", endpoint.invoke)
    route("POST", "/admin/model", endpoint.switch)
    route("GET", "/openapi.json", lambda _: openapi(endpoint))
    route("GET", "/metrics", lambda _: metrics(endpoint))
    return app


def openapi(endpoint: Endpoint) -> Response:
    """`GET /openapi.json`."""
    served = endpoint.served
    return json_response(document(served.predictor.package.signature, served.name, served.version))


def metrics(endpoint: Endpoint) -> Response:
    """`GET /metrics`."""
    served = endpoint.served
    text = endpoint.counters.text(served.name, served.version, endpoint.capture.dropped)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def say(text: str) -> None:
    """A line of the endpoint's log, with its time in UTC."""
    print(f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}Z {text}", flush=True)


class Server(uvicorn.Server):
    """uvicorn, that says in a file when it answers."""

    ready: Path | None = None
    serving = "the model"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit or not sockets or self.ready is None:
            return
        port = sockets[0].getsockname()[1]
        say(f"{self.serving} answers at http://127.0.0.1:{port}")
        write_json(self.ready, {"port": port, "pid": os.getpid()})


def listen(host: str, port: int) -> socket.socket:
    """A socket on this machine; a port that is taken is a Failure `conflict`."""
    # With the protocol named, asyncio sends small packets at once; else head and body of an answer wait 40 ms for each other.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name != "nt":
        # On Windows the option would let two programs share the port.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1" if host == "localhost" else host, port))
    except OSError as error:
        bound.close()
        raise Failure(
            "conflict",
            f"Port {port} cannot be used: {error.strerror}.",
            "End the program that uses it, or let the port be chosen.",
        ) from error
    return bound


def main(arguments: list[str]) -> int:
    """Serves until SIGTERM; 1 when the endpoint could not start, with the reason on stderr as one JSON line."""
    if len(arguments) != 1:
        print("usage: python -m ml_lifecycle.serve config.json", file=sys.stderr)
        return 2
    try:
        config = load_config(Path(arguments[0]))
        # Inputs were checked as they were converted; checking them again in every step costs more than a small model does.
        sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
        served = load_served(config.model)
        bound = listen(config.host, config.port)
    except Failure as error:
        print(json.dumps(failure_data(error)), file=sys.stderr, flush=True)
        return 1
    app = make_app(Endpoint(config, served))
    settings = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=5, lifespan="on"
    )
    server = Server(settings)
    server.ready = config.ready
    server.serving = f"{served.name} version {served.version}"
    server.run(sockets=[bound])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
