"""The function's zip: pure Python, built offline from the packages that `make setup` installed, without Docker.

It contains the modules of ``regionproof`` and of the distributions below that the handler imports,
botocore's models of the services that are called, and the settings of a run. Nothing else: no
compiled file, no metadata, no test. The same settings and the same lock give the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import regionproof
from regionproof import permissions
from regionproof.probes import all_probes
from regionproof.settings import asset
from regionproof.settings.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import PurePosixPath

    from regionproof.settings.shape import AuditSettings

PACKAGE = Path(regionproof.__file__).parent
LOCK_FILE = Path(__file__).parents[1] / "requirements.txt"

NOT_OF_A_RUN = (
    "__main__.py",
    "cli/",
    "permissions.py",
    "settings/checks.py",
    "settings/reading.py",
    "settings/schedule_expression.py",
    "settings/schema.py",
    "settings/yaml_reading.py",
)
"""Files and folders of ``regionproof`` that only the terminal, synth and the type checker use."""


class AssetError(Exception):
    """The zip cannot be built from the installed packages. ``str()`` is one sentence that names the fix."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution for the zip: its modules under ``only``."""

    name: str
    only: tuple[str, ...] = ("",)
    left_out: tuple[str, ...] = ()


DISTRIBUTIONS = (
    Distribution(
        "aws-lambda-powertools",
        only=tuple(
            f"aws_lambda_powertools/{part}"
            for part in (
                "__init__.py",
                "exceptions/",
                "logging/",
                "metrics/",
                "package_logger.py",
                "shared/",
                "tracing/",  # imported by the package itself; without the X-Ray SDK it does nothing
                "utilities/__init__.py",
                "utilities/jmespath_utils/",
                "warnings/",
            )
        ),
        left_out=("aws_lambda_powertools/logging/formatters/", "aws_lambda_powertools/metrics/provider/datadog/"),
    ),
    Distribution("boto3", left_out=("boto3/dynamodb/", "boto3/ec2/", "boto3/examples/")),
    Distribution("botocore"),
    Distribution("dacite"),
    Distribution("jmespath"),
    Distribution("python-dateutil", left_out=("dateutil/zoneinfo/",)),
    Distribution("s3transfer"),
    Distribution("six"),
    Distribution("typing-extensions"),
    Distribution("urllib3", left_out=("urllib3/contrib/",)),
)

DATA_OF_BOTOCORE = ("service-", "endpoint-rule-set-", "paginators-")
"""The files of its service's data that a client reads; without waiters and examples."""


def contents(
    settings: AuditSettings,
    origin: Origin | None = None,
    *,
    distributions: Sequence[Distribution] = DISTRIBUTIONS,
    lock_file: Path = LOCK_FILE,
) -> dict[str, bytes]:
    """Return every file of the zip by its path in it, in the order of the paths.

    Raises ``AssetError`` when a distribution is missing or is not the version that the lock file names.
    """
    locked = _locked_versions(lock_file)
    files = {name: text.encode() for name, text in asset.files_of(settings, origin or Origin()).items()}
    files |= {f"{PACKAGE.name}/{path}": (PACKAGE / path).read_bytes() for path in _own_modules()}
    for distribution in distributions:
        installed = _installed(distribution.name, locked)
        files |= {str(path): Path(str(path.locate())).read_bytes() for path in _chosen(distribution, installed)}
    return dict(sorted(files.items()))


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of the zip below a folder, readable for the user that Lambda runs as."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o644)


def called_services() -> frozenset[str]:
    """Return the AWS services that a run may call: those of the probes and of the declared IAM actions, and STS."""
    actions = (
        *permissions.ORGANIZATION_ACTIONS,
        *permissions.ROOT_SETUP_DELEGATION_ACTIONS,
        *permissions.ROOT_SETUP_ORGANIZATION_ACTIONS,
        *permissions.ROOT_SETUP_IAM_ACTIONS,
        *permissions.SECURITY_HUB_ACTIONS,
        *permissions.SECURITY_HUB_SETUP_ACTIONS,
        *permissions.SNS_ACTIONS,
        *permissions.LEDGER_ACTIONS,
    )
    probed = (probe.service for probe in all_probes())
    return frozenset({"sts", *probed, *(action.split(":")[0] for action in actions)})


def _own_modules() -> list[str]:
    modules = (path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    return [module for module in modules if not module.startswith(NOT_OF_A_RUN)]


def _locked_versions(lock_file: Path) -> dict[str, str]:
    """Return the version of each distribution that a lock file of pip names."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", lock_file.read_text(encoding="utf-8"), re.MULTILINE))


def _installed(name: str, locked: Mapping[str, str]) -> metadata.Distribution:
    try:
        installed = metadata.distribution(name)
    except metadata.PackageNotFoundError as cause:
        raise AssetError(f"{name} is not installed, and the function needs it: run `make setup`") from cause
    if installed.version != locked.get(name):
        said = f"{name} {installed.version} is installed, but {LOCK_FILE.name} locks {locked.get(name, 'none')}"
        raise AssetError(f"{said}: run `make setup`")
    return installed


def _chosen(distribution: Distribution, installed: metadata.Distribution) -> Iterator[metadata.PackagePath]:
    """Yield the files of an installed distribution that go into the zip."""
    services = called_services()
    # A path upwards is a script that pip put beside the interpreter.
    left_out = ("../", *distribution.left_out)
    for path in installed.files or ():
        name = path.as_posix()
        if name.startswith(distribution.only) and not name.startswith(left_out) and _is_of_use(path, services):
            yield path


def _is_of_use(path: PurePosixPath, services: AbstractSet[str]) -> bool:
    """Return whether a file is a module, the certificates of AWS, or data of a service that is called."""
    return path.suffix == ".py" or path.name == "cacert.pem" or _is_data_of_botocore(path, services)


def _is_data_of_botocore(path: PurePosixPath, services: AbstractSet[str]) -> bool:
    match path.parts:
        case ("botocore", "data", name):
            return name.endswith(".json")
        case ("botocore", "data", service, _, name):
            return service in services and name.startswith(DATA_OF_BOTOCORE)
        case _:
            return False
