// Small programs that jobs and endpoints of the tests run. They need no package of the image but where a test is about one.

/** Fits a threshold and leaves a model that serves: the mean of the two classes' means. */
export const TRAIN = `
import csv, json, os, pathlib
rows = list(csv.DictReader(next(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).rglob("*.csv")).open()))
means = [sum(float(r["x"]) for r in rows if r["label"] == c) / sum(r["label"] == c for r in rows) for c in "01"]
threshold = sum(means) / 2
print(f"threshold={threshold};", flush=True)
out = pathlib.Path(os.environ["SM_MODEL_DIR"])
(out / "model.json").write_text(json.dumps({"threshold": threshold}))
(out / "code").mkdir(exist_ok=True)
(out / "code/inference.py").write_text(open("inference.py").read())
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "report.json").write_text(json.dumps({"rows": len(rows)}))
`;

/** Serves {"x": […]} with 0 and 1; {"wait": s} waits, {"raise": text} raises, {"big": n} answers n bytes. */
export const INFERENCE = `
import json, os, time
from flask import Response
def model_fn(folder):
    return json.load(open(os.path.join(folder, "model.json")))
def transform_fn(model, body, content_type, accept):
    if content_type != "application/json":
        return Response(json.dumps({"error": "send application/json"}), 415, mimetype="application/json")
    asked = json.loads(body)
    if "raise" in asked:
        raise RuntimeError(asked["raise"])
    time.sleep(asked.get("wait", 0))
    answer = {"predictions": [int(x > model["threshold"]) for x in asked.get("x", [])], "model": model}
    if "big" in asked:
        answer["big"] = "b" * asked["big"]
    return json.dumps(answer), "application/json"
`;

/** Counts the lines of the table; `fail` ends with 3, `wait` never ends. */
export const PREPARE = `
import os, pathlib, sys, time
if sys.argv[1] == "fail":
    print("nothing to be done", file=sys.stderr)
    sys.exit(3)
if sys.argv[1] == "wait":
    time.sleep(600)
file = next(pathlib.Path(sys.argv[1]).iterdir())
pathlib.Path(os.environ["OUT"], "rows.txt").write_text(f"{file.name} {len(file.read_text().splitlines())}")
`;

export const FAIL = 'raise ValueError("no such column: flipper")\n';

export const WAIT = `
import os, pathlib, time
pathlib.Path(os.environ["SM_MODEL_DIR"], "half.txt").write_text("half")
time.sleep(600)
`;

/** Ends only when it was started before: it says how often. */
export const CHECKPOINTS = `
import os, pathlib, time
file = pathlib.Path(os.environ["CHECKPOINTS"], "starts")
starts = int(file.read_text()) + 1 if file.exists() else 1
file.write_text(str(starts))
if starts == 1:
    print("waiting to be interrupted", flush=True)
    time.sleep(600)
print(f"starts={starts};", flush=True)
`;

/** algo-2 sends the name of its share to algo-1, which says how long it is. */
export const HOSTS = `
import os, pathlib, socket, time
mine = next(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).iterdir()).name
if os.environ["SM_CURRENT_HOST"] == "algo-1":
    with socket.create_server(("127.0.0.1", 0)) as server:
        pathlib.Path("../../../../port").write_text(str(server.getsockname()[1]))
        connection, _ = server.accept()
        print(f"heard={len(connection.recv(100))};", flush=True)
else:
    port = pathlib.Path("../../../../port")
    while not port.exists():
        time.sleep(0.05)
    with socket.create_connection(("algo-1", int(port.read_text()))) as connection:
        connection.sendall(mine.encode())
`;
