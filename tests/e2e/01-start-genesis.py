"""What a first start makes permanent is looked at before: a registrar or a CA that could never do its work is refused by name."""
import subprocess

import pytest

from deployment import Deployment


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def site(tmp_path):
    with Deployment(tmp_path / "s") as made:
        yield made


def self_signed(folder, path, *more):
    openssl("req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", folder / "key.pem", "-subj", "/CN=thu", "-days", "3650",
            "-out", path, *more)


def registrar(site, folder, bits, *usage):
    """Another registrar, issued by the sandbox's CA."""
    key, request = folder / "r.key", folder / "r.csr"
    openssl("req", "-nodes", "-newkey", f"rsa:{bits}", "-keyout", key, "-subj", "/CN=registrar", "-out", request)
    (folder / "ext").write_text("\n".join(usage) + "\n")
    openssl("x509", "-req", "-in", request, "-CA", site.folder / "ca/ca.pem", "-CAkey", site.folder / "ca/ca.key.pem", "-days", "30",
            "-set_serial", "4711", "-extfile", folder / "ext", "-out", site.folder / "genesis/registrar.pem")


def refused(site, name, file):
    """The program ends with 78 (its configuration), a line with the file and the reason, and nothing is journaled."""
    broker = [str(site.broker_bin), "--config", str(site.folder / "broker.conf")]
    done = subprocess.run(broker, capture_output=True, text=True, timeout=30)
    said = done.stdout + done.stderr
    assert done.returncode == 78 and name in said and file in said, said
    assert not list((site.folder / "broker/data/journal").glob("*.log"))


def test_a_registrar_of_no_use(site, tmp_path):
    registrar(site, tmp_path, 1024, "keyUsage=critical,digitalSignature")
    refused(site, "KEY_TOO_SHORT", "genesis/registrar.pem")


def test_a_registrar_that_may_not_sign(site, tmp_path):
    registrar(site, tmp_path, 2048, "keyUsage=critical,keyEncipherment")
    refused(site, "CERTIFICATE_KEY_USAGE", "genesis/registrar.pem")


def test_a_ca_that_is_none(site, tmp_path):
    self_signed(tmp_path, site.folder / "genesis/ca.pem", "-addext", "basicConstraints=critical,CA:FALSE")
    refused(site, "CERTIFICATE_", "genesis/ca.pem")
