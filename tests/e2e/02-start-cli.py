"""The operator's tool against a scripted broker: what it asks, what it prints, and what it makes of bad answers."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import threading

import jsonschema
import pytest

import pycontrol
import pyrules
from pywire import control_pb, directory_pb, envelope_pb, link_pb, record_pb

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CLI = os.path.join(os.environ.get("LT_BUILD_DIR", str(SOURCE / "build")), "bin/lienthong")
NOW = 1_747_012_500_000_000


def run(*args, timeout=60, env=None):
    return subprocess.run([CLI, *map(str, args)], capture_output=True, text=True, timeout=timeout, env=env)


class Broker:
    """Answers each request with script(request) -> ControlAnswer, bytes, or None for silence."""

    def __init__(self, path, script):
        self.path, self.script, self.seen = path, script, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                while body := pycontrol.read_frame(client):
                    self.seen.append(control_pb.ControlRequest.FromString(body))
                    answer = self.script(self.seen[-1])
                    if answer is not None:
                        client.sendall(pycontrol.frame(answer if isinstance(answer, bytes) else answer.SerializeToString()))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def scripted(tmp_path):
    made = []

    def make(script):
        made.append(Broker(tmp_path / "control.sock", script))
        return made[-1]
    yield make
    for broker in made:
        broker.close()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "s"
    assert run("sandbox", path).returncode == 0
    return path


def dossier():
    view = link_pb.DossierView(code="H37.24-20250512-0000001", procedure="1.010828", procedure_version=1, status=4,
                               origin="H37.24", lead="H37.11", opened_at=NOW, hops_total=3)
    view.branches.add(branch=1, version=3, custody=1, holder="H37.11", leg="doi-chieu", since=NOW + 90_000_000)
    view.hops.add(sequence=10, time=NOW, kind=1, sender="H37.24", id=bytes(16), leaf_hash=bytes([1] * 32),
                  certificate_sha256=bytes([9] * 32), branch=1, branch_version=1, status=2, sent_at=NOW)
    hop = view.hops.add(sequence=11, time=NOW + 30_000_000, kind=2, sender="H57.21", outcome=409, reason="\x1b[31mxem\u202e")
    hop.to.add(agency="H37.11", leg="doi-chieu")
    view.hops.add(sequence=12, time=NOW + 90_000_000, kind=3, sender="H37.11", leaf_hash=bytes([2] * 32), branch=1,
                  branch_version=3, status=4)
    return view


def answering(sandbox):
    signed = (sandbox / "genesis/directory.bin").read_bytes()

    def script(request):
        kind = request.WhichOneof("request")
        if kind == "directory":
            return control_pb.ControlAnswer(directory=control_pb.DirectoryAnswer(signed_directory=signed))
        if kind == "dossier":
            view = dossier()
            with_cert = directory_pb.Directory.FromString(directory_pb.SignedDirectory.FromString(signed).directory)
            for agency in with_cert.agencies:
                if agency.code == "H37.11":
                    view.hops[2].certificate_sha256 = hashlib.sha256(agency.certificates[0]).digest()
            return control_pb.ControlAnswer(dossier=view)
        if kind == "status":
            return control_pb.ControlAnswer(status=control_pb.StatusAnswer(directory_version=1))
        if kind in ("define", "admin"):
            return control_pb.ControlAnswer(act=control_pb.ActAnswer(sequence=77, time=NOW, version=2))
        return control_pb.ControlAnswer(reason=423, detail="not in this script")
    return script


def test_the_tool_links_neither_the_engine_nor_lmdb():
    needed = subprocess.run(["readelf", "-d", CLI], capture_output=True, text=True, check=True).stdout
    assert "libcrypto" in needed and "liblmdb" not in needed
    names = subprocess.run(["nm", CLI], capture_output=True, text=True, check=True).stdout
    assert re.search(r" [tT] control_open$", names, flags=re.M)
    for broker in (r"engine_\w+", r"store_open", r"journal_open", r"maintain_\w+", r"backup_restore", r"mdb_\w+"):
        assert not re.search(rf" {broker}$", names, flags=re.M), broker


def test_without_the_broker_beside_it_the_tool_says_so(tmp_path):
    shutil.copy(CLI, tmp_path / "lienthong")
    alone = subprocess.run([tmp_path / "lienthong", "store", "check", tmp_path], capture_output=True, text=True)
    if not pathlib.Path("/usr/local/sbin/lienthong-broker").exists():
        assert alone.returncode == 72 and "lienthong-broker is neither beside this one nor in" in alone.stderr, alone.stderr
    (tmp_path / "bin").mkdir()
    (tmp_path / "sbin").mkdir()
    os.rename(tmp_path / "lienthong", tmp_path / "bin/lienthong")
    os.symlink(pathlib.Path(CLI).parent / "lienthong-broker", tmp_path / "sbin/lienthong-broker")
    moved = subprocess.run([tmp_path / "bin/lienthong", "store", "check", tmp_path / "none"], capture_output=True, text=True)
    assert moved.returncode == 66 and moved.stderr.startswith("lienthong: there is no data folder"), moved.stderr


@pytest.mark.skipif(pathlib.Path("/etc/lienthong/broker.conf").exists(), reason="a broker is installed here")
@pytest.mark.parametrize("words", [["store", "check"], ["store", "rebuild"], ["restore", "/nowhere"]])
def test_data_is_that_of_the_installed_broker(words, tmp_path):
    """As alarms name these commands: in whatever folder they are given."""
    (tmp_path / "broker/data").mkdir(parents=True)
    done = subprocess.run([CLI, *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 66 and "/etc/lienthong/broker.conf" in done.stderr, done.stderr
    assert not any((tmp_path / "broker/data").iterdir())


def test_a_renamed_agency_takes_no_level_of_its_own(sandbox):
    done = run("agency", "rename", "H37.24", "H37.99", "--name", "X", "--level", "commune", "--effective", "2027-07-01",
               "--dry-run", "--sandbox", sandbox)
    assert done.returncode == 64 and "unknown option --level" in done.stderr, done.stderr


def test_trace_shows_hops_refusals_signers_and_times(sandbox, scripted):
    broker = scripted(answering(sandbox))
    shown = run("trace", "H37.24-20250512-0000001", "--proof", "--control", broker.path)
    assert shown.returncode == 0, shown.stderr
    out = shown.stdout
    assert "12  2025-05-12" in out and "ACCEPT H37.11" in out
    assert "NOT_HOLDER" in out and "REFUSED" in out
    assert "H37.11, " in out and "CN=H37.11" in out
    assert "1m 30s" in out and "02" * 32 in out
    assert "\x1b" not in out and "\u202e" not in out


def test_trace_as_json(sandbox, scripted):
    broker = scripted(answering(sandbox))
    view = json.loads(run("trace", "H37.24-20250512-0000001", "--control", broker.path, "--json").stdout)
    assert [h["outcome"] for h in view["hops"]] == [0, 409, 0]
    assert [h["outcome_name"] for h in view["hops"]] == ["ADMITTED", "NOT_HOLDER", "ADMITTED"]
    assert [h["signer"]["agency"] for h in view["hops"]] == [None, None, "H37.11"]
    assert [h["spent_us"] for h in view["hops"]] == [None, 30_000_000, 90_000_000]
    assert view["hops"][2]["receipt"] == {"sequence": 12, "leaf_hash": "02" * 32}
    assert view["legs"][0]["holder"] == "H37.11" and view["status_name"] == "Đang xử lý"


def test_agency_add_makes_the_next_signed_version(sandbox, scripted):
    broker = scripted(answering(sandbox))
    done = run("agency", "add", "H37.24.09", "--name", "Ủy ban nhân dân xã Gia Cát", "--level", "commune", "--parent",
               "H37.24", "--alias", "000.09.24.H37", "--sandbox", sandbox, "--control", broker.path, "--operator", "an",
               "--reason", "xã mới")
    assert done.returncode == 0, done.stderr
    define = broker.seen[-1].define
    assert (define.type, define.operator, define.reason) == (1, "an", "xã mới")
    signed = directory_pb.SignedDirectory.FromString(define.data)
    directory = directory_pb.Directory.FromString(signed.directory)
    old = directory_pb.Directory.FromString(directory_pb.SignedDirectory.FromString(
        (sandbox / "genesis/directory.bin").read_bytes()).directory)
    assert directory.version == old.version + 1 and len(directory.agencies) == len(old.agencies) + 1
    kept = [a for a in directory.agencies if a.code != "H37.24.09"]
    assert kept == list(old.agencies) and directory.ca == old.ca
    added = next(a for a in directory.agencies if a.code == "H37.24.09")
    assert list(added.aliases) == ["000.09.24.H37"] and len(added.certificates) == len(added.curve_keys) == 1
    (sandbox / "d.bin").write_bytes(signed.directory)
    (sandbox / "d.p7s").write_bytes(signed.cms)
    checked = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in",
                              sandbox / "d.p7s", "-content", sandbox / "d.bin", "-certfile",
                              sandbox / "registrar/registrar.pem", "-CAfile", sandbox / "ca/ca.pem", "-out", "/dev/null"],
                             capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert (sandbox / "adapters/H37.24.09/adapter.conf").exists()
    assert "H37.24.09" in [a["code"] for a in json.loads((sandbox / "sandbox.json").read_text())["agencies"]]


def test_import_keeps_certificates_and_export_reads_back(sandbox, scripted, tmp_path):
    broker = scripted(answering(sandbox))
    shown = run("agency", "export", "--control", broker.path)
    exported = json.loads(shown.stdout)
    rules = json.loads((SOURCE / "conf/schema/agencies.schema.json").read_text())
    jsonschema.Draft202012Validator(rules).validate(exported)
    (tmp_path / "one.json").write_text(json.dumps(
        [{"code": "H37.11", "name": "Sở Nội vụ Lạng Sơn", "level": "department", "parent": "H37"}], ensure_ascii=False))
    done = run("agency", "import", tmp_path / "one.json", "--sandbox", sandbox, "--control", broker.path, "--reason", "đổi tên")
    assert done.returncode == 0, done.stderr
    directory = directory_pb.Directory.FromString(
        directory_pb.SignedDirectory.FromString(broker.seen[-1].define.data).directory)
    changed = next(a for a in directory.agencies if a.code == "H37.11")
    assert changed.name == "Sở Nội vụ Lạng Sơn" and len(changed.certificates) == 1 and len(changed.curve_keys) == 1
    assert len(directory.agencies) == len(exported["agencies"])


def test_a_directory_of_another_registrar_is_not_signed_again(sandbox, scripted, tmp_path):
    other = tmp_path / "other"
    assert run("sandbox", other).returncode == 0
    broker = scripted(answering(other))
    done = run("agency", "add", "H37.24.08", "--name", "X", "--level", "commune", "--sandbox", sandbox, "--control",
               broker.path, "--reason", "r")
    assert done.returncode == 65 and "not signed by this registrar" in done.stderr
    assert all(r.WhichOneof("request") != "define" for r in broker.seen)


def test_exported_envelope_is_checked_by_openssl(sandbox, scripted, tmp_path):
    part = "Tờ khai".encode()
    (tmp_path / "header.bin").write_bytes(header(part))
    subprocess.run(["openssl", "cms", "-sign", "-binary", "-cades", "-nocerts", "-nosmimecap", "-md", "sha256", "-outform",
                    "DER", "-in", tmp_path / "header.bin", "-signer", sandbox / "adapters/H37.24/cert.pem", "-inkey",
                    sandbox / "adapters/H37.24/key.pem", "-out", tmp_path / "s.p7s"], check=True)
    der = subprocess.run(["openssl", "x509", "-in", sandbox / "adapters/H37.24/cert.pem", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    signature = envelope_pb.Signature(cms=(tmp_path / "s.p7s").read_bytes())
    verdict = record_pb.Verdict(certificate_sha256=hashlib.sha256(der).digest(), parts=1)
    record = pyrules.record_bytes(struct.pack("<IIQqQQII", 1, 1, 42, NOW, 0, 0, 0, 0), [
        (b"", header(part)), (b"", signature.SerializeToString()), (bytes(16), verdict.SerializeToString()),
        (bytes(16), record_pb.Outcome(dossier=1).SerializeToString())])

    def script(request):
        if request.WhichOneof("request") == "record":
            assert request.record.sequence == 42 and request.record.parts
            return control_pb.ControlAnswer(record=control_pb.RecordAnswer(
                record=record, parts=[part], leaf_hash=bytes(32)))
        return answering(sandbox)(request)
    broker = scripted(script)
    done = run("envelope", "export", 42, tmp_path / "out", "--control", broker.path)
    assert done.returncode == 0, done.stderr
    command = done.stdout.strip().splitlines()[-1].split()
    checked = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert (tmp_path / "out/part-00-to-khai.json").read_bytes() == part
    changed = bytearray((tmp_path / "out/header.bin").read_bytes())
    changed[-1] ^= 1
    (tmp_path / "out/header.bin").write_bytes(changed)
    assert subprocess.run(command, cwd=tmp_path / "out", capture_output=True).returncode != 0


def header(part):
    made = envelope_pb.Header(type="lienthong.header.v1", domain="lienthong.sandbox.vn",
                              id=bytes.fromhex("0196c1a2b3c47000800000000000000f"), kind=1, sender="H37.24",
                              dossier="H37.24-20250512-0000001", sent_at=NOW, procedure="1.010828", procedure_version=1)
    made.to.add(agency="H37.11", leg="doi-chieu")
    made.parts.add(name="to-khai.json", media_type="application/json", size=len(part), sha256=hashlib.sha256(part).digest())
    return made.SerializeToString()


@pytest.mark.parametrize("reason, code, name", [(406, 66, "DOSSIER_UNKNOWN"), (501, 75, "OVERLOADED"),
                                                (420, 64, "OPERATOR_REQUIRED"), (418, 65, "DEFINITION_INVALID")])
def test_refusals_have_their_exit_code(scripted, reason, code, name):
    broker = scripted(lambda _: control_pb.ControlAnswer(reason=reason, detail="hồ sơ\x1b[2J"))
    done = run("dossier", "show", "H37.24-20250512-0000001", "--control", broker.path)
    assert done.returncode == code and name in done.stderr and "\x1b" not in done.stderr


@pytest.mark.parametrize("answer", [b"\xff\xff\xff", b"", control_pb.ControlAnswer(backup=control_pb.BackupAnswer(sequence=1))])
def test_answers_that_are_none_are_named(scripted, answer):
    broker = scripted(lambda _: answer)
    done = run("status", "--control", broker.path)
    assert done.returncode == 76 and "answer" in done.stderr, done.stderr


def statuses(page):
    """The numbers of a manual's table of exit statuses."""
    table = re.search(r"^# (?:EXIT STATUS|MÃ THOÁT)\n(.*?)^# ", (SOURCE / page).read_text(), flags=re.M | re.S)[1]
    return {int(number) for row in re.findall(r"^(?:\|\[|\|) (.*)$", table, flags=re.M) for number in re.findall(r"\*(\d+)\*", row)}


