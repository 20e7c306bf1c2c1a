"""In which region each bucket lies. moto answers for every region alike; S3 sends a caller of the wrong one away."""

import threading
from collections.abc import Callable

from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

from .identify import Call

_EVERYWHERE = {"ListBuckets", "CreateBucket", "GetBucketLocation"}


class Buckets:
    """Regions of buckets, remembered until buckets come or go."""

    def __init__(self, look: Callable[[str], str]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._regions: dict[str, str] = {}

    def forget(self) -> None:
        with self._lock:
            self._regions = {}

    def _region(self, bucket: str) -> str | None:
        with self._lock:
            known = self._regions.get(bucket)
        if known is None:
            try:
                known = self._look(bucket)
            except ClientError:  # moto says what is wrong with it
                return None
            with self._lock:
                self._regions[bucket] = known
        return known

    def redirect(self, call: Call, request: Request) -> Response | None:
        """S3's answer to a request that is signed for another region than the bucket's."""
        bucket = request.path.lstrip("/").partition("/")[0]
        if call.operation in {"CreateBucket", "DeleteBucket"}:
            self.forget()
        if not call.signed or call.operation in _EVERYWHERE or not bucket:
            return None
        region = self._region(bucket)
        if region in {None, call.region}:
            return None
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>PermanentRedirect</Code><Message>The bucket you are '
            "attempting to access must be addressed using the specified endpoint. Please send all future requests to this "
            f"endpoint.</Message><Endpoint>{bucket}.s3.{region}.amazonaws.com</Endpoint><Bucket>{bucket}</Bucket></Error>"
        )
        headers = {"Content-Type": "application/xml", "x-amz-bucket-region": str(region)}
        return Response("" if request.method == "HEAD" else body, 301, headers)
