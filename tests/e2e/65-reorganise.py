"""Two communes are merged over real processes: what they held, were offered and had on its way passes to the new one."""
import json
import subprocess
import time

import pytest
import officetime
from deployment import Failed
from office import Case, DEPARTMENT, DISTRICT
from pyflow import way_over

FIRST, SECOND, MERGED = "H37.24.03", "H37.28.05", "H37.24.09"


def case_of(site, origin, number):
    return Case(site, officetime.dossier_code(origin, number))


def wait(what, timeout=30):
    end = time.monotonic() + timeout
    while not (found := what()):
        if time.monotonic() > end:
            raise Failed("it did not happen in time")
        time.sleep(0.1)
    return found


def enrol_merged(site):
    site.cli("agency", "add", MERGED, "--name", "Ủy ban nhân dân xã Đồng Đăng", "--level", "commune", "--parent", "H37",
             "--reason", "sắp xếp đơn vị hành chính", "--operator", "an")
    site.info = json.loads((site.folder / "sandbox.json").read_text())
    site.start_adapter(MERGED)


@pytest.fixture
def communes(running):
    for code in (FIRST, SECOND):
        running.start_adapter(code)
    return running


def test_merge_of_two_communes(communes, tmp_path):
    site = communes
    held, offered, waiting, flying = (case_of(site, origin, n) for n, origin in
                                      enumerate((FIRST, DISTRICT, DISTRICT, SECOND), 1))
    to_department = way_over(site, DEPARTMENT)
    held.open(FIRST, **to_department)
    offered.open(DISTRICT, **way_over(site, SECOND))
    waiting.open(DISTRICT, **way_over(site, FIRST))
    flying.open(SECOND, **to_department)
    part = site.api(DISTRICT).put_part("Trích lục".encode())
    parts = [{"sha256": part["sha256"], "name": "a.txt", "media_type": "text/plain"}]
    offer = offered.post(DISTRICT, "FORWARD", [SECOND], parts=parts)
    offered.item(SECOND, offer)  # on its adapter's disk, not answered
    on_way = flying.post(SECOND, "FORWARD", [DEPARTMENT])
    flying.item(DEPARTMENT, on_way)
    site.adapters[FIRST].stop()
    waits = waiting.post(DISTRICT, "FORWARD", [FIRST], parts=parts)
    waiting.admitted(DISTRICT, waits)
    enrol_merged(site)

    words = ["agency", "merge", FIRST, SECOND, MERGED, "--effective", officetime.from_now(seconds=-60)]
    before = site.cli("status")
    plan = site.cli(*words, "--dry-run")
    rows = {row["from"]: row for row in plan["passes_on"]}
    assert rows[FIRST]["held"] == 1 and rows[FIRST]["offered"] == 1 and rows[FIRST]["mailbox"] == 1, rows
    assert rows[SECOND]["held"] == 1 and rows[SECOND]["offered"] == 1 and rows[SECOND]["to"] == MERGED, rows
    assert site.cli("status")["directory_version"] == before["directory_version"]
    assert subprocess.run([str(site.cli_bin), *words, "--sandbox", str(site.folder)], capture_output=True).returncode == 64

    site.cli(*words, "--reason", "Nghị quyết sắp xếp", "--operator", "an")
    # What waited, and what was fetched but not answered, comes to the new commune with its parts.
    for case, envelope in ((waiting, waits), (offered, offer)):
        case.item(MERGED, envelope)
        status, content = site.api(MERGED).call("GET", f"/v1/inbox/{envelope}/parts/0", raw=True)
        assert status == 200 and content.decode() == "Trích lục"
        case.accept(MERGED, envelope)
        assert case.holder() == MERGED
    # What was held is the new commune's to hand on; the code of the dossier and its signatures stay.
    leg = site.cli("dossier", "show", held.code)["legs"][0]
    assert leg["holder"] == FIRST and leg["acting"] == MERGED
    held.view(MERGED)
    held.hand_off(MERGED, DEPARTMENT)
    signers = [hop["signer"]["agency"] for hop in held.hops()]
    assert signers[0] == FIRST and signers[-1] == DEPARTMENT
    # What was on its way is answered to the old code, and the answer comes to the new one.
    accepted = site.api(DEPARTMENT).accept(on_way)["id"]
    flying.admitted(DEPARTMENT, accepted)
    site.api(MERGED).wait_item(lambda i: i["id"] == accepted)
    # The old key may sign no more, and its adapter says why.
    site.adapters[SECOND].wait_log("SENDER_CLOSED")
    late = flying.post(SECOND, "FORWARD", [DISTRICT], branch=1, branch_version=1)
    time.sleep(1)
    assert site.api(SECOND).envelope(late)["state"] == "queued"
    boxes = {box["agency"]: box for box in site.cli("mailbox", "list")["mailboxes"]}
    for code in (FIRST, SECOND):
        assert boxes[code]["handled_by"] == MERGED and boxes[code]["waiting"] == 0, boxes[code]
        assert site.cli("agency", "show", code)["handled_by"] == MERGED
    # Its register has what those before it received, by their names.
    today = officetime.from_now(seconds=0)[:10]
    register = site.cli("form", "07", "--agency", MERGED, "--from", today, "--to", today)["rows"]
    assert {row["code"]: row["origin"]["code"] for row in register} == {held.code: FIRST, flying.code: SECOND}
    # Earlier signatures still verify, with openssl alone.
    opened = held.hops()[0]
    folder = tmp_path / "export"
    site.cli("envelope", "export", str(opened["sequence"]), str(folder), as_json=False)
    check = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in",
                            "sig.p7s", "-content", "header.bin", "-certfile", "signer.pem", "-CAfile", "ca.pem", "-out",
                            "/dev/null"], cwd=folder, capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
    # And all of it stands after a kill.
    site.broker.kill()
    site.start_broker()
    assert held.holder() == DEPARTMENT and waiting.holder() == MERGED


