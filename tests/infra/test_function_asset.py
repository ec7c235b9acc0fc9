"""The function's zip: all that the handler imports, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

import pytest

from regionproof.permissions import ORGANIZATION_ACTIONS
from regionproof.settings import asset
from regionproof.settings.shape import MemberRole, Settings
from stacks.function_asset import LOCK_FILE, AssetError, Distribution, called_services, contents, write

LARGEST_ZIP = 5_000_000

LOAD_THE_HANDLER = """
import json, sys
sys.path.insert(0, sys.argv[1])
import boto3, regionproof.handler, regionproof.steps.handler, regionproof.probes, regionproof.rules
regionproof.probes.all_probes(), regionproof.rules.all_rules()
session = boto3.Session("id", "secret", region_name="eu-south-1")
clients = {service: session.client(service) for service in sys.argv[2:]}
clients["organizations"].get_paginator("list_accounts")
clients["account"].get_paginator("list_regions")
loaded = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
print(json.dumps({"loaded": loaded, "stdlib": json.__file__}))
"""


@dataclass(frozen=True)
class Unpacked:
    """The zip as Lambda lays it out, and the modules that a bare Python loads from there."""

    root: Path

    @cached_property
    def files(self) -> set[str]:
        """Return the paths of all files."""
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}

    @cached_property
    def loaded(self) -> dict[str, str]:
        """Return the file of each module that the handler, its rules and probes, and each client load."""
        command = [sys.executable, "-I", "-S", "-B", "-c", LOAD_THE_HANDLER, str(self.root)]
        done = subprocess.run(  # noqa: S603  # our own words
            [*command, *sorted(called_services())], env={}, capture_output=True, text=True, check=True
        )
        answer = json.loads(done.stdout)
        standard_library = str(Path(answer["stdlib"]).parent.parent)
        modules = {name: file for name, file in answer["loaded"].items() if file}
        return {name: file for name, file in modules.items() if not file.startswith(standard_library)}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """Return the zip of default settings, unpacked."""
    root = tmp_path_factory.mktemp("task")
    write(contents(Settings()), root)
    return Unpacked(root)


def test_handler_needs_nothing_but_the_zip_and_the_standard_library(unpacked: Unpacked) -> None:
    """A Python without any installed package loads the handler and makes every client."""
    assert "regionproof.handler" in unpacked.loaded
    elsewhere = {name: file for name, file in unpacked.loaded.items() if not file.startswith(str(unpacked.root))}
    assert elsewhere == {}


def test_every_package_in_the_zip_is_imported(unpacked: Unpacked) -> None:
    """A package that nothing imports would only be weight, and one more thing to keep safe."""
    in_zip = {path.split("/")[0].removesuffix(".py") for path in unpacked.files} - {
        asset.FILE_NAME,
        asset.ORIGIN_FILE_NAME,
    }
    assert in_zip == {name.split(".")[0] for name in unpacked.loaded}


def test_every_module_of_ours_in_the_zip_is_imported_by_the_handler(unpacked: Unpacked) -> None:
    """What only the terminal and synth use stays out, and nothing that a run needs does."""
    in_zip = {path for path in unpacked.files if path.startswith("regionproof/")}
    loaded = {Path(file).relative_to(unpacked.root).as_posix() for file in unpacked.loaded.values()}
    assert in_zip - loaded == set(), "import them in a run, or name them in function_asset.NOT_OF_A_RUN"


def test_zip_is_pure_python_and_data(unpacked: Unpacked) -> None:
    """It runs on every processor and every Python that Lambda has."""
    others = {path for path in unpacked.files if not path.endswith(".py") and not path.startswith("botocore/data/")}
    assert others == {asset.FILE_NAME, asset.ORIGIN_FILE_NAME, "botocore/cacert.pem"}
    assert not [path for path in unpacked.files if "test" in path.split("/") or "tests" in path.split("/")]


def test_botocore_knows_the_services_that_are_called_and_no_other(unpacked: Unpacked) -> None:
    """Its models of all services would be many times the limit."""
    data = {Path(path).parts for path in unpacked.files if path.startswith("botocore/data/")}
    services = {parts[2] for parts in data if len(parts) > len(("botocore", "data", "partitions.json"))}
    assert services == {"account", "iam", "organizations", "s3", "securityhub", "sns", "sts"}


def test_zip_stays_small() -> None:
    """It is uploaded at every deployment and loaded at every cold start."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents(Settings()).items():
            archive.writestr(path, content)
    assert len(buffer.getvalue()) <= LARGEST_ZIP


def test_zip_carries_the_settings_of_a_run(unpacked: Unpacked) -> None:
    """The function reads what the user wrote, without reading YAML."""
    assert asset.load(unpacked.root) == asset.audit_settings_of(Settings())


def test_other_settings_change_the_settings_file_only() -> None:
    """The code of the zip depends on the lock alone, and its files are always in the same order."""
    one, another = contents(Settings()), contents(Settings(member_role=MemberRole(name="Auditor")))
    assert list(one) == list(another) == sorted(one)
    assert {path for path in one if one[path] != another[path]} == {asset.FILE_NAME}


def test_files_can_be_read_by_the_user_that_lambda_runs_as(unpacked: Unpacked) -> None:
    """CDK keeps the file modes in the zip."""
    assert {path.stat().st_mode & 0o777 for path in unpacked.root.rglob("*") if path.is_file()} == {0o644}


def test_other_version_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    """What is deployed is what was locked and tested."""
    lock = tmp_path / "requirements.txt"
    locked = LOCK_FILE.read_text(encoding="utf-8")
    lock.write_text(locked.replace("\nbotocore==", "\nbotocore==0.0.1+not-"), encoding="utf-8")
    with pytest.raises(AssetError, match=r"botocore .* is installed, but requirements.txt locks 0\.0\.1.*make setup"):
        contents(Settings(), lock_file=lock)


def test_distribution_that_is_not_in_the_lock_is_refused(tmp_path: Path) -> None:
    """A package that came from somewhere else does not get into the zip."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("", encoding="utf-8")
    with pytest.raises(AssetError, match=r"aws-lambda-powertools .* is installed, but requirements.txt locks none"):
        contents(Settings(), lock_file=lock)


def test_missing_distribution_is_named() -> None:
    """The sentence says what is missing and what to run."""
    missing = (Distribution("not-on-this-machine"),)
    with pytest.raises(AssetError, match=r"not-on-this-machine is not installed.*make setup"):
        contents(Settings(), distributions=missing)


def test_clients_can_be_made_for_every_service_of_a_declared_action() -> None:
    """The actions of a new call bring the data of its service along."""
    assert {action.split(":")[0] for action in ORGANIZATION_ACTIONS} <= called_services()
