"""Set up the caller and the state of each recorded call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.services.iam import access_role
from emulator.services.organizations import delegated_administrator
from tests.emulator.identities import MANAGEMENT, Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.process import LocalAws

MEMBER = "222222222222"
ROLE = f"arn:aws:iam::{MEMBER}:role/{access_role.NAME}"
OPT_IN = "af-south-1"
OTHER_ORGANIZATION = "arn:aws:account::111111111111:account/o-otherother/222222222222"


class RecordedCallers:
    """Returns the caller of each recorded case, after bringing the local AWS into the state of that case."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._management = Identity(aws.endpoint_url, MANAGEMENT)
        self._member = Identity(aws.endpoint_url, MEMBER)
        self.delegated = self._management.make_user("Delegated", "*")
        self.in_member = self.delegated.assume(ROLE)

    def caller(self, case: str) -> Identity:
        """Bring the local AWS into the state of a case, and return its caller."""
        callers: dict[str, Callable[[], Identity]] = {
            "list_regions_management_first_page": self._as_management,
            "list_regions_member_first_page": self._as_member,
            "list_regions_page_of_one": self._as_member,
            "list_regions_bad_token": self._as_member,
            "target_member_without_trusted_access": self._as_management,
            "management_names_itself": self._as_management_with_trusted_access,
            "member_names_itself": self._as_member_with_trusted_access,
            "target_member_with_trusted_access": self._as_management_with_trusted_access,
            "delegated_administrator_names_itself": self._as_delegated_administrator,
            "policy_names_wrong_arn": self._as_delegate_with_wrong_session_policy,
            "unknown_region": self._as_member,
            "enable_region": self._as_member,
            "status_after_enable": self._while_enabling,
            "enable_again_while_pending": self._while_enabling,
            "status_after_about_two_minutes": self._enabled,
            "status_after_disable": self._while_disabling,
            "identity_in_a_region_being_disabled": self._while_disabling,
            "identity_in_a_disabled_or_enabling_region": self._while_enabling,
            "assume_role_at_an_opt_in_endpoint_the_member_lacks": self._as_management,
            "root_features_without_trusted_access": self._as_management,
            "root_features_none_enabled": self._as_management_with_iam_trusted,
            "root_features_from_an_ordinary_member": self._as_member_with_iam_trusted,
            "enable_root_credentials_management": self._as_management_with_iam_trusted,
            "assume_root_audit": self._as_management_of_root_credentials,
            "assume_root_sessions_feature_missing": self._as_management_of_root_credentials,
            "account_summary_as_audit_root": self._as_root_of_the_third_account,
            "token_version_before": self._as_management,
            "set_preference_bad_value": self._as_management,
            "set_preference_denied": self._as_member_without_permission,
            "set_preference_v2": self._as_management,
            "token_version_after": self._with_version_2,
            "regional_token_sts_in_ap_east_1": self._with_a_regional_token,
            **dict.fromkeys(
                (
                    "v1_token_sts_in_ap_east_1",
                    "v1_token_sts_in_us_east_1",
                    "v1_token_kms_in_ap_east_1",
                    "v1_token_sqs_in_ap_east_1",
                ),
                self._with_a_token_of_the_global_endpoint,
            ),
        }
        return callers[case]()

    def _as_management(self) -> Identity:
        return self.delegated

    def _as_member(self) -> Identity:
        return self.in_member

    def _as_management_with_trusted_access(self) -> Identity:
        organizations = self._management.client("organizations")
        organizations.enable_aws_service_access(ServicePrincipal=delegated_administrator.ACCOUNT_MANAGEMENT)
        return self.delegated

    def _as_member_with_trusted_access(self) -> Identity:
        self._as_management_with_trusted_access()
        return self.in_member

    def _as_delegated_administrator(self) -> Identity:
        service = delegated_administrator.ACCOUNT_MANAGEMENT
        delegated_administrator.delegate(self._management.client("organizations"), MEMBER, service)
        return self.in_member

    def _as_delegate_with_wrong_session_policy(self) -> Identity:
        self._as_delegated_administrator()
        statement = {"Effect": "Allow", "Action": "account:*", "Resource": OTHER_ORGANIZATION}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return self.delegated.assume(ROLE, Policy=policy)

    def _while_enabling(self) -> Identity:
        self.in_member.client("account").enable_region(RegionName=OPT_IN)
        return self.in_member

    def _enabled(self) -> Identity:
        self._while_enabling()
        self._aws.advance_clock(120)
        return self.in_member

    def _while_disabling(self) -> Identity:
        self._enabled().client("account").disable_region(RegionName=OPT_IN)
        return self.in_member

    def _as_management_with_iam_trusted(self) -> Identity:
        organizations = self._management.client("organizations")
        organizations.enable_aws_service_access(ServicePrincipal=delegated_administrator.IAM)
        return self.delegated

    def _as_member_with_iam_trusted(self) -> Identity:
        self._as_management_with_iam_trusted()
        return self.in_member

    def _as_management_of_root_credentials(self) -> Identity:
        self._as_management_with_iam_trusted()
        self._management.client("iam").enable_organizations_root_credentials_management()
        return self.delegated

    def _as_root_of_the_third_account(self) -> Identity:
        return self._as_management_of_root_credentials().assume_root("333333333333")

    def _as_member_without_permission(self) -> Identity:
        iam: Any = self._member.client("iam")
        iam.delete_role_policy(RoleName=access_role.NAME, PolicyName="Everything")
        return self.in_member

    def _with_version_2(self) -> Identity:
        iam = self.delegated.client("iam")
        iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
        return self.delegated

    def _with_a_regional_token(self) -> Identity:
        return self.delegated.session(self.delegated.client("sts").get_session_token())

    def _with_a_token_of_the_global_endpoint(self) -> Identity:
        return self.delegated.session(self.delegated.global_sts().get_session_token())
