"""A certificate authority for one test run, made by the command ``openssl``."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CONFIGURATION = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = RegionProof's tests
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
"""
_HOST = """\
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:{}
"""
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", "openssl.cnf")


@dataclass(frozen=True)
class Authority:
    """An authority whose files are in ``folder``; a certificate is issued when its host is first asked for."""

    folder: Path
    contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    issuing: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def create(cls, folder: Path) -> Authority:
        """Make the authority, and the key that all its hosts share."""
        made = cls(folder)
        (folder / "openssl.cnf").write_text(_CONFIGURATION, encoding="utf-8")
        made.openssl("req", "-x509", *_NEW_KEY, "-extensions", "authority", "-keyout", "ca.key", "-out", "ca.pem")
        made.openssl("req", "-new", *_NEW_KEY, "-keyout", "host.key", "-out", "host.csr")
        return made

    @property
    def certificate(self) -> Path:
        """Return the file for ``AWS_CA_BUNDLE``."""
        return self.folder / "ca.pem"

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return what a server needs to speak TLS as this host."""
        with self.issuing:
            if host not in self.contexts:
                self.contexts[host] = self._issue(host)
            return self.contexts[host]

    def _issue(self, host: str) -> ssl.SSLContext:
        (self.folder / "host.ext").write_text(_HOST.format(host), encoding="utf-8")
        signed_by = ("-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", str(len(self.contexts) + 2))
        self.openssl("x509", "-req", "-in", "host.csr", *signed_by, "-extfile", "host.ext", "-out", f"{host}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{host}.pem", self.folder / "host.key")
        return context

    def openssl(self, *arguments: str) -> None:
        """Run ``openssl`` in the folder."""
        command = shutil.which("openssl")
        assert command, "this test needs the command openssl: install it"
        done = subprocess.run(  # noqa: S603  # the arguments are this file's
            [command, *arguments], cwd=self.folder, capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 0, done.stderr
