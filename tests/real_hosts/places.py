"""Where each service answers, as AWS's pages and botocore's endpoint data have it. Nothing here is computed.

https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .aws import BUCKET, Host

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Place:
    """A Region to deploy to, and the hosts that are called from there. ``variables`` ask for a kind of host."""

    region: str
    partition: str
    hosts: Mapping[str, Host]
    variables: Mapping[str, str] = field(default_factory=dict)


US_EAST_1 = Place(
    "us-east-1",
    "aws",
    {
        "sts": Host("sts.us-east-1.amazonaws.com", "us-east-1"),
        "organizations": Host("organizations.us-east-1.amazonaws.com", "us-east-1"),
        "iam": Host("iam.amazonaws.com", "us-east-1"),
        "account": Host("account.us-east-1.amazonaws.com", "us-east-1"),
        "securityhub": Host("securityhub.us-east-1.amazonaws.com", "us-east-1"),
        "sns": Host("sns.us-east-1.amazonaws.com", "us-east-1"),
        "s3": Host(f"{BUCKET}.s3.us-east-1.amazonaws.com", "us-east-1"),
        "cloudformation": Host("cloudformation.us-east-1.amazonaws.com", "us-east-1"),
        "monitoring": Host("monitoring.us-east-1.amazonaws.com", "us-east-1"),
        "ssm": Host("ssm.us-east-1.amazonaws.com", "us-east-1"),
        "states": Host("states.us-east-1.amazonaws.com", "us-east-1"),
    },
)

AP_EAST_1 = Place(
    "ap-east-1",
    "aws",
    {
        # An opt-in Region, whose STS closes out every account that has it disabled: see docs/decisions/0003.
        "sts": Host("sts.us-east-1.amazonaws.com", "us-east-1"),
        "organizations": Host("organizations.us-east-1.amazonaws.com", "us-east-1"),
        "iam": Host("iam.amazonaws.com", "us-east-1"),
        "account": Host("account.us-east-1.amazonaws.com", "us-east-1"),
        "securityhub": Host("securityhub.ap-east-1.amazonaws.com", "ap-east-1"),
        "sns": Host("sns.ap-east-1.amazonaws.com", "ap-east-1"),
        "s3": Host(f"{BUCKET}.s3.ap-east-1.amazonaws.com", "ap-east-1"),
        "cloudformation": Host("cloudformation.ap-east-1.amazonaws.com", "ap-east-1"),
        "monitoring": Host("monitoring.ap-east-1.amazonaws.com", "ap-east-1"),
        "ssm": Host("ssm.ap-east-1.amazonaws.com", "ap-east-1"),
        "states": Host("states.ap-east-1.amazonaws.com", "ap-east-1"),
    },
)

CN_NORTH_1 = Place(
    "cn-north-1",
    "aws-cn",
    {
        "sts": Host("sts.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
        "organizations": Host("organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
        "iam": Host("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "account": Host("account.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
        "securityhub": Host("securityhub.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "sns": Host("sns.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "s3": Host(f"{BUCKET}.s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "cloudformation": Host("cloudformation.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "monitoring": Host("monitoring.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "ssm": Host("ssm.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "states": Host("states.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    },
)

US_GOV_WEST_1 = Place(
    "us-gov-west-1",
    "aws-us-gov",
    {
        # Without Account Management, which has no endpoint there.
        "sts": Host("sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "organizations": Host("organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "iam": Host("iam.us-gov.amazonaws.com", "us-gov-west-1"),
        "securityhub": Host("securityhub.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "sns": Host("sns.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "s3": Host(f"{BUCKET}.s3.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "cloudformation": Host("cloudformation.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "monitoring": Host("monitoring.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "ssm": Host("ssm.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "states": Host("states.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
    },
)

US_GOV_WEST_1_BY_FIPS = Place(
    "us-gov-west-1",
    "aws-us-gov",
    {
        **US_GOV_WEST_1.hosts,  # most hosts there are validated for FIPS under their usual names
        "securityhub": Host("securityhub-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        "s3": Host(f"{BUCKET}.s3-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
    },
    {"AWS_USE_FIPS_ENDPOINT": "true"},
)

AP_EAST_1_BY_DUAL_STACK = Place(
    "ap-east-1",
    "aws",
    {
        "sts": Host("sts.us-east-1.api.aws", "us-east-1"),
        "organizations": Host("organizations.us-east-1.api.aws", "us-east-1"),
        "iam": Host("iam.global.api.aws", "us-east-1"),
        "account": Host("account.us-east-1.api.aws", "us-east-1"),
        "securityhub": Host("securityhub.ap-east-1.api.aws", "ap-east-1"),
        "sns": Host("sns.ap-east-1.api.aws", "ap-east-1"),
        "s3": Host(f"{BUCKET}.s3.dualstack.ap-east-1.amazonaws.com", "ap-east-1"),
        "cloudformation": Host("cloudformation.ap-east-1.api.aws", "ap-east-1"),
        "monitoring": Host("monitoring.ap-east-1.api.aws", "ap-east-1"),
        "ssm": Host("ssm.ap-east-1.api.aws", "ap-east-1"),
        "states": Host("states.ap-east-1.api.aws", "ap-east-1"),
    },
    {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
)

PLACES = (US_EAST_1, AP_EAST_1, CN_NORTH_1, US_GOV_WEST_1)
OTHER_HOSTS = (US_GOV_WEST_1_BY_FIPS, AP_EAST_1_BY_DUAL_STACK)
