"""A small server that keeps the agreement of the local endpoint; each model's behaviour.json says how it behaves."""

import json
import os
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

config = json.loads(Path(sys.argv[1]).read_text())
token = Path(config["tokenFile"]).read_text()


def load(model):
    behaviour = json.loads((Path(model["path"]) / "behaviour.json").read_text())
    if behaviour.get("broken"):
        raise ValueError("the model is broken on purpose")
    time.sleep(behaviour.get("load", 0))
    return model, behaviour


current = load(config["model"])
print("loaded", config["model"]["name"], flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        print("asked", self.path, flush=True)

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        model, _ = current
        self.answer(200, {"status": "ok", "model": model["name"], "version": model["version"]})

    def do_POST(self):
        global current
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != f"Bearer {token}":
            return self.answer(401, {"error": {"kind": "auth", "message": "no"}})
        if self.path == "/admin/model":
            try:
                current = load(json.loads(body))
            except Exception as error:
                message = {"kind": "invalid", "message": f"It does not load: {error}", "fix": "Train again."}
                return self.answer(400, {"error": message})
            return self.answer(200, {})
        model, behaviour = current
        rows = json.loads(body)
        if behaviour.get("dies"):
            print("dying", flush=True)
            os._exit(7)
        time.sleep(behaviour.get("delay", 0))
        ids = [str(uuid.uuid4()) for _ in rows]
        folder = Path(config["captureFolder"])
        folder.mkdir(parents=True, exist_ok=True)
        predictions = [
            {"prediction": None, "error": {"field": "x", "message": "not finite"}}
            if row.get("x") in ("NaN", "Infinity", "-Infinity")
            else {"prediction": behaviour["answer"], "probabilities": {"yes": 0.75, "no": 0.25}}
            for row in rows
        ]
        with open(folder / "capture-20260101T000000.jsonl", "a") as file:
            for id_, row, one in zip(ids, rows, predictions):
                line = {"id": id_, "time": "2026-01-01T00:00:00.000Z", "version": model["version"]}
                file.write(json.dumps(line | {"input": row, "prediction": one, "latencyMs": 1}) + "\n")
        self.answer(
            200, {"predictions": predictions, "ids": ids, "model": model["name"], "version": model["version"]}
        )


try:
    server = ThreadingHTTPServer((config["host"], config["port"]), Handler)
except OSError as error:
    sys.exit(f"cannot listen on port {config['port']}: {error}")
server.daemon_threads = True
ready = Path(config["readyFile"])
half = ready.with_suffix(".part")
half.write_text(json.dumps({"port": server.server_port, "pid": os.getpid()}))
half.rename(ready)
server.serve_forever()
