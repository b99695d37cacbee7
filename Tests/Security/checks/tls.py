"""The TLS of a stand against Mozilla's intermediate profile, by sslyze. Not collected by itself: `make check-tls`."""

import subprocess
import sys
from pathlib import Path

import pytest
from endtoend.stand import Stand, poll

SSLYZE = Path(sys.executable).parent / "sslyze"
OF_AN_AUTHORITY = [
    "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash",
]  # fmt: skip
OF_A_SERVER = [
    "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth",
    "subjectAltName=DNS:localhost",
]  # fmt: skip


def make_certificate(folder, name, extensions, signed_by=()):
    """A certificate on P-256, good for a year."""
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365",
        "-subj", f"/CN={name}", "-keyout", folder / f"{name}-key.pem", "-out", folder / f"{name}.pem", *signed_by,
    ]  # fmt: skip
    command += [part for extension in extensions for part in ("-addext", extension)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def stand():
    """A stand with a certificate of an authority, as production has one. (A stand's usual one is signed by itself, which
    no profile allows.)"""
    stand = Stand()
    folder = stand.folder / "authority"
    folder.mkdir(mode=0o700)
    make_certificate(folder, "authority", OF_AN_AUTHORITY)
    signer = ["-CA", folder / "authority.pem", "-CAkey", folder / "authority-key.pem"]
    make_certificate(folder, "localhost", OF_A_SERVER, signer)
    (stand.run / "nginx/certificate.pem").write_bytes((folder / "localhost.pem").read_bytes())
    (stand.run / "nginx/key.pem").write_bytes((folder / "localhost-key.pem").read_bytes())
    stand.supervisor("restart", "nginx")
    poll("nginx with the other certificate", 10, stand.healthy)
    yield stand
    stand.stop()


def sslyze(stand, profile):
    """Exit code and report of a scan."""
    authority = stand.folder / "authority/authority.pem"
    done = subprocess.run(
        [SSLYZE, "--mozilla_config", profile, "--certinfo_ca_file", authority, f"localhost:{stand.https_port}"],
        capture_output=True,
        text=True,
        timeout=150,
    )
    return done.returncode, done.stdout[done.stdout.find("COMPLIANCE AGAINST") :] + done.stderr


def test_mozilla_intermediate(stand):
    """Compliant, as a whole."""
    code, report = sslyze(stand, "intermediate")
    print(report)
    assert code == 0 and "OK - Compliant" in report, report


def test_the_scan_can_fail(stand):
    """The modern profile wants TLS 1.3 alone: the same scan says that this is not it."""
    code, report = sslyze(stand, "modern")
    assert code != 0 and "FAILED" in report, report


def test_what_is_old_is_refused(stand):
    """TLS 1.1 and below, and suites without forward secrecy."""
    for arguments in (["-tls1"], ["-tls1_1"], ["-tls1_2", "-cipher", "AES128-SHA"], ["-tls1_2", "-cipher", "ECDHE+SHA1"]):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"localhost:{stand.https_port}", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert "Cipher is (NONE)" in done.stdout or done.returncode != 0, (arguments, done.stdout)
