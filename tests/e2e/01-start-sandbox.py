"""`lienthong sandbox` makes a whole deployment: files, modes, certificates, directory; and the tool fails as it should."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess

import jsonschema
import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CLI = os.path.join(os.environ.get("LT_BUILD_DIR", str(SOURCE / "build")), "bin/lienthong")


def run(*args, **kwargs):
    return subprocess.run([CLI, *map(str, args)], capture_output=True, text=True, timeout=60, **kwargs)


def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    path = tmp_path_factory.mktemp("sandbox") / "s"
    made = run("sandbox", path, "--json")
    assert made.returncode == 0, made.stderr
    described = json.loads(made.stdout)
    assert described == json.loads((path / "sandbox.json").read_text())
    return path, described


def test_samples_fit_their_schemas():
    for file, schema in [("agencies.json", "agencies"), *[("procedures/" + p.name, "procedure")
                                                       for p in (SOURCE / "conf/procedures").glob("*.json")]]:
        rules = json.loads((SOURCE / f"conf/schema/{schema}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(rules)
        jsonschema.Draft202012Validator(rules).validate(json.loads((SOURCE / "conf" / file).read_text()))


def test_sample_agencies_cover_levels_and_provinces():
    agencies = json.loads((SOURCE / "conf/agencies.json").read_text())["agencies"]
    assert len(agencies) >= 12
    assert {a["level"] for a in agencies} == {"commune", "district", "department", "province", "ministry"}
    assert {a["code"][:3] for a in agencies if a["code"][0] == "H"} == {"H37", "H57"}
    assert all(any(re.fullmatch(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}", x) for x in a["aliases"]) for a in agencies)


def test_sample_route_goes_up_and_down_again():
    levels = {a["code"]: a["level"] for a in json.loads((SOURCE / "conf/agencies.json").read_text())["agencies"]}
    route = json.loads((SOURCE / "conf/procedures/1.010828-v1.json").read_text())
    assert [levels[leg["agency"]] for leg in route["legs"]] == [
        "district", "department", "ministry", "department", "district"]


def test_sample_attachments_are_pdf_with_vietnamese_text():
    for name, text, low, high in [("bang-to-quoc-ghi-cong.pdf", "TỔ QUỐC GHI CÔNG", 20, 200),
                                  ("giay-xac-nhan.pdf", "liệt sĩ Hoàng Văn Thắng", 2, 5)]:
        path = SOURCE / "conf/samples" / name
        assert low * 1024 <= path.stat().st_size <= high * 1024
        read = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True)
        assert read.returncode == 0 and read.stderr == "" and text in read.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd tools here")
@pytest.mark.parametrize("unit", ["lienthong-broker.service", "lienthong-adapter@.service", "lienthong-console.service"])
def test_systemd_units_hold(tmp_path, unit):
    text = (SOURCE / "conf/systemd" / unit).read_text()
    for word in ["ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=\n",
                 "MemoryDenyWriteExecute=yes", "SystemCallFilter="]:
        assert word in text, word
    # Who asks at a socket is told by uid (SO_PEERCRED): behind PrivateUsers= every other user is 65534.
    assert "\nPrivateUsers=yes" not in text or "adapter" in unit
    # The program and its manual page are not installed where the tests run.
    text = re.sub(r"(?m)^Documentation=.*$", "", re.sub(r"/usr/sbin/lienthong-\w+", "/bin/true", text))
    copy = tmp_path / unit.replace("@.", "@H37.24.")
    copy.write_text(text)
    checked = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
    assert checked.returncode == 0 and unit.split(".")[0] not in checked.stderr, checked.stderr


@pytest.mark.skipif(not shutil.which("systemd-sysusers") or os.geteuid() != 0, reason="needs systemd tools and root")
def test_sysusers_and_tmpfiles_hold(tmp_path):
    for kind in ["sysusers.d", "tmpfiles.d"]:
        (tmp_path / "usr/lib" / kind).mkdir(parents=True)
        shutil.copy(SOURCE / "conf" / kind / "lienthong.conf", tmp_path / "usr/lib" / kind)
    (tmp_path / "etc").mkdir()
    for command in [["systemd-sysusers"], ["systemd-tmpfiles", "--create"]]:
        made = subprocess.run([command[0], f"--root={tmp_path}", *command[1:], "lienthong.conf"], capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
    users = (tmp_path / "etc/passwd").read_text()
    assert "lienthong:x:" in users and "lienthong-adapter:x:" in users
    for folder in ("var/lib/lienthong", "var/backups/lienthong"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
    assert "ReadWritePaths=-/var/backups/lienthong\n" in (SOURCE / "conf/systemd/lienthong-broker.service").read_text()


def test_everything_is_there(sandbox):
    path, described = sandbox
    for name in ["broker.conf", "broker/curve.secret", "broker/curve.public", "genesis/registrar.pem", "genesis/ca.pem",
                 "genesis/directory.bin", "genesis/crl.der", "genesis/procedures/1.010828-v1.json",
                 "registrar/registrar.key.pem", "ca/ca.key.pem", "ca/crl.pem"]:
        assert (path / name).stat().st_size > 0, name
    assert len(described["agencies"]) >= 12
    ports = {described["endpoint"]} | {a["api"] for a in described["agencies"]}
    assert len(ports) == len(described["agencies"]) + 1
    for agency in described["agencies"]:
        folder = path / "adapters" / agency["code"]
        assert {"adapter.conf", "key.pem", "cert.pem", "curve.secret", "curve.public", "token", "data"} <= {
            f.name for f in folder.iterdir()}
        conf = (folder / "adapter.conf").read_text()
        assert agency["api"].removeprefix("http://") in conf and f"[agency {agency['code']}]" in conf


def test_nothing_is_open_to_others(sandbox):
    path, _ = sandbox
    for entry in [path, *path.rglob("*")]:
        mode = stat.S_IMODE(entry.stat().st_mode)
        if entry.is_dir():
            assert mode == 0o700, entry
        elif entry.name == "curve.public":
            assert mode & 0o022 == 0, entry
        else:
            assert mode == 0o600, entry


def test_certificates_chain_and_are_not_revoked(sandbox):
    path, described = sandbox
    for cert in [path / "registrar/registrar.pem", *[a["cert"] for a in described["agencies"]]]:
        checked = openssl("verify", "-x509_strict", "-crl_check", "-CAfile", path / "ca/ca.pem", "-CRLfile",
                          path / "ca/crl.pem", cert)
        assert checked.returncode == 0, checked.stderr


def test_keys_are_of_both_kinds(sandbox):
    _, described = sandbox
    texts = {a["code"]: openssl("x509", "-in", a["cert"], "-noout", "-text", "-nameopt", "utf8").stdout
             for a in described["agencies"]}
    assert sum("rsaEncryption" in t and "2048 bit" in t for t in texts.values()) == 1
    assert sum("prime256v1" in t for t in texts.values()) == len(texts) - 1
    assert all("Digital Signature, Non Repudiation" in t and "CA:FALSE" in t for t in texts.values())
    assert "Ủy ban nhân dân huyện Cao Lộc" in texts["H37.24"]


def test_key_fits_certificate(sandbox):
    _, described = sandbox
    for agency in described["agencies"]:
        public = openssl("pkey", "-in", agency["key"], "-pubout").stdout
        assert public and public == openssl("x509", "-in", agency["cert"], "-noout", "-pubkey").stdout


def test_secrets_differ(sandbox):
    path, described = sandbox
    for name in ["token", "curve.secret", "key.pem", "curve.public"]:
        texts = {(path / "adapters" / a["code"] / name).read_text() for a in described["agencies"]}
        assert len(texts) == len(described["agencies"]), name


def test_second_call_is_refused_and_changes_nothing(sandbox):
    path, _ = sandbox
    before = {f: f.read_bytes() for f in path.rglob("*") if f.is_file()}
    again = run("sandbox", path)
    assert again.returncode == 73 and "not an empty folder" in again.stderr
    assert before == {f: f.read_bytes() for f in path.rglob("*") if f.is_file()}


def test_revoked_certificate_is_on_the_next_list(tmp_path):
    assert run("sandbox", tmp_path / "s").returncode == 0
    for code in ["H37.24", "G15"]:
        assert run("sandbox-revoke", tmp_path / "s", code).returncode == 0
    for code, revoked in [("H37.24", True), ("G15", True), ("H37.11", False)]:
        checked = openssl("verify", "-crl_check", "-CAfile", tmp_path / "s/ca/ca.pem", "-CRLfile",
                          tmp_path / "s/ca/crl.pem", tmp_path / f"s/adapters/{code}/cert.pem")
        assert (checked.returncode != 0) == revoked, code
        assert ("certificate revoked" in checked.stderr) == revoked
    assert "CRL Number: \n                3" in openssl("crl", "-in", tmp_path / "s/ca/crl.pem", "-noout", "-text").stdout


@pytest.mark.parametrize("text, words", [
    ('{"agencies": [\n {"code": "H37", "name": "A", "level": "province"},\n {"code": "h37.1", "name": "B", "level": "commune"}]}',
     [":3: /agencies/1/code", "h37.1"]),
    ('[{"code": "H37", "name": "A", "level": "town"}]', [":1: /0/level"]),
    ('[{"code": "H37", "name": "A", "level": "province", "colour": 1}]', ["/0/colour", "unknown key"]),
    ('[{"code": "H37", "code": "H38"}]', ["duplicate"]),
    ('[{"code": "H37", "name": "A", "level": "province"}, {"code": "H37", "name": "A", "level": "province"}]',
     ["/1", "stands twice"]),
    ('[{"code": "H37.1", "name": "A", "level": "commune", "parent": "H37"}]', ["H37"]),
    ('[', [":1"]),
])
def test_bad_agencies_are_refused_with_their_place(tmp_path, text, words):
    file = tmp_path / "agencies.json"
    file.write_text(text)
    made = run("sandbox", tmp_path / "s", "--agencies", file)
    assert made.returncode == 65, made.stderr
    assert all(word in made.stderr for word in words), made.stderr


@pytest.mark.parametrize("change, words", [
    (lambda p: p["legs"][2].update(id="Thẩm định"), ["/legs/2/id"]),
    (lambda p: p["legs"][2].update(id="tiep-nhan"), ["/legs/2/id", "another leg"]),
    (lambda p: p["legs"][2].update(number=4), ["/legs/2/number", "unknown key"]),
    (lambda p: p["legs"][1].update(agency="nobody"), ["/legs/1/agency", "nobody"]),
    (lambda p: p.update(code="1.2"), ["/code"]),
    (lambda p: p.update(version=0), ["/version"]),
    (lambda p: p.update(legs=[]), ["/legs"]),
    (lambda p: p["legs"][0].pop("name"), ["/legs/0", "name"]),
])
def test_procedure_check_names_the_place(tmp_path, change, words):
    procedure = json.loads((SOURCE / "conf/procedures/1.010828-v1.json").read_text())
    file = tmp_path / "p.json"
    file.write_text(json.dumps(procedure, ensure_ascii=False, indent=1))
    assert run("procedure", "check", file).returncode == 0
    change(procedure)
    file.write_text(json.dumps(procedure, ensure_ascii=False, indent=1))
    checked = run("procedure", "check", file)
    assert checked.returncode == 65 and all(word in checked.stderr for word in words), checked.stderr


@pytest.mark.parametrize("args, code, words", [
    ([], 64, "Usage"),
    (["sandbox"], 64, "usage: lienthong sandbox DIR"),
    (["sandbx", "x"], 64, "did you mean `lienthong sandbox`"),
    (["agency", "lst"], 64, "did you mean `lienthong agency list`"),
    (["agency"], 64, "needs one of the words above"),
    (["status", "--jsn"], 64, "did you mean --json"),
    (["status", "--control", "nowhere.sock"], 2, "no control socket"),
    (["agency", "suspend", "H37", "--control", "nowhere.sock"], 64, "--reason"),
    (["procedure", "check", "nowhere.json"], 66, "nowhere.json"),
    (["envelope", "export", "x", "y"], 64, "not a sequence"),
])
def test_wrong_use_is_named(args, code, words):
    done = run(*args)
    assert done.returncode == code and words in done.stderr, done.stderr


def test_help_and_version():
    assert run("--version").stdout.startswith("lienthong ")
    overview = run("help").stdout
    commands = re.findall(r"^  ([a-z][a-z-]*(?: [a-z-]+)?)", overview, re.M)
    assert {"sandbox", "agency list", "trace", "status"} <= set(commands)
    for command in commands:
        if command == "help":
            continue
        shown = run("help", *command.split())
        assert shown.returncode == 0 and f"Usage: lienthong {command}" in shown.stdout
        assert run(*command.split(), "--help").stdout == shown.stdout
