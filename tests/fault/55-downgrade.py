"""An operator installs a later broker and goes back to the older one. Before ACTIVATE that works, with what was recorded in between; after it
the older one refuses by name, changes nothing, and the later one goes on. A value of the store in a later layout is not guessed at:
it is named, and the store made anew from the journal. The later brokers are programs of their own (tests/lib/next, tests/CMakeLists.txt)."""
import hashlib
import shutil
import time

from deployment import tail
from office import DEPARTMENT, DISTRICT


def use(site, program):
    """The same data under another program; "" is the one that is tested."""
    if site.broker.alive():
        assert site.broker.stop() == 0
    site.broker.command = [str(site.build / (f"tests/bin/broker-next-{program}" if program else "bin/lienthong-broker")),
                           "--config", str(site.folder / "broker.conf")]


def refused_start(site):
    use(site, "")
    before = site.broker.log_size()
    site.broker.start()
    return site.broker.popen.wait(60), tail(site.broker.log.read_bytes()[before:])


def journal(site):
    return {path.name: hashlib.sha256(path.read_bytes()).digest() for path in (site.folder / "broker/data/journal").iterdir()}


def test_rules(running, new_case):
    case, later = new_case(), new_case()
    case.open()
    use(running, "rules")
    running.start_broker()
    assert running.cli("rules") | {"active": 1, "newest": 2} == running.cli("rules"), "known, and not in force"
    case.hand_off(DISTRICT, DEPARTMENT)
    use(running, "")  # not activated: the older one takes over what the later one recorded
    running.start_broker()
    assert case.holder() == DEPARTMENT
    assert running.cli("rules")["newest"] == 1
    refused = running.cli("rules", "activate", "2", "--operator", "an", "--reason", "thử", expect=None, as_json=False)
    assert running.cli("rules")["active"] == 1, refused

    use(running, "rules")
    running.start_broker()
    running.cli("rules", "activate", "2", "--operator", "an", "--reason", "nghị định mới")
    later.open()
    later.hand_off(DISTRICT, DEPARTMENT)
    assert running.broker.stop() == 0
    files = journal(running)
    for _ in range(2):
        status, log = refused_start(running)
        assert status == 78 and "under rules 2; this program knows 1 to 1" in log and "remedy" in log, (status, log)
    running.cli("store", "rebuild", expect=65, as_json=False)  # neither from the journal alone
    assert journal(running) == files, "nothing is cut and nothing written"

    use(running, "rules")
    running.start_broker()
    assert running.cli("rules")["active"] == 2
    assert (case.holder(), later.holder()) == (DEPARTMENT, DEPARTMENT)
    new_case().open()


def test_layout(running, new_case):
    case = new_case()
    case.open()
    use(running, "layout")
    shutil.rmtree(running.folder / "broker/data/store")
    running.start_broker()  # made anew, in its own layout
    case.hand_off(DISTRICT, DEPARTMENT)
    use(running, "")
    before = running.broker.log_size()
    running.start_broker()  # what it cannot read is one dossier's matter: the broker serves, and says whose value it is
    running.cli("dossier", "show", case.code, expect=None, as_json=False)
    log = running.broker.log.read_text()[before:]
    assert "layout 250, this program knows" in log and "store rebuild" in log, tail(log.encode())
    offer = case.post(DEPARTMENT, "RETURN", [DISTRICT], reason="thử")
    time.sleep(1)
    assert running.api(DEPARTMENT).envelope(offer)["state"] == "queued", "neither admitted nor refused by what is not known"
    assert running.broker.stop() == 0
    running.cli("store", "rebuild", as_json=False)
    running.start_broker()
    assert case.holder() == DEPARTMENT
    case.admitted(DEPARTMENT, offer)
    case.accept(DISTRICT, offer)
    assert case.holder() == DISTRICT
