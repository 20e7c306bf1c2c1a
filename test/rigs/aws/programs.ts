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
