"""A machine's /opt/ml, as a folder tree of its own, and the environment of the container in it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from .states import ACCOUNT, Region, World

IMAGE_FOLDER = Path(__file__).resolve().parent.parent / "image"
_PASSED_ON = ("PIP_", "SSL_", "REQUESTS_CA_BUNDLE", "http_proxy", "https_proxy", "no_proxy")


def _pip_config() -> Path | None:
    """The user's own pip settings, such as the address of a package index."""
    places = (".config/pip/pip.conf", ".pip/pip.conf", "Library/Application Support/pip/pip.conf")
    return next((file for place in places if (file := Path.home() / place).is_file()), None)


class Tree:
    """The folder that stands for one machine. `base` is its /opt/ml."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.base = root / "opt" / "ml"
        shutil.rmtree(root, ignore_errors=True)
        for name in ("input/config", "input/data", "model", "output/data", "code", "checkpoints", "config"):
            (self.base / name).mkdir(parents=True)
        # requirements.txt of a job or endpoint goes here, never into the image. Python looks for modules only in
        # folders that exist when it starts.
        self.site = root / "site"
        self.site.mkdir()
        self.home = root / "home"
        self.home.mkdir()

    def path(self, text: str) -> str:
        """`text` with this tree's folder in place of /opt/ml."""
        return text.replace("/opt/ml", str(self.base))

    def local(self, path: str) -> Path:
        """The folder that stands for a path of the machine."""
        mapped = self.path(path)
        return Path(mapped) if mapped != path else self.root / path.lstrip("/")

    def write_config(self, name: str, content: Any, folder: str = "input/config") -> None:
        (self.base / folder / name).write_text(json.dumps(content))

    def rewrite_scripts(self, folder: Path) -> None:
        """Shell scripts that SDKs upload name /opt/ml in their text."""
        for script in folder.rglob("*.sh"):
            script.write_text(self.path(script.read_text()))

    def environment(
        self, world: World, region: Region, own: dict[str, str], *, internet: bool, host: str = "algo-1"
    ) -> dict[str, str]:
        """The container's variables. Without `internet`, pip reaches no index; the rest of the network is left alone."""
        env = {key: value for key, value in os.environ.items() if key.startswith(_PASSED_ON)}
        env.update(
            PATH=f"{world.image.parent}:/usr/local/bin:/usr/bin:/bin",
            HOME=str(self.home),
            LANG="C.UTF-8",
            PYTHONUNBUFFERED="1",
            PYTHONPATH=f"{IMAGE_FOLDER}:{self.site}",
            PIP_TARGET=str(self.site),
            PIP_DISABLE_PIP_VERSION_CHECK="1",
            PIP_ROOT_USER_ACTION="ignore",
            PIP_NO_BUILD_ISOLATION="0",  # pip reads this as: no isolation, so no download of setuptools
            PIP_CACHE_DIR=os.environ.get("PIP_CACHE_DIR", str(world.image.parent.parent / "pip-cache")),
            SAGEMAKER_BASE_DIR=str(self.base),
            RIG_HOSTS="algo-",
            CURRENT_HOST=host,
            AWS_REGION=region.name,
            AWS_DEFAULT_REGION=region.name,
            AWS_ACCESS_KEY_ID="job",
            AWS_SECRET_ACCESS_KEY="job",
            AWS_ACCOUNT_ID=ACCOUNT,
            AWS_ENDPOINT_URL=world.url,
            S3_ENDPOINT_URL=world.url,
        )
        config = _pip_config()
        if config:
            env.setdefault("PIP_CONFIG_FILE", str(config))  # the container's home is not the user's
        if not internet:
            # What builds packages must travel along, too.
            for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_BUILD_ISOLATION"):
                env.pop(name, None)
            # Nobody answers there, as to a subnet without a way out; one more try, as AWS's minutes of them teach nothing.
            env.update(PIP_CONFIG_FILE=os.devnull, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="1")
        env.update({key: self.path(value) for key, value in own.items()})
        return env
