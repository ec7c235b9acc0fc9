"""A few AWS answers on 127.0.0.1: just enough for one whole run of the function. It records every request."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterator

MANAGEMENT, AT_RISK, FINE, LOCKED, SUSPENDED = (digit * 12 for digit in "12345")
SECRET = "wJalrXUtnFEMI-secret-of-the-caller"  # made up
ACCESS_KEY_PREFIX = "AKIDEXAMPLE"
_STATES = {MANAGEMENT: "ACTIVE", AT_RISK: "ACTIVE", FINE: "ACTIVE", LOCKED: "ACTIVE", SUSPENDED: "SUSPENDED"}
_SIGNER = re.compile(rf"Credential={ACCESS_KEY_PREFIX}(\d{{12}})/")
_XML = "<{0}Response><{0}Result>{1}</{0}Result></{0}Response>"
_NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
_HUB = b'{"HubArn": "arn:aws:securityhub:eu-central-1:111111111111:hub/default"}'
_DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no role</Message></Error></ErrorResponse>"


@dataclass
class LocalAws:
    """The requests by operation. Security Hub refuses the finding ``refused_finding``.

    With ``throttles_sessions`` every AssumeRole is throttled. ``denying_regions`` are the accounts in which a service
    control policy denies ListRegions. With ``trusts_account_management`` the management account may ask about others.
    """

    refused_finding: str = ""
    throttles_sessions: bool = False
    denying_regions: frozenset[str] = frozenset()
    trusts_account_management: bool = True
    asked: dict[str, list[Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def note(self, operation: str, request: Any) -> None:
        """Record one request."""
        with self.lock:
            self.asked.setdefault(operation, []).append(request)

    def answer(self, signer: str, target: str, path: str, body: str) -> tuple[int, str]:
        """Return the status and the body for a request that the account ``signer`` signed."""
        if target:
            operation = target.rpartition(".")[2]
            self.note(operation, json.loads(body))
            return 200, json.dumps(_organizations(operation))
        if path == "/listRegions":
            return self._list_regions(signer, json.loads(body).get("AccountId"))
        if path == "/findings":
            self.note("GetFindings", json.loads(body))
            return 200, json.dumps({"Findings": []})
        if path == "/findings/import":
            return 200, json.dumps(self._import(json.loads(body)["Findings"]))
        form = {key: values[0] for key, values in parse_qs(body).items()}
        self.note(form["Action"], form)
        if self.throttles_sessions and form["Action"] == "AssumeRole":
            return 400, _DENIED.replace("AccessDenied", "Throttling")
        return _query(form, signer)

    def put(self, path: str, body: bytes, condition: str) -> int:
        """Store an S3 object and return the status. ``condition`` is the If-Match or If-None-Match header."""
        self.note("PutObject", (path, condition))
        known = self.objects.get(path)
        if condition and condition != ("*" if known is None else etag(known)):
            return 412
        self.objects[path] = body
        return 200

    def _list_regions(self, signer: str, named: str | None) -> tuple[int, str]:
        self.note("ListRegions", signer if named is None else f"{named} by {signer}")
        if named is None and signer in self.denying_regions:
            return 403, _no_regions("with an explicit deny in a service control policy")
        if named is not None and not self.trusts_account_management:
            return 403, _no_regions("(Your organization must first enable trusted access with AWS Account Management.)")
        return 200, json.dumps(_regions_of(named or signer))

    def _import(self, findings: list[dict[str, Any]]) -> dict[str, Any]:
        self.note("BatchImportFindings", findings)
        refused = [finding["Id"] for finding in findings if finding["Id"] == self.refused_finding]
        failed = [{"Id": one, "ErrorCode": "InvalidInput", "ErrorMessage": "not today"} for one in refused]
        accepted = len(findings) - len(failed)
        return {"SuccessCount": accepted, "FailedCount": len(failed), "FailedFindings": failed}


def etag(body: bytes) -> str:
    """Return the ETag of an object's content."""
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _organizations(operation: str) -> dict[str, Any]:
    path = "o-exampleorg/r-ab12/{}/"
    trusted = ("account", "iam", "member.org.stacksets.cloudformation")
    answers: dict[str, dict[str, Any]] = {
        "DescribeOrganization": {"Organization": {"Id": "o-exampleorg", "MasterAccountId": MANAGEMENT}},
        "ListAccounts": {
            "Accounts": [
                {"Id": one, "Name": f"account {one[0]}", "State": state, "Paths": [path.format(one)]}
                for one, state in _STATES.items()
            ]
        },
        "ListRoots": {"Roots": [{"Id": "r-ab12", "Name": "Root"}]},
        "ListOrganizationalUnitsForParent": {"OrganizationalUnits": []},
        "ListAWSServiceAccessForOrganization": {
            "EnabledServicePrincipals": [{"ServicePrincipal": f"{name}.amazonaws.com"} for name in trusted]
        },
    }
    return answers[operation]


