"""What SageMaker moves between S3 and a machine's folders."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .errors import AwsError


class DataError(Exception):
    """Input that could not be brought to the machine, in the words of a job's FailureReason."""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; raises ValidationException for anything else."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise AwsError("ValidationException", f"Invalid S3 URI: {uri}. Please provide a valid S3 URI.")
    return bucket, key


def exists(s3: Any, uri: str) -> bool:
    bucket, key = split_uri(uri)
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return True


def _relative(key: str, prefix: str) -> str:
    if key == prefix:
        return key.rsplit("/", 1)[-1]
    if prefix.endswith("/") or not prefix:
        return key[len(prefix) :]
    if key.startswith(f"{prefix}/"):
        return key[len(prefix) + 1 :]
    return key[prefix.rfind("/") + 1 :]


def _keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", []) if not one["Key"].endswith("/")]


def _manifest(s3: Any, uri: str) -> tuple[str, list[tuple[str, str]]]:
    """The bucket, and keys with their relative names, of a ManifestFile: `[{"prefix": uri}, name, …]`."""
    bucket, key = split_uri(uri)
    content = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    of, prefix = split_uri(content[0]["prefix"])
    return of, [(prefix + name, name) for name in content[1:]]


def _check_region(s3: Any, bucket: str) -> None:
    place = s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
    if place != s3.meta.region_name:
        raise DataError(
            f"ClientError: Data download failed:PermanentRedirect (301): The bucket is in this region: {place}. "
            "Please use this region to retry the request"
        )


def download(s3: Any, source: dict[str, Any], folder: Path, share: tuple[int, int] = (0, 1)) -> int:
    """Lays the objects of an S3DataSource into `folder` and returns their number.

    `share` is (this host, hosts) for ShardedByS3Key.
    """
    uri = source["S3Uri"]
    bucket, prefix = split_uri(uri)
    try:
        _check_region(s3, bucket)
        if source["S3DataType"] == "ManifestFile":
            bucket, items = _manifest(s3, uri)
            _check_region(s3, bucket)
        else:
            items = [(key, _relative(key, prefix)) for key in _keys(s3, bucket, prefix)]
        if not items:
            raise DataError(
                f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given in input data source. '
                "Please ensure that the bucket exists in the selected region, that objects exist under that S3 prefix, "
                "and that the role has s3:ListBucket permissions on bucket "
                f'"{bucket}".'
            )
        if source.get("S3DataDistributionType") == "ShardedByS3Key":
            items = sorted(items)[share[0] :: share[1]]
        for key, name in items:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, key, str(target))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        message = error.response["Error"]["Message"]
        raise DataError(f"ClientError: Data download failed:{code} ({status}): {message}") from error
    return len(items)


def upload_folder(s3: Any, folder: Path, uri: str) -> int:
    """Puts every file of `folder` below `uri`; returns their number."""
    bucket, prefix = split_uri(uri)
    files = [one for one in sorted(folder.rglob("*")) if one.is_file()]
    for file in files:
        key = "/".join(part for part in (prefix.strip("/"), file.relative_to(folder).as_posix()) if part)
        s3.upload_file(str(file), bucket, key)
    return len(files)


def upload_archive(s3: Any, folders: list[Path], uri: str) -> None:
    """One .tar.gz of what the folders hold (later folders win), at `uri`."""
    contents = {
        one.relative_to(folder).as_posix(): one
        for folder in folders
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, file in contents.items():
            archive.add(file, arcname=name)
    bucket, key = split_uri(uri)
    s3.put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())


def unpack(s3: Any, uri: str, folder: Path) -> None:
    """Unpacks the .tar.gz at `uri`; raises DataError where that cannot be done."""
    bucket, key = split_uri(uri)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            if hasattr(tarfile, "data_filter"):  # not in the Python of Debian 12
                archive.extractall(folder, filter="data")
            else:
                archive.extractall(folder)  # noqa: S202 - what tests have packed
    except (ClientError, tarfile.TarError, OSError) as error:
        raise DataError(f'Failed to download model data from "{uri}": {error}') from error
