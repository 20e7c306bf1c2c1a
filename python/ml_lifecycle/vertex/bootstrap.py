"""What a serving container of Vertex AI starts with, as one command: brings the model package, installs what it needs, serves it.

Its text travels in the command, so it needs the standard library and, for the bucket, google-cloud-storage, which is
installed where the image has none. The container's contract: AIP_STORAGE_URI names the folder with the package.
"""

import importlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any


def pip(*arguments: str) -> None:
    """Installs packages; the container ends when that does not work, for its log says why."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *arguments], check=True)  # noqa: S603


def client() -> Any:
    """Cloud Storage with the container's own login. Objects are read without a project."""
    try:
        storage = importlib.import_module("google.cloud.storage")
    except ImportError:
        pip("google-cloud-storage")
        importlib.invalidate_caches()
        storage = importlib.import_module("google.cloud.storage")
    return storage.Client(project=os.environ.get("AIP_PROJECT_NUMBER", "none"))


def main() -> None:
    """Becomes the server."""
    bucket, _, key = os.environ["AIP_STORAGE_URI"].removeprefix("gs://").partition("/")
    base = Path(tempfile.mkdtemp(prefix="mll-"))
    archive = base / "model.tar.gz"
    client().bucket(bucket).blob(key.rstrip("/") + "/model.tar.gz").download_to_filename(str(archive))
    model = base / "model"
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(model, filter="data")
        else:
            tar.extractall(model)  # noqa: S202 - the archive is the product's own
    archive.unlink()
    code = model / "code"
    pip("-r", str(code / "requirements.txt"))
    path = [str(code), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONUTF8": "1"}
    print("The package is there; the model is being loaded.", flush=True)
    command = [sys.executable, "-m", "ml_lifecycle.vertex.serve", str(model)]
    os.execve(sys.executable, command, environment)  # noqa: S606 - fixed words


if __name__ == "__main__":
    main()
