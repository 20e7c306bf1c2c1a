"""Starts the stand-in: `python -m front --image PYTHON --work FOLDER`.

Prints one line of JSON with its address when it is ready. It ends on SIGTERM, and when its standard input closes, which is
how it notices that whoever started it is gone.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from .app import Application
from .fleet import free_port
from .sso import BEARER_TOKEN
from .states import World


class Handler(MotoRequestHandler):  # type: ignore[misc]
    """Quiet, with connections that stay open."""

    protocol_version = "HTTP/1.1"

    def make_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().make_environ()
        # werkzeug leaves out names with an underscore; that of AWS's token has one.
        token = self.headers.get(BEARER_TOKEN)
        if token is not None:
            environ["mll.bearer_token"] = token
        return environ

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        pass

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        pass


def main() -> int:
    parser = argparse.ArgumentParser(prog="front")
    parser.add_argument("--image", type=Path, required=True, help="the Python of the image's environment")
    parser.add_argument("--work", type=Path, required=True, help="an empty folder for jobs and endpoints")
    parser.add_argument(
        "--remove", type=Path, help="what to remove at the end, in place of the folder of --work"
    )
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    inner = free_port()
    world = World(options.work.resolve(), options.image.absolute(), f"http://127.0.0.1:{inner}")
    application = Application(world)

    def without_faults(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return application(environ, start, faulty=False)

    servers = [
        make_server("127.0.0.1", inner, without_faults, threaded=True, request_handler=Handler),
        make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler),
    ]
    for server in servers:
        setattr(server, "daemon_threads", True)  # noqa: B010
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def watch() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{servers[1].port}"}), flush=True)
    sys.stdout = sys.stderr  # nobody reads the rest of it; moto prints now and then
    while not ended.wait(1.0):
        pass
    servers[1].shutdown()  # the other one still takes the last log lines of what ends
    world.clear()
    shutil.rmtree(options.remove or world.work, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
