"""Who owes what, who is late: one dossier's three lines, and the lists of many."""
import subprocess
import time

import pytest
from office import DEPARTMENT, DISTRICT


def listed(running, *words):
    return running.cli("dossier", "list", *words)["rows"]


def rows_of(running, case, *words):
    return [r for r in listed(running, *words) if r["code"] == case.code]


def test_an_offer_that_waits(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    shown = running.cli("dossier", "show", case.code)
    assert [(o["what"], o["who"], o["late"]) for o in shown["owed"]] == [("ACCEPT", DEPARTMENT, False)]
    can = {c["who"]: c["kinds"] for c in shown["can"] if c["branch"] == 1}
    assert set(can[DEPARTMENT]) >= {"ACCEPT", "REFUSE"}
    assert "RECALL" in can[DISTRICT] and "FORWARD" not in can[DISTRICT]
    text = running.cli("dossier", "show", case.code, as_json=False)
    lines = {line.split()[0]: line for line in text.splitlines() if line.split()}
    assert DEPARTMENT in lines["NOW"] and "accept or refuse" in lines["NOW"] and DISTRICT in lines["NOW"], text
    assert " at doi-chieu" in lines["NOW"] and rows_of(running, case, "--unanswered")[0]["leg"] == "doi-chieu", text  # where the offer leads
    assert lines["LATE"].split() == ["LATE", "nobody"] and "ACCEPT, REFUSE" in text, text
    row, = rows_of(running, case, "--unanswered")
    assert (row["what"], row["who"], row["holder"]) == ("ACCEPT", DEPARTMENT, DISTRICT) and row["until"] == shown["owed"][0]["until"]
    assert rows_of(running, case, "--owed-by", DEPARTMENT) == [row]
    assert rows_of(running, case, "--owed-by", DISTRICT) == []
    assert [r["code"] for r in rows_of(running, case, "--holder", DISTRICT)] == [case.code]
    assert rows_of(running, case, "--late") == []
    assert len(rows_of(running, case, "--due-within", "30d")) >= 1
    case.accept(DEPARTMENT, offer)
    assert rows_of(running, case, "--unanswered") == []
    row, = rows_of(running, case, "--owed-by", DEPARTMENT, "--status", "4", "--procedure", shown["procedure"])
    assert (row["what"], row["leg"] != "") == ("WORK", True)


def test_pages(running, new_case):
    made = [new_case() for _ in range(5)]
    for case in made:
        case.open()
    whole, parted, after = running.cli("dossier", "list", "--owed-by", DISTRICT), [], None
    while True:
        page = running.cli("dossier", "list", "--owed-by", DISTRICT, "--rows", "2", *(["--after", after] if after else []))
        parted += page["rows"]
        after = page["next"]
        if not after:
            break
    assert parted == whole["rows"] and {c.code for c in made} <= {r["code"] for r in parted}
    assert whole["sequence"] > 0 and whole["next"] is None
    table = running.cli("dossier", "list", "--owed-by", DISTRICT, "--rows", "2", as_json=False)
    assert "there are more" in table and "do its part" in table


@pytest.mark.parametrize("words, says", [(["--status", "11"], "1 to 10"), (["--due-within", "3"], "8h or 3d"), (["--after", "ff"], "next"),
                                         (["--rows", "0"], "number")])
def test_what_is_no_list(running, words, says):
    done = subprocess.run([running.cli_bin, "dossier", "list", *words, "--sandbox", running.folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == 64 and says in done.stderr, done.stderr


def test_nobody_of_that_name(running):
    done = subprocess.run([running.cli_bin, "dossier", "list", "--owed-by", "H01.77", "--sandbox", running.folder], capture_output=True, text=True)
    assert done.returncode == 66 and "H01.77" in done.stderr


def test_an_agencys_own(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    api = running.api(DEPARTMENT)

    def mine(path):
        status, answer = api.call("GET", path)
        assert status == 200 and answer["sequence"] > 0, answer
        return [r for r in answer["dossiers"] if r["code"] == case.code], answer

    end = time.monotonic() + 20  # the list is of the store, some seconds behind
    while not mine("/v1/todo?unanswered=true&limit=256")[0] and time.monotonic() < end:
        time.sleep(0.2)
    row, = mine("/v1/todo?unanswered=true&limit=256")[0]
    assert (row["owed"]["what"], row["owed"]["who"], row["late"], row["due"]) == ("ACCEPT", DEPARTMENT, False, row["owed"]["until"])
    assert row["owed"]["since"] and row["owed"]["text_vi"]
    assert not mine("/v1/todo?late=true&limit=256")[0]
    held, _ = [r for r in running.api(DISTRICT).call("GET", "/v1/dossiers?limit=256")[1]["dossiers"] if r["code"] == case.code], None
    assert held[0]["holder"] == DISTRICT
    first, answer = mine("/v1/todo?limit=1")
    if answer["after"]:
        assert mine(f"/v1/todo?limit=1&after={answer['after']}")[1]["dossiers"] != answer["dossiers"]
    assert api.call("GET", "/v1/todo?after=ff")[0] == 400 and api.call("GET", "/v1/todo?status=x")[0] == 400
    assert api.call("GET", "/v1/todo?agency=G09")[1]["code"] == "SENDER_NOT_SESSION"
    case.accept(DEPARTMENT, offer)


def test_a_place_is_of_its_list_alone(running, new_case):
    """In another list, or with another choice of rows, it would step over some in silence."""
    for _ in range(2):
        new_case().open()
    api, end = running.api(DISTRICT), time.monotonic() + 20
    while len(api.call("GET", "/v1/todo")[1]["dossiers"]) < 2 and time.monotonic() < end:
        time.sleep(0.2)
    for own, others in (("/v1/todo?status=2", ("/v1/dossiers?status=2", "/v1/todo?status=4", "/v1/todo?status=2&late=true")),
                        ("/v1/dossiers?limit=1", ("/v1/dossiers?lead=true", "/v1/dossiers?foreign=x", "/v1/todo?limit=1"))):
        first = api.call("GET", own + "&limit=1" * ("limit" not in own))[1]
        second = api.call("GET", f"{own.replace('limit=1', 'limit=2')}&after={first['after']}")[1]
        assert len({row["code"] for row in first["dossiers"] + second["dossiers"]}) == 2, (first, second)
        for other in others:
            status, answer = api.call("GET", f"{other}&after={first['after']}")
            assert (status, answer["code"]) == (400, "QUERY_INVALID") and "of this very list" in answer["detail_en"], (other, answer)