def test_exit_statuses_are_those_of_the_manual(sandbox, scripted, tmp_path):
    """Each row comes about, but a fault of the program and memory that is out; and nothing in the sources ends with another."""
    table = statuses("docs/man/lienthong.1.scd")
    assert table == statuses("docs/man/vi/lienthong.1.scd")
    of_name = dict(re.findall(r"#\s*define (EX_\w+)\s+(\d+)", pathlib.Path("/usr/include/sysexits.h").read_text()))
    sources = [*SOURCE.glob("operator/cli/*.c"), *SOURCE.glob("operator/command/**/*.c"), SOURCE / "broker/start/subcommand.c", SOURCE / "broker/tools/tool.c", SOURCE / "lib/program/say.c"]
    used = {name for one in sources for name in re.findall(r"\bEX_[A-Z]+\b", one.read_text())}
    assert {int(of_name[name]) for name in used} <= table, used
    causes = []

    def script(request):
        if request.WhichOneof("request") == "status":
            return control_pb.ControlAnswer(status=control_pb.StatusAnswer(causes=[control_pb.CauseView(cause=cause, count=1) for cause in causes]))
        return control_pb.ControlAnswer(reason={"time": 501, "dossier": 406, "procedures": 404}.get(request.WhichOneof("request"), 418), detail="x")
    control, seen = ("--control", scripted(script).path), {}

    def ends(*words, **more):
        done = subprocess.run([CLI, *map(str, words)], capture_output="stdout" not in more, text=True, timeout=60, **more)
        seen[done.returncode] = words
        return done.returncode
    for causes, wanted in (([], 0), ([28], 1), ([2, 28], 2)):
        assert ends("status", *control) == ends("status", "--json", *control) == wanted
    assert ends("status", "--control", tmp_path / "none") == 2 and ends("agency", "list", "--control", tmp_path / "none") == 69
    assert ends("agency", "import", tmp_path / "none", *control, "--reason", "thử") == ends("sandbox", tmp_path / "s", "--agencies", tmp_path / "none") == 66
    assert ends("status", "--words") == 64 and ends("agency", "list", *control) == 65 and ends("dossier", "show", "a", *control) == ends("procedure", "show", "1.999", *control) == 66
    with open("/dev/full", "w") as full:
        causes = [28]
        assert ends("status", *control, stdout=full) == 74
    assert ends("sandbox", "/proc/none") == 73 and ends("time", "show", *control) == 75
    (tmp_path / "alone").mkdir()
    alone = shutil.copy(CLI, tmp_path / "alone/lienthong")
    seen[subprocess.run([alone, "store", "check", tmp_path], capture_output=True).returncode] = "alone"
    (tmp_path / "shut").mkdir(mode=0o700)
    if os.geteuid() == 0:
        assert ends("status", "--control", tmp_path / "shut/control", user="nobody") == 77
    (tmp_path / "broker.conf").write_text("nonsense\n")
    assert ends("store", "check", "--config", tmp_path / "broker.conf") == 78
    assert table - seen.keys() <= {70, 71, 72, 76, 77, 130, 143}, table - seen.keys()


