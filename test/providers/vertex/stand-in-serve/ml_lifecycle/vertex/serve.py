"""The stand-in for what serves a model: it answers in the runtime's form, at once, and needs no package. A model "broken" does not load."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME, VERSION = os.environ["MLL_MODEL"], int(os.environ["MLL_VERSION"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.say(200, {} if self.path == os.environ["AIP_HEALTH_ROUTE"] else None)

    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if rows[0].get("refuse"):
            self.say(400, {"error": {"kind": "invalid", "message": "No.", "fix": "Send another."}})
            return
        predictions = [{"prediction": VERSION} for _ in rows]
        ids = [f"{VERSION}-{place}" for place in range(len(rows))]
        self.say(200, {"predictions": predictions, "ids": ids, "model": NAME, "version": VERSION, "latencyMs": 1})

    def say(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status if body is not None else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


if (Path(sys.argv[1]) / "broken").exists():
    print("The model cannot be loaded: it is broken.", file=sys.stderr)
    sys.exit(1)
print(f"{NAME} {VERSION} answers.", flush=True)
ThreadingHTTPServer(("0.0.0.0", int(os.environ["AIP_HTTP_PORT"])), Handler).serve_forever()
