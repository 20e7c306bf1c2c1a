"""IAM Identity Center: the login of `aws sso login` (OAuth 2.0 device grant, RFC 8628) and the keys that it gives.

Requests are held to botocore's models of `sso-oidc` and `sso`; a person's click in the browser is POST /rig/sso.
"""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from .contract import Contract, Document
from .errors import AwsError

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
OPERATIONS = {
    ("POST", "/client/register"): ("sso-oidc", "RegisterClient"),
    ("POST", "/device_authorization"): ("sso-oidc", "StartDeviceAuthorization"),
    ("POST", "/token"): ("sso-oidc", "CreateToken"),
    ("GET", "/federation/credentials"): ("sso", "GetRoleCredentials"),
}
BEARER_TOKEN = "x-amz-sso_bearer_token"
INTERVAL_S = 1
DEVICE_S = 600
TOKEN_S = 28_800


@dataclass
class Device:
    """One login under way."""

    client: str
    user_code: str
    expires: float
    state: str = "pending"
    asked: float = 0.0


class Sso:
    """The clients, logins and tokens of one rig."""

    def __init__(self) -> None:
        self.contracts = {"sso-oidc": Contract("sso-oidc"), "sso": Contract("sso")}
        self.clients: dict[str, str] = {}
        self.devices: dict[str, Device] = {}
        self.tokens: set[str] = set()

    def answer(self, request: Request, operation: str) -> Response:
        if operation == "GetRoleCredentials":
            answer = self._credentials(request)
        else:
            try:
                body: Document = json.loads(request.get_data() or b"{}")
            except ValueError as error:
                raise AwsError("InvalidRequestException", "The request is no JSON.") from error
            self.contracts["sso-oidc"].check(operation, body)
            answer = getattr(self, f"_{operation}")(body)
        return Response(json.dumps(answer), 200, {"Content-Type": "application/json"})

    def decide(self, user_code: str, state: str) -> None:
        """The person's click: `confirmed`, `refused` or `expired`."""
        next(one for one in self.devices.values() if one.user_code == user_code).state = state

    def _RegisterClient(self, body: Document) -> Any:  # noqa: N802 - the operation's own name
        if body["clientType"] != "public":
            raise AwsError("InvalidClientMetadataException", "Only public clients are registered.")
        client = secrets.token_hex(8)
        self.clients[client] = secrets.token_hex(16)
        now = int(time.time())
        return {
            "clientId": client,
            "clientSecret": self.clients[client],
            "clientIdIssuedAt": now,
            "clientSecretExpiresAt": now + 90 * 86_400,
        }

    def _StartDeviceAuthorization(self, body: Document) -> Any:  # noqa: N802
        self._known(body)
        if not body["startUrl"].startswith("https://"):
            raise AwsError("InvalidRequestException", "Invalid start url.")
        code = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper()
        device = secrets.token_urlsafe(16)
        self.devices[device] = Device(body["clientId"], code, time.time() + DEVICE_S)
        page = "https://device.sso.us-east-1.amazonaws.com/"
        return {
            "deviceCode": device,
            "userCode": code,
            "verificationUri": page,
            "verificationUriComplete": f"{page}?user_code={code}",
            "expiresIn": DEVICE_S,
            "interval": INTERVAL_S,
        }

    def _CreateToken(self, body: Document) -> Any:  # noqa: N802
        self._known(body)
        if body["grantType"] != DEVICE_GRANT:
            raise AwsError("UnsupportedGrantTypeException", body["grantType"])
        device = self.devices.get(body.get("deviceCode", ""))
        if device is None or device.client != body["clientId"]:
            raise AwsError("InvalidGrantException", "Invalid device code.")
        now = time.time()
        early, device.asked = now - device.asked < INTERVAL_S * 0.9, now
        if device.state == "expired" or now > device.expires:
            raise AwsError("ExpiredTokenException", "The device code has expired.")
        if device.state == "refused":
            raise AwsError("AccessDeniedException", "The person refused.")
        if early:
            raise AwsError("SlowDownException", "Asked too often.")
        if device.state == "pending":
            raise AwsError("AuthorizationPendingException", "Not confirmed yet.")
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return {
            "accessToken": token,
            "tokenType": "Bearer",
            "expiresIn": TOKEN_S,
            "refreshToken": "r" + token,
        }

    def _known(self, body: Document) -> None:
        if self.clients.get(body["clientId"]) != body["clientSecret"]:
            raise AwsError("InvalidClientException", "Unknown client.", 401)

    def _credentials(self, request: Request) -> Any:
        given = {
            "roleName": request.args.get("role_name"),
            "accountId": request.args.get("account_id"),
            "accessToken": request.environ.get("mll.bearer_token"),
        }
        self.contracts["sso"].check("GetRoleCredentials", {k: v for k, v in given.items() if v is not None})
        if given["accessToken"] not in self.tokens:
            raise AwsError("UnauthorizedException", "Session token not found or invalid", 401)
        return {
            "roleCredentials": {
                "accessKeyId": "ASIATESTTESTTESTTEST",
                "secretAccessKey": secrets.token_hex(20),
                "sessionToken": secrets.token_hex(20),
                "expiration": int(time.time() + 3600) * 1000,
            }
        }
