"""The console's copy of all dossiers: it is what the broker says of each, whatever was killed meanwhile, and is made again when it is gone."""
import sqlite3
import time

import pytest
from console import Console
from deployment import Deployment
from office import DEPARTMENT, DISTRICT
from pyclient import Client, envelope
from pyflow import PROCEDURE, batch, dossier_code

MANY = 300  # more than a page of copying


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("copy") / "s") as made:
        made.start_broker()
        made.console = Console(made)
        made.file = made.folder / "console/dossiers.sqlite"
        yield made
        made.console.process.stop()


@pytest.fixture(scope="module")
def opened(site):
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        codes = [dossier_code(DISTRICT) for _ in range(MANY)]
        for at in range(0, MANY, 50):
            headers = [client.build_header("OPEN", DISTRICT, code, [DISTRICT], **PROCEDURE) for code in codes[at:at + 50]]
            answers = client.submit([envelope(h, s) for h, s in zip(headers, batch(client, headers, DISTRICT))])
            assert {a.name for a in answers} == {"OK"}
    return codes


def asked(site, sql, *values):
    copy = sqlite3.connect(f"file:{site.file}?mode=ro", uri=True, timeout=5)
    try:
        return copy.execute(sql, values).fetchall()
    finally:
        copy.close()


def meta(site):
    return dict(asked(site, "SELECT name, value FROM meta"))


def wait(site, what, true, timeout=60):
    end, seen = time.monotonic() + timeout, None
    while time.monotonic() < end:
        try:
            seen = meta(site)
            if true(seen):
                return seen
        except sqlite3.OperationalError:  # not made yet
            pass
        time.sleep(0.05)
    raise AssertionError(f"{what}: {seen}")


def caught_up(site):
    head = site.cli("status")["head"]
    return wait(site, f"the copy has not come to {head}", lambda m: m["sequence"] >= head and m["broker"] == 1)


def same(site, codes):
    """As the broker says it of each."""
    for code in codes:
        shown = site.cli("dossier", "show", code)
        (number, status, holder, opened), = asked(site, "SELECT number, status, holder, opened FROM dossier WHERE code = ?", code)
        assert (status, holder) == (shown["status"], shown["legs"][0]["holder"]), code
        owed = asked(site, "SELECT who, branch FROM owed WHERE dossier = ? ORDER BY at", number)
        assert owed == [(o["who"], o["branch"]) for o in shown["owed"]], code
        ended, = asked(site, "SELECT count(*) FROM stay WHERE dossier = ? AND number > 0", number)[0]
        assert ended == len([s for s in shown["stays"] if s["number"]]), code


def test_it_is_made(site, opened):
    site.console.start()
    state = caught_up(site)
    assert (state["done"], state["total"], state["rebuilds"]) == (MANY, MANY, 1)
    assert len(asked(site, "SELECT number FROM dossier")) == MANY == len(asked(site, "SELECT DISTINCT code FROM dossier"))
    same(site, [*opened[:2], opened[MANY // 2], *opened[-2:]])


def test_it_is_kept(site, opened):
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        begun = time.monotonic()
        moved = client.make("FORWARD", DISTRICT, opened[3], [DEPARTMENT], branch=1, branch_version=1)
        assert client.submit([moved])[0].name == "OK"
        while not asked(site, "SELECT 1 FROM owed JOIN dossier ON number = dossier WHERE code = ? AND what = 2 AND who = ?", opened[3],
                        DEPARTMENT):
            assert time.monotonic() - begun < 20
            time.sleep(0.02)
        print(f"a hand-off was seen {time.monotonic() - begun:.2f} s after it was sent")
    same(site, opened[3:4])


def test_killed_in_the_middle(site, opened):
    site.console.process.kill()
    for end in ("", "-wal", "-shm"):
        site.file.with_name(site.file.name + end).unlink(missing_ok=True)
    site.console.start()
    wait(site, "nothing was copied", lambda m: m["done"] > 0)
    site.console.process.kill()
    site.console.start()
    state = caught_up(site)
    assert state["done"] == MANY and len(asked(site, "SELECT number FROM dossier")) == MANY
    same(site, [opened[0], opened[3], opened[-1]])


def test_broker_killed_under_it(site, opened):
    before = meta(site)
    site.broker.kill()
    away = wait(site, "the broker is away and it is not said", lambda m: m["broker"] == 0)
    assert away["why"] and away["sequence"] == before["sequence"]
    site.start_broker()
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        assert client.submit([client.make("FORWARD", DISTRICT, opened[5], [DEPARTMENT], branch=1, branch_version=1)])[0].name == "OK"
    state = caught_up(site)
    assert state["rebuilds"] == 1 and state["why"] == ""
    same(site, [opened[3], opened[5]])
