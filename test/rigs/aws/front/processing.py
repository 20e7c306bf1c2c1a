"""Processing jobs: the container's entry point really runs, with its inputs and outputs in S3."""

import signal
import time

from . import storage
from .contract import Document
from .faults import Fault
from .logs import LogStream
from .processes import Process
from .states import Job, Region, World, now
from .training import NO_CAPACITY, OUT_OF_MEMORY, Failure
from .tree import Tree

GROUP = "/aws/sagemaker/ProcessingJobs"


class Stopped(Exception):
    """The job was stopped from outside."""


class ProcessingRun:
    """The life of one processing job, in a thread of its own."""

    def __init__(self, world: World, region: Region, job: Job) -> None:
        self.world = world
        self.region = region
        self.job = job
        self.request: Document = job.document
        self.s3 = world.client("s3", region.name)
        self.limit = self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86_400)
        self.cluster: Document = self.request["ProcessingResources"]["ClusterConfig"]
        self.outputs: list[Document] = self.request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        self.trees: list[Tree] = []
        self.waiting: Fault | None = None

    def start(self) -> None:
        self.world.spawn(self.run)

    def _end(self, status: str, reason: str | None = None, exit_message: str | None = None) -> None:
        with self.world.lock:
            members: Document = {"ProcessingJobStatus": status, "ProcessingEndTime": now()}
            if reason is not None:
                members["FailureReason"] = reason[:1024]
            if exit_message:
                members["ExitMessage"] = exit_message[:1024]
            self.job.change(**members)

    def run(self) -> None:
        try:
            code = self._run()
        except Stopped:
            self._end("Stopped")
        except (Failure, storage.DataError) as failure:
            self._end("Failed", str(failure))
        except Exception as error:
            self._end(
                "Failed",
                f"InternalServerError: We encountered an internal error. Please try again. ({error!r})",
            )
        else:
            message = next((text for tree in self.trees if (text := self._message(tree))), None)
            if code == 0:
                self._end("Completed", exit_message=message)
            elif code == 137:
                self._end("Failed", f"{OUT_OF_MEMORY}, exit code: 137")
            else:
                self._end(
                    "Failed",
                    f"AlgorithmError: {message or 'See job logs for more information'}, exit code: {code}",
                )

    def _message(self, tree: Tree) -> str:
        file = tree.base / "output/message"
        return file.read_text()[:1000] if file.exists() else ""

    def _rest(self) -> None:
        self.world.pause(self.job)
        if self.job.stop.is_set():
            raise Stopped

    def _run(self) -> int:
        self._rest()
        if self.world.faults.of_resource("capacity", self.job.name):
            raise Failure(NO_CAPACITY)
        if self.world.faults.of_resource("dataAccess", self.job.name):
            raise Failure("ClientError: Data download failed:AccessDenied (403): Access Denied")
        if self.world.faults.of_resource("imagePull", self.job.name):
            raise Failure("ClientError: Cannot pull processing container. Ensure that the image exists.")
        self._lay_out()
        self._rest()
        self.job.change(ProcessingStartTime=now())
        code = self._process()
        for tree in self.trees:
            for output in self.outputs:
                storage.upload_folder(
                    self.s3, tree.local(output["S3Output"]["LocalPath"]), output["S3Output"]["S3Uri"]
                )
        if self.job.stop.is_set():
            raise Stopped
        return code

    def _lay_out(self) -> None:
        hosts = [f"algo-{n + 1}" for n in range(self.cluster["InstanceCount"])]
        self.trees = []
        for index, host in enumerate(hosts):
            tree = Tree(self.world.work / "processing" / self.region.name / self.job.name / host)
            self.trees.append(tree)
            for one in self.request.get("ProcessingInputs", []):
                folder = tree.local(one["S3Input"]["LocalPath"])
                folder.mkdir(parents=True, exist_ok=True)
                storage.download(self.s3, one["S3Input"], folder, (index, len(hosts)))
                tree.rewrite_scripts(folder)
            for one in self.outputs:
                tree.local(one["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
            shown = {
                key: self.request.get(key)
                for key in ("AppSpecification", "ProcessingInputs", "ProcessingJobName")
            }
            tree.write_config("processingjobconfig.json", shown, "config")
            tree.write_config("resourceconfig.json", {"current_host": host, "hosts": hosts}, "config")

    def _process(self) -> int:
        began = time.monotonic()
        memory = self.world.faults.of_resource("outOfMemory", self.job.name)
        self.waiting = memory
        streams = [
            LogStream(
                self.world.client("logs", self.region.name),
                GROUP,
                f"{self.job.name}/{tree.root.name}-{int(time.time())}",
            )
            for tree in self.trees
        ]
        for stream in streams:
            self.world.flusher.add(stream.flush)
        processes = [self._container(tree, stream) for tree, stream in zip(self.trees, streams, strict=True)]
        self.job.running = processes
        uploaded: dict[str, float] = {}
        failure: str | None = None
        while any(one.alive for one in processes):
            self.job.stop.wait(0.05)
            self._upload_continuous(uploaded)
            age = time.monotonic() - began
            if memory and memory.due(age):
                processes[0].signal(signal.SIGKILL)
            if age > self.limit * self.world.settings.minute / 60:
                failure = "ClientError: Processing job runtime exceeded MaxRuntimeInSeconds provided"
            if self.job.stop.is_set() or failure:
                for one in processes:
                    one.signal(signal.SIGTERM)
                for one in processes:
                    one.end(self.world.settings.stop_grace)
        codes = [one.wait() or 0 for one in processes]
        for stream in streams:
            self.world.flusher.remove(stream.flush)
            stream.flush()
        if failure:
            raise Failure(failure)
        return next((code for code in codes if code != 0), 0)

    def _upload_continuous(self, uploaded: dict[str, float]) -> None:
        """Outputs with S3UploadMode Continuous appear while the job runs."""
        for output in self.outputs:
            if output["S3Output"]["S3UploadMode"] != "Continuous":
                continue
            for tree in self.trees:
                folder = tree.local(output["S3Output"]["LocalPath"])
                changed = max(
                    (one.stat().st_mtime for one in folder.rglob("*") if one.is_file()), default=0.0
                )
                if changed > uploaded.get(str(folder), 0.0):
                    uploaded[str(folder)] = changed
                    storage.upload_folder(self.s3, folder, output["S3Output"]["S3Uri"])

    def _container(self, tree: Tree, stream: LogStream) -> Process:
        network = self.request.get("NetworkConfig", {})
        closed = bool(network.get("EnableNetworkIsolation"))
        env = tree.environment(
            self.world,
            self.region,
            {
                "PROCESSING_JOB_NAME": self.job.name,
                "PROCESSING_JOB_ARN": self.job.arn,
                **self.request.get("Environment", {}),
            },
            internet=not closed and "VpcConfig" not in network,
            host=tree.root.name,
        )
        app = self.request["AppSpecification"]

        def hear(line: str) -> None:
            stream.write(line)
            if self.waiting:
                self.waiting.hear(line)

        command = [*app.get("ContainerEntrypoint", ["serve"]), *app.get("ContainerArguments", [])]
        return self.world.processes.start(
            [tree.path(part) for part in command], tree.base, env, hear, lambda: not self.region.emptied
        )


def stop(job: Job) -> None:
    """StopProcessingJob: the status changes at once, the container gets SIGTERM."""
    job.change(ProcessingJobStatus="Stopping")
    job.stop.set()
