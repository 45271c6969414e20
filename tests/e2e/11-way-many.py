"""200 dossiers at once: each arrives, each exactly once, and each with its own form."""
import threading

from office import DEPARTMENT, DISTRICT, MINISTRY

COUNT = 200


def test_two_hundred_at_once(running, new_case):
    cases = [new_case() for _ in range(COUNT)]
    wrong, offers = [], {}

    def file(some):
        for case in some:
            try:
                case.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1, body={"maHoSo": case.code})
                offers[case.code] = case.post(DISTRICT, "FORWARD", [DEPARTMENT], body={"maHoSo": case.code})
            except Exception as error:  # noqa: BLE001: every failure is shown at the end
                wrong.append(repr(error))
    threads = [threading.Thread(target=file, args=(cases[i::8],)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong, wrong[:3]
    for case in cases:
        case.accept(DEPARTMENT, offers[case.code])
    for case in cases:
        status, body = running.api(DEPARTMENT).call("GET", f"/v1/inbox/{offers[case.code]}/parts/0")
        assert status == 200 and body == {"maHoSo": case.code}
    for case in cases[::20]:
        case.hand_off(DEPARTMENT, MINISTRY)
    ids = [i["id"] for i in running.api(DEPARTMENT).all("/v1/inbox", "items")]
    assert len(ids) == len(set(ids))
    assert set(offers.values()) <= set(ids)
