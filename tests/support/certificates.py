"""Certificates for servers of the tests and the benchmark, signed by an authority of their own.

The chain is as long as those of AWS, and of the same kind of keys: RSA of 2,048 bits, with one authority in between.
The command `openssl` makes them.
"""

from __future__ import annotations

import atexit
import shutil
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"
_AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash"
_SERVER = f"{NAMES}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth"
_SIGNED = "authorityKeyIdentifier=keyid"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of a server at 127.0.0.1: its chain, its key, and what its clients have to trust.

    ``bundle`` is what a company sets as ``AWS_CA_BUNDLE``: botocore's authorities and one of its own.
    """

    chain: Path
    key: Path
    authority: Path
    bundle: Path

    def server_context(self) -> ssl.SSLContext:
        """Return the context of the server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


@cache
def certificates() -> Certificates:
    """Return the certificates of this process, made once and removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="regionproof-certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return made_in(folder)


def made_in(folder: Path) -> Certificates:
    """Make certificates in a folder. Raises ``CalledProcessError`` and, without openssl, ``FileNotFoundError``."""
    _request(folder, "authority")
    _sign(folder, "authority", _AUTHORITY, "-signkey", "authority.key")
    for name, issuer, extensions in (("between", "authority", _AUTHORITY), ("server", "between", _SERVER)):
        _request(folder, name)
        signer = ("-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial")
        _sign(folder, name, f"{extensions}\n{_SIGNED}", *signer)
    botocores = (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
    (folder / "bundle.pem").write_bytes(botocores + b"\n" + (folder / "authority.pem").read_bytes())
    (folder / "chain.pem").write_bytes((folder / "server.pem").read_bytes() + (folder / "between.pem").read_bytes())
    return Certificates(folder / "chain.pem", folder / "server.key", folder / "authority.pem", folder / "bundle.pem")


def _request(folder: Path, name: str) -> None:
    request = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    _openssl(folder, "req", *request, "-subj", f"/CN=RegionProof tests {name}")


def _sign(folder: Path, name: str, extensions: str, *signer: str) -> None:
    (folder / f"{name}.ext").write_text(extensions, encoding="ascii")
    files = ("-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext")
    _openssl(folder, "x509", "-req", *files, "-days", "7", *signer)


def _openssl(folder: Path, *arguments: str) -> None:
    if not shutil.which("openssl"):
        raise FileNotFoundError(
            "the command openssl is not there; it makes the certificates of the tests and the benchmark"
        )
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607  # ours, by name
