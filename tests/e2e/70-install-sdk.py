"""What `cmake --install` puts down is enough: the example of the docs is compiled and linked by pkg-config alone against the installed
library, which has a SONAME and shows no symbol that its headers do not declare."""
import os
import pathlib
import re
import subprocess

import pytest

from deployment import ROOT

BUILD = pathlib.Path(os.environ["LT_BUILD_DIR"]).resolve()


def sanitizers():
    cache = (BUILD / "CMakeCache.txt").read_text()
    found = re.search(r"^LT_SANITIZE:\w+=(.*)$", cache, flags=re.M)[1]
    return [f"-fsanitize={found}"] if found else []


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    root = tmp_path_factory.mktemp("install")
    done = subprocess.run(["cmake", "--install", str(BUILD), "--prefix", "/usr"], env={**os.environ, "DESTDIR": str(root)},
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root / "usr"


@pytest.fixture(scope="module")
def library(prefix):
    return next(prefix.glob("lib/**/liblienthong.so"))


def pkg_config(prefix, library, *words):
    env = {**os.environ, "PKG_CONFIG_PATH": str(library.parent / "pkgconfig")}
    return subprocess.run(["pkg-config", f"--define-variable=prefix={prefix}", *words, "lienthong"], env=env, capture_output=True,
                          text=True, check=True).stdout.split()


def test_programs_samples_and_pages(prefix):
    for name in ("bin/lienthong", "sbin/lienthong-broker", "sbin/lienthong-adapter", "share/lienthong/agencies.json",
                 "share/man/man1/lienthong.1", "share/man/man8/lienthong-broker.8", "share/man/man5/lienthong-adapter.conf.5",
                 "share/man/vi/man1/lienthong.1", "lib/systemd/system/lienthong-broker.service", "lib/sysusers.d/lienthong.conf"):
        assert list(prefix.glob(name)) or list(prefix.glob(name.replace("sbin", "bin"))), name


def test_soname(library):
    text = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    soname = re.search(r"SONAME.*\[(.*)\]", text)[1]
    assert re.fullmatch(r"liblienthong\.so\.\d+", soname) and (library.parent / soname).exists()
    assert library.is_symlink()


def test_symbols(prefix, library):
    """Both ways: nothing but what the headers declare, and all that they declare."""
    out = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    shown = {line.split()[2] for line in out.splitlines() if len(line.split()) == 3}
    shown = {name for name in shown if not name.startswith("__")}  # a sanitizer's own
    headers = "\n".join(h.read_text() for h in (prefix / "include/lienthong").glob("*.h"))
    declared = set(re.findall(r"LT_API[^;{]*?\b(lt_\w+)\(", headers))
    assert declared and shown == declared, (shown - declared, declared - shown)


def test_each_header_stands_alone(prefix, library):
    flags = pkg_config(prefix, library, "--cflags")
    for header in (prefix / "include/lienthong").glob("*.h"):
        done = subprocess.run(["cc", "-x", "c", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *flags, "-"],
                              input=f"#include <lienthong/{header.name}>\n", capture_output=True, text=True)
        assert done.returncode == 0, (header.name, done.stderr)


def test_example(prefix, library, tmp_path):
    program = tmp_path / "sdk_hello"
    command = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", *sanitizers(), ROOT / "docs/examples/sdk_hello.c",
               *pkg_config(prefix, library, "--cflags", "--libs"), "-o", program]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    sandbox = tmp_path / "s"
    subprocess.run([BUILD / "bin/lienthong", "sandbox", sandbox], check=True, capture_output=True)
    own = sandbox / "adapters/H37.24"
    run = subprocess.run([program, own / "key.pem", own / "cert.pem"], capture_output=True, text=True,
                         env={**os.environ, "LD_LIBRARY_PATH": str(library.parent)})
    assert run.returncode == 0, run.stderr
    assert "FORWARD from H37.24 to H37.11" in run.stdout and "as it was sent: good" in run.stdout
    assert "with one bit turned: SIGNATURE_WRONG" in run.stdout, run.stdout
