"""What the account holds: its resources in each region, the quotas, the settings, and the processes that stand for machines."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from .contract import Contract, Document
from .errors import invalid
from .faults import Faults
from .processes import Flusher, Process, Processes

ACCOUNT = "123456789012"
KINDS = {
    "training-job": "TrainingJob",
    "processing-job": "ProcessingJob",
    "transform-job": "TransformJob",
    "model": "Model",
    "endpoint-config": "EndpointConfig",
    "endpoint": "Endpoint",
}


def now() -> datetime:
    """The time in whole milliseconds, as AWS keeps it."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


@dataclass
class Resource:
    """One thing of the account; `document` is what Describe answers, under the members' own names."""

    kind: str
    name: str
    arn: str
    document: Document
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str:
        return KINDS[self.kind]

    @property
    def status(self) -> str:
        return str(self.document.get(f"{self.word}Status", ""))

    def change(self, **members: Any) -> None:
        """New values, and a new LastModifiedTime."""
        self.document.update(members, LastModifiedTime=now())


@dataclass
class Job(Resource):
    """A job, with what ends it."""

    stop: threading.Event = field(default_factory=threading.Event)
    running: list[Process] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.status in {"Completed", "Failed", "Stopped"}


class Region:
    """The resources of one region, in tables by kind and name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.emptied = False
        self.tables: dict[str, dict[str, Resource]] = {kind: {} for kind in KINDS}

    @property
    def partition(self) -> str:
        if self.name.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.name.startswith("us-gov-") else "aws"

    def arn(self, kind: str, name: str) -> str:
        # SageMaker writes the names of models, configurations and endpoints in lower case here.
        return f"arn:{self.partition}:sagemaker:{self.name}:{ACCOUNT}:{kind}/{name.lower()}"

    def find(self, kind: str, name: str) -> Resource | None:
        return self.tables[kind].get(name)

    def hosted(self, kind: str, name: str) -> Resource:
        """A model, endpoint configuration or endpoint, or the refusal in AWS's words."""
        found = self.find(kind, name)
        if found is None:
            words = "endpoint configuration" if kind == "endpoint-config" else kind
            raise invalid(f'Could not find {words} "{self.arn(kind, name)}".')
        return found

    def add(self, resource: Resource) -> None:
        self.tables[resource.kind][resource.name] = resource

    def tagged(self, arn: str) -> Resource | None:
        return next((one for table in self.tables.values() for one in table.values() if one.arn == arn), None)


@dataclass
class Settings:
    """How the stand-in behaves; times are in seconds."""

    pace: float = 0.05  # how long each state lasts that AWS spends on machines
    ping_limit: float = 60.0  # how long a container may take to answer /ping
    invocation_limit: float = 60.0  # how long a model may take to answer
    flush: float = 0.2  # how long log lines, metrics and captured traffic wait before they are written
    minute: float = 60.0  # how long a minute of a job's time limit lasts
    token_life: float = 86_400.0  # how long CloudWatch Logs takes a token of its pages
    stop_grace: float = 3.0  # between SIGTERM and SIGKILL of a job (AWS: 120)


class World:
    """Everything that the front knows. One lock guards the tables."""

    def __init__(self, work: Path, image: Path, url: str) -> None:
        self.work = work
        self.image = image
        self.url = url  # the way in without faults, for the front itself and for jobs
        self.lock = threading.RLock()
        self.contract = Contract("sagemaker")
        self.faults = Faults()
        self.processes = Processes()
        self.settings = Settings()
        self.flusher = Flusher(lambda: self.settings.flush)
        self.regions: dict[str, Region] = {}
        self.quotas: dict[str, float] = {}
        self.denied: set[str] = set()
        # A lock of its own: who holds the tables' lock asks moto, and the way to moto asks for a client, too.
        self._clients_lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._threads: list[threading.Thread] = []

    def region(self, name: str) -> Region:
        with self.lock:
            return self.regions.setdefault(name, Region(name))

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client of one of moto's services."""
        with self._clients_lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = boto3.client(
                    service,
                    endpoint_url=self.url,
                    region_name=region,
                    aws_access_key_id="rig",
                    aws_secret_access_key="rig",
                )
            return self._clients[key]

    def bucket_region(self, name: str) -> str:
        """Raises ClientError for a bucket that does not exist."""
        place = self.client("s3").get_bucket_location(Bucket=name).get("LocationConstraint")
        return str(place or "us-east-1")

    def spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        """Does `work` in a thread of its own, for which `clear` waits."""
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        with self.lock:
            self._threads = [one for one in self._threads if one.is_alive()]
            self._threads.append(thread)
        thread.start()

    def pause(self, job: Job | None = None, seconds: float | None = None) -> None:
        """Lets a state last; a job that is stopped goes on at once."""
        wait = self.settings.pace if seconds is None else seconds
        if job is None:
            threading.Event().wait(wait)
        else:
            job.stop.wait(wait)

    def clear(self) -> None:
        """Ends every process and forgets every resource, quota, setting and fault."""
        with self.lock:
            for region in self.regions.values():
                region.emptied = True
                for table in region.tables.values():
                    for resource in table.values():
                        if isinstance(resource, Job):
                            resource.stop.set()
            threads, self._threads = self._threads, []
            self.regions = {}
            self.quotas = {}
            self.denied = set()
            self.settings = Settings()
        self.faults.clear()
        self.processes.end_all()
        end = time.monotonic() + 6.0
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        self.flusher.clear()
