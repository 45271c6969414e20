"""The first day of an adapter: an address at which nobody listens, another broker's key, a key that nobody has enrolled. Health is red
with the name of the fault, the log says it at once, and the adapter goes on when it is mended."""
import json
import time

import pytest

import zmq

from deployment import Deployment, Failed
from office import DISTRICT


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("s") / "s") as made:
        made.start_broker()
        yield made


def conf_with(site, **values):
    text = (site.folder / f"adapters/{DISTRICT}/adapter.conf").read_text()
    lines = []
    for line in text.splitlines():
        name = line.split("=")[0].strip()
        lines.append(f"{name}={values.pop(name)}" if name in values else line)
    assert not values
    conf = site.folder / f"adapters/{DISTRICT}/first-day.conf"
    conf.write_text("\n".join(lines) + "\n")
    conf.chmod(0o600)
    return conf


def red(site, code, timeout=25):
    end = time.monotonic() + timeout
    while True:
        status, health = site.api(DISTRICT).call("GET", "/healthz")
        if status == 503 and code in [cause["code"] for cause in health["causes"]]:
            assert health["link_reason"] == code and health["link_since"] and health["link"] == "connecting"
            return health
        if time.monotonic() > end:
            raise Failed(f"{status} {health}")
        time.sleep(0.1)


def wrong_key(folder):
    public, _ = zmq.curve_keypair()
    (folder / "wrong.public").write_text(public.decode() + "\n")
    return folder / "wrong.public"


def strange_key(folder):
    _, secret = zmq.curve_keypair()
    (folder / "strange.secret").write_text(secret.decode() + "\n")
    (folder / "strange.secret").chmod(0o600)
    return folder / "strange.secret"


@pytest.mark.parametrize("code, change", [
    ("BROKER_NOT_REACHED", lambda site, tmp: {"endpoint": "tcp://127.0.0.1:9"}),
    ("BROKER_KEY_WRONG", lambda site, tmp: {"key": wrong_key(tmp)}),
    ("KEY_NOT_ENROLLED", lambda site, tmp: {"curve_key": strange_key(tmp)}),
    ("DOMAIN_WRONG", lambda site, tmp: {"domain": "other.vn"}),
])
def test_a_fault_of_the_first_day_has_a_name(site, tmp_path, code, change):
    values = change(site, tmp_path)
    if "key" in values:  # [broker] key, not the agency's
        text = (site.folder / f"adapters/{DISTRICT}/adapter.conf").read_text()
        conf = conf_with(site)
        head, _, rest = text.partition("[broker]")
        lines = [f"key={values['key']}" if line.startswith("key=") else line for line in rest.split("[")[0].splitlines()]
        conf.write_text(head + "[broker]" + "\n".join(lines) + "\n" + "".join("[" + s for s in rest.split("[")[1:]))
    else:
        conf = conf_with(site, **values)
    process = site.adapters[DISTRICT] = site.adapter_process(DISTRICT, conf)
    before = process.log_size()
    process.start()
    site.wait_health(DISTRICT)
    red(site, code)
    said = [json.loads(line) for line in process.log.read_text()[before:].splitlines()]
    assert [line for line in said if line["message"] == "no session with the broker" and line["reason"] == code] or \
        code == "DOMAIN_WRONG"
    assert process.stop() == 0


def test_it_goes_on_when_it_is_mended(site):
    site.broker.stop()
    site.adapters.pop(DISTRICT, None)
    site.start_adapter(DISTRICT)
    red(site, "BROKER_NOT_REACHED")
    site.start_broker()
    end = time.monotonic() + 20
    while (found := site.api(DISTRICT).call("GET", "/healthz"))[0] != 200:
        assert time.monotonic() < end, found
        time.sleep(0.1)
    assert found[1]["link"] == "connected" and found[1]["link_reason"] is None and found[1]["last_contact"]
