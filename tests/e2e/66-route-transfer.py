"""TRANSFER over real processes: the leg goes to another agency of the level, by a reason; the clock goes on and the route leads on from there,
the department that gave it away is passed by, and every page shows that the dossier left its route."""
import subprocess

from office import DEPARTMENT, DISTRICT, MINISTRY

OTHER = "H37.12"  # a department as the one that the route names
WHY = "Hồ sơ thuộc thẩm quyền của Sở Tài chính"


def refused(case, sender, to, **more):
    state = case.settled(sender, case.post(sender, "TRANSFER", [to], reason=WHY, **more))
    assert state["state"] == "rejected", state
    return state["rejection"]["code"]


def test_a_leg_goes_to_another_agency(running, new_case, tmp_path):
    other = running.start_adapter(OTHER)
    case = new_case()
    case.open()
    case.hand_off(DISTRICT, DEPARTMENT)
    due = case.view()["legs"][0]["clock"]["due_lawful"]
    assert refused(case, DEPARTMENT, MINISTRY) == "RECIPIENTS_INVALID"  # of another level
    assert refused(case, DEPARTMENT, {"agency": OTHER, "leg": "tham-dinh"}) == "RECIPIENTS_INVALID"
    offer = case.post(DEPARTMENT, "TRANSFER", [OTHER], reason=WHY)
    case.admitted(DEPARTMENT, offer)
    item = case.item(OTHER, offer)
    assert (item["kind"], item["reason"]) == ("TRANSFER", WHY), item
    assert "TRANSFER" in {k for c in running.cli("dossier", "show", case.code)["can"] for k in c["kinds"]} or \
        running.cli("dossier", "show", case.code)["owed"][0]["who"] == OTHER
    case.accept(OTHER, offer)
    status, view = other.dossier(case.code)
    assert status == 200 and view["transferred"] == [{"leg": "doi-chieu", "agency": OTHER}], view
    leg = view["legs"][0]
    assert (leg["holder"], leg["leg"], leg["clock"]["due_lawful"], view["lead"]) == (OTHER, "doi-chieu", due, DEPARTMENT), leg
    case.hand_off(OTHER, MINISTRY, kind="FORWARD")
    assert refused(case, MINISTRY, "G12") == "NOT_AT_THIS_LEG"  # it makes the result
    case.hand_off(MINISTRY, DEPARTMENT, kind="RESULT")
    case.hand_off(DEPARTMENT, DISTRICT, kind="RESULT")
    case.admitted(DISTRICT, case.post(DISTRICT, "HANDED_OVER", [DEPARTMENT]))
    shown = running.cli("dossier", "show", case.code)
    assert shown["status"] == 10 and shown["transferred"] == [{"leg": "doi-chieu", "agency": OTHER}]
    assert [s["how"] for s in shown["stays"] if s["holder"] == DEPARTMENT and not s["to"]][0] == "transferred"
    text = running.cli("trace", case.code, as_json=False)
    assert "TRANSFER" in text and "OFF ROUTE" in text and OTHER in text, text
    done = running.cli("dossier", "correct", case.code, "1", "--reason", "Biên bản 12")
    beside = [s for s in running.cli("dossier", "show", case.code)["stays"] if s.get("corrects")]
    assert [(s["corrects"], s["how"], s["ended_by"]) for s in beside] == [(1, "correction", done["sequence"])], (done, beside)
    asked = running.cli("dossier", "correct", case.code, "1", "--verdict", "late", "--reason", "Biên bản 13")
    running.cli("dossier", "confirm", case.code, str(asked["sequence"]), "--reason", "Một người", expect=65)
    printed = tmp_path / "06.pdf"
    sheet = running.cli("form", "06", case.code, "-o", str(printed))
    row, = [r for r in sheet["handoffs"] if r["kind"] == "TRANSFER"]
    assert (row["giver"]["code"], row["taker"]["code"]) == (DEPARTMENT, OTHER) and WHY in row["note"] and "Ngoài quy trình" in row["note"], row
    assert [r["corrected_verdict"] for r in sheet["handoffs"] if "corrected_verdict" in r]
    assert "Ngoài quy trình" in " ".join(subprocess.run(["pdftotext", printed, "-"], capture_output=True, text=True, check=True).stdout.split())
