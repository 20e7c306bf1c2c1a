"""The containers behind an endpoint or a transform job: AWS's own server, one process group for each production variant."""

import socket
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import urllib3

from . import storage
from .contract import Document
from .logs import LogStream
from .processes import Process
from .states import Region, World
from .training import NO_CAPACITY
from .tree import Tree

_HTTP = urllib3.PoolManager(num_pools=32, maxsize=64, retries=False)
_BAD_PINGS = 5  # so many answers of 5xx in a row, and the container is taken for broken


class Unhealthy(Exception):
    """A container that does not serve; the text is the FailureReason."""


def _no_ping(variant: str) -> Unhealthy:
    return Unhealthy(
        f"The primary container for production variant {variant} did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Answer:
    """What a container answered; status 0 means that no answer came in time."""

    status: int
    body: bytes
    content_type: str
    headers: Any = field(default_factory=dict)


class Container:
    """One model in AWS's serving code."""

    def __init__(self, world: World, region: Region, model: Document, tree: Tree, stream: LogStream) -> None:
        self.world = world
        self.stream = stream
        self.port = free_port()
        container = model["PrimaryContainer"]
        if container.get("ModelDataUrl"):
            storage.unpack(world.client("s3", region.name), container["ModelDataUrl"], tree.base / "model")
        closed = bool(model.get("EnableNetworkIsolation"))
        env = tree.environment(
            world,
            region,
            {
                "SAGEMAKER_SERVING_MODULE": "rig_image:app",
                "SAGEMAKER_BIND_TO_PORT": str(self.port),
                "SAGEMAKER_USE_NGINX": "false",
                "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
                # gunicorn's control socket lies in the home folder unless it is switched off.
                "GUNICORN_CMD_ARGS": "--no-control-socket",
                **container.get("Environment", {}),
            },
            internet=not closed and "VpcConfig" not in model,
        )
        if closed:
            env.update(S3_ENDPOINT_URL="http://127.0.0.1:9", AWS_ENDPOINT_URL="http://127.0.0.1:9")
        world.flusher.add(stream.flush)
        self.process: Process = world.processes.start(
            [str(world.image), "-m", "rig_image"], tree.base, env, stream.write, lambda: not region.emptied
        )

    def wait_until_healthy(self, variant: str, limit: float) -> None:
        """Returns when /ping answers 200; raises Unhealthy in AWS's words."""
        end, bad = time.monotonic() + limit, 0
        while time.monotonic() < end and self.process.alive and bad < _BAD_PINGS:
            try:
                answer = _HTTP.request(
                    "GET", f"http://127.0.0.1:{self.port}/ping", timeout=2.0, headers={"Connection": "close"}
                )
                if answer.status == 200:
                    return
                bad += answer.status >= 500
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        self.end()
        raise _no_ping(variant)

    def invoke(self, body: bytes, headers: dict[str, str]) -> Answer:
        url = f"http://127.0.0.1:{self.port}/invocations"
        try:
            answer = _HTTP.request(
                # The image's nginx opens a connection for each call, too; open ones would hold the server up when it ends.
                "POST",
                url,
                body=body,
                headers={**headers, "Connection": "close"},
                timeout=self.world.settings.invocation_limit,
            )
        except urllib3.exceptions.HTTPError:
            return Answer(0, b"", "text/plain")
        return Answer(
            answer.status,
            answer.data,
            answer.headers.get("Content-Type", "application/octet-stream"),
            answer.headers,
        )

    def end(self) -> None:
        self.process.end(5.0)
        self.world.flusher.remove(self.stream.flush)
        self.stream.flush()


@dataclass
class Variant:
    """One production variant of an endpoint."""

    spec: Document
    container: Container
    weight: float
    count: int
    image: str
    busy: int = 0

    @property
    def name(self) -> str:
        return str(self.spec["VariantName"])


class Fleet:
    """All variants of one endpoint configuration, as one deployment."""

    def __init__(self, config: Document, variants: list[Variant]) -> None:
        self.config = config
        self.variants = variants

    @classmethod
    def start(cls, world: World, region: Region, endpoint: str, config: Document) -> "Fleet":
        """Starts every variant and waits for its health; on a failure nothing is left running."""
        variants: list[Variant] = []
        try:
            for spec in config["ProductionVariants"]:
                if world.faults.of_resource("capacity", endpoint):
                    raise Unhealthy(NO_CAPACITY)
                variants.append(_start_variant(world, region, endpoint, spec))
            for variant in variants:
                if world.faults.of_resource("healthCheck", endpoint):
                    raise _no_ping(variant.name)
                own = variant.spec.get("ContainerStartupHealthCheckTimeoutInSeconds")
                variant.container.wait_until_healthy(variant.name, own or world.settings.ping_limit)
        except Exception:
            for variant in variants:
                variant.container.end()
            raise
        return cls(config, variants)

    def end(self, patience: float = 5.0) -> None:
        """Lets running calls finish, then ends every container."""
        until = time.monotonic() + patience
        while any(one.busy for one in self.variants) and time.monotonic() < until:
            time.sleep(0.02)
        for variant in self.variants:
            variant.container.end()


def _start_variant(world: World, region: Region, endpoint: str, spec: Document) -> Variant:
    model = region.hosted("model", spec["ModelName"]).document
    machine = f"i-{uuid.uuid4().hex[:17]}"
    if "ServerlessConfig" in spec:
        machine = uuid.uuid4().hex
    stream = LogStream(
        world.client("logs", region.name),
        f"/aws/sagemaker/Endpoints/{endpoint}",
        f"{spec['VariantName']}/{machine}",
    )
    tree = Tree(world.work / "endpoints" / region.name / endpoint / machine)
    return Variant(
        spec=spec,
        container=Container(world, region, model, tree, stream),
        weight=float(spec.get("InitialVariantWeight", 1.0)),
        count=int(spec.get("InitialInstanceCount", 0)),
        image=model["PrimaryContainer"]["Image"],
    )
