"""The operations of Security Hub and their routing."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.http import caller, page_tokens
from emulator.http.answers import Answer, Refusal, refused, success
from emulator.patching import PrivateName
from emulator.services.security_hub import asff, customer_update, filters
from emulator.services.security_hub.hub import Finding, Hub, InvalidFinding, product_arn

if TYPE_CHECKING:
    from collections.abc import Callable

    Payload = dict[str, Any]

SERVICE = "securityhub"
_MOST_FINDINGS = 100


class SecurityHub:
    """Security Hub in all accounts and Regions."""

    def __init__(self) -> None:
        self._hubs: dict[tuple[str, str], Hub] = {}
        self._operations: dict[tuple[str, str], Callable[[Payload], Payload]] = {
            ("POST", "/accounts"): self.enable_security_hub,
            ("GET", "/accounts"): self.describe_hub,
            ("DELETE", "/accounts"): self.disable_security_hub,
            ("POST", "/findings/import"): self.batch_import_findings,
            ("POST", "/findings"): self.get_findings,
            ("PATCH", "/findings/batchupdate"): self.batch_update_findings,
        }

    def clear(self) -> None:
        """Disable Security Hub in all accounts and Regions."""
        self._hubs.clear()

    def install(self) -> None:
        """Add the service to ministack, and route requests that are signed for it."""
        detect = PrivateName.DETECT_SERVICE.get()

        def detect_service(method: str, path: str, headers: dict[str, str], query: Any) -> str:
            signed = f"/{SERVICE}/aws4_request" in headers.get("authorization", "")
            return SERVICE if signed else str(detect(method, path, headers, query))

        PrivateName.DETECT_SERVICE.replace(detect_service)
        PrivateName.SERVICE_HANDLERS.get()[SERVICE] = self.serve

    async def serve(self, method: str, path: str, _headers: dict[str, str], body: bytes, query: Any) -> Answer:
        """Answer one request."""
        operation = self._operations.get((method, path.rstrip("/")))
        if operation is None:
            message = f"The local emulator's Security Hub has no operation for {method} {path}"
            return refused(Refusal("ResourceNotFoundException", message, 404))
        try:
            return success(operation(json.loads(body) if body else dict(query)))
        except Refusal as refusal:
            return refused(refusal)

    def enable_security_hub(self, _payload: Payload) -> Payload:
        """Enable Security Hub for the caller's account in the Region of the call."""
        key = (caller.account_id(), caller.region())
        if key in self._hubs:
            raise Refusal("ResourceConflictException", "Account is already subscribed to Security Hub", 409)
        self._hubs[key] = Hub(*key)
        return {}

    def disable_security_hub(self, _payload: Payload) -> Payload:
        """Disable Security Hub and delete its findings."""
        hub = self._hub()
        del self._hubs[hub.account_id, hub.region]
        return {}

    def describe_hub(self, _payload: Payload) -> Payload:
        """Describe the hub of the caller's account in the Region of the call."""
        hub = self._hub()
        subscribed = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(hub.subscribed))
        return {
            "HubArn": hub.arn,
            "SubscribedAt": subscribed,
            "AutoEnableControls": True,
            "ControlFindingGenerator": "SECURITY_CONTROL",
        }

    def batch_import_findings(self, payload: Payload) -> Payload:
        """Import findings. The answer is a success and lists the findings that could not be imported.

        If Security Hub is not enabled, all of them fail with InvalidAccess, as in the user guide:
        https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html
        """
        findings = _findings(payload)
        _require_own_account(findings)
        hub = self._hubs.get((caller.account_id(), caller.region()))
        failed = [failure for finding in findings if (failure := _import(hub, finding))]
        return {
            "SuccessCount": len(findings) - len(failed),
            "FailedCount": len(failed),
            "FailedFindings": failed,
        }

    def get_findings(self, payload: Payload) -> Payload:
        """Return one page of the findings that pass the filters."""
        hub = self._hub()
        requested = payload.get("Filters") or {}
        filters.check_filters(requested)
        size = payload.get("MaxResults", _MOST_FINDINGS)
        if not 1 <= size <= _MOST_FINDINGS:
            raise _invalid("Invalid parameter 'MaxResults'. MaxResults must be between 1 and 100")
        matching = [finding for finding in hub.findings.values() if filters.matches(finding, requested)]
        for criterion in reversed(payload.get("SortCriteria") or []):
            by_field = partial(_sort_key, criterion["Field"])
            matching.sort(key=by_field, reverse=criterion["SortOrder"] == "desc")
        listing = f"GetFindings/{json.dumps(requested, sort_keys=True)}"
        start = _position(listing, payload.get("NextToken"))
        answer: Payload = {"Findings": matching[start : start + size]}
        if start + size < len(matching):
            answer["NextToken"] = page_tokens.issue(listing, start + size)
        return answer

    def batch_update_findings(self, payload: Payload) -> Payload:
        """Write a customer's changes into findings."""
        hub = self._hub()
        identifiers = payload.get("FindingIdentifiers") or []
        if not 1 <= len(identifiers) <= _MOST_FINDINGS:
            raise _invalid("Invalid parameter 'FindingIdentifiers'. 1 to 100 are allowed")
        customer_update.check_update(payload)
        answer: Payload = {"ProcessedFindings": [], "UnprocessedFindings": []}
        for identifier in identifiers:
            finding = hub.findings.get((identifier["ProductArn"], identifier["Id"]))
            if finding is None:
                missing = {"ErrorCode": "FindingNotFound", "ErrorMessage": "Finding Not Found"}
                answer["UnprocessedFindings"].append({"FindingIdentifier": identifier, **missing})
            else:
                customer_update.apply_update(finding, payload)
                answer["ProcessedFindings"].append(identifier)
        return answer

    def _hub(self) -> Hub:
        account_id = caller.account_id()
        hub = self._hubs.get((account_id, caller.region()))
        if hub is None:
            message = f"Account {account_id} is not subscribed to AWS Security Hub"
            raise Refusal("InvalidAccessException", message, 401)
        return hub