def test_the_locale_says_the_language(scripted):
    """What the catalogues have: the verdict and what there is to do, also where nobody answers, and refusals. By the variable that counts first."""
    seen = control_pb.CauseView(cause=24, count=1, subjects=[control_pb.CauseSubject(name="H37.11", at=NOW)])

    def script(request):
        if request.WhichOneof("request") == "status":
            return control_pb.ControlAnswer(status=control_pb.StatusAnswer(causes=[seen]))
        return control_pb.ControlAnswer(reason=406)
    broker = scripted(script)
    for env, vietnamese in (({"LANG": "vi_VN.UTF-8"}, True), ({"LANG": "vi"}, True), ({"LC_MESSAGES": "vi_VN", "LANG": "C"}, True), ({}, False),
                            ({"LC_ALL": "C.UTF-8", "LC_MESSAGES": "vi_VN"}, False), ({"LC_ALL": "", "LANG": "vls_BE"}, False)):
        def told(*words):
            return run(*words, "--control", broker.path, env=env)
        lines = told("status").stdout.splitlines()[:2]
        text = json.loads(told("status", "--json").stdout)["causes"][0]["text"]
        refusal = told("dossier", "show", "x").stderr
        if vietnamese:
            assert lines == ["cần chú ý: 0 nghiêm trọng, 1 cảnh báo",
                             "  1. CẢNH BÁO agency-disconnected: 1 cơ quan mất kết nối: H37.11, từ 08:15 ngày 12/05/2025"], lines
            assert text == "1 cơ quan mất kết nối: H37.11, từ 08:15 ngày 12/05/2025" and "hồ sơ" in refusal, refusal
        else:
            assert lines == ["needs attention: 0 critical, 1 warning",
                             "  1. WARNING agency-disconnected: 1 agency is not connected: H37.11, since 2025-05-12 08:15"], lines
            assert "dossier" in refusal and text.startswith("1 agency"), refusal
    silent = run("status", "--control", broker.path.parent / "none", env={"LANG": "vi_VN.UTF-8"})
    assert silent.stdout.startswith("có sự cố: 1 nghiêm trọng, 0 cảnh báo\n  1. NGHIÊM TRỌNG broker-silent: trục không trả lời: ") and silent.returncode == 2


