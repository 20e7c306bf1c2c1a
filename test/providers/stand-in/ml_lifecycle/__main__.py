"""Reads job.json and does what `params.do` says."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
params = job["params"]
out = Path("out")


def say(**message: object) -> None:
    print("@mll " + json.dumps(message), flush=True)


def wait_for(file: str) -> None:
    while not Path(file).exists():
        time.sleep(0.02)


def done(**metrics: float) -> None:
    (out / "metrics.json").write_text(
        json.dumps({"metrics": metrics, "packages": {"stand-in": "1.0"}, "python": "3.11.7"}), encoding="utf-8"
    )


def succeed() -> None:
    print("first line")
    say(metric="loss", value=0.5, step=0, time=1760000000000)
    say(stage="fold 1 of 2", progress=0.5)
    print("Grüße", file=sys.stderr, flush=True)
    say(metric="loss", value="NaN", step=1, time=1760000000500)
    print("@mll this is no JSON")
    print("not a message: @mll {}")
    text = Path(job["inputs"]["data"]["path"]).read_text(encoding="utf-8")
    print(f"read {len(text)} characters")
    sys.stdout.write("last line without its end")
    done(loss=0.25)


def bar() -> None:
    for step in range(3):
        sys.stdout.write(f"{step} of 3\r")
        say(metric="loss", value=1 / (step + 1), step=step, time=1760000000000)
    done()


def fail() -> None:
    failure = {"kind": "invalid", "message": "The target has one class.", "fix": "Choose another target.", "cause": "x"}
    (out / "failure.json").write_text(json.dumps(failure), encoding="utf-8")
    sys.exit(1)


def machines() -> None:
    """The second machine fails in words of its own; the first one misses it and fails for that."""
    if os.environ["SM_CURRENT_HOST"] == "algo-2":
        print("only the second knows", flush=True)
        Path(params["until"]).touch()
        fail()
    wait_for(params["until"])
    time.sleep(3)
    print("the other machine is lost", flush=True)
    os._exit(3)


def crash() -> None:
    print("about to crash", flush=True)
    os._exit(3)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lines() -> None:
    count = int(params["count"])
    for start in range(0, count, 1000):
        sys.stdout.write("".join(f"line {n} of the long log of a script\n" for n in range(start, start + 1000)))
    done(lines=count)


def family() -> None:
    """A child that does not listen, one in a session of its own, and an orphan of an orphan."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    apart = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True)
    double = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', sys.argv[1]],"
        " stdout=subprocess.DEVNULL, start_new_session=True); print(p.pid, flush=True)"
    )
    middle = subprocess.run([sys.executable, "-c", double, deaf], stdout=subprocess.PIPE, check=True)
    for process in (child, apart):
        assert process.stdout is not None
        process.stdout.readline()
    pids = [os.getpid(), child.pid, apart.pid, int(middle.stdout)]
    part = out / "pids.part"
    part.write_text(json.dumps(pids), encoding="utf-8")
    part.rename(out / "pids.json")
    say(stage="family is up")
    if params.get("then") == "exit":
        done()
        return
    time.sleep(600)


def wait() -> None:
    say(stage="waiting for the test")
    (out / "started").write_text(str(os.getpid()))
    wait_for(params["until"])
    done()


def facts() -> None:
    environment = {name: os.environ.get(name) for name in params["environment"].split()}
    code = sorted(path.as_posix() for path in Path("code").rglob("*") if path.is_file()) if Path("code").exists() else []
    inputs = sorted(path.as_posix() for path in Path("in").rglob("*") if path.is_file())
    found = {"cwd": os.getcwd(), "environment": environment, "code": code, "inputs": inputs, "job": job}
    (out / "facts.json").write_text(json.dumps(found), encoding="utf-8")
    done()


globals()[params["do"]]()
