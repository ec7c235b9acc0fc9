"""STS, IAM and Account Management: who is asked, ways in, and what is read of each account."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bench.organization import MANAGEMENT, ORGANIZATION_ID, in_use_or_about_to_be, opt_statuses, token_version

from .exchange import Answer, json_answer, query_answer
from .sessions import assumed_role_xml, credentials_xml

if TYPE_CHECKING:
    from .exchange import Request
    from .sessions import Signer

STS = "https://sts.amazonaws.com/doc/2011-06-15/"
IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
DEFAULT_PAGE_OF_REGIONS = 20

SUMMARY = {
    "Users": 3, "UsersQuota": 5000, "Groups": 2, "GroupsQuota": 300, "ServerCertificates": 0,
    "ServerCertificatesQuota": 20, "UserPolicySizeQuota": 2048, "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10, "SigningCertificatesPerUserQuota": 2, "AccessKeysPerUserQuota": 2, "MFADevices": 1,
    "MFADevicesInUse": 1, "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1,
    "AccountSigningCertificatesPresent": 0, "AttachedPoliciesPerGroupQuota": 10, "AttachedPoliciesPerRoleQuota": 20,
    "AttachedPoliciesPerUserQuota": 10, "Policies": 12, "PoliciesQuota": 1500, "PolicySizeQuota": 6144,
    "PolicyVersionsInUse": 31, "PolicyVersionsInUseQuota": 10000, "VersionsPerPolicyQuota": 5,
    "AssumeRolePolicySizeQuota": 2048, "InstanceProfiles": 4, "InstanceProfilesQuota": 1000, "Providers": 1,
    "RolePolicySizeQuota": 10240, "Roles": 38, "RolesQuota": 1000,
}  # fmt: skip
"""A whole summary, so that reading it costs what it costs."""


def get_caller_identity(signer: Signer, _form: dict[str, str]) -> Answer:
    """Answer who the caller is."""
    arn = f"arn:aws:sts::{signer.account}:assumed-role/Audit/benchmark"
    result = f"<Arn>{arn}</Arn><UserId>AROABNCH:benchmark</UserId><Account>{signer.account}</Account>"
    return query_answer("GetCallerIdentity", STS, result)


def assume_role(_signer: Signer, form: dict[str, str]) -> Answer:
    """Give a session in the account of the role."""
    account = int(form["RoleArn"].split(":")[4])
    result = assumed_role_xml(account, form["RoleSessionName"]) + credentials_xml(account)
    return query_answer("AssumeRole", STS, result)


def assume_root(_signer: Signer, form: dict[str, str]) -> Answer:
    """Give a short root session in an account, named by its id or by the ARN of its root."""
    target = form["TargetPrincipal"]
    account = int(target.split(":")[4] if target.startswith("arn:") else target)
    return query_answer("AssumeRoot", STS, credentials_xml(account))


def list_organizations_features(_signer: Signer, _form: dict[str, str]) -> Answer:
    """Answer that root sessions may be opened in members."""
    result = f"<OrganizationId>{ORGANIZATION_ID}</OrganizationId><EnabledFeatures>"
    features = "<member>RootCredentialsManagement</member><member>RootSessions</member></EnabledFeatures>"
    return query_answer("ListOrganizationsFeatures", IAM, result + features)


def get_account_summary(signer: Signer, _form: dict[str, str]) -> Answer:
    """Answer the summary of the signer's account."""
    return _summary(token_version(signer.account))


def list_account_aliases(signer: Signer, _form: dict[str, str]) -> Answer:
    """Answer one alias, as c7n asks for it."""
    result = f"<IsTruncated>false</IsTruncated><AccountAliases><member>bench-{signer.account}</member></AccountAliases>"
    return query_answer("ListAccountAliases", IAM, result)


def list_regions(signer: Signer, request: Request) -> Answer:
    """Answer a page of Regions of the account that is asked about, the signer's own where none is."""
    asked = request.document
    account = int(asked.get("AccountId") or signer.account)
    size = asked.get("MaxResults", DEFAULT_PAGE_OF_REGIONS)
    return _page_of_regions(tuple(in_use_or_about_to_be(account).items()), int(asked.get("NextToken") or 0), size)


def wrong_account(signer: Signer, request: Request) -> str:
    """Say what is wrong with who signs a read; empty where it is right.

    An account reads its own Regions; the caller reads others', and never its own by its id.
    """
    asked = request.document.get("AccountId")
    if asked and (signer.account != MANAGEMENT or int(asked) == MANAGEMENT):
        return f"{signer.account} asked for the Regions of {asked}"
    return ""


@cache
def _summary(version: int) -> Answer:
    entries = {**SUMMARY, "GlobalEndpointTokenVersion": version}
    spelled = "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in entries.items())
    return query_answer("GetAccountSummary", IAM, f"<SummaryMap>{spelled}</SummaryMap>")


@cache
def _page_of_regions(used: tuple[tuple[str, str], ...], start: int, size: int) -> Answer:
    statuses = list({**opt_statuses(1), **dict(used)}.items())
    page = [{"RegionName": name, "RegionOptStatus": status} for name, status in statuses[start : start + size]]
    more = {"NextToken": str(start + size)} if start + size < len(statuses) else {}
    return json_answer({"Regions": page, **more}, content_type="application/json")
