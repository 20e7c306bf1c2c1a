"""Serves a model package in a container of Vertex AI: `python -m ml_lifecycle.vertex.serve FOLDER`.

It obeys the documented contract: AIP_HTTP_PORT, AIP_HEALTH_ROUTE and AIP_PREDICT_ROUTE say where it answers, and it listens to
whoever reaches the container. The standard library's server suffices, so no image has to bring one.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import sklearn

from ..answer import refusal_body
from ..failure import Failure, failure_data
from ..sagemaker.endpoint import Endpoint, load
from ..threads import use_threads

MOST_BYTES = 64 * 1024 * 1024
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - a container is reached from outside of it


class Handler(BaseHTTPRequestHandler):
    """One connection; head and body of an answer leave together."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    endpoint: Endpoint
    health: str
    predict: str

    def do_GET(self) -> None:
        """Whether the model is loaded: nothing is heard before it is."""
        if self.path.split("?")[0] == self.health:
            self.say(200, b'{"status": "ok"}')
        else:
            self.unknown()

    def do_POST(self) -> None:
        """One request."""
        length = int(self.headers.get("content-length") or 0)
        if length > MOST_BYTES:
            self.close_connection = True
            self.say(413, refusal_body("quota", "The body is over 64 MB.", "Send fewer rows at a time."))
            return
        body = self.rfile.read(length)
        if self.path.split("?")[0] != self.predict:
            self.unknown()
            return
        self.say(*self.endpoint.answer(body, self.headers.get("content-type") or "application/json"))

    def unknown(self) -> None:
        """Neither of the two routes."""
        self.say(404, refusal_body("notFound", f"There is no {self.command} {self.path} here.", ""))

    def say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Vertex AI counts requests itself; a line for each would cost."""


class Server(ThreadingHTTPServer):
    """A thread for each connection; many may arrive at once."""

    request_queue_size = 256


def main(arguments: list[str]) -> int:
    """Serves until it is ended; 1 when the model could not be loaded, with the reason in the log."""
    use_threads(1)
    sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
    environment = dict(os.environ)
    try:
        Handler.endpoint = load(Path(arguments[0]), environment)
    except Exception as error:
        said = failure_data(error)
        print(said["message"], file=sys.stderr, flush=True)
        if not isinstance(error, Failure):
            print(json.dumps(said), file=sys.stderr, flush=True)
        return 1
    Handler.health = environment["AIP_HEALTH_ROUTE"]
    Handler.predict = environment["AIP_PREDICT_ROUTE"]
    served = Handler.endpoint
    with Server((ALL_ADDRESSES, int(environment["AIP_HTTP_PORT"])), Handler) as server:
        print(f"{served.name} version {served.version} answers.", flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