def test_rename_gives_the_new_code_an_adapter(running):
    site = running
    case = case_of(site, DISTRICT, 9)
    case.open(DISTRICT)
    case.hand_off(DISTRICT, DEPARTMENT)
    new = "H37.19"
    site.cli("agency", "rename", DEPARTMENT, new, "--name", "Sở Nội vụ và Dân tộc tỉnh Lạng Sơn", "--effective", officetime.from_now(seconds=2),
             "--reason", "đổi tên", "--operator", "an")
    site.info = json.loads((site.folder / "sandbox.json").read_text())
    site.start_adapter(new)
    wait(lambda: site.cli("agency", "show", DEPARTMENT)["handled_by"] == new)
    case.view(new)
    case.hand_off(new, DISTRICT, kind="RETURN", reason="Thiếu giấy tờ")
    assert case.holder() == DISTRICT
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])  # by the code that people still know
    case.accept(new, offer)
    assert case.holder() == new
    site.api(DISTRICT).wait_state(offer, ("accepted",))  # by who follows the agency that it was sent to


def test_bad_reorganisations_are_named(site, tmp_path):
    site.start_broker()
    run = lambda *words: subprocess.run([str(site.cli_bin), "agency", *words, "--sandbox", str(site.folder), "--reason", "r",
                                         "--operator", "an"], capture_output=True, text=True)
    no_date = run("merge", FIRST, MERGED)
    assert no_date.returncode == 64 and "--effective" in no_date.stderr
    assert run("merge", FIRST, SECOND, "--effective", "hôm nay").returncode == 64
    unknown = run("merge", FIRST, MERGED, "--effective", "2027-01-01")
    assert unknown.returncode == 66 and MERGED in unknown.stderr
    circle = run("merge", FIRST, SECOND, "--effective", "2027-01-01")
    assert circle.returncode == 0, circle.stderr
    circle = run("merge", SECOND, FIRST, "--effective", "2027-01-01")
    assert circle.returncode == 65 and "circle" in circle.stderr
    left_out = run("split", DISTRICT, "--effective", "2027-01-01", "--field", "xa", "--rule", f"a={FIRST}")
    assert left_out.returncode == 64 and "--default" in left_out.stderr
    misspelt = run("split", DISTRICT, "--effective", "2027-01-01", "--field", "dia_bn", "--rule", f"a={FIRST}", "--default", SECOND)
    assert misspelt.returncode == 65 and '"dia_bn"' in misspelt.stderr and '"dia_ban"' in misspelt.stderr, misspelt.stderr
    split = run("split", DISTRICT, "--effective", "2027-01-01", "--field", "dia_ban", "--rule", f"a={FIRST}", "--default", SECOND)
    assert split.returncode == 0, split.stderr
    listed = json.loads(subprocess.run([str(site.cli_bin), "agency", "export", "--sandbox", str(site.folder)],
                                       capture_output=True, text=True).stdout)
    one = next(a for a in listed["agencies"] if a["code"] == DISTRICT)
    assert one["split"] == {"a": FIRST, "": SECOND} and one["split_field"] == "dia_ban"
    assert one["valid_to"] == "2027-01-01T00:00:00+07:00"
    (tmp_path / "agencies.json").write_text(json.dumps(listed, ensure_ascii=False))
    again = run("import", str(tmp_path / "agencies.json"))  # a split is kept through files
    assert again.returncode == 0, again.stderr
    assert site.cli("agency", "export") == listed