def test_silence_ends_in_time(scripted):
    broker = scripted(lambda _: None)
    done = run("status", "--control", broker.path, "--timeout", "1", timeout=10)
    assert done.returncode == 2 and "no answer within 1 seconds" in done.stderr and "not known" not in done.stderr
    for more, words in ((["--reason", "thử"], "whether it was done is not known: `lienthong audit` tells"), (["--dry-run"], "1 seconds\n")):
        done = run("rules", "activate", "2", *more, "--control", broker.path, "--timeout", "1", timeout=10)
        assert done.returncode == 69 and words in done.stderr, done.stderr


def test_acts_carry_operator_and_reason(sandbox, scripted):
    def script(request):
        if request.WhichOneof("request") == "agencies":
            view = control_pb.AgencyListAnswer(directory_version=1)
            view.agencies.add(code="H37.24", aliases=["000.00.24.H37"], name="Cao Lộc", level=2)
            return control_pb.ControlAnswer(agencies=view)
        return answering(sandbox)(request)
    broker = scripted(script)
    done = run("agency", "suspend", "000.00.24.H37", "--operator", "Bình", "--reason", "mất khóa", "--control", broker.path,
               "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["sequence"] == 77
    admin = broker.seen[-1].admin
    assert (admin.act, admin.subject, admin.operator, admin.reason) == (1, "H37.24", "Bình", "mất khóa")


def test_exported_keys_are_the_adapters_own(sandbox, scripted):
    broker = scripted(answering(sandbox))
    exported = json.loads(run("agency", "export", "--control", broker.path).stdout)
    for agency in exported["agencies"]:
        if agency["level"] == "broker":  # it signs notices, and nobody connects in its name
            assert agency["curve_keys"] == [] and len(agency["certificates"]) == 1
            continue
        assert agency["curve_keys"] == [(sandbox / "adapters" / agency["code"] / "curve.public").read_text().strip()]
        pem = (sandbox / "adapters" / agency["code"] / "cert.pem").read_text()
        assert "".join(pem.splitlines()[1:-1]) == agency["certificates"][0]
