"""docs/openapi/adapter.yaml as a judge: whether an answer of the adapter is one that the page promises."""
import functools
import json
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/openapi/adapter.yaml"
RARE = {408, 431, 500, 502, 503, 507}  # what `default` stands for
SEEN = set()  # (method, template, status) of this process


@functools.cache
def page():
    import yaml
    return yaml.load(PAGE.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@functools.cache
def operations():
    """(method, template, pattern, operation) of each."""
    return [(method.upper(), template, re.compile(re.sub(r"\{[^}]*\}", "[^/]+", template) + r"\Z"), operation)
            for template, item in page()["paths"].items() for method, operation in item.items()]


def promised():
    """Every answer that the page names, but those of `default`."""
    return {(method, template, int(status)) for method, template, _, operation in operations()
            for status in operation["responses"] if status != "default"}


@functools.cache
def _validator(name):
    import jsonschema
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": page()["components"]})


def _content(response):
    return page()["components"]["responses"][response["$ref"].rpartition("/")[2]] if "$ref" in response else response


def check(method, path, status, content_type, content):
    """Raises AssertionError for an answer that the page does not promise. Paths and methods that it does not name answer 404, 405 or 401."""
    bare = path.partition("?")[0]
    method = "GET" if method == "HEAD" else method
    found = next(((m, t, o) for m, t, p, o in operations() if m == method and p.match(bare)), None)
    if not found:
        assert status in (401, 404, 405), f"{method} {path}: {status}, and the page does not know the call"
        return
    _, template, operation = found
    response = operation["responses"].get(str(status))
    if response is None:
        assert status in RARE, f"{method} {template}: {status} is not promised: {content[:300]!r}"
        response = operation["responses"]["default"]
    SEEN.add((method, template, status))
    promised_content = _content(response).get("content")
    if not promised_content or not content:
        return
    media = content_type.partition(";")[0]
    assert media in promised_content or "*/*" in promised_content, f"{method} {template}: {status} as {content_type}"
    schema = promised_content.get(media, {}).get("schema", {})
    if "$ref" in schema:
        problems = list(_validator(schema["$ref"].rpartition("/")[2]).iter_errors(json.loads(content)))
        assert not problems, f"{method} {template}: {status}: {problems[0].json_path}: {problems[0].message[:300]}"
