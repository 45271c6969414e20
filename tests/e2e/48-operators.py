"""Operators are known by user and role: another user of the machine may what [operators] gives him, from one request to the next, and
the journal has the kernel's word beside the name that he says he has."""
import datetime
import os
import signal
import socket
import time

import pytest

import officetime
from deployment import Deployment
from office import DEPARTMENT, DISTRICT, Case
from pycontrol import ask
from pywire import control_pb, reason_name, record_pb

NOBODY = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("operators") / "sandbox") as made:
        made.start_broker()
        yield made


def as_nobody(site, request):
    """The answer that another user gets: (name of the reason, detail, the whole)."""
    site.open_to_others()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(write, ask(site.folder / "broker/control.sock", request).SerializeToString())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = control_pb.ControlAnswer.FromString(pipe.read())
    os.waitpid(child, 0)
    return reason_name(answer.reason) if answer.reason else "OK", answer.detail, answer


def give(site, *lines):
    conf = site.folder / "broker.conf"
    text = conf.read_text().split("\n[operators]")[0]
    conf.write_text(text + "\n[operators]\n" + "\n".join(lines) + "\n")
    at = site.broker.log_size()
    os.kill(site.broker.pid, signal.SIGHUP)
    site.broker.wait_log("configuration reloaded", after=at)


STATUS = control_pb.ControlRequest(status=control_pb.StatusRequest())
SUSPEND = control_pb.ControlRequest(admin=control_pb.AdminRequest(
    act=record_pb.ADMIN_SUSPEND, subject="H37.11", operator="Chủ tịch UBND tỉnh", reason="thử", uid=0, login="root"))
CRL = control_pb.ControlRequest(define=control_pb.DefineRequest(type=record_pb.DEFINITION_CRL, data=b"x", operator="A", reason="b"))


def test_a_stranger_is_refused_by_name(site):
    name, detail, _ = as_nobody(site, STATUS)
    assert (name, detail) == ("OPERATOR_NOT_ADMITTED", f"user {NOBODY} is not observer or operator or registrar or auditor")
    assert as_nobody(site, SUSPEND)[0] == "OPERATOR_NOT_ADMITTED"
    assert ask(site.folder / "broker/control.sock", STATUS).reason == 0  # the broker's own user


def crowd(path, until):
    """As another user: more clients than there are places, each with half a request, and new ones for those that were put out."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    clients = []
    while time.monotonic() < until:
        try:
            while len(clients) < 150:
                one = socket.socket(socket.AF_UNIX)
                one.settimeout(0.1)
                one.connect(str(path))
                one.sendall(b"\5\0")
                one.setblocking(False)
                clients.append(one)
        except OSError:
            pass
        for one in list(clients):
            try:
                ended = one.recv(1) == b""
            except OSError as error:
                ended = not isinstance(error, BlockingIOError)
            if ended:
                clients.remove(one)
        time.sleep(0.02)


def test_a_crowd_of_one_user_keeps_nobody_else_out(site):
    site.open_to_others()
    child = os.fork()
    if child == 0:
        try:
            crowd(site.folder / "broker/control.sock", time.monotonic() + 30)
        finally:
            os._exit(0)
    try:
        time.sleep(1)
        for _ in range(3):
            assert site.cli("status")["ready"], "the broker's user waits behind another's half requests"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_role_lets_do_what_it_says(site):
    give(site, "observer=nobody")
    assert as_nobody(site, STATUS)[0] == "OK"
    assert as_nobody(site, SUSPEND)[:2] == ("OPERATOR_NOT_ADMITTED", f"user {NOBODY} is not operator")
    give(site, f"operator=@{NOBODY}")
    assert as_nobody(site, SUSPEND)[0] == "OK"
    assert as_nobody(site, CRL)[:2] == ("OPERATOR_NOT_ADMITTED", f"user {NOBODY} is not registrar")
    give(site, "registrar=nobody")
    assert as_nobody(site, CRL)[0] not in ("OK", "OPERATOR_NOT_ADMITTED")  # it is looked at, and is no list
    give(site)
    assert as_nobody(site, STATUS)[0] == "OPERATOR_NOT_ADMITTED"


def test_the_broker_says_who_asks(site):
    """By the kernel's word: what the client says of itself counts for nothing. A look at a dossier is a line of the log."""
    give(site, "observer=nobody", "auditor=nobody")
    claim = control_pb.ControlRequest(status=control_pb.StatusRequest(uid=0, login="root", roles=15))
    status = as_nobody(site, claim)[2].status
    assert (status.uid, status.login, status.roles) == (NOBODY, "nobody", 1 | 8)
    own = ask(site.folder / "broker/control.sock", claim).status
    assert (own.uid, own.roles) == (os.geteuid(), 15)
    at = site.broker.log_size()
    as_nobody(site, control_pb.ControlRequest(dossier=control_pb.DossierRequest(code="H37.11-20261101-0000001")))
    site.broker.wait_log("dossier looked at", after=at)
    line = next(l for l in site.broker.log.read_text()[at:].splitlines() if "dossier looked at" in l)
    assert "H37.11-20261101-0000001" in line and str(NOBODY) in line, line


