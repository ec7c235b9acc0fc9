"""Settings with one error each, and what is said of it."""

from __future__ import annotations

from typing import NamedTuple

EXEMPTION = '{account: "111122223333", rule: STS.1, owner: payments, reason: a device, until: 2027-03-31}'
REGIONS = "rules:\n  Regions.1:\n    "


def exempting(old: str, new: str) -> str:
    """Return settings with one exemption, of which a part is replaced."""
    return f"exemptions: [{EXEMPTION.replace(old, new)}]\n"


class Wrong(NamedTuple):
    """A text with one error: the line and the path that are named, and what was expected."""

    text: str
    said: str


WRONG = {
    "a list at the top": Wrong("- a\n", "  expected keys with values at the top"),
    "a word at the top": Wrong("hello\n", "  expected keys with values at the top"),
    "a tab": Wrong("logs:\n\tlevel: INFO\n", "line 2: is not YAML"),
    "an open bracket": Wrong("scope: [\n", "line 2: is not YAML"),
    "two documents": Wrong("logs: {}\n---\nlogs: {}\n", "line 2: is not YAML"),
    "a control character": Wrong(
        "logs: {}\nscope: '\x07'\n", "line 2: is not YAML: special characters are not allowed"
    ),
    "an alias of nothing": Wrong("logs: *nothing\n", "line 1: aliases are not allowed"),
    "a section twice": Wrong(
        "logs: {level: INFO}\nlogs: {level: DEBUG}\n", 'line 2: is not YAML: found duplicate key "logs"'
    ),
    "a number too long": Wrong(
        f"logs: {{retention_days: {'9' * 5000}}}\n",
        "line 1: logs.retention_days: expected a text in quotes (got 9999999999",
    ),
    "an anchor": Wrong("logs: &a {level: INFO}\n", "line 1: anchors are not allowed; remove &a"),
    "references that would fill the memory": Wrong(
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "line 1: anchors are not allowed; remove &a"
    ),
    "a merge key": Wrong("logs:\n  <<: {level: INFO}\n", "line 2: merge keys (<<) are not allowed; write the keys out"),
    "a tag of Python": Wrong("logs: !!python/object/apply:os.getcwd []\n", "line 1: tags are not allowed; remove tag:"),
    "a tag of one's own": Wrong("logs:\n  level: !mine INFO\n", "line 2: tags are not allowed; remove !mine"),
    "a tag of a key": Wrong("!mine logs: {}\n", "line 1: tags are not allowed; remove !mine"),
    "lists in lists": Wrong(f"scope: {'[' * 600}{']' * 600}\n", "line 1: it is nested more than 20 levels deep"),
    "keys in keys": Wrong(
        "".join(f"{' ' * level}a:\n" for level in range(30)), "line 20: it is nested more than 20 levels deep"
    ),
    "a list as a key": Wrong("[a]: b\n", "line 1: expected texts as keys"),
    "an account twice, first without quotes": Wrong(
        f'{REGIONS}accounts:\n      111122223333: []\n      "111122223333": []\n',
        'line 5: is not YAML: found duplicate key "111122223333"',
    ),
    "an account twice, then without quotes": Wrong(
        f'{REGIONS}accounts:\n      "111122223333": []\n      111122223333: []\n',
        'line 5: is not YAML: found duplicate key "111122223333"',
    ),
    "an account id that looks octal": Wrong(
        "scope:\n  exclude_accounts:\n  - 012345678901\n",
        'line 3: scope.exclude_accounts[0]: expected a text in quotes (got 012345678901); write "012345678901"',
    ),
    "an account id with underscores": Wrong(
        "scope: {exclude_accounts: [1111_2222_3333]}\n", '(got 1111_2222_3333); write "111122223333"'
    ),
    "an owner without end": Wrong(
        exempting("owner: payments", f"owner: {'p' * 201}"),
        "exemptions[0].owner: expected at most 200 characters, not 201",
    ),
    "a reason without end": Wrong(
        exempting("reason: a device", f"reason: {'d' * 501}"),
        "exemptions[0].reason: expected at most 500 characters, not 501",
    ),
    "a Region that two may be meant by": Wrong(
        f"{REGIONS}approved: [us-est-1]\n", "did you mean us-east-1 or us-west-1? (got 'us-est-1')"
    ),
    "an unknown section": Wrong("sheduel: {}\n", "line 1: sheduel: unknown key; did you mean schedule?"),
    "an unknown key far from any": Wrong(
        "scope: {zzz: 1}\n", "scope.zzz: unknown key; known here: organizational_units, exclude"
    ),
    "an unknown rule": Wrong("rules:\n  STS.2: {}\n", "line 2: rules.STS.2: unknown key; did you mean STS.1?"),
    "a rule by its Python name": Wrong("rules: {sts_1: {}}\n", "rules.sts_1: unknown key; did you mean STS.1?"),
    "a setting of the rule without settings": Wrong("rules: {Coverage.1: {}}\n", "rules.Coverage.1: unknown key"),
    "an unknown key of an exemption": Wrong(
        exempting("}", ", untill: 1}"), "exemptions[0].untill: unknown key; did you mean until?"
    ),
    "a section that is a list": Wrong("scope: []\n", "line 1: scope: expected keys with values (got [])"),
    "a section that is a word": Wrong("scope: all\n", "scope: expected keys with values (got 'all')"),
    "a word in place of a list": Wrong(
        "scope: {exclude_accounts: '111122223333'}\n", "scope.exclude_accounts: expected a list (got '111122223333')"
    ),
    "keys in place of a list": Wrong("exemptions: {}\n", "exemptions: expected a list (got {})"),
    "yes in place of true": Wrong("schedule: {enabled: yes}\n", "schedule.enabled: expected true or false (got 'yes')"),
    "1 in place of true": Wrong("schedule: {enabled: 1}\n", "schedule.enabled: expected true or false (got 1)"),
    "an unknown choice": Wrong(
        "rules:\n  STS.1:\n    require: never\n",
        "line 3: rules.STS.1.require: expected 'always' or 'when-opt-in' (got 'never')",
    ),
    "an unknown log level": Wrong(
        "logs: {level: TRACE}\n", "logs.level: expected 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"
    ),
    "a retention that CloudWatch does not have": Wrong(
        "logs: {retention_days: 91}\n", "logs.retention_days: expected 1, 3, 5"
    ),
    "a retention in quotes": Wrong("logs: {retention_days: '90'}\n", "logs.retention_days: expected 1, 3, 5"),
    "a retention without end": Wrong("logs: {retention_days: .inf}\n", "logs.retention_days: expected 1, 3, 5"),
    "an account id without quotes": Wrong(
        "scope: {exclude_accounts: [111122223333]}\n",
        "scope.exclude_accounts[0]: expected a text in quotes (got 111122223333)",
    ),
    "an account id with leading zeros and without quotes": Wrong(
        "scope: {exclude_accounts: [000122223333]}\n", "scope.exclude_accounts[0]: expected a text in quotes"
    ),
    "an account id that is too short": Wrong(
        "scope: {exclude_accounts: ['11112222333']}\n", "expected an account id: 12 digits in quotes"
    ),
    "an account id in other digits": Wrong(
        "scope: {exclude_accounts: ['١٢٣٤٥٦٧٨٩٠١٢']}\n", "expected an account id: 12 digits in quotes"
    ),
    "an account id with a line break": Wrong(
        'scope: {exclude_accounts: ["111122223333\\n"]}\n', "expected an account id: 12 digits in quotes"
    ),
    "an account key that lost its zeros": Wrong(
        f"{REGIONS}accounts:\n      000122223333: []\n",
        "line 4: rules.Regions.1.accounts.000122223333: expected an account id: 12 digits in quotes "
        '(got 000122223333); write "000122223333"',
    ),
    "a root where a unit is wanted": Wrong(
        "scope: {organizational_units: [r-ab12]}\n",
        "expected the id of an organizational unit, such as ou-ab12-11112222",
    ),
    "the name of a unit": Wrong(
        "deployment: {roll_out_to: [Production]}\n", "expected the id of the root or of an organizational unit"
    ),
    "a Region that does not exist": Wrong(
        f"{REGIONS}approved: [eu-sooth-9]\n", "line 3: rules.Regions.1.approved[0]: expected the name of an AWS Region"
    ),
    "a Region in capitals": Wrong(f"{REGIONS}approved: [AP-EAST-1]\n", "expected the name of an AWS Region"),
    "a pseudo Region": Wrong(f"{REGIONS}approved: [aws-global]\n", "expected the name of an AWS Region"),
    "a Region in place of a list": Wrong(
        f"{REGIONS}approved: eu-south-1\n", "rules.Regions.1.approved: expected a list"
    ),
    "a bucket by its ARN": Wrong(
        "deployment: {ledger_bucket: 'arn:aws:s3:::ledger'}\n",
        "line 1: deployment.ledger_bucket: expected the name of an S3 bucket, such as",
    ),
    "a bucket in capitals": Wrong("deployment: {ledger_bucket: Ledger}\n", "expected the name of an S3 bucket"),
    "an unknown processor": Wrong("deployment: {architecture: arm}\n", "deployment.architecture: expected 'arm64' or"),
    "a role name with a path": Wrong("member_role: {name: a/b}\n", "expected the name of an IAM role"),
    "a role name that is too long": Wrong(f"member_role: {{name: {'x' * 65}}}\n", "expected the name of an IAM role"),
    "a role name with an umlaut": Wrong("member_role: {name: Prüfrolle}\n", "expected the name of an IAM role"),
    "an empty role name": Wrong("member_role: {name: ''}\n", "expected the name of an IAM role"),
    "an address without a host": Wrong("alerts: {emails: [me]}\n", "alerts.emails[0]: expected an email address"),
    "an address with a display name": Wrong("alerts: {emails: ['Me <me@example.com>']}\n", "expected an email address"),
    "a schedule in words": Wrong("schedule: {expression: daily}\n", "expected cron(minutes hours"),
    "a cron of five fields": Wrong("schedule: {expression: cron(0 6 * * *)}\n", "6 required, 5 provided"),
    "a cron with a wrong minute": Wrong("schedule: {expression: cron(61 6 * * ? *)}\n", "Invalid minute value '61'"),
    "a cron with two days": Wrong("schedule: {expression: cron(0 6 * * * *)}\n", "expected an AWS cron expression"),
    "a rate of nothing": Wrong("schedule: {expression: rate(0 days)}\n", "expected cron(minutes hours"),
    "a rate in other digits": Wrong("schedule: {expression: rate(1٢ days)}\n", "expected cron(minutes hours"),
    "a time zone that does not exist": Wrong(
        "schedule: {time_zone: Europe/Berln}\n", "schedule.time_zone: expected an IANA time zone"
    ),
    "an exemption of nothing": Wrong(
        "exemptions:\n  -\n", "line 2: exemptions[0]: expected keys with values (got None)"
    ),
    "an exemption without an owner": Wrong(
        exempting(" owner: payments,", ""), "exemptions[0].owner: is required and missing"
    ),
    "an exemption with a blank reason": Wrong(
        exempting("a device", "'  '"), "exemptions[0].reason: expected some words"
    ),
    "an exemption from an unknown rule": Wrong(
        exempting("STS.1", "STS.9"), "exemptions[0].rule: expected 'STS.1', 'Regions.1' or"
    ),
    "a day that does not exist": Wrong(
        f"logs: {{}}\nexemptions:\n  - {EXEMPTION.replace('03-31', '02-31')}\n",
        "line 3: exemptions[0].until: expected a date such as 2027-03-31 (got '2027-02-31')",
    ),
    "a date in words": Wrong(exempting("2027-03-31", "soon"), "until: expected a date such as"),
    "a date with a time": Wrong(exempting("2027-03-31", "2027-03-31 10:00:00"), "until: expected a date such as"),
    "a date as a number": Wrong(exempting("2027-03-31", "20270331"), "until: expected a date"),
}