def _sort_key(path: str, finding: Finding) -> str:
    return str(asff.value_at(finding, path) or "")


def _findings(payload: Payload) -> list[Finding]:
    findings = payload.get("Findings")
    if not isinstance(findings, list) or not 1 <= len(findings) <= _MOST_FINDINGS:
        raise _invalid(f"Invalid parameter 'Findings'. 1 to {_MOST_FINDINGS} findings are allowed")
    return findings


def _require_own_account(findings: list[Finding]) -> None:
    """Refuse the whole call if one finding is from another account, Region or product, as AWS does.

    AWS support confirmed in https://github.com/prowler-cloud/prowler/issues/867 that the error is AccessDenied,
    although no policy denies the call.
    """
    own = product_arn(caller.region(), caller.account_id())
    for finding in findings:
        product = finding.get("ProductArn", own)
        if product != own or finding.get("AwsAccountId", caller.account_id()) != caller.account_id():
            action = f"{SERVICE}:BatchImportFindings"
            message = f"User: {caller.arn()} is not authorized to perform: {action} on resource: {product}"
            raise Refusal("AccessDeniedException", message, 403)


def _import(hub: Hub | None, finding: Finding) -> dict[str, str] | None:
    """Import a finding. Return its entry for FailedFindings if that fails."""
    identity = str(finding.get("Id", ""))
    if hub is None:
        message = f"Account {caller.account_id()} is not subscribed to AWS Security Hub"
        return {"Id": identity, "ErrorCode": "InvalidAccess", "ErrorMessage": message}
    try:
        hub.import_finding(finding)
    except InvalidFinding as refusal:
        return {"Id": identity, "ErrorCode": "InvalidInput", "ErrorMessage": str(refusal)}
    return None


def _position(listing: str, token: str | None) -> int:
    if token is None:
        return 0
    try:
        return page_tokens.read(listing, token)[0]
    except page_tokens.MalformedToken as error:
        raise _invalid("Invalid parameter 'NextToken'") from error


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidInputException", message)
