"""Which container images exist, by AWS's own published tables (PyPI `sagemaker-core`)."""

import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from .errors import invalid

_URI = re.compile(
    r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([a-z0-9]+(?:[._/-][a-z0-9]+)*)(?::([\w.-]+)|@sha256:[0-9a-f]{64})?"
)


@functools.cache
def _tables() -> list[dict[str, Any]]:
    found = importlib.util.find_spec("sagemaker")
    folders = list(found.submodule_search_locations or []) if found else []
    if not folders:
        raise RuntimeError(
            "The rig's Python environment lacks sagemaker-core, whose tables say which images exist."
        )
    files = sorted((Path(folders[0]) / "core/image_uri_config").glob("*.json"))
    return [json.loads(file.read_text()) for file in files]


def _versions(node: Any) -> Any:
    """Every version's table (`registries`, `repository`), with its number, wherever it stands in a file."""
    if isinstance(node, dict):
        yield from node.get("versions", {}).items()
        for key, child in node.items():
            if key != "versions":
                yield from _versions(child)


@functools.cache
def _registries() -> dict[str, set[tuple[str, str, str]]]:
    """For each account: (region, repository, version)."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for table in _tables():
        for number, version in _versions(table):
            repository = version.get("repository", "")
            for region, account in version.get("registries", {}).items():
                found.setdefault(account, set()).add((region, repository, number))
    return found


def check_image(uri: str, region: str) -> None:
    """Raises ValidationException for what is no ECR address, lies in another region, or does not exist.

    The tags of AWS's own repositories must begin with a published version; repositories of other accounts are taken as they are.
    """
    match = _URI.fullmatch(uri)
    if not match:
        raise invalid(
            f"Invalid image URI {uri}. Please provide a valid Amazon Elastic Container Registry path of the Docker image to run."
        )
    account, image_region, repository, tag = match.groups()
    if image_region != region:
        raise invalid(
            f"The image {uri} lies in {image_region}: an image must lie in the region of the request, {region}."
        )
    published = _registries().get(account)
    if published is None:
        return
    versions = {number for there, name, number in published if there == region and name == repository}
    if not versions:
        raise invalid(
            f"Cannot find repository {repository} in registry ID {account}. Please check if your ECR repository exists."
        )
    if tag is not None and not any(tag == one or tag.startswith(f"{one}-") for one in versions):
        raise invalid(
            f"Requested image {uri} not found. Please check if your ECR image exists and your tag is valid."
        )