def test_the_audit_shows_the_user_beside_the_name(site):
    acts = [act for act in site.cli("audit")["acts"] if act["act"] == "suspend"]
    assert [(act["uid"], act["login"], act["operator"], act["subject"], act["outcome"]) for act in acts] == [
        (NOBODY, "nobody", "Chủ tịch UBND tỉnh", "H37.11", "done")]
    table = site.cli("audit", as_json=False)
    assert "SAYS TO BE" in table and f"{NOBODY} nobody" in table and "genesis" in table, table
    assert site.cli("audit", str(acts[0]["sequence"] + 1))["acts"] == []


def days(count):
    return (officetime.now() + datetime.timedelta(days=count)).replace(microsecond=0)


def test_two_users_open_a_window_for_dossiers_of_before(site):
    """Proposed by one, confirmed by another; then an office opens a dossier of three weeks ago with its dates, and it is shown as that."""
    site.cli("agency", "resume", DEPARTMENT, "--operator", "an", "--reason", "thử xong")
    site.start_adapter(DISTRICT)
    old = Case(site, f"{DISTRICT}-{days(-21):%Y%m%d}-0004711")
    carried = {"opened_at": days(-22).isoformat(), "received_at": days(-21).isoformat(), "since": days(-15).isoformat(),
               "appointment": days(3).isoformat()}
    leg = next(leg["id"] for leg in site.cli("procedure", "show", "1.010828")["legs"] if leg["agency"] == DEPARTMENT)
    words = {"procedure": "1.010828", "procedure_version": 1, "carried": carried}
    to = [{"agency": DEPARTMENT, "leg": leg}]
    refused = old.settled(DISTRICT, old.post(DISTRICT, "OPEN", to, **words))
    assert refused["state"] == "rejected" and "CARRY_NOT_OPEN" in str(refused), refused
    opened = site.cli("carry", "open", DISTRICT, days(-1).isoformat(), days(30).isoformat(), "--operator", "an", "--reason", "chuyển dữ liệu")
    assert site.cli("carry", "list")["windows"][0]["from"] is None
    give(site, "operator=nobody")
    confirm = control_pb.ControlRequest(admin=control_pb.AdminRequest(
        act=record_pb.ADMIN_CARRY_CONFIRM, subject=DISTRICT, number=opened["sequence"], operator="bình", reason="đồng ý"))
    assert as_nobody(site, confirm)[0] == "OK"
    window = site.cli("carry", "list")["windows"][0]
    assert window["subject"] == DISTRICT and window["from"] and window["proposal"] == 0
    assert DISTRICT in site.cli("carry", "list", as_json=False)
    assert [(a["act"], a["uid"]) for a in site.cli("audit")["acts"] if a["act"].startswith("carry")] == [
        ("carry open", os.geteuid()), ("carry confirm", NOBODY)]
    old.admitted(DISTRICT, old.post(DISTRICT, "OPEN", to, **words))
    view = old.view()
    assert view["carried_at"] and view["received_at"] != view["carried_at"] and view["status"] == 4, view
    assert "carried over" in site.cli("trace", old.code, as_json=False)
    row = site.cli("dossier", "list", "--unanswered")["rows"][0]
    assert (row["code"], bool(row["carried_at"])) == (old.code, True)
    assert "(chuyển tiếp)" in site.cli("dossier", "list", "--unanswered", as_json=False)
    site.cli("carry", "close", DISTRICT, "--operator", "an", "--reason", "xong")


def texts(message, path=()):
    """Each text that a message may have, by the fields that lead there."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type:
            yield from texts(field.message_type._concrete_class(), (*path, field))
        elif field.type in (field.TYPE_STRING, field.TYPE_BYTES):
            yield *path, field


def set_text(message, path, value):
    for field in path[:-1]:
        inner = getattr(message, field.name)
        message = inner.add() if field.label == field.LABEL_REPEATED else inner
    value = value.encode() if path[-1].type == path[-1].TYPE_BYTES else value
    if path[-1].label == path[-1].LABEL_REPEATED:
        getattr(message, path[-1].name).append(value)
    else:
        setattr(message, path[-1].name, value)


def test_whatever_text_is_asked_for_the_broker_stands(site):
    """Texts of no length and of more than any key of the store has, in each place of each question and act."""
    tried = 0
    for path in texts(control_pb.ControlRequest()):
        acts = record_pb.AdminAct.values() if path[0].name == "admin" else [0]
        for act in acts:
            for value in ("", "A" * 65, "A" * 5000):
                request = control_pb.ControlRequest(dry_run=path[0].name in ("admin", "define", "outage", "activate", "erase"))
                asked = getattr(request, path[0].name)
                if act:
                    asked.act, asked.subject, asked.number = act, DISTRICT, 1
                for part in (asked, getattr(asked, "erase", asked)):
                    for name in {"operator", "reason"}.intersection(part.DESCRIPTOR.fields_by_name):
                        setattr(part, name, "thử")
                set_text(request, path, value)
                ask(site.folder / "broker/control.sock", request)
                assert site.broker.popen.poll() is None, (str(request)[:300], act)
                tried += 1
    assert tried > 200
