"""Assemble the emulated AWS: its state, seeded from a sample organization, and its services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.authorization import bucket_policies
from emulator.authorization.denials import Denials
from emulator.authorization.policies import Authorization
from emulator.control import Clock, Control
from emulator.faults.active_faults import ActiveFaults
from emulator.http.call_log import CallLog
from emulator.http.connections import Connections
from emulator.http.middleware import Middleware
from emulator.patching import PrivateName
from emulator.seed import seed_organization, seed_settings
from emulator.services.account.account_management import AccountManagement
from emulator.services.account.account_regions import AccountRegions
from emulator.services.cloudformation import existing_resources, template_conditions
from emulator.services.cloudformation.organizations_access import OrganizationsAccess
from emulator.services.cloudformation.stack_set_reader import StackSetReader
from emulator.services.cloudformation.stack_sets import StackSets
from emulator.services.iam import token_version
from emulator.services.iam.access_role import seed_access_roles
from emulator.services.iam.root_access import RootAccess
from emulator.services.iam.token_version import TokenVersions
from emulator.services.logs import log_events
from emulator.services.organizations import organization_state
from emulator.services.organizations.organization import Organization
from emulator.services.organizations.organizations import Organizations
from emulator.services.organizations.organizations_reader import OrganizationsReader
from emulator.services.s3 import simple_storage_service
from emulator.services.scheduler import scheduler_minute
from emulator.services.security_hub.service import SecurityHub
from emulator.services.sns import message_subject, subscriptions, topic_keys
from emulator.services.sns.mailbox import Mailbox
from emulator.services.sts.root_sessions import RootSessions
from emulator.services.sts.security_token_service import SecurityTokenService
from emulator.services.sts.session_tokens import SessionTokens

if TYPE_CHECKING:
    from emulator.http.asgi import Application
    from emulator.sample import RefusalReason, SampleOrganization


@dataclass(frozen=True)
class Options:
    """Choices that AWS leaves open.

    Attributes:
        region_change_seconds: how long a Region stays ENABLING or DISABLING
        blank_pages: send an empty page with a NextToken between the first two pages of ListAccounts
        scheduler_minute: seconds in a minute of EventBridge Scheduler
        account_lacks: members to leave out of the Account shape of Organizations, such as Paths or Status
        token_version_by_caller: take the version of a role's token from the caller's account, not the role's account
    """

    region_change_seconds: float = 60.0
    blank_pages: bool = True
    scheduler_minute: float = scheduler_minute.REAL_SECONDS
    account_lacks: frozenset[str] = frozenset()
    token_version_by_caller: bool = False


class EmulatedAws:
    """The state and services of one emulated AWS."""

    def __init__(self, sample: SampleOrganization, behaviour: Options) -> None:
        self._sample = sample
        self._behaviour = behaviour
        self._clock = Clock()
        self.calls = CallLog()
        self.mailbox = Mailbox()
        self.faults = ActiveFaults()
        self.token_versions = TokenVersions(self._clock)
        self.refusals: dict[str, RefusalReason] = {}
        self.organization = Organization(sample.id, sample.root_id, sample.management_account_id)
        self.account_regions = AccountRegions(behaviour.region_change_seconds, self._clock)
        self.security_hub = SecurityHub()
        self.stack_sets = StackSets(self.organization, self.refusals)

    def seed(self) -> None:
        """Reset all state to the sample organization."""
        self.stack_sets.clear()
        self.security_hub.clear()
        self.calls.clear()
        self.mailbox.clear()
        self.faults.clear()
        seed_organization(self.organization, self._sample)
        seed_settings(self._sample, self.token_versions, self.account_regions, self.refusals)
        seed_access_roles(self._sample)

    def install(self) -> Application:
        """Install the services into ministack and return the ASGI application that serves them."""
        token_version.install(self.token_versions)
        root_sessions = RootSessions(self.organization, self.account_regions)
        tokens = SessionTokens(self.token_versions, by_caller=self._behaviour.token_version_by_caller)
        root_sessions.install()
        SecurityTokenService(self.account_regions, root_sessions, tokens).install()
        RootAccess(self.organization).install()
        AccountManagement(self.account_regions, self.organization).install()
        reader = OrganizationsReader(
            self.organization,
            blank_pages=self._behaviour.blank_pages,
            account_lacks=self._behaviour.account_lacks,
        )
        Organizations(self.organization, reader).install()
        Authorization(self.organization, self.account_regions).install()
        Denials(self.refusals).install()
        bucket_policies.install()
        self.security_hub.install()
        self.mailbox.install()
        message_subject.install()
        subscriptions.install()
        log_events.install()
        topic_keys.install()
        simple_storage_service.install()
        template_conditions.install()
        existing_resources.install()
        scheduler_minute.install(self._behaviour.scheduler_minute)
        self.stack_sets.install()
        StackSetReader(self.stack_sets).install()
        OrganizationsAccess(self.organization).install()
        _count_loopback_as_tls()
        connections = Connections()
        connections.install()
        control = Control(self.calls, self.mailbox, self._clock, self.faults)
        control.on_reset(self.seed)
        control.add("PUT", organization_state.PATH, organization_state.changing(self.organization))
        control.add("PUT", subscriptions.PATH, subscriptions.change)
        return Middleware(PrivateName.APP.get(), self.calls, self.faults, connections).with_control(control)


def _count_loopback_as_tls() -> None:
    """Treat plain HTTP as TLS, because the CDK's staging bucket refuses anything else. All traffic is local."""
    pin = PrivateName.PIN_REQUEST_ORIGIN.get()

    def pin_as_tls(source_ip: str, _secure_transport: bool) -> None:  # noqa: FBT001  # ministack's signature
        pin(source_ip, True)  # noqa: FBT003  # the same

    PrivateName.PIN_REQUEST_ORIGIN.replace(pin_as_tls)