def _no_regions(reason: str) -> str:
    message = f"not authorized to perform: account:ListRegions {reason}"
    return json.dumps({"__type": "AccessDeniedException", "message": message})


def _regions_of(account: str) -> dict[str, Any]:
    status = "ENABLED" if account == AT_RISK else "DISABLED"
    return {
        "Regions": [
            {"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"},
            {"RegionName": "ap-east-1", "RegionOptStatus": status},
        ]
    }


def _query(form: dict[str, str], signer: str) -> tuple[int, str]:
    action = form["Action"]
    if action == "GetCallerIdentity":
        arn = f"<Arn>arn:aws:iam::{signer}:user/auditor</Arn><Account>{signer}</Account>"
        return 200, _XML.format(action, arn)
    if action == "AssumeRole":
        account = form["RoleArn"].split(":")[4]
        return (403, _DENIED) if account == LOCKED else (200, _XML.format(action, _credentials_of(account)))
    if action == "AssumeRoot":
        return 200, _XML.format(action, _credentials_of(form["TargetPrincipal"]))
    if action == "ListOrganizationsFeatures":
        features = "<EnabledFeatures><member>RootCredentialsManagement</member></EnabledFeatures>"
        return 200, _XML.format(action, features)
    if action == "GetAccountSummary":
        version = 1 if signer == AT_RISK else 2
        entry = f"<entry><key>GlobalEndpointTokenVersion</key><value>{version}</value></entry>"
        return 200, _XML.format(action, f"<SummaryMap>{entry}</SummaryMap>")
    return 200, _XML.format(action, "<MessageId>1</MessageId>")


def _credentials_of(account: str) -> str:
    return (
        f"<Credentials><AccessKeyId>{ACCESS_KEY_PREFIX}{account}</AccessKeyId>"
        f"<SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{SECRET}-token</SessionToken>"
        "<Expiration>2026-11-21T06:15:00Z</Expiration></Credentials>"
    )


@contextmanager
def local_aws(refused_finding: str = "", **different: Any) -> Iterator[LocalAws]:
    """Serve on a free port of 127.0.0.1 until the end of the block. ``different``: fields of ``LocalAws``."""
    aws = LocalAws(refused_finding, **different)

    class Handler(BaseHTTPRequestHandler):
        """Passes each request to ``aws``."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer one request."""
            body = self.rfile.read(int(self.headers["content-length"] or 0)).decode()
            signer = _SIGNER.search(self.headers["authorization"])
            assert signer
            target = self.headers["x-amz-target"] or ""
            status, answer = aws.answer(signer.group(1), target, self.path, body)
            self._send(status, answer.encode())

        def do_GET(self) -> None:
            """Answer DescribeHub, or one GetObject."""
            if self.path == "/accounts":
                self._send(200, _HUB)
                return
            content = aws.objects.get(self.path)
            self._send(404, _NO_SUCH_KEY) if content is None else self._send(200, content)

        def do_PUT(self) -> None:
            """Answer one PutObject."""
            body = self.rfile.read(int(self.headers["content-length"]))
            condition = self.headers["if-match"] or self.headers["if-none-match"] or ""
            self._send(aws.put(self.path, body, condition), b"", etag(body))

        def _send(self, status: int, body: bytes, tag: str = "") -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.send_header("etag", tag or etag(body))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    aws.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
