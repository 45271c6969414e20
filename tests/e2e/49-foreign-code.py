"""An operator finds a dossier by the code that another system has for it, and so do the systems of its parties."""
import secrets
import subprocess
import unicodedata

from office import DEPARTMENT, DISTRICT, MINISTRY

MINISTRYS, PROVINCES = "G12.18.37-26-00017", "01/TN-Điện Biên"


def status(running, *words):
    done = subprocess.run([running.cli_bin, "dossier", "find", *words, "--sandbox", running.folder], capture_output=True, text=True, timeout=60)
    assert not done.stdout
    return done.returncode, done.stderr


def test_found_by_each_code(running, new_case):
    first, second, third = new_case(), new_case(), new_case()
    first.open(foreign_codes=[MINISTRYS, PROVINCES])
    second.open(foreign_codes=[MINISTRYS])
    third.open()
    found = running.cli("dossier", "find", "--foreign", MINISTRYS)
    assert found["foreign_code"] == MINISTRYS
    assert [d["code"] for d in found["dossiers"]] == [first.code, second.code]
    assert (found["dossiers"][0]["procedure"], found["dossiers"][0]["status"], found["dossiers"][0]["origin"]) == ("1.010828", 2, "H37.24")
    # Decomposed, as some keyboards write it, it is brought to its form.
    assert [d["code"] for d in running.cli("dossier", "find", "--foreign", unicodedata.normalize("NFD", PROVINCES))["dossiers"]] == [first.code]
    table = running.cli("dossier", "find", "--foreign", MINISTRYS, as_json=False)
    assert first.code in table and second.code in table and third.code not in table
    assert running.cli("dossier", "show", first.code)["foreign_codes"] == [MINISTRYS, PROVINCES]
    assert running.cli("dossier", "show", third.code)["foreign_codes"] == []
    assert PROVINCES in running.cli("dossier", "show", first.code, as_json=False)


def test_systems_of_parties_find_it(running, new_case):
    code = f"G12.18.37-26-{secrets.randbelow(10 ** 9):09d} é"
    first, second, other = new_case(), new_case(), new_case()
    first.open(foreign_codes=[code])
    second.open(foreign_codes=[PROVINCES, code])
    other.open()

    def found(agency, foreign=code, **more):
        answer = running.api(agency).page("/v1/dossiers", foreign=foreign, **more)
        return [row["code"] for row in answer["dossiers"]], answer["after"]

    assert found(DISTRICT)[0] == [first.code, second.code]
    assert found(DISTRICT, unicodedata.normalize("NFD", code))[0] == [first.code, second.code]
    rows, after = found(DISTRICT, limit=1)
    assert rows == [first.code] and found(DISTRICT, after=after)[0] == [second.code]
    assert found(MINISTRY)[0] == []  # no party: as if nobody had it
    offer = second.post(DISTRICT, "FORWARD", [DEPARTMENT])
    second.admitted(DISTRICT, offer)
    second.accept(DEPARTMENT, offer)
    onward = second.post(DEPARTMENT, "FORWARD", [MINISTRY])
    second.admitted(DEPARTMENT, onward)
    assert found(MINISTRY)[0] == [second.code]
    for words in ("foreign=%20", "foreign=a&late=true", "foreign=a&lead=true", "foreign=" + "a" * 500, "foreign=a%E2%80%AEb"):
        status, answer = running.api(DISTRICT).call("GET", f"/v1/dossiers?{words}")
        assert status == 400 and answer["code"] == "QUERY_INVALID", (words, answer)


def test_what_nobody_has(running):
    code, words = status(running, "--foreign", "G12.18.37-26-99999")
    assert code == 66 and "G12.18.37-26-99999" in words
    assert status(running, "--foreign", "G12.18.37-26-99999", "--json")[0] == 66
    code, words = status(running)
    assert code == 64 and "--foreign" in words
    assert status(running, "--foreign", "a\u202eb")[0] == 64


def test_one_dossier_in_every_spelling(running, new_case):
    case, offices = new_case(), running.api("H37.24")
    agency, day, number = case.code.split("-")
    short = f"000.00.24.H37-{day[2:]}-{number[3:]}"  # the old code, as systems of before write it
    case.open()
    assert running.cli("dossier", "show", short)["code"] == case.code
    assert case.code in running.cli("trace", short, as_json=False)
    assert offices.call("GET", f"/v1/dossiers/{short}")[1]["code"] == case.code
    assert offices.call("GET", f"/v1/dossiers/{short}/forms/01?data=true")[0] == 200
    # A second OPEN is of the same dossier, and an act is written as it was opened before it is signed.
    status, answer = offices.call("POST", "/v1/envelopes", {"kind": "OPEN", "dossier": short, "received": True, "procedure": "1.010828",
                                                             "to": [{"agency": "H37.24"}]}, {"Idempotency-Key": "again"})
    assert status == 202
    refused = offices.wait_state(answer["id"], ("rejected", "admitted"))
    assert refused["state"] == "rejected" and case.code in str(refused), refused
    sent = offices.post({"kind": "FORWARD", "dossier": short, "to": [{"agency": "H37.11"}]})
    assert sent["dossier"] == case.code
    offices.wait_state(sent["id"], ("delivered",))
    shown = running.cli("dossier", "show", f"{agency}-{day}-{number[2:]}")
    assert shown["code"] == case.code and shown["legs"][0]["offered_to"] == "H37.11"
