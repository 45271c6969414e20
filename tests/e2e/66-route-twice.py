"""Two legs of one fork at one agency, over real processes: the police get an item and a branch for each, and answer each by itself."""
import json

import pytest

import officetime
from deployment import Deployment
from office import Case

COMMUNE, POLICE = "H37.24.03", "G01.837"
CODE = "1.013999"


def leg(name, agency, kind, **more):
    return {"id": name, "name": name, "name_en": name, "agency": agency, "kind": kind, **more}


def held_branch(case, **what):
    """The held branch whose view has these members, as a header names it."""
    one = next(v for v in case.view(COMMUNE)["legs"] if v["custody"] == "held" and what.items() <= v.items())
    return {"branch": one["branch"], "branch_version": one["version"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twice")
    with Deployment(folder / "s") as one:
        one.start_broker()
        for code in (COMMUNE, POLICE):
            one.start_adapter(code)
        procedure = {"code": CODE, "version": 1, "name": "Thường trú và căn cước", "name_en": "Residence and identity card",
                     "valid_from": "2026-01-01", "valid_to": None, "total": "10 working_days", "lead": "origin", "legs": [
                         leg("tiep-nhan", "origin", "receive", next=["thuong-tru", "can-cuoc"]),
                         leg("thuong-tru", POLICE, "process", limit="2 working_days", next=["tra"], makes=["KQ.TT"]),
                         leg("can-cuoc", POLICE, "process", limit="5 working_days", next=["tra"], makes=["KQ.CC"]),
                         leg("tra", "origin", "return")]}
        file = folder / "twice.json"
        file.write_text(json.dumps(procedure, ensure_ascii=False))
        one.cli("procedure", "import", str(file), "--reason", "thử")
        yield one


def test_two_legs_at_the_police(site):
    case = Case(site, officetime.dossier_code(COMMUNE, 1))
    police = site.api(POLICE)
    case.open(COMMUNE, procedure=CODE)
    offer = case.post(COMMUNE, "FORWARD", [{"agency": POLICE, "leg": "thuong-tru"}, {"agency": POLICE, "leg": "can-cuoc"}])
    case.admitted(COMMUNE, offer)
    both = {}
    while len(both) < 2:
        police.wait_item(lambda i: i["id"] == offer and i["leg"] not in both and not both.update({i["leg"]: i}))
    assert {i["branch"] for i in both.values()} == {2, 3} and set(both) == {"thuong-tru", "can-cuoc"}
    case.admitted(POLICE, police.accept(both["can-cuoc"]["number"])["id"])
    case.admitted(POLICE, police.refuse(both["thuong-tru"]["number"], "Thiếu tờ khai CT01")["id"])
    held = {v["leg"]: v["holder"] for v in case.view(COMMUNE)["legs"] if v["custody"] == "held"}
    assert held["can-cuoc"] == POLICE and COMMUNE in held.values(), held
    again = case.post(COMMUNE, "FORWARD", [{"agency": POLICE, "leg": "thuong-tru"}], **held_branch(case, holder=COMMUNE))
    case.admitted(COMMUNE, again)
    case.accept(POLICE, again)
    for name, code, other in (("thuong-tru", "KQ.TT", "can-cuoc"), ("can-cuoc", "KQ.CC", "thuong-tru")):
        for result in ({"code": "KQ.X", "leg": name}, {"code": code, "leg": other}):
            sent = case.post(POLICE, "RESULT", [{"agency": COMMUNE, "leg": "tra"}], results=[result], **held_branch(case, leg=name))
            refused = case.settled(POLICE, sent)
            assert (refused["state"], refused["rejection"]["code"]) == ("rejected", "NOT_AT_THIS_LEG"), refused
        sent = case.post(POLICE, "RESULT", [{"agency": COMMUNE, "leg": "tra"}], results=[{"code": code, "leg": name}],
                         **held_branch(case, leg=name))
        case.admitted(POLICE, sent)
    case.accept(COMMUNE, sent)
    assert case.view(COMMUNE)["status"] == 9
    made = [r for h in case.hops() if h["kind"] == "RESULT" and not h["outcome"] for r in h["results"]]
    assert made == [{"code": "KQ.TT", "leg": "thuong-tru"}, {"code": "KQ.CC", "leg": "can-cuoc"}]

