"""What `cmake --install --prefix` puts down is enough: the examples of the docs are compiled, as C and as C++, and linked by pkg-config
alone against the installed library, which has a SONAME, needs four libraries, cannot end its host, and shows no symbol that its
headers do not declare."""
import os
import pathlib
import re
import subprocess
import time

import pytest

from deployment import ROOT, Deployment

BUILD = pathlib.Path(os.environ["LT_BUILD_DIR"]).resolve()
LANGUAGES = {"c": ["gcc", "-x", "c", "-std=c11"], "c++": ["g++", "-x", "c++", "-std=c++17"]}
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# What ends a process, or writes to the host's terminal or log.
FORBIDDEN = re.compile(r"_*(abort|exit|_exit|_Exit|quick_exit|assert\w*|raise|kill|err|errx|perror|printf|puts|syslog|signal|sigaction)(_chk|_fail)?")


def sanitizers():
    cache = (BUILD / "CMakeCache.txt").read_text()
    found = re.search(r"^LT_SANITIZE:\w+=(.*)$", cache, flags=re.M)[1]
    return [f"-fsanitize={found}"] if found else []


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Installed at one place and moved to another: nothing in it may know where it was."""
    folder = tmp_path_factory.mktemp("install")
    done = subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(folder / "first")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (folder / "first").rename(folder / "second")


@pytest.fixture(scope="module")
def library(prefix):
    return next(prefix.glob("lib/**/liblienthong.so"))


def pkg_config(library, *words):
    """With no other library's .pc in reach."""
    env = {**os.environ, "PKG_CONFIG_LIBDIR": str(library.parent / "pkgconfig")}
    return subprocess.run(["pkg-config", *words, "lienthong"], env=env, capture_output=True, text=True, check=True).stdout.split()


def compile_example(name, language, library, folder):
    program = folder / f"{name}-{language}"
    command = [*LANGUAGES[language], *STRICT, *sanitizers(), ROOT / f"docs/examples/{name}.c", "-x", "none",
               *pkg_config(library, "--cflags", "--libs"), "-o", program]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return program


