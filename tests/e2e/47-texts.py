"""Texts have one form at every door: what is not in it is refused by name, and a value that no rule of a split names is shown before
it counts."""
import os
import subprocess

import pytest

import officetime
import pytext
from deployment import Deployment
from office import DISTRICT, Case
from pyclient import Bye, Client
from pycontrol import ask
from pywire import control_pb, record_pb



@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("texts") / "sandbox") as made:
        made.start_broker()
        made.start_adapter(DISTRICT)
        yield made


def test_operators_and_reasons_at_the_control_socket(site):
    for operator, reason, name, detail in (
            ("Chu\u0309 tịch", "x", "TEXT_NOT_IN_FORM", "operator: U+0075 at character 3 is not in composed form (NFC)"),
            ("An\u202e", "x", "TEXT_NOT_IN_FORM", "operator: U+202E at character 3 turns the reading direction"),
            ("An\nBình", "x", "TEXT_NOT_IN_FORM", "operator: U+000A at character 3 is a line feed"),
            ("An", "một\thai", "TEXT_NOT_IN_FORM", "reason: U+0009 at character 4 is a control character"),
            ("An", "x ", "TEXT_NOT_IN_FORM", "reason: U+0020 at character 2 is a blank at the edge"),
            ("\u3000", "x", "OPERATOR_REQUIRED", "operator: 1 to 200 characters"),
            ("An", "\u200b", "OPERATOR_REQUIRED", "reason: 1 to 1000 characters")):
        request = control_pb.ControlRequest(admin=control_pb.AdminRequest(
            act=record_pb.ADMIN_SUSPEND, subject="H37.11", operator=operator, reason=reason))
        answer = ask(site.folder / "broker/control.sock", request)
        assert (answer.reason, answer.detail) != (0, "") and answer.detail == detail, (name, answer)
    assert not site.cli("agency", "show", "H37.11")["suspended"]


def test_the_software_of_a_hello(site):
    with Client.of_sandbox(site.folder, ["H37.11"]) as client:
        client.open()
        with pytest.raises(Bye) as ended:
            client.hello(software="mine\u202e/1")
    assert ended.value.name == "TEXT_NOT_IN_FORM" and ended.value.detail.startswith("HELLO: software: U+202E at character 5"), ended.value


def test_values_without_a_rule_are_shown_before_they_count(site):
    for number, value in enumerate(("Đồng Đăng", "Đồng Mỏ", None), 10):
        Case(site, officetime.dossier_code(DISTRICT, number)).open(DISTRICT, **({"fields": {"xa": value}} if value else {}))
    for new in ("H37.24.21", "H37.24.22"):
        site.cli("agency", "add", new, "--name", "Xã " + new, "--level", "commune", "--parent", "H37", "--reason", "x")
    words = ["agency", "split", DISTRICT, "--field", "xa", "--rule", " Đo\u0302\u0300ng Đăng=H37.24.21", "--default", "H37.24.22",
             "--effective", officetime.from_now(days=9)]
    plan = site.cli(*words, "--dry-run")
    assert {row["to"]: row["held"] for row in plan["passes_on"]} == {"H37.24.21": 1, "H37.24.22": 2}, plan
    loose = {row["value"]: (row["field"], row["to"], row["held"]) for row in plan["without_rule"]}
    assert loose == {"Đồng Mỏ": ("xa", "H37.24.22", 1), "": ("xa", "H37.24.22", 1)}, loose
    table = site.cli(*words, "--dry-run", as_json=False)
    assert "VALUE WITHOUT A RULE" in table and table.count("the same") == 1, table
    command = [str(site.cli_bin), *words, "--sandbox", str(site.folder), "--reason", "Chia xã"]
    twice = subprocess.run([*command, "--rule", "Đồng Đăng=H37.24.22"], capture_output=True, text=True)
    assert twice.returncode != 0 and "stands twice" in twice.stderr, twice.stderr
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and 'no rule for xa "Đồng Mỏ": 1 held, 0 offered pass to H37.24.22' in done.stderr, done.stderr


def test_a_refusal_is_said_in_two_languages(site):
    """By the adapter in the language that is asked for, and by the broker in both, for whoever shows it to an official."""
    api = site.api(DISTRICT)
    wrong = {"kind": "OPEN", "dossier": "x", "to": [{"agency": "H99"}]}
    for accept, detail in ((None, "detail_en"), ("vi-VN, vi;q=0.9, en;q=0.5", "detail_vi"), ("en, vi;q=0.1", "detail_en")):
        status, problem = api.call("POST", "/v1/envelopes", wrong, {"Idempotency-Key": "two", **({"Accept-Language": accept} if accept else {})})
        assert status == 422 and problem["detail"] == problem[detail], problem
        assert problem["title"].startswith("tiếp nhận, " if detail == "detail_vi" else "admit, "), problem
    case = Case(site, officetime.dossier_code(DISTRICT, 3))
    case.open(DISTRICT)
    state = case.settled(DISTRICT, case.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1))
    assert state["state"] == "rejected" and (refused := state["rejection"])["detail"] == f"{case.code} was opened by {DISTRICT}", state
    assert refused["detail_vi"] == f"{case.code} do {DISTRICT} mở" and refused["title_vi"].startswith("áp dụng: "), state
    # The journal has numbers: the tool says them, and what goes to a court brings its sentences along.
    hop = next(hop for hop in site.cli("trace", case.code)["hops"] if hop["outcome"])
    assert (hop["detail_en"], hop["detail_vi"]) == (refused["detail"], refused["detail_vi"]), hop
    text = site.cli("trace", case.code, as_json=False)
    assert refused["detail"] in text and refused["detail_vi"] in text, text
    folder = site.folder / "refused"
    assert "refusal.txt" in site.cli("envelope", "export", str(hop["sequence"]), str(folder))["files"]
    lines = (folder / "refusal.txt").read_text().split("\n")
    for line in ("reason 405 DOSSIER_EXISTS", "en: %s was opened by %s", "vi: {1} do {2} mở", f"parameter 1: {case.code}",
                 f"parameter 2: {DISTRICT}", f"en: {refused['detail']}", f"vi: {refused['detail_vi']}"):
        assert line in lines, (line, lines)
    already = subprocess.run([str(site.cli_bin), "agency", "resume", "H37.11", "--reason", "x", "--sandbox", str(site.folder)],
                             capture_output=True, text=True)
    assert "H37.11 is neither suspended nor drained (H37.11 không bị tạm ngừng và cũng không ngừng nhận hồ sơ mới)" in already.stderr, already.stderr


def test_the_kits_characters_are_those_of_the_contract():
    """Whatever tables this Python has: of 15.0's own characters, and of those that came later, the library and the kit say the same."""
    listed = subprocess.run([os.path.join(os.environ["LT_BUILD_DIR"], "tests/bin/list-refused")], capture_output=True, text=True, check=True).stdout.split()
    refused = {code for line in listed for code in range(int(line.split("-")[0], 16), int(line.split("-")[1], 16) + 1)}
    planes = [*range(1, 0x32400), *range(0x32400, 0x110000, 97), *range(0xE0000, 0xE0200)]  # few are assigned above, and those all together
    codes = [code for code in planes if not 0xD800 <= code <= 0xDFFF]
    other = [f"U+{code:04X}" for code in codes if (pytext.fault(chr(code)) is not None) != (code in refused)]
    assert not other, other[:20]
    assert pytext.fault("\U0001FAE8") is None and pytext.fault("\U0001FAE9") == "U+1FAE9"  # of 15.0, of 16.0
