"""Inside the image, before anything else: names that the vendor's code and AWS's network have and this machine has not."""

import collections
import collections.abc
import os
import socket
from typing import Any

# sagemaker-containers was written before Python 3.10; AWS's image edits its source to the same effect.
setattr(collections, "Mapping", collections.abc.Mapping)  # noqa: B010

_PREFIX = os.environ.get("RIG_HOSTS", "")

if _PREFIX:
    _getaddrinfo = socket.getaddrinfo
    _gethostbyname = socket.gethostbyname

    def _address(host: Any) -> Any:
        """The machines of a job find each other by name (algo-1, algo-2); all of them are this one."""
        return "127.0.0.1" if isinstance(host, str) and host.startswith(_PREFIX) else host

    def _looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return _getaddrinfo(_address(host), *args, **kwargs)

    def _by_name(host: str) -> str:
        return _gethostbyname(_address(host))

    socket.getaddrinfo = _looked_up
    socket.gethostbyname = _by_name
