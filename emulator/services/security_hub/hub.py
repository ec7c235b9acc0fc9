"""Security Hub in one account and Region, with its findings by product and id."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import dataclass, field
from typing import Any

from emulator.services.security_hub import asff, imported

Finding = dict[str, Any]


class InvalidFinding(Exception):
    """A finding that belongs in FailedFindings."""


@dataclass
class Hub:
    """An enabled hub. `subscribed` is when it was enabled, in seconds since 1970."""

    account_id: str
    region: str
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    subscribed: float = field(default_factory=time.time)

    @property
    def arn(self) -> str:
        """Return the ARN of the hub."""
        return f"arn:aws:securityhub:{self.region}:{self.account_id}:hub/default"

    @property
    def default_product_arn(self) -> str:
        """Return the ARN of the product for an account's own findings."""
        return product_arn(self.region, self.account_id)

    def import_finding(self, finding: Finding) -> None:
        """Create or update a finding. Raise InvalidFinding if it violates the format."""
        problems = asff.problems(finding)
        if problems:
            message = f"Finding does not adhere to Amazon Finding Format. {', '.join(problems)}."
            raise InvalidFinding(message)
        if len(json.dumps(finding).encode()) > asff.LARGEST_FINDING:
            message = "Finding size exceeds the maximum of 240 KB."
            raise InvalidFinding(message)
        key = (finding["ProductArn"], finding["Id"])
        known = self.findings.get(key)
        if known is None:
            self.findings[key] = self._complete(imported.first_import(finding))
        elif imported.is_later(finding, known):
            self.findings[key] = self._complete(imported.update(known, finding))

    def _complete(self, finding: Finding) -> Finding:
        finding["Region"] = self.region
        finding["CompanyName"] = finding.get("CompanyName", "Personal")
        finding["ProductName"] = finding.get("ProductName", "Default")
        finding["ProcessedAt"] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        for resource in finding["Resources"]:
            resource.setdefault("Partition", "aws")
            resource.setdefault("Region", self.region)
        added = {
            "aws/securityhub/FindingId": f"{finding['ProductArn']}/{finding['Id']}",
            "aws/securityhub/ProductName": finding["ProductName"],
            "aws/securityhub/CompanyName": finding["CompanyName"],
        }
        finding["ProductFields"] = {**copy.deepcopy(finding.get("ProductFields", {})), **added}
        return finding


def product_arn(region: str, account_id: str) -> str:
    """Return the default product ARN of an account in a Region."""
    return f"arn:aws:securityhub:{region}:{account_id}:product/{account_id}/default"