def run_example(program, library, *words):
    env = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    done = subprocess.run([str(w) for w in (program, *words)], capture_output=True, text=True, env=env, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_programs_samples_and_pages(prefix):
    for name in ("bin/lienthong", "sbin/lienthong-broker", "sbin/lienthong-adapter", "share/lienthong/agencies.json",
                 "share/man/man1/lienthong.1", "share/man/man8/lienthong-broker.8", "share/man/man5/lienthong-adapter.conf.5",
                 "share/man/vi/man1/lienthong.1", "lib/systemd/system/lienthong-broker.service", "lib/sysusers.d/lienthong.conf"):
        assert list(prefix.glob(name)) or list(prefix.glob(name.replace("sbin", "bin"))), name


def test_the_pages_are_installed_and_lead_on(prefix):
    """Every link of what an integrator reads ends in the installation; schemas, vectors and examples are there."""
    doc = prefix / "share/doc/lienthong"
    for page in ("sdk/README.md", "docs/adapter-api.md", "docs/adapter-operation.md", "docs/first-handoff.md", "proto/SPEC.md", "docs/vi/adapter-api.md"):
        text = (doc / page).read_text()
        for link in re.findall(r"\]\(([^)#]+)", text):
            assert link.startswith("http") or (doc / page).parent.joinpath(link).exists(), (page, link)
    for name in ("proto/link.proto", "proto/vectors", "docs/openapi/adapter.yaml", "docs/examples/sdk_send_receive.c", "README.vi.md"):
        assert (doc / name).exists(), name


def test_the_conformance_kit_is_whole(prefix):
    """It runs where it was installed, on the program that lies beside it."""
    kit = prefix / "share/lienthong/conform/tests/conform"
    done = subprocess.run([prefix / "bin/lienthong-conform", "--only", "ledger.smaller", "adapter", "/usr/bin/python3", kit / "adapters/python_adapter.py"],
                          capture_output=True, text=True, cwd="/")
    assert done.returncode == 0 and "\nok 1 - ledger.smaller" in done.stdout, done.stdout + done.stderr


def test_pkg_config_follows_the_installation(prefix, library):
    assert [os.path.realpath(f[2:]) for f in pkg_config(library, "--cflags")] == [str(prefix / "include")]
    flags = pkg_config(library, "--libs")
    assert [os.path.realpath(f[2:]) for f in flags if f.startswith("-L")] == [str(library.parent)] and "-llienthong" in flags


def test_soname_and_needs(library):
    text = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    soname = re.search(r"SONAME.*\[(.*)\]", text)[1]
    assert re.fullmatch(r"liblienthong\.so\.\d+", soname) and (library.parent / soname).exists()
    assert library.is_symlink() and "RUNPATH" not in text and "RPATH" not in text
    needed = {name.split(".so")[0] for name in re.findall(r"NEEDED.*\[(.*)\]", text)}
    added = {"libasan", "libubsan", "libtsan", "libm", "libstdc++", "libgcc_s"} if sanitizers() else set()
    assert needed - added == {"libzmq", "libprotobuf-c", "libcrypto", "libutf8proc", "libc"}


def symbols(library, which):
    out = subprocess.run(["nm", "-D", which, library], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in out.splitlines()}


def test_nothing_in_it_ends_its_host(library):
    imported = {name for name in symbols(library, "--undefined-only") if not re.match(r"__(asan|ubsan|tsan|sanitizer)_", name)}
    assert "malloc" in imported or sanitizers()
    assert not {name for name in imported if FORBIDDEN.fullmatch(name)}


def test_symbols(prefix, library):
    """Both ways: nothing but what the headers declare, and all that they declare."""
    shown = {name for name in symbols(library, "--defined-only") if not name.startswith("__")}  # a sanitizer's own
    headers = "\n".join(h.read_text() for h in (prefix / "include/lienthong").glob("*.h"))
    declared = set(re.findall(r"LT_API[^;{]*?\b(lt_\w+)\(", headers))
    assert declared and shown == declared, (shown - declared, declared - shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_header_stands_alone(prefix, library, language):
    flags = pkg_config(library, "--cflags")
    for header in (prefix / "include/lienthong").glob("*.h"):
        done = subprocess.run([*LANGUAGES[language], *STRICT, "-fsyntax-only", *flags, "-"],
                              input=f"#include <lienthong/{header.name}>\n", capture_output=True, text=True)
        assert done.returncode == 0, (header.name, done.stderr)


def test_hello(library, tmp_path):
    program = compile_example("sdk_hello", "c", library, tmp_path)
    sandbox = tmp_path / "s"
    subprocess.run([BUILD / "bin/lienthong", "sandbox", sandbox], check=True, capture_output=True)
    own = sandbox / "adapters/H37.24"
    out = run_example(program, library, own / "key.pem", own / "cert.pem")
    assert "FORWARD from H37.24 to H37.11" in out and "as it was sent: good" in out
    assert "with one bit turned: SIGNATURE_WRONG" in out, out


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("broker") / "sandbox") as made:
        made.start_broker()
        yield made


@pytest.mark.parametrize("language", LANGUAGES)
def test_send_and_receive(broker, library, tmp_path, language):
    program = compile_example("sdk_send_receive", language, library, tmp_path)
    part = tmp_path / "part.json"
    out = run_example(program, library, broker.folder, broker.info["endpoint"], "H37.24", "H37.11", part)
    dossier = re.findall(r"^OPEN of (\S+) from H37\.24, signature and 1 part\(s\) good$", out, flags=re.M)[-1]
    assert re.search(r"^ADMITTED as record \d+$", out, flags=re.M), out
    assert "status 2, offered by H37.24 to H37.11" in out, out
    assert part.read_text() == '{"hoTen":"Nguyễn Văn An"}'
    view = broker.cli("dossier", "show", dossier)
    assert view["status"] == 2
    end = time.monotonic() + 10  # it rides with a later batch
    while not acknowledged(broker, "H37.11"):
        assert time.monotonic() < end, "RECEIVED has not come"
        time.sleep(0.05)


def acknowledged(broker, agency):
    box = broker.cli("mailbox", "list", agency)["mailboxes"][0]
    return box["acknowledged"] == box["head"] > 0
